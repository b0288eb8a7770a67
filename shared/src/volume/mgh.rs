//! FreeSurfer's MGH format: a header of 284 bytes, the voxels, and what is not needed here (scan parameters, history).
//! All of it is big-endian; an `.mgz` is the same packed with gzip.
//!
//! The affine is FreeSurfer's `vox2ras` to scanner coordinates: the voxel `dims / 2` lies at the centre that the header names.

use super::affine::Matrix3;
use super::facts::{Facts, Storage, Stored, check_lengths};
use super::fields::Fields;
use super::{Affine, ByteOrder, Format, VolumeError, Warning};
use nifti::NiftiType;

const HEADER_BYTES: usize = 284;

/// The only version there is, as stored.
const START: [u8; 4] = [0, 0, 0, 1];

/// Directions of the three voxel axes, one a row, where the header names none: left, inferior, anterior. They are those of
/// FreeSurfer's own reader (`MRI_CORONAL`).
const DEFAULT_DIRECTIONS: Matrix3 = [[-1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]];

/// Whether a file starts as an MGH file does.
pub(super) fn is_mgh(head: &[u8]) -> bool {
    head.starts_with(&START)
}

/// Parses the header at the start of `head`.
pub(super) fn parse(name: &str, head: &[u8]) -> Result<Facts, VolumeError> {
    let bytes = head.first_chunk::<HEADER_BYTES>().ok_or_else(|| VolumeError::Truncated {
        name: name.to_owned(),
        expected_bytes: HEADER_BYTES as u64,
        found_bytes: head.len() as u64,
    })?;
    let fields = Fields { bytes, byte_order: ByteOrder::Big };
    let dtype = dtype_of(name, fields.i32(20))?;
    // Width, height, depth, and the number of volumes.
    let stored: [i64; 4] = std::array::from_fn(|axis| fields.i32(4 + 4 * axis).into());
    let lengths = if stored[3] == 1 { &stored[..3] } else { &stored[..] };
    let dims = check_lengths(name, lengths, &stored, dtype, HEADER_BYTES as u64)?;
    let (world_from_voxel, warnings) = world_from_voxel(&fields, stored);
    let mut voxel_mm = world_from_voxel.spacing_mm().to_vec();
    // The time between volumes stands behind the voxels.
    voxel_mm.resize(dims.len(), 1.0);
    Ok(Facts {
        format: Format::Mgh,
        version: 1,
        single_file: true,
        byte_order: ByteOrder::Big,
        dims,
        dtype,
        voxel_mm,
        storage: Storage::Plain,
        data_offset: HEADER_BYTES as u64,
        scaling: None,
        stored: Stored::none(HEADER_BYTES as u64),
        world_from_voxel,
        warnings,
        description: String::new(),
    })
}

/// The type of the voxels by its code (`MRI_UCHAR` and so on).
fn dtype_of(name: &str, code: i32) -> Result<NiftiType, VolumeError> {
    let unsupported = |dtype| Err(VolumeError::UnsupportedDataType { name: name.to_owned(), dtype });
    match code {
        0 => Ok(NiftiType::Uint8),
        1 => Ok(NiftiType::Int32),
        3 => Ok(NiftiType::Float32),
        4 => Ok(NiftiType::Int16),
        10 => Ok(NiftiType::Uint16),
        6 => unsupported("tensor"),
        7 => unsupported("complex64"),
        8 => unsupported("complex128"),
        9 => unsupported("RGB"),
        _ => Err(VolumeError::UnknownDataType { name: name.to_owned(), code: code.into() }),
    }
}

fn world_from_voxel(fields: &Fields<HEADER_BYTES>, stored_dims: [i64; 4]) -> (Affine, Vec<Warning>) {
    let affine = |spacing_mm: [f64; 3], directions: Matrix3, centre_mm: [f64; 3]| {
        let matrix: Matrix3 =
            std::array::from_fn(|world| std::array::from_fn(|axis| directions[axis][world] * spacing_mm[axis]));
        let middle: [f64; 3] = std::array::from_fn(|axis| stored_dims[axis] as f64 / 2.0);
        let from_corner = Affine::from_parts(matrix, [0.0; 3]).apply(middle);
        Affine::from_parts(matrix, std::array::from_fn(|world| centre_mm[world] - from_corner[world]))
    };
    let mut warnings = Vec::new();
    // `goodRASFlag`: whether the rest of the header is filled in.
    if fields.i16(28) > 0 {
        let directions = [fields.f32s(42), fields.f32s(54), fields.f32s(66)];
        let stored = affine(fields.f32s(30), directions, fields.f32s(78));
        if stored.inverse().is_some() {
            return (stored, warnings);
        }
        warnings.push(Warning::BadForm { form: "vox2ras" });
    }
    warnings.push(Warning::NoRas);
    (affine([1.0; 3], DEFAULT_DIRECTIONS, [0.0; 3]), warnings)
}
