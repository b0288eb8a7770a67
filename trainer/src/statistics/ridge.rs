//! Ridge regression in closed form, with what each subject would have been told by a fit to all others.

use anyhow::{Result, anyhow};
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

/// A linear fit.
pub struct Ridge {
    pub weights: Vec<f64>,
    pub bias: f64,
    /// What each subject would have been told by a fit to all others.
    pub left_out: Vec<f64>,
}

/// Each subject of a list once, and how often it stands there; where sites are balanced, the same stand side by side.
pub fn each_once(subjects: &[usize]) -> (Vec<usize>, Vec<f64>) {
    subjects.chunk_by(|a, b| a == b).map(|repeats| (repeats[0], repeats.len() as f64)).unzip()
}

/// One image of a person, for a fit.
pub struct Row {
    /// Images of the same person have the same number and lie side by side: a person is left out with all of them.
    pub person: usize,
    /// How often it counts.
    pub count: f64,
    pub aim: f64,
    pub features: Vec<f32>,
}

/// Ridge regression in its dual form (Saunders et al. 1998): as many unknowns as rows.
///
/// The fit is that to a list with as many copies of each row as it counts. `penalty` is in units of the mean squared
/// length of the centred features.
pub fn ridge_regression(rows: &[Row], penalty: f64) -> Result<Ridge> {
    let n = rows.len();
    let total: f64 = rows.iter().map(|row| row.count).sum();
    let share: Vec<f64> = rows.iter().map(|row| row.count / total).collect();
    // A row that counts k times is one row √k times as long, as is its aim.
    let roots: Vec<f64> = rows.iter().map(|row| row.count.sqrt()).collect();
    let below: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|i| (0..=i).map(|j| inner(&rows[i].features, &rows[j].features)).collect())
        .collect();
    let products = DMatrix::from_fn(n, n, |i, j| below[i.max(j)][i.min(j)]);
    // Products of the rows less their mean, without a copy of them.
    let with_mean = &products * DVector::from_column_slice(&share);
    let of_mean: f64 = with_mean.iter().zip(&share).map(|(product, share)| product * share).sum();
    let centred = |i: usize, j: usize| (products[(i, j)] - with_mean[i] - with_mean[j] + of_mean) * roots[i] * roots[j];
    let mut gram = DMatrix::from_fn(n, n, centred);
    let strength = gram.trace() / total * penalty;
    (0..n).for_each(|i| gram[(i, i)] += strength);
    let factor =
        gram.cholesky().ok_or_else(|| anyhow!("all subjects look the same to the classifier; check the maps"))?;
    let mean_aim = rows.iter().zip(&share).map(|(row, share)| row.aim * share).sum::<f64>();
    let aims = DVector::from_fn(n, |i, _| (rows[i].aim - mean_aim) * roots[i]);
    let dual = factor.solve(&aims);
    let all: f64 = dual.iter().zip(&roots).map(|(dual, root)| dual * root).sum();
    let mut weights = vec![0.0f64; rows.first().map_or(0, |row| row.features.len())];
    for (i, row) in rows.iter().enumerate() {
        let part = dual[i] * roots[i] - all * share[i];
        weights.iter_mut().zip(&row.features).for_each(|(weight, &value)| *weight += part * f64::from(value));
    }
    let answer = |row: &Row| weights.iter().zip(&row.features).map(|(weight, &v)| weight * f64::from(v)).sum::<f64>();
    let bias = mean_aim - rows.iter().zip(&share).map(|(row, share)| answer(row) * share).sum::<f64>();
    let left_out = left_out(rows, &roots, &factor.inverse(), &dual);
    Ok(Ridge { weights, bias, left_out })
}

/// The aims less the residuals of fits without each person: those of a person's rows come from their own block of the
/// inverse (Cook and Weisberg 1982).
fn left_out(rows: &[Row], roots: &[f64], inverse: &DMatrix<f64>, dual: &DVector<f64>) -> Vec<f64> {
    let mut answers = Vec::with_capacity(rows.len());
    for images in rows.chunk_by(|a, b| a.person == b.person) {
        let (first, count) = (answers.len(), images.len());
        let block = inverse.view((first, first), (count, count)).into_owned();
        let own = dual.rows(first, count).into_owned();
        let residuals = block.cholesky().map_or_else(|| own.clone(), |factor| factor.solve(&own));
        for (index, row) in images.iter().enumerate() {
            answers.push(row.aim - residuals[index] / roots[first + index]);
        }
    }
    answers
}

/// Sum of the products of two rows, summed in double precision.
pub fn inner(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everybody has one row.
    fn rows(features: &[Vec<f32>], aims: &[f64], counts: &[f64]) -> Vec<Row> {
        let row = |index: usize| Row {
            person: index,
            count: counts[index],
            aim: aims[index],
            features: features[index].clone(),
        };
        (0..features.len()).map(row).collect()
    }

    fn fitted(features: &[Vec<f32>], aims: &[f64], counts: &[f64], penalty: f64) -> Ridge {
        ridge_regression(&rows(features, aims, counts), penalty).unwrap()
    }

    /// Each of the subjects below counts once.
    const ONCE: [f64; 12] = [1.0; 12];

    fn subjects() -> (Vec<Vec<f32>>, Vec<f64>) {
        let features: Vec<Vec<f32>> =
            (0..12).map(|i| (0..30).map(|k| ((i * 7 + k * 13 + i * k) % 11) as f32 / 11.0).collect()).collect();
        let aims = features.iter().map(|row| f64::from(row[0]) - 2.0 * f64::from(row[5]) + 0.3).collect();
        (features, aims)
    }

    fn answer(fit: &Ridge, row: &[f32]) -> f64 {
        fit.bias + fit.weights.iter().zip(row).map(|(weight, &value)| weight * f64::from(value)).sum::<f64>()
    }

    #[test]
    fn a_small_penalty_fits_and_a_large_one_gives_the_mean() {
        let (features, aims) = subjects();
        let close = fitted(&features, &aims, &ONCE, 1e-6);
        let flat = fitted(&features, &aims, &ONCE, 1e6);
        let mean = aims.iter().sum::<f64>() / aims.len() as f64;
        for (row, aim) in features.iter().zip(&aims) {
            assert!((answer(&close, row) - aim).abs() < 1e-3);
            assert!((answer(&flat, row) - mean).abs() < 1e-3);
        }
        assert!(ridge_regression(&rows(&vec![vec![1.0; 3]; 4], &[0.0, 1.0, 0.0, 1.0], &[1.0; 4]), 0.1).is_err());
    }

    #[test]
    fn left_out_answers_are_those_of_a_fit_without_the_subject() {
        // Centred features and aims, and one penalty for all: then the formula is exact but for the means, which move little.
        const PENALTY: f64 = 0.5;
        let (features, aims) = subjects();
        let all = fitted(&features, &aims, &ONCE, PENALTY);
        let mut errors = [0.0f64; 2];
        for left in 0..features.len() {
            let without = |index: &usize| *index != left;
            let kept: Vec<Vec<f32>> = (0..12).filter(without).map(|index| features[index].clone()).collect();
            let kept_aims: Vec<f64> = (0..12).filter(without).map(|index| aims[index]).collect();
            let found = answer(&fitted(&kept, &kept_aims, &ONCE[1..], PENALTY), &features[left]);
            errors[0] += (found - all.left_out[left]).powi(2);
            errors[1] += (found - answer(&all, &features[left])).powi(2);
        }
        // Far nearer to the fit without the subject than the fit with it is.
        assert!(errors[0] < 0.25 * errors[1], "{errors:?}");
    }

    #[test]
    fn a_subject_that_counts_three_times_is_fitted_as_three_and_left_out_as_one() {
        const PENALTY: f64 = 0.5;
        let (features, aims) = subjects();
        let counts: Vec<f64> = (0..12).map(|index| if index < 4 { 3.0 } else { 1.0 }).collect();
        let counted = fitted(&features, &aims, &counts, PENALTY);
        let copied: Vec<usize> = (0..12).flat_map(|index| std::iter::repeat_n(index, counts[index] as usize)).collect();
        let rows: Vec<Vec<f32>> = copied.iter().map(|&index| features[index].clone()).collect();
        let row_aims: Vec<f64> = copied.iter().map(|&index| aims[index]).collect();
        let copies = fitted(&rows, &row_aims, &[1.0; 20], PENALTY);
        assert!((counted.bias - copies.bias).abs() < 1e-9);
        assert!(counted.weights.iter().zip(&copies.weights).all(|(a, b)| (a - b).abs() < 1e-9));
        // Left out by the formula, without the subject at all, and where two copies of three stay.
        let mut errors = [0.0f64; 2];
        for left in 0..4 {
            let kept: Vec<usize> = (0..12).filter(|&index| index != left).collect();
            let rows: Vec<Vec<f32>> = kept.iter().map(|&index| features[index].clone()).collect();
            let row_aims: Vec<f64> = kept.iter().map(|&index| aims[index]).collect();
            let kept_counts: Vec<f64> = kept.iter().map(|&index| counts[index]).collect();
            let without = fitted(&rows, &row_aims, &kept_counts, PENALTY);
            let found = answer(&without, &features[left]);
            errors[0] += (found - counted.left_out[left]).powi(2);
            errors[1] += (found - copies.left_out[3 * left]).powi(2);
        }
        assert!(errors[0] < 0.5 * errors[1], "{errors:?}");
    }

    #[test]
    fn a_person_is_left_out_with_all_images() {
        const PENALTY: f64 = 0.5;
        let (features, aims) = subjects();
        // Two images of each, the second a little different.
        let image = |person: usize, second: bool| Row {
            person,
            count: 1.0,
            aim: aims[person],
            features: features[person].iter().map(|v| if second { 0.9 * v + 0.02 } else { *v }).collect(),
        };
        let all: Vec<Row> = (0..12).flat_map(|person| [image(person, false), image(person, true)]).collect();
        let together = ridge_regression(&all, PENALTY).unwrap();
        let mut errors = [0.0f64; 2];
        for left in 0..12 {
            let kept = (0..12).filter(|person| *person != left);
            let kept: Vec<Row> = kept.flat_map(|person| [image(person, false), image(person, true)]).collect();
            let without = ridge_regression(&kept, PENALTY).unwrap();
            for (index, row) in [image(left, false), image(left, true)].iter().enumerate() {
                let found = answer(&without, &row.features);
                errors[0] += (found - together.left_out[2 * left + index]).powi(2);
                errors[1] += (found - answer(&together, &row.features)).powi(2);
            }
        }
        assert!(errors[0] < 0.25 * errors[1], "{errors:?}");
    }

    /// A noisy sign of age beside a plain one of the scanner: where both go together, the scanner is taken for age.
    #[test]
    fn balanced_counts_keep_the_scanner_out_of_the_fit() {
        // Scanner A (0) has 6 young and 2 old, B (1) 2 young and 6 old; half of each are told too young, half too old.
        let (mut features, mut aims, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for (scanner, aim, people) in [(0.0, -1.0, 6), (0.0, 1.0, 2), (1.0, -1.0, 2), (1.0, 1.0, 6)] {
            for person in 0..people {
                let noise = if person % 2 == 0 { 2.0 } else { -2.0 };
                features.push(vec![aim as f32 + noise, scanner]);
                aims.push(aim);
                counts.push(if people == 2 { 3.0 } else { 1.0 });
            }
        }
        let of_scanner = |counts: &[f64]| fitted(&features, &aims, counts, 0.01).weights[1];
        assert!(of_scanner(&[1.0; 16]) > 0.5);
        assert!(of_scanner(&counts).abs() < 1e-9);
    }
}
