//! `trainer train`: cohort → classifier, judge, CycleGAN → run folder.

use crate::device::DeviceArguments;
use crate::evaluation::trained::train_and_measure;
use crate::training::Order;
use crate::training::overrides::Override;
use crate::training::run_folder::RunFolder;
use anyhow::Result;
use std::path::PathBuf;

/// Options of `trainer train`.
#[derive(Debug, clap::Args)]
pub struct TrainArguments {
    /// Cohort: a folder with participants.tsv and grey-matter maps.
    #[arg(long, value_name = "COHORT")]
    cohort: PathBuf,
    /// Configuration, see configs/.
    #[arg(long, value_name = "FILE.toml")]
    config: PathBuf,
    /// Override a value of the configuration, such as cyclegan.steps=500; may be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<Override>,
    /// Folder for the run: checkpoints, metrics, weights.
    #[arg(long, value_name = "RUN")]
    out: PathBuf,
    /// Continue where an earlier training of this run stopped.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

impl TrainArguments {
    /// The file that says that this training has begun.
    pub fn begun(&self) -> PathBuf {
        RunFolder::new(&self.out).record()
    }
}

/// Trains everything a bundle needs. A finished part of a run is not done again on `--resume`.
pub fn run(arguments: TrainArguments) -> Result<()> {
    train_and_measure(&Order {
        cohort: arguments.cohort,
        config: arguments.config,
        overrides: arguments.overrides,
        out: arguments.out,
        resume: arguments.resume,
        device: arguments.device.device,
    })
}
