//! What a step sees: random subjects of both groups and, in plane mode, random slices of them.

use crate::cohort::{Group, Split};
use crate::training::augmentation::Shift;
use crate::training::config::{AugmentationConfig, CycleGanTraining};
use crate::training::data::{Batch, Dataset, draw_slices, random};
use burn::tensor::{Device, Tensor};
use rand::seq::index;

/// Stream of random numbers (see [`random`]).
pub const DRAW: u64 = 3;

/// Images of one group `[subject, 1, z, y, x]`, with the shift that the augmentation gave each.
pub struct Sample {
    pub images: Tensor<5>,
    pub shifts: Vec<Shift>,
}

/// The same slices of young and of old subjects.
pub struct Draw {
    pub young: Sample,
    pub old: Sample,
    pub slices: Vec<usize>,
}

/// The same in main memory.
pub struct Drawn {
    young: Batch,
    old: Batch,
    slices: Vec<usize>,
}

/// The batches of one step: `accumulate` of them, all from one stream.
pub fn draw_batches(
    config: &CycleGanTraining,
    data: &Dataset,
    augmentation: &AugmentationConfig,
    step: u64,
    seed: u64,
) -> Vec<Drawn> {
    let mut random = random(seed, DRAW, step);
    let mut one = || {
        let slices = draw_slices(config.generator.kind, config.slices, data.grid.shape[2], &mut random);
        let mut sample = |group: Group| {
            let subjects = data.indices(Split::Train, Some(group));
            let chosen: Vec<usize> = index::sample(&mut random, subjects.len(), config.batch.min(subjects.len()))
                .into_iter()
                .map(|position| subjects[position])
                .collect();
            data.gather(&chosen, Some(&slices), Some((augmentation, &mut random)))
        };
        let young = sample(Group::Young);
        let old = sample(Group::Old);
        Drawn { young, old, slices }
    };
    (0..config.accumulate).map(|_| one()).collect()
}

impl Drawn {
    pub fn on(self, device: &Device) -> Draw {
        let sample = |mut batch: Batch| {
            let shifts = std::mem::take(&mut batch.shifts);
            Sample { images: batch.on(device), shifts }
        };
        Draw { young: sample(self.young), old: sample(self.old), slices: self.slices }
    }
}
