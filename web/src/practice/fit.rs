//! The classifier: ridge regression on the cells, in closed form, as the trainer's baseline.

/// A linear fit: positive is old.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub weights: Vec<f32>,
    pub bias: f32,
}

impl Fit {
    /// Positive for old.
    pub fn answer(&self, features: &[f32]) -> f32 {
        self.bias + self.weights.iter().zip(features).map(|(weight, value)| weight * value).sum::<f32>()
    }
}

/// Ridge regression in its dual form (Saunders et al. 1998): as many unknowns as people. `aims` are −1 for the young and 1 for
/// the old; `penalty` is in units of the mean squared length of the centred rows. Nobody, and people who all look the same,
/// give weights of zero.
pub fn ridge(rows: &[Vec<f32>], aims: &[f32], penalty: f32) -> Fit {
    let (count, width) = (rows.len(), rows.first().map_or(0, Vec::len));
    let nothing = || Fit { weights: vec![0.0; width], bias: 0.0 };
    if count == 0 {
        return nothing();
    }
    let mut means = vec![0.0f32; width];
    rows.iter().for_each(|row| means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count as f32));
    let centred = |row: &Vec<f32>| row.iter().zip(&means).map(|(value, mean)| value - mean).collect();
    let centred: Vec<Vec<f32>> = rows.iter().map(centred).collect();
    let inner = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    // Lower triangle, row by row.
    let mut gram: Vec<Vec<f64>> =
        (0..count).map(|i| (0..=i).map(|j| f64::from(inner(&centred[i], &centred[j]))).collect()).collect();
    let trace: f64 = (0..count).map(|i| gram[i][i]).sum();
    (0..count).for_each(|i| gram[i][i] += trace / count as f64 * f64::from(penalty));
    let mean_aim = aims.iter().sum::<f32>() / count as f32;
    let Some(dual) = solve(gram, aims.iter().map(|aim| f64::from(aim - mean_aim)).collect()) else { return nothing() };
    let mut weights = vec![0.0f32; width];
    for (row, part) in centred.iter().zip(dual) {
        weights.iter_mut().zip(row).for_each(|(weight, value)| *weight += part as f32 * value);
    }
    let bias = mean_aim - inner(&weights, &means);
    Fit { weights, bias }
}

/// The solution of a symmetric positive definite system, of which the lower triangle is given, by Cholesky's factors; `None` where
/// it is not such. As large as this one, it needs no library of linear algebra: that would have other features in the engine's
/// libraries switched on.
fn solve(mut lower: Vec<Vec<f64>>, mut values: Vec<f64>) -> Option<Vec<f64>> {
    let count = lower.len();
    for i in 0..count {
        let (above, rest) = lower.split_at_mut(i);
        let row = &mut rest[0];
        for (j, other) in above.iter().enumerate() {
            let done: f64 = row[..j].iter().zip(other).map(|(a, b)| a * b).sum();
            row[j] = (row[j] - done) / other[j];
        }
        let square = row[i] - row[..i].iter().map(|value| value * value).sum::<f64>();
        if square <= 0.0 || !square.is_finite() {
            return None;
        }
        row[i] = square.sqrt();
        let done: f64 = row[..i].iter().zip(&values).map(|(a, b)| a * b).sum();
        values[i] = (values[i] - done) / row[i];
    }
    for i in (0..count).rev() {
        values[i] /= lower[i][i];
        let solved = values[i];
        values[..i].iter_mut().zip(&lower[i]).for_each(|(value, factor)| *value -= factor * solved);
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: one number a person, centred to −1, 0 and 1; with the penalty λ = 0.5 · 2/3 the weight is 2 / (2 + λ).
    #[test]
    fn a_fit_is_that_by_hand() {
        let fit = ridge(&[vec![1.0], vec![2.0], vec![3.0]], &[-1.0, 0.0, 1.0], 0.5);
        let weight = 2.0 / (2.0 + 0.5 * 2.0 / 3.0);
        assert!((fit.weights[0] - weight).abs() < 1e-6, "{fit:?}");
        assert!((fit.answer(&[2.0])).abs() < 1e-6 && (fit.answer(&[3.0]) - weight).abs() < 1e-6);
    }

    #[test]
    fn a_system_is_solved() {
        // [[4, 2, 1], [2, 5, 3], [1, 3, 6]] · [1, −2, 3] = [3, 1, 13].
        let found = solve(vec![vec![4.0], vec![2.0, 5.0], vec![1.0, 3.0, 6.0]], vec![3.0, 1.0, 13.0]).unwrap();
        assert!(found.iter().zip([1.0, -2.0, 3.0]).all(|(found, wanted)| (found - wanted).abs() < 1e-12), "{found:?}");
        assert_eq!(solve(vec![vec![1.0], vec![2.0, 4.0]], vec![1.0, 1.0]), None);
    }

    #[test]
    fn people_who_look_the_same_are_told_nothing() {
        let fit = ridge(&vec![vec![0.5, 0.25]; 4], &[-1.0, -1.0, 1.0, 1.0], 0.1);
        assert_eq!(fit.weights, [0.0, 0.0]);
        assert_eq!(ridge(&[], &[], 0.1), Fit { weights: Vec::new(), bias: 0.0 });
    }
}
