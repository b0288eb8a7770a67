//! MGH and NRRD files built in memory: every type, packing, space and orientation; what is refused, and by which reason.

mod other_files;

use other_files::{MghFile, NrrdFile, PLACE, packed, placed, stored};
use shared::volume::{
    Affine, FileStart, Format, GzipFault, NiftiImage, NrrdFault, Volume, VolumeError, Warning, check_start, read_nifti,
};

fn read(bytes: &[u8]) -> NiftiImage {
    read_nifti("test", bytes, None).unwrap_or_else(|error| panic!("{error}"))
}

/// Why a file is refused; where its header shows it, its start shows it too.
fn refusal(bytes: &[u8]) -> VolumeError {
    let error = read_nifti("test", bytes, None).and_then(NiftiImage::into_volume).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("test: ") && message.contains(". "), "no remedy: {message}");
    error
}

fn start(bytes: &[u8]) -> Result<(), VolumeError> {
    check_start("test", FileStart { bytes, file_bytes: bytes.len() as u64 }, None)
}

const NUMBERS: [(&str, f64, f64); 10] = [
    ("uint8", 0.0, 255.0),
    ("int8", -128.0, 127.0),
    ("int16", -32768.0, 32767.0),
    ("uint16", 0.0, 65535.0),
    ("int32", -2147483648.0, 2147483647.0),
    ("uint32", 0.0, 4294967295.0),
    ("int64", -9007199254740992.0, 9007199254740992.0),
    ("uint64", 0.0, 18446744073709549568.0),
    ("float32", -0.15625, 3e38),
    ("float64", -0.1, 1e30),
];

fn numbers(dtype: &str) -> Vec<f64> {
    let (_, low, high) = NUMBERS.into_iter().find(|(name, ..)| *name == dtype).unwrap();
    let mut values: Vec<f64> = (0..24).map(f64::from).collect();
    (values[0], values[23]) = (low, high);
    values
}

#[test]
fn every_type_of_mgh_plain_and_packed() {
    for (dtype, name) in [(0, "uint8"), (1, "int32"), (3, "float32"), (4, "int16"), (10, "uint16")] {
        let file = MghFile { dtype, values: numbers(name), ..Default::default() };
        for bytes in [file.bytes(), packed(&file.bytes()), MghFile { footer: vec![], ..file.clone() }.bytes()] {
            let image = read(&bytes);
            assert_eq!((image.format, image.dtype, image.dims.as_slice()), (Format::Mgh, name, &[2, 3, 4][..]));
            assert_eq!(image.data, file.values.iter().map(|&value| value as f32).collect::<Vec<_>>());
            assert_eq!((image.warnings.len(), image.voxel_mm.as_slice()), (0, &[2.0, 3.0, 4.0][..]));
            assert!(image.world_from_voxel.max_difference(&PLACE) < 1e-5);
            assert_eq!(start(&bytes), Ok(()));
        }
    }
}

#[test]
fn every_type_of_nrrd_in_each_encoding_and_byte_order() {
    let names = ["uchar", "signed char", "short", "ushort", "int", "uint", "longlong", "ulonglong", "float", "double"];
    for ((dtype, ..), type_name) in NUMBERS.into_iter().zip(names) {
        for encoding in ["raw", "gzip", "gz", "text", "ascii"] {
            for (big_endian, line_end) in [(false, "\n"), (true, "\r\n")] {
                let values = numbers(dtype);
                let file = NrrdFile { dtype, type_name, encoding, big_endian, line_end, values, ..Default::default() };
                let bytes = file.bytes();
                let image = read(&bytes);
                assert_eq!((image.format, image.dtype, image.version), (Format::Nrrd, dtype, 4));
                assert_eq!(image.data, file.values.iter().map(|&value| value as f32).collect::<Vec<_>>(), "{dtype}");
                assert_eq!(image.warnings, []);
                assert_eq!(image.world_from_voxel, PLACE);
                assert_eq!(start(&bytes), Ok(()));
                if encoding != "gzip" && encoding != "gz" {
                    assert_eq!(read(&packed(&bytes)).data, image.data);
                }
            }
        }
    }
}

#[test]
fn all_48_orientations_give_the_same_volume() {
    let shape = [3, 4, 5];
    let data: Vec<f32> = (0..60).map(|value| value as f32).collect();
    let place = Affine::from_spacing_origin([1.5, 2.0, 3.0], [-90.0, -126.0, -72.0]);
    let expected = Volume::new(shape, data, place);
    for permutation in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for flips in 0..8 {
            // Voxel axis `a` of the file runs along world axis `permutation[a]`, backwards where its bit is set.
            let dims = permutation.map(|world| shape[world]);
            let mut rows = [[0.0; 4]; 3];
            for (axis, &world) in permutation.iter().enumerate() {
                let flipped = flips >> axis & 1 == 1;
                rows[world][axis] = if flipped { -1.0 } else { 1.0 };
                rows[world][3] = if flipped { (dims[axis] - 1) as f64 } else { 0.0 };
            }
            let ras_from_file = Affine(rows);
            let mut values = Vec::new();
            for index in 0..60 {
                let voxel = [index % dims[0], index / dims[0] % dims[1], index / (dims[0] * dims[1])];
                let [x, y, z] = ras_from_file.apply(voxel.map(|at| at as f64));
                values.push(x + 3.0 * (y + 4.0 * z));
            }
            let place = expected.world_from_voxel.compose(&ras_from_file);
            let [x, y, z] = dims.map(|length| length as i32);
            let mgh = MghFile { dims: [x, y, z, 1], place, values: values.clone(), ..Default::default() };
            assert_eq!(read(&packed(&mgh.bytes())).into_volume().unwrap(), expected, "MGH {permutation:?} {flips}");
            for (space, signs) in [
                ("right-anterior-superior", [1.0, 1.0, 1.0]),
                ("RAS", [1.0, 1.0, 1.0]),
                ("left-posterior-superior", [-1.0, -1.0, 1.0]),
                ("LPS", [-1.0, -1.0, 1.0]),
                ("left-anterior-superior", [-1.0, 1.0, 1.0]),
                ("las", [-1.0, 1.0, 1.0]),
            ] {
                let (lines, sizes) = (placed(space, signs, place), dims.to_vec());
                let nrrd = NrrdFile { sizes, lines, values: values.clone(), encoding: "gzip", ..Default::default() };
                let volume = read(&nrrd.bytes()).into_volume().unwrap();
                assert_eq!(volume, expected, "{space} {permutation:?} {flips}");
            }
        }
    }
}

#[test]
fn oblique_places_and_odd_sizes() {
    let place = Affine([[1.6, -1.2, 0.0, 12.0], [1.2, 1.6, 0.3, -7.5], [0.0, 0.1, 3.0, 4.0]]);
    let near = |image: NiftiImage| image.world_from_voxel.max_difference(&place) < 1e-5;
    assert!(near(read(&MghFile { place, ..Default::default() }.bytes())));
    let lines = placed("left-posterior-superior", [-1.0, -1.0, 1.0], place);
    assert!(near(read(&NrrdFile { lines, ..Default::default() }.bytes())));
}

#[test]
fn a_file_without_orientation_is_read_with_a_warning() {
    let file = MghFile { good_ras: 0, ..Default::default() };
    let image = read(&file.bytes());
    // FreeSurfer's: x to the left, y down, z to the front, the centre at 0.
    assert_eq!((image.orientation.as_str(), image.warnings), ("LIA", vec![Warning::NoRas]));
    let expected = Affine([[-1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, -2.0], [0.0, -1.0, 0.0, 1.5]]);
    assert_eq!(image.world_from_voxel, expected);

    let mut flat = MghFile::default().bytes();
    flat[42..78].fill(0);
    let image = read(&flat);
    assert_eq!(image.warnings, [Warning::BadForm { form: "vox2ras" }, Warning::NoRas]);
    assert_eq!(image.world_from_voxel, expected);

    // As of NIfTI without a form: x flipped, the centre at 0.
    let guess = Affine([[-2.0, 0.0, 0.0, 1.0], [0.0, 3.0, 0.0, -3.0], [0.0, 0.0, 4.0, -6.0]]);
    let bare = || NrrdFile { lines: vec!["spacings: 2 3 4".into()], ..Default::default() };
    for file in [bare(), bare().with("kinds: domain domain domain"), NrrdFile::default().with("space: scanner-xyz")] {
        let image = read(&file.bytes());
        assert_eq!((image.world_from_voxel, image.warnings), (guess, vec![Warning::NoSpace]), "{file:?}");
    }
    let file = NrrdFile::default().with("space directions: (1,0,0) (1,0,0) (0,0,1)");
    let image = read(&file.bytes());
    assert_eq!(image.warnings, [Warning::BadForm { form: "space directions" }, Warning::NoSpace]);
    assert!(read(&bare().with("spacings: nan 0 -4").bytes()).into_volume().is_ok());
}

#[test]
fn several_volumes_vectors_and_colours_are_refused_by_reason() {
    let twice: Vec<f64> = (0..48).map(f64::from).collect();
    let file = MghFile { dims: [2, 3, 4, 2], values: twice.clone(), ..Default::default() };
    let dims = |error| match error {
        VolumeError::NotThreeDimensional { dims, .. } => dims,
        other => panic!("{other:?}"),
    };
    assert_eq!(dims(refusal(&file.bytes())), [2, 3, 4, 2]);
    assert_eq!(dims(start(&file.bytes()).unwrap_err()), [2, 3, 4, 2]);

    let directions = "(-2,0,0) (0,-3,0) (0,0,4)";
    let first = |size: usize, kinds: &str| {
        let file = NrrdFile { sizes: vec![size, 2, 3, 4], values: twice.clone(), ..Default::default() };
        file.with(&format!("space directions: none {directions}")).with(&format!("kinds: {kinds} domain domain domain"))
    };
    for kind in ["vector", "2-vector", "complex"] {
        let bytes = first(2, kind).bytes();
        assert!(matches!(refusal(&bytes), VolumeError::UnsupportedDataType { dtype, .. } if dtype == kind), "{kind}");
        assert!(start(&bytes).is_err());
    }
    assert!(matches!(refusal(&first(2, "x").without("kinds").bytes()), VolumeError::UnsupportedDataType { .. }));
    // An axis of one number is none.
    for kind in ["vector", "list", "scalar", "stub"] {
        let file = NrrdFile { values: (0..24).map(f64::from).collect(), ..first(1, kind) };
        assert_eq!(read(&file.bytes()).into_volume(), read(&NrrdFile::default().bytes()).into_volume());
    }
    let last = |size: usize| {
        let file = NrrdFile { sizes: vec![2, 3, 4, size], values: twice.clone(), ..Default::default() };
        file.with(&format!("space directions: {directions} none")).with("kinds: domain domain domain list")
    };
    assert_eq!(dims(refusal(&last(2).bytes())), [2, 3, 4, 2]);
    assert_eq!(read(&last(1).bytes()).dims, [2, 3, 4]);
    let flat = NrrdFile { sizes: vec![4, 6], lines: vec!["spacings: 1 1".into()], ..Default::default() };
    assert_eq!(dims(refusal(&flat.bytes())), [4, 6]);
}

#[test]
fn what_nrrd_files_cannot_be_read_and_why() {
    let good = NrrdFile::default;
    let faults: Vec<(&str, NrrdFile, NrrdFault)> = vec![
        ("detached", good().with("data file: voxels.raw"), NrrdFault::Detached),
        ("list", good().with("datafile: LIST"), NrrdFault::Detached),
        ("version", NrrdFile { magic: "NRRD0006", ..good() }, NrrdFault::Version { version: 6 }),
        ("bzip2", NrrdFile { encoding: "bzip2", ..good() }, NrrdFault::Encoding { encoding: "bzip2".into() }),
        ("hex", NrrdFile { encoding: "hex", ..good() }, NrrdFault::Encoding { encoding: "hex".into() }),
        ("line skip", good().with("line skip: 2"), NrrdFault::Skip { field: "line skip" }),
        ("byte skip", good().with("byteskip: -1"), NrrdFault::Skip { field: "byte skip" }),
        ("twice", good().with("space origin : (0,0,0)"), NrrdFault::Twice { field: "space origin" }),
    ];
    for (what, file, expected) in faults {
        let bytes = file.bytes();
        let VolumeError::Nrrd { reason, .. } = refusal(&bytes) else { panic!("{what}") };
        assert_eq!(reason, expected, "{what}");
        assert!(start(&bytes).is_err(), "{what}");
    }
    assert!(read_nifti("test", &good().with("line skip: 0").with("byte skip: 0").bytes(), None).is_ok());

    // A `.nhdr` needs no empty line at its end; another header does.
    let reason = |bytes: &[u8]| match refusal(bytes) {
        VolumeError::Nrrd { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(b"NRRD0004\ntype: short\ndata file: a.raw\n"), NrrdFault::Detached);
    assert_eq!(reason(b"NRRD0004\ntype: short\n"), NrrdFault::NoEnd { bytes: 21 });
    let endless = [b"NRRD0004\n".to_vec(), b"# comment\n".repeat(9000)].concat();
    assert_eq!(reason(&endless), NrrdFault::NoEnd { bytes: 65536 });
    assert_eq!(reason(&packed(&endless)), NrrdFault::NoEnd { bytes: 65536 });
    assert_eq!(reason(b"NRRD0004\ntype: short\n\n"), NrrdFault::Missing { field: "encoding" });
    assert_eq!(reason(&packed(&NrrdFile { encoding: "gzip", ..good() }.bytes())), NrrdFault::PackedTwice);
    let words = NrrdFile { encoding: "text", ..good() }.bytes();
    let words = [&words[..words.len() - 4], b"four"].concat();
    assert_eq!(reason(&words), NrrdFault::NoNumber);

    let bad = |file: NrrdFile| match refusal(&file.bytes()) {
        VolumeError::BadHeader { field, .. } => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(bad(NrrdFile { type_name: "real", ..good() }), "type");
    assert_eq!(bad(good().with("kinds: domain domain")), "kinds");
    assert_eq!(bad(good().with("space directions: (1,0,0) (0,1,0)")), "space directions");
    assert_eq!(bad(good().with("space directions: (1,0) (0,1) (1,1)")), "space directions");
    assert_eq!(bad(good().with("space origin: (1,0")), "space origin");
}

#[test]
fn broken_voxels_and_sizes_are_refused_as_those_of_nifti() {
    let mgh = MghFile::default().bytes();
    let cut = refusal(&mgh[..300]);
    assert!(matches!(cut, VolumeError::Truncated { expected_bytes: 380, found_bytes: 300, .. }), "{cut:?}");
    assert!(matches!(refusal(&mgh[..100]), VolumeError::Truncated { expected_bytes: 284, found_bytes: 100, .. }));
    let whole = packed(&mgh);
    assert!(matches!(refusal(&whole[..whole.len() - 9]), VolumeError::BadGzip { reason: GzipFault::Early, .. }));
    // The history behind the voxels is longer than what is read at once, and the checksum counts all the same.
    let footer: Vec<u8> = (0..200_000u32).map(|index| (index.wrapping_mul(index) >> 7) as u8).collect();
    let mut damaged = packed(&MghFile { footer, ..Default::default() }.bytes());
    assert_eq!(read(&damaged).data.len(), 24);
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    assert!(matches!(refusal(&damaged), VolumeError::BadGzip { .. }));
    // Zeros after the packed data are padding; anything else is told.
    assert_eq!(read(&[whole.clone(), vec![0; 600]].concat()).warnings, []);
    assert_eq!(read(&[whole, b"more".to_vec()].concat()).warnings, [Warning::AfterGzip { bytes: 4 }]);

    let sized = |dims| MghFile { dims, ..Default::default() }.bytes();
    assert!(matches!(refusal(&sized([2, 0, 4, 1])), VolumeError::BadDimensions { .. }));
    assert!(matches!(refusal(&sized([2, -3, 4, 1])), VolumeError::BadDimensions { .. }));
    assert!(matches!(refusal(&sized([i32::MAX; 4])), VolumeError::TooLarge { .. }));
    assert!(matches!(refusal(&sized([400, 400, 400, 1])), VolumeError::Truncated { .. }));
    let typed = |dtype| MghFile { dtype, ..Default::default() }.bytes();
    assert!(matches!(refusal(&typed(9)), VolumeError::UnsupportedDataType { dtype: "RGB", .. }));
    assert!(matches!(refusal(&typed(2)), VolumeError::UnknownDataType { code: 2, .. }));
    let other_version = MghFile { version: 2, ..Default::default() }.bytes();
    assert!(matches!(refusal(&other_version), VolumeError::NotNifti { .. }));

    for encoding in ["raw", "gzip", "text"] {
        let file = NrrdFile { encoding, ..Default::default() };
        let bytes = file.bytes();
        let short = NrrdFile { values: file.values[..20].to_vec(), ..file.clone() }.bytes();
        assert!(matches!(refusal(&short), VolumeError::Truncated { .. }), "{encoding}");
        let sized = |side| NrrdFile { sizes: vec![side; 3], ..file.clone() }.bytes();
        assert!(matches!(refusal(&sized(500)), VolumeError::Truncated { .. }), "{encoding}");
        assert!(matches!(refusal(&sized(1 << 20)), VolumeError::TooLarge { .. }), "{encoding}");
        assert!(matches!(refusal(&sized(0)), VolumeError::BadDimensions { .. }), "{encoding}");
        if encoding == "gzip" {
            assert!(matches!(refusal(&bytes[..bytes.len() - 9]), VolumeError::BadGzip { .. }));
            // Says that they are packed, but they are not.
            let header = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap() + 2;
            assert!(matches!(refusal(&[&bytes[..header], &[7; 300]].concat()), VolumeError::BadGzip { .. }));
            assert!(matches!(refusal(&bytes[..header]), VolumeError::Truncated { found_bytes: 0, .. }));
            assert_eq!(read(&[bytes.clone(), vec![0; 600]].concat()).warnings, []);
        }
    }
    let mut values: Vec<f64> = (0..24).map(f64::from).collect();
    (values[3], values[4]) = (f64::NAN, f64::INFINITY);
    for bytes in [
        MghFile { values: values.clone(), ..Default::default() }.bytes(),
        NrrdFile { values: values.clone(), ..Default::default() }.bytes(),
        NrrdFile { values, encoding: "text", ..Default::default() }.bytes(),
    ] {
        assert!(matches!(refusal(&bytes), VolumeError::NotFinite { count: 2, .. }));
    }
    let small = Affine::from_spacing_origin([0.001; 3], [0.0; 3]);
    assert!(matches!(refusal(&MghFile { place: small, ..Default::default() }.bytes()), VolumeError::VoxelSize { .. }));
    assert_eq!(stored("int16", 258.0, true), [1, 2]);
}
