//! The results of an evaluation: the exact content of `report.json`.
//!
//! Names and nesting are fixed, because scripts read them. Shares are 0..1, ages years, densities and changes
//! grey-matter density 0..1, intervals `[low, high]` at 95 %. Undefined values are `null`; values that were not
//! measured are absent.

use crate::evaluation::checks::SelfCheck;
use crate::group::GroupLimits;
use crate::measures::ages::AgesTold;
use crate::measures::balance::SexBalance;
use crate::measures::comparison::Comparison;
use crate::measures::dial::DialNumbers;
use crate::measures::group_test::GroupTestResult;
use crate::measures::per_direction::PerDirection;
use crate::measures::regions::{LobeChange, RegionChange};
use crate::measures::rims::GainsWithAge;
use crate::measures::second_opinion::SecondOpinion;
use crate::measures::soundness::Soundness;
use crate::measures::table1::Table1Row;
use crate::measures::thesis_findings::Finding;
use crate::statistics::calibration::Calibration;
use crate::statistics::{Confusion, Interval, MeanSd, share, wilson_interval};
use crate::training::control::Control;
use serde::Serialize;
use shared::explain::Direction;
use shared::volume::Grid;

/// Version of the layout of `report.json`.
pub const REPORT_VERSION: u32 = 1;

/// The sentence that no report may miss.
pub const NOT_FOR_DIAGNOSIS: &str = "Not for diagnosis. A research result about groups of people and about a computer model; it says nothing about the health of any one person.";

/// All results of an evaluation.
#[derive(Clone, Debug, Serialize)]
pub struct ReportData {
    pub report_version: u32,
    /// [`NOT_FOR_DIAGNOSIS`].
    pub not_for_diagnosis: &'static str,
    /// The command line that made the report.
    pub command: String,
    pub seed: u64,
    /// SHA-256 of the bundle's manifest, or of the run's weights.
    pub bundle_sha256: String,
    pub data: DataSource,
    pub grid: Grid,
    pub subjects: Subjects,
    /// What the run must meet before its maps can be trusted.
    pub self_checks: Vec<SelfCheck>,
    /// The thesis's Table 1 for the evaluated people, with the published numbers.
    pub table1: Vec<Table1Row>,
    /// Source of the published numbers.
    pub table1_source: &'static str,
    /// The thesis's findings on regions, compared with these maps; empty if no regions were measured.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thesis_findings: Vec<Finding>,
    /// Source of the findings.
    pub thesis_findings_source: &'static str,
    pub classifier: ClassifierResult,
    /// The baseline, ridge regression on the voxels, on the same people. Absent for bundles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voxel_ridge: Option<ClassifierResult>,
    /// The fold ensemble on the same people: the mean log-odds of classifiers that each learned without one fold of the training
    /// subjects. Absent where none was trained, and for bundles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ensemble: Option<ClassifierResult>,
    /// Accuracy of the estimated ages; absent if the models estimate none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ages: Option<AgesTold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidation>,
    /// The permuted-label control: the classifier, trained on permuted labels, must be at chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permuted_labels: Option<Control>,
    /// Translated images, judged by the classifier that the maps explain.
    pub translation: PerDirection<Translation>,
    /// The same images, judged by a second classifier that had no part in training the translation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translation_independent_judge: Option<PerDirection<Translation>>,
    /// Correlation over people of the log-odds of classifier and judge. Absent if there is no judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classifier_and_judge: Option<SecondOpinion>,
    /// The network compared with all baselines. Absent if maps of single people were not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// The group test: where young and old differ significantly, adjusted for sex and head size. Absent if maps of
    /// single people were not kept, or too few are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_test: Option<GroupTestResult>,
    /// Accuracy of the age dial, on phantoms made at many ages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dial: Option<DialNumbers>,
    pub difference: DifferenceResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<CycleResult>,
    /// Errors of paths that should end in the same image, relative to the change.
    pub soundness: Soundness,
    /// In plain words; `write_report` adds the standard ones.
    pub warnings: Vec<String>,
    /// Rows of the model card, in order.
    pub model_card: Vec<CardEntry>,
}

/// Where the subjects come from.
#[derive(Clone, Debug, Serialize)]
pub struct DataSource {
    pub name: String,
    /// Synthetic subjects: the report says so wherever it can be seen.
    pub phantom: bool,
    /// True where none of the evaluated people took part in any training.
    pub held_out: bool,
    /// Acknowledgement and citation required by the data.
    pub acknowledgement: Option<String>,
    /// What this data cannot show: one scanner, only a slab, labels of a certain kind.
    pub limits: Vec<String>,
}

/// The evaluated people.
#[derive(Clone, Debug, Serialize)]
pub struct Subjects {
    /// Ages of the young and the old; absent for the published ones.
    #[serde(skip_serializing_if = "GroupLimits::are_published")]
    pub group_limits: GroupLimits,
    /// Evaluated people.
    pub young: usize,
    pub old: usize,
    /// All people of the cohort, by group and part.
    pub groups: Vec<SubjectGroup>,
    /// Whether the young and the old of a part differ in sex.
    pub sex_balance: Vec<SexBalance>,
}

/// A group of people of one part.
#[derive(Clone, Debug, Serialize)]
pub struct SubjectGroup {
    /// `young`, `old` or `gap`.
    pub group: String,
    /// `train` for training subjects, `evaluated`, or `neither`.
    pub split: String,
    pub count: usize,
    pub age_years: Option<MeanSd>,
    pub female: usize,
    pub male: usize,
    pub sex_unknown: usize,
}

/// How well the classifier distinguishes old from young, on the evaluated people.
#[derive(Clone, Debug, Serialize)]
pub struct ClassifierResult {
    pub accuracy: Option<f64>,
    /// Wilson interval of the accuracy.
    pub accuracy_interval: Option<Interval>,
    pub balanced_accuracy: Option<f64>,
    pub auc: Option<f64>,
    /// Bootstrap interval over people.
    pub auc_interval: Option<Interval>,
    pub confusion: Confusion,
}

impl ClassifierResult {
    /// Accuracy, its interval and the balanced accuracy follow from the counts.
    pub fn new(confusion: Confusion, auc: Option<f64>, auc_interval: Option<Interval>) -> Self {
        ClassifierResult {
            accuracy: confusion.accuracy(),
            accuracy_interval: wilson_interval(confusion.right(), confusion.total()),
            balanced_accuracy: confusion.balanced_accuracy(),
            auc,
            auc_interval,
            confusion,
        }
    }
}

/// Trained anew for each fold, tested on people it did not see.
#[derive(Clone, Debug, Serialize)]
pub struct CrossValidation {
    pub folds: usize,
    /// Mean and standard deviation over folds.
    pub balanced_accuracy: Option<MeanSd>,
    pub auc: Option<MeanSd>,
    /// Each fold, in order.
    pub each: Vec<Fold>,
    /// The same folds with the baseline, ridge regression on the voxels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voxel_ridge: Option<Box<CrossValidation>>,
}

/// One fold: the people outside its classifier's training data.
#[derive(Clone, Debug, Serialize)]
pub struct Fold {
    pub subjects: usize,
    pub balanced_accuracy: Option<f64>,
    pub auc: Option<f64>,
}

/// Verdicts of one classifier on the translated images of one direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Translation {
    pub judged_old: usize,
    pub judged_young: usize,
    /// Share judged as the target group.
    pub flip_rate: Option<f64>,
    /// Wilson interval of the flip rate.
    pub flip_interval: Option<Interval>,
}

impl Translation {
    /// Rate and interval follow from the counts.
    pub fn new(direction: Direction, judged_old: usize, judged_young: usize) -> Self {
        let flipped = if direction == Direction::YoungToOld { judged_old } else { judged_young };
        let total = judged_old + judged_young;
        Translation {
            judged_old,
            judged_young,
            flip_rate: share(flipped, total),
            flip_interval: wilson_interval(flipped, total),
        }
    }
}

/// Agreement and size of the difference maps. Agreement is signed normalised cross-correlation within the brain, and positive is
/// right in both directions: old → young is compared with young − old.
#[derive(Clone, Debug, Serialize)]
pub struct DifferenceResult {
    /// Agreement of the mean map with the plain group difference of the evaluated people.
    pub mean_map_ncc: PerDirection<Option<f64>>,
    /// Bootstrap interval over people of both groups.
    pub mean_map_ncc_interval: PerDirection<Option<Interval>>,
    /// Mean over people of the mean `|difference|` within the brain.
    pub mean_absolute: PerDirection<Option<f64>>,
    /// Mean `|difference|` of the plain group difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_mean_absolute: Option<f64>,
    /// Mean agreement of the group differences of two random halves of the evaluated people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_ncc_split_half: Option<f64>,
    /// The same for groups as large as those evaluated (Spearman–Brown): the agreement expected with the same number of
    /// other people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_ncc_ceiling: Option<f64>,
    /// Voxels where old people seem to gain grey matter, and the change in the maps there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gains_with_age: Option<GainsWithAge>,
    /// Correlation of input and translated image, mean over people: 1 is "did nothing", low is "lost the anatomy".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_output_correlation: Option<PerDirection<Option<f64>>>,
    /// Phantoms: agreement with the known truth, mean over subjects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth_ncc: Option<PerDirection<Option<f64>>>,
    /// Phantoms: size of the change relative to the true one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth_size_ratio: Option<PerDirection<Option<f64>>>,
    /// Change by region of the atlas, see `regions.csv` too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionChange>,
    /// The same by lobe, compared with published rates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lobes: Vec<LobeChange>,
    /// Spearman's correlation over regions of the change in % with the plain group difference in %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_rank_agreement: Option<PerDirection<Option<f64>>>,
    /// Spearman's correlation over lobes with published thinning: of the model young → old, and of the plain group difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_agreement: Option<[Option<f64>; 2]>,
}

/// Mean `|there and back − original|` within the brain, and the same with the translated image disturbed before it is
/// translated back (rounded to 8 bits; noise of σ 0.02; Gaussian blur of σ 1 voxel in plane): a model that hides the
/// original in faint patterns fails then.
#[derive(Clone, Debug, Serialize)]
pub struct CycleResult {
    pub mean_absolute_error: PerDirection<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_8_bit_rounding: Option<PerDirection<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_noise: Option<PerDirection<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_blur: Option<PerDirection<Option<f64>>>,
    /// Steganography index: growth of the error by the noise, relative to the undisturbed error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steganography_index: Option<PerDirection<Option<f64>>>,
    /// Mean `|G(x) − x|` of the generator of this direction on people who already belong to its target group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_error: Option<PerDirection<Option<f64>>>,
}

/// A row of the model card.
#[derive(Clone, Debug, Serialize)]
pub struct CardEntry {
    pub name: String,
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The thesis's Table 1, after translation.
    #[test]
    fn flips_of_the_thesis() {
        let aged = Translation::new(Direction::YoungToOld, 166, 17);
        let rejuvenated = Translation::new(Direction::OldToYoung, 2, 181);
        assert!(aged.flip_rate.is_some_and(|rate| (rate - 0.907).abs() < 1e-3));
        assert!(rejuvenated.flip_rate.is_some_and(|rate| (rate - 0.989).abs() < 1e-3));
        assert_eq!(Translation::new(Direction::OldToYoung, 0, 0).flip_rate, None);
    }
}
