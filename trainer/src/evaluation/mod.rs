//! `trainer evaluate`: what the models do to a cohort, as numbers, figures and maps.

mod agreement;
mod balance;
mod calibration;
pub mod checks;
pub mod colour;
pub mod disturb;
mod draw;
pub mod figures;
mod gather;
pub mod limits;
pub mod measure;
mod outputs;
mod regions;
mod report;
mod rims;
mod source;
pub mod statistics;
pub mod strangers;
mod subjects;
mod summary;
mod table1;
pub mod truth;

pub use report::STYLE as REPORT_STYLE;

use crate::cli::DeviceArguments;
use crate::cohort::{Cohort, Group};
use crate::failure::unusable;
use crate::training::run_folder::RunFolder;
use crate::{device, files, output_folder};
use anyhow::Result;
use std::path::PathBuf;

/// Options of `trainer evaluate`.
#[derive(Debug, clap::Args)]
pub struct EvaluateArguments {
    /// Run to judge.
    #[arg(long, value_name = "RUN", conflicts_with = "bundle", required_unless_present = "bundle")]
    run: Option<PathBuf>,
    /// Bundle to judge.
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Cohort with participants.tsv: its young and old subjects that the models did not learn from, and of those only
    /// the split `test` where the table has a split.
    #[arg(long, value_name = "COHORT")]
    cohort: PathBuf,
    /// Folder of the report.
    #[arg(long, value_name = "REPORT")]
    out: PathBuf,
    /// Print report.json on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// Judges models on a cohort and writes the report.
pub fn run(arguments: &EvaluateArguments) -> Result<()> {
    output_folder::REPORT.may_fill(&arguments.out)?;
    let (device, device_name) = device::choose(arguments.device.device)?;
    let mut source = match (&arguments.run, &arguments.bundle) {
        (Some(run), _) => source::from_run(&RunFolder::new(run), &device)?,
        (None, Some(bundle)) => source::from_bundle(bundle, &device)?,
        (None, None) => return Err(unusable("neither --run nor --bundle is given; name what to judge")),
    };
    source.card.push(source::entry("Computed on", device_name));
    let cohort = Cohort::open(&arguments.cohort)?;
    let everybody = cohort.young_and_old().len();
    let grid = &source.loaded.models.grid;
    let subjects::Chosen { data, seen_ids } = subjects::choose(&cohort, &source.seen, grid, &source.preparation)?;
    for group in [Group::Young, Group::Old] {
        if !data.images.iter().any(|image| image.subject.group == group) {
            return Err(unusable(format!(
                "{}: no {group} subject that the models did not learn from ({} of {everybody} were learned from, under these \
                 names or others); evaluate on other people",
                arguments.cohort.display(),
                seen_ids.len()
            )));
        }
    }
    eprintln!(
        "{} of {everybody} young and old subjects are judged; the models learned from {} of them",
        data.images.len(),
        seen_ids.len()
    );
    let all: Vec<usize> = (0..data.images.len()).collect();
    let measured = measure::measure(&source.loaded, &data, &all)?;
    let truth = if cohort.description.phantom { truth::compare(&arguments.cohort, &measured, grid)? } else { None };
    let report = gather::report_data(&source, &cohort, &seen_ids, &measured, truth);
    let figures = draw::draw(&source, &cohort, &measured, &report)?;
    outputs::write(&arguments.out, &measured, &report)?;
    report::write_report(&arguments.out, &report, &figures)?;
    if arguments.json {
        println!("{}", String::from_utf8_lossy(&files::read(&arguments.out.join("report.json"))?));
    } else {
        println!("{}", measured.summary().in_words());
        println!("{}", arguments.out.join("report.html").display());
    }
    Ok(())
}
