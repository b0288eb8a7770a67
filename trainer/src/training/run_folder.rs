//! A run on disk: the location of each part, its inputs, and how it is loaded.

use crate::cohort::{Group, GroupLimits, Split};
use crate::failure::unusable;
use crate::files;
use crate::identity::subject_hash;
use crate::training::config::TrainingConfig;
use crate::training::seen::{Seen, SeenImages};
use crate::training::voxel_ridge::VoxelRidge;
use anyhow::Result;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use shared::explain::{Models, inside_of};
use shared::model::{Classifier, GridContext, read_weights};
use shared::volume::read_nifti;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

/// What a run was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    pub version: String,
    pub preparation_version: String,
    pub cohort: PathBuf,
    pub cohort_name: String,
    pub phantom: bool,
    /// Whether this program prepared the maps from T1 images.
    #[serde(default)]
    pub prepared_here: bool,
    /// Ages of the young and the old; absent for the published ones.
    #[serde(default, skip_serializing_if = "GroupLimits::are_published")]
    pub groups: GroupLimits,
    /// Step of the densities, see [`crate::training::data::Dataset::value_step`]; missing in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_step: Option<f32>,
    pub acknowledgement: String,
    pub citation: String,
    pub license: String,
    /// How subjects were split, in words.
    pub split: String,
    pub subjects: BTreeMap<String, Split>,
    /// Hashes of the columns `age`, `group`, `sex` and `site` of the subjects; missing in runs of earlier versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// Hashes of the training images; missing in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_images: Option<SeenImages>,
    /// Subjects by `train_young`, `train_old`, `test_young`, `test_old`.
    pub counts: BTreeMap<String, usize>,
    pub device: String,
}

impl RunRecord {
    /// Shortened SHA-256 of the identifiers of all training subjects.
    pub fn trained_on(&self) -> Vec<String> {
        self.subjects.iter().filter(|(_, split)| **split == Split::Train).map(|(id, _)| subject_hash(id)).collect()
    }

    /// The training subjects.
    pub fn seen(&self) -> Seen {
        Seen { ids: self.trained_on().into_iter().collect(), images: self.seen_images.clone() }
    }
}

/// An image that the bundle will show, precomputed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SampleRecord {
    pub id: String,
    pub title: String,
    pub group: Group,
}

/// Networks ready to classify and translate, with the independent judge.
pub struct LoadedModels {
    pub models: Models,
    pub judge: Option<Classifier>,
    pub voxel_ridge: Option<VoxelRidge>,
    /// Classifiers of the fold ensemble; empty for bundles, and where none was trained.
    pub ensemble: Vec<Classifier>,
}

/// Name of a classifier of the fold ensemble in a run; the first has number 1.
pub fn ensemble_part(number: usize) -> String {
    format!("ensemble_{number}")
}

/// Fields in which a configuration differs from the one that a run was started with, each with both values.
fn differing_fields(begun: &TrainingConfig, given: &TrainingConfig) -> Result<Vec<String>> {
    let mut found = Vec::new();
    differ("", Some(&toml::Value::try_from(begun)?), Some(&toml::Value::try_from(given)?), &mut found);
    Ok(found)
}

fn differ(name: &str, begun: Option<&toml::Value>, given: Option<&toml::Value>, found: &mut Vec<String>) {
    if let (Some(toml::Value::Table(begun)), Some(toml::Value::Table(given))) = (begun, given) {
        let keys: BTreeSet<&String> = begun.keys().chain(given.keys()).collect();
        for key in keys {
            let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            differ(&inner, begun.get(key), given.get(key), found);
        }
    } else if begun != given {
        let shown = |value: Option<&toml::Value>| value.map_or_else(|| "absent".to_owned(), toml::Value::to_string);
        found.push(format!("{name} was {}, is {}", shown(begun), shown(given)));
    }
}

/// Locks a run for other trainings as long as this value exists.
pub struct RunLock(#[expect(dead_code, reason = "held, not used")] File);

/// A run's folder.
pub struct RunFolder {
    pub path: PathBuf,
}

impl RunFolder {
    pub fn new(path: &Path) -> Self {
        RunFolder { path: path.into() }
    }

    pub fn weights(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.safetensors"))
    }

    pub fn mask(&self) -> PathBuf {
        self.path.join("mask.nii.gz")
    }

    /// Folder of a part: its checkpoints and metrics.
    pub fn part(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn cross_validation(&self) -> PathBuf {
        self.path.join("cross_validation.json")
    }

    /// The distribution of the training maps, to recognise out-of-distribution images; missing in runs of earlier
    /// versions.
    pub fn familiar(&self) -> PathBuf {
        self.path.join("familiar.json")
    }

    /// The age dial, see [`shared::explain::Ageing`]; only if configured.
    pub fn ageing(&self) -> PathBuf {
        self.path.join("ageing.json")
    }

    /// How grey values change with age, where translations take those of real maps.
    pub fn grey_values(&self) -> PathBuf {
        self.path.join("grey_values.json")
    }

    /// The baseline of the classifier, ridge regression on the voxels; missing in runs of earlier versions.
    pub fn voxel_ridge(&self) -> PathBuf {
        self.path.join("voxel_ridge.json")
    }

    /// The control with permuted labels, see [`crate::training::control`].
    pub fn permuted_labels(&self) -> PathBuf {
        self.path.join("permuted_labels.json")
    }

    /// Time, speed and memory of each session.
    pub fn resources(&self) -> PathBuf {
        self.path.join("resources.json")
    }

    /// Measures on the held-out subjects.
    pub fn test(&self) -> PathBuf {
        self.path.join("test.json")
    }

    /// What the bundle will report on the held-out subjects; missing in runs of earlier versions.
    pub fn held_back(&self) -> PathBuf {
        self.path.join("held_back.json")
    }

    pub fn samples(&self) -> PathBuf {
        self.path.join("samples.json")
    }

    pub fn sample(&self, id: &str) -> PathBuf {
        self.path.join("samples").join(format!("{id}.nii.gz"))
    }

    /// The exact change of a phantom among the samples, towards the other group; other samples have none.
    pub fn sample_truth(&self, id: &str) -> PathBuf {
        self.path.join("samples").join(format!("{id}_truth.nii.gz"))
    }

    /// The exact change of a phantom among the samples from its own age to another one.
    pub fn sample_truth_at(&self, id: &str, years: u32) -> PathBuf {
        self.path.join("samples").join(format!("{id}_truth-at{years}.nii.gz"))
    }

    pub fn metrics(&self) -> PathBuf {
        self.part("cyclegan").join("metrics.csv")
    }

    fn config(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// The file that says that this training has begun.
    pub fn record(&self) -> PathBuf {
        self.path.join("run.json")
    }

    /// Locks this folder for other trainings as long as the result is held.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: another training holds it.
    pub fn lock(&self) -> Result<RunLock> {
        files::lock(&self.path, "lock")?.map(RunLock).ok_or_else(|| {
            unusable(format!(
                "{}: another training writes into this run; wait for its end, stop it, or choose another --out",
                self.path.display()
            ))
        })
    }

    pub fn exists(&self) -> bool {
        self.record().exists()
    }

    /// Writes configuration and record.
    pub fn begin(&self, config: &TrainingConfig, record: &RunRecord) -> Result<()> {
        files::write(&self.config(), toml::to_string_pretty(config)?.as_bytes())?;
        files::write_json(&self.record(), record)
    }

    /// Refuses to continue with another configuration, other subjects or maps of another preparation.
    pub fn check_same(&self, config: &TrainingConfig, record: &RunRecord) -> Result<()> {
        let remedy = "give the same --config and --cohort, or choose another --out";
        let differing = differing_fields(&self.read_config()?, config)?;
        if let Some(first) = differing.first() {
            let more = differing.len() - 1;
            let others = if more > 0 { format!(" and {more} more") } else { String::new() };
            return Err(unusable(format!(
                "{}: was started with another configuration: {first}{others}; {remedy}",
                self.path.display()
            )));
        }
        let begun = self.read_record()?;
        if begun.preparation_version != record.preparation_version {
            return Err(unusable(format!(
                "{}: was started with maps of preparation `{}`, but this program works with `{}`; finish it with the AgeLens \
                 that started it, or choose another --out",
                self.path.display(),
                begun.preparation_version,
                record.preparation_version
            )));
        }
        if begun.groups != record.groups {
            return Err(unusable(format!(
                "{}: was started with the groups {}, but the cohort has {}; {remedy}",
                self.path.display(),
                begun.groups,
                record.groups
            )));
        }
        if begun.subjects != record.subjects {
            return Err(unusable(format!(
                "{}: was started with other subjects or another split; {remedy}",
                self.path.display()
            )));
        }
        let changed: Vec<&str> = begun
            .columns
            .iter()
            .filter(|(name, hash)| record.columns.get(*name) != Some(*hash))
            .map(|(name, _)| name.as_str())
            .collect();
        if !changed.is_empty() {
            return Err(unusable(format!(
                "{}: was started with other values of {} for the same subjects; {remedy}",
                self.path.display(),
                changed.join(" and ")
            )));
        }
        let is_other = |begun: &Option<SeenImages>| begun.is_some() && *begun != record.seen_images;
        if is_other(&begun.seen_images) {
            return Err(unusable(format!(
                "{}: was started with other maps of the same subjects; {remedy}",
                self.path.display()
            )));
        }
        Ok(())
    }

    pub fn read_config(&self) -> Result<TrainingConfig> {
        TrainingConfig::read(&self.config())
    }

    pub fn read_record(&self) -> Result<RunRecord> {
        self.read_json(&self.record())
    }

    /// A JSON file of this run.
    pub fn read_json<T: for<'de> Deserialize<'de>>(&self, path: &Path) -> Result<T> {
        serde_json::from_slice(&files::read(path)?)
            .map_err(|error| unusable(format!("{}: {error}; train the run again", path.display())))
    }

    /// The same, where it is there.
    pub fn read_json_if_there<T: for<'de> Deserialize<'de>>(&self, path: &Path) -> Result<Option<T>> {
        path.exists().then(|| self.read_json(path)).transpose()
    }

    /// The finished networks of the run.
    pub fn load(&self, device: &Device) -> Result<LoadedModels> {
        let config = self.read_config()?;
        let missing = ["classifier", "judge", "young_to_old", "old_to_young"]
            .into_iter()
            .find(|name| !self.weights(name).exists());
        if let Some(name) = missing {
            return Err(unusable(format!(
                "{}: not finished, {name} is missing; continue with `trainer train --resume`",
                self.path.display()
            )));
        }
        let bytes = |name: &str| files::read(&self.weights(name));
        let shown = |name: &str| self.weights(name).display().to_string();
        let classifier = |config: &crate::training::config::ClassifierTraining, name: &str| -> Result<Classifier> {
            Ok(read_weights(config.network.init(device), &shown(name), &bytes(name)?)?)
        };
        let generator = |name: &str| -> Result<_> {
            Ok(read_weights(config.cyclegan.generator.init(device), &shown(name), &bytes(name)?)?)
        };
        let grid = config.grid.grid();
        let record: RunRecord = self.read_json(&self.record())?;
        let mask = read_nifti(&self.mask().display().to_string(), &files::read(&self.mask())?, None)?.into_volume()?;
        Ok(LoadedModels {
            judge: Some(classifier(&config.judge, "judge")?),
            voxel_ridge: self.read_json_if_there(&self.voxel_ridge())?,
            ensemble: (1..=config.classifier.ensemble)
                .map(|number| classifier(&config.classifier, &ensemble_part(number)))
                .collect::<Result<_>>()?,
            models: Models {
                classifier: classifier(&config.classifier, "classifier")?,
                young_to_old: generator("young_to_old")?,
                old_to_young: generator("old_to_young")?,
                context: GridContext::new(&grid, &mask, device),
                familiar: self.read_json_if_there(&self.familiar())?,
                ageing: self.read_json_if_there(&self.ageing())?,
                grey_values: self.read_json_if_there(&self.grey_values())?,
                inside: inside_of(&mask),
                value_step: record.value_step,
                grid,
                device: device.clone(),
            },
        })
    }
}
