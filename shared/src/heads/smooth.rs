//! Smoothing with a Gaussian, and smooth random fields.

use super::distance::line_starts;
use super::random::Random;

/// Smooths in place; beyond an edge the edge's value goes on. Nothing happens where `sigma_voxels` is 0 or less.
pub(super) fn smooth(data: &mut [f32], shape: [usize; 3], sigma_voxels: f64) {
    if sigma_voxels <= 0.0 {
        return;
    }
    let kernel = half_gaussian(sigma_voxels);
    let radius = kernel.len() - 1;
    let mut line = Vec::new();
    for axis in 0..3 {
        let (count, stride) = (shape[axis], shape[..axis].iter().product::<usize>());
        for start in line_starts(shape, axis) {
            line.clear();
            line.extend(std::iter::repeat_n(data[start], radius));
            line.extend((0..count).map(|step| data[start + step * stride]));
            line.extend(std::iter::repeat_n(data[start + (count - 1) * stride], radius));
            // Most lines of a mask run through nothing at all.
            if line.iter().all(|value| *value == line[0]) {
                continue;
            }
            for step in 0..count {
                let middle = step + radius;
                let sum: f32 = (1..=radius).map(|k| kernel[k] * (line[middle - k] + line[middle + k])).sum();
                data[start + step * stride] = kernel[0] * line[middle] + sum;
            }
        }
    }
}

/// Half a Gaussian of sum 1, from its middle to three standard deviations.
fn half_gaussian(sigma_voxels: f64) -> Vec<f32> {
    let weight = |k: usize| (-0.5 * (k as f64 / sigma_voxels).powi(2)).exp();
    let radius = (3.0 * sigma_voxels).ceil() as usize;
    let total = weight(0) + 2.0 * (1..=radius).map(weight).sum::<f64>();
    (0..=radius).map(|k| (weight(k) / total) as f32).collect()
}

/// A random field of mean about 0 and standard deviation about 1 whose blobs have a width of `knot_voxels`: normal
/// numbers at every knot, lines between them.
pub(super) fn random_field(shape: [usize; 3], knot_voxels: f64, random: &mut Random) -> Vec<f32> {
    let knots = shape.map(|count| (count as f64 / knot_voxels).ceil() as usize + 2);
    let values: Vec<f32> = (0..knots.iter().product()).map(|_| random.normal() as f32).collect();
    // What the lines between knots leave of the standard deviation: (2/3)^(3/2).
    let gain = 1.0 / 0.544;
    let place = |index: usize| {
        let position = index as f64 / knot_voxels;
        (position as usize, position.fract() as f32)
    };
    let between = |a: f32, b: f32, share: f32| a + (b - a) * share;
    let along_x: Vec<(usize, f32)> = (0..shape[0]).map(place).collect();
    let mut field = Vec::with_capacity(shape.iter().product());
    for (z, fz) in (0..shape[2]).map(place) {
        for (y, fy) in (0..shape[1]).map(place) {
            // The knots of this row first: most of the work is along x.
            let row: Vec<f32> = (0..knots[0])
                .map(|x| {
                    let at = |y: usize, z: usize| values[(z * knots[1] + y) * knots[0] + x];
                    gain * between(between(at(y, z), at(y + 1, z), fy), between(at(y, z + 1), at(y + 1, z + 1), fy), fz)
                })
                .collect();
            field.extend(along_x.iter().map(|(x, share)| between(row[*x], row[x + 1], *share)));
        }
    }
    field
}
