//! Measurements on a cohort: numbers and maps of each subject, and what is derived from them.

use crate::group::Group;
use crate::measures::per_direction::age_sign;
use crate::statistics::{Confusion, roc_auc, share, wilson_interval};
use serde::{Deserialize, Serialize};
use shared::explain::{Direction, Explanation, RegionLabels, RegionSum, mean_absolute_in_mask, ncc_in_mask};
use shared::volume::Volume;

/// One subject, translated into the other group: a line of `subjects.csv`. Errors are means inside the mask, in
/// grey-matter density.
#[derive(Clone, Debug, Serialize)]
pub struct SubjectResult {
    pub id: String,
    pub group: Group,
    pub age_years: Option<f64>,
    pub direction: Direction,
    /// Probability of "old" by the bundle's classifier, and by the independent judge.
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    pub judge_before: Option<f32>,
    pub judge_after: Option<f32>,
    /// Estimated age of the original, if the models estimate it.
    pub age_told_years: Option<f64>,
    /// Half-width of its interval: for nine in ten people, the true age is at most this many years away.
    pub age_interval_years: Option<f64>,
    /// Probability of "old" of the original by the baseline, ridge regression on the voxels, if the run has it.
    pub voxel_ridge_before: Option<f32>,
    /// Probability of "old" of the original by the fold ensemble, from the mean of its classifiers' log-odds, if the run has one.
    pub ensemble_before: Option<f32>,
    /// Mean |translated − original|.
    pub mean_absolute_change: f64,
    /// Mean |there and back − original|; then the same with the translated image disturbed before it is translated
    /// back.
    pub cycle_error: f64,
    pub cycle_error_8_bit: f64,
    pub cycle_error_noise: f64,
    pub cycle_error_blur: f64,
    /// With an age dial: mean |change| by a translation to the age of the person of the same rank in the other group;
    /// mean |by way of the age halfway − that translation|; mean |change| by a translation to the own estimated age.
    pub dial_change: Option<f64>,
    pub composition_error: Option<f64>,
    pub null_error: Option<f64>,
    /// Identity error: mean |G(x) − x| of the generator towards the subject's own group, where nothing should change.
    pub identity_error: f64,
    /// Correlation of original and translated image inside the mask.
    pub similarity: f64,
}

/// Maps of one subject, grey-matter density on the models' grid, x fastest.
pub struct PersonMaps {
    pub original: Vec<f32>,
    /// `translated − original`.
    pub difference: Vec<f32>,
    /// If the models estimate ages: the map translated to the age of the person of the same rank in the other group.
    /// Translations of all to one age would look alike, unlike any real group.
    pub as_equal: Option<Vec<f32>>,
}

/// Change by region of the atlas, subject by subject.
pub struct Regional {
    pub labels: RegionLabels,
    pub per_subject: Vec<(Direction, Vec<RegionSum>)>,
}

/// Means over the subjects of one group, translated into the other.
pub struct GroupMeans {
    pub maps: Explanation,
    pub subjects: usize,
}

/// Everything measured on a set of subjects.
pub struct Measured {
    pub subjects: Vec<SubjectResult>,
    /// Young → old, then old → young; a group without subjects is left out.
    pub maps: Vec<GroupMeans>,
    /// Where a generator may change the image, on the models' grid.
    pub mask: Vec<bool>,
    /// Maps of each subject, in the order of `subjects`; empty if all together exceed 1 GiB.
    pub people: Vec<PersonMaps>,
    /// Sums over the regions of the atlas.
    pub regional: Option<Regional>,
}

/// Counts of one direction after translation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub judged_old: usize,
    pub judged_young: usize,
}

impl Measured {
    pub fn maps(&self, direction: Direction) -> Option<&GroupMeans> {
        self.maps.iter().find(|means| means.maps.direction == direction)
    }

    /// Mean old − mean young of the measured subjects: the plain group difference, without any model.
    pub fn group_difference(&self) -> Option<Volume> {
        let young = &self.maps(Direction::YoungToOld)?.maps.original;
        let old = &self.maps(Direction::OldToYoung)?.maps.original;
        let data = old.data.iter().zip(&young.data).map(|(old, young)| old - young).collect();
        Some(old.with_data(data))
    }

    /// Mean |old − young| of the plain group difference inside the mask.
    pub fn group_mean_absolute(&self) -> Option<f64> {
        mean_absolute_in_mask(&self.group_difference()?.data, &self.mask)
    }

    /// NCC of a direction's mean difference with the plain group difference of the same sign.
    pub fn map_ncc(&self, direction: Direction) -> Option<f64> {
        let sign = age_sign(direction);
        let plain: Vec<f32> = self.group_difference()?.data.iter().map(|value| value * sign).collect();
        ncc_in_mask(&self.maps(direction)?.maps.difference.data, &plain, &self.mask)
    }

    /// Predictions before translation against the true groups.
    pub fn confusion(&self, answer: impl Fn(&SubjectResult) -> Option<f32>) -> Option<(Confusion, Option<f64>)> {
        let answers: Vec<f64> = self.subjects.iter().map(|s| answer(s).map(f64::from)).collect::<Option<_>>()?;
        let is_old: Vec<bool> = self.subjects.iter().map(|subject| subject.group == Group::Old).collect();
        Some((Confusion::from_probabilities(&answers, &is_old), roc_auc(&answers, &is_old)))
    }

    /// Verdicts on the translated images of one direction.
    pub fn judged(&self, direction: Direction, answer: impl Fn(&SubjectResult) -> Option<f32>) -> Option<Judged> {
        let answers: Vec<f32> =
            self.subjects.iter().filter(|s| s.direction == direction).map(answer).collect::<Option<_>>()?;
        let judged_old = answers.iter().filter(|&&probability| probability >= 0.5).count();
        Some(Judged { judged_old, judged_young: answers.len() - judged_old })
    }

    /// Mean of a number over all subjects.
    pub fn mean(&self, value: impl Fn(&SubjectResult) -> f64) -> f64 {
        self.subjects.iter().map(value).sum::<f64>() / self.subjects.len().max(1) as f64
    }

    /// Mean of a number over the subjects of one direction; `None` if there are none.
    pub fn mean_in(&self, direction: Direction, value: impl Fn(&SubjectResult) -> f64) -> Option<f64> {
        let values: Vec<f64> = self.subjects.iter().filter(|s| s.direction == direction).map(value).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Probability of "old" of each original, by the bundle's classifier, with whether the subject is old.
    pub fn answers(&self) -> Vec<(f64, bool)> {
        self.subjects
            .iter()
            .map(|subject| (f64::from(subject.probability_old_before), subject.group == Group::Old))
            .collect()
    }
}

impl Judged {
    /// Share of translations that are judged as the group they were translated to.
    pub fn flip_rate(&self, direction: Direction) -> Option<f64> {
        share(self.flipped(direction), self.judged_old + self.judged_young)
    }

    /// Lower end of its 95 % interval.
    pub fn flip_low(&self, direction: Direction) -> Option<f64> {
        wilson_interval(self.flipped(direction), self.judged_old + self.judged_young).map(|[low, _]| low)
    }

    fn flipped(&self, direction: Direction) -> usize {
        match direction {
            Direction::YoungToOld => self.judged_old,
            Direction::OldToYoung => self.judged_young,
        }
    }
}

#[cfg(test)]
impl SubjectResult {
    /// A synthetic subject, for tests.
    pub fn example(id: &str, group: Group, direction: Direction) -> Self {
        SubjectResult {
            id: id.to_owned(),
            group,
            age_years: None,
            direction,
            probability_old_before: 0.5,
            probability_old_after: 0.5,
            judge_before: None,
            judge_after: None,
            age_told_years: None,
            age_interval_years: None,
            voxel_ridge_before: None,
            ensemble_before: None,
            mean_absolute_change: 0.08,
            cycle_error: 0.02,
            cycle_error_8_bit: 0.02,
            cycle_error_noise: 0.03,
            cycle_error_blur: 0.04,
            dial_change: None,
            composition_error: None,
            null_error: None,
            identity_error: 0.01,
            similarity: 0.9,
        }
    }
}
