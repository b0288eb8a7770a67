//! The template at the resolutions that the registration looks at, made once.

use super::super::field::{halve, smooth};
use super::similarity::Target;
use crate::volume::Volume;

/// Intensities around the brain, where its white matter has about 0.8: fluid and bone.
const FLUID: f32 = 0.25;
const BONE: f32 = 0.12;

/// Least share of brain, fluid and bone among the tissues of heads where a point counts: skin, fat, muscle and air are
/// too different between people.
const LEAST_KNOWN: f32 = 0.6;

/// What a point of fluid or bone around the brain counts in the last registration, where a point of the brain counts 1: all of
/// it, and wide sulci shrink the brain; nothing, and the brain grows into the skull.
const RING_WEIGHT: f32 = 0.3;

/// The standard T1 of a brain in its skull, as points in blocks.
pub(in super::super) struct Targets {
    /// At 2, 4 and 8 mm.
    pub(super) levels: [Target; 3],
    /// At 2 and 4 mm, for the last registration: fluid and bone count less.
    pub(super) brain: [Target; 2],
}

/// Voxels along the side of a block at each of them: 16, 20 and 40 mm.
const SIDES: [usize; 3] = [8, 5, 5];

impl Targets {
    /// The points of a standard T1, brain only, with the tissues of `heads` on its grid.
    pub(in super::super) fn of(t1: &Volume, heads: &[Volume; 6]) -> Self {
        let (t1, region) = skull_around(t1, heads);
        let mut pyramid = vec![(t1, region)];
        for _ in 0..2 {
            let (t1, region) = &pyramid[pyramid.len() - 1];
            pyramid.push((halve(t1), halve(region)));
        }
        let target = |index: usize, ring_weight: f32| {
            let (t1, region) = &pyramid[index];
            // Where half a voxel is known, it counts.
            let region: Vec<f32> = region.data.iter().map(|value| if *value < 0.25 { 0.0 } else { *value }).collect();
            Target::of(t1, &region, SIDES[index], ring_weight)
        };
        Targets {
            levels: [0, 1, 2].map(|index| target(index, 1.0)),
            brain: [0, 1].map(|index| target(index, RING_WEIGHT)),
        }
    }
}

/// The average brain with the fluid and the bone around it; and a region: 1 in the brain, 0.5 where fluid and bone are known
/// well, 0 elsewhere.
fn skull_around(brain_t1: &Volume, heads: &[Volume; 6]) -> (Volume, Volume) {
    let brain: Vec<f32> = brain_t1.data.iter().map(|value| f32::from(*value > 0.1)).collect();
    let soft_brain = smooth(&brain, brain_t1.shape, [0.5; 3]);
    let (mut t1, mut region) = (brain_t1.clone(), vec![0.0; brain.len()]);
    for index in 0..brain.len() {
        let tissues: [f32; 6] = std::array::from_fn(|class| heads[class].data[index]);
        let sum: f32 = tissues.iter().sum();
        let known: f32 = tissues[..4].iter().sum();
        if brain[index] > 0.5 {
            region[index] = 1.0;
        } else if sum > 0.5 && known > LEAST_KNOWN * sum {
            region[index] = 0.5;
            let [fluid, bone] = [tissues[2], tissues[3]];
            let around = (FLUID * fluid + BONE * bone) / (fluid + bone).max(1e-6);
            t1.data[index] = soft_brain[index] * brain_t1.data[index].max(around) + (1.0 - soft_brain[index]) * around;
        }
    }
    (t1, brain_t1.with_data(region))
}
