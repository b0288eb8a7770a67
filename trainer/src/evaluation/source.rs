//! The models to evaluate, from a run or from a bundle, and what is known about them.

use crate::bundle_folder::open_bundle;
use crate::evaluation::report::CardEntry;
use crate::group::GroupLimits;
use crate::training::classifier::CrossValidation;
use crate::training::control::Control;
use crate::training::run_folder::{LoadedModels, RunFolder, ensemble_part};
use crate::training::seen::Seen;
use crate::{files, output_folder};
use anyhow::Result;
use burn::tensor::Device;
use shared::bundle::{Manifest, sha256_hex};
use shared::model::{ModelConfig, Pooling};
use std::collections::BTreeMap;
use std::path::Path;

/// Models to evaluate, and what is known about them.
pub struct Source {
    pub loaded: LoadedModels,
    /// Weights of the explained classifier's last layer.
    pub pooling: Pooling,
    /// SHA-256 that identifies them.
    pub sha256: String,
    /// Preparation version of the training maps.
    pub preparation: String,
    /// The training subjects.
    pub seen: Seen,
    /// Ages of the young and the old that they learned from.
    pub groups: GroupLimits,
    pub seed: u64,
    pub folds: Option<CrossValidation>,
    /// Permuted-label control.
    pub control: Option<Control>,
    pub card: Vec<CardEntry>,
    /// Metrics of the training, as CSV.
    pub curves: Option<String>,
}

/// A finished run.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the run is not finished or a file of it cannot be read.
pub fn from_run(run: &RunFolder, device: &Device) -> Result<Source> {
    output_folder::RUN.expect(&run.path)?;
    let record = run.read_record()?;
    let config = run.read_config()?;
    let mut weights = Vec::new();
    let loaded = run.load(device)?;
    for part in ["classifier", "judge", "young_to_old", "old_to_young"] {
        weights.extend(files::read(&run.weights(part))?);
    }
    for number in 1..=config.classifier.ensemble {
        weights.extend(files::read(&run.weights(&ensemble_part(number)))?);
    }
    let folds = run.read_json_if_there(&run.cross_validation())?;
    let control = run.read_json_if_there(&run.permuted_labels())?;
    let curves = files::read(&run.metrics()).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Source {
        loaded,
        pooling: config.classifier.network.pooling,
        sha256: sha256_hex(&weights),
        preparation: record.preparation_version.clone(),
        seen: record.seen(),
        groups: record.groups,
        seed: config.seed,
        folds,
        control,
        card: vec![
            entry("Learned from", format!("{} ({})", record.cohort_name, counts_in_words(&record.counts))),
            entry("Split", record.split.clone()),
            entry(
                "CycleGAN",
                format!("{} steps of {} subjects per group", config.cyclegan.steps, config.cyclegan.batch),
            ),
            entry("Trained on", record.device.clone()),
            entry("Preparation", record.preparation_version),
        ],
        curves,
    })
}

/// An exported bundle.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the bundle is damaged or incomplete.
pub fn from_bundle(folder: &Path, device: &Device) -> Result<Source> {
    let (bundle, sha256) = open_bundle(folder, device)?;
    let Manifest { data, name, training, preparation_version, models, .. } = bundle.manifest;
    let models: ModelConfig = serde_json::from_value(models)?;
    // Bundles of earlier versions lack one or the other.
    let folds = serde_json::from_value(training["cross_validation"].clone()).ok();
    let control = serde_json::from_value(training["control"].clone()).ok();
    Ok(Source {
        loaded: LoadedModels {
            models: bundle.models,
            judge: Some(bundle.judge),
            voxel_ridge: None,
            ensemble: Vec::new(),
        },
        pooling: models.classifier.pooling,
        sha256,
        preparation: preparation_version.clone(),
        seen: Seen::of_bundle(&data),
        groups: data.groups,
        seed: data.seed,
        folds,
        control,
        card: vec![
            entry("Bundle", name),
            entry("Learned from", format!("{} ({})", data.description, counts_in_words(&data.subjects))),
            entry("Split", data.split),
            entry("Preparation", preparation_version),
        ],
        curves: None,
    })
}

/// A row of the model card.
pub fn entry(name: &str, value: String) -> CardEntry {
    CardEntry { name: name.into(), value }
}

fn counts_in_words(counts: &BTreeMap<String, usize>) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(part, count)| format!("{count} {}", part.replace('_', ", "))).collect();
    parts.join("; ")
}
