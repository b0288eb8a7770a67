//! The grid that is worked on: the image's own axes, voxels of about 2 mm.

use super::blank::Tidy;
use super::error::T1Error;
use super::field::{smooth_along, smooth_and_sample_along_z};
use super::step::{Progress, Step, report};
use crate::threads::fill_slices;
use crate::volume::{Affine, Volume};

/// Voxel size that registration and the tissue model work at.
const WORKING_SPACING_MM: f64 = 2.0;

/// Voxel sizes that are near enough to be taken as they are.
const NEAR_MM: [f64; 2] = [1.8, 2.4];

/// The image at about 2 mm: smoothed by what the coarser voxels cannot hold, then sampled. One axis after the other, the
/// slowest first, so that fine images shrink before they are copied.
pub(super) async fn resample_to_working(image: Tidy<'_>, progress: &mut impl Progress) -> Result<Volume, T1Error> {
    let spacing = image.world_from_voxel.spacing_mm();
    if spacing.iter().all(|size| (NEAR_MM[0]..=NEAR_MM[1]).contains(size)) {
        return Ok(image.volume());
    }
    let Tidy { mut shape, mut world_from_voxel, .. } = image;
    let mut data = Vec::new();
    for axis in [2, 1, 0] {
        let ratio = WORKING_SPACING_MM / spacing[axis];
        // A Gaussian of half a voxel's width, of which the source voxel already has its share.
        let sigma = if ratio > 1.05 { 0.42 * (ratio * ratio - 1.0).sqrt() } else { 0.0 };
        let count = ((shape[axis] as f64 / ratio).round() as usize).max(1);
        // Both grids have the same middle.
        let origin = 0.5 * ((shape[axis] - 1) as f64 - (count - 1) as f64 * ratio);
        let place = |index: usize| origin + index as f64 * ratio;
        data = if axis == 2 {
            smooth_and_sample_along_z(|z, slice| image.slice(z, slice), shape, sigma, count, place)
        } else {
            smooth_along(&mut data, shape, axis, sigma);
            sample_along(&data, shape, axis, count, place)
        };
        shape[axis] = count;
        let (mut sizes, mut origins) = ([1.0; 3], [0.0; 3]);
        (sizes[axis], origins[axis]) = (ratio, origin);
        world_from_voxel = world_from_voxel.compose(&Affine::from_spacing_origin(sizes, origins));
        report(progress, Step::Resample, (3 - axis) as f32 / 3.0).await?;
    }
    Ok(Volume::new(shape, data, world_from_voxel))
}

/// Values at `count` places along an axis, linearly; beyond the outermost voxels' centres these go on, since a voxel reaches
/// half its size farther.
fn sample_along(
    data: &[f32],
    shape: [usize; 3],
    axis: usize,
    count: usize,
    place: impl Fn(usize) -> f64 + Sync + Send,
) -> Vec<f32> {
    let mut new_shape = shape;
    new_shape[axis] = count;
    let step = shape[..axis].iter().product::<usize>();
    let last = shape[axis] - 1;
    let mut out = vec![0.0; new_shape.iter().product()];
    let [nx, ny, _] = new_shape;
    fill_slices(&mut out, nx * ny, |z, slice| {
        for (offset, value) in slice.iter_mut().enumerate() {
            let mut voxel = [offset % nx, offset / nx, z];
            let at = place(voxel[axis]).clamp(0.0, last as f64);
            let below = (at as usize).min(last.saturating_sub(1));
            voxel[axis] = below;
            let first = (voxel[2] * shape[1] + voxel[1]) * shape[0] + voxel[0];
            let (a, b) = (data[first], data[first + if last > 0 { step } else { 0 }]);
            *value = a + (b - a) * (at - below as f64) as f32;
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::super::Silent;
    use super::*;
    use crate::at_once::done;

    fn working(image: Volume) -> Volume {
        done(resample_to_working(Tidy::as_it_is(&image), &mut Silent)).unwrap()
    }

    #[test]
    fn slices_are_the_same_whether_the_whole_volume_is_smoothed_or_not() {
        let shape = [5, 4, 30];
        let data: Vec<f32> = (0..600u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 20) as f32).collect();
        for (sigma, ratio) in [(1.6, 4.0), (0.0, 0.7)] {
            let place = |index: usize| 0.3 + index as f64 * ratio;
            let mut smooth = data.clone();
            smooth_along(&mut smooth, shape, 2, sigma);
            let expected = sample_along(&smooth, shape, 2, 9, place);
            let slice = |z: usize, out: &mut [f32]| out.copy_from_slice(&data[20 * z..][..20]);
            assert_eq!(smooth_and_sample_along_z(slice, shape, sigma, 9, place), expected);
        }
    }

    #[test]
    fn coarse_voxels_have_no_black_planes_and_fine_ones_no_stripes() {
        let even =
            Volume::new([20, 24, 18], vec![7.0; 20 * 24 * 18], Affine::from_spacing_origin([5.0, 4.0, 3.0], [0.0; 3]));
        let image = working(even);
        assert_eq!(image.shape, [50, 48, 27]);
        assert!(image.data.iter().all(|value| (value - 7.0).abs() < 1e-4));
        // Stripes of one fine voxel's width are beyond 2 mm.
        let stripes = Volume::new(
            [64, 8, 8],
            (0..64 * 64).map(|index| (index % 2) as f32).collect(),
            Affine::from_spacing_origin([0.5, 2.0, 2.0], [0.0; 3]),
        );
        let image = working(stripes);
        assert_eq!(image.shape, [16, 8, 8]);
        assert!(image.data.iter().all(|value| (value - 0.5).abs() < 0.1), "{:?}", &image.data[..16]);
    }
}
