//! The numbers of a model card, stored with a run and in its bundle.

use crate::measures::ages::AgesTold;
use crate::measures::comparison::Comparison;
use crate::measures::measured::{Judged, Measured, SubjectResult};
use crate::statistics::calibration::{brier_score, expected_calibration_error};
use crate::statistics::{
    Interval, RESAMPLES, SEED, bootstrap_interval, quantile_of_sorted, roc_auc, share, wilson_interval,
};
use serde::{Deserialize, Serialize};
use shared::explain::{Direction, steganography_index};

/// Quantiles of real people's probabilities; a translation between them is judged like real people.
const REAL_ONES: [f64; 2] = [0.05, 0.95];

/// Measurements on held-out people. Changes and errors are in grey-matter density.
///
/// Fields that are missing in older files are `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub subjects: usize,
    pub accuracy: f64,
    pub accuracy_interval: Interval,
    pub balanced_accuracy: f64,
    pub auc: f64,
    /// By the bundle's classifier.
    pub flip_young_to_old: f64,
    pub flip_old_to_young: f64,
    /// By the judge that the CycleGAN never saw.
    pub judge_flip_young_to_old: Option<f64>,
    pub judge_flip_old_to_young: Option<f64>,
    /// NCC of the mean difference map with the plain difference of the groups' means.
    pub mean_map_ncc_young_to_old: f64,
    pub mean_map_ncc_old_to_young: f64,
    pub mean_absolute_change: f64,
    pub cycle_error: f64,
    /// Mean |change| of the direction that changes less, and mean |old − young| of the plain group difference.
    #[serde(default)]
    pub smallest_mean_absolute_change: Option<f64>,
    #[serde(default)]
    pub group_mean_absolute: Option<f64>,
    /// Mean |G(x) − x| of generators shown their own target group.
    #[serde(default)]
    pub identity_error: Option<f64>,
    /// Steganography index: growth of the cycle error under noise, see [`steganography_index`].
    #[serde(default)]
    pub steganography_index: Option<f64>,
    /// Mean correlation of original and translation, of the direction where it is lower.
    #[serde(default)]
    pub input_output_correlation: Option<f64>,
    /// Brier score and expected calibration error of the classifier.
    #[serde(default)]
    pub brier: Option<f64>,
    #[serde(default)]
    pub calibration_error: Option<f64>,
    /// People of the smaller group.
    #[serde(default)]
    pub smaller_group: Option<usize>,
    /// Ends of 95 % intervals: the lower end of the area under the ROC curve (bootstrap over people), and of the judge's flips
    /// (Wilson).
    #[serde(default)]
    pub auc_low: Option<f64>,
    #[serde(default)]
    pub judge_flip_low_young_to_old: Option<f64>,
    #[serde(default)]
    pub judge_flip_low_old_to_young: Option<f64>,
    /// Share of translations whose probability lies in the range of nine in ten real people of their target group, of
    /// the direction where it is lower: 0.9 is like real people, 0 means that all overshoot or all fall short.
    #[serde(default)]
    pub judged_as_real_ones: Option<f64>,
    /// The baseline, ridge regression on the voxels, with the same training and test subjects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voxel_ridge: Option<Baseline>,
    /// Accuracy of the estimated ages; absent if the models estimate none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ages: Option<AgesTold>,
    /// The network compared with all baselines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// Accuracy of the baseline, a classifier without a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    pub accuracy: f64,
    pub accuracy_interval: Interval,
    pub balanced_accuracy: f64,
    pub auc: f64,
}

impl Measured {
    /// The numbers of the model card; values that are undefined for lack of subjects are 0.
    pub fn summary(&self) -> Summary {
        let (confusion, auc) = self.confusion(|s| Some(s.probability_old_before)).unwrap_or_default();
        let by_classifier = |s: &SubjectResult| Some(s.probability_old_after);
        let by_judge = |s: &SubjectResult| s.judge_after;
        let rate = |direction, judged: Option<Judged>| judged.and_then(|judged| judged.flip_rate(direction));
        let (there, back) = (Direction::YoungToOld, Direction::OldToYoung);
        let lower_of = |value: fn(&SubjectResult) -> f64| {
            [there, back].into_iter().filter_map(|direction| self.mean_in(direction, value)).reduce(f64::min)
        };
        let cycle_error = self.mean(|s| s.cycle_error);
        let answers = self.answers();
        Summary {
            subjects: self.subjects.len(),
            accuracy: confusion.accuracy().unwrap_or(0.0),
            accuracy_interval: wilson_interval(confusion.right(), confusion.total()).unwrap_or([0.0, 1.0]),
            balanced_accuracy: confusion.balanced_accuracy().unwrap_or(0.0),
            auc: auc.unwrap_or(0.0),
            flip_young_to_old: rate(there, self.judged(there, by_classifier)).unwrap_or(0.0),
            flip_old_to_young: rate(back, self.judged(back, by_classifier)).unwrap_or(0.0),
            judge_flip_young_to_old: rate(there, self.judged(there, by_judge)),
            judge_flip_old_to_young: rate(back, self.judged(back, by_judge)),
            mean_map_ncc_young_to_old: self.map_ncc(there).unwrap_or(0.0),
            mean_map_ncc_old_to_young: self.map_ncc(back).unwrap_or(0.0),
            mean_absolute_change: self.mean(|s| s.mean_absolute_change),
            cycle_error,
            smallest_mean_absolute_change: lower_of(|s| s.mean_absolute_change),
            group_mean_absolute: self.group_mean_absolute(),
            identity_error: Some(self.mean(|s| s.identity_error)),
            steganography_index: steganography_index(cycle_error, self.mean(|s| s.cycle_error_noise)),
            input_output_correlation: lower_of(|s| s.similarity),
            brier: brier_score(&answers),
            calibration_error: expected_calibration_error(&answers),
            smaller_group: Some(confusion.young().min(confusion.old())),
            auc_low: bootstrap_interval(&answers, RESAMPLES, SEED, |people| {
                let (scores, old): (Vec<f64>, Vec<bool>) = people.iter().copied().unzip();
                roc_auc(&scores, &old)
            })
            .map(|[low, _]| low),
            judge_flip_low_young_to_old: self.judged(there, by_judge).and_then(|judged| judged.flip_low(there)),
            judge_flip_low_old_to_young: self.judged(back, by_judge).and_then(|judged| judged.flip_low(back)),
            judged_as_real_ones: judged_as_real_ones(&self.subjects),
            voxel_ridge: self.voxel_ridge(),
            ages: AgesTold::of(self),
            comparison: None,
        }
    }

    /// `None` if the run has no ridge regression, or a group is missing.
    pub fn voxel_ridge(&self) -> Option<Baseline> {
        let (confusion, auc) = self.confusion(|subject| subject.voxel_ridge_before)?;
        Some(Baseline {
            accuracy: confusion.accuracy()?,
            accuracy_interval: wilson_interval(confusion.right(), confusion.total())?,
            balanced_accuracy: confusion.balanced_accuracy()?,
            auc: auc?,
        })
    }
}

/// See [`Summary::judged_as_real_ones`]; `None` if a group is missing.
fn judged_as_real_ones(subjects: &[SubjectResult]) -> Option<f64> {
    let of = |direction: Direction| {
        let into: Vec<f64> = subjects
            .iter()
            .filter(|subject| subject.direction == direction.opposite())
            .map(|subject| f64::from(subject.probability_old_before))
            .collect();
        let translated: Vec<f64> = subjects
            .iter()
            .filter(|subject| subject.direction == direction)
            .map(|subject| f64::from(subject.probability_old_after))
            .collect();
        let mut real = into;
        real.sort_by(f64::total_cmp);
        let [low, high] = [quantile_of_sorted(&real, REAL_ONES[0])?, quantile_of_sorted(&real, REAL_ONES[1])?];
        share(translated.iter().filter(|value| (low..=high).contains(*value)).count(), translated.len())
    };
    Some(of(Direction::YoungToOld)?.min(of(Direction::OldToYoung)?))
}

impl Summary {
    /// One paragraph for the terminal.
    pub fn in_words(&self) -> String {
        let judge = match (self.judge_flip_young_to_old, self.judge_flip_old_to_young) {
            (Some(there), Some(back)) => format!(" (independent judge {there:.2} and {back:.2})"),
            _ => String::new(),
        };
        let ridge = self.voxel_ridge.as_ref().map_or_else(String::new, |ridge| {
            format!(" (ridge regression on the voxels: balanced {:.3}, AUC {:.3})", ridge.balanced_accuracy, ridge.auc)
        });
        let shown = |value: Option<f64>, decimals: usize| {
            value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.decimals$}"))
        };
        format!(
            "{} held-out subjects: accuracy {:.3} (95% {:.3} to {:.3}), balanced {:.3}, AUC {:.3}{ridge}, Brier score {}; \
             translations judged as the other group: young to old {:.2}, old to young {:.2}{judge}; \
             NCC of the mean difference with the plain group difference {:.2} and {:.2}; \
             mean change {:.4}, cycle error {:.4}, identity error {} (grey-matter units); steganography index {}{}",
            self.subjects,
            self.accuracy,
            self.accuracy_interval[0],
            self.accuracy_interval[1],
            self.balanced_accuracy,
            self.auc,
            shown(self.brier, 3),
            self.flip_young_to_old,
            self.flip_old_to_young,
            self.mean_map_ncc_young_to_old,
            self.mean_map_ncc_old_to_young,
            self.mean_absolute_change,
            self.cycle_error,
            shown(self.identity_error, 4),
            shown(self.steganography_index, 2),
            self.ages.as_ref().map_or_else(String::new, |ages| format!("; {}", ages.in_words())),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The later measures are missing in files of earlier versions.
    #[test]
    fn an_older_summary_still_loads() {
        let older = serde_json::json!({
            "subjects": 4, "accuracy": 0.75, "accuracy_interval": [0.3, 0.95], "balanced_accuracy": 0.75, "auc": 0.8,
            "flip_young_to_old": 1.0, "flip_old_to_young": 0.5, "judge_flip_young_to_old": null,
            "judge_flip_old_to_young": null, "mean_map_ncc_young_to_old": 0.5, "mean_map_ncc_old_to_young": 0.4,
            "mean_absolute_change": 0.07, "cycle_error": 0.02
        });
        let summary: Summary = serde_json::from_value(older).unwrap();
        assert!(summary.steganography_index.is_none() && summary.group_mean_absolute.is_none());
        assert!(summary.in_words().contains("Brier score not measured"));
    }

    /// A shipped bundle, from before the small network was an observer.
    #[test]
    fn a_comparison_without_the_small_network_still_loads() {
        let manifest = include_str!("../../../static/models/oasis1-slab/manifest.json");
        let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
        let mut test = manifest["training"]["test"].clone();
        let realism = test["comparison"]["real_against_real"]["young_to_old"].as_object_mut().unwrap();
        realism.remove("cnn");
        let summary: Summary = serde_json::from_value(test).unwrap();
        let realism = summary.comparison.unwrap().real_against_real.young_to_old;
        assert!(realism.cnn.is_none() && realism.histogram.is_some());
        assert!(!serde_json::to_string(&realism).unwrap().contains("cnn"));
    }
}
