//! `trainer prepare`: one raw T1-weighted image, its maps, its quality control.

use crate::failure::unusable;
use crate::prepare::steps::StepBars;
use crate::prepare::{Input, Outcome, Record, load_template, map_files, prepare_image, remove_maps, write_maps};
use crate::{files, output_folder, progress};
use anyhow::Result;
use shared::prepare::t1::{Options, T1Error};
use std::path::PathBuf;

/// Picture of the quality control, and what was measured.
const QC_PICTURE: &str = "qc.png";
const QC_RECORD: &str = "qc.json";

/// Options of `trainer prepare`.
#[derive(Debug, clap::Args)]
pub struct PrepareArguments {
    /// T1-weighted image of a whole adult head: .nii, .nii.gz, .mgz, .mgh, .nrrd, or .hdr with its .img beside it.
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// Folder for the results of this one image: maps of grey matter, white matter and CSF, brain mask, the image itself (all in MNI
    /// space, 2 mm), the affine as .txt, qc.png and qc.json. File names start with the input's, without `_T1w`.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Modulate: multiply the tissue maps by the affine's change of volume, so that sums are the person's own tissue volumes.
    /// The shipped models were trained on unmodulated maps.
    #[arg(long)]
    modulated: bool,
    /// Write the maps even if the quality control fails.
    #[arg(long)]
    force: bool,
    /// Print qc.json to stdout.
    #[arg(long)]
    json: bool,
}

/// Prepares one image and writes its maps.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no T1 image of a head, or its quality control failed without `--force`; picture
/// and numbers of a failed one are written all the same. Other errors: stopped by Ctrl-C, or a file cannot be written.
pub fn run(arguments: &PrepareArguments) -> Result<()> {
    output_folder::PREPARED.may_fill(&arguments.out)?;
    check_other(arguments)?;
    progress::stop_on_ctrl_c()?;
    let template = load_template()?;
    let mut input = Input::read(&arguments.input)?;
    let options = Options { modulated: arguments.modulated, force: arguments.force };
    let mut bars = StepBars::default();
    let mut outcome = prepare_image(&mut input, &template, options, &mut bars)?;
    bars.finish();
    for warning in &outcome.record.warnings {
        eprintln!("warning: {}: {warning}", arguments.input.display());
    }

    let stem = input.stem();
    // What an earlier run of the same name left must not pass for the result of this one.
    let record_path = arguments.out.join(QC_RECORD);
    remove_maps(&arguments.out, stem)?;
    files::remove(&record_path)?;
    files::write(&arguments.out.join(QC_PICTURE), &outcome.picture_png)?;
    let failure = (!outcome.prepared.quality.passed && !arguments.force).then(|| refusal(arguments, &outcome));
    if failure.is_none() {
        outcome.record.files = map_files("", stem);
        write_maps(&arguments.out, &outcome.record.files, &outcome.prepared, options.modulated)?;
    }
    files::write_json(&record_path, &outcome.record)?;
    if arguments.json {
        println!("{}", serde_json::to_string(&outcome.record)?);
    }
    match failure {
        Some(failure) => Err(failure),
        None => {
            report(arguments, &outcome);
            Ok(())
        }
    }
}

/// A folder holds the picture and numbers of one image: those of another must not stand beside its maps.
fn check_other(arguments: &PrepareArguments) -> Result<()> {
    let name = arguments.input.file_name().unwrap_or_default().to_string_lossy();
    match Record::read(&arguments.out.join(QC_RECORD)) {
        Some(there) if there.input != name => Err(unusable(format!(
            "{}: holds what was prepared of {}; give each image a folder of its own, or several at once to `trainer cohort bids` or `trainer bids`",
            arguments.out.display(),
            there.input
        ))),
        _ => Ok(()),
    }
}

/// Why the maps are not written, and what can be done.
fn refusal(arguments: &PrepareArguments, outcome: &Outcome) -> anyhow::Error {
    let name = arguments.input.display().to_string();
    let reason = T1Error::Quality { name, quality: Box::new(outcome.prepared.quality.clone()) };
    unusable(format!(
        "{reason}; the picture is {}, and --force writes the maps all the same",
        arguments.out.join(QC_PICTURE).display()
    ))
}

fn report(arguments: &PrepareArguments, outcome: &Outcome) {
    let quality = &outcome.prepared.quality;
    for reason in &quality.reasons {
        eprintln!("warning: written by --force although the quality control failed: {reason}");
    }
    if !arguments.json {
        let verdict = if quality.passed { "passed" } else { "FAILED" };
        println!(
            "quality control {verdict}, score {:.2}, {:.0} s; look at {}",
            quality.score,
            outcome.record.seconds,
            arguments.out.join(QC_PICTURE).display()
        );
    }
}
