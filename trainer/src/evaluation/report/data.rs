//! What an evaluation found: the exact content of `report.json`.
//!
//! Names and nesting are fixed, because scripts read them. Shares are 0..1, ages years, densities and changes
//! grey-matter density 0..1, intervals `[low, high]` at 95 %. What is not defined is `null`; what was not measured is absent.

use crate::evaluation::checks::SelfCheck;
use crate::measures::ages::AgesTold;
use crate::measures::balance::SexBalance;
use crate::measures::comparison::Comparison;
use crate::measures::dial::DialNumbers;
use crate::measures::group_test::GroupTestResult;
use crate::measures::per_direction::PerDirection;
use crate::measures::regions::{LobeChange, RegionChange};
use crate::measures::rims::GainsWithAge;
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

/// Everything an evaluation found.
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
    /// What the run must show before its maps are relied on.
    pub self_checks: Vec<SelfCheck>,
    /// The thesis's Table 1 on the evaluated people, with the published numbers beside it.
    pub table1: Vec<Table1Row>,
    /// Where the published numbers stand.
    pub table1_source: &'static str,
    /// What the thesis says of regions, beside these maps; empty where no region was counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thesis_findings: Vec<Finding>,
    /// Where the findings stand.
    pub thesis_findings_source: &'static str,
    pub classifier: ClassifierResult,
    /// Ridge regression on the voxels, asked about the same people: what the network has to beat. Absent for bundles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voxel_ridge: Option<ClassifierResult>,
    /// How well ages are told; absent where the models tell none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ages: Option<AgesTold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cross_validation: Option<CrossValidation>,
    /// The classifier, trained on permuted labels: nothing may be learned then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permuted_labels: Option<Control>,
    /// Translated images, judged by the classifier that the maps explain.
    pub translation: PerDirection<Translation>,
    /// The same images, judged by a second classifier that had no part in training the translation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translation_independent_judge: Option<PerDirection<Translation>>,
    /// The network beside every way without one. Absent where maps of single people were not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Where young and old differ beyond chance, sex and head size. Absent where maps of single people were not kept, or too few are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_test: Option<GroupTestResult>,
    /// Phantoms made at many ages: how well the age dial is turned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dial: Option<DialNumbers>,
    pub difference: DifferenceResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle: Option<CycleResult>,
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
    /// Acknowledgement and citation that the data ask for.
    pub acknowledgement: Option<String>,
    /// What this data cannot show: one scanner, only a slab, labels of a certain kind.
    pub limits: Vec<String>,
}

/// Who was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Subjects {
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
    /// `train` for those the models learned from, `evaluated`, or `neither`.
    pub split: String,
    pub count: usize,
    pub age_years: Option<MeanSd>,
    pub female: usize,
    pub male: usize,
    pub sex_unknown: usize,
}

/// How well the classifier tells old from young, on the evaluated people.
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
    /// The same folds judged by ridge regression on the voxels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voxel_ridge: Option<Box<CrossValidation>>,
}

/// One fold: the people its classifier had not seen.
#[derive(Clone, Debug, Serialize)]
pub struct Fold {
    pub subjects: usize,
    pub balanced_accuracy: Option<f64>,
    pub auc: Option<f64>,
}

/// How a judge sees the translated images of one direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Translation {
    pub judged_old: usize,
    pub judged_young: usize,
    /// Share judged to be of the group that the translation aims at.
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
    /// Mean map against the plain group difference of the evaluated people.
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
    /// The same for groups as large as those evaluated (Spearman–Brown): how well as many other people would agree with these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_ncc_ceiling: Option<f64>,
    /// Voxels where old people seem to gain grey matter, and what the maps do there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gains_with_age: Option<GainsWithAge>,
    /// Correlation of input and translated image, mean over people: 1 is "did nothing", low is "lost the anatomy".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_output_correlation: Option<PerDirection<Option<f64>>>,
    /// Phantoms: agreement with the known truth, mean over subjects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth_ncc: Option<PerDirection<Option<f64>>>,
    /// Phantoms: size of the change over that of the true one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truth_size_ratio: Option<PerDirection<Option<f64>>>,
    /// Change by region of the atlas, see `regions.csv` too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionChange>,
    /// The same by lobe, beside published rates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lobes: Vec<LobeChange>,
    /// Spearman's correlation over regions of the change in % with the plain group difference in %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_rank_agreement: Option<PerDirection<Option<f64>>>,
    /// Spearman's correlation over lobes with published thinning: of the model young → old, and of the plain group difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_agreement: Option<[Option<f64>; 2]>,
}

/// Mean `|there and back − original|` within the brain, and the same where the translated image was disturbed on the way
/// (rounded to 8 bits; noise of σ 0.02; Gaussian blur of σ 1 voxel in plane): a model that hides the original in faint patterns fails then.
#[derive(Clone, Debug, Serialize)]
pub struct CycleResult {
    pub mean_absolute_error: PerDirection<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_8_bit_rounding: Option<PerDirection<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_noise: Option<PerDirection<Option<f64>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_blur: Option<PerDirection<Option<f64>>>,
    /// Growth of the error by the noise, over the undisturbed error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steganography_index: Option<PerDirection<Option<f64>>>,
    /// Mean `|G(x) − x|` of the generator of this direction, shown people of the group it leads to.
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
