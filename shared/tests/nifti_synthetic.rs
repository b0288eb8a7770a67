//! Reading and writing NIfTI on files built in memory: every type, orientation and form.

mod nifti_file;

use nifti_file::{NiftiFile, gzip};
use shared::volume::{
    Affine, ByteOrder, NiftiImage, Space, Volume, VolumeError, Warning, read_nifti, write_nifti, write_nifti_gz,
    write_nifti_gz_in_steps, write_nifti_in,
};

fn read(file: &NiftiFile) -> NiftiImage {
    read_nifti("test.nii", &file.bytes(), None).unwrap()
}

#[test]
fn every_type_in_both_byte_orders_and_versions() {
    let types: [(i16, &str, f64, f64); 10] = [
        (2, "uint8", 0.0, 255.0),
        (4, "int16", -32768.0, 32767.0),
        (8, "int32", -2147483648.0, 2147483647.0),
        (16, "float32", -0.15625, 3e38),
        (64, "float64", -0.1, 1e30),
        (256, "int8", -128.0, 127.0),
        (512, "uint16", 0.0, 65535.0),
        (768, "uint32", 0.0, 4294967295.0),
        (1024, "int64", -9007199254740992.0, 9007199254740992.0),
        (1280, "uint64", 0.0, 18446744073709549568.0),
    ];
    for (dtype, name, low, high) in types {
        for (version, big_endian) in [(1, false), (1, true), (2, false), (2, true)] {
            let mut values: Vec<f64> = (0..24).map(f64::from).collect();
            (values[0], values[23]) = (low, high);
            let expected: Vec<f32> = values.iter().map(|&value| value as f32).collect();
            let file = NiftiFile { version, big_endian, dtype, values, ..Default::default() };
            for bytes in [file.bytes(), gzip(&file.bytes())] {
                let image = read_nifti("test", &bytes, None).unwrap();
                assert_eq!(image.data, expected, "{name} {big_endian} {version}");
                assert_eq!((image.dtype, image.version), (name, version));
                assert_eq!(image.byte_order == ByteOrder::Big, big_endian);
                assert_eq!(image.dims, [2, 3, 4]);
                assert_eq!(image.voxel_mm, [2.0, 3.0, 4.0]);
                assert_eq!(image.warnings, []);
            }
        }
    }
}

#[test]
fn all_48_orientations_of_one_image_give_the_same_volume() {
    let shape = [3, 4, 5];
    let expected = Volume::new(
        shape,
        (0..60).map(|value| value as f32).collect(),
        Affine::from_spacing_origin([1.5, 2.0, 3.0], [-90.0, -126.0, -72.0]),
    );
    let permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for permutation in permutations {
        for flips in 0..8 {
            // Voxel axis `a` of the file runs along world axis `permutation[a]`, backwards where its bit is set.
            let flipped = |axis: usize| flips >> axis & 1 == 1;
            let dims = permutation.map(|world| shape[world]);
            let mut rows = [[0.0; 4]; 3];
            for (axis, &world) in permutation.iter().enumerate() {
                rows[world][axis] = if flipped(axis) { -1.0 } else { 1.0 };
                rows[world][3] = if flipped(axis) { (dims[axis] - 1) as f64 } else { 0.0 };
            }
            let ras_from_file = Affine(rows);
            let mut values = Vec::new();
            for k in 0..dims[2] {
                for j in 0..dims[1] {
                    for i in 0..dims[0] {
                        let [x, y, z] = ras_from_file.apply([i, j, k].map(|index| index as f64));
                        values.push(x + 3.0 * (y + 4.0 * z));
                    }
                }
            }
            let affine = expected.world_from_voxel.compose(&ras_from_file);
            let file = NiftiFile {
                dims: dims.map(|length| length as i64).to_vec(),
                values,
                sform_rows: affine.0,
                ..Default::default()
            };
            let image = read(&file);
            let letters: String = (0..3)
                .map(|axis| ["RL", "AP", "SI"][permutation[axis]].as_bytes()[usize::from(flipped(axis))] as char)
                .collect();
            assert_eq!(image.orientation, letters);
            assert_eq!(image.into_volume().unwrap(), expected, "{letters}");
        }
    }
}

#[test]
fn sform_comes_first_then_qform_then_a_guess() {
    // Half a turn about z: x and y run backwards.
    let both = NiftiFile {
        qform_code: 1,
        quaternion_bcd: [0.0, 0.0, 1.0],
        qform_offset_mm: [5.0, 6.0, 7.0],
        ..Default::default()
    };
    let image = read(&both);
    assert_eq!(image.orientation, "RAS");
    assert!(image.warnings.iter().any(|warning| matches!(warning, Warning::FormsDisagree { .. })));

    let qform = NiftiFile { sform_code: 0, ..both.clone() };
    let image = read(&qform);
    assert_eq!((image.orientation.as_str(), image.warnings.len()), ("LPS", 0));
    let expected = Affine([[-2.0, 0.0, 0.0, 5.0], [0.0, -3.0, 0.0, 6.0], [0.0, 0.0, 4.0, 7.0]]);
    assert!(image.world_from_voxel.max_difference(&expected) < 1e-6);

    let mut mirrored = qform.clone();
    mirrored.pixdim[0] = -1.0;
    assert_eq!(read(&mirrored).orientation, "LPI");

    let neither = NiftiFile { qform_code: 0, ..qform };
    let image = read(&neither);
    assert_eq!(image.orientation, "LAS");
    let expected = Affine([[-2.0, 0.0, 0.0, 1.0], [0.0, 3.0, 0.0, -3.0], [0.0, 0.0, 4.0, -6.0]]);
    assert!(image.world_from_voxel.max_difference(&expected) < 1e-6);
    assert!(image.warnings.contains(&Warning::NoForm));

    // An sform of zeros is passed over.
    let flat = NiftiFile { sform_rows: [[0.0; 4]; 3], ..both };
    let image = read(&flat);
    assert_eq!((image.orientation.as_str(), image.warnings.len()), ("LPS", 1));
}

#[test]
fn slope_and_intercept() {
    let unscaled = |slope, inter| (slope, inter, 1.0, 0.0);
    let cases = [
        (0.5, 0.0, 0.5, 0.0),
        (-2.0, 3.5, -2.0, 3.5),
        unscaled(0.0, 7.0),
        unscaled(f64::NAN, 7.0),
        unscaled(f64::INFINITY, 7.0),
        (2.0, f64::NAN, 2.0, 0.0),
    ];
    for (slope, inter, expected_slope, expected_inter) in cases {
        let file = NiftiFile { dtype: 4, scaling: (slope, inter), ..Default::default() };
        let image = read(&file);
        for (stored, value) in file.values.iter().zip(&image.data) {
            assert_eq!(f64::from(*value), stored * expected_slope + expected_inter, "{slope} {inter}");
        }
        assert_eq!(image.scl_slope.to_bits(), slope.to_bits());
    }
}

#[test]
fn pairs_extensions_members_and_odd_offsets() {
    for version in [1, 2] {
        let file = NiftiFile { version, ..Default::default() };
        let expected = read(&file).data;

        let pair = NiftiFile { single_file: false, ..file.clone() };
        for image in [pair.voxels(), gzip(&pair.voxels())] {
            assert_eq!(read_nifti("a.hdr", &pair.bytes(), Some(&image)).unwrap().data, expected);
        }
        let error = read_nifti("a.hdr", &pair.bytes(), None).unwrap_err();
        assert!(matches!(error, VolumeError::MissingImage { .. }), "{error}");
        let error = read_nifti("a.hdr", &pair.bytes(), Some(&[0; 95])).unwrap_err();
        assert!(matches!(error, VolumeError::Truncated { expected_bytes: 96, .. }), "{error}");

        let extended = NiftiFile { extension_bytes: 160, ..file.clone() };
        assert_eq!(read(&extended).data, expected);

        let whole = extended.bytes();
        let (first, second) = whole.split_at(300);
        let members = [gzip(first), gzip(second)].concat();
        assert_eq!(read_nifti("a.nii.gz", &members, None).unwrap().data, expected);

        let no_offset = NiftiFile { vox_offset: Some(0.0), ..file };
        let image = read(&no_offset);
        assert_eq!((image.data, image.warnings.len()), (expected, 1));
    }
}

#[test]
fn only_finite_single_volumes_become_volumes() {
    let trailing = NiftiFile { dims: vec![2, 3, 4, 1, 1], ..Default::default() };
    assert_eq!(read(&trailing).into_volume().unwrap().shape, [2, 3, 4]);
    for dims in [vec![2, 3, 2, 2], vec![4, 6], vec![24]] {
        let error = read(&NiftiFile { dims, ..Default::default() }).into_volume().unwrap_err();
        assert!(matches!(error, VolumeError::NotThreeDimensional { .. }), "{error}");
    }
    let mut file = NiftiFile::default();
    file.values[3] = f64::NAN;
    file.values[4] = f64::INFINITY;
    let image = read(&file);
    assert_eq!(image.n_nan, 1);
    assert!(matches!(image.into_volume().unwrap_err(), VolumeError::NotFinite { count: 2, .. }));
}

#[test]
fn what_is_written_reads_back() {
    let shape = [5, 4, 3];
    let mut data: Vec<f32> = (0..60).map(|value| value as f32 * 0.1 - 1.0).collect();
    data[7] = -0.0;
    let mni = Affine::from_spacing_origin([2.0, 2.0, 2.0], [-94.0, -128.0, 4.0]);
    let turned = Affine([[1.6, -1.2, 0.0, 12.0], [1.2, 1.6, 0.0, -7.5], [0.0, 0.0, 3.0, 4.1]]);
    let sheared = Affine([[1.6, 0.3, 0.0, 12.0], [0.0, 1.6, 0.2, -7.5], [0.0, 0.0, 3.0, 4.1]]);
    for (affine, has_qform) in [(mni, true), (turned, true), (sheared, false)] {
        let volume = Volume::new(shape, data.clone(), affine);
        let packed = write_nifti_gz(&volume, "über alles").unwrap();
        assert_eq!(packed, write_nifti_gz(&volume, "über alles").unwrap());
        assert_eq!(packed[4..8], [0; 4], "a time is stored");
        for bytes in [write_nifti(&volume, &"ü".repeat(60)), packed] {
            let image = read_nifti("out.nii", &bytes, None).unwrap();
            assert_eq!((image.sform_code, image.qform_code), (4, if has_qform { 4 } else { 0 }));
            assert_eq!(image.warnings, []);
            let back = image.into_volume().unwrap();
            assert!(back.data.iter().zip(&data).all(|(a, b)| a.to_bits() == b.to_bits()));
            assert!(back.world_from_voxel.max_difference(&affine) < 1e-6);
        }
    }
    // Too long for NIfTI-1, and data that do not fit the shape.
    let long = Volume::new([40_000, 1, 2], vec![0.5; 9], turned);
    let image = read_nifti("long.nii", &write_nifti_in(&long, "", Space::Scanner), None).unwrap();
    assert_eq!((image.version, image.qform_code, image.data.len()), (2, 1, 80_000));
    assert_eq!((image.data[8], image.data[9]), (0.5, 0.0));
    assert!(image.warnings.is_empty());
}

#[test]
fn volumes_in_steps_come_back_rounded() {
    let affine = Affine::from_spacing_origin([4.0; 3], [-90.0, -126.0, -72.0]);
    let step = 1.0 / 510.0;
    let data: Vec<f32> = (0..24).map(|value| (value - 12) as f32 * step).collect();
    let mut given = data.clone();
    // Less than half a step beside, and beyond what 16 bits hold.
    (given[3], given[5]) = (data[3] + 0.4 * step, 1e6);
    let packed = write_nifti_gz_in_steps(&Volume::new([2, 3, 4], given, affine), step, "x").unwrap();
    let image = read_nifti("x.nii.gz", &packed, None).unwrap();
    assert_eq!((image.dtype, image.warnings.len(), image.sform_code), ("int16", 0, 4));
    let back = image.into_volume().unwrap();
    assert!(back.world_from_voxel.max_difference(&affine) < 1e-6);
    for (index, (found, wanted)) in back.data.iter().zip(&data).enumerate() {
        let wanted = if index == 5 { f32::from(i16::MAX) * step } else { *wanted };
        assert!((found - wanted).abs() < 1e-5, "{index}: {found} {wanted}");
    }
}
