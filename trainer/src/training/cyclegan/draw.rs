//! The batches of a step: random subjects of both groups, each with a probability proportional to its weight, and, in
//! plane mode, random slices of them.

use crate::cohort::Group;
use crate::random::random;
use crate::training::ageing::FittedAgeing;
use crate::training::augmentation::Shift;
use crate::training::config::{AugmentationConfig, CycleGanTraining};
use crate::training::data::{Batch, Dataset, draw_slices};
use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::index;

/// Stream of random numbers (see [`random`]).
pub const DRAW: u64 = 3;

/// Images of one group `[subject, 1, z, y, x]`, with the shift that the augmentation gave each.
pub struct Sample {
    pub images: Tensor<5>,
    pub shifts: Vec<Shift>,
}

/// The same slices of young and of old subjects.
///
/// With an age dial, each young subject is translated to the age of one of the old and each old one to that of one of
/// the young; amounts `[subject, 1, 1, 1, 1]` are in units of the change from the mean young to the mean old.
pub struct Draw {
    pub young: Sample,
    pub old: Sample,
    pub slices: Vec<usize>,
    pub amounts_young: Option<Tensor<5>>,
    pub amounts_old: Option<Tensor<5>>,
}

/// The same in main memory.
pub struct Drawn {
    young: Batch,
    old: Batch,
    slices: Vec<usize>,
    amounts: Option<[Vec<f32>; 2]>,
}

/// The batches of one step: `accumulate` of them, all from one stream.
pub fn draw_batches(
    config: &CycleGanTraining,
    data: &Dataset,
    augmentation: &AugmentationConfig,
    ageing: Option<&FittedAgeing>,
    step: u64,
    seed: u64,
) -> Vec<Drawn> {
    let mut random = random(seed, DRAW, step);
    let mut one = || {
        let slices = draw_slices(config.generator.kind, config.slices, data.grid.shape[2], &mut random);
        let mut sample = |group: Group| {
            let subjects = data.training(group);
            let chosen: Vec<usize> = index::sample(&mut random, subjects.len(), config.batch.min(subjects.len()))
                .into_iter()
                .map(|position| subjects[position])
                .collect();
            (data.gather(&chosen, Some(&slices), Some((augmentation, &mut random))), chosen)
        };
        let (young, are_young) = sample(Group::Young);
        let (old, are_old) = sample(Group::Old);
        let amounts = ageing.map(|ageing| {
            let between = |young: usize, old: usize| {
                ageing.amount_between(are_young[young % are_young.len()], are_old[old % are_old.len()]) as f32
            };
            [are_young.len(), are_old.len()].map(|count| (0..count).map(|place| between(place, place)).collect())
        });
        Drawn { young, old, slices, amounts }
    };
    (0..config.accumulate).map(|_| one()).collect()
}

impl Drawn {
    pub fn on(self, device: &Device) -> Draw {
        let sample = |mut batch: Batch| {
            let shifts = std::mem::take(&mut batch.shifts);
            Sample { images: batch.on(device), shifts }
        };
        let [amounts_young, amounts_old] = match self.amounts {
            Some(amounts) => amounts.map(|amounts| {
                let shape = [amounts.len(), 1, 1, 1, 1];
                Some(Tensor::from_data(TensorData::new(amounts, shape), device))
            }),
            None => [None, None],
        };
        Draw { young: sample(self.young), old: sample(self.old), slices: self.slices, amounts_young, amounts_old }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::config::TrainingConfig;
    use crate::training::site_balance::tests::{AGE_EFFECT, SITE_EFFECT, confounded};

    /// Mean value of many draws of young and of old, which says how many of them come from scanner B.
    fn mean_drawn(data: &Dataset) -> [f64; 2] {
        const STEPS: u64 = 500;
        let config: TrainingConfig = toml::from_str(include_str!("../../../tests/tiny.toml")).unwrap();
        let device = Device::flex();
        let mut sums = [0.0; 2];
        for step in 0..STEPS {
            for drawn in draw_batches(&config.cyclegan, data, &AugmentationConfig::NONE, None, step, 1) {
                let draw = drawn.on(&device);
                for (sum, sample) in sums.iter_mut().zip([draw.young, draw.old]) {
                    *sum += f64::from(sample.images.mean().into_scalar::<f32>());
                }
            }
        }
        sums.map(|sum| sum / (STEPS * config.cyclegan.accumulate as u64) as f64)
    }

    #[test]
    fn balanced_groups_are_drawn_from_each_scanner_as_often() {
        // 1,000 subjects a group: the scanner's share is drawn to within 0.016 (standard deviation).
        const TOLERANCE: f64 = 0.08;
        let mut data = confounded();
        for (balance_sites, share_of_b) in [(false, [0.25, 0.75]), (true, [0.5, 0.5])] {
            data.balance_sites = balance_sites;
            let [young, old] = mean_drawn(&data);
            let found = [young - 0.5, old - 0.5 - f64::from(AGE_EFFECT)].map(|mean| mean / f64::from(SITE_EFFECT));
            for (found, expected) in found.iter().zip(share_of_b) {
                assert!((found - expected).abs() < TOLERANCE, "{found} instead of {expected}");
            }
        }
    }
}
