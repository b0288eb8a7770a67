//! Convolution on the processor: forward, gradient of the input, gradient of the weights, in two or three dimensions.
//!
//! Arrays are contiguous `[n, c, d, h, w]`; weights `[out, in, kd, kh, kw]`. A slice has depth 1. All sums are taken in an
//! order that does not depend on the number of threads, so results repeat bit for bit on one machine.

use super::super::geometry::Geometry;
use super::simd::dispatch;
use super::sweep::{BLOCK, Correlate, Packed, SLACK, Sweep, Target};
use crate::threads;
use std::cell::RefCell;
use std::ops::Range;

/// All index triples below `shape`, the last running fastest.
fn positions(shape: [usize; 3]) -> impl Iterator<Item = [usize; 3]> + use<> {
    let [depth, height, width] = shape;
    (0..depth).flat_map(move |z| (0..height).flat_map(move |y| (0..width).map(move |x| [z, y, x])))
}

/// A zero-padded image, split into its `stride³` interleaved parts so that every tap reads neighbours.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Lattice {
    /// Voxels of one part along z, y, x.
    shape: [usize; 3],
    /// Numbers from one part to the next.
    plane: usize,
    /// Parts along z, y, x.
    parts: [usize; 3],
    channels: usize,
    /// Zeros before the first voxel.
    before: [usize; 3],
}

impl Lattice {
    fn new(channels: usize, padded: [usize; 3], parts: [usize; 3], before: [usize; 3]) -> Self {
        let shape: [usize; 3] = std::array::from_fn(|axis| padded[axis].div_ceil(parts[axis]));
        // Channels that lie a power of two apart would compete for the same cache lines.
        let lines = shape.iter().product::<usize>().div_ceil(16) | 1;
        Lattice { shape, plane: lines * 16, parts, channels, before }
    }

    fn count(&self) -> usize {
        self.parts.iter().product()
    }

    /// Numbers of one image, with the slack that vectors may read.
    fn length(&self) -> usize {
        self.channels * self.count() * self.plane + SLACK
    }

    /// Index of a place relative to the first voxel of its channel.
    fn offset(&self, place: [usize; 3]) -> usize {
        let [_, height, width] = self.shape;
        let part: [usize; 3] = std::array::from_fn(|axis| place[axis] % self.parts[axis]);
        let cell: [usize; 3] = std::array::from_fn(|axis| place[axis] / self.parts[axis]);
        let part = (part[0] * self.parts[1] + part[1]) * self.parts[2] + part[2];
        part * self.plane + (cell[0] * height + cell[1]) * width + cell[2]
    }

    fn row(&self) -> usize {
        self.shape[2]
    }

    fn slab(&self) -> usize {
        self.shape[1] * self.shape[2]
    }

    /// Copies images `[n, c, d, h, w]` into fresh lattices, `n` of them.
    fn spread(&self, values: &[f32], shape: [usize; 3]) -> Vec<f32> {
        let lattice = self.count() * self.plane;
        let channels = values.chunks_exact(shape.iter().product()).enumerate();
        let ends = |index: usize| if (index + 1).is_multiple_of(self.channels) { SLACK } else { 0 };
        let work = channels.map(|(index, values)| (lattice + ends(index), values)).collect();
        threads::filled(work, |values, lattice| self.spread_channel(values, shape, lattice))
    }

    /// Copies one image `[c, d, h, w]` into a lattice of zeros.
    fn spread_image(&self, values: &[f32], shape: [usize; 3], lattice: &mut [f32]) {
        let channels = values.chunks_exact(shape.iter().product());
        for (values, lattice) in channels.zip(lattice.chunks_mut(self.count() * self.plane)) {
            self.spread_channel(values, shape, lattice);
        }
    }

    fn spread_channel(&self, values: &[f32], shape: [usize; 3], lattice: &mut [f32]) {
        let [depth, height, width] = shape;
        let [_, _, parts_x] = self.parts;
        for z in 0..depth {
            for y in 0..height {
                let from = &values[(z * height + y) * width..][..width];
                let start = |x: usize| self.offset([z + self.before[0], y + self.before[1], x + self.before[2]]);
                if parts_x == 1 {
                    lattice[start(0)..][..width].copy_from_slice(from);
                    continue;
                }
                for first in 0..parts_x.min(width) {
                    let to = &mut lattice[start(first)..];
                    for (cell, &value) in from[first..].iter().step_by(parts_x).enumerate() {
                        to[cell] = value;
                    }
                }
            }
        }
    }
}

impl Geometry {
    /// Places of the kernel, z slowest.
    fn kernel_places(&self) -> impl Iterator<Item = [usize; 3]> + use<> {
        positions(self.kernel)
    }

    /// The padded input as the forward pass and the gradient of the weights read it.
    fn input_lattice(&self) -> Lattice {
        let padded = std::array::from_fn(|axis| self.input[axis] + 2 * self.padding[axis]);
        Lattice::new(self.channels_in, padded, self.stride, self.padding)
    }

    /// The kernel's places in the order in which they lie in the lattice, each with its offset: read so, the lattice comes
    /// through the caches forwards, which is up to twice as fast.
    fn ordered_places(&self, lattice: &Lattice) -> Vec<(usize, usize)> {
        let mut places: Vec<(usize, usize)> =
            self.kernel_places().enumerate().map(|(index, place)| (index, lattice.offset(place))).collect();
        places.sort_by_key(|&(_, offset)| offset);
        places
    }

    /// Offset of every tap, input channel slowest.
    fn offsets(&self, lattice: &Lattice, places: &[(usize, usize)]) -> Vec<usize> {
        let channel = lattice.count() * lattice.plane;
        let of_channel = |index: usize| places.iter().map(move |&(_, offset)| index * channel + offset);
        (0..self.channels_in).flat_map(of_channel).collect()
    }

    /// Convolution (cross-correlation, as networks mean it) of `[n, in, d, h, w]`: `[n, out, d', h', w']`.
    pub fn forward(&self, input: &[f32], weights: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let lattice = self.input_lattice();
        let places = self.ordered_places(&lattice);
        let offsets = self.offsets(&lattice, &places);
        let packed = Packed::new(self.channels_out, [self.channels_in, places.len()], |channel, [input, tap]| {
            weights[(channel * self.channels_in + input) * places.len() + places[tap].0]
        });
        let [depth, height, width] = self.output();
        let target = Target { count: [depth, height, width], start: 0, step: [height * width, width, 1] };
        let part = Part { start: 0, offsets, packed, target };
        sweep_all(
            &lattice,
            Images { values: input, shape: self.input },
            [self.channels_out, depth * height * width],
            &[part],
            bias,
        )
    }

    /// Gradient of the input from that of the output: the transposed convolution. A `bias` of the input channels is added
    /// where it is used as a layer of its own.
    pub fn backward_input(&self, gradients: &[f32], weights: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let output = self.output();
        // A voxel of part r is reached by the kernel's places r, r + stride, ...: `reach` steps of the output apart.
        let reach: [usize; 3] = std::array::from_fn(|axis| (self.kernel[axis] - 1) / self.stride[axis]);
        // First voxel of a part inside the image, in steps of the output; and the least of all parts'.
        let first = |part: [usize; 3]| -> [usize; 3] {
            std::array::from_fn(|axis| self.padding[axis].saturating_sub(part[axis]).div_ceil(self.stride[axis]))
        };
        let least = first(self.stride.map(|stride| stride - 1));
        let before: [usize; 3] = std::array::from_fn(|axis| reach[axis].saturating_sub(least[axis]));
        let padded = std::array::from_fn(|axis| {
            (self.input[axis] + self.padding[axis]).div_ceil(self.stride[axis]).max(output[axis]) + before[axis]
        });
        let lattice = Lattice::new(self.channels_out, padded, [1; 3], before);
        let places = self.taps();
        let [_, height, width] = self.input;
        let strides = [height * width, width, 1];
        let parts: Vec<Part> = positions(self.stride)
            .filter_map(|part| {
                let first = first(part);
                let at: [usize; 3] =
                    std::array::from_fn(|axis| first[axis] * self.stride[axis] + part[axis] - self.padding[axis]);
                let count: [usize; 3] =
                    std::array::from_fn(|axis| self.input[axis].saturating_sub(at[axis]).div_ceil(self.stride[axis]));
                if count.contains(&0) {
                    return None;
                }
                // Backwards, so that the loops read the lattice forwards.
                let mut reached: Vec<[usize; 3]> = self
                    .kernel_places()
                    .filter(|place| (0..3).all(|axis| place[axis] % self.stride[axis] == part[axis]))
                    .collect();
                reached.reverse();
                let offsets = (0..self.channels_out)
                    .flat_map(|channel| reached.iter().map(move |place| (channel, place)))
                    .map(|(channel, place)| {
                        let back =
                            std::array::from_fn(|axis| before[axis] + least[axis] - place[axis] / self.stride[axis]);
                        channel * lattice.plane + lattice.offset(back)
                    })
                    .collect();
                let packed =
                    Packed::new(self.channels_in, [self.channels_out, reached.len()], |channel, [from, tap]| {
                        let [z, y, x] = reached[tap];
                        let place = (z * self.kernel[1] + y) * self.kernel[2] + x;
                        weights[(from * self.channels_in + channel) * places + place]
                    });
                Some(Part {
                    start: lattice.offset(std::array::from_fn(|axis| first[axis] - least[axis])),
                    offsets,
                    packed,
                    target: Target {
                        count,
                        start: (0..3).map(|axis| at[axis] * strides[axis]).sum(),
                        step: std::array::from_fn(|axis| strides[axis] * self.stride[axis]),
                    },
                })
            })
            .collect();
        let voxels = self.input.iter().product();
        sweep_all(&lattice, Images { values: gradients, shape: output }, [self.channels_in, voxels], &parts, bias)
    }

    /// Gradient of the weights from the input and the gradient of the output.
    pub fn backward_weights(&self, input: &[f32], gradients: &[f32]) -> Vec<f32> {
        let lattice = self.input_lattice();
        let output = self.output();
        // The gradients in the rows of one part of the input, zero beyond their ends.
        let laid = Lattice { parts: [1; 3], channels: self.channels_out, before: [0; 3], ..lattice };
        let length = laid.offset([output[0] - 1, output[1] - 1, output[2] - 1]) + 1;
        let ordered = self.ordered_places(&lattice);
        let offsets = self.offsets(&lattice, &ordered);
        let (taps, places) = (offsets.len(), ordered.len());
        // One register block of output channels, some taps.
        let correlate = |image: &[f32], gradients: &[f32], block: usize, taps: Range<usize>, sums: &mut [f32]| {
            let first = block * BLOCK;
            let channels = BLOCK.min(self.channels_out - first);
            dispatch(Correlate {
                gradients: &gradients[first * laid.plane..],
                gradient_plane: laid.plane,
                lattice: image,
                offsets: &offsets[taps],
                length,
                channels,
                sums,
            });
        };
        let blocks = self.channels_out.div_ceil(BLOCK);
        let found: Vec<Vec<f32>> = if self.images >= threads::count() {
            // Each image by itself.
            let image = self.channels_in * self.input.iter().product::<usize>();
            let gradient = self.channels_out * output.iter().product::<usize>();
            threads::map(self.images, |index| {
                let seen = Images { values: &input[index * image..][..image], shape: self.input };
                let back = Images { values: &gradients[index * gradient..][..gradient], shape: output };
                with_spread([(lattice, seen), (laid, back)], |[seen, back]| {
                    let mut sums = vec![0.0f32; self.channels_out * taps];
                    for (block, sums) in sums.chunks_mut(BLOCK * taps).enumerate() {
                        correlate(seen, back, block, 0..taps, sums);
                    }
                    sums
                })
            })
        } else {
            // Few images: blocks of output channels and ranges of input channels are shared out.
            let (seen, back) = (lattice.spread(input, self.input), laid.spread(gradients, output));
            let group = self.channels_in.div_ceil(8usize.div_ceil(blocks).min(self.channels_in));
            let work: Vec<(usize, Range<usize>)> = (0..blocks)
                .flat_map(|block| (0..self.channels_in).step_by(group).map(move |first| (block, first)))
                .map(|(block, first)| (block, first * places..(first + group).min(self.channels_in) * places))
                .collect();
            let all = threads::map(work.len(), |index| {
                let (block, range) = &work[index];
                let channels = BLOCK.min(self.channels_out - block * BLOCK);
                let mut sums = vec![0.0f32; channels * range.len()];
                for (seen, back) in seen.chunks_exact(lattice.length()).zip(back.chunks_exact(laid.length())) {
                    correlate(seen, back, *block, range.clone(), &mut sums);
                }
                sums
            });
            let mut sums = vec![0.0f32; self.channels_out * taps];
            for ((block, range), found) in work.iter().zip(all) {
                for (channel, values) in found.chunks_exact(range.len()).enumerate() {
                    sums[(block * BLOCK + channel) * taps..][range.clone()].copy_from_slice(values);
                }
            }
            vec![sums]
        };
        // Added in the order of the images; from the lattice's order of places to the kernel's.
        let channels = (0..self.channels_out).map(|channel| (taps, channel * taps)).collect();
        threads::filled(channels, |first, result| {
            for sums in &found {
                let sums = sums[first..first + taps].chunks_exact(places);
                for (result, sums) in result.chunks_exact_mut(places).zip(sums) {
                    for (&(place, _), &sum) in ordered.iter().zip(sums) {
                        result[place] += sum;
                    }
                }
            }
        })
    }
}

/// One sweep over every image: all of the output, or one interleaved part of it.
struct Part {
    start: usize,
    offsets: Vec<usize>,
    packed: Packed,
    target: Target,
}

/// Images `[n, c, d, h, w]`.
#[derive(Clone, Copy)]
struct Images<'a> {
    values: &'a [f32],
    shape: [usize; 3],
}

/// All parts of the output `[n, channels, voxels]`; images and, where there are few, output channels are shared among threads.
fn sweep_all(
    lattice: &Lattice,
    source: Images,
    [channels, voxels]: [usize; 2],
    parts: &[Part],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    let image = lattice.channels * source.shape.iter().product::<usize>();
    let images = source.values.len() / image;
    let blocks = channels.div_ceil(BLOCK);
    let sweep = |lattice_values: &[f32], blocks: Range<usize>, output: &mut [f32]| {
        for part in parts {
            dispatch(Sweep {
                lattice: lattice_values,
                start: part.start,
                row: lattice.row(),
                slab: lattice.slab(),
                offsets: &part.offsets,
                weights: &part.packed,
                blocks: blocks.clone(),
                bias,
                target: part.target,
                channel: voxels,
                output,
            });
        }
    };
    if images >= threads::count() {
        let work = source.values.chunks_exact(image).map(|image| (channels * voxels, image)).collect();
        threads::filled(work, |values, output| {
            with_spread([(*lattice, Images { values, ..source })], |[image]| sweep(image, 0..blocks, output));
        })
    } else {
        let values = lattice.spread(source.values, source.shape);
        let share = blocks.div_ceil((2 * threads::count()).div_ceil(images).min(blocks));
        let pieces = values.chunks_exact(lattice.length()).flat_map(|image| {
            (0..blocks).step_by(share).map(move |first| {
                let blocks = first..(first + share).min(blocks);
                let length = (blocks.end * BLOCK).min(channels) - first * BLOCK;
                (length * voxels, (image, blocks))
            })
        });
        threads::filled(pieces.collect(), |(image, blocks), output| sweep(image, blocks, output))
    }
}

/// Memory that stays in this thread's cache from one image to the next.
#[derive(Default)]
struct Scratch {
    values: Vec<f32>,
    /// What lies in it, by the shapes of the images: between and around their voxels there are zeros.
    layout: Vec<(Lattice, [usize; 3])>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Lends single images, each copied into its lattice.
fn with_spread<const N: usize, R>(images: [(Lattice, Images); N], act: impl FnOnce([&[f32]; N]) -> R) -> R {
    SCRATCH.with_borrow_mut(|Scratch { values, layout }| {
        let wanted = images.map(|(lattice, image)| (lattice, image.shape));
        // The images of a layer all have the same: its zeros are written once.
        if layout[..] != wanted {
            values.clear();
            values.resize(wanted.iter().map(|(lattice, _)| lattice.length()).sum(), 0.0);
            *layout = wanted.to_vec();
        }
        let mut rest = &mut values[..];
        act(images.map(|(lattice, image)| {
            let (own, after) = std::mem::take(&mut rest).split_at_mut(lattice.length());
            rest = after;
            lattice.spread_image(image.values, image.shape, own);
            &*own
        }))
    })
}
