//! Normalisation and activation in one pass: `y = max(v, slope · v)` with `v` the standardised input.
//!
//! A row is what shares a mean: a channel of an image for instance norm (Ulyanov et al. 2016), a group of channels for
//! group norm (Wu and He 2018); rows are contiguous.

use super::simd::dispatch;
use crate::threads;
use pulp::{Simd, WithSimd};

/// Added to the variance.
const EPSILON: f32 = 1e-5;
/// Partial sums of a row: as many as the widest vectors have lanes, so that every processor adds in the same order.
const LANES: usize = 16;

/// Mean and 1 / standard deviation of each row.
pub type RowStatistics = Vec<[f32; 2]>;

/// Standardises rows of `row` numbers (`None`: leaves them as they are), then applies the leaky rectifier.
pub fn forward(values: &[f32], row: Option<usize>, slope: f32) -> (Vec<f32>, RowStatistics) {
    let (length, piece) = pieces(row);
    let mut statistics = vec![[0.0, 1.0]; if row.is_some() { values.len() / length } else { 0 }];
    let mut rows = statistics.chunks_mut(piece / length);
    let work = values.chunks(piece).map(|values| (values.len(), (values, rows.next()))).collect();
    let output = threads::filled(work, |(values, mut statistics), output| {
        for (index, (output, values)) in output.chunks_mut(length).zip(values.chunks(length)).enumerate() {
            let found = statistics.as_mut().map(|statistics| {
                statistics[index] = dispatch(Statistics(values));
                statistics[index]
            });
            let [mean, scale] = found.unwrap_or([0.0, 1.0]);
            dispatch(Apply { values, output, mean, scale, slope });
        }
    });
    (output, statistics)
}

/// Gradient of the input of [`forward`] from that of its output.
pub fn backward(
    values: &[f32],
    statistics: &RowStatistics,
    gradients: &[f32],
    row: Option<usize>,
    slope: f32,
) -> Vec<f32> {
    let (length, piece) = pieces(row);
    let work = values.chunks(piece).zip(gradients.chunks(piece)).enumerate();
    let work = work.map(|(index, (values, gradients))| (values.len(), (index * piece, values, gradients))).collect();
    threads::filled(work, |(from, values, gradients), result| {
        let rows = values.chunks(length).zip(gradients.chunks(length)).zip(result.chunks_mut(length));
        for (row, ((values, gradients), result)) in rows.enumerate() {
            let statistics = statistics.get(from / length + row).copied();
            dispatch(Gradient { values, gradients, result, statistics, slope });
        }
    })
}

/// Length of a row, and of the piece of whole rows that a thread takes at once; without rows each piece is one.
fn pieces(row: Option<usize>) -> (usize, usize) {
    const LEAST: usize = 1 << 15;
    let length = row.unwrap_or(LEAST).max(1);
    (length, length * LEAST.div_ceil(length))
}

/// Sum of `term(i)` over `length` numbers, in an order of its own on no processor.
#[inline(always)]
pub fn sum(length: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let whole = length / LANES * LANES;
    for start in (0..whole).step_by(LANES) {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(start + lane);
        }
    }
    let rest: f32 = (whole..length).map(&term).sum();
    lanes.iter().sum::<f32>() + rest
}

struct Statistics<'a>(&'a [f32]);

impl WithSimd for Statistics<'_> {
    type Output = [f32; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> [f32; 2] {
        let values = self.0;
        let count = values.len() as f32;
        let mean = sum(values.len(), |index| values[index]) / count;
        let variance = sum(values.len(), |index| (values[index] - mean) * (values[index] - mean)) / count;
        [mean, 1.0 / (variance + EPSILON).sqrt()]
    }
}

struct Apply<'a> {
    values: &'a [f32],
    output: &'a mut [f32],
    mean: f32,
    scale: f32,
    slope: f32,
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Apply { values, output, mean, scale, slope } = self;
        for (output, &value) in output.iter_mut().zip(values) {
            let standard = (value - mean) * scale;
            *output = if standard > 0.0 { standard } else { standard * slope };
        }
    }
}

struct Gradient<'a> {
    values: &'a [f32],
    gradients: &'a [f32],
    result: &'a mut [f32],
    statistics: Option<[f32; 2]>,
    slope: f32,
}

impl WithSimd for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Gradient { values, gradients, result, statistics, slope } = self;
        let [mean, scale] = statistics.unwrap_or([0.0, 1.0]);
        let length = result.len();
        let (values, gradients) = (&values[..length], &gradients[..length]);
        for index in 0..length {
            let factor = if (values[index] - mean) * scale > 0.0 { 1.0 } else { slope };
            result[index] = gradients[index] * factor;
        }
        if statistics.is_none() {
            return;
        }
        let count = length as f32;
        let total = sum(length, |index| result[index]) / count;
        let along = sum(length, |index| result[index] * (values[index] - mean)) * scale / count;
        for index in 0..length {
            let standard = (values[index] - mean) * scale;
            result[index] = scale * (result[index] - total - standard * along);
        }
    }
}
