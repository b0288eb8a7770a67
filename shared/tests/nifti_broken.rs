//! Broken and hostile files: each is refused by name, at once and without memory; nothing ever panics.

mod allocation;
mod nifti_file;

use allocation::LARGEST_BYTES;
use nifti_file::{NiftiFile, gzip};
use proptest::prelude::*;
use shared::volume::{Affine, Grid, VolumeError, read_nifti, resample, write_nifti};
use std::time::{Duration, Instant};

/// Reads what must be refused, and checks that it costs neither time nor memory.
fn refusal(bytes: &[u8]) -> VolumeError {
    let start = Instant::now();
    LARGEST_BYTES.set(0);
    let error = read_nifti("test.nii", bytes, None).unwrap_err();
    assert!(LARGEST_BYTES.get() < 1 << 20, "{error}: took {} bytes", LARGEST_BYTES.get());
    assert!(start.elapsed() < Duration::from_secs(5), "{error}: took {:?}", start.elapsed());
    let message = error.to_string();
    assert!(message.starts_with("test.nii: ") && message.contains(". "), "no remedy: {message}");
    error
}

type Expected = fn(&VolumeError) -> bool;

/// A function that tells whether an error is of the kind.
macro_rules! is {
    ($kind:ident { $($field:tt)* }) => {
        (|error| matches!(error, VolumeError::$kind { $($field)* })) as Expected
    };
}

#[test]
fn broken_files_are_refused_by_name() {
    let good = NiftiFile::default().bytes();
    let packed = gzip(&good);
    let with = |offset: usize, value: &[u8]| {
        let mut bytes = good.clone();
        bytes[offset..offset + value.len()].copy_from_slice(value);
        bytes
    };
    let dims = |dims: &[i64], version| NiftiFile { dims: dims.to_vec(), version, ..Default::default() }.header();
    let mut dicom = vec![0; 600];
    dicom[128..132].copy_from_slice(b"DICM");
    let mut bad_checksum = packed.clone();
    let crc = packed.len() - 8;
    bad_checksum[crc] ^= 1;
    // Unpacks to 64 MiB: with a good header in front, and without.
    let mut bomb = good.clone();
    bomb.resize(64 << 20, 0);
    bomb[42..48].copy_from_slice(&[0xff, 0x7f, 0xff, 0x7f, 40, 0]);

    let cases: Vec<(&str, Vec<u8>, Expected)> = vec![
        ("empty", vec![], is!(Empty { .. })),
        ("empty gzip", gzip(&[]), is!(Empty { .. })),
        ("text", b"participant_id\tage\nsub-1\t\xc3\xa435\n".repeat(30), is!(Text { .. })),
        ("packed text", gzip(&b"some words\n".repeat(99)), is!(Text { .. })),
        ("DICOM", dicom, is!(Dicom { .. })),
        ("Analyze", with(344, &[0; 4]), is!(Analyze { .. })),
        ("zeros", vec![0; 5000], is!(NotNifti { .. })),
        ("short header", good[..200].to_vec(), is!(Truncated { .. })),
        ("short data", good[..400].to_vec(), is!(Truncated { found_bytes: 400, .. })),
        ("short gzip data", gzip(&good[..400]), is!(Truncated { found_bytes: 400, .. })),
        ("truncated gzip", packed[..packed.len() - 20].to_vec(), is!(BadGzip { .. })),
        ("no checksum", packed[..packed.len() - 8].to_vec(), is!(BadGzip { .. })),
        ("wrong checksum", bad_checksum, is!(BadGzip { .. })),
        ("gzip of nothing known", gzip(&vec![0; 64 << 20]), is!(NotNifti { .. })),
        ("bomb with a header", gzip(&bomb), is!(TooLarge { .. })),
        ("40 GB", dims(&[32767, 32767, 40], 1), is!(TooLarge { .. })),
        ("40 GB packed", gzip(&dims(&[32767, 32767, 40], 1)), is!(TooLarge { .. })),
        ("overflow", dims(&[i64::MAX; 7], 2), is!(TooLarge { .. })),
        ("500 MB claimed", dims(&[500, 500, 500], 1), is!(Truncated { .. })),
        ("500 MB claimed, packed", gzip(&dims(&[500, 500, 500], 2)), is!(Truncated { .. })),
        ("negative", dims(&[2, -3, 4], 1), is!(BadDimensions { .. })),
        ("zero", dims(&[2, 0, 4], 2), is!(BadDimensions { .. })),
        ("no dimensions", with(40, &[0, 0]), is!(BadDimensions { .. })),
        ("nine dimensions", with(40, &[9, 0]), is!(BadDimensions { .. })),
        ("type 9999", with(70, &[0x0f, 0x27]), is!(UnknownDataType { code: 9999, .. })),
        ("complex", with(70, &[32, 0]), is!(UnsupportedDataType { dtype: "complex64", .. })),
        ("RGB", with(70, &[128, 0]), is!(UnsupportedDataType { dtype: "RGB", .. })),
        ("offset NaN", with(108, &f32::NAN.to_le_bytes()), is!(BadHeader { .. })),
        ("offset -1", with(108, &(-1f32).to_le_bytes()), is!(BadHeader { .. })),
        ("offset 1e30", with(108, &1e30f32.to_le_bytes()), is!(TooLarge { .. })),
        ("offset beyond", with(108, &9000f32.to_le_bytes()), is!(Truncated { .. })),
    ];
    for (what, bytes, expected) in cases {
        let error = refusal(&bytes);
        assert!(expected(&error), "{what}: {error:?}");
    }
}

/// Whatever a file says, nothing may panic: not the reader, nor what comes after it.
fn use_everything(bytes: &[u8], image: Option<&[u8]>) {
    let Ok(image) = read_nifti("fuzz", bytes, image) else {
        return;
    };
    let Ok(volume) = image.into_volume() else {
        return;
    };
    let grid = Grid { shape: [6, 5, 4], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-8.0; 3]) };
    assert_eq!(resample(&volume, &grid).data.len(), 120);
    let _ = shared::prepare::fit_to_grid("fuzz", &volume, &grid);
    let _ = write_nifti(&volume, "fuzz");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..1500), packed: bool) {
        use_everything(&bytes, Some(&[1, 2, 3]));
        use_everything(&gzip(&bytes), None);
        if packed && bytes.len() > 10 {
            bytes[..4].copy_from_slice(&[0x1f, 0x8b, 8, 0]);
        }
        use_everything(&bytes, None);
    }

    #[test]
    fn mutated_files_never_panic(
        version in 1u8..=2,
        big_endian: bool,
        single_file: bool,
        qform_code in 0i32..2,
        packed: bool,
        mutations in prop::collection::vec((0usize..700, any::<u8>()), 0..8),
    ) {
        let file = NiftiFile { version, big_endian, single_file, qform_code, sform_code: 1 - qform_code, ..Default::default() };
        let mut bytes = file.bytes();
        for (offset, value) in mutations {
            let offset = offset % bytes.len();
            bytes[offset] = value;
        }
        let bytes = if packed { gzip(&bytes) } else { bytes };
        use_everything(&bytes, Some(&file.voxels()));
    }

    #[test]
    fn any_affine_is_survived(rows in prop::array::uniform3(prop::array::uniform4(any::<f32>()))) {
        let sform_rows = rows.map(|row| row.map(f64::from));
        let quaternion_bcd = sform_rows[0].first_chunk().copied().unwrap();
        for sform_code in [0, 1] {
            let file = NiftiFile { sform_rows, quaternion_bcd, qform_code: 1, sform_code, ..Default::default() };
            use_everything(&file.bytes(), None);
        }
    }
}
