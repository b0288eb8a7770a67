//! Real files beside the project: 23 NIfTI cases with the values that nibabel reads, 206 grey-matter maps that must
//! be accepted, and five T1 images that must be refused.
//!
//! Run by name (`cargo test -p shared --test real_nifti_cases`). The folder is `AGELENS_DATA`, by default
//! `../shared/data` beside the project; where it is missing, the tests fail.

use shared::prepare::{PrepareError, fit_to_grid};
use shared::volume::{Affine, Grid, NiftiImage, Volume, VolumeError, Warning, read_nifti};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The padded slab grid of the models: larger than the maps at the sides.
fn slab_grid() -> Grid {
    Grid { shape: [96, 112, 10], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-94.0, -128.0, 4.0]) }
}

fn data_folder(part: &str) -> PathBuf {
    let root = std::env::var_os("AGELENS_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let folder = root.join(part);
    assert!(
        folder.is_dir(),
        "{}: the data folder is missing. Set AGELENS_DATA to the folder that holds {part}, or leave this test out",
        folder.display()
    );
    folder
}

fn read(path: &Path) -> Result<NiftiImage, VolumeError> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let image = std::fs::read(path.with_extension("img")).ok();
    read_nifti(&path.file_name().unwrap().to_string_lossy(), &bytes, image.as_deref())
}

/// Whether two numbers agree to the six digits or so that a table keeps, or in 32-bit arithmetic.
fn near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1e-6)
}

fn numbers(text: &str, separator: char) -> Vec<f64> {
    text.split(separator).map(|number| number.parse().unwrap()).collect()
}

/// One line of `cases.tsv`, by column.
type Case<'a> = HashMap<&'a str, &'a str>;

fn check_opened(case: &Case, image: &NiftiImage) {
    let file = case["file"];
    let number = |column: &str| -> f64 { case[column].parse().unwrap_or_else(|_| panic!("{file}: {column}")) };
    let version = format!("{}{}", image.version, if image.single_file { "" } else { " pair" });
    assert_eq!(version, case["nifti"], "{file}");
    let dims: Vec<f64> = image.dims.iter().map(|&length| length as f64).collect();
    assert_eq!(dims, numbers(case["dims"], 'x'), "{file}");
    let voxel_mm = numbers(case["voxel_mm"], 'x');
    assert_eq!(voxel_mm.len(), image.voxel_mm.len(), "{file}");
    let differ = voxel_mm.iter().zip(&image.voxel_mm).find(|(a, b)| !near(**a, **b));
    assert_eq!(differ, None, "{file}: voxel size");
    assert_eq!(image.dtype, case["dtype"], "{file}");
    assert_eq!(image.byte_order.as_str(), case["endian"], "{file}");
    assert!(near(image.scl_slope, number("scl_slope")), "{file}: slope {}", image.scl_slope);
    assert!(near(image.scl_inter, number("scl_inter")), "{file}: intercept {}", image.scl_inter);
    assert_eq!(image.vox_offset as f64, number("vox_offset"), "{file}");
    assert_eq!(f64::from(image.qform_code), number("qform_code"), "{file}");
    assert_eq!(f64::from(image.sform_code), number("sform_code"), "{file}");
    assert_eq!(image.orientation, case["orientation"], "{file}");
    for (row, column) in image.world_from_voxel.0.iter().zip(["affine_row1", "affine_row2", "affine_row3"]) {
        for (a, b) in row.iter().zip(numbers(case[column], ' ')) {
            assert!(near(*a, b), "{file}: affine {a} instead of {b}");
        }
    }

    let known = || image.data.iter().copied().filter(|value| !value.is_nan()).map(f64::from);
    let min = known().fold(f64::INFINITY, f64::min);
    let max = known().fold(f64::NEG_INFINITY, f64::max);
    let mean = known().sum::<f64>() / known().count() as f64;
    for (value, column) in [(min, "min"), (max, "max"), (mean, "mean")] {
        assert!(near(value, number(column)), "{file}: {column} {value} instead of {}", case[column]);
    }
    assert_eq!(image.n_nan as f64, number("n_nan"), "{file}");
}

/// What each broken file must be called.
fn is_expected_error(file: &str, error: &VolumeError) -> bool {
    match file {
        "bad_rand.hdr" | "bad_rand_nifti.hdr" => matches!(error, VolumeError::NotNifti { .. }),
        "bad_missing_img.hdr" => matches!(error, VolumeError::MissingImage { .. }),
        "bad_truncated.nii" => {
            let expected = (352 + 67650, 352 + 30000);
            matches!(error, VolumeError::Truncated { expected_bytes, found_bytes, .. }
                if (*expected_bytes, *found_bytes) == expected)
        }
        "bad_magic.nii" => matches!(error, VolumeError::Analyze { .. }),
        "bad_datatype.nii" => matches!(error, VolumeError::UnknownDataType { code: 9999, .. }),
        "bad_negative_dim.nii" => {
            matches!(error, VolumeError::BadDimensions { dims, .. } if dims[1] == -5)
        }
        _ => false,
    }
}

#[test]
fn the_nifti_cases_read_as_nibabel_reads_them() {
    let folder = data_folder("nifti-cases");
    let table = std::fs::read_to_string(folder.join("cases.tsv")).unwrap();
    let mut lines = table.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let mut count = 0;
    for line in lines {
        let case: Case = columns.iter().copied().zip(line.split('\t')).collect();
        let file = case["file"];
        count += 1;
        match (read(&folder.join(file)), case["expected"]) {
            (Ok(image), "opens") => {
                check_opened(&case, &image);
                if file == "derived_sform_qform_differ.nii.gz" {
                    assert!(image.warnings.iter().any(|warning| matches!(warning, Warning::FormsDisagree { .. })));
                }
                let volumes: usize = image.dims.iter().skip(3).product();
                match image.into_volume() {
                    Ok(volume) => {
                        assert_eq!(volume.world_from_voxel.orientation_code(), "RAS", "{file}")
                    }
                    Err(error) => {
                        assert!(volumes > 1 && matches!(error, VolumeError::NotThreeDimensional { .. }), "{error}")
                    }
                }
            }
            (Ok(_), expected) => panic!("{file}: opened, but nibabel says {expected}"),
            (Err(error), "opens") => panic!("{file}: nibabel opens it, but: {error}"),
            (Err(error), _) => {
                assert!(is_expected_error(file, &error), "{file}: {error:?}");
                assert!(error.to_string().starts_with(file));
            }
        }
    }
    assert_eq!(count, 23, "cases.tsv has other cases than this test was written for");
}

#[test]
fn the_oasis_maps_fit_the_padded_grid_bit_for_bit() {
    let folder = data_folder("oasis1-gm-slab");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let subject = entry.unwrap().file_name().into_string().unwrap();
        if !subject.starts_with("sub-") {
            continue;
        }
        count += 1;
        let stem = folder.join(&subject).join("anat").join(format!("{subject}_space-MNI152NLin2009aSym_res-2_"));
        let load = |kind: &str| -> Volume {
            read(Path::new(&format!("{}{kind}.nii.gz", stem.display()))).unwrap().into_volume().unwrap()
        };
        let map = load("label-GM_probseg");
        let fitted = fit_to_grid(&subject, &map, &slab_grid()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(fitted.shape, [96, 112, 10]);
        for (index, value) in map.data.iter().enumerate() {
            // Origins differ by 4 and 2 mm: two voxels along x, one along y.
            let [x, y, z] = [index % 91, index / 91 % 109, index / (91 * 109)];
            let there = fitted.data[(z * 112 + y + 1) * 96 + x + 2];
            assert_eq!(value.to_bits(), there.to_bits(), "{subject}");
        }
        let error = fit_to_grid(&subject, &load("desc-brain_T1w"), &slab_grid()).unwrap_err();
        assert!(matches!(error, PrepareError::WholeBrain { .. }), "{error}");
    }
    assert_eq!(count, 206);
}

#[test]
fn whole_head_t1_images_and_their_labels_are_refused() {
    let folder = data_folder("ixi-t1-2mm");
    for subject in ["IXI012", "IXI013", "IXI014", "IXI015", "IXI051"] {
        for (kind, is_t1) in [("T1w", true), ("desc-dlmuse_dseg", false)] {
            let path = folder.join(format!("sub-{subject}/anat/sub-{subject}_{kind}.nii.gz"));
            let image = read(&path).unwrap();
            assert_eq!(image.orientation, "PSR");
            let volume = image.into_volume().unwrap();
            assert_eq!(volume.shape, [90, 120, 120], "{subject}");
            let error = fit_to_grid(subject, &volume, &slab_grid()).unwrap_err();
            assert!(matches!(error, PrepareError::TooHigh { .. }), "{error}");
            assert!(!is_t1 || error.to_string().contains("raw T1"));
        }
    }
}
