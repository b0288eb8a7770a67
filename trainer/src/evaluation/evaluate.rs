//! From models and a cohort to a report.

use crate::cohort::Cohort;
use crate::cohort::phantom::truth_path;
use crate::device::{self, DeviceChoice};
use crate::evaluation::{compare, dial, draw, gather, group_test, measure, outputs, report, source, subjects};
use crate::failure::unusable;
use crate::group::Group;
use crate::measures::truth;
use crate::output_folder;
use crate::training::image::Image;
use crate::training::run_folder::RunFolder;
use anyhow::Result;
use std::path::Path;

/// The models to evaluate.
#[derive(Clone, Copy, Debug)]
pub enum ModelsOf<'a> {
    /// A run's, by its folder.
    Run(&'a Path),
    /// A bundle's, by its folder.
    Bundle(&'a Path),
}

/// The arguments of an evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation<'a> {
    pub of: ModelsOf<'a>,
    /// Cohort with participants.tsv: its young and old subjects that the models were not trained on, and of those only
    /// the split `test` if the table has a split. The groups are those that the models learned.
    pub cohort: &'a Path,
    /// Folder of the report.
    pub out: &'a Path,
    /// Whether to write every subject's difference map, too.
    pub single_maps: bool,
    pub device: DeviceChoice,
}

/// Evaluates models on a cohort and writes the report; returns the main numbers in words.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: models or cohort cannot be used, or no subject is left to evaluate. Other errors:
/// a file cannot be written, or the device failed.
pub fn evaluate(asked: &Evaluation) -> Result<String> {
    output_folder::REPORT.may_fill(asked.out)?;
    let (device, device_name) = device::choose(asked.device)?;
    let mut source = match asked.of {
        ModelsOf::Run(run) => source::from_run(&RunFolder::new(run), &device)?,
        ModelsOf::Bundle(bundle) => source::from_bundle(bundle, &device)?,
    };
    source.card.push(source::entry("Computed on", device_name));
    let mut cohort = Cohort::open(asked.cohort)?;
    cohort.group_by(source.groups, asked.cohort)?;
    let everybody = cohort.young_and_old().len();
    let grid = &source.loaded.models.grid;
    let subjects::Chosen { data, learned, seen_ids } =
        subjects::choose(&cohort, &source.seen, grid, &source.preparation)?;
    for group in [Group::Young, Group::Old] {
        if !data.images.iter().any(|image| image.subject.group == group) {
            return Err(unusable(format!(
                "{}: no {group} subject that the models were not trained on ({} of {everybody} are training subjects, under these \
                 names or others); evaluate on other people",
                asked.cohort.display(),
                seen_ids.len()
            )));
        }
    }
    eprintln!(
        "{} of {everybody} young and old subjects are evaluated; {} are training subjects",
        data.images.len(),
        seen_ids.len()
    );
    let all: Vec<usize> = (0..data.images.len()).collect();
    let measured = measure::measure(&source.loaded, &data, &all)?;
    let truth = if cohort.description.phantom {
        truth::compare(|id| truth_path(asked.cohort, id), &measured, grid)?
    } else {
        None
    };
    let learned: Vec<&Image> = learned.iter().collect();
    let truth_of = |id: &str| cohort.description.phantom.then(|| truth_path(asked.cohort, id));
    let comparison = compare::compare(&source.loaded, &measured, &learned, truth_of)?;
    if let Some(comparison) = &comparison {
        eprintln!("{}", comparison.in_words());
    }
    let dial = dial::measure(&source.loaded, &data, &measured.mask, asked.cohort)?;
    if let Some(dial) = &dial {
        eprintln!("{}", dial.in_words());
    }
    let tested = group_test::test(&cohort, asked.cohort, &measured)?;
    if let Some(tested) = &tested {
        eprintln!("{}", tested.result.in_words());
    }
    let mut report = gather::report_data(&source, &cohort, &seen_ids, &measured, truth);
    report.comparison = comparison;
    report.dial = dial;
    report.group_test = tested.as_ref().map(|tested| tested.result.clone());
    let figures = draw::draw(&source, &cohort, &measured, &report)?;
    outputs::write(asked.out, &measured, &report)?;
    if let Some(tested) = &tested {
        outputs::test_maps(asked.out, tested, &measured)?;
    }
    if asked.single_maps {
        outputs::single_maps(asked.out, &measured)?;
    }
    report::write_report(asked.out, &report, &figures)?;
    Ok(measured.summary().in_words())
}
