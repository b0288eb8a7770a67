//! The classifier: ridge regression on the cells, in closed form, as the trainer's yardstick without a network.

use nalgebra::{DMatrix, DVector};

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
    let centred: Vec<f32> =
        rows.iter().flat_map(|row| row.iter().zip(&means).map(|(value, mean)| value - mean)).collect();
    // Columns are people.
    let centred = DMatrix::from_vec(width, count, centred);
    let mut gram = centred.tr_mul(&centred);
    let strength = gram.trace() / count as f32 * penalty;
    (0..count).for_each(|person| gram[(person, person)] += strength);
    let mean_aim = aims.iter().sum::<f32>() / count as f32;
    let Some(factor) = gram.cholesky() else { return nothing() };
    let dual = factor.solve(&DVector::from_iterator(count, aims.iter().map(|aim| aim - mean_aim)));
    let weights: Vec<f32> = (&centred * dual).iter().copied().collect();
    let bias = mean_aim - weights.iter().zip(&means).map(|(weight, mean)| weight * mean).sum::<f32>();
    Fit { weights, bias }
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
    fn people_who_look_the_same_are_told_nothing() {
        let fit = ridge(&vec![vec![0.5, 0.25]; 4], &[-1.0, -1.0, 1.0, 1.0], 0.1);
        assert_eq!(fit.weights, [0.0, 0.0]);
        assert_eq!(ridge(&[], &[], 0.1), Fit { weights: Vec::new(), bias: 0.0 });
    }
}
