//! The inner loops of the convolution: sums of shifted images, register block by register block.
//!
//! A zero-padded image is one long row of numbers. A convolution adds shifted copies of it, so the kernel needs no
//! notion of two or three dimensions: a tap is an offset into that row. The few sums at the end of each image row,
//! which belong to no voxel, are computed and thrown away; in return every load is a full vector.

use crate::threads;
use pulp::{Simd, WithSimd};

/// Most vectors of a tile for each output channel.
const WIDEST: usize = 3;
/// The same where all [`BLOCK`] channels are there: sums, voxels and a weight fill the vector registers. A browser on x86 has 15
/// for them: with three vectors it spills, and takes 1.7 times as long.
const WIDEST_OF_BLOCK: usize = if cfg!(target_arch = "wasm32") { 2 } else { WIDEST };
/// Most lanes of a vector on any processor (AVX-512).
const MOST_LANES: usize = 16;
/// Numbers that may be read beyond the last voxel of a lattice.
pub const SLACK: usize = WIDEST * MOST_LANES;
/// Output channels of a register block.
pub const BLOCK: usize = 4;

/// Weights ordered for the loops: for each block of output channels, for each tap, the block's weights.
pub struct Packed {
    values: Vec<f32>,
    channels: usize,
    taps: usize,
}

impl Packed {
    /// `weight(channel, tap)` of every output channel and tap; a tap is an input channel (slower) and a place in the kernel.
    pub fn new(channels: usize, taps: [usize; 2], weight: impl Fn(usize, [usize; 2]) -> f32 + Sync + Send) -> Self {
        let [inputs, places] = taps;
        let taps = inputs * places;
        let work = (0..channels).step_by(BLOCK).map(|first| (BLOCK.min(channels - first) * taps, first)).collect();
        let values = threads::filled(work, |first, values| {
            let block = values.len() / taps;
            let mut values = values.chunks_exact_mut(block);
            for input in 0..inputs {
                for (place, values) in (0..places).zip(&mut values) {
                    for (channel, value) in values.iter_mut().enumerate() {
                        *value = weight(first + channel, [input, place]);
                    }
                }
            }
        });
        Packed { values, channels, taps }
    }
}

/// Where the results of a sweep go within one output channel, and how many there are along z, y, x.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub count: [usize; 3],
    /// Index of the first result.
    pub start: usize,
    /// Distance of neighbours along z, y, x.
    pub step: [usize; 3],
}

/// `output[channel][voxel] = bias[channel] + Σ_tap weight[channel][tap] · lattice[voxel + offset[tap]]` for one image.
pub struct Sweep<'a> {
    /// Padded image, at least [`SLACK`] numbers longer than the last voxel read.
    pub lattice: &'a [f32],
    /// Lattice index of the first voxel; rows and slabs follow at these distances.
    pub start: usize,
    pub row: usize,
    pub slab: usize,
    pub offsets: &'a [usize],
    pub weights: &'a Packed,
    /// Blocks of output channels to do.
    pub blocks: std::ops::Range<usize>,
    pub bias: Option<&'a [f32]>,
    pub target: Target,
    /// Numbers of one output channel.
    pub channel: usize,
    /// The output channels of `blocks`.
    pub output: &'a mut [f32],
}

impl WithSimd for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = size_of::<S::f32s>() / size_of::<f32>();
        let [depth, height, width] = self.target.count;
        // From the first to the last voxel of a slab, with the waste at the ends of rows.
        let length = (height - 1) * self.row + width;
        let furthest = self.offsets.iter().copied().max().unwrap_or(0);
        let widest = if self.weights.channels < BLOCK { WIDEST } else { WIDEST_OF_BLOCK };
        for z in 0..depth {
            let mut at = 0;
            while at < length {
                let left = (length - at).div_ceil(lanes);
                // Two and two rather than three and one.
                let vectors = if left == 4 { 2 } else { left.min(widest) };
                for block in self.blocks.clone() {
                    let channels = BLOCK.min(self.weights.channels - block * BLOCK);
                    match (channels, vectors) {
                        (4, 3) => self.tile::<S, 4, 3>(simd, furthest, z, at, block),
                        (4, 2) => self.tile::<S, 4, 2>(simd, furthest, z, at, block),
                        (4, _) => self.tile::<S, 4, 1>(simd, furthest, z, at, block),
                        (3, 3) => self.tile::<S, 3, 3>(simd, furthest, z, at, block),
                        (3, 2) => self.tile::<S, 3, 2>(simd, furthest, z, at, block),
                        (3, _) => self.tile::<S, 3, 1>(simd, furthest, z, at, block),
                        (2, 3) => self.tile::<S, 2, 3>(simd, furthest, z, at, block),
                        (2, 2) => self.tile::<S, 2, 2>(simd, furthest, z, at, block),
                        (2, _) => self.tile::<S, 2, 1>(simd, furthest, z, at, block),
                        (_, 3) => self.tile::<S, 1, 3>(simd, furthest, z, at, block),
                        (_, 2) => self.tile::<S, 1, 2>(simd, furthest, z, at, block),
                        _ => self.tile::<S, 1, 1>(simd, furthest, z, at, block),
                    }
                }
                at += vectors * lanes;
            }
        }
    }
}

impl Sweep<'_> {
    /// `CHANNELS` output channels of `VECTORS` vectors of voxels, from voxel `at` of slab `z` on.
    #[inline(always)]
    fn tile<S: Simd, const CHANNELS: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        furthest: usize,
        z: usize,
        at: usize,
        block: usize,
    ) {
        let lanes = size_of::<S::f32s>() / size_of::<f32>();
        let taps = self.weights.taps;
        let first = block * BLOCK;
        let weights = &self.weights.values[first * taps..(first + CHANNELS) * taps];
        let image = &self.lattice[self.start + z * self.slab + at..];
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; CHANNELS];
        let reach = image.len().checked_sub(VECTORS * lanes);
        assert!(reach.is_some_and(|reach| furthest <= reach), "a tap reaches beyond the lattice");
        for (&offset, weights) in self.offsets.iter().zip(weights.chunks_exact(CHANNELS)) {
            // SAFETY: no offset exceeds `furthest`, and from there VECTORS · lanes numbers follow.
            let voxels = unsafe { image.get_unchecked(offset..offset + VECTORS * lanes) };
            let (voxels, _) = S::as_simd_f32s(voxels);
            for channel in 0..CHANNELS {
                let weight = simd.splat_f32s(weights[channel]);
                for vector in 0..VECTORS {
                    sums[channel][vector] = simd.mul_add_e_f32s(weight, voxels[vector], sums[channel][vector]);
                }
            }
        }
        let [_, height, width] = self.target.count;
        let [step_z, step_y, step_x] = self.target.step;
        let (y, x) = (at / self.row, at % self.row);
        let length = VECTORS * lanes;
        let is_within_row = step_x == 1 && y < height && x + length <= width;
        let from = self.target.start + z * step_z + y * step_y + x * step_x;
        let mut values = [0.0f32; WIDEST * MOST_LANES];
        for (channel, sums) in sums.iter().enumerate() {
            let bias = simd.splat_f32s(self.bias.map_or(0.0, |bias| bias[first + channel]));
            let start = (first - self.blocks.start * BLOCK + channel) * self.channel;
            let to = if is_within_row { &mut self.output[start + from..][..length] } else { &mut values[..length] };
            let (to, _) = S::as_mut_simd_f32s(to);
            for vector in 0..VECTORS {
                to[vector] = simd.add_f32s(sums[vector], bias);
            }
            if !is_within_row {
                self.store(&values[..length], z, at, start);
            }
        }
    }

    /// Writes the voxels of a tile, row by row, without those beyond the rows' ends.
    #[inline(always)]
    fn store(&mut self, values: &[f32], z: usize, at: usize, channel: usize) {
        let [_, height, width] = self.target.count;
        let [step_z, step_y, step_x] = self.target.step;
        let (mut y, mut x) = (at / self.row, at % self.row);
        let mut values = values;
        while y < height && !values.is_empty() {
            let here = values.len().min(self.row - x);
            if x < width {
                let kept = here.min(width - x);
                let start = channel + self.target.start + z * step_z + y * step_y + x * step_x;
                if step_x == 1 {
                    self.output[start..start + kept].copy_from_slice(&values[..kept]);
                } else {
                    for (index, &value) in values[..kept].iter().enumerate() {
                        self.output[start + index * step_x] = value;
                    }
                }
            }
            values = &values[here..];
            (y, x) = (y + 1, 0);
        }
    }
}

/// `sums[channel][tap] += Σ_voxel gradient[channel][voxel] · lattice[voxel + offset[tap]]` for one image and one block of
/// output channels: the gradient of the weights.
pub struct Correlate<'a> {
    /// Gradients of the block's channels, laid out as the lattice, zero where there is no voxel.
    pub gradients: &'a [f32],
    /// Numbers from one channel of gradients to the next.
    pub gradient_plane: usize,
    pub lattice: &'a [f32],
    pub offsets: &'a [usize],
    /// Voxels to go through.
    pub length: usize,
    pub channels: usize,
    /// `[channels][taps]`.
    pub sums: &'a mut [f32],
}

/// Voxels that are worked on together, so that they stay in the first cache.
const CHUNK: usize = 1024;

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let taps = self.offsets.len();
        // One vector a sum: its lanes are added at the end only.
        let mut sums = vec![simd.splat_f32s(0.0); self.channels * taps];
        for start in (0..self.length).step_by(CHUNK) {
            let length = CHUNK.min(self.length - start);
            let mut tap = 0;
            while tap < taps {
                let together = (taps - tap).min(3);
                let sums = &mut sums[tap * self.channels..];
                match (self.channels, together) {
                    (4, 3) => self.block::<S, 4, 3>(simd, start, length, tap, sums),
                    (4, 2) => self.block::<S, 4, 2>(simd, start, length, tap, sums),
                    (4, _) => self.block::<S, 4, 1>(simd, start, length, tap, sums),
                    (3, 3) => self.block::<S, 3, 3>(simd, start, length, tap, sums),
                    (3, 2) => self.block::<S, 3, 2>(simd, start, length, tap, sums),
                    (3, _) => self.block::<S, 3, 1>(simd, start, length, tap, sums),
                    (2, 3) => self.block::<S, 2, 3>(simd, start, length, tap, sums),
                    (2, 2) => self.block::<S, 2, 2>(simd, start, length, tap, sums),
                    (2, _) => self.block::<S, 2, 1>(simd, start, length, tap, sums),
                    (_, 3) => self.block::<S, 1, 3>(simd, start, length, tap, sums),
                    (_, 2) => self.block::<S, 1, 2>(simd, start, length, tap, sums),
                    _ => self.block::<S, 1, 1>(simd, start, length, tap, sums),
                }
                tap += together;
            }
        }
        for (tap, sums) in sums.chunks_exact(self.channels).enumerate() {
            for (channel, &sum) in sums.iter().enumerate() {
                self.sums[channel * taps + tap] += simd.reduce_sum_f32s(sum);
            }
        }
    }
}

impl Correlate<'_> {
    /// `CHANNELS` output channels and `TAPS` taps over some voxels; `totals` is `[TAPS][CHANNELS]`.
    #[inline(always)]
    fn block<S: Simd, const CHANNELS: usize, const TAPS: usize>(
        &self,
        simd: S,
        start: usize,
        length: usize,
        tap: usize,
        totals: &mut [S::f32s],
    ) {
        let lanes = size_of::<S::f32s>() / size_of::<f32>();
        // The last vector may reach beyond the voxels: the gradients there are zero.
        let vectors = length.div_ceil(lanes);
        let gradients: [&[S::f32s]; CHANNELS] = std::array::from_fn(|channel| {
            let from = channel * self.gradient_plane + start;
            &S::as_simd_f32s(&self.gradients[from..from + vectors * lanes]).0[..vectors]
        });
        let images: [&[S::f32s]; TAPS] = std::array::from_fn(|index| {
            let from = start + self.offsets[tap + index];
            &S::as_simd_f32s(&self.lattice[from..from + vectors * lanes]).0[..vectors]
        });
        let mut sums = [[simd.splat_f32s(0.0); CHANNELS]; TAPS];
        for vector in 0..vectors {
            // SAFETY: all these slices hold `vectors` vectors. Taps are held, gradients pass by: that fits 16 registers.
            let voxels: [S::f32s; TAPS] = std::array::from_fn(|index| unsafe { *images[index].get_unchecked(vector) });
            for channel in 0..CHANNELS {
                // SAFETY: as above.
                let gradient = unsafe { *gradients[channel].get_unchecked(vector) };
                for index in 0..TAPS {
                    sums[index][channel] = simd.mul_add_e_f32s(gradient, voxels[index], sums[index][channel]);
                }
            }
        }
        for (index, sums) in sums.iter().enumerate() {
            for (channel, &sum) in sums.iter().enumerate() {
                let total = &mut totals[index * CHANNELS + channel];
                *total = simd.add_f32s(*total, sum);
            }
        }
    }
}
