//! Makes a head old: ventricles and furrows wider, the brain smaller inside its skull, fluid in the gap.
//!
//! Skull and scalp stay where they are, so the place of the head stays known.

use super::distance::{Distances, distances};
use super::labels::{HeadLabels, OUTER_FLUID, is_brain, is_cerebral_cortex, is_inside_skull, is_ventricle, is_white};
use super::random::Random;
use super::random_field::random_field;
use crate::prepare::t1::field::smooth;

/// How far the walls of the lateral ventricles move at full atrophy, mm: about three times the volume of the young.
const VENTRICLE_GROWTH_MM: f64 = 5.0;
/// How far the brain's top draws back from the skull at full atrophy, mm.
const SHRINKAGE_MM: f64 = 3.0;
/// Share of the cortex that becomes fluid of the furrows at full atrophy.
const CORTEX_LOST: f64 = 0.25;
/// How far inside the tissue a moved border is still felt, mm.
const REACH_MM: f64 = 28.0;

/// The head with this much atrophy, 0 (none: the same head) to 1 (that of the very old).
pub fn with_atrophy(head: &HeadLabels, atrophy: f64, seed: u64) -> HeadLabels {
    if atrophy <= 0.0 {
        return head.clone();
    }
    let mut random = Random::new(seed, 1);
    let mut aged = HeadLabels { labels: moved(head, atrophy, &mut random), ..head.clone() };
    widen_furrows(&mut aged, atrophy, &mut random);
    aged
}

/// Labels after ventricles have grown and the surface has drawn back: a smooth push of the tissue between.
fn moved(head: &HeadLabels, atrophy: f64, random: &mut Random) -> Vec<u16> {
    let spacing_mm = head.spacing_mm() as f32;
    let shape = head.shape;
    let ventricles = distances(&head.is(is_ventricle), shape);
    let skull = distances(&head.is(|label| !is_inside_skull(label)), shape);
    let [from_ventricle, depth] = [&ventricles, &skull].map(|found| smoothed_mm(found, shape, spacing_mm));
    // No two people lose the same everywhere.
    let uneven = random_field(shape, 20.0, random);
    let reach = REACH_MM as f32;
    let move_label = |index: usize| -> u16 {
        let own = head.labels[index];
        if !is_brain(own) {
            return own;
        }
        let uneven = 1.0 + 0.25 * uneven[index].clamp(-2.0, 2.0);
        let depth_mm = skull.voxels[index] * spacing_mm;
        let wall = head.labels[ventricles.nearest[index] as usize];
        // The skull does not give way.
        let room = ((depth_mm - 6.0) / 8.0).clamp(0.0, 1.0);
        let growth = (VENTRICLE_GROWTH_MM * atrophy) as f32 * uneven * growth_share(wall) * room;
        let distance = (ventricles.voxels[index] - 0.5).max(0.0) * spacing_mm;
        if growth > 0.0 && distance < growth / (1.0 + growth / reach) {
            return if is_ventricle(own) { own } else { wall };
        }
        let inward = slope(&depth, shape, index);
        // The base of the brain rests on the skull; its top falls away from it.
        let fall = 0.3 + 0.7 * (-inward[2]).max(0.0);
        let shrinkage = (SHRINKAGE_MM * atrophy) as f32 * uneven * fall;
        if depth_mm < shrinkage {
            return OUTER_FLUID;
        }
        let outward = slope(&from_ventricle, shape, index);
        let push = growth * (1.0 - distance / reach).max(0.0);
        let draw = shrinkage * (1.0 - (depth_mm - shrinkage) / reach).max(0.0);
        let from = head.voxel(index);
        let source = std::array::from_fn(|axis| {
            from[axis] - f64::from((push * outward[axis] + draw * inward[axis]) / spacing_mm)
        });
        match head.at(source) {
            // What lies outside the skull, and the vessels beside the brain, stay where they are.
            label if !is_brain(label) => OUTER_FLUID,
            // A thin ventricle must not be met from its other side.
            label if is_ventricle(label) && !is_ventricle(own) => wall,
            label => label,
        }
    };
    crate::threads::map(head.labels.len(), move_label)
}

/// How much of the growth each ventricle takes part in.
fn growth_share(ventricle: u16) -> f32 {
    match ventricle {
        4 | 43 => 1.0,
        5 | 44 => 0.5,
        14 => 0.4,
        _ => 0.2,
    }
}

/// Distances in mm, smooth enough for a slope.
fn smoothed_mm(found: &Distances, shape: [usize; 3], spacing_mm: f32) -> Vec<f32> {
    // Where the set is empty no slope is needed, but sums must stay finite.
    let mm: Vec<f32> = found.voxels.iter().map(|voxels| voxels.min(1e4) * spacing_mm).collect();
    smooth(&mm, shape, [1.2; 3])
}

/// Direction in which the values grow, of length 1 at most.
fn slope(values: &[f32], shape: [usize; 3], index: usize) -> [f32; 3] {
    let strides = [1, shape[0], shape[0] * shape[1]];
    let mut slope = [0.0; 3];
    for axis in 0..3 {
        let position = index / strides[axis] % shape[axis];
        let above = if position + 1 < shape[axis] { index + strides[axis] } else { index };
        let below = if position > 0 { index - strides[axis] } else { index };
        slope[axis] = values[above] - values[below];
    }
    let length = slope.iter().map(|value| value * value).sum::<f32>().sqrt();
    slope.map(|value| value / length.max(1e-3))
}

/// Turns into fluid the cortex that lies farthest from the white matter and nearest to fluid.
fn widen_furrows(head: &mut HeadLabels, atrophy: f64, random: &mut Random) {
    let shape = head.shape;
    let from_white = distances(&head.is(is_white), shape).voxels;
    let fluid: Vec<f32> = head.labels.iter().map(|label| f32::from(u8::from(*label == OUTER_FLUID))).collect();
    let fluid = smooth(&fluid, shape, [1.0; 3]);
    let uneven = random_field(shape, 12.0, random);
    let mut cortex: Vec<(f32, usize)> = (0..head.labels.len())
        .filter(|index| is_cerebral_cortex(head.labels[*index]))
        .map(|index| (from_white[index].min(4.0) + 3.0 * fluid[index] + 0.3 * uneven[index], index))
        .collect();
    cortex.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let lost = (CORTEX_LOST * atrophy * cortex.len() as f64) as usize;
    for (_, index) in cortex.into_iter().take(lost) {
        head.labels[index] = OUTER_FLUID;
    }
}
