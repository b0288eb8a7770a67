//! The configuration of a training: grid, networks, losses, schedule.

use crate::training::precision::Precision;
use crate::training::scanner::MadeScanner;
use serde::{Deserialize, Serialize};
use shared::model::{ClassifierConfig, DiscriminatorConfig, GeneratorConfig};
use shared::volume::{Affine, Grid};

/// Everything a training needs in addition to the cohort. The files in configs/ list every value; fields added later
/// have defaults that switch them off, so that older run folders can still be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    /// Seed of split, weights, order, augmentation.
    pub seed: u64,
    /// Share of each group held out, where participants.tsv has no column `split`.
    pub test_fraction: f64,
    /// Whether training subjects are reweighted as if each site had as many of one group as of the other: if scanner
    /// and age are correlated, a training confuses them. See [`crate::training::site_balance`] for the rule.
    #[serde(default)]
    pub balance_sites: bool,
    pub grid: GridConfig,
    pub augmentation: AugmentationConfig,
    pub classifier: ClassifierTraining,
    /// The judge: a second, independent classifier with another width and seed, used only to evaluate translations; the
    /// CycleGAN never sees it.
    pub judge: ClassifierTraining,
    /// Further classifiers that guide the generators in addition to the first (classifier guidance): what fools one
    /// does not fool all (Tramèr et al. 2018, arXiv:1705.07204).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guides: Vec<ClassifierTraining>,
    /// The age dial: estimates people's ages in years, and changes each image by the years between its estimated age
    /// and the target age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ageing: Option<AgeingConfig>,
    pub cyclegan: CycleGanTraining,
}

/// How ages are estimated: ridge regression on mean densities of cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeingConfig {
    /// Voxels of a cell along x, y, z.
    pub cell_voxels: [usize; 3],
    /// Penalty in units of the mean squared length of a map's distance from the mean map.
    pub ridge: f64,
}

/// An axis-aligned grid in MNI space; both in-plane sides must divide by 2^downsamplings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridConfig {
    /// Voxels along x, y, z.
    pub shape: [usize; 3],
    pub spacing_mm: f64,
    /// MNI position of the centre of voxel (0, 0, 0).
    pub origin_mm: [f64; 3],
}

impl GridConfig {
    pub fn grid(&self) -> Grid {
        Grid { shape: self.shape, mni_from_voxel: Affine::from_spacing_origin([self.spacing_mm; 3], self.origin_mm) }
    }
}

/// Random changes of training images that keep their class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AugmentationConfig {
    /// Mirror left and right with probability one half.
    pub flip: bool,
    /// Largest in-plane shift, voxels.
    pub shift_voxels: usize,
    /// Grey-matter values are multiplied by exp(N(0, gain²)).
    pub gain: f32,
    /// Grey-matter values are raised to the power exp(N(0, gamma²)).
    pub gamma: f32,
    /// With probability one half, slices are smoothed in plane by a Gaussian of a standard deviation up to this,
    /// voxels: preparation programs differ in how smooth their maps are. 0: none.
    #[serde(default)]
    pub blur_voxels: f32,
}

#[cfg(test)]
impl AugmentationConfig {
    /// Images as they are.
    pub const NONE: Self = AugmentationConfig { flip: false, shift_voxels: 0, gain: 0.0, gamma: 0.0, blur_voxels: 0.0 };
}

/// A classifier and how it is trained: AdamW, cosine learning rate, exponential moving average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierTraining {
    pub network: ClassifierConfig,
    pub epochs: usize,
    /// Subjects per step.
    pub batch: usize,
    /// Axial slices of each subject per step in plane mode, drawn at random for each step; 0: all.
    pub slices: usize,
    /// Of the first step; cosine decay to zero.
    pub learning_rate: f64,
    pub weight_decay: f32,
    /// Share of the old weights kept in the average at each step.
    pub ema: f64,
    /// Labels are `label_smoothing` and 1 − `label_smoothing` instead of 0 and 1 (Szegedy et al. 2016).
    #[serde(default)]
    pub label_smoothing: f64,
    /// Weight of the age loss: distance of the log-odds from the subject's age on the scale below. Subjects without an
    /// age have no such term. 0: not used.
    #[serde(default)]
    pub lambda_age: f64,
    /// Log-odds that correspond to ten years from the boundary between the groups.
    #[serde(default = "one")]
    pub age_logits_per_decade: f64,
    /// If not 0: the linear layer is replaced by ridge regression of the ages in closed form (Hoerl and Kennard 1970),
    /// with this penalty in units of the features' mean squared length; the probabilities are calibrated on
    /// leave-one-out predictions.
    #[serde(default)]
    pub ridge: f64,
    /// Data augmentation: the ridge regression is also fitted to each map as these simulated scanners would show it, so
    /// that the prediction does not depend on how sharp or grey the maps of a preparation are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scanners: Vec<MadeScanner>,
    /// Whether it learns from as many people of each group as there are, drawn from them with replacement (bootstrap,
    /// Breiman 1996): a judge that learned from other people's weights than the classifier. For the judge only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bootstrap: bool,
    /// Folds of the subject-level cross-validation; 0: not used.
    pub folds: usize,
    /// Folds of the permuted-label control, which must be at chance; 0: not used.
    #[serde(default)]
    pub permuted_folds: usize,
    /// Epochs of each of those; 0: as `epochs`.
    #[serde(default)]
    pub permuted_epochs: usize,
    /// Classifiers of the fold ensemble: each learns from all training subjects but one of so many folds, and a report compares the
    /// mean of their log-odds with the classifier (as nnU-Net's ensembles, Isensee et al. 2021). For the classifier only; 0: none.
    #[serde(default, skip_serializing_if = "is_none")]
    pub ensemble: usize,
}

fn is_none(number: &usize) -> bool {
    *number == 0
}

/// The CycleGAN and how it is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CycleGanTraining {
    pub generator: GeneratorConfig,
    pub discriminator: DiscriminatorConfig,
    pub steps: u64,
    /// Precision of the layers of generators and critics.
    #[serde(default)]
    pub precision: Precision,
    /// Subjects of each group per batch.
    pub batch: usize,
    /// Batches whose gradients are averaged before the weights change (gradient accumulation): a larger batch in the
    /// memory of a small one.
    #[serde(default = "one_batch")]
    pub accumulate: usize,
    /// Axial slices of each subject per step, drawn at random for each step; 0: all (always in volume mode).
    pub slices: usize,
    pub learning_rate_generator: f64,
    pub learning_rate_discriminator: f64,
    /// Adam's decay rates of the first and second moment.
    pub beta_1: f32,
    pub beta_2: f32,
    /// Step after which both rates fall linearly to zero, as a share of `steps`.
    pub decay_from: f64,
    /// Weight of the cycle loss |G(F(x)) − x|.
    pub lambda_cycle: f64,
    /// Weight of the identity loss |G(y) − y| on images that already belong to the target group, times lambda_cycle's
    /// unit.
    pub lambda_identity: f64,
    /// Classifier guidance: weight of the frozen classifier's cross-entropy for the target group (GANterfactual, Mertes
    /// et al. 2022).
    pub lambda_classifier: f64,
    /// Weight of |G(x) − x|: penalises the size of the change.
    pub lambda_change: f64,
    /// Weight of the squared distance between the mean change and the difference of the group means, voxel by voxel
    /// (moment matching, Li et al. 2015; feature matching, Salimans et al. 2016); 0: not used.
    #[serde(default)]
    pub lambda_moment: f64,
    /// Weight of the same for the greyness x·(1 − x), largest for intermediate values: real maps are nearly black and
    /// white, and a translation that only dims them has the right mean and the wrong greyness; 0: not used.
    #[serde(default)]
    pub lambda_greyness: f64,
    /// Weight of the same for the product of each voxel with its neighbours along each axis (autocorrelation at one
    /// voxel): it depends on how thick and how sharp the ribbon is; 0: not used.
    #[serde(default)]
    pub lambda_neighbours: f64,
    /// Weight of the observer: distance between translations and target group as whole maps, in histogram and power
    /// spectrum, in squared standard deviations between people (feature matching, whitened as in Fisher's
    /// discriminant); 0: not used.
    #[serde(default)]
    pub lambda_observer: f64,
    /// As `moment_memory`, for the observer.
    #[serde(default = "observer_memory")]
    pub observer_memory: f64,
    /// Share of the steps after which the weights of moment, greyness and observer start to fall, linearly to `moment_end` of
    /// themselves at the last step; 1 keeps them.
    #[serde(default = "one")]
    pub moment_decay_from: f64,
    #[serde(default = "one")]
    pub moment_end: f64,
    /// Weight of the adversarial loss.
    #[serde(default = "one")]
    pub lambda_adversarial: f64,
    /// Share of the old mean change kept at each step: the mean is taken over about 1 / (1 − this) steps.
    #[serde(default = "moment_memory")]
    pub moment_memory: f64,
    /// Standard deviation of the neighbourhood, in voxels, over which the difference of the group means is compared
    /// with chance and reduced by what chance explains (see `shrinkage`); 0: no shrinkage.
    #[serde(default)]
    pub moment_shrinkage_voxels: f64,
    /// Standard deviation of the in-plane smoothing of the difference of the group means, voxels; 0: none.
    #[serde(default)]
    pub moment_blur_voxels: f64,
    /// Standard deviation of the noise added to a translated image before it is translated back: against hidden
    /// information (steganography, Chu et al. 2017).
    pub return_noise: f64,
    /// Translated images kept for the discriminators (Shrivastava et al. 2017); 0 uses only the newest.
    pub pool: usize,
    /// Whether translations take grey values as they occur in real maps of their age: exact histogram specification after the
    /// generators, see [`shared::explain::GreyValues`].
    #[serde(default)]
    pub match_histogram: bool,
    /// Whether they take the power spectrum of such maps too; needs `match_histogram`.
    #[serde(default)]
    pub match_spectrum: bool,
    /// Share of the old weights kept in the exported moving average at each step.
    pub ema: f64,
    /// Replaces the general `augmentation`, if the translation needs another.
    #[serde(default)]
    pub augmentation: Option<AugmentationConfig>,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
    /// Steps between lines of metrics.
    pub log_every: u64,
    /// Steps between preview pictures and lines of validation.csv; 0 for none.
    #[serde(default)]
    pub preview_every: u64,
}

fn one() -> f64 {
    1.0
}

fn one_batch() -> usize {
    1
}

fn moment_memory() -> f64 {
    0.9
}

fn observer_memory() -> f64 {
    0.98
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_balanced_only_where_that_is_asked_for() {
        let text = include_str!("../../tests/tiny.toml");
        let plain: TrainingConfig = toml::from_str(text).unwrap();
        let balanced: TrainingConfig = toml::from_str(&format!("balance_sites = true\n{text}")).unwrap();
        assert!(!plain.balance_sites && balanced.balance_sites);
        // A run is not gone on with after the other was chosen, and its folder says which.
        assert_ne!(plain, balanced);
        let kept: TrainingConfig = toml::from_str(&toml::to_string_pretty(&balanced).unwrap()).unwrap();
        assert_eq!(kept, balanced);
    }
}
