//! Normalisation and activation on a graphics card: `y = max(v, slope · v)` with `v` the standardised input.
//!
//! Images are `[n, place, channel]`. Sums are taken of what remains when the first value of a channel is taken away, so that a large
//! mean does not eat the digits of a small spread.

use cubecl::prelude::*;

/// Units of a group.
pub const UNITS: usize = 256;
/// Added to the variance.
const EPSILON: f32 = 1e-5;

/// Sums of a share of the places, channel by channel: `[n, share, 2, channel]`.
///
/// Forwards: of the value and of its square. Back: of the gradient before the activation, and of its product with the standardised
/// value. Group x takes a share of `share` places, y an image, z at most [`UNITS`] channels.
#[cube(launch_unchecked)]
pub fn sums<E: Float>(
    image: &[E],
    gradient: &[E],
    statistics: &[f32],
    sums: &mut [f32],
    places: u32,
    channels: u32,
    share: u32,
    slope: f32,
    #[comptime] back: bool,
    #[define(E)] _dtype: ElemType,
) {
    let mut first = Shared::<[f32]>::new_slice(UNITS);
    let mut second = Shared::<[f32]>::new_slice(UNITS);
    let units = comptime!(UNITS as u32);
    let unit = UNIT_POS;
    // As many rows of these channels as there are units for; the units that are left over rest.
    let begin_channel = CUBE_POS_Z * units;
    let block = clamp_max(channels - begin_channel, units);
    let channel = begin_channel + unit % block;
    let row = unit / block;
    let rows = units / block;
    let number = CUBE_POS_Y;
    let begin = CUBE_POS_X * share;
    let end = clamp_max(begin + share, places);
    let start = number * places * channels + channel;
    let last = select(row < rows, end, begin);

    let mut one = 0.0f32;
    let mut two = 0.0f32;
    if comptime!(back) {
        let at = ((number * channels + channel) * 2) as usize;
        let mean = statistics[at];
        let scale = statistics[at + 1];
        for place in range_stepped(begin + row, last, rows) {
            let at = (start + place * channels) as usize;
            let value = (f32::cast_from(image[at]) - mean) * scale;
            let behind = f32::cast_from(gradient[at]);
            let behind = select(value > 0.0f32, behind, behind * slope);
            one += behind;
            two += behind * value;
        }
    } else {
        let shift = f32::cast_from(image[start as usize]);
        for place in range_stepped(begin + row, last, rows) {
            let value = f32::cast_from(image[(start + place * channels) as usize]) - shift;
            one += value;
            two += value * value;
        }
    }
    first[unit as usize] = one;
    second[unit as usize] = two;
    sync_cube();
    if unit < block {
        let mut one = 0.0f32;
        let mut two = 0.0f32;
        for at in range_stepped(unit, rows * block, block) {
            one += first[at as usize];
            two += second[at as usize];
        }
        let to = (number * CUBE_COUNT_X + CUBE_POS_X) * 2 * channels + channel;
        sums[to as usize] = one;
        sums[(to + channels) as usize] = two;
    }
}

/// What the sums of all shares come to: `[n, channel, 2]`, the same for all channels of a group.
///
/// Forwards: mean and 1 / standard deviation. Back: the means of the two sums. One group of units an image; `slots` are at least as
/// many as the channels.
#[cube(launch_unchecked)]
pub fn finish<E: Float>(
    image: &[E],
    sums: &[f32],
    result: &mut [f32],
    places: u32,
    channels: u32,
    together: u32,
    count: u32,
    #[comptime] slots: usize,
    #[comptime] back: bool,
    #[define(E)] _dtype: ElemType,
) {
    let mut first = Shared::<[f32]>::new_slice(slots);
    let mut second = Shared::<[f32]>::new_slice(slots);
    let number = CUBE_POS_X;
    let share = f32::cast_from(places);
    for channel in range_stepped(UNIT_POS, channels, comptime!(UNITS as u32)) {
        let mut one = 0.0f32;
        let mut two = 0.0f32;
        for index in 0..count {
            let at = (number * count + index) * 2 * channels + channel;
            one += sums[at as usize];
            two += sums[(at + channels) as usize];
        }
        if comptime!(!back) {
            // Sum of squares about the channel's own mean, and that mean.
            let away = one / share;
            two = clamp_min(two - away * one, 0.0f32);
            one = away + f32::cast_from(image[(number * places * channels + channel) as usize]);
        }
        first[channel as usize] = one;
        second[channel as usize] = two;
    }
    sync_cube();
    for channel in range_stepped(UNIT_POS, channels, comptime!(UNITS as u32)) {
        let begin = channel / together * together;
        let all = f32::cast_from(together);
        let mut one = 0.0f32;
        let mut two = 0.0f32;
        for at in begin..begin + together {
            one += first[at as usize];
            two += second[at as usize];
        }
        let to = ((number * channels + channel) * 2) as usize;
        if comptime!(back) {
            result[to] = one / (all * share);
            result[to + 1] = two / (all * share);
        } else {
            let mean = one / all;
            for at in begin..begin + together {
                let away = first[at as usize] - mean;
                two += away * away * share;
            }
            result[to] = mean;
            result[to + 1] = 1.0f32 / (two / (all * share) + EPSILON).sqrt();
        }
    }
}

/// The standardised and activated image; without `standardised` only activated.
#[cube(launch_unchecked)]
pub fn apply<E: Float, N: Size>(
    image: &[Vector<E, N>],
    statistics: &[f32],
    result: &mut [Vector<E, N>],
    places: u32,
    channels: u32,
    slope: f32,
    #[comptime] standardised: bool,
    #[define(E)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= result.len() {
        terminate!();
    }
    let mut value = Vector::<f32, N>::cast_from(image[ABSOLUTE_POS]);
    if comptime!(standardised) {
        let (mean, scale) = of_channels::<N>(statistics, places, channels);
        value = (value - mean) * scale;
    }
    let mut out = Vector::<f32, N>::empty();
    #[unroll]
    for lane in 0..N::value() {
        let one = value.extract(lane);
        out.insert(lane, select(one > 0.0f32, one, one * slope));
    }
    result[ABSOLUTE_POS] = Vector::cast_from(out);
}

/// The gradient of the image from that of the result, given the means that [`finish()`] made on the way back.
#[cube(launch_unchecked)]
pub fn apply_back<E: Float, N: Size>(
    image: &[Vector<E, N>],
    gradient: &[Vector<E, N>],
    statistics: &[f32],
    means: &[f32],
    result: &mut [Vector<E, N>],
    places: u32,
    channels: u32,
    slope: f32,
    #[comptime] standardised: bool,
    #[define(E)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= result.len() {
        terminate!();
    }
    let mut value = Vector::<f32, N>::cast_from(image[ABSOLUTE_POS]);
    let behind = Vector::<f32, N>::cast_from(gradient[ABSOLUTE_POS]);
    let mut factor = Vector::<f32, N>::new(1.0f32);
    if comptime!(standardised) {
        let (mean, scale) = of_channels::<N>(statistics, places, channels);
        value = (value - mean) * scale;
        factor = scale;
    }
    let mut out = Vector::<f32, N>::empty();
    #[unroll]
    for lane in 0..N::value() {
        let one = behind.extract(lane);
        out.insert(lane, select(value.extract(lane) > 0.0f32, one, one * slope));
    }
    if comptime!(standardised) {
        let (mean, product) = of_channels::<N>(means, places, channels);
        out = (out - mean - value * product) * factor;
    }
    result[ABSOLUTE_POS] = Vector::cast_from(out);
}

/// Both numbers of the channels that a unit works on, of `[n, channel, 2]`.
#[cube]
fn of_channels<N: Size>(numbers: &[f32], places: u32, channels: u32) -> (Vector<f32, N>, Vector<f32, N>) {
    let wide = N::value() as u32;
    let vectors = channels / wide;
    let position = ABSOLUTE_POS as u32;
    let number = position / (places * vectors);
    let channel = position % vectors * wide;
    let first = ((number * channels + channel) * 2) as usize;
    let mut one = Vector::<f32, N>::empty();
    let mut two = Vector::<f32, N>::empty();
    #[unroll]
    for lane in 0..N::value() {
        one.insert(lane, numbers[first + 2 * lane]);
        two.insert(lane, numbers[first + 2 * lane + 1]);
    }
    (one, two)
}
