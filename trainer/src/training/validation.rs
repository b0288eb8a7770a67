//! Numbers of a CycleGAN on a few held-out subjects during the training. Nothing is selected by them: they are for
//! monitoring, and for the early warnings.

use crate::cohort::{Group, Split};
use crate::device;
use crate::training::ageing::amount_tensor;
use crate::training::classifier::probabilities;
use crate::training::cyclegan::Translators;
use crate::training::feature::Feature;
use crate::training::setting::Setting;
use anyhow::Result;
use shared::explain::{mean_absolute_in_mask, ncc_in_mask};
use shared::model::{Classifier, Generator};

/// Held-out subjects of each group.
const SUBJECTS: usize = 4;

/// Columns of validation.csv, once for each direction, young → old first.
pub const MEASURES: [&str; 6] = ["change", "cycle_error", "flipped", "correlation", "spread", "ncc"];

/// One direction of translation; not a number if there are too few subjects. Means are over mask and subjects.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// Mean |G(x) − x|, grey-matter units.
    pub change: f64,
    /// Mean |F(G(x)) − x|, grey-matter units.
    pub cycle_error: f64,
    /// Share of translations that the guiding classifier assigns to the other group.
    pub flipped: f64,
    /// Correlation of input and output.
    pub correlation: f64,
    /// Standard deviation between subjects of the translations, divided by that of the inputs.
    pub spread: f64,
    /// Correlation of the mean change with the difference of the training groups' means.
    pub ncc: f64,
}

impl Numbers {
    /// In the order of [`MEASURES`].
    pub fn values(&self) -> [f32; 6] {
        [self.change, self.cycle_error, self.flipped, self.correlation, self.spread, self.ncc].map(|value| value as f32)
    }
}

/// The subjects, and what is needed to measure them.
pub struct Validation<'a> {
    setting: &'a Setting<'a>,
    classifier: &'a Classifier,
    young: Vec<usize>,
    old: Vec<usize>,
    mask: Vec<bool>,
    /// Mean old − mean young of the training subjects.
    group_change: Vec<f32>,
}

impl<'a> Validation<'a> {
    pub fn new(setting: &'a Setting<'a>, classifier: &'a Classifier) -> Result<Self> {
        let subjects = |group| evenly(&setting.data.indices(Split::Test, Some(group)), SUBJECTS);
        Ok(Validation {
            setting,
            classifier,
            young: subjects(Group::Young),
            old: subjects(Group::Old),
            mask: device::values(setting.context.mask.clone())?.iter().map(|&value| value > 0.5).collect(),
            group_change: setting.data.group_change(Feature::Value),
        })
    }

    /// Mean |old − young| of the training groups' means inside the mask, grey-matter units: the expected amount of
    /// change.
    pub fn typical_change(&self) -> f64 {
        mean_absolute_in_mask(&self.group_change, &self.mask).unwrap_or(0.0)
    }

    /// Both directions, young → old first.
    pub fn measure(&self, translators: &Translators) -> Result<[Numbers; 2]> {
        let Translators { young_to_old, old_to_young } = translators;
        Ok([
            self.direction(young_to_old, old_to_young, &self.young, Group::Old)?,
            self.direction(old_to_young, young_to_old, &self.old, Group::Young)?,
        ])
    }

    fn direction(&self, there: &Generator, back: &Generator, subjects: &[usize], target: Group) -> Result<Numbers> {
        let Setting { data, context, device, ageing, .. } = self.setting;
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        let mut sums = Numbers { change: 0.0, cycle_error: 0.0, flipped: 0.0, correlation: 0.0, spread: 0.0, ncc: 0.0 };
        for &index in subjects {
            let image = data.batch(&[index], None, None, device);
            let amount = ageing.map(|ageing| amount_tensor(ageing.amount_of(data, index, target), device));
            let translated = there.forward_by(image, context, amount.clone());
            let returned = device::values(back.forward_by(translated.clone(), context, amount))?;
            let old = probabilities(self.classifier, translated.clone(), context)?.first().is_some_and(|&p| p >= 0.5);
            let (input, output) = (&data.images[index].values, device::values(translated)?);
            sums.change += self.distance(&output, input);
            sums.cycle_error += self.distance(&returned, input);
            sums.flipped += f64::from(u8::from(old == (target == Group::Old)));
            sums.correlation += ncc_in_mask(&output, input, &self.mask).unwrap_or(0.0);
            inputs.push(input.as_slice());
            outputs.push(output);
        }
        let count = subjects.len() as f64;
        let outputs: Vec<&[f32]> = outputs.iter().map(Vec::as_slice).collect();
        let sign = if target == Group::Old { 1.0 } else { -1.0 };
        let mean_change: Vec<f32> = (0..self.mask.len())
            .map(|voxel| {
                inputs.iter().zip(&outputs).map(|(input, output)| output[voxel] - input[voxel]).sum::<f32>() * sign
            })
            .collect();
        Ok(Numbers {
            change: sums.change / count,
            cycle_error: sums.cycle_error / count,
            flipped: sums.flipped / count,
            correlation: sums.correlation / count,
            spread: (self.variance(&outputs) / self.variance(&inputs)).sqrt(),
            ncc: ncc_in_mask(&mean_change, &self.group_change, &self.mask).unwrap_or(f64::NAN),
        })
    }

    fn distance(&self, a: &[f32], b: &[f32]) -> f64 {
        let difference: Vec<f32> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        mean_absolute_in_mask(&difference, &self.mask).unwrap_or(0.0)
    }

    /// Variance between subjects, summed over the mask; not a number for fewer than two.
    fn variance(&self, images: &[&[f32]]) -> f64 {
        let count = images.len() as f64;
        if images.len() < 2 {
            return f64::NAN;
        }
        let inside = (0..self.mask.len()).filter(|&voxel| self.mask[voxel]);
        inside
            .map(|voxel| {
                let mean = images.iter().map(|image| f64::from(image[voxel])).sum::<f64>() / count;
                images.iter().map(|image| (f64::from(image[voxel]) - mean).powi(2)).sum::<f64>()
            })
            .sum()
    }
}

/// At most `count` of them, evenly through the list: the same at every call.
pub fn evenly(indices: &[usize], count: usize) -> Vec<usize> {
    let count = count.min(indices.len());
    (0..count).map(|place| indices[place * indices.len() / count]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_spread_over_the_list() {
        let all: Vec<usize> = (10..30).collect();
        assert_eq!(evenly(&all, 4), [10, 15, 20, 25]);
        assert_eq!(evenly(&all[..3], 4), [10, 11, 12]);
        assert!(evenly(&[], 4).is_empty());
    }
}
