//! Kinds of maps that people have: modulated, smoothed, of another tissue, in the person's own space, of coarse voxels.
//! Made from the template's maps, which the repository holds.

use shared::prepare::t1::Kind;
use shared::prepare::{PrepareError, fit_to_grid, is_modulated};
use shared::volume::{Affine, Grid, Volume, read_nifti, resample};
use std::path::Path;

fn template(name: &str) -> Volume {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/template").join(name);
    read_nifti(name, &std::fs::read(path).unwrap(), None).unwrap().into_volume().unwrap()
}

fn slab() -> Grid {
    Grid { shape: [96, 112, 10], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-94.0, -128.0, 4.0]) }
}

fn whole(spacing_mm: f64) -> Grid {
    let shape = [188.0, 224.0, 188.0].map(|side: f64| (side / spacing_mm) as usize);
    Grid { shape, mni_from_voxel: Affine::from_spacing_origin([spacing_mm; 3], [-94.0, -130.0, -76.0]) }
}

fn changed(volume: &Volume, change: impl Fn(f32) -> f32) -> Volume {
    volume.with_data(volume.data.iter().map(|value| change(*value)).collect())
}

#[test]
fn modulated_maps_are_taken_and_cut_to_1() {
    let gm = template("icbm152_2mm_gm.nii.gz");
    // Squared: one person's map has less than the average of many, which smears it.
    for times in [1.2, 1.6, 2.2] {
        let modulated = changed(&gm, |value| times * value * value);
        assert_eq!(Kind::of(&modulated), Kind::GmMap);
        assert!(is_modulated(&modulated) && !is_modulated(&gm));
        for grid in [slab(), whole(2.0)] {
            let fitted = fit_to_grid("mwp1a.nii", &modulated, &grid).unwrap();
            assert!(fitted.data.iter().all(|value| (0.0..=1.0).contains(value)));
        }
    }
}

#[test]
fn other_tissues_under_the_name_of_grey_matter_are_refused() {
    for (file, tissue) in [("icbm152_2mm_wm.nii.gz", "white matter"), ("icbm152_2mm_csf.nii.gz", "fluid")] {
        // As bright as an individual's map, where the mean over the brain tells nothing.
        for power in [1.0, 0.6] {
            let map = changed(&template(file), |value| value.powf(power));
            for grid in [slab(), whole(4.0)] {
                let error = fit_to_grid("sub-1_label-GM_probseg.nii.gz", &map, &grid).unwrap_err();
                let message = error.to_string();
                let by_mean = matches!(error, PrepareError::ImplausibleMean { .. } | PrepareError::MissingSlice { .. });
                assert!(by_mean || message.contains(tissue), "{message}");
                assert!(tissue == "fluid" || !by_mean, "white matter passes for its amount: {message}");
            }
        }
    }
}

#[test]
fn grey_matter_in_scanner_coordinates_is_no_map_in_mni_space() {
    let gm = template("icbm152_2mm_gm.nii.gz");
    // As heads lie in a scanner: turned by some degrees, centimetres away, and the brain not of the template's size.
    let (sin, cos) = 0.25f64.sin_cos();
    let turn = |shift_mm: [f64; 3]| {
        Affine([
            [0.96, 0.02, 0.0, shift_mm[0]],
            [0.0, 1.02 * cos, -sin, shift_mm[1]],
            [0.0, sin, 0.95 * cos, shift_mm[2]],
        ])
    };
    for shift_mm in [[2.0, 12.0, -8.0], [-3.0, -16.0, 20.0], [1.0, 16.0, 10.0], [4.0, -18.0, -12.0]] {
        let mut own = gm.clone();
        own.world_from_voxel = turn(shift_mm).compose(&gm.world_from_voxel);
        for grid in [slab(), whole(4.0)] {
            let result = fit_to_grid("sub-1_label-GM_probseg.nii.gz", &own, &grid);
            assert!(result.is_err(), "{shift_mm:?} passed");
        }
    }
}

#[test]
fn a_scaled_scan_is_sent_to_the_preparation_and_taken_there() {
    let head = template("colin27_2mm_head.nii.gz");
    for scan in [head.clone(), changed(&head, |value| 2.0 * value), changed(&head, |value| 3.0 * value - 0.7)] {
        let error = fit_to_grid("t1.nii", &scan, &slab()).unwrap_err().to_string();
        assert!(error.contains("trainer prepare"), "{error}");
        assert_eq!(Kind::of(&scan), Kind::T1, "the preparation would send it back");
    }
}

#[test]
fn coarser_grids_get_means_of_the_tissue() {
    let gm = template("icbm152_2mm_gm.nii.gz");
    // Half black and half white in every 4 mm: single points would show one of the two.
    let striped = gm
        .with_data(gm.data.iter().enumerate().map(|(index, value)| value * (index % gm.shape[0] % 2) as f32).collect());
    let grid = whole(4.0);
    let (means, plain) = (fit_to_grid("map", &striped, &grid).unwrap(), resample(&gm, &grid));
    let (mut error, mut count) = (0.0, 0);
    for (mean, whole) in means.data.iter().zip(&plain.data).filter(|(_, whole)| **whole > 0.5) {
        error += (mean - 0.5 * whole).abs();
        count += 1;
    }
    assert!(error / (count as f32) < 0.02, "mean error {} in {count} voxels", error / count as f32);
}

#[test]
fn voxels_of_3_mm_leave_no_black_planes() {
    // Ten slices of 3 mm, a slab that ends inside the brain: its outer voxels reach 1.5 mm beyond their centres.
    let gm = template("icbm152_2mm_gm.nii.gz");
    let source =
        Grid { shape: [64, 76, 8], mni_from_voxel: Affine::from_spacing_origin([3.0; 3], [-95.0, -132.0, 1.5]) };
    let coarse = resample(&gm, &source);
    let grid =
        Grid { shape: [96, 112, 12], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-94.0, -128.0, 1.0]) };
    let fitted = fit_to_grid("map", &coarse, &grid).unwrap();
    let plane = 96 * 112;
    let sum = |z: usize| fitted.data[z * plane..(z + 1) * plane].iter().sum::<f32>();
    for (outer, inner) in [(0, 1), (11, 10)] {
        assert!(sum(outer) > 0.9 * sum(inner), "plane {outer}: {} beside {}", sum(outer), sum(inner));
    }
}

#[test]
fn a_large_brain_is_taken_on_coarse_grids_and_one_elsewhere_is_not() {
    let gm = template("icbm152_2mm_gm.nii.gz");
    // A twentieth larger than the standard brain about its middle, as brains are that no affine brought to its size.
    let larger = |shift_mm: f64| {
        let to = Affine::from_spacing_origin([1.05; 3], [shift_mm, 0.85, -0.25]);
        Volume::new(gm.shape, gm.data.clone(), to.compose(&gm.world_from_voxel))
    };
    for spacing_mm in [4.0, 6.0, 8.0] {
        let grid = whole(spacing_mm);
        assert!(fit_to_grid("gm.nii", &larger(0.0), &grid).is_ok(), "{spacing_mm} mm");
        assert!(fit_to_grid("gm.nii", &larger(20.0), &grid).is_err(), "{spacing_mm} mm, 20 mm aside");
    }
}
