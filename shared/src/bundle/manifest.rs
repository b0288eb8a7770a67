//! `manifest.json`: the model card of a bundle and the map of its files.

use super::HeldBack;
use crate::explain::Direction;
use crate::volume::Grid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the manifest's own layout.
pub const MANIFEST_VERSION: u32 = 1;

/// Everything a bundle says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub manifest_version: u32,
    /// Short name, the folder's: `oasis1-slab`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// True where the models learned from synthetic subjects: never to be shown as real.
    pub phantom: bool,
    /// Grid on which all models of the bundle work.
    pub grid: Grid,
    /// Version of the preparation that made the maps it was trained on.
    pub preparation_version: String,
    pub data: DataCard,
    pub performance: PerformanceCard,
    /// Model configurations: see `shared::model::ModelConfig`.
    pub models: serde_json::Value,
    /// How it was trained and every measure on the subjects held back.
    pub training: serde_json::Value,
    /// Role (`classifier`, `young_to_old`, `old_to_young`, `reference_input`, ...) to file.
    pub files: BTreeMap<String, FileEntry>,
    /// What a device must compute from `reference_input` before its results are trusted.
    pub reference: Vec<ReferenceOutput>,
    /// Precomputed results that a page can show at once.
    pub samples: Vec<Sample>,
    /// How the models did on the subjects held back; bundles of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<HeldBack>,
    pub not_for_diagnosis: String,
}

/// A file of the bundle, relative to its folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

/// What the models learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataCard {
    pub description: String,
    pub acknowledgement: String,
    pub citation: String,
    pub license: String,
    /// Subjects by `train_young`, `train_old`, `test_young`, `test_old`.
    pub subjects: BTreeMap<String, usize>,
    pub split: String,
    pub seed: u64,
    /// Shortened SHA-256 of each subject's identifier that was learned from, so that nobody is judged by what knows them.
    pub trained_on: Vec<String>,
    /// Whether AgeLens prepared the maps from T1 images; false for maps of other software, and for phantoms.
    #[serde(default)]
    pub prepared_here: bool,
}

impl DataCard {
    /// What must be said beside a verdict on a scan that AgeLens prepared; `None` where the models learned from such.
    pub fn caution_for_prepared_scan(&self) -> Option<&'static str> {
        const CAUTION: &str = "This model learned from maps that were made otherwise than this scan’s was, and may take that difference for age. Do not rely on its verdict here.";
        (!self.prepared_here).then_some(CAUTION)
    }
}

/// Measured on held-back subjects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerformanceCard {
    pub test_subjects: usize,
    pub accuracy: f64,
    /// Wilson 95 % interval of the accuracy.
    pub accuracy_interval: [f64; 2],
    pub balanced_accuracy: f64,
    pub auc: f64,
    /// Share of held-back young subjects whose translation is judged old, and the reverse.
    pub flip_young_to_old: f64,
    pub flip_old_to_young: f64,
    /// The same, by a second classifier that the translators never saw.
    pub judge_flip_young_to_old: Option<f64>,
    pub judge_flip_old_to_young: Option<f64>,
    /// NCC of the mean difference map with the plain difference of the held-back groups' means.
    pub mean_map_ncc_young_to_old: f64,
    pub mean_map_ncc_old_to_young: f64,
}

/// The native program's answer for the reference input in one direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReferenceOutput {
    pub direction: Direction,
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    /// Role names in `files` of the expected volumes.
    pub translated: String,
    pub difference: String,
    pub cam: String,
}

/// One precomputed case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub id: String,
    /// `Mean of 80 young people`, `Phantom subject 12, young`.
    pub title: String,
    pub direction: Direction,
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    /// Role names in `files` of the gzipped NIfTI volumes.
    pub original: String,
    pub translated: String,
    pub difference: String,
    pub cam: String,
    /// The exact change of this phantom, the same way as `difference`; real people have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
}

impl Sample {
    /// Role names of all its volumes.
    pub fn roles(&self) -> impl Iterator<Item = &String> {
        [&self.original, &self.translated, &self.difference, &self.cam].into_iter().chain(&self.truth)
    }
}
