//! Cohort → classifier, judge, CycleGAN → run folder.

mod adam;
mod ageing;
mod augmentation;
mod average;
pub mod benchmark;
mod checkpoint;
pub mod classifier;
mod classifiers;
pub mod config;
mod config_file;
pub mod control;
mod cross_validation;
mod cyclegan;
pub mod data;
mod dose;
mod events;
mod familiar;
pub mod feature;
pub mod fresh_observer;
mod grey_values;
pub mod image;
mod initial;
mod losses;
mod metrics;
mod out_of_memory;
pub mod overrides;
mod pool;
pub mod precision;
mod prefetch;
mod preview;
mod ranges;
mod refit;
mod resample;
mod resources;
pub mod run_folder;
mod scanner;
pub mod seen;
mod setting;
mod shrinkage;
mod site_balance;
mod targets;
mod trained;
mod validation;
pub mod voxel_ridge;
mod warnings;

use crate::cohort::{Cohort, Group, Split, SplitOrigin, Subject};
use crate::device::DeviceChoice;
use crate::failure::unusable;
use crate::identity::subject_hash;
use crate::{device, files, output_folder, progress};
use anyhow::Result;
use burn::tensor::Device;
use classifiers::{ensemble, part};
use config::TrainingConfig;
use control::permuted_label_control;
use cross_validation::cross_validate;
use cyclegan::{most_tell_groups_apart, train_cyclegan};
use data::Dataset;
use out_of_memory::with_advice;
use overrides::Override;
use resources::{Journal, Speed, WRITTEN_EVERY, device_memory_mib};
use run_folder::{RunFolder, RunLock, RunRecord};
use seen::SeenImages;
use setting::Setting;
use shared::explain::inside_of;
use shared::model::{Classifier, GridContext, write_weights_f16};
use shared::prepare::PREPARATION_VERSION;
use shared::volume::write_nifti_gz;
use std::collections::BTreeMap;
use std::path::PathBuf;
use targets::Targets;
use voxel_ridge::VoxelRidge;

/// Smallest number of subjects per group, so that each fold and the test have some.
pub const LEAST_SUBJECTS: usize = 5;

/// The arguments of a training.
#[derive(Clone, Debug)]
pub struct Order {
    /// Cohort: a folder with participants.tsv and grey-matter maps.
    pub cohort: PathBuf,
    /// Configuration, see configs/.
    pub config: PathBuf,
    /// Values that override the configuration's.
    pub overrides: Vec<Override>,
    /// Folder of the run: checkpoints, metrics, weights.
    pub out: PathBuf,
    /// Continue where an earlier training of this run stopped.
    pub resume: bool,
    pub device: DeviceChoice,
}

/// A trained run and its training data; it is locked for other processes as long as this value exists.
pub struct Trained {
    pub run: RunFolder,
    pub cohort: Cohort,
    pub data: Dataset,
    pub device: Device,
    _lock: RunLock,
}

/// Trains everything a bundle needs. A finished part of a run is not repeated with `resume`.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: configuration, cohort or folder cannot be used. Other errors: stopped, a file cannot be
/// written, the device failed.
pub fn train(order: &Order) -> Result<Trained> {
    let config = TrainingConfig::read_with(&order.config, &order.overrides)?;
    let run = RunFolder::new(&order.out);
    output_folder::RUN.may_fill(&run.path)?;
    if run.exists() && !order.resume {
        return Err(unusable(format!(
            "{}: holds a run already; add --resume to continue it, or choose another folder",
            order.out.display()
        )));
    }
    if order.resume && !run.exists() {
        return Err(unusable(format!(
            "{}: no run to continue; correct --out, or leave --resume out to begin one",
            order.out.display()
        )));
    }
    let (device, device_name) = device::choose(order.device)?;
    let mut cohort = Cohort::open(&order.cohort)?;
    let origin = cohort.assign_split(config.test_fraction, config.seed)?;
    let mut data = Dataset::load(&cohort, &config.grid.grid(), PREPARATION_VERSION)?;
    check_counts(&data, &config, order)?;
    if config.balance_sites {
        data = data.with_balanced_sites(&order.cohort)?;
    }
    let record = record(order, &config, &cohort, &data, origin, &device_name);
    // From here on the run is written; what was wrong before left no folder.
    let lock = run.lock()?;
    // Checkpoints in a folder without a run are of no use: nothing says what they were made from.
    let resume = run.exists();
    if resume {
        run.check_same(&config, &record)?;
    }
    run.begin(&config, &record)?;
    progress::stop_on_ctrl_c()?;
    eprintln!(
        "training on {device_name}: {} subjects to train on, {} held out",
        data.indices(Split::Train, None).len(),
        data.indices(Split::Test, None).len()
    );
    if data.balance_sites {
        eprintln!("sites are balanced: each group counts as {} subjects", data.training(Group::Old).len());
    }

    let mask = data.brain_mask();
    files::write(&run.mask(), &write_nifti_gz(&mask, "AgeLens mask: where translation may change")?)?;
    let context = GridContext::new(&data.grid, &mask, &device);
    let setting =
        Setting { data: &data, augmentation: &config.augmentation, context: &context, ageing: None, device: &device };

    let journal = Journal::begin(&run.resources(), &device_name, WRITTEN_EVERY);
    let mut speed = None;
    let outcome = train_parts(&run, &config, &setting, resume, &mut speed);
    let session = journal.end(speed, device_memory_mib(&device));
    // On a full disk both fail, and the first says where.
    outcome?;
    eprintln!("trained for {}", session?.in_words());
    Ok(Trained { run, cohort, data, device, _lock: lock })
}

/// All parts of the training, in order; finished parts are skipped.
fn train_parts(
    run: &RunFolder,
    config: &TrainingConfig,
    setting: &Setting,
    resume: bool,
    speed: &mut Option<Speed>,
) -> Result<()> {
    let classifier = part(run, "classifier", &config.classifier, setting, config.seed, resume)?;
    part(run, "judge", &config.judge, setting, config.seed.wrapping_add(500), resume)?;
    let mut guides = Vec::new();
    for (number, guide) in config.guides.iter().enumerate() {
        let seed = config.seed.wrapping_add(700 + number as u64);
        guides.push(part(run, &format!("guide_{}", number + 1), guide, setting, seed, resume)?);
    }
    if !run.voxel_ridge().exists() {
        let subjects = setting.data.indices(Split::Train, None);
        let targets = Targets::of(setting.data);
        let counted = setting.data.counted(&subjects, |index| targets.is_old(index));
        let ridge = VoxelRidge::fit(setting.data, &targets, &counted)?;
        files::write(&run.voxel_ridge(), &serde_json::to_vec(&ridge)?)?;
    }
    if !run.familiar().exists() {
        let subjects = setting.data.indices(Split::Train, None);
        let familiar = familiar::fit(setting.data, &subjects, &config.classifier.scanners, config.seed)?;
        files::write(&run.familiar(), &serde_json::to_vec(&familiar)?)?;
    }
    let ageing = match &config.ageing {
        Some(ageing) => ageing::fit(ageing, setting.data)?,
        None => None,
    };
    if config.ageing.is_some() && ageing.is_none() {
        eprintln!(
            "warning: some ages are unknown, or cannot be estimated from the maps: there is no age dial, and all images are changed \
             by the same amount"
        );
    }
    if let Some(fitted) = &ageing {
        files::write(&run.ageing(), &serde_json::to_vec(&fitted.ageing)?)?;
    }
    let guides: Vec<&Classifier> = std::iter::once(&classifier).chain(&guides).collect();
    if !run.weights("young_to_old").exists() || !run.weights("old_to_young").exists() {
        let advice = "cyclegan.batch (raise cyclegan.accumulate instead: the step stays as it is) or cyclegan.slices";
        let augmentation = config.cyclegan.augmentation.as_ref().unwrap_or(setting.augmentation);
        let setting = Setting { augmentation, ageing: ageing.as_ref(), ..*setting };
        let (translators, taken) = with_advice(advice, || {
            let folder = run.part("cyclegan");
            train_cyclegan(&config.cyclegan, &setting, &guides, config.seed, &folder, resume)
        })?;
        *speed = taken;
        files::write(&run.weights("young_to_old"), &write_weights_f16(&translators.young_to_old)?)?;
        files::write(&run.weights("old_to_young"), &write_weights_f16(&translators.old_to_young)?)?;
    }
    if config.cyclegan.match_histogram && !run.grey_values().exists() && most_tell_groups_apart(&guides) {
        let fitted =
            grey_values::fit(setting.data, &inside_of(&setting.data.brain_mask()), config.cyclegan.match_spectrum)?;
        files::write(&run.grey_values(), &serde_json::to_vec(&fitted)?)?;
    }
    let advice = "classifier.batch or classifier.slices";
    if config.classifier.folds > 0 && !run.cross_validation().exists() {
        let folder = run.part("cross_validation");
        let found = with_advice(advice, || cross_validate(&folder, resume, &config.classifier, setting, config.seed))?;
        files::write_json(&run.cross_validation(), &found)?;
    }
    if config.classifier.permuted_folds > 0 && !run.permuted_labels().exists() {
        let folder = run.part("permuted_labels");
        let found =
            with_advice(advice, || permuted_label_control(&folder, resume, &config.classifier, setting, config.seed))?;
        files::write_json(&run.permuted_labels(), &found)?;
    }
    ensemble(run, &config.classifier, setting, config.seed, resume)
}

fn check_counts(data: &Dataset, config: &TrainingConfig, order: &Order) -> Result<()> {
    let folds = config.classifier.folds.max(config.classifier.permuted_folds);
    for group in [Group::Young, Group::Old] {
        for (split, least) in [(Split::Train, LEAST_SUBJECTS), (Split::Test, 1)] {
            let found = data.indices(split, Some(group)).len();
            if found < least {
                return Err(unusable(format!(
                    "{}: {found} {group} subjects in the split `{split}`, but {least} are needed; add subjects or change the split",
                    order.cohort.display()
                )));
            }
        }
        let (trained_on, members) = (data.indices(Split::Train, Some(group)).len(), config.classifier.ensemble);
        if trained_on < members {
            return Err(unusable(format!(
                "{}: an ensemble over {members} folds of {trained_on} {group} training subjects; lower classifier.ensemble",
                order.config.display()
            )));
        }
        let all = data.images.iter().filter(|image| image.subject.group == group).count();
        if all < folds {
            return Err(unusable(format!(
                "{}: {folds} folds of {all} {group} subjects; lower classifier.folds and classifier.permuted_folds",
                order.config.display()
            )));
        }
    }
    Ok(())
}

fn record(
    order: &Order,
    config: &TrainingConfig,
    cohort: &Cohort,
    data: &Dataset,
    origin: SplitOrigin,
    device: &str,
) -> RunRecord {
    let split = match origin {
        SplitOrigin::Table => "by subject, as given in the cohort's participants.tsv".to_string(),
        SplitOrigin::Drawn => {
            format!("by subject, {:.0}% of each group held out, stratified by sex", config.test_fraction * 100.0)
        }
    };
    RunRecord {
        version: env!("CARGO_PKG_VERSION").into(),
        preparation_version: PREPARATION_VERSION.into(),
        cohort: order.cohort.clone(),
        cohort_name: cohort.description.name.clone(),
        phantom: cohort.description.phantom,
        prepared_here: cohort.description.prepared_here,
        groups: cohort.description.groups,
        value_step: data.value_step(),
        acknowledgement: cohort.description.acknowledgement.clone().unwrap_or_default(),
        citation: cohort.description.citation.clone().unwrap_or_default(),
        license: cohort.description.license.clone().unwrap_or_default(),
        split,
        subjects: data
            .images
            .iter()
            .map(|image| (image.subject.id.clone(), image.subject.split.unwrap_or(Split::Train)))
            .collect(),
        columns: columns(data),
        seen_images: Some(SeenImages::of(
            &data.indices(Split::Train, None).into_iter().map(|index| &data.images[index]).collect::<Vec<_>>(),
        )),
        counts: [
            (Split::Train, Group::Young),
            (Split::Train, Group::Old),
            (Split::Test, Group::Young),
            (Split::Test, Group::Old),
        ]
        .into_iter()
        .map(|(split, group)| (format!("{split}_{group}"), data.indices(split, Some(group)).len()))
        .collect(),
        device: device.into(),
    }
}

/// A hash of each column of the table for the subjects used, to detect changes of their labels.
fn columns(data: &Dataset) -> BTreeMap<String, String> {
    type Cell = fn(&Subject) -> String;
    let columns: [(&str, Cell); 4] = [
        ("age", |subject| subject.age_years.map_or_else(String::new, |age| age.to_string())),
        ("group", |subject| subject.group.to_string()),
        ("sex", |subject| subject.sex.clone().unwrap_or_default()),
        ("site", |subject| subject.site.clone().unwrap_or_default()),
    ];
    let of_column = |cell: Cell| {
        let mut lines: Vec<String> =
            data.images.iter().map(|image| format!("{}\t{}\n", image.subject.id, cell(&image.subject))).collect();
        lines.sort_unstable();
        subject_hash(&lines.concat())
    };
    columns.into_iter().map(|(name, cell)| (name.to_owned(), of_column(cell))).collect()
}
