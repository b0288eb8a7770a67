//! `manifest.json`: the model card of a bundle and the map of its files.

use super::manifest_error::{Caution, Damaged, ManifestError, ManifestFault};
use super::{GroupLimits, HeldBack, Sample, sha256_hex};
use crate::explain::{Direction, Explanation};
use crate::prepare::{PHANTOM_DESCRIPTION, PrepareError, is_same_preparation, version_of};
use crate::volume::Grid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the manifest's own layout. Since 2 models may have an age dial, which programs that know 1 only would not turn; since 3
/// they may have learned from other groups than the published, whose limits programs that know 2 only would not tell.
pub const MANIFEST_VERSION: u32 = 3;

/// The version of bundles of the published groups.
const PUBLISHED_GROUPS_VERSION: u32 = 2;

/// The oldest version that is still read.
const OLDEST_VERSION: u32 = 1;

/// The manifest, where this version can read it and it is sound.
///
/// # Errors
/// [`ManifestError`]: no manifest, one of another version, or one that asks for what cannot be held, for files outside of its
/// folder, or brings nothing by which a device can be tested.
pub fn parse_manifest(manifest_json: &[u8]) -> Result<Manifest, ManifestError> {
    let manifest: Manifest =
        serde_json::from_slice(manifest_json).map_err(|error| ManifestError::unreadable(&error))?;
    match manifest.manifest_version {
        OLDEST_VERSION..=MANIFEST_VERSION => manifest.check_soundness().map(|()| manifest),
        found => Err(ManifestFault::Version { found, wanted: MANIFEST_VERSION }.into()),
    }
}

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
    /// How it was trained and every measure on the held-out subjects.
    pub training: serde_json::Value,
    /// Role (`classifier`, `young_to_old`, `old_to_young`, `reference_input`, ...) to file.
    pub files: BTreeMap<String, FileEntry>,
    /// What a device must compute from `reference_input` before its results are trusted.
    pub reference: Vec<ReferenceOutput>,
    /// Precomputed results that a page can show at once.
    pub samples: Vec<Sample>,
    /// How the models did on the held-out subjects; bundles of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_back: Option<HeldBack>,
    /// Youngest and oldest age that the age dial can be turned to, years; `None` for models without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dial_years: Option<[f64; 2]>,
    pub not_for_diagnosis: String,
}

/// Largest number of voxels of a grid: a whole brain at 1 mm has a quarter of it.
const MOST_VOXELS: usize = 1 << 25;

/// Largest number of bytes of all files together.
const MOST_BYTES: u64 = 1 << 30;

impl Manifest {
    /// Refuses a manifest that asks for what cannot be held, for files outside of its folder, or that brings nothing by which
    /// a device can be tested.
    ///
    /// # Errors
    /// [`ManifestError`].
    fn check_soundness(&self) -> Result<(), ManifestError> {
        let voxels = self.grid.shape.iter().try_fold(1usize, |count, side| count.checked_mul(*side));
        let is_held = voxels.is_some_and(|voxels| (1..=MOST_VOXELS).contains(&voxels));
        if !is_held || !self.grid.mni_from_voxel.is_invertible() {
            return Err(ManifestFault::Grid.into());
        }
        if self.data.value_step.is_some_and(|step| !(1e-6..=0.1).contains(&step)) {
            return Err(ManifestFault::Step.into());
        }
        if !self.data.groups.are_sound() {
            return Err(ManifestFault::Groups.into());
        }
        if self.dial_years.is_some_and(|[youngest, oldest]| !(0.0 <= youngest && youngest < oldest && oldest <= 150.0))
        {
            return Err(ManifestFault::Dial.into());
        }
        let bytes = self.files.values().fold(0u64, |sum, entry| sum.saturating_add(entry.bytes));
        if bytes > MOST_BYTES {
            return Err(ManifestFault::Bytes { bytes, limit: MOST_BYTES }.into());
        }
        if let Some(entry) = self.files.values().find(|entry| !entry.is_inner_path()) {
            return Err(ManifestFault::Path { path: entry.path.clone() }.into());
        }
        if self.reference.is_empty() {
            return Err(ManifestFault::Reference.into());
        }
        Ok(())
    }

    /// Whether maps of this preparation may be shown to the models.
    ///
    /// Models that learned from maps of other software, or from phantoms, know no preparation of ours: only the step that
    /// brings a map to their grid must be the same, and [`DataCard::caution_for_prepared_scan`] says the rest.
    pub fn takes_preparation(&self, version: &str) -> bool {
        let own = self.preparation_version.as_str();
        let grid_step = |version: &str| version.split('+').next().unwrap_or_default().to_owned();
        match self.data.prepared_here {
            true => is_same_preparation(version, own),
            false => is_same_preparation(&grid_step(version), &grid_step(own)),
        }
    }

    /// What must be said beside a verdict on an image, by what its header says of its making; `is_raw`: it is prepared here.
    pub fn caution_for(&self, about: &str, is_raw: bool) -> Option<Caution> {
        if about.starts_with(PHANTOM_DESCRIPTION) && !self.phantom {
            return Some(Caution::Phantom);
        }
        let is_prepared = is_raw || version_of(about).is_some();
        self.data.caution_for_prepared_scan().filter(|_| is_prepared)
    }

    /// Refuses a map whose header says that it was prepared in another way than the models can take; one that says
    /// nothing is accepted. `name` is for the message only.
    ///
    /// # Errors
    /// [`PrepareError::OtherPreparation`].
    pub fn check_preparation(&self, name: &str, description: &str) -> Result<(), PrepareError> {
        match version_of(description) {
            Some(found) if !self.takes_preparation(found) => Err(PrepareError::OtherPreparation {
                name: name.to_owned(),
                found: found.to_owned(),
                expected: self.preparation_version.clone(),
            }),
            _ => Ok(()),
        }
    }
}

/// A file of the bundle, relative to its folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

impl FileEntry {
    /// Whether the path stays inside the bundle's folder, whatever the system: names with `/` between them.
    pub fn is_inner_path(&self) -> bool {
        let is_name = |name: &str| {
            let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            !name.is_empty() && name.chars().all(is_plain) && !name.starts_with('.')
        };
        self.path.split('/').all(is_name)
    }

    /// Refuses bytes that are not those of the bundle.
    ///
    /// # Errors
    /// [`Damaged`].
    pub fn check(&self, bytes: &[u8]) -> Result<(), Damaged> {
        let found = sha256_hex(bytes);
        match found == self.sha256 {
            true => Ok(()),
            false => Err(Damaged { path: self.path.clone(), found, expected: self.sha256.clone() }),
        }
    }
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
    /// The ages of the young and the old; absent for the published ones.
    #[serde(default, skip_serializing_if = "GroupLimits::are_published")]
    pub groups: GroupLimits,
    pub split: String,
    pub seed: u64,
    /// Shortened SHA-256 of each subject's identifier that was learned from, so that nobody is judged by what knows them.
    pub trained_on: Vec<String>,
    /// Salt and salted, shortened SHA-256 of each image that was learned from, on the grid and in hundredths: people are known
    /// again under other names. Bundles of earlier versions lack them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image_salt: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trained_on_images: Vec<String>,
    /// Whether AgeLens prepared the maps from T1 images; false for maps of other software, and for phantoms.
    #[serde(default)]
    pub prepared_here: bool,
    /// Densities of the maps on the grid are multiples of this, as files keep them, and so are those of translations; absent where they
    /// are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_step: Option<f32>,
}

impl DataCard {
    /// The lowest version of a manifest with this card: bundles of the published groups stay what they were.
    pub fn manifest_version(&self) -> u32 {
        if self.groups.are_published() { PUBLISHED_GROUPS_VERSION } else { MANIFEST_VERSION }
    }

    /// What must be said beside a verdict on a scan that AgeLens prepared; `None` where the models learned from such.
    pub fn caution_for_prepared_scan(&self) -> Option<Caution> {
        (!self.prepared_here).then_some(Caution::OtherMaps)
    }
}

/// Measured on held-out subjects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerformanceCard {
    pub test_subjects: usize,
    pub accuracy: f64,
    /// Wilson 95 % interval of the accuracy.
    pub accuracy_interval: [f64; 2],
    pub balanced_accuracy: f64,
    pub auc: f64,
    /// Share of held-out young subjects whose translation is judged old, and the reverse.
    pub flip_young_to_old: f64,
    pub flip_old_to_young: f64,
    /// The same, by a second classifier that the translators never saw.
    pub judge_flip_young_to_old: Option<f64>,
    pub judge_flip_old_to_young: Option<f64>,
    /// NCC of the mean difference map with the plain difference of the held-out groups' means.
    pub mean_map_ncc_young_to_old: f64,
    pub mean_map_ncc_old_to_young: f64,
    /// People of other scanners; absent where none were tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strangers: Option<Strangers>,
}

/// How the classifier judged people of other scanners and sites, none of whom it learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strangers {
    /// Who they are.
    pub description: String,
    pub subjects: usize,
    pub right: usize,
    pub wrong: usize,
    /// Those who got none, see [`crate::bundle::GroupName::told`].
    pub no_verdict: usize,
    /// How many ridge regression on the voxels judges rightly, learned from the same people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voxel_ridge_right: Option<usize>,
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

impl ReferenceOutput {
    /// What was found; `role` names the volumes.
    pub fn of(found: &Explanation, role: impl Fn(&str) -> String) -> Self {
        ReferenceOutput {
            direction: found.direction,
            probability_old_before: found.probability_old_before,
            probability_old_after: found.probability_old_after,
            translated: role("translated"),
            difference: role("difference"),
            cam: role("cam"),
        }
    }
}
