//! Numbers with their uncertainty: ROC AUC, confusion, intervals, means.
//!
//! Whatever is not defined (no old subject, a constant map, a NaN) is `None`, never NaN, so that
//! `report.json` says `null` and the page says "not defined". Every interval is `[low, high]` at 95 %.

pub mod calibration;
pub mod curves;
pub mod gaussian;
pub mod logistic;
pub mod permutation;
pub mod ridge;

use crate::random::random_of;
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// `[low, high]` of a 95 % interval.
pub type Interval = [f64; 2];

/// Two-sided 95 % quantile of the normal distribution.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// Resamples of people for a bootstrap interval, and their seed.
pub const RESAMPLES: usize = 2000;
pub const SEED: u64 = 1;

/// A number of a sample, with what else it may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub value: f64,
    /// 95 %. `None` where too few people say nothing of it.
    pub interval: Option<Interval>,
}

impl Estimate {
    /// A number of people with its percentile bootstrap interval.
    pub fn of<T: Clone>(people: &[T], statistic: impl Fn(&[T]) -> Option<f64>) -> Option<Self> {
        Some(Estimate { value: statistic(people)?, interval: bootstrap_interval(people, RESAMPLES, SEED, statistic) })
    }

    /// A mean over people.
    pub fn mean_of(values: &[f64]) -> Option<Self> {
        Estimate::of(values, |drawn| mean_sd(drawn).map(|summary| summary.mean))
    }

    /// The interval for the terminal, to stand behind the value; empty where there is none.
    pub fn in_brackets(&self) -> String {
        self.interval.map_or_else(String::new, |[low, high]| format!(" (95%: {low:.2} to {high:.2})"))
    }

    /// A share of people, with Wilson's interval.
    pub fn share_of(part: usize, whole: usize) -> Option<Self> {
        Some(Estimate { value: share(part, whole)?, interval: wilson_interval(part, whole) })
    }
}

/// Area under the ROC curve of `scores` for the class marked `true`: the probability that a random
/// positive scores higher than a random negative, ties counting one half (Mann–Whitney).
///
/// `None` where a class is absent, the lengths differ or a score is NaN.
pub fn roc_auc(scores: &[f64], is_positive: &[bool]) -> Option<f64> {
    if scores.len() != is_positive.len() || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let positives = is_positive.iter().filter(|&&positive| positive).count();
    let negatives = is_positive.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));

    // Tied scores share the mean of the ranks they span; ranks count from 1.
    let mut positive_rank_sum = 0.0;
    let mut ranked_so_far = 0;
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let shared_rank = ranked_so_far as f64 + (tied.len() as f64 + 1.0) / 2.0;
        let tied_positives = tied.iter().filter(|&&index| is_positive[index]).count();
        positive_rank_sum += shared_rank * tied_positives as f64;
        ranked_so_far += tied.len();
    }
    let (positives, negatives) = (positives as f64, negatives as f64);
    Some((positive_rank_sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// How a classifier judged subjects whose group is known; `old` is the positive class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    pub old_judged_old: usize,
    pub old_judged_young: usize,
    pub young_judged_old: usize,
    pub young_judged_young: usize,
}

impl Confusion {
    /// Counts judgements; a probability of 0.5 and more is judged old. Pairs beyond the shorter slice are ignored.
    pub fn from_probabilities(probabilities_old: &[f64], is_old: &[bool]) -> Self {
        let mut confusion = Confusion::default();
        for (&probability, &old) in probabilities_old.iter().zip(is_old) {
            let cell = match (old, probability >= 0.5) {
                (true, true) => &mut confusion.old_judged_old,
                (true, false) => &mut confusion.old_judged_young,
                (false, true) => &mut confusion.young_judged_old,
                (false, false) => &mut confusion.young_judged_young,
            };
            *cell += 1;
        }
        confusion
    }

    /// Number of old subjects.
    pub fn old(&self) -> usize {
        self.old_judged_old + self.old_judged_young
    }

    /// Number of young subjects.
    pub fn young(&self) -> usize {
        self.young_judged_old + self.young_judged_young
    }

    /// Subjects judged rightly.
    pub fn right(&self) -> usize {
        self.old_judged_old + self.young_judged_young
    }

    /// All subjects.
    pub fn total(&self) -> usize {
        self.old() + self.young()
    }

    /// Share judged rightly, 0..1.
    pub fn accuracy(&self) -> Option<f64> {
        share(self.right(), self.total())
    }

    /// Mean of the shares judged rightly among old and among young, 0..1: guessing gives 0.5 however unequal the groups are.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let old = share(self.old_judged_old, self.old())?;
        let young = share(self.young_judged_young, self.young())?;
        Some((old + young) / 2.0)
    }
}

/// `part / whole`, `None` for an empty whole.
pub fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Wilson score interval of a share (Wilson 1927): unlike the textbook interval it stays within 0..1
/// and has a width where all or none succeed. `None` for no trials, or more successes than trials.
pub fn wilson_interval(successes: usize, trials: usize) -> Option<Interval> {
    if trials == 0 || successes > trials {
        return None;
    }
    let n = trials as f64;
    let rate = successes as f64 / n;
    let z2 = Z_95 * Z_95;
    let centre = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half_width = Z_95 / (1.0 + z2 / n) * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt();
    // The ends are exact where all or none succeed; rounding must not move them inwards.
    let low = if successes == 0 { 0.0 } else { (centre - half_width).max(0.0) };
    let high = if successes == trials { 1.0 } else { (centre + half_width).min(1.0) };
    Some([low, high])
}

/// Percentile bootstrap interval of `statistic` over `subjects`, drawn with replacement.
///
/// The same seed gives the same interval on every machine. Resamples on which the statistic is not
/// defined (only one class was drawn) are left out; `None` where fewer than half are defined.
pub fn bootstrap_interval<T: Clone>(
    subjects: &[T],
    resamples: usize,
    seed: u64,
    statistic: impl Fn(&[T]) -> Option<f64>,
) -> Option<Interval> {
    if subjects.is_empty() || resamples == 0 {
        return None;
    }
    let mut random = random_of(seed, 0);
    let mut drawn = Vec::with_capacity(subjects.len());
    let mut values = Vec::new();
    for _ in 0..resamples {
        drawn.clear();
        drawn.extend((0..subjects.len()).map(|_| subjects[random.random_range(0..subjects.len())].clone()));
        values.extend(statistic(&drawn).filter(|value| value.is_finite()));
    }
    if values.len() * 2 < resamples {
        return None;
    }
    values.sort_by(f64::total_cmp);
    Some([quantile_of_sorted(&values, 0.025)?, quantile_of_sorted(&values, 0.975)?])
}

/// Quantile (0..1) of ascending values, interpolated between neighbours.
pub fn quantile_of_sorted(sorted: &[f64], quantile: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = quantile.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = position.ceil() as usize;
    Some(sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64))
}

/// Mean and sample standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanSd {
    pub mean: f64,
    /// With n − 1; `None` for a single value.
    pub sd: Option<f64>,
    pub count: usize,
}

/// Mean and standard deviation of finite values; `None` for none, or where one is not finite.
pub fn mean_sd(values: &[f64]) -> Option<MeanSd> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let count = values.len();
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let sd = (count > 1).then(|| (squares / (count as f64 - 1.0)).sqrt());
    Some(MeanSd { mean, sd, count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(actual: Option<f64>, expected: f64) -> bool {
        actual.is_some_and(|actual| (actual - expected).abs() < 5e-5)
    }

    fn interval_close(actual: Option<Interval>, expected: Interval) -> bool {
        actual.is_some_and(|actual| (0..2).all(|end| (actual[end] - expected[end]).abs() < 5e-5))
    }

    #[test]
    fn auc_of_textbook_examples() {
        let old = [false, false, true, true];
        assert!(close(roc_auc(&[0.1, 0.4, 0.35, 0.8], &old), 0.75));
        assert!(close(roc_auc(&[0.0, 0.1, 0.2, 0.3], &old), 1.0));
        assert!(close(roc_auc(&[0.5; 4], &old), 0.5));
        // Pairs: 0.5>0.2, 0.5=0.5 (half), 0.9>0.2, 0.9>0.5.
        assert!(close(roc_auc(&[0.2, 0.5, 0.5, 0.9], &old), 0.875));
        assert_eq!(roc_auc(&[0.2, 0.5], &[true, true]), None);
        assert_eq!(roc_auc(&[0.2, f64::NAN], &[true, false]), None);
        assert_eq!(roc_auc(&[], &[]), None);
    }

    /// Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    #[test]
    fn wilson_of_published_examples() {
        assert!(interval_close(wilson_interval(81, 263), [0.2553, 0.3662]));
        assert!(interval_close(wilson_interval(15, 148), [0.0624, 0.1605]));
        assert!(interval_close(wilson_interval(0, 20), [0.0, 0.1611]));
        assert!(interval_close(wilson_interval(1, 29), [0.0061, 0.1718]));
        assert_eq!(wilson_interval(0, 0), None);
        assert_eq!(wilson_interval(3, 2), None);
    }

    /// The thesis's Table 1, before translation: 349 of 366 right.
    #[test]
    fn confusion_of_the_thesis() {
        let confusion =
            Confusion { old_judged_old: 170, old_judged_young: 13, young_judged_old: 4, young_judged_young: 179 };
        assert!(close(confusion.accuracy(), 349.0 / 366.0));
        assert!(close(confusion.balanced_accuracy(), (170.0 / 183.0 + 179.0 / 183.0) / 2.0));
        let counted = Confusion::from_probabilities(&[0.5, 0.49, 0.9, 0.1], &[true, true, false, false]);
        assert_eq!(
            counted,
            Confusion { old_judged_old: 1, old_judged_young: 1, young_judged_old: 1, young_judged_young: 1 }
        );
        assert_eq!(Confusion::default().balanced_accuracy(), None);
    }

    #[test]
    fn mean_and_sd_of_known_values() {
        let summary = mean_sd(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert!(summary.is_some_and(|s| s.mean == 5.0 && close(s.sd, (32.0f64 / 7.0).sqrt()) && s.count == 8));
        assert_eq!(mean_sd(&[3.0]).and_then(|s| s.sd), None);
        assert_eq!(mean_sd(&[]), None);
    }

    #[test]
    fn bootstrap_is_reproducible_and_near_theory() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 20)).collect();
        let mean = |drawn: &[f64]| mean_sd(drawn).map(|s| s.mean);
        let interval = bootstrap_interval(&values, 2000, 7, mean);
        assert_eq!(interval, bootstrap_interval(&values, 2000, 7, mean));
        // The mean is 9.5, its standard error sqrt(33.25 / 400) = 0.288.
        assert!(interval.is_some_and(|i| (i[0] - 8.935).abs() < 0.08 && (i[1] - 10.065).abs() < 0.08), "{interval:?}");
        assert_eq!(bootstrap_interval(&values, 100, 7, |_| None), None);
    }

    proptest! {
        #[test]
        fn auc_ignores_monotone_scaling_and_mirrors(subjects in prop::collection::vec((0u8..20, any::<bool>()), 2..60)) {
            let scores: Vec<f64> = subjects.iter().map(|s| f64::from(s.0)).collect();
            let old: Vec<bool> = subjects.iter().map(|s| s.1).collect();
            if let Some(auc) = roc_auc(&scores, &old) {
                prop_assert!((0.0..=1.0).contains(&auc));
                let stretched: Vec<f64> = scores.iter().map(|s| (s / 5.0).exp()).collect();
                prop_assert_eq!(roc_auc(&stretched, &old), Some(auc));
                let mirrored: Vec<f64> = scores.iter().map(|s| -s).collect();
                prop_assert!(roc_auc(&mirrored, &old).is_some_and(|other| (other + auc - 1.0).abs() < 1e-12));
            }
        }

        #[test]
        fn wilson_holds_its_rate_and_stays_inside(trials in 1usize..2000, part in 0.0f64..=1.0) {
            let successes = (part * trials as f64) as usize;
            let rate = successes as f64 / trials as f64;
            let interval = wilson_interval(successes, trials);
            prop_assert!(interval.is_some_and(|i| i[0] >= 0.0 && i[0] <= rate && rate <= i[1] && i[1] <= 1.0));
        }
    }
}
