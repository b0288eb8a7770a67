//! Scalar fields on the template's grid: Gaussian smoothing and smooth random fields.
//!
//! Everything here is in voxels of that grid; x runs fastest, as in `shared::volume::Volume`. The smoothing is that of scans
//! (`shared::prepare::t1`) but for the order of its sums: with another the same seed would make other people, by the last digit.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use shared::volume::line_starts;

/// Standard deviation of a cubic B-spline field per unit standard deviation of its coefficients: the root mean
/// square of the basis is 0.692 along one axis (0.4794^(1/2), the mean over a knot interval), cubed for three.
const SPLINE_SD_PER_COEFFICIENT: f64 = 0.332;

/// Smooths in place with a Gaussian of `sigma_voxels` along each axis; beyond the edge the edge value goes on.
pub(super) fn smooth(data: &mut [f32], shape: [usize; 3], sigma_voxels: f64) {
    if sigma_voxels <= 0.0 {
        return;
    }
    let kernel = gaussian_kernel(sigma_voxels);
    let mut line = Vec::new();
    for axis in 0..3 {
        let (count, stride) = (shape[axis], shape[..axis].iter().product::<usize>());
        let radius = kernel.len() - 1;
        for start in line_starts(shape, axis) {
            line.clear();
            line.extend(std::iter::repeat_n(data[start], radius));
            line.extend((0..count).map(|step| data[start + step * stride]));
            line.extend(std::iter::repeat_n(data[start + (count - 1) * stride], radius));
            // Most lines run through nothing at all.
            if line.iter().all(|&value| value == 0.0) {
                continue;
            }
            for step in 0..count {
                let centre = step + radius;
                let sum: f32 = (1..=radius).map(|k| kernel[k] * (line[centre - k] + line[centre + k])).sum();
                data[start + step * stride] = kernel[0] * line[centre] + sum;
            }
        }
    }
}

/// Half a normalised Gaussian: centre first, out to three sigma.
fn gaussian_kernel(sigma_voxels: f64) -> Vec<f32> {
    let radius = (3.0 * sigma_voxels).ceil() as usize;
    let weight = |k: usize| (-0.5 * (k as f64 / sigma_voxels).powi(2)).exp();
    let total = weight(0) + 2.0 * (1..=radius).map(weight).sum::<f64>();
    (0..=radius).map(|k| (weight(k) / total) as f32).collect()
}

/// Adds a smooth random field of standard deviation `sd` to `target`: uniform cubic B-splines with normal
/// coefficients, one knot every `knot_voxels`.
pub(super) fn add_random_smooth(target: &mut [f32], shape: [usize; 3], knot_voxels: f64, sd: f64, rng: &mut impl Rng) {
    let knots = shape.map(|count| (count as f64 / knot_voxels).ceil() as usize + 4);
    let scale = sd / SPLINE_SD_PER_COEFFICIENT;
    let mut values: Vec<f32> = (0..knots.iter().product())
        .map(|_| {
            let normal: f64 = StandardNormal.sample(rng);
            (scale * normal) as f32
        })
        .collect();
    let mut current = knots;
    // z and y first: the small axes stay small until the last pass.
    for axis in [2, 1, 0] {
        let mut next = current;
        next[axis] = shape[axis];
        let taps = spline_taps(shape[axis], knot_voxels);
        let stride: usize = current[..axis].iter().product();
        let mut grown = vec![0.0f32; next.iter().product()];
        for (from, to) in line_starts(current, axis).zip(line_starts(next, axis)) {
            for (step, (knot, weights)) in taps.iter().enumerate() {
                let at = from + knot * stride;
                grown[to + step * stride] = weights[0] * values[at]
                    + weights[1] * values[at + stride]
                    + weights[2] * values[at + 2 * stride]
                    + weights[3] * values[at + 3 * stride];
            }
        }
        values = grown;
        current = next;
    }
    for (target, value) in target.iter_mut().zip(&values) {
        *target += value;
    }
}

/// First of the four knots around each voxel and their cubic B-spline weights.
fn spline_taps(count: usize, knot_voxels: f64) -> Vec<(usize, [f32; 4])> {
    (0..count)
        .map(|step| {
            let position = step as f64 / knot_voxels;
            let t = position.fract();
            let weights = [
                (1.0 - t).powi(3) / 6.0,
                (3.0 * t.powi(3) - 6.0 * t.powi(2) + 4.0) / 6.0,
                (-3.0 * t.powi(3) + 3.0 * t.powi(2) + 3.0 * t + 1.0) / 6.0,
                t.powi(3) / 6.0,
            ];
            (position as usize, weights.map(|weight| weight as f32))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const SHAPE: [usize; 3] = [40, 36, 30];

    #[test]
    fn smoothing_keeps_the_sum_and_has_the_width_asked_for() {
        let mut data = vec![0.0f32; SHAPE.iter().product()];
        data[20 + 40 * (18 + 36 * 15)] = 1.0;
        smooth(&mut data, SHAPE, 1.5);
        let (mut total, mut second) = (0.0f64, 0.0f64);
        for (index, &value) in data.iter().enumerate() {
            total += f64::from(value);
            second += f64::from(value) * (index as f64 % 40.0 - 20.0).powi(2);
        }
        assert!((total - 1.0).abs() < 1e-4, "{total}");
        assert!((second.sqrt() - 1.5).abs() < 0.05, "{}", second.sqrt());
    }

    #[test]
    fn random_field_has_the_spread_asked_for() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut data = vec![0.0f32; SHAPE.iter().product()];
        add_random_smooth(&mut data, SHAPE, 3.0, 2.0, &mut rng);
        let count = data.len() as f64;
        let mean = data.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
        let sd = (data.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count).sqrt();
        assert!((sd - 2.0).abs() < 0.25, "{sd}");
    }
}
