//! Is an image a map of one tissue, or a scan? Told by its values and its shape, wherever it lies.
//!
//! Probabilities and densities end near 1 (where modulated, multiplied by a local change of volume, at two or three), are
//! never negative, and are thin and dark around: a ribbon, not a solid. A T1 image may be scaled to 0..1 or to a mean of
//! 0, but it stays as large as a head or as solid as a brain. Measured on images of 2 mm, above a tenth of the brightest:
//!
//! | image | volume in ml | solid part |
//! | --- | --- | --- |
//! | grey matter of 37 people, own space, sharp or smooth | 743 to 1505 | 0.29 to 0.65 |
//! | white matter of 17 people | 585 to 853 | 0.35 to 0.46 |
//! | GM maps of 206 people, slab of 20 mm | 260 to 314 | 0.26 to 0.50 |
//! | GM of the ICBM152 template, an average | 1672 | 0.64 |
//! | T1 images of 34 heads, 0..1 | 2680 to 4806 | 0.55 to 0.84 |
//! | T1 images of 17 brains without skull, 0..1 | 1229 to 1672 | 0.73 to 0.85 |
//! | T1 images of 206 people, slab of 20 mm | 410 to 412 | 0.91 |

use super::error::NotTissueMap;
use super::places::Means;
use crate::volume::Volume;

/// Above this a value is no probability with an overshoot of interpolation.
pub(super) const HIGHEST_PROBABILITY: f32 = 1.05;
/// Modulation multiplies by the local change of volume: a few voxels reach this, most stay below the next.
const HIGHEST_MODULATED: f32 = 5.0;
const MOST_MODULATED: f32 = 2.5;
/// Share of voxels that may lie beyond a limit: a few broken or overshooting ones decide nothing.
const FEW: f64 = 1e-3;
/// Splines undershoot; more below 0 than this is no map.
const UNDERSHOOT: f32 = -0.05;

/// What is above this share of the brightest values belongs to the object.
const OBJECT_SHARE: f32 = 0.1;
/// The brightest values: this quantile of those above 0, so that single bright voxels do not decide.
const BRIGHTEST_QUANTILE: f64 = 0.995;
const MOST_VOLUME_ML: f64 = 2200.0;
/// Objects smaller than this, such as single slices, are not judged by their solidity.
const LEAST_VOLUME_ML: f64 = 100.0;
/// Share of the object's voxels that have the object all around them at this distance.
const MOST_SOLID: f64 = 0.69;
const AROUND_MM: f64 = 4.0;

/// Whether an image looks like a map of one tissue, as [`not_a_tissue_map`] judges it.
pub fn looks_like_tissue_map(volume: &Volume) -> bool {
    not_a_tissue_map(volume).is_none()
}

/// Whether a map's values are amounts of tissue, which modulation leaves above 1, rather than probabilities.
pub fn is_modulated(volume: &Volume) -> bool {
    volume.data.iter().any(|value| *value > HIGHEST_PROBABILITY) && looks_like_tissue_map(volume)
}

/// Why an image is no map of the probability or amount of one tissue; `None` where it may be one.
///
/// The data must fit the shape; values that are not finite are passed over.
pub fn not_a_tissue_map(volume: &Volume) -> Option<NotTissueMap> {
    if !volume.is_sound() {
        return Some(NotTissueMap::Shape);
    }
    let count = volume.data.len();
    let few = (count as f64 * FEW) as usize;
    let beyond = |is: &dyn Fn(f32) -> bool| volume.data.iter().filter(|value| is(**value)).count();
    if beyond(&|value| value < UNDERSHOOT) > few {
        return Some(NotTissueMap::Below);
    }
    if beyond(&|value| value > HIGHEST_MODULATED) > few / 100 || beyond(&|value| value > MOST_MODULATED) > few {
        return Some(NotTissueMap::Above);
    }
    // Smoothed maps are large and solid, too; where they lie in MNI152 space their content tells more than their shape.
    if Means::of(volume).is_some_and(|means| means.is_clearly_grey_matter()) {
        return None;
    }
    let threshold = OBJECT_SHARE * brightest(&volume.data)?;
    let object: Vec<bool> = volume.data.iter().map(|value| *value > threshold).collect();
    let voxels = object.iter().filter(|inside| **inside).count();
    let volume_ml = voxels as f64 * volume.world_from_voxel.determinant().abs() / 1000.0;
    if volume_ml > MOST_VOLUME_ML {
        return Some(NotTissueMap::Large);
    }
    if volume_ml > LEAST_VOLUME_ML && solid_voxels(volume, &object) as f64 > MOST_SOLID * voxels as f64 {
        return Some(NotTissueMap::Solid);
    }
    None
}

/// A high quantile of the values above 0; `None` where there are none.
fn brightest(data: &[f32]) -> Option<f32> {
    let mut positive: Vec<f32> = data.iter().copied().filter(|value| *value > 0.0 && value.is_finite()).collect();
    let last = positive.len().checked_sub(1)?;
    let (_, value, _) = positive.select_nth_unstable_by((last as f64 * BRIGHTEST_QUANTILE) as usize, f32::total_cmp);
    Some(*value)
}

/// Voxels of the object whose neighbours at [`AROUND_MM`] along each axis belong to it, too; where the image ends it may
/// go on.
fn solid_voxels(volume: &Volume, object: &[bool]) -> usize {
    let [nx, ny, _] = volume.shape;
    let strides = [1, nx, nx * ny];
    let steps = volume.world_from_voxel.spacing_mm().map(|side_mm| ((AROUND_MM / side_mm).round() as usize).max(1));
    let is_solid = |index: usize| {
        let place = [index % nx, index / nx % ny, index / (nx * ny)];
        (0..3).all(|axis| {
            let offset = steps[axis] * strides[axis];
            let before = place[axis] < steps[axis] || object[index - offset];
            let after = place[axis] + steps[axis] >= volume.shape[axis] || object[index + offset];
            before && after
        })
    };
    (0..object.len()).filter(|&index| object[index] && is_solid(index)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, read_nifti};

    fn template(file: &str) -> Volume {
        let path = format!("{}/../static/template/{file}_2mm_", env!("CARGO_MANIFEST_DIR"));
        let [name, kind] = file.split('-').collect::<Vec<_>>()[..] else { panic!("{file}") };
        let path = path.replace(file, name) + kind + ".nii.gz";
        read_nifti(file, &std::fs::read(path).expect("template"), None).and_then(|i| i.into_volume()).expect("volume")
    }

    /// Means of each voxel and its neighbours along the axes, so many times over: 1.15 mm of spread each.
    fn smoothed(volume: &Volume, times: usize) -> Volume {
        let mut volume = volume.clone();
        for stride in [1, volume.shape[0], volume.shape[0] * volume.shape[1]].repeat(times) {
            let before = volume.data.clone();
            let at = |index: Option<usize>| index.and_then(|index| before.get(index)).copied().unwrap_or_default();
            for (index, value) in volume.data.iter_mut().enumerate() {
                *value = (at(index.checked_sub(stride)) + at(Some(index)) + at(Some(index + stride))) / 3.0;
            }
        }
        volume
    }

    fn changed(volume: &Volume, change: impl Fn(f32) -> f32) -> Volume {
        volume.with_data(volume.data.iter().map(|value| change(*value)).collect())
    }

    #[test]
    fn maps_of_a_tissue_are_told_from_scans_whatever_their_scale() {
        let gm = template("icbm152-gm");
        let (head, brain) = (template("colin27-head"), template("icbm152-t1"));
        for (what, map) in [
            ("probability", gm.clone()),
            ("modulated", changed(&gm, |value| 1.6 * value)),
            ("overshoot", changed(&gm, |value| 1.06 * value - 0.008)),
            ("white matter", template("icbm152-wm")),
            ("smoothed by 8 mm", smoothed(&gm, 5)),
        ] {
            assert_eq!(not_a_tissue_map(&map), None, "{what}");
        }
        let zero = |value: f32| (value - 0.25) * 4.0;
        for (what, scan) in [
            ("head, 0..1", head.clone()),
            ("head, 0..2", changed(&head, |value| 2.0 * value)),
            ("head, intensities", changed(&head, |value| 900.0 * value)),
            ("head, z", changed(&head, zero)),
            ("head, z in the head", changed(&head, |value| if value > 0.02 { zero(value) } else { 0.0 })),
            ("head, percent", changed(&head, |value| (value * 1.4).min(1.0))),
            ("brain, 0..1", brain.clone()),
            ("brain, z in the brain", changed(&brain, |value| if value > 0.02 { zero(value) } else { 0.0 })),
            ("far intercept", changed(&head, |value| 3000.0 * value - 33792.0)),
        ] {
            assert!(not_a_tissue_map(&scan).is_some(), "{what}");
        }
        assert!(!is_modulated(&gm) && is_modulated(&changed(&gm, |value| 1.6 * value)) && !is_modulated(&head));
    }

    #[test]
    fn single_voxels_decide_nothing() {
        let mut gm = template("icbm152-gm");
        (gm.data[0], gm.data[1]) = (-3.0, f32::NAN);
        assert!(looks_like_tissue_map(&gm));
        let mut head = template("colin27-head");
        head.data[0] = -0.5;
        assert!(!looks_like_tissue_map(&head));
    }

    #[test]
    fn unusable_and_small_volumes_are_survived() {
        let empty = Volume::new([0; 3], vec![], Affine::IDENTITY);
        assert!(!looks_like_tissue_map(&empty));
        for shape in [[1, 1, 1], [5, 1, 1], [3, 2, 4]] {
            let count = shape.iter().product::<usize>();
            let data = (0..count).map(|index| index as f32 / 24.0).collect();
            assert!(looks_like_tissue_map(&Volume::new(shape, data, Affine::IDENTITY)));
        }
    }
}
