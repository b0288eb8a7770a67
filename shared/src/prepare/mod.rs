//! From a grey-matter map in MNI152 space to the grid of a model.
//!
//! A model answers for any numbers it is given, so whatever is no grey-matter map in MNI152 space is refused here,
//! with the reason. Segmentation and registration of raw T1 images come before this step.

mod error;
mod likeness;
mod placement;
mod places;
pub mod t1;
mod values;
mod version;

use crate::volume::{Grid, MAX_UNPACKED_BYTES, Volume, resample};
pub use error::{NotTissueMap, OtherTissue, PrepareError};
pub use likeness::{is_modulated, looks_like_tissue_map, not_a_tissue_map};
pub use placement::reach_of_brain;
pub use version::{PHANTOM_DESCRIPTION, check_version, description, is_same_preparation, version_of};

/// Names everything that decides the values a model sees: what [`fit_to_grid`] makes of a map (`gm-map-…`), how
/// [`t1::prepare_t1`] makes the map (`t1-…`), and the template it is fitted to ([`t1::TEMPLATE_VERSION`]).
///
/// A part is raised whenever the same image would give other values. Prepared maps say it in their `descrip`, and a
/// bundle says which one its models learned from: [`check_version`] keeps the two together, and [`is_same_preparation`]
/// knows which versions differ in nothing that a model learned from. Every version starts with `gm-map-`.
pub const PREPARATION_VERSION: &str = "gm-map-2+t1-3+icbm2009a-heads20-1";

/// Checks that a volume is a grey-matter map in MNI152 space, and samples it on a grid.
///
/// Trilinear, averaged where the grid is coarser than the volume, 0 outside the volume, values clamped to 0..1. Where the
/// grid is the volume's own shifted by whole voxels, values are kept as they are. Modulated maps, whose values go beyond 1
/// ([`is_modulated`]), are cut to 1. `name` is for error messages only.
///
/// # Errors
/// A [`PrepareError`] that names what the volume looks like instead, or what it lacks.
pub fn fit_to_grid(name: &str, volume: &Volume, grid: &Grid) -> Result<Volume, PrepareError> {
    check_grid(name, grid)?;
    values::check(name, volume)?;
    placement::check_coverage(name, volume, grid)?;
    let mut fitted = resample(volume, grid);
    for value in &mut fitted.data {
        *value = value.clamp(0.0, 1.0);
    }
    placement::check_tissue(name, &fitted, coarsest_mm(volume, grid))?;
    values::check_likeness(name, volume)?;
    places::check(name, volume)?;
    Ok(fitted)
}

/// The widest voxels that a map went through on its way to a grid.
fn coarsest_mm(volume: &Volume, grid: &Grid) -> f64 {
    let sizes = [&volume.world_from_voxel, &grid.mni_from_voxel].map(|affine| affine.spacing_mm()[0]);
    f64::max(sizes[0], sizes[1])
}

/// Grids come from bundles, which may be damaged: their size is checked before memory is taken for it.
fn check_grid(name: &str, grid: &Grid) -> Result<(), PrepareError> {
    let voxels = grid.shape.iter().try_fold(1u64, |product, &side| product.checked_mul(side as u64));
    let limit = MAX_UNPACKED_BYTES / size_of::<f32>() as u64;
    match voxels {
        Some(voxels) if (1..=limit).contains(&voxels) && grid.mni_from_voxel.is_invertible() => Ok(()),
        _ => Err(PrepareError::BadGrid { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Affine;

    /// A head without detail: a shell of grey matter, smooth at its borders, around an ellipsoid of white matter.
    fn map(shape: [usize; 3], mni_from_voxel: Affine) -> Volume {
        let mut data = Vec::new();
        for z in 0..shape[2] {
            for y in 0..shape[1] {
                for x in 0..shape[0] {
                    let [x, y, z] = mni_from_voxel.apply([x as f64, y as f64, z as f64]);
                    let radius = (x / 68.0).hypot((y + 17.0) / 88.0).hypot((z - 5.0) / 74.0);
                    let depth = (0.9 - radius).abs() / 0.1;
                    data.push((1.5 - depth).clamp(0.0, 1.0) as f32);
                }
            }
        }
        Volume::new(shape, data, mni_from_voxel)
    }

    fn whole_brain() -> Volume {
        map([91, 109, 91], Affine::from_spacing_origin([2.0; 3], [-90.0, -126.0, -72.0]))
    }

    fn slab_grid() -> Grid {
        Grid { shape: [96, 112, 10], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-94.0, -128.0, 4.0]) }
    }

    fn whole_grid() -> Grid {
        Grid { shape: [96, 112, 96], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-94.0, -128.0, -78.0]) }
    }

    #[test]
    fn a_map_fits_slab_and_whole_brain_at_any_resolution() {
        for volume in [whole_brain(), map([61, 73, 61], Affine::from_spacing_origin([3.0; 3], [-90.0, -126.0, -72.0]))]
        {
            for grid in [slab_grid(), whole_grid()] {
                let fitted = fit_to_grid("map", &volume, &grid).unwrap();
                assert_eq!(fitted.shape, grid.shape);
                assert_eq!(fitted.world_from_voxel, grid.mni_from_voxel);
                assert!(fitted.data.iter().all(|value| (0.0..=1.0).contains(value)));
            }
        }
    }

    #[test]
    fn the_same_brain_elsewhere_or_otherwise_is_refused() {
        type Change = fn(&mut Volume);
        type Expected = fn(&PrepareError) -> bool;
        let cases: [(&str, Change, Expected); 8] = [
            ("shifted far", |v| v.world_from_voxel.0[1][3] += 60.0, |e| matches!(e, PrepareError::NotCovered { .. })),
            (
                "cropped",
                |v| {
                    v.shape[2] = 42;
                    v.data.truncate(91 * 109 * 42);
                },
                |e| matches!(e, PrepareError::NotCovered { .. }),
            ),
            ("blanked", |v| v.data[91 * 109 * 46..].fill(0.0), |e| matches!(e, PrepareError::MissingSlice { .. })),
            ("to the front", |v| v.world_from_voxel.0[1][3] += 24.0, |e| matches!(e, PrepareError::Misplaced { .. })),
            ("to the side", |v| v.world_from_voxel.0[0][3] += 7.0, |e| matches!(e, PrepareError::OffMidline { .. })),
            (
                "percent of percent",
                |v| v.data.iter_mut().for_each(|value| *value *= 0.01),
                |e| matches!(e, PrepareError::ImplausibleMean { .. }),
            ),
            (
                "like a T1",
                |v| v.data.iter_mut().for_each(|value| *value = 0.3 + 0.4 * *value),
                |e| matches!(e, PrepareError::WholeBrain { .. }),
            ),
            (
                "255",
                |v| v.data.iter_mut().for_each(|value| *value *= 254.9),
                |e| matches!(e, PrepareError::TooHigh { .. }),
            ),
        ];
        for (what, change, expected) in cases {
            let mut volume = whole_brain();
            change(&mut volume);
            for grid in [slab_grid(), whole_grid()] {
                let error = fit_to_grid("map.nii", &volume, &grid).unwrap_err();
                assert!(expected(&error), "{what}: {error}");
                assert!(error.to_string().starts_with("map.nii: "));
            }
        }
    }

    #[test]
    fn damaged_grids_are_refused_without_taking_memory() {
        for (shape, origin_mm) in [
            ([0, 112, 10], -94.0),
            ([1 << 20, 1 << 20, 1 << 20], -94.0),
            ([usize::MAX, 2, 2], -94.0),
            ([4, 4, 4], 9000.0),
        ] {
            let mni_from_voxel = Affine::from_spacing_origin([2.0; 3], [origin_mm; 3]);
            let error = fit_to_grid("map", &whole_brain(), &Grid { shape, mni_from_voxel }).unwrap_err();
            assert!(matches!(error, PrepareError::BadGrid { .. }), "{error}");
        }
    }
}
