//! `trainer export`: a finished run becomes a bundle, and a bundle becomes ONNX models.

use crate::device::DeviceArguments;
use crate::export::{Order, export, onnx};
use crate::failure::unusable;
use anyhow::Result;
use std::path::PathBuf;

/// Options of `trainer export`.
#[derive(Debug, clap::Args)]
pub struct ExportArguments {
    /// Finished run.
    #[arg(long, value_name = "RUN", required_unless_present = "bundle")]
    run: Option<PathBuf>,
    /// An existing bundle, instead of a run: only its ONNX models are written.
    #[arg(long, value_name = "DIR", requires = "onnx", conflicts_with_all = ["run", "title", "strangers", "force", "device"])]
    bundle: Option<PathBuf>,
    /// Folder for the bundle; its last part is the bundle's name. With `--bundle`: folder for the ONNX models, which may be the bundle's own.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Title of the bundle, one line. Without it, an existing title in the index.json beside the folder is kept, and a
    /// new one is made from the cohort and the number of subjects.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Cohort of people from other scanners, prepared in the same way as the training data: how many are judged correctly goes
    /// into the manifest.
    #[arg(long, value_name = "COHORT")]
    strangers: Option<PathBuf>,
    /// Export even if a self-check failed; the manifest says which.
    #[arg(long)]
    force: bool,
    /// Write the classifier, both generators and the age model as ONNX models beside the bundle's files, for other programs.
    #[arg(long)]
    onnx: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// Writes the bundle, its ONNX models, or both.
pub fn run(arguments: ExportArguments) -> Result<()> {
    if let Some(bundle) = arguments.bundle {
        return onnx::write(&bundle, &arguments.out);
    }
    let Some(run) = arguments.run else {
        return Err(unusable("nothing to export; name a run with --run"));
    };
    export(&Order {
        run,
        out: arguments.out,
        title: arguments.title,
        strangers: arguments.strangers,
        force: arguments.force,
        onnx: arguments.onnx,
        device: arguments.device.device,
    })
}
