//! `trainer evaluate`: what the models do to a cohort, as numbers, figures and maps.

pub mod colour;
pub mod figures;
pub mod measure;
mod report;
pub mod statistics;
mod subjects;

pub use report::STYLE as REPORT_STYLE;

use crate::cli::DeviceArguments;
use crate::cohort::{Cohort, Group};
use crate::explain::open_bundle;
use crate::failure::unusable;
use crate::training::classifier::CrossValidation as FoldResults;
use crate::training::data::Dataset;
use crate::training::run_folder::{LoadedModels, RunFolder};
use crate::{device, files};
use anyhow::Result;
use burn::tensor::Device;
use figures::{Figure, FigureStyle, GroupMaps};
use measure::{Measured, SubjectResult};
use report::{
    CardEntry, ClassifierResult, CrossValidation, CycleResult, DataSource, DifferenceResult, NOT_FOR_DIAGNOSIS,
    PerDirection, REPORT_VERSION, ReportData, Translation, write_report,
};
use shared::bundle::{Manifest, sha256_hex};
use shared::explain::Direction;
use shared::volume::{Grid, Volume, write_nifti_gz};
use statistics::{bootstrap_interval, mean_absolute_in_mask, mean_sd, roc_auc};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Resamples of people for bootstrap intervals.
const RESAMPLES: usize = 2000;
/// Seed of the resampling.
const SEED: u64 = 1;

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

/// Models to judge, and what is known of them.
struct Judged {
    loaded: LoadedModels,
    /// SHA-256 that pins them.
    sha256: String,
    /// Preparation version of the maps they learned from.
    preparation: String,
    /// Shortened hashes of the subjects they learned from.
    trained_on: BTreeSet<String>,
    seed: u64,
    folds: Option<FoldResults>,
    card: Vec<CardEntry>,
    /// Metrics of the training, as CSV.
    curves: Option<String>,
}

/// Judges models on a cohort and writes the report.
pub fn run(arguments: &EvaluateArguments) -> Result<()> {
    let (device, device_name) = device::choose(arguments.device.device)?;
    let mut judged = match (&arguments.run, &arguments.bundle) {
        (Some(run), _) => from_run(&RunFolder::new(run), &device)?,
        (None, Some(bundle)) => from_bundle(bundle, &device)?,
        (None, None) => return Err(unusable("neither --run nor --bundle is given; name what to judge")),
    };
    judged.card.push(CardEntry { name: "Computed on".into(), value: device_name });
    let cohort = Cohort::open(&arguments.cohort)?;
    let chosen = subjects::choose(&cohort, &judged.trained_on);
    let everybody = cohort.young_and_old().len();
    let mut part = cohort.clone();
    part.subjects = chosen;
    for group in [Group::Young, Group::Old] {
        if !part.subjects.iter().any(|subject| subject.group == group) {
            return Err(unusable(format!(
                "{}: no {group} subject that the models did not learn from; evaluate on other people",
                arguments.cohort.display()
            )));
        }
    }
    eprintln!("{} of {everybody} young and old subjects are judged", part.subjects.len());
    let data = Dataset::load(&part, &judged.loaded.models.grid, &judged.preparation)?;
    let all: Vec<usize> = (0..data.images.len()).collect();
    let measured = measure::measure(&judged.loaded, &data, &all)?;
    let report = report_data(&judged, &cohort, &measured);
    write_report(&arguments.out, &report, &draw(&judged, &cohort, &measured)?)?;
    write_maps(arguments, &measured)?;
    write_table(arguments, &measured)?;
    if arguments.json {
        println!("{}", String::from_utf8_lossy(&files::read(&arguments.out.join("report.json"))?));
    } else {
        println!("{}", measured.summary().in_words());
        println!("{}", arguments.out.join("report.html").display());
    }
    Ok(())
}

fn from_run(run: &RunFolder, device: &Device) -> Result<Judged> {
    let record = run.read_record()?;
    let config = run.read_config()?;
    let mut weights = Vec::new();
    let loaded = run.load(device)?;
    for part in ["classifier", "judge", "young_to_old", "old_to_young"] {
        weights.extend(files::read(&run.weights(part))?);
    }
    let folds = if run.cross_validation().exists() { Some(run.read_json(&run.cross_validation())?) } else { None };
    let curves = files::read(&run.metrics()).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Judged {
        loaded,
        sha256: sha256_hex(&weights),
        preparation: record.preparation_version.clone(),
        trained_on: record.trained_on().into_iter().collect(),
        seed: config.seed,
        folds,
        card: vec![
            entry("Learned from", format!("{} ({})", record.cohort_name, counts_in_words(&record.counts))),
            entry("Split", record.split.clone()),
            entry("CycleGAN", format!("{} steps of {} subjects a group", config.cyclegan.steps, config.cyclegan.batch)),
            entry("Trained on", record.device.clone()),
            entry("Preparation", record.preparation_version),
        ],
        curves,
    })
}

fn from_bundle(folder: &std::path::Path, device: &Device) -> Result<Judged> {
    let (bundle, sha256) = open_bundle(folder, device)?;
    let Manifest { data, name, training, preparation_version, .. } = bundle.manifest;
    let folds = serde_json::from_value(training["cross_validation"].clone()).ok();
    Ok(Judged {
        loaded: LoadedModels { models: bundle.models, judge: Some(bundle.judge) },
        sha256,
        preparation: preparation_version.clone(),
        trained_on: data.trained_on.into_iter().collect(),
        seed: data.seed,
        folds,
        card: vec![
            entry("Bundle", name),
            entry("Learned from", format!("{} ({})", data.description, counts_in_words(&data.subjects))),
            entry("Split", data.split),
            entry("Preparation", preparation_version),
        ],
        curves: None,
    })
}

fn entry(name: &str, value: String) -> CardEntry {
    CardEntry { name: name.into(), value }
}

fn counts_in_words(counts: &std::collections::BTreeMap<String, usize>) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(part, count)| format!("{count} {}", part.replace('_', ", "))).collect();
    parts.join("; ")
}

fn report_data(judged: &Judged, cohort: &Cohort, measured: &Measured) -> ReportData {
    let before = |subject: &SubjectResult| Some(subject.probability_old_before);
    let after = |subject: &SubjectResult| Some(subject.probability_old_after);
    let (confusion, auc) = measured.confusion(before).unwrap_or_default();
    let people: Vec<(f64, bool)> = measured
        .subjects
        .iter()
        .map(|subject| (f64::from(subject.probability_old_before), subject.group == Group::Old))
        .collect();
    let auc_interval = bootstrap_interval(&people, RESAMPLES, SEED, |people| {
        let (scores, old): (Vec<f64>, Vec<bool>) = people.iter().copied().unzip();
        roc_auc(&scores, &old)
    });
    let translation = |answer: &dyn Fn(&SubjectResult) -> Option<f32>| -> Option<PerDirection<Translation>> {
        let of = |direction| {
            measured.judged(direction, answer).map(|j| Translation::new(direction, j.judged_old, j.judged_young))
        };
        Some(PerDirection { young_to_old: of(Direction::YoungToOld)?, old_to_young: of(Direction::OldToYoung)? })
    };
    let nobody = || PerDirection::from_fn(|direction| Translation::new(direction, 0, 0));
    let mean_of = |value: &dyn Fn(&SubjectResult) -> f64| {
        PerDirection::from_fn(|direction| {
            let values: Vec<f64> = measured.subjects.iter().filter(|s| s.direction == direction).map(value).collect();
            mean_sd(&values).map(|summary| summary.mean)
        })
    };
    ReportData {
        report_version: REPORT_VERSION,
        not_for_diagnosis: NOT_FOR_DIAGNOSIS,
        command: std::env::args().collect::<Vec<_>>().join(" "),
        seed: judged.seed,
        bundle_sha256: judged.sha256.clone(),
        data: data_source(cohort, &judged.loaded.models.grid),
        grid: judged.loaded.models.grid.clone(),
        subjects: subjects::describe(cohort, measured),
        classifier: ClassifierResult::new(confusion, auc, auc_interval),
        cross_validation: judged.folds.as_ref().map(cross_validation),
        translation: translation(&after).unwrap_or_else(nobody),
        translation_independent_judge: translation(&|subject| subject.judge_after),
        difference: DifferenceResult {
            mean_map_ncc: PerDirection::from_fn(|direction| measured.map_ncc(direction)),
            mean_absolute: mean_of(&|subject| subject.mean_absolute_change),
            group_mean_absolute: measured
                .group_difference()
                .and_then(|difference| mean_absolute_in_mask(&difference.data, &measured.mask)),
            group_ncc_ceiling: None,
            input_output_correlation: Some(mean_of(&|subject| subject.similarity)),
            truth_ncc: None,
            truth_spill: None,
            truth_size_ratio: None,
            compared: Vec::new(),
            regions: Vec::new(),
        },
        cycle: Some(CycleResult {
            mean_absolute_error: mean_of(&|subject| subject.cycle_error),
            after_8_bit_rounding: None,
            after_noise: None,
            after_blur: None,
        }),
        warnings: Vec::new(),
        model_card: judged.card.clone(),
        show_cases: false,
    }
}

fn data_source(cohort: &Cohort, grid: &Grid) -> DataSource {
    let description = &cohort.description;
    let acknowledgement: Vec<String> =
        [description.acknowledgement.clone(), description.citation.clone()].into_iter().flatten().collect();
    DataSource {
        name: description.name.clone(),
        phantom: description.phantom,
        held_out: true,
        acknowledgement: (!acknowledgement.is_empty()).then(|| acknowledgement.join(" ")),
        limits: limits(description.phantom, grid),
    }
}

/// What the maps cannot say, in plain words.
fn limits(phantom: bool, grid: &Grid) -> Vec<String> {
    /// A grid lower than this misses much of the brain.
    const WHOLE_BRAIN_MM: f64 = 100.0;
    let height_mm = |z: usize| grid.mni_from_voxel.apply([0.0, 0.0, z as f64])[2];
    let (low, high) = (height_mm(0), height_mm(grid.shape[2].saturating_sub(1)));
    let mut limits = Vec::new();
    if high - low < WHOLE_BRAIN_MM {
        limits.push(format!(
            "Only the slices z = {low:.0} to {high:.0} mm were seen: nothing is said of the rest of the brain."
        ));
    }
    if phantom {
        limits.push(
            "Synthetic subjects age by the rule that made them: this tests the method, it says nothing of people."
                .into(),
        );
    } else {
        limits.push(
            "Whatever differs between the groups appears as change, also labelling, registration and scanner: in maps made from \
             three-class labels the rims of wide ventricles count as grey matter, so a gain beside the ventricles of the old is no growth."
                .into(),
        );
    }
    limits
}

fn cross_validation(found: &FoldResults) -> CrossValidation {
    let over_folds = |value: &dyn Fn(&crate::training::classifier::Accuracy) -> Option<f64>| {
        let values: Vec<f64> = found.folds.iter().filter_map(value).collect();
        mean_sd(&values)
    };
    CrossValidation {
        folds: found.folds.len(),
        balanced_accuracy: over_folds(&|fold| fold.balanced_accuracy),
        auc: over_folds(&|fold| fold.auc),
    }
}

fn draw(judged: &Judged, cohort: &Cohort, measured: &Measured) -> Result<Vec<Figure>> {
    let directions: Vec<GroupMaps> = measured
        .maps
        .iter()
        .map(|means| GroupMaps { subjects: means.subjects, ..GroupMaps::of_person(&means.maps) })
        .collect();
    let grid = &judged.loaded.models.grid;
    let mask = Volume {
        shape: grid.shape,
        data: measured.mask.iter().map(|&inside| if inside { 1.0 } else { 0.0 }).collect(),
        world_from_voxel: grid.mni_from_voxel,
    };
    let stamp = cohort.description.phantom.then_some("PHANTOM: synthetic, no real person");
    let style = FigureStyle { mask: Some(&mask), stamp };
    let count = |group: Group| measured.subjects.iter().filter(|subject| subject.group == group).count();
    let mut drawn =
        vec![figures::mean_difference(&directions, style)?, figures::difference_and_attention(&directions, style)?];
    if let Some(difference) = measured.group_difference() {
        let (young, old) = (count(Group::Young), count(Group::Old));
        drawn.push(figures::group_difference(&difference, young, old, &directions, style)?);
    }
    for direction in &directions {
        drawn.push(figures::example(*direction, style)?);
    }
    let shifts: Vec<figures::ProbabilityShift> = [Direction::YoungToOld, Direction::OldToYoung]
        .into_iter()
        .map(|direction| {
            let subjects = measured.subjects.iter().filter(|subject| subject.direction == direction);
            let pairs = subjects.map(|s| (f64::from(s.probability_old_before), f64::from(s.probability_old_after)));
            let (before, after) = pairs.unzip();
            figures::ProbabilityShift { direction, before, after }
        })
        .collect();
    drawn.push(figures::probabilities(&shifts)?);
    if let Some(csv) = &judged.curves {
        let curves = figures::curves_from_csv(csv)?;
        if !curves.is_empty() {
            drawn.push(figures::training_curves(&curves)?);
        }
    }
    Ok(drawn)
}

/// Mean maps as NIfTI, for any viewer.
fn write_maps(arguments: &EvaluateArguments, measured: &Measured) -> Result<()> {
    let write = |name: String, volume: &Volume| {
        files::write(&arguments.out.join("maps").join(&name), &write_nifti_gz(volume, "AgeLens group mean")?)
    };
    for means in &measured.maps {
        let direction = means.maps.direction.as_str();
        write(format!("mean_difference_{direction}.nii.gz"), &means.maps.difference)?;
        write(format!("mean_grad_cam_{direction}.nii.gz"), &means.maps.cam)?;
    }
    match measured.group_difference() {
        Some(difference) => write("group_difference_old_minus_young.nii.gz".into(), &difference),
        None => Ok(()),
    }
}

/// One line a subject: subjects.csv.
fn write_table(arguments: &EvaluateArguments, measured: &Measured) -> Result<()> {
    let mut table = csv::Writer::from_writer(Vec::new());
    for subject in &measured.subjects {
        table.serialize(subject)?;
    }
    files::write(&arguments.out.join("subjects.csv"), &table.into_inner()?)
}
