//! Convolution on a graphics card, forwards and for the gradient of the image.
//!
//! Both gather: each number of the result is a sum over the kernel's taps and the channels that are read. A unit makes a few
//! neighbours along x and a few channels at once, so that what it reads serves several of them; where that leaves too few units,
//! several share a sum and add their parts. Sums are in single precision.

use super::{Space, place_at};
use cubecl::prelude::*;

/// How a gathering is laid out among units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    /// Neighbours along x that a unit makes.
    pub pixels: usize,
    /// Units that share a sum: so many take turns in channels, and in rows of the kernel.
    pub among_channels: usize,
    pub among_rows: usize,
    /// Width of the kernel.
    pub kernel_x: usize,
    /// From one place of the result to the next in what is read.
    pub stride: usize,
    /// Whether what is read is doubled by repetition first, along x and y, and along z too.
    pub doubled: bool,
    pub doubled_z: bool,
    /// Whether there is but one channel in the result: then vectors run along what is read.
    pub single: bool,
    pub with_bias: bool,
}

/// Units of a group.
pub const UNITS: usize = 256;

/// Convolves `source` `[n, d, h, w, in]` with `weights` `[tap, in, out]` into `output` `[n, d', h', w', out]`: place `p` of the result
/// reads place `p · stride + tap − padding`.
#[cube(launch_unchecked)]
pub fn gather<E: Float, In: Size, Out: Size, W: Size>(
    source: &[Vector<E, In>],
    weights: &[Vector<f32, W>],
    bias: &[f32],
    output: &mut [Vector<E, Out>],
    read: Space,
    made: Space,
    kernel: Space,
    stride: Space,
    padding: Space,
    channels_in: u32,
    channels_out: u32,
    #[comptime] plan: Plan,
    #[define(E)] _dtype: ElemType,
) {
    let pixels = comptime!(plan.pixels);
    let among = comptime!(plan.among_channels * plan.among_rows);
    let outputs = comptime!((UNITS / among) as u32);
    let wide = source.vector_size() as u32;
    let vectors_in = channels_in / wide;
    let vectors_out = channels_out / output.vector_size() as u32;

    let unit = UNIT_POS;
    let part = unit / outputs;
    let part_channel = part % comptime!(plan.among_channels as u32);
    let part_row = part / comptime!(plan.among_channels as u32);
    let position = CUBE_POS as u32 * outputs + unit % outputs;
    let groups = (made.x + comptime!(pixels as u32 - 1)) / comptime!(pixels as u32);
    let last = made.count * made.z * made.y * groups * vectors_out;
    let inside = position < last;
    let channel = position % vectors_out;
    let rest = position / vectors_out;
    let at = place_at(rest, made.z, made.y, groups);
    let x = at.x * comptime!(pixels as u32);
    let y = at.y;
    let z = at.z;
    let image = at.count;

    let mut sums = Array::<Vector<f32, W>>::new(pixels);
    #[unroll]
    for pixel in 0..pixels {
        sums[pixel] = Vector::new(0.0f32);
    }

    let reach = comptime!((pixels - 1) * plan.stride + plan.kernel_x);
    let rows = kernel.z * kernel.y;
    if inside {
        for row in range_stepped(part_row, rows, comptime!(plan.among_rows as u32)) {
            let (from_z, there_z) = source_place(z, row / kernel.y, stride.z, padding.z, read.z, plan.doubled_z);
            let (from_y, there_y) = source_place(y, row % kernel.y, stride.y, padding.y, read.y, plan.doubled);
            if there_z && there_y {
                let line = ((image * read.z + from_z) * read.y + from_y) * read.x;
                for vector in range_stepped(part_channel, vectors_in, comptime!(plan.among_channels as u32)) {
                    let mut values = Array::<Vector<f32, In>>::new(reach);
                    #[unroll]
                    for step in 0..reach {
                        let (from_x, there_x) =
                            source_place(x * stride.x, step as u32, 1u32, padding.x, read.x, plan.doubled);
                        let at = (line + select(there_x, from_x, 0u32)) * vectors_in + vector;
                        let value = Vector::<f32, In>::cast_from(source[at as usize]);
                        values[step] = value * Vector::new(select(there_x, 1.0f32, 0.0f32));
                    }
                    #[unroll]
                    for kx in 0..comptime!(plan.kernel_x) {
                        let tap = row * comptime!(plan.kernel_x as u32) + kx as u32;
                        if comptime!(plan.single) {
                            let weight = weights[(tap * vectors_in + vector) as usize];
                            #[unroll]
                            for pixel in 0..pixels {
                                let value = values[comptime!(pixel * plan.stride + kx)];
                                sums[pixel] += weight * Vector::<f32, W>::cast_from(value);
                            }
                        } else {
                            let first = (tap * channels_in + vector * wide) * vectors_out + channel;
                            #[unroll]
                            for lane in 0..In::value() {
                                let weight = weights[(first + comptime!(lane as u32) * vectors_out) as usize];
                                #[unroll]
                                for pixel in 0..pixels {
                                    let value = values[comptime!(pixel * plan.stride + kx)];
                                    sums[pixel] += weight * Vector::new(value.extract(lane));
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    if comptime!(among > 1) {
        let mut parts = Shared::<[Vector<f32, W>]>::new_slice(comptime!(UNITS * pixels));
        #[unroll]
        for pixel in 0..pixels {
            parts[unit as usize + comptime!(pixel * UNITS)] = sums[pixel];
        }
        sync_cube();
        if part == 0u32 {
            for other in 1..comptime!(among as u32) {
                #[unroll]
                for pixel in 0..pixels {
                    sums[pixel] += parts[(unit + other * outputs) as usize + comptime!(pixel * UNITS)];
                }
            }
        }
    }

    if inside && part == 0u32 {
        let line = ((image * made.z + z) * made.y + y) * made.x;
        #[unroll]
        for pixel in 0..pixels {
            let place = x + comptime!(pixel as u32);
            if place < made.x {
                let mut result = channels_of::<W, Out>(sums[pixel], plan.single);
                if comptime!(plan.with_bias) {
                    #[unroll]
                    for lane in 0..Out::value() {
                        let at = channel * Out::value() as u32 + comptime!(lane as u32);
                        result.insert(lane, result.extract(lane) + bias[at as usize]);
                    }
                }
                output[((line + place) * vectors_out + channel) as usize] = Vector::cast_from(result);
            }
        }
    }
}

/// The channels that were summed; a `single` one from the parts that the lanes of its vector hold.
#[cube]
fn channels_of<W: Size, Out: Size>(sum: Vector<f32, W>, #[comptime] single: bool) -> Vector<f32, Out> {
    if comptime!(single) {
        let mut all = 0.0f32;
        #[unroll]
        for lane in 0..W::value() {
            all += sum.extract(lane);
        }
        Vector::new(all)
    } else {
        Vector::cast_from(sum)
    }
}

/// What a place of the result reads along one axis for one tap, and whether that lies inside. Below zero it wraps to more than any
/// length. For x, where a unit looks at several places, `place` counts in what is read, and `stride` is 1.
#[cube]
fn source_place(
    place: u32,
    tap: u32,
    stride: u32,
    padding: u32,
    length: u32,
    #[comptime] doubled: bool,
) -> (u32, bool) {
    let from = place * stride + tap - padding;
    if comptime!(doubled) { (from / 2, from < 2 * length) } else { (from, from < length) }
}

/// The gradient of the image of a convolution with a stride: place `p` reads `(p + padding − tap) / stride`, where that is whole.
///
/// A unit makes `pixels` places that lie a stride apart, as they are reached by the same taps.
#[cube(launch_unchecked)]
pub fn gather_back<E: Float, In: Size, Out: Size>(
    source: &[Vector<E, In>],
    weights: &[Vector<f32, Out>],
    output: &mut [Vector<E, Out>],
    read: Space,
    made: Space,
    kernel: Space,
    padding: Space,
    channels_in: u32,
    channels_out: u32,
    #[comptime] stride: u32,
    #[comptime] stride_z: u32,
    #[comptime] pixels: usize,
    #[define(E)] _dtype: ElemType,
) {
    let wide = source.vector_size() as u32;
    let vectors_in = channels_in / wide;
    let vectors_out = channels_out / output.vector_size() as u32;

    let span = comptime!(stride * pixels as u32);
    let groups = (made.x + comptime!(span - 1)) / span * stride;
    let position = ABSOLUTE_POS as u32;
    if position >= made.count * made.z * made.y * groups * vectors_out {
        terminate!();
    }
    let channel = position % vectors_out;
    let rest = position / vectors_out;
    let at = place_at(rest, made.z, made.y, groups);
    let x = at.x / stride * span + at.x % stride;
    let y = at.y;
    let z = at.z;
    let image = at.count;

    let mut sums = Array::<Vector<f32, Out>>::new(pixels);
    #[unroll]
    for pixel in 0..pixels {
        sums[pixel] = Vector::new(0.0f32);
    }
    // Taps that reach a place lie a stride apart.
    for kz in range_stepped((z + padding.z) % stride_z, kernel.z, stride_z) {
        let (from_z, there_z) = place_back(z, kz, padding.z, read.z, stride_z);
        if there_z {
            for ky in range_stepped((y + padding.y) % stride, kernel.y, stride) {
                let (from_y, there_y) = place_back(y, ky, padding.y, read.y, stride);
                if there_y {
                    let line = ((image * read.z + from_z) * read.y + from_y) * read.x;
                    for kx in range_stepped((x + padding.x) % stride, kernel.x, stride) {
                        let mut from = Array::<u32>::new(pixels);
                        let mut there = Array::<f32>::new(pixels);
                        #[unroll]
                        for pixel in 0..pixels {
                            let place = x + comptime!(stride * pixel as u32);
                            let (from_x, there_x) = place_back(place, kx, padding.x, read.x, stride);
                            from[pixel] = (line + select(there_x, from_x, 0u32)) * vectors_in;
                            there[pixel] = select(there_x, 1.0f32, 0.0f32);
                        }
                        let tap = ((kz * kernel.y + ky) * kernel.x + kx) * channels_in;
                        for vector in 0..vectors_in {
                            let mut values = Array::<Vector<f32, In>>::new(pixels);
                            #[unroll]
                            for pixel in 0..pixels {
                                let value = source[(from[pixel] + vector) as usize];
                                values[pixel] = Vector::<f32, In>::cast_from(value) * Vector::new(there[pixel]);
                            }
                            let first = (tap + vector * wide) * vectors_out + channel;
                            #[unroll]
                            for lane in 0..In::value() {
                                let weight = weights[(first + comptime!(lane as u32) * vectors_out) as usize];
                                #[unroll]
                                for pixel in 0..pixels {
                                    sums[pixel] += weight * Vector::new(values[pixel].extract(lane));
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    let line = ((image * made.z + z) * made.y + y) * made.x;
    #[unroll]
    for pixel in 0..pixels {
        let place = x + comptime!(stride * pixel as u32);
        if place < made.x {
            output[((line + place) * vectors_out + channel) as usize] = Vector::cast_from(sums[pixel]);
        }
    }
}

/// As [`source_place()`], the other way.
#[cube]
fn place_back(place: u32, tap: u32, padding: u32, length: u32, #[comptime] stride: u32) -> (u32, bool) {
    let from = (place + padding - tap) / stride;
    (from, place + padding >= tap && from < length)
}

/// Weights `[out, in, tap]` as [`gather()`] reads them: `[tap, in, out]`, or `[tap, out, in]` for the way back, the taps in reverse
/// where asked for.
#[cube(launch_unchecked)]
pub fn arrange<E: Float>(
    weights: &[E],
    arranged: &mut [f32],
    channels_in: u32,
    channels_out: u32,
    taps: u32,
    #[comptime] back: bool,
    #[comptime] reverse: bool,
    #[define(E)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= arranged.len() {
        terminate!();
    }
    let position = ABSOLUTE_POS as u32;
    let inner = if comptime!(back) { channels_in } else { channels_out };
    let first = position % inner;
    let rest = position / inner;
    let pairs = channels_in * channels_out / inner;
    let second = rest % pairs;
    let tap = rest / pairs;
    let tap = if comptime!(reverse) { taps - 1 - tap } else { tap };
    let from = if comptime!(back) { second * channels_in + first } else { first * channels_in + second };
    arranged[ABSOLUTE_POS] = f32::cast_from(weights[(from * taps + tap) as usize]);
}

/// Sums the places of an image that came from one place of the image that was doubled.
#[cube(launch_unchecked)]
pub fn halve<E: Float, N: Size>(
    fine: &[Vector<E, N>],
    coarse: &mut [Vector<E, N>],
    made: Space,
    channels: u32,
    #[comptime] volume: bool,
    #[define(E)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= coarse.len() {
        terminate!();
    }
    let vectors = channels / coarse.vector_size() as u32;
    let position = ABSOLUTE_POS as u32;
    let channel = position % vectors;
    let rest = position / vectors;
    let at = place_at(rest, made.z, made.y, made.x);
    let deep = comptime!(if volume { 2u32 } else { 1u32 });
    let mut sum = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for dz in 0..deep {
        #[unroll]
        for dy in 0..2u32 {
            #[unroll]
            for dx in 0..2u32 {
                let plane = at.count * made.z * deep + at.z * deep + dz;
                let from = (plane * made.y * 2 + at.y * 2 + dy) * made.x * 2 + at.x * 2 + dx;
                sum += Vector::cast_from(fine[(from * vectors + channel) as usize]);
            }
        }
    }
    coarse[ABSOLUTE_POS] = Vector::cast_from(sum);
}
