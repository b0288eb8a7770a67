//! `trainer thesis`: from the IXI download to the report and a page of its own.

use crate::commands::cohort::{GroupArguments, ShardArguments};
use crate::commands::plan::check_wishes;
use crate::device::DeviceArguments;
use crate::failure::unusable;
use crate::thesis::{self, Order};
use crate::training::overrides::Override;
use anyhow::Result;
use std::path::PathBuf;

/// Options of `trainer thesis`.
#[derive(Debug, clap::Args)]
pub struct ThesisArguments {
    /// The IXI download: T1 images at any depth, and IXI.xls.
    #[arg(long, value_name = "DIR")]
    ixi: PathBuf,
    /// Folder for all results: cohort, config.toml, run, report, bundles, dist. The same command continues where it stopped.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Configuration to use instead of a planned one, see configs/.
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["spacing_mm", "hours"])]
    config: Option<PathBuf>,
    /// Override a value of the configuration, such as cyclegan.steps=500; may be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<Override>,
    /// Folder of the built page (from `make site`) that the bundle is added to.
    #[arg(long, value_name = "DIR", default_value = "dist")]
    page: PathBuf,
    /// Make no page: stop after report and bundle.
    #[arg(long, conflicts_with = "page")]
    no_page: bool,
    /// Name of the bundle: letters, digits, `-`, `_`.
    #[arg(long, value_name = "NAME", default_value = "ixi")]
    name: String,
    /// Title of the bundle, one line.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Random seed for drawing the subjects and for training.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Number of training subjects in each group.
    #[arg(long, value_name = "N", default_value_t = 183)]
    train_per_group: usize,
    /// Number of held-out test subjects in each group.
    #[arg(long, value_name = "N", default_value_t = 50)]
    test_per_group: usize,
    #[command(flatten)]
    limits: GroupArguments,
    #[command(flatten)]
    shard: ShardArguments,
    /// Voxel size in mm [default: 2 on a graphics card, 4 on a CPU].
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    spacing_mm: Option<f64>,
    /// Train the CycleGAN for at most this many hours.
    #[arg(long, value_name = "HOURS", allow_negative_numbers = true)]
    hours: Option<f64>,
    /// Export the bundle even if a self-check failed; its manifest says which.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// Goes the whole way, or what is left of it.
pub fn run(arguments: ThesisArguments) -> Result<()> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if arguments.name.is_empty() || !arguments.name.chars().all(is_plain) {
        return Err(unusable("--name: give letters, digits, `-` and `_` only, since it names a folder and an address"));
    }
    check_wishes(arguments.spacing_mm, arguments.hours)?;
    thesis::run(&Order {
        ixi: arguments.ixi,
        out: arguments.out,
        config: arguments.config,
        overrides: arguments.overrides,
        page: (!arguments.no_page).then_some(arguments.page),
        name: arguments.name,
        title: arguments.title,
        seed: arguments.seed,
        train_per_group: arguments.train_per_group,
        test_per_group: arguments.test_per_group,
        groups: arguments.limits.groups,
        shard: arguments.shard.shard,
        spacing_mm: arguments.spacing_mm,
        hours: arguments.hours,
        force: arguments.force,
        device: arguments.device.device,
    })
}
