//! `trainer export`: a finished run becomes a bundle, and a bundle becomes ONNX models, gets its age dial turned beforehand or judges strangers.

use crate::device::DeviceArguments;
use crate::export::{Order, export, onnx, stops, strangers};
use crate::failure::unusable;
use crate::progress;
use anyhow::Result;
use std::path::PathBuf;

/// Options of `trainer export`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("of_bundle").args(["onnx", "stops", "strangers"]).multiple(true))]
pub struct ExportArguments {
    /// Finished run.
    #[arg(long, value_name = "RUN", required_unless_present = "bundle")]
    run: Option<PathBuf>,
    /// An existing bundle, instead of a run: its ONNX models are written (`--onnx`), its samples are translated to each age
    /// (`--stops`), or it judges people from other scanners (`--strangers`).
    #[arg(long, value_name = "DIR", requires = "of_bundle", conflicts_with_all = ["run", "title", "force", "device"])]
    bundle: Option<PathBuf>,
    /// Folder for the bundle; its last part is the bundle's name. With `--bundle` and `--onnx`: folder for the
    /// ONNX models; without it, the bundle's own.
    #[arg(long, value_name = "DIR", required_unless_present = "bundle")]
    out: Option<PathBuf>,
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
    /// With `--bundle`: translate its samples to every fifth year of the age dial, as `export --run` does, and keep the results in
    /// the bundle, so that a page shows them at once. For bundles exported before AgeLens did this.
    #[arg(long, requires = "bundle")]
    stops: bool,
    /// With `--stops`: phantoms made with `--all-ages`, for the truth at each age.
    #[arg(long, value_name = "COHORT", requires = "stops")]
    cohort: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceArguments,
}

/// Writes a bundle, or what is asked for of an existing one.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the run, the bundle, the cohort or the folder cannot be used. Other errors: a file cannot be written,
/// the device failed, or it was stopped by Ctrl-C.
pub fn run(arguments: ExportArguments) -> Result<()> {
    if let (Some(bundle), Some(out), false) = (&arguments.bundle, &arguments.out, arguments.onnx) {
        return Err(unusable(format!(
            "--out {} is for the ONNX models of an existing bundle, and nothing else is written there; add --onnx, or leave it \
             out: `--strangers` and `--stops` change {} itself",
            out.display(),
            bundle.display()
        )));
    }
    progress::stop_on_ctrl_c()?;
    if let Some(bundle) = arguments.bundle {
        if let Some(cohort) = &arguments.strangers {
            strangers::renew(&bundle, cohort)?;
        }
        if arguments.stops {
            stops::renew(&bundle, arguments.cohort.as_deref())?;
        }
        return match arguments.onnx {
            true => onnx::write(&bundle, arguments.out.as_ref().unwrap_or(&bundle)),
            false => Ok(()),
        };
    }
    let (Some(run), Some(out)) = (arguments.run, arguments.out) else {
        return Err(unusable("nothing to export; name a run with --run, and a folder with --out"));
    };
    export(&Order {
        run,
        out,
        title: arguments.title,
        strangers: arguments.strangers,
        force: arguments.force,
        onnx: arguments.onnx,
        device: arguments.device.device,
    })
}
