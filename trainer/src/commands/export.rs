//! `trainer export`: a finished run becomes a bundle.

use crate::device::DeviceArguments;
use crate::export::{Order, export};
use anyhow::Result;
use std::path::PathBuf;

/// Options of `trainer export`.
#[derive(Debug, clap::Args)]
pub struct ExportArguments {
    /// Finished run.
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// Folder of the bundle; its last part is the bundle's name.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// One line for people that names the bundle; without it a title in the index.json beside the folder stays, and a
    /// new bundle's is made of its cohort and the number of subjects.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Cohort of people of other scanners, prepared as those that were learned from: how they are judged goes into the
    /// manifest, as counts.
    #[arg(long, value_name = "COHORT")]
    strangers: Option<PathBuf>,
    /// Export even where a self-check failed; the manifest says which.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// Writes the bundle.
pub fn run(arguments: ExportArguments) -> Result<()> {
    export(&Order {
        run: arguments.run,
        out: arguments.out,
        title: arguments.title,
        strangers: arguments.strangers,
        force: arguments.force,
        device: arguments.device.device,
    })
}
