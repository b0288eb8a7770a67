//! The tone of a generator: histogram matching. A curve of grey values maps the histogram of its translations of all
//! training people of a group to that of real maps of the other group.

use crate::cohort::Group;
use crate::training::ageing::amount_tensor;
use crate::training::setting::Setting;
use anyhow::{Result, anyhow};
use shared::model::Generator;

/// Bins in which values are counted.
const BINS: usize = 4096;

/// Values of the curve, `steps` + 1, for a generator (on the plain device) that translates people of `own`; it has no curve yet, or
/// one that changes nothing.
pub fn fit(generator: &Generator, steps: usize, own: Group, setting: &Setting) -> Result<Vec<f32>> {
    let Setting { data, context, device, ageing, .. } = setting;
    let mask = context.mask.clone().into_data().try_to_vec::<f32>().map_err(|error| anyhow!("{error:?}"))?;
    let other = if own == Group::Young { Group::Old } else { Group::Young };
    let mut made = Counts::new();
    for index in data.training(own) {
        let image = data.batch(&[index], None, None, device);
        let amount = ageing.map_or(1.0, |ageing| ageing.amount_to(index, other));
        let translated =
            generator.forward_by(image, context, ageing.map(|_| amount_tensor(amount, device))).into_data();
        let values = translated.try_to_vec::<f32>().map_err(|error| anyhow!("the device failed: {error:?}"))?;
        // Who is changed by less goes along the curve by less, and has less say in it.
        made.add(&values, &mask, amount.min(1.0));
    }
    let mut real = Counts::new();
    data.training(other).into_iter().for_each(|index| real.add(&data.images[index].values, &mask, 1.0));
    Ok(curve(&made, &real, steps))
}

/// A histogram of values.
struct Counts(Vec<f64>);

impl Counts {
    fn new() -> Self {
        Counts(vec![0.0; BINS])
    }

    /// Values inside the mask, each as often as `weight` says.
    fn add(&mut self, values: &[f32], mask: &[f32], weight: f64) {
        for (value, _) in values.iter().zip(mask).filter(|(_, inside)| **inside > 0.5) {
            self.0[((value * BINS as f32) as usize).min(BINS - 1)] += weight;
        }
    }

    /// Share of the values below the upper edge of each bin.
    fn shares(&self) -> Vec<f64> {
        let total: f64 = self.0.iter().sum();
        let mut below = 0.0;
        let share = |count: &f64| {
            below += count;
            if total > 0.0 { below / total } else { 0.0 }
        };
        self.0.iter().map(share).collect()
    }
}

/// The value of the same rank in the real maps for each step; 0 and 1 stay.
fn curve(made: &Counts, real: &Counts, steps: usize) -> Vec<f32> {
    let (made, real) = (made.shares(), real.shares());
    let at = |step: usize| {
        let rank = made[(step * BINS / steps).clamp(1, BINS) - 1];
        let above = real.partition_point(|share| *share < rank);
        let before = if above == 0 { 0.0 } else { real[above - 1] };
        let width = real.get(above).map_or(0.0, |share| share - before);
        let part = if width > 0.0 { (rank - before) / width } else { 0.0 };
        ((above as f64 + part) / BINS as f64).min(1.0) as f32
    };
    let mut values: Vec<f32> = (0..=steps).map(at).collect();
    values[0] = 0.0;
    values[steps] = 1.0;
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_ranks_of_real_ones() {
        let counted = |value: &dyn Fn(f32) -> f32| {
            let mut counts = Counts::new();
            let values: Vec<f32> = (0..100_000).map(|at| value((at as f32 + 0.5) / 100_000.0)).collect();
            counts.add(&values, &vec![1.0; values.len()], 0.5);
            counts
        };
        let [even, squares] = [counted(&|rank| rank), counted(&|rank| rank * rank)];
        for (value, found) in curve(&even, &squares, 20).into_iter().enumerate() {
            let expected = (value as f32 / 20.0).powi(2);
            assert!((found - expected).abs() < 0.01, "{found} instead of {expected}");
        }
        let same = curve(&squares, &squares, 50);
        assert!(
            same.is_sorted() && same.iter().enumerate().all(|(at, v)| (v - at as f32 / 50.0).abs() < 0.01),
            "{same:?}"
        );
    }
}
