//! Gaussian smoothing of axial slices in plane.

/// Reach of the kernel, in standard deviations.
const REACH: f32 = 3.0;

/// Smooths one slice (`width` voxels a row) along x and y by `sigma_voxels`; 0 leaves it as it is.
///
/// Weights that fall outside are left out and the others scaled up, so that a constant stays constant.
pub fn blur_slice(slice: &mut [f32], width: usize, sigma_voxels: f32) {
    if sigma_voxels <= 0.0 || width == 0 {
        return;
    }
    let height = slice.len() / width;
    let reach = (REACH * sigma_voxels).ceil() as usize;
    let weights: Vec<f32> = (0..=reach).map(|away| (-0.5 * (away as f32 / sigma_voxels).powi(2)).exp()).collect();
    let mut line = Vec::with_capacity(width.max(height));
    for row in slice.chunks_exact_mut(width) {
        line.clear();
        line.extend_from_slice(row);
        for (x, value) in row.iter_mut().enumerate() {
            *value = weighted_mean(&line, x, &weights);
        }
    }
    for x in 0..width {
        line.clear();
        line.extend((0..height).map(|y| slice[x + width * y]));
        for y in 0..height {
            slice[x + width * y] = weighted_mean(&line, y, &weights);
        }
    }
}

fn weighted_mean(line: &[f32], place: usize, weights: &[f32]) -> f32 {
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
    fn a_point_spreads_as_a_gaussian_and_a_constant_stays() {
        let mut slice = vec![0.0; 9 * 11];
        slice[4 + 9 * 5] = 1.0;
        blur_slice(&mut slice, 9, 1.0);
        assert!((slice[4 + 9 * 5] - 0.399_05f32.powi(2)).abs() < 1e-4);
        assert!((slice[5 + 9 * 5] / slice[4 + 9 * 5] - (-0.5f32).exp()).abs() < 1e-5);
        assert!((slice[4 + 9 * 6] - slice[5 + 9 * 5]).abs() < 1e-6);
        let mut constant = vec![0.25; 20];
        blur_slice(&mut constant, 5, 1.5);
        assert!(constant.iter().all(|value| (value - 0.25).abs() < 1e-6));
        let before = slice.clone();
        blur_slice(&mut slice, 9, 0.0);
        assert_eq!(slice, before);
    }
}
