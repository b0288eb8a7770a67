//! Smooth fields over an image, as local ratios of weighted sums.

use super::super::field::{sample, smooth};
use crate::threads::{fill_slices, map};
use crate::volume::{Affine, Volume};

/// Sums over blocks of this many voxels a side are enough for fields as smooth as these.
const BLOCK: usize = 4;

/// A numerator and a denominator for each block of an image.
pub(super) struct Blocks {
    shape: [usize; 3],
    coarse: [usize; 3],
    pub(super) numerator: Vec<f32>,
    pub(super) denominator: Vec<f32>,
}

impl Blocks {
    /// Sums `terms` (numerator, denominator) of the active voxels over the blocks of an image, and smooths the sums with a
    /// Gaussian.
    pub(super) fn sum(
        shape: [usize; 3],
        spacing_mm: [f64; 3],
        width_mm: f64,
        active: &[bool],
        terms: impl Fn(usize) -> (f32, f32) + Sync + Send,
    ) -> Self {
        let coarse = shape.map(|count| count.div_ceil(BLOCK));
        // A slice of blocks at a time; each sums the slices of the image that it covers.
        let slices = map(coarse[2], |block_z| {
            let mut sums = vec![[0f32; 2]; coarse[0] * coarse[1]];
            for z in block_z * BLOCK..((block_z + 1) * BLOCK).min(shape[2]) {
                for y in 0..shape[1] {
                    let row = y / BLOCK * coarse[0];
                    let first = (z * shape[1] + y) * shape[0];
                    for x in (0..shape[0]).filter(|x| active[first + x]) {
                        let (above, below) = terms(first + x);
                        let sum = &mut sums[row + x / BLOCK];
                        sum[0] += above;
                        sum[1] += below;
                    }
                }
            }
            sums
        });
        let part = |index: usize| slices.iter().flatten().map(|sum| sum[index]).collect::<Vec<f32>>();
        let sigma = spacing_mm.map(|size| width_mm / (size * BLOCK as f64));
        let numerator = smooth(&part(0), coarse, sigma);
        let denominator = smooth(&part(1), coarse, sigma);
        Blocks { shape, coarse, numerator, denominator }
    }

    /// A value for each active voxel of the image (1 for the others), from one for each block; beyond the blocks' centres
    /// it goes on as it ends.
    pub(super) fn spread(&self, active: &[bool], of_block: impl Fn(f32, f32) -> f32) -> Vec<f32> {
        let data =
            self.numerator.iter().zip(&self.denominator).map(|(above, below)| of_block(*above, *below)).collect();
        let field = Volume::new(self.coarse, data, Affine::IDENTITY);
        let [nx, ny, _] = self.shape;
        let mut out = vec![1.0; self.shape.iter().product()];
        fill_slices(&mut out, nx * ny, |z, slice| {
            for (offset, value) in slice.iter_mut().enumerate().filter(|(offset, _)| active[z * nx * ny + offset]) {
                let voxel = [offset % nx, offset / nx, z];
                let block = std::array::from_fn(|axis| {
                    let middle = (voxel[axis] as f32 - 0.5 * (BLOCK - 1) as f32) / BLOCK as f32;
                    middle.clamp(0.0, (self.coarse[axis] - 1) as f32)
                });
                *value = sample(&field, block).unwrap_or(0.0);
            }
        });
        out
    }
}
