//! The grid that is worked on: the image's own axes, voxels of about 2 mm.

use super::field::{sample_on, smooth_along};
use super::{Progress, Step, T1Error, report};
use crate::volume::{Affine, Volume};

/// Voxel size that registration and the tissue model work at.
const WORKING_SPACING_MM: f64 = 2.0;

/// Voxel sizes that are near enough to be taken as they are.
const NEAR_MM: [f64; 2] = [1.8, 2.4];

/// The image at about 2 mm: smoothed by what the coarser voxels cannot hold, then sampled.
pub(super) async fn resample_to_working(image: &Volume, progress: &mut impl Progress) -> Result<Volume, T1Error> {
    let spacing = image.world_from_voxel.spacing_mm();
    if spacing.iter().all(|size| (NEAR_MM[0]..=NEAR_MM[1]).contains(size)) {
        return Ok(image.clone());
    }
    let ratio = spacing.map(|size| WORKING_SPACING_MM / size);
    let mut data = image.data.clone();
    for (axis, ratio) in ratio.into_iter().enumerate() {
        // A Gaussian of half a voxel's width, of which the source voxel already has its share.
        let sigma = if ratio > 1.05 { 0.42 * (ratio * ratio - 1.0).sqrt() } else { 0.0 };
        smooth_along(&mut data, image.shape, axis, sigma);
        report(progress, Step::Resample, 0.25 * (axis + 1) as f32).await?;
    }
    let smoothed = Volume { data, ..*image };
    let shape: [usize; 3] =
        std::array::from_fn(|axis| ((image.shape[axis] as f64 / ratio[axis]).round() as usize).max(1));
    // Both grids have the same middle.
    let origin =
        std::array::from_fn(|axis| 0.5 * ((image.shape[axis] - 1) as f64 - (shape[axis] - 1) as f64 * ratio[axis]));
    let image_from_working = Affine::from_spacing_origin(ratio, origin);
    let data = sample_on(&smoothed, shape, &image_from_working, 0.0);
    report(progress, Step::Resample, 1.0).await?;
    Ok(Volume { shape, data, world_from_voxel: image.world_from_voxel.compose(&image_from_working) })
}
