//! Gaussian smoothing along the axes of a grid: of whole maps, and of single axial slices in plane.
//!
//! At the border the weights that fall outside are left out and the others scaled up, so a constant stays constant. Sums
//! are in 64 bits, as those of all statistics; scans are smoothed in 32 bits, with the outermost value going on (`shared::prepare::t1`).

/// Reach of the kernel, in standard deviations.
const REACH: f64 = 3.0;

/// `data` (x fastest, `shape` voxels) smoothed with a Gaussian of `sigma_voxels` along x, y, z; 0 leaves an axis alone.
pub fn gaussian(data: &[f32], shape: [usize; 3], sigma_voxels: [f64; 3]) -> Vec<f32> {
    let mut smoothed = data.to_vec();
    let strides = [1, shape[0], shape[0] * shape[1]];
    for axis in 0..3 {
        smooth_along(&mut smoothed, shape[axis], strides[axis], sigma_voxels[axis]);
    }
    smoothed
}

/// Smooths one slice (`width` voxels a row) along x and y by `sigma_voxels`; 0 leaves it as it is.
pub fn blur_slice(slice: &mut [f32], width: usize, sigma_voxels: f32) {
    if width == 0 {
        return;
    }
    let height = slice.len() / width;
    smooth_along(slice, width, 1, f64::from(sigma_voxels));
    smooth_along(slice, height, width, f64::from(sigma_voxels));
}

/// Smooths along the axis of `length` voxels that lie `stride` apart.
fn smooth_along(data: &mut [f32], length: usize, stride: usize, sigma_voxels: f64) {
    if sigma_voxels <= 0.0 || length < 2 || data.is_empty() {
        return;
    }
    let reach = (REACH * sigma_voxels).ceil() as usize;
    let weights: Vec<f64> = (0..=reach).map(|away| (-0.5 * (away as f64 / sigma_voxels).powi(2)).exp()).collect();
    let mut line = Vec::with_capacity(length);
    // Voxels of one line are `stride` apart, and so are the first ones of `stride` lines beside each other.
    for block in data.chunks_exact_mut(length * stride) {
        for first in 0..stride {
            line.clear();
            line.extend(block[first..].iter().step_by(stride).map(|&value| f64::from(value)));
            for (place, value) in block[first..].iter_mut().step_by(stride).enumerate() {
                *value = weighted_mean(&line, place, &weights) as f32;
            }
        }
    }
}

fn weighted_mean(line: &[f64], place: usize, weights: &[f64]) -> f64 {
    let reach = weights.len() - 1;
    let first = place.saturating_sub(reach);
    let last = (place + reach).min(line.len() - 1);
    let (mut sum, mut total) = (0.0, 0.0);
    for (near, &value) in line.iter().enumerate().take(last + 1).skip(first) {
        let weight = weights[near.abs_diff(place)];
        sum += weight * value;
        total += weight;
    }
    sum / total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_spreads_in_plane_only() {
        let mut data = vec![0.0; 9 * 11 * 3];
        data[4 + 9 * (5 + 11)] = 1.0;
        let smoothed = gaussian(&data, [9, 11, 3], [1.0, 1.0, 0.0]);
        // One dimension: 1 / (1 + 2 (e^-0.5 + e^-2 + e^-4.5)) = 0.39905 in the middle.
        assert!((smoothed[4 + 9 * (5 + 11)] - 0.399_05f32.powi(2)).abs() < 1e-4);
        assert!((smoothed[5 + 9 * (5 + 11)] / smoothed[4 + 9 * (5 + 11)] - (-0.5f32).exp()).abs() < 1e-5);
        assert!(smoothed[..99].iter().chain(&smoothed[198..]).all(|&value| value == 0.0));
        assert_eq!(gaussian(&data, [9, 11, 3], [0.0; 3]), data);
        // Each slice on its own comes out the same.
        data.chunks_exact_mut(99).for_each(|slice| blur_slice(slice, 9, 1.0));
        assert_eq!(data, smoothed);
    }

    #[test]
    fn a_point_spreads_upwards_only() {
        let mut data = vec![0.0; 4 * 3 * 7];
        data[1 + 4 * (2 + 3 * 3)] = 1.0;
        let smoothed = gaussian(&data, [4, 3, 7], [0.0, 0.0, 1.0]);
        let column: Vec<f32> = (0..7).map(|z| smoothed[1 + 4 * (2 + 3 * z)]).collect();
        assert!((column[3] - 0.399_05).abs() < 1e-4 && (column[2] - column[4]).abs() < 1e-6);
        assert!((smoothed.iter().sum::<f32>() - column.iter().sum::<f32>()).abs() < 1e-6);
    }

    #[test]
    fn a_constant_stays_constant_at_the_border() {
        let smoothed = gaussian(&[0.25; 60], [5, 4, 3], [1.5; 3]);
        assert!(smoothed.iter().all(|value| (value - 0.25).abs() < 1e-6));
        let mut slice = vec![0.25; 20];
        blur_slice(&mut slice, 5, 1.5);
        assert!(slice.iter().all(|value| (value - 0.25).abs() < 1e-6));
    }
}
