//! How well an image matches the template at a placement: normalised mutual information, which holds for any contrast.
//!
//! Studholme C, Hill DLG, Hawkes DJ. An overlap invariant entropy measure of 3D medical image alignment. Pattern
//! Recognition 1999;32:71-86: (H(A) + H(B)) / H(A, B). The image's intensities are shared between two neighbouring
//! bins, which makes the measure continuous.

use super::super::field::{FastAffine, percentile, sample};
use crate::threads;
use crate::volume::{Affine, Volume};

const BINS: usize = 32;

/// Below this share of template points inside the image a placement counts as no match at all.
const LEAST_OVERLAP: f64 = 0.3;

/// What it costs to leave the standard brain outside the image, times its share: scans show the whole brain, and mutual
/// information alone would rather look at a small part that fits well.
const UNCOVERED_COST: f64 = 0.3;

/// Points are counted in so many parts, which may be counted at the same time.
const PARTS: usize = 8;

/// The template as points with a bin each.
pub(super) struct Target {
    points_mni_mm: Vec<[f32; 3]>,
    bins: Vec<u8>,
    /// Whether each point belongs to the brain.
    is_brain: Vec<bool>,
}

impl Target {
    /// The voxels of a volume where `region` is not 0; those above one half are brain.
    pub(super) fn of(template: &Volume, region: &[f32]) -> Self {
        let mut inside: Vec<f32> =
            template.data.iter().zip(region).filter(|(_, region)| **region > 0.0).map(|(value, _)| *value).collect();
        let high = percentile(&mut inside, 0.995).max(f32::MIN_POSITIVE);
        let mni_from_voxel = FastAffine::of(&template.world_from_voxel);
        let [nx, ny, _] = template.shape;
        let (mut points_mni_mm, mut bins, mut is_brain) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (value, region)) in template.data.iter().zip(region).enumerate() {
            if *region > 0.0 {
                let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
                points_mni_mm.push(mni_from_voxel.apply(voxel.map(|index| index as f32)));
                let bin = (value / high).clamp(0.0, 1.0) * (BINS - 1) as f32;
                bins.push(bin.round() as u8);
                is_brain.push(*region > 0.5);
            }
        }
        Target { points_mni_mm, bins, is_brain }
    }
}

/// The image at one resolution, its values scaled to bins.
pub(super) struct Source {
    scaled: Volume,
    voxel_from_world: Affine,
}

impl Source {
    /// `high`: the intensity that reaches the last bin. `None` where the affine cannot be inverted.
    pub(super) fn of(volume: &Volume, high: f32) -> Option<Self> {
        let voxel_from_world = volume.world_from_voxel.inverse()?;
        let factor = (BINS - 1) as f32 / high.max(f32::MIN_POSITIVE);
        let limit = (BINS - 1) as f32 - 1e-3;
        let data = volume.data.iter().map(|value| (value * factor).clamp(0.0, limit)).collect();
        Some(Source { scaled: Volume { data, ..*volume }, voxel_from_world })
    }
}

/// A match of template and image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// Normalised mutual information, 1 (none) to 2; 0 where too little of the template lies inside the image.
    pub(super) information: f64,
    /// Share of the template's brain inside the image.
    pub(super) coverage: f64,
}

impl Match {
    /// What a search shall make as high as it can.
    pub(super) fn score(&self) -> f64 {
        self.information - UNCOVERED_COST * (1.0 - self.coverage)
    }
}

/// Matches the template with the image at a placement. `stride`: takes every so manieth point.
pub(super) fn similarity(target: &Target, source: &Source, world_from_mni: &Affine, stride: usize) -> Match {
    let voxel_from_mni = FastAffine::of(&source.voxel_from_world.compose(world_from_mni));
    let count = target.bins.len().div_ceil(stride);
    let part_len = count.div_ceil(PARTS);
    let count_part = |part: usize| {
        let mut joint = vec![0f32; BINS * BINS];
        let (mut brain, mut covered) = (0u32, 0u32);
        for index in (part * part_len)..((part + 1) * part_len).min(count) {
            let index = index * stride;
            brain += u32::from(target.is_brain[index]);
            if let Some(value) = sample(&source.scaled, voxel_from_mni.apply(target.points_mni_mm[index])) {
                let bin = value as usize;
                let above = value - bin as f32;
                let cell = target.bins[index] as usize * BINS + bin;
                joint[cell] += 1.0 - above;
                joint[cell + 1] += above;
                covered += u32::from(target.is_brain[index]);
            }
        }
        (joint, brain, covered)
    };
    // Few points are counted sooner than they are handed out.
    let parts: Vec<(Vec<f32>, u32, u32)> =
        if count < 8_000 { (0..PARTS).map(count_part).collect() } else { threads::map(PARTS, count_part) };
    let mut joint = vec![0f64; BINS * BINS];
    let (mut brain, mut covered) = (0, 0);
    for (part, part_brain, part_covered) in parts {
        for (sum, value) in joint.iter_mut().zip(part) {
            *sum += f64::from(value);
        }
        brain += part_brain;
        covered += part_covered;
    }
    let coverage = f64::from(covered) / f64::from(brain.max(1));
    let total: f64 = joint.iter().sum();
    if total < LEAST_OVERLAP * count as f64 {
        return Match { information: 0.0, coverage };
    }
    let entropy = |values: &mut dyn Iterator<Item = f64>| -> f64 {
        values
            .map(|value| value / total)
            .filter(|share| *share > 0.0)
            .map(|share| -share * f64::from(libm::logf(share as f32)))
            .sum()
    };
    let rows = (0..BINS).map(|row| joint[row * BINS..][..BINS].iter().sum::<f64>());
    let columns = (0..BINS).map(|column| (0..BINS).map(|row| joint[row * BINS + column]).sum::<f64>());
    let both = entropy(&mut joint.iter().copied());
    let (mut rows, mut columns) = (rows, columns);
    let information = if both > 1e-9 { (entropy(&mut rows) + entropy(&mut columns)) / both } else { 0.0 };
    Match { information, coverage }
}
