//! The gradient of a convolution's weights on a graphics card.
//!
//! It is a product of two matrices: the output's gradient `[out, places]` and the image as each tap sees it
//! `[places, tap · in]`. Both sides of the result are short, and what is summed over, every place of every image, is long. So the
//! places are split among groups of units, each of which makes a tile of the result for its share, and the shares are added
//! afterwards. One more column sees 1 everywhere: it becomes the gradient of the bias.

use super::{Space, place_at};
use cubecl::prelude::*;

/// Units of a group.
pub const UNITS: usize = 256;

/// Rows and columns that a unit makes: what it reads is worth a vector each.
const QUAD: usize = 4;

/// Sizes of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    /// Rows (channels of the output) and columns (taps and channels of the image) that a group makes.
    pub rows: usize,
    pub columns: usize,
    /// Places that are read at once.
    pub places: usize,
    /// Whether four channels of the output, and of the image, are read at once.
    pub wide_rows: bool,
    pub wide_columns: bool,
}

impl Tile {
    /// For a convolution between so many channels. Each makes [`UNITS`] units busy, and fits 16 KiB of shared memory.
    pub fn of(channels_in: usize, channels_out: usize) -> Self {
        let (rows, columns, places) = match channels_out {
            0..=8 => (8, 512, 4),
            9..=16 => (16, 256, 8),
            17..=32 => (32, 128, 16),
            _ => (64, 64, 16),
        };
        let wide = |channels: usize| channels.is_multiple_of(QUAD);
        Tile { rows, columns, places, wide_rows: wide(channels_out), wide_columns: wide(channels_in) }
    }
}

/// Copies images into `[n, d, h, w, c]` with zeros around them; doubled by repetition on the way where that is asked for.
///
/// `strides` are those of the image as `[n, d, h, w, c]`.
#[cube(launch_unchecked)]
pub fn pad<E: Float>(
    image: &[E],
    padded: &mut [E],
    read: Space,
    made: Space,
    padding: Space,
    strides: Sequence<u32>,
    channels: u32,
    #[comptime] doubled: bool,
    #[comptime] volume: bool,
    #[define(E)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= padded.len() {
        terminate!();
    }
    let position = ABSOLUTE_POS as u32;
    let channel = position % channels;
    let at = place_at(position / channels, made.z, made.y, made.x);
    let by = comptime!(if doubled { 2u32 } else { 1u32 });
    let by_z = comptime!(if doubled && volume { 2u32 } else { 1u32 });
    // Below zero it wraps to more than any length.
    let x = at.x - padding.x;
    let y = at.y - padding.y;
    let z = at.z - padding.z;
    let mut value = E::from_int(0);
    if x < read.x * by && y < read.y * by && z < read.z * by_z {
        let from = at.count * *strides.index(0)
            + z / by_z * *strides.index(1)
            + y / by * *strides.index(2)
            + x / by * *strides.index(3)
            + channel * *strides.index(4);
        value = image[from as usize];
    }
    padded[ABSOLUTE_POS] = value;
}

/// The shares `[split, out, tap · in + 1]` of the gradient of the weights.
///
/// `image` is `[n, d, h, w, in]` with its padding (`read`), `gradient` `[n, d', h', w', out]` (`made`). Group x takes a tile of
/// columns, y one of rows, z a share of `share` places.
#[cube(launch_unchecked)]
pub fn shares<E: Float, In: Size, Out: Size>(
    image: &[Vector<E, In>],
    gradient: &[Vector<E, Out>],
    shares: &mut [f32],
    read: Space,
    made: Space,
    kernel: Space,
    stride: Space,
    channels_in: u32,
    channels_out: u32,
    share: u32,
    #[comptime] tile: Tile,
    #[define(E)] _dtype: ElemType,
) {
    let quads_down = comptime!((tile.rows / QUAD) as u32);
    let quads_across = comptime!((tile.columns / QUAD) as u32);
    let tile_places = comptime!(tile.places as u32);
    let units = comptime!(UNITS as u32);
    let mut rows = Shared::<[Vector<f32, Const<4>>]>::new_slice(comptime!(tile.places * tile.rows / QUAD));
    let mut columns = Shared::<[Vector<f32, Const<4>>]>::new_slice(comptime!(tile.places * tile.columns / QUAD));
    let mut starts = Shared::<[u32]>::new_slice(comptime!(tile.places));

    let unit = UNIT_POS;
    let down = unit / quads_across;
    let across = unit % quads_across;
    let first_row = CUBE_POS_Y * comptime!(tile.rows as u32);
    let first_column = CUBE_POS_X * comptime!(tile.columns as u32);

    let places = made.count * made.z * made.y * made.x;
    let seen = kernel.z * kernel.y * kernel.x * channels_in;
    let begin = CUBE_POS_Z * share;
    let end = clamp_max(begin + share, places);

    // The four columns that this unit reads: always the same ones.
    let mut away = Array::<u32>::new(QUAD);
    let mut ones = Vector::<f32, Const<4>>::new(0.0f32);
    let mut known = Vector::<f32, Const<4>>::new(0.0f32);
    #[unroll]
    for lane in 0..QUAD {
        let column = first_column + unit % quads_across * 4 + lane as u32;
        let sees = column < seen;
        let within = select(sees, column, 0u32);
        let channel = within % channels_in;
        let tap = within / channels_in;
        let kx = tap % kernel.x;
        let ky = tap / kernel.x % kernel.y;
        let kz = tap / (kernel.x * kernel.y);
        away[lane] = ((kz * read.y + ky) * read.x + kx) * channels_in + channel;
        known.insert(lane, select(sees, 1.0f32, 0.0f32));
        ones.insert(lane, select(column == seen, 1.0f32, 0.0f32));
    }

    let mut sums = Array::<Vector<f32, Const<4>>>::new(QUAD);
    #[unroll]
    for row in 0..QUAD {
        sums[row] = Vector::new(0.0f32);
    }

    for first in range_stepped(begin, end, tile_places) {
        if unit < tile_places {
            let place = clamp_max(first + unit, places - 1);
            let at = place_at(place, made.z, made.y, made.x);
            let plane = at.count * read.z + at.z * stride.z;
            starts[unit as usize] = ((plane * read.y + at.y * stride.y) * read.x + at.x * stride.x) * channels_in;
        }
        for index in range_stepped(unit, tile_places * quads_down, units) {
            let place = first + index / quads_down;
            let row = first_row + index % quads_down * 4;
            let mut value = Vector::<f32, Const<4>>::new(0.0f32);
            if place < end {
                if comptime!(tile.wide_rows) {
                    if row < channels_out {
                        let at = (place * channels_out + row) / 4;
                        value = Vector::cast_from(gradient[at as usize]);
                    }
                } else {
                    #[unroll]
                    for lane in 0..QUAD {
                        if row + (lane as u32) < channels_out {
                            let at = place * channels_out + row + lane as u32;
                            value.insert(lane, f32::cast_from(gradient[at as usize].extract(0usize)));
                        }
                    }
                }
            }
            rows[index as usize] = value;
        }
        sync_cube();
        for place in range_stepped(unit / quads_across, tile_places, units / quads_across) {
            let start = starts[place as usize];
            let mut value = Vector::<f32, Const<4>>::new(0.0f32);
            if comptime!(tile.wide_columns) {
                value = Vector::cast_from(image[((start + away[0]) / 4) as usize]);
            } else {
                #[unroll]
                for lane in 0..QUAD {
                    value.insert(lane, f32::cast_from(image[(start + away[lane]) as usize].extract(0usize)));
                }
            }
            columns[(place * quads_across + across) as usize] = value * known + ones;
        }
        sync_cube();
        for place in 0..tile_places {
            let left = rows[(place * quads_down + down) as usize];
            let right = columns[(place * quads_across + across) as usize];
            #[unroll]
            for row in 0..QUAD {
                sums[row] += right * Vector::new(left.extract(row));
            }
        }
        sync_cube();
    }

    #[unroll]
    for row in 0..QUAD {
        #[unroll]
        for lane in 0..QUAD {
            let to_row = first_row + down * 4 + row as u32;
            let to_column = first_column + across * 4 + lane as u32;
            if to_row < channels_out && to_column <= seen {
                let to = (CUBE_POS_Z * channels_out + to_row) * (seen + 1) + to_column;
                shares[to as usize] = sums[row].extract(lane);
            }
        }
    }
}

/// Adds the shares, into weights `[out, in, tap]` and a bias `[out]`.
///
/// `swapped`: the shares are those of image and gradient in each other's place. Then they are of `[in, out, tap]` with the taps in
/// reverse, and say nothing of the bias.
#[cube(launch_unchecked)]
pub fn add_shares(
    shares: &[f32],
    weights: &mut [f32],
    bias: &mut [f32],
    channels_in: u32,
    channels_out: u32,
    taps: u32,
    count: u32,
    #[comptime] swapped: bool,
) {
    let columns = taps * channels_in + 1;
    let length = columns * channels_out;
    let position = ABSOLUTE_POS as u32;
    if position >= length {
        terminate!();
    }
    let mut sum = 0.0f32;
    for share in 0..count {
        sum += shares[(share * length + position) as usize];
    }
    let row = position / columns;
    let column = position % columns;
    if column + 1 < columns {
        let tap = column / channels_in;
        let channel = column % channels_in;
        if comptime!(swapped) {
            weights[((channel * channels_out + row) * taps + taps - 1 - tap) as usize] = sum;
        } else {
            weights[((row * channels_in + channel) * taps + tap) as usize] = sum;
        }
    } else if comptime!(!swapped) {
        bias[row as usize] = sum;
    }
}
