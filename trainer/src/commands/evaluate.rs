//! `trainer evaluate`: what the models do to a cohort, as numbers, figures and maps.

use crate::device::DeviceArguments;
use crate::evaluation::{Evaluation, ModelsOf, evaluate};
use crate::failure::unusable;
use crate::{files, progress};
use anyhow::Result;
use std::path::PathBuf;

/// Options of `trainer evaluate`.
#[derive(Debug, clap::Args)]
pub struct EvaluateArguments {
    /// Run to evaluate.
    #[arg(long, value_name = "RUN", conflicts_with = "bundle", required_unless_present = "bundle")]
    run: Option<PathBuf>,
    /// Bundle to evaluate.
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Cohort with participants.tsv. Its young and old subjects that the models were not trained on are evaluated; if the table
    /// has a split, only those in `test`.
    #[arg(long, value_name = "COHORT")]
    cohort: PathBuf,
    /// Folder for the report.
    #[arg(long, value_name = "REPORT")]
    out: PathBuf,
    /// Also write every subject's difference map into maps/, as NIfTI. They show individuals: keep them with their images.
    #[arg(long)]
    maps: bool,
    /// Print report.json to stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// Judges models on a cohort and writes the report.
pub fn run(arguments: &EvaluateArguments) -> Result<()> {
    progress::stop_on_ctrl_c()?;
    let evaluation = Evaluation {
        of: match (&arguments.run, &arguments.bundle) {
            (Some(run), _) => ModelsOf::Run(run),
            (None, Some(bundle)) => ModelsOf::Bundle(bundle),
            (None, None) => return Err(unusable("neither --run nor --bundle is given; name what to judge")),
        },
        cohort: &arguments.cohort,
        out: &arguments.out,
        single_maps: arguments.maps,
        device: arguments.device.device,
    };
    let in_words = evaluate(&evaluation)?;
    if arguments.json {
        println!("{}", String::from_utf8_lossy(&files::read(&arguments.out.join("report.json"))?));
    } else {
        println!("{in_words}");
        println!("{}", arguments.out.join("report.html").display());
    }
    Ok(())
}
