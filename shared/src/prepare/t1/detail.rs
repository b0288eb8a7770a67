//! How much of a brain's fine structure an image shows.

use super::field::smooth;
use super::sampling::WHITE;
use super::template::COARSE_VOXELS;
use crate::volume::Volume;

/// Value of the smoothed outline inside of which skull and scalp have no part in the detail.
const INNER: f32 = 0.95;

/// Standard deviation of the fine structure inside the brain, as a share of white matter's intensity: the root of the mean product
/// of neighbours, which noise has little part in. `t1`: intensities on the template's grid, white matter at [`WHITE`]; `outline`: the
/// standard brain, smoothed by [`COARSE_VOXELS`]; `in_view`: above one half where the image shows it.
pub(super) fn fine_detail(t1: &Volume, outline: &[f32], in_view: &[f32]) -> f64 {
    let coarse = smooth(&t1.data, t1.shape, [COARSE_VOXELS; 3]);
    let fine: Vec<f32> = std::iter::zip(&t1.data, &coarse).map(|(value, coarse)| value - coarse).collect();
    let counts = |index: usize| outline[index] > INNER && in_view[index] > 0.5;
    let [nx, ny, _] = t1.shape;
    let (mut sum, mut count) = (0.0, 0u64);
    for step in [1, nx, nx * ny] {
        // No brain reaches the outermost voxels, so that no pair reaches around an edge.
        for index in (0..fine.len() - step).filter(|&index| counts(index) && counts(index + step)) {
            sum += f64::from(fine[index]) * f64::from(fine[index + step]);
            count += 1;
        }
    }
    (sum / count.max(1) as f64).max(0.0).sqrt() / f64::from(WHITE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Affine;

    const SIDE: usize = 40;

    fn detail(of: impl Fn([f32; 3]) -> f32) -> f64 {
        let place = |index: usize| [index % SIDE, index / SIDE % SIDE, index / (SIDE * SIDE)].map(|place| place as f32);
        let data = (0..SIDE.pow(3)).map(|index| of(place(index))).collect();
        let t1 = Volume::new([SIDE; 3], data, Affine::IDENTITY);
        let ball = |index: usize| place(index).iter().map(|place| (place - 19.5).powi(2)).sum::<f32>() < 15f32.powi(2);
        let brain: Vec<f32> = (0..SIDE.pow(3)).map(|index| f32::from(ball(index))).collect();
        fine_detail(&t1, &smooth(&brain, t1.shape, [COARSE_VOXELS; 3]), &brain)
    }

    #[test]
    fn folds_are_detail_and_noise_and_slow_changes_are_not() {
        // Folds of about 8 mm, as cortex has: amplitude 0.15, so that the deviation is 0.106 and 0.14 of white matter.
        let folds = detail(|[x, ..]| 0.5 + 0.15 * (std::f32::consts::TAU * x / 8.0).sin());
        assert!((0.06..0.14).contains(&folds), "{folds}");
        let slow = detail(|[x, y, _]| 0.5 + 0.2 * (0.05 * x + 0.04 * y).sin());
        assert!(slow < 0.01, "{slow}");
        let hash = |place: [f32; 3]| {
            let index =
                place.iter().fold(7u64, |hash, place| (hash ^ *place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            (index >> 40) as f32 / (1u32 << 24) as f32
        };
        let noise = detail(|place| 0.5 + 0.2 * (hash(place) - 0.5));
        assert!(noise < 0.02, "{noise}");
    }
}
