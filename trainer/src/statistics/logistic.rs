//! Logistic regression as a fresh observer: can it tell two sets of people apart that it has not seen?

use crate::random::random_of;
use crate::statistics::{Estimate, mean_sd, roc_auc};
use nalgebra::{DMatrix, DVector};
use rand::seq::SliceRandom;

/// Folds of the cross-validation, and how often it is repeated with other folds.
const FOLDS: usize = 5;
const REPEATS: u64 = 4;
/// Weight of the squared weights beside the sum of the losses; features have a standard deviation of 1.
const PENALTY: f64 = 1.0;
/// Newton's steps at most, and the largest change of a weight after which no more is taken.
const STEPS: usize = 50;
const SMALL: f64 = 1e-6;

/// Area under the ROC curve with which a logistic regression tells `positives` from `negatives` that were left out of its fit:
/// 0.5 is chance, 1 is always.
///
/// Both sides count alike however many they are. Mean over repeated five-fold cross-validation; each row is one person. `None` for
/// fewer people on a side than there are folds. The interval is that of the bootstrap over people of the mean scores.
pub fn left_out_auc(positives: &[Vec<f64>], negatives: &[Vec<f64>], seed: u64) -> Option<Estimate> {
    if positives.len().min(negatives.len()) < FOLDS {
        return None;
    }
    let rows: Vec<&[f64]> = positives.iter().chain(negatives).map(Vec::as_slice).collect();
    let is_positive: Vec<bool> = (0..rows.len()).map(|row| row < positives.len()).collect();
    let mut areas = Vec::new();
    let mut total = vec![0.0; rows.len()];
    for repeat in 0..REPEATS {
        let mut random = random_of(seed.wrapping_add(repeat), 0);
        let mut fold = vec![0; rows.len()];
        for side in [0..positives.len(), positives.len()..rows.len()] {
            let mut order: Vec<usize> = side.collect();
            order.shuffle(&mut random);
            order.iter().enumerate().for_each(|(place, &row)| fold[row] = place % FOLDS);
        }
        let mut scores = vec![0.0; rows.len()];
        for left_out in 0..FOLDS {
            let learned: Vec<usize> = (0..rows.len()).filter(|&row| fold[row] != left_out).collect();
            let observer = Observer::fit(
                &learned.iter().map(|&row| rows[row]).collect::<Vec<_>>(),
                &learned.iter().map(|&row| is_positive[row]).collect::<Vec<_>>(),
            )?;
            (0..rows.len())
                .filter(|&row| fold[row] == left_out)
                .for_each(|row| scores[row] = observer.log_odds(rows[row]));
        }
        areas.push(roc_auc(&scores, &is_positive)?);
        total.iter_mut().zip(&scores).for_each(|(total, score)| *total += score);
    }
    let people: Vec<(f64, bool)> = total.into_iter().zip(is_positive).collect();
    let by_people = Estimate::of(&people, |drawn| {
        let (scores, is_positive): (Vec<f64>, Vec<bool>) = drawn.iter().copied().unzip();
        roc_auc(&scores, &is_positive)
    });
    Some(Estimate { value: mean_sd(&areas)?.mean, interval: by_people?.interval })
}

/// A fitted logistic regression.
struct Observer {
    mean: Vec<f64>,
    scale: Vec<f64>,
    /// Of the scaled features, then of the constant.
    weights: DVector<f64>,
}

impl Observer {
    fn fit(rows: &[&[f64]], is_positive: &[bool]) -> Option<Self> {
        let width = rows.first()?.len();
        let column = |place: usize| rows.iter().map(|row| row[place]).collect::<Vec<f64>>();
        let columns: Vec<_> = (0..width).map(|place| mean_sd(&column(place))).collect::<Option<_>>()?;
        let mean: Vec<f64> = columns.iter().map(|column| column.mean).collect();
        // What is the same for everybody tells nothing.
        let scale: Vec<f64> =
            columns.iter().map(|column| column.sd.filter(|&sd| sd > 1e-12).map_or(0.0, |sd| 1.0 / sd)).collect();
        let features = DMatrix::from_fn(rows.len(), width + 1, |row, place| {
            if place == width { 1.0 } else { (rows[row][place] - mean[place]) * scale[place] }
        });
        let positives = is_positive.iter().filter(|&&positive| positive).count() as f64;
        let all = rows.len() as f64;
        let count = |positive: bool| all / (2.0 * if positive { positives } else { all - positives });
        let mut weights = DVector::zeros(width + 1);
        for _ in 0..STEPS {
            let log_odds = &features * &weights;
            let mut gradient = DVector::zeros(width + 1);
            let mut curvature = DMatrix::zeros(width + 1, width + 1);
            for (row, &positive) in is_positive.iter().enumerate() {
                let probability = 1.0 / (1.0 + (-log_odds[row]).exp());
                let x = features.row(row).transpose();
                gradient.axpy(count(positive) * (probability - f64::from(u8::from(positive))), &x, 1.0);
                curvature.ger(count(positive) * probability * (1.0 - probability), &x, &x, 1.0);
            }
            for place in 0..width {
                gradient[place] += PENALTY * weights[place];
                curvature[(place, place)] += PENALTY;
            }
            curvature[(width, width)] += f64::EPSILON;
            let step = curvature.cholesky()?.solve(&gradient);
            weights -= &step;
            if step.amax() < SMALL {
                break;
            }
        }
        Some(Observer { mean, scale, weights })
    }

    fn log_odds(&self, row: &[f64]) -> f64 {
        let width = self.mean.len();
        let scaled = (0..width).map(|place| (row[place] - self.mean[place]) * self.scale[place] * self.weights[place]);
        scaled.sum::<f64>() + self.weights[width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_distr::{Distribution, StandardNormal};

    fn people(count: usize, shift: f64, seed: u64) -> Vec<Vec<f64>> {
        let mut random = random_of(seed, 0);
        let mut draw = || -> f64 { StandardNormal.sample(&mut random) };
        (0..count).map(|_| (0..6).map(|place| draw() + if place == 2 { shift } else { 0.0 }).collect()).collect()
    }

    #[test]
    fn what_differs_is_told_and_what_does_not_is_not() {
        let found = |shift| left_out_auc(&people(60, shift, 1), &people(120, 0.0, 2), 1).unwrap().value;
        // Two normal distributions a distance d apart: Φ(d / √2) = 0.98 for 3.
        assert!(found(3.0) > 0.95, "{}", found(3.0));
        assert!((found(0.0) - 0.5).abs() < 0.12, "{}", found(0.0));
        assert_eq!(found(1.0), found(1.0));
    }

    #[test]
    fn few_people_and_constant_features_are_no_trouble() {
        assert_eq!(left_out_auc(&people(4, 0.0, 1), &people(60, 0.0, 2), 1), None);
        let same = vec![vec![1.0, 2.0]; 10];
        assert_eq!(left_out_auc(&same, &same, 1).map(|found| found.value), Some(0.5));
    }
}
