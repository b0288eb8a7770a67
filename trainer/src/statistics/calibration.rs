//! Whether probabilities can be taken at their word: of the people given 0.8, are 80 % old?

use crate::statistics::{Interval, bootstrap_interval, share, wilson_interval};
use serde::Serialize;

/// Most bins, each of equally many people.
const MOST_BINS: usize = 10;
/// People a bin holds at least; fewer people give fewer bins.
const LEAST_IN_BIN: usize = 5;
/// Fewer people than this say little about calibration.
const FEW_PEOPLE: usize = 100;

/// Calibration of the probability of the class old on the evaluated people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    pub subjects: usize,
    /// Mean (p − y)², y = 1 for old: 0 is perfect, 0.25 is always saying 0.5 (Brier 1950).
    pub brier: Option<f64>,
    /// Bootstrap intervals over people.
    pub brier_interval: Option<Interval>,
    /// Mean over bins of |mean probability − share of old|, weighted by people (Naeini 2015, bins of equal count).
    pub expected_calibration_error: Option<f64>,
    pub expected_calibration_error_interval: Option<Interval>,
    pub bins: Vec<CalibrationBin>,
    /// What the size of the sample means for these numbers; absent where there are enough people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// People of neighbouring probabilities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationBin {
    pub subjects: usize,
    pub old: usize,
    /// Mean probability of the class old.
    pub mean_probability: f64,
    /// Share that is old, with Wilson's interval.
    pub share_old: f64,
    pub interval: Option<Interval>,
}

impl Calibration {
    /// From pairs of the probability of the class old and whether the person is old.
    pub fn new(answers: &[(f64, bool)], resamples: usize, seed: u64) -> Self {
        let bins = bins(answers);
        let note = (answers.len() < FEW_PEOPLE).then(|| {
            format!(
                "Only {} subjects in {} bins: the calibration error is uncertain, and chance alone keeps it above zero.",
                answers.len(),
                bins.len()
            )
        });
        Calibration {
            subjects: answers.len(),
            brier: brier_score(answers),
            brier_interval: bootstrap_interval(answers, resamples, seed, brier_score),
            expected_calibration_error: expected_calibration_error(answers),
            expected_calibration_error_interval: bootstrap_interval(
                answers,
                resamples,
                seed,
                expected_calibration_error,
            ),
            bins,
            note,
        }
    }
}

/// Mean (p − y)²; `None` for nobody, or a probability that is no number.
pub fn brier_score(answers: &[(f64, bool)]) -> Option<f64> {
    let squares: f64 = answers.iter().map(|&(p, old)| (p - if old { 1.0 } else { 0.0 }).powi(2)).sum();
    (!answers.is_empty() && squares.is_finite()).then(|| squares / answers.len() as f64)
}

/// Mean over bins of |mean probability − share of old|, weighted by people; `None` for nobody.
pub fn expected_calibration_error(answers: &[(f64, bool)]) -> Option<f64> {
    let gaps: f64 =
        bins(answers).iter().map(|bin| bin.subjects as f64 * (bin.mean_probability - bin.share_old).abs()).sum();
    (!answers.is_empty() && gaps.is_finite()).then(|| gaps / answers.len() as f64)
}

/// Equal counts of people by ascending probability: ten bins, fewer where a bin would hold less than five people.
fn bins(answers: &[(f64, bool)]) -> Vec<CalibrationBin> {
    let mut sorted = answers.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let count = sorted.len();
    let number = (count / LEAST_IN_BIN).clamp(1, MOST_BINS);
    (0..number)
        .map(|bin| &sorted[bin * count / number..(bin + 1) * count / number])
        .filter(|people| !people.is_empty())
        .map(|people| {
            let old = people.iter().filter(|person| person.1).count();
            CalibrationBin {
                subjects: people.len(),
                old,
                mean_probability: people.iter().map(|person| person.0).sum::<f64>() / people.len() as f64,
                share_old: share(old, people.len()).unwrap_or(0.0),
                interval: wilson_interval(old, people.len()),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: Option<f64>, expected: f64) -> bool {
        actual.is_some_and(|actual| (actual - expected).abs() < 1e-9)
    }

    /// Two bins of five. Low: mean 0.2, one of five old. High: mean 0.8, five of five old.
    fn answers() -> Vec<(f64, bool)> {
        let low = [(0.1, false), (0.15, false), (0.2, true), (0.25, false), (0.3, false)];
        let high = [(0.7, true), (0.75, true), (0.8, true), (0.85, true), (0.9, true)];
        high.into_iter().chain(low).collect()
    }

    #[test]
    fn hand_computed_scores() {
        // Brier: low 0.01 + 0.0225 + 0.64 + 0.0625 + 0.09, high 0.09 + 0.0625 + 0.04 + 0.0225 + 0.01; over 10.
        assert!(close(brier_score(&answers()), 0.105));
        // |0.2 − 0.2| · 0.5 + |0.8 − 1| · 0.5.
        assert!(close(expected_calibration_error(&answers()), 0.1));
        assert!(close(brier_score(&[(0.5, true), (0.5, false)]), 0.25));
        assert_eq!((brier_score(&[]), expected_calibration_error(&[])), (None, None));
        assert_eq!(brier_score(&[(f64::NAN, true)]), None);
    }

    #[test]
    fn bins_hold_equal_counts_and_grow_with_the_sample() {
        let found = Calibration::new(&answers(), 200, 1);
        assert_eq!(found.bins.iter().map(|bin| (bin.subjects, bin.old)).collect::<Vec<_>>(), [(5, 1), (5, 5)]);
        assert!(found.note.is_some() && found.brier_interval.is_some_and(|i| i[0] < 0.105 && 0.105 < i[1]));
        let many: Vec<(f64, bool)> = (0..203).map(|n| (f64::from(n) / 203.0, n > 100)).collect();
        let found = Calibration::new(&many, 50, 1);
        assert_eq!((found.bins.len(), found.note), (10, None));
        assert!(found.bins.iter().all(|bin| bin.subjects == 20 || bin.subjects == 21));
        assert!(Calibration::new(&[], 50, 1).bins.is_empty());
    }
}
