//! Kinds of files that other programs write and open: padded gzip, lengths in other units, far intercepts.

mod nifti_file;

use nifti_file::{NiftiFile, gzip};
use shared::volume::{NiftiImage, VolumeError, Warning, read_nifti};

/// Where the units stand in the headers of the two versions.
const UNIT_BYTE: [usize; 2] = [123, 500];

fn in_unit(file: &NiftiFile, code: u8) -> NiftiImage {
    let mut bytes = file.bytes();
    bytes[UNIT_BYTE[usize::from(file.version) - 1]] = code;
    read_nifti("test.nii", &bytes, None).unwrap()
}

#[test]
fn gzip_is_opened_with_padding_after_and_between_its_members() {
    let file = NiftiFile { extension_bytes: 160, ..Default::default() };
    let expected = read_nifti("a", &file.bytes(), None).unwrap().data;
    let whole = file.bytes();
    let (first, second) = whole.split_at(300);
    let zeros = vec![0; 5000];
    for bytes in [
        [gzip(&whole), zeros.clone()].concat(),
        [gzip(&whole), vec![0]].concat(),
        [gzip(first), zeros.clone(), gzip(second)].concat(),
        [gzip(first), vec![0; 3], gzip(second), zeros.clone()].concat(),
        [gzip(&whole), gzip(&[])].concat(),
    ] {
        let image = read_nifti("a.nii.gz", &bytes, None).unwrap();
        assert_eq!((image.data, image.warnings.len()), (expected.clone(), 0));
    }
    // An image of a pair may be padded, too.
    let pair = NiftiFile { single_file: false, ..Default::default() };
    let image = [gzip(&pair.voxels()), zeros].concat();
    assert_eq!(read_nifti("a.hdr", &pair.bytes(), Some(&image)).unwrap().data, expected);
}

#[test]
fn what_follows_gzip_and_is_no_padding_is_ignored_with_a_warning() {
    let file = NiftiFile::default();
    let bytes = [gzip(&file.bytes()), b"\0\0a signature".to_vec()].concat();
    let image = read_nifti("a.nii.gz", &bytes, None).unwrap();
    assert_eq!(image.data.len(), 24);
    assert_eq!(image.warnings, [Warning::AfterGzip { bytes: 11 }]);
    // Where voxels are missing it does not stand for them.
    let whole = file.bytes();
    let cut = [gzip(&whole[..400]), whole[400..].to_vec()].concat();
    assert!(matches!(read_nifti("a.nii.gz", &cut, None).unwrap_err(), VolumeError::Truncated { .. }));
    // A damaged member after a whole one is damage all the same.
    let mut second = gzip(&whole[300..]);
    let checksum = second.len() - 8;
    second[checksum] ^= 1;
    let error = read_nifti("a.nii.gz", &[gzip(&whole[..300]), second].concat(), None).unwrap_err();
    assert!(matches!(error, VolumeError::BadGzip { .. }), "{error}");
}

#[test]
fn lengths_in_metres_and_micrometres_become_millimetres() {
    for version in [1, 2] {
        let in_mm = NiftiFile { version, qform_code: 1, qform_offset_mm: [-10.0, -20.0, 30.0], ..Default::default() };
        let expected = in_unit(&in_mm, 2);
        assert!(expected.warnings.is_empty(), "{:?}", expected.warnings);
        for (code, factor) in [(1, 1e-3), (3, 1e3), (3 + 8, 1e3)] {
            let mut file = in_mm.clone();
            file.sform_rows.iter_mut().flatten().for_each(|value| *value *= factor);
            file.qform_offset_mm.iter_mut().for_each(|value| *value *= factor);
            file.pixdim[1..4].iter_mut().for_each(|value| *value *= factor);
            // By sform, by qform, and by the voxel size alone.
            for (sform_code, qform_code) in [(1, 1), (0, 1), (0, 0)] {
                let expected = in_unit(&NiftiFile { qform_code, sform_code, ..in_mm.clone() }, 2);
                let file = NiftiFile { qform_code, sform_code, ..file.clone() };
                let image = in_unit(&file, code);
                assert!(
                    image.world_from_voxel.max_difference(&expected.world_from_voxel) < 1e-4,
                    "{code} {sform_code}"
                );
                let told = |image: &NiftiImage| image.warnings.iter().map(Warning::to_string).collect::<Vec<_>>();
                assert_eq!(told(&image), told(&expected));
                assert!(image.into_volume().is_ok());
            }
        }
    }
}

#[test]
fn a_unit_that_cannot_be_is_passed_over_with_a_warning() {
    // Some writers say metres or micrometres and mean millimetres.
    let plain = in_unit(&NiftiFile::default(), 2);
    for code in [1, 3] {
        let image = in_unit(&NiftiFile::default(), code);
        assert_eq!(image.world_from_voxel, plain.world_from_voxel);
        assert!(matches!(image.warnings[0], Warning::Units { form: "sform", .. }), "{:?}", image.warnings);
    }
}

#[test]
fn absurd_voxels_are_refused_with_their_size() {
    for (factor, words) in [(0.001, "0.002 x 0.003 x 0.004 mm"), (1000.0, "2000 x 3000 x 4000 mm")] {
        let mut file = NiftiFile::default();
        file.sform_rows.iter_mut().flatten().for_each(|value| *value *= factor);
        let error = in_unit(&file, 2).into_volume().unwrap_err();
        assert!(matches!(error, VolumeError::VoxelSize { .. }));
        let message = error.to_string();
        assert!(
            message.starts_with("test.nii: ") && message.contains(words) && message.contains("xyzt_units"),
            "{message}"
        );
    }
    // What microscopes and coarse phantoms have is accepted.
    for side in [0.1, 8.0] {
        let sform_rows = [[side, 0.0, 0.0, 0.0], [0.0, side, 0.0, 0.0], [0.0, 0.0, side, 0.0]];
        assert!(in_unit(&NiftiFile { sform_rows, ..Default::default() }, 2).into_volume().is_ok());
    }
}

#[test]
fn a_far_intercept_moves_every_value() {
    let file = NiftiFile { dtype: 4, scaling: (1.0, -33792.0), ..Default::default() };
    let data = in_unit(&file, 2).data;
    assert!(data.iter().zip(&file.values).all(|(value, stored)| f64::from(*value) == stored - 33792.0));
}
