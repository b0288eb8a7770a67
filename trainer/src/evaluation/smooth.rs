//! Gaussian smoothing of a map, axis by axis.

/// Reach of the kernel, in standard deviations.
const REACH: f64 = 3.0;

/// `data` (x fastest, `shape` voxels) smoothed with a Gaussian of `sigma_voxels` along x, y, z; 0 leaves an axis alone.
///
/// At the border the weights that fall outside are left out and the others scaled up, so a constant stays constant.
pub fn gaussian(data: &[f32], shape: [usize; 3], sigma_voxels: [f64; 3]) -> Vec<f32> {
    let mut smoothed = data.to_vec();
    let strides = [1, shape[0], shape[0] * shape[1]];
    for axis in 0..3 {
        if sigma_voxels[axis] > 0.0 && shape[axis] > 1 {
            smoothed = along(&smoothed, shape[axis], strides[axis], sigma_voxels[axis]);
        }
    }
    smoothed
}

/// Smooths along the axis of `length` voxels that lie `stride` apart.
fn along(data: &[f32], length: usize, stride: usize, sigma: f64) -> Vec<f32> {
    let reach = (REACH * sigma).ceil() as usize;
    let weights: Vec<f64> = (0..=reach).map(|offset| (-0.5 * (offset as f64 / sigma).powi(2)).exp()).collect();
    (0..data.len())
        .map(|index| {
            let place = index / stride % length;
            let first = place.saturating_sub(reach);
            let last = (place + reach).min(length - 1);
            let (mut sum, mut total) = (0.0, 0.0);
            for near in first..=last {
                let weight = weights[near.abs_diff(place)];
                sum += weight * f64::from(data[index - place * stride + near * stride]);
                total += weight;
            }
            (sum / total) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_spreads_in_plane_only() {
        let mut data = vec![0.0; 9 * 9 * 3];
        data[4 + 9 * (4 + 9)] = 1.0;
        let smoothed = gaussian(&data, [9, 9, 3], [1.0, 1.0, 0.0]);
        // One dimension: 1 / (1 + 2 (e^-0.5 + e^-2 + e^-4.5)) = 0.39905 in the middle.
        assert!((smoothed[4 + 9 * (4 + 9)] - 0.399_05f32.powi(2)).abs() < 1e-4);
        assert!((smoothed[5 + 9 * (4 + 9)] / smoothed[4 + 9 * (4 + 9)] - (-0.5f32).exp()).abs() < 1e-5);
        assert!(smoothed[..81].iter().all(|&value| value == 0.0));
        assert_eq!(gaussian(&data, [9, 9, 3], [0.0; 3]), data);
    }

    #[test]
    fn a_constant_stays_constant_at_the_border() {
        let smoothed = gaussian(&[0.25; 60], [5, 4, 3], [1.5; 3]);
        assert!(smoothed.iter().all(|value| (value - 0.25).abs() < 1e-6));
    }
}
