//! Ridge regression in closed form, with what each subject would have been told by a fit to all others.

use anyhow::{Result, anyhow};
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

/// Ridge regression in its dual form (Saunders et al. 1998): as many unknowns as subjects.
///
/// `counts` is how often each subject counts: the fit is that to a list with as many copies, but a subject is left
/// out with all of them, where the copies would give it away. `penalty` is in units of the mean squared length of the
/// centred features.
pub fn ridge_regression(features: &[Vec<f32>], aims: &[f64], counts: &[f64], penalty: f64) -> Result<Ridge> {
    let (n, length) = (features.len(), features.first().map_or(0, Vec::len));
    let total: f64 = counts.iter().sum();
    let mut mean = vec![0.0f64; length];
    for (row, count) in features.iter().zip(counts) {
        mean.iter_mut().zip(row).for_each(|(mean, &value)| *mean += f64::from(value) * count / total);
    }
    // A row that counts k times is one row √k times as long, as is its aim.
    let roots: Vec<f64> = counts.iter().map(|count| count.sqrt()).collect();
    let centred: Vec<Vec<f64>> = features
        .iter()
        .zip(&roots)
        .map(|(row, root)| row.iter().zip(&mean).map(|(&value, mean)| (f64::from(value) - mean) * root).collect())
        .collect();
    let below: Vec<Vec<f64>> =
        (0..n).into_par_iter().map(|i| (0..=i).map(|j| inner(&centred[i], &centred[j])).collect()).collect();
    let mut gram: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| below[i.max(j)][i.min(j)]).collect()).collect();
    let strength = (0..n).map(|i| gram[i][i]).sum::<f64>() / total * penalty;
    (0..n).for_each(|i| gram[i][i] += strength);
    let inverse =
        inverse(gram).ok_or_else(|| anyhow!("all subjects look the same to the classifier; check the maps"))?;
    let mean_aim = aims.iter().zip(counts).map(|(aim, count)| aim * count).sum::<f64>() / total;
    let centred_aims: Vec<f64> = aims.iter().zip(&roots).map(|(aim, root)| (aim - mean_aim) * root).collect();
    let dual: Vec<f64> = inverse.iter().map(|row| inner(row, &centred_aims)).collect();
    let mut weights = vec![0.0f64; length];
    for (row, dual) in centred.iter().zip(&dual) {
        weights.iter_mut().zip(row).for_each(|(weight, value)| *weight += dual * value);
    }
    let bias = mean_aim - inner(&weights, &mean);
    let left_out = (0..n).map(|i| aims[i] - dual[i] / (inverse[i][i] * roots[i])).collect();
    Ok(Ridge { weights, bias, left_out })
}

/// Sum of the products of two rows.
pub fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Inverse of a symmetric positive matrix, by Gauss and Jordan; `None` where it is singular.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    for pivot in 0..n {
        let value = matrix[pivot][pivot];
        if value.is_nan() || value <= f64::MIN_POSITIVE {
            return None;
        }
        matrix[pivot][pivot] = 1.0;
        matrix[pivot].iter_mut().for_each(|entry| *entry /= value);
        let row = matrix[pivot].clone();
        for (index, other) in matrix.iter_mut().enumerate() {
            if index != pivot {
                let factor = std::mem::replace(&mut other[pivot], 0.0);
                other.iter_mut().zip(&row).for_each(|(entry, row)| *entry -= factor * row);
            }
        }
    }
    Some(matrix)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let close = ridge_regression(&features, &aims, &ONCE, 1e-6).unwrap();
        let flat = ridge_regression(&features, &aims, &ONCE, 1e6).unwrap();
        let mean = aims.iter().sum::<f64>() / aims.len() as f64;
        for (row, aim) in features.iter().zip(&aims) {
            assert!((answer(&close, row) - aim).abs() < 1e-3);
            assert!((answer(&flat, row) - mean).abs() < 1e-3);
        }
        assert!(ridge_regression(&vec![vec![1.0; 3]; 4], &[0.0, 1.0, 0.0, 1.0], &[1.0; 4], 0.1).is_err());
    }

    #[test]
    fn left_out_answers_are_those_of_a_fit_without_the_subject() {
        // Centred features and aims, and one penalty for all: then the formula is exact but for the means, which move little.
        const PENALTY: f64 = 0.5;
        let (features, aims) = subjects();
        let all = ridge_regression(&features, &aims, &ONCE, PENALTY).unwrap();
        let mut errors = [0.0f64; 2];
        for left in 0..features.len() {
            let without = |index: &usize| *index != left;
            let kept: Vec<Vec<f32>> = (0..12).filter(without).map(|index| features[index].clone()).collect();
            let kept_aims: Vec<f64> = (0..12).filter(without).map(|index| aims[index]).collect();
            let found = answer(&ridge_regression(&kept, &kept_aims, &ONCE[1..], PENALTY).unwrap(), &features[left]);
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
        let counted = ridge_regression(&features, &aims, &counts, PENALTY).unwrap();
        let copied: Vec<usize> = (0..12).flat_map(|index| std::iter::repeat_n(index, counts[index] as usize)).collect();
        let rows: Vec<Vec<f32>> = copied.iter().map(|&index| features[index].clone()).collect();
        let row_aims: Vec<f64> = copied.iter().map(|&index| aims[index]).collect();
        let copies = ridge_regression(&rows, &row_aims, &[1.0; 20], PENALTY).unwrap();
        assert!((counted.bias - copies.bias).abs() < 1e-9);
        assert!(counted.weights.iter().zip(&copies.weights).all(|(a, b)| (a - b).abs() < 1e-9));
        // Left out by the formula, without the subject at all, and where two copies of three stay.
        let mut errors = [0.0f64; 2];
        for left in 0..4 {
            let kept: Vec<usize> = (0..12).filter(|&index| index != left).collect();
            let rows: Vec<Vec<f32>> = kept.iter().map(|&index| features[index].clone()).collect();
            let row_aims: Vec<f64> = kept.iter().map(|&index| aims[index]).collect();
            let kept_counts: Vec<f64> = kept.iter().map(|&index| counts[index]).collect();
            let without = ridge_regression(&rows, &row_aims, &kept_counts, PENALTY).unwrap();
            let found = answer(&without, &features[left]);
            errors[0] += (found - counted.left_out[left]).powi(2);
            errors[1] += (found - copies.left_out[3 * left]).powi(2);
        }
        assert!(errors[0] < 0.5 * errors[1], "{errors:?}");
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
        let of_scanner = |counts: &[f64]| ridge_regression(&features, &aims, counts, 0.01).unwrap().weights[1];
        assert!(of_scanner(&[1.0; 16]) > 0.5);
        assert!(of_scanner(&counts).abs() < 1e-9);
    }
}
