//! How well an image matches the standard T1 at a placement: the mean of correlations in many small blocks.
//!
//! A block's correlation does not ask how bright the block is, so gain does not matter, and none counts more than its size:
//! the bright scalp of an old head cannot draw the brain's edge to it, since the folds and ventricles inside must match as
//! well. (Avants BB, Epstein CL, Grossman M, Gee JC. Symmetric diffeomorphic image registration with cross-correlation. Med
//! Image Anal 2008;12:26-41, use the same in windows about each voxel.) Correlations keep their sign: T1-weighted images
//! only.

use super::super::field::{FastAffine, sample};
use crate::threads;
use crate::volume::{Affine, Volume};
use std::collections::BTreeMap;
use std::ops::Range;

/// Below this share of template points inside the image a placement counts as no match at all.
const LEAST_OVERLAP: f64 = 0.3;

/// What it costs to leave the standard brain outside the image, times its share: scans show the whole brain, and
/// correlation alone would rather look at a small part that fits well.
const UNCOVERED_COST: f64 = 0.5;

/// Standard deviations that make a block count half: of the template (its white matter is about 0.8), and of the image as
/// a share of its bright end. Less is noise.
const TEMPLATE_FLOOR: f32 = 0.04;
const IMAGE_FLOOR: f32 = 0.02;

/// Blocks are compared in so many parts, at the same time.
const PARTS: usize = 8;

/// The template as points, block by block.
pub(in super::super) struct Target {
    points_mni_mm: Vec<[f32; 3]>,
    values: Vec<f32>,
    weights: Vec<f32>,
    /// Whether each point belongs to the brain.
    is_brain: Vec<bool>,
    blocks: Vec<Range<usize>>,
}

impl Target {
    /// The voxels of `template` where `region` is above 0, in cubes of `side` voxels; those above one half are brain, the
    /// others count `ring_weight`.
    pub(super) fn of(template: &Volume, region: &[f32], side: usize, ring_weight: f32) -> Self {
        let mni_from_voxel = FastAffine::of(&template.world_from_voxel);
        let [nx, ny, _] = template.shape;
        let mut of_block: BTreeMap<[usize; 3], Vec<usize>> = BTreeMap::new();
        for index in (0..template.data.len()).filter(|&index| region[index] > 0.0) {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
            of_block.entry(voxel.map(|place| place / side)).or_default().push(index);
        }
        let mut target = Target {
            points_mni_mm: Vec::new(),
            values: Vec::new(),
            weights: Vec::new(),
            is_brain: Vec::new(),
            blocks: Vec::new(),
        };
        // Crumbs at the border tell nothing.
        for indices in of_block.into_values().filter(|indices| 4 * indices.len() >= side.pow(3)) {
            let first = target.values.len();
            for index in indices {
                let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
                target.points_mni_mm.push(mni_from_voxel.apply(voxel.map(|index| index as f32)));
                target.values.push(template.data[index]);
                target.is_brain.push(region[index] > 0.5);
                target.weights.push(if region[index] > 0.5 { 1.0 } else { ring_weight });
            }
            target.blocks.push(first..target.values.len());
        }
        target
    }
}

/// The image at one resolution, its bright end at 1.
pub(super) struct Source {
    scaled: Volume,
    voxel_from_world: Affine,
}

impl Source {
    /// `high`: the intensity of the bright end. `None` where the affine cannot be inverted.
    pub(super) fn of(volume: &Volume, high: f32) -> Option<Self> {
        let voxel_from_world = volume.world_from_voxel.inverse()?;
        let factor = 1.0 / high.max(f32::MIN_POSITIVE);
        let data = volume.data.iter().map(|value| (value * factor).clamp(0.0, 1.0)).collect();
        Some(Source { scaled: volume.with_data(data), voxel_from_world })
    }
}

/// A match of template and image.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Match {
    /// Mean correlation of the blocks, −1..1; 0 where too little of the template lies inside the image.
    pub(super) correlation: f64,
    /// Share of the template's brain inside the image.
    pub(super) coverage: f64,
}

impl Match {
    /// What a search shall make as high as it can.
    pub(super) fn score(&self) -> f64 {
        self.correlation - UNCOVERED_COST * (1.0 - self.coverage)
    }
}

/// Sums over blocks.
#[derive(Clone, Copy, Default)]
struct Sums {
    correlation: f64,
    points: f32,
    inside: f32,
    brain: u32,
    covered: u32,
}

/// Matches the template with the image at a placement. `stride`: takes every so manieth point.
pub(super) fn similarity(target: &Target, source: &Source, world_from_mni: &Affine, stride: usize) -> Match {
    let voxel_from_mni = FastAffine::of(&source.voxel_from_world.compose(world_from_mni));
    let part_len = target.blocks.len().div_ceil(PARTS).max(1);
    let compare_part = |part: usize| {
        let mut sums = Sums::default();
        let end = ((part + 1) * part_len).min(target.blocks.len());
        for block in target.blocks.get(part * part_len..end).unwrap_or_default() {
            compare_block(target, source, &voxel_from_mni, block, stride, &mut sums);
        }
        sums
    };
    // Few points are compared sooner than they are handed out.
    let parts: Vec<Sums> = if target.values.len() / stride < 8_000 {
        (0..PARTS).map(compare_part).collect()
    } else {
        threads::map(PARTS, compare_part)
    };
    let sums = parts.iter().fold(Sums::default(), |a, b| Sums {
        correlation: a.correlation + b.correlation,
        points: a.points + b.points,
        inside: a.inside + b.inside,
        brain: a.brain + b.brain,
        covered: a.covered + b.covered,
    });
    let coverage = f64::from(sums.covered) / f64::from(sums.brain.max(1));
    if f64::from(sums.inside) < LEAST_OVERLAP * f64::from(sums.points) || sums.inside <= 0.0 {
        return Match { correlation: 0.0, coverage };
    }
    Match { correlation: sums.correlation / f64::from(sums.inside), coverage }
}

/// Adds a block's correlation, times its points inside the image.
#[inline]
fn compare_block(
    target: &Target,
    source: &Source,
    voxel_from_mni: &FastAffine,
    block: &Range<usize>,
    stride: usize,
    sums: &mut Sums,
) {
    let (mut n, mut a, mut b, mut aa, mut bb, mut ab) = (0f32, 0f32, 0f32, 0f32, 0f32, 0f32);
    // The next block goes on where the stride ended.
    for index in (block.start.next_multiple_of(stride)..block.end).step_by(stride) {
        let weight = target.weights[index];
        sums.points += weight;
        sums.brain += u32::from(target.is_brain[index]);
        if let Some(value) = sample(&source.scaled, voxel_from_mni.apply(target.points_mni_mm[index])) {
            let expected = target.values[index];
            let (weighted_a, weighted_b) = (weight * expected, weight * value);
            n += weight;
            a += weighted_a;
            b += weighted_b;
            aa += weighted_a * expected;
            bb += weighted_b * value;
            ab += weighted_a * value;
            sums.covered += u32::from(target.is_brain[index]);
        }
    }
    if n < 2.0 {
        return;
    }
    let (variance_a, variance_b) = ((aa - a * a / n) / n, (bb - b * b / n) / n);
    let covariance = (ab - a * b / n) / n;
    let floor = |variance: f32, floor: f32| variance.max(0.0) + floor * floor;
    let spread = (floor(variance_a, TEMPLATE_FLOOR) * floor(variance_b, IMAGE_FLOOR)).sqrt();
    sums.correlation += f64::from(covariance / spread) * f64::from(n);
    sums.inside += n;
}
