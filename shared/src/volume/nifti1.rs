//! The NIfTI-1 header (348 bytes), read with the crate `nifti`.

use super::header::{Header, NIFTI1_HEADER_BYTES, check_dims, check_dtype, description_of};
use super::{ByteOrder, DimensionsFault, NotNifti, VolumeError};
use nifti::{Endianness, NiftiHeader};

/// Parses the header at the start of `head`, whose first field has the byte order `byte_order`.
pub(super) fn parse(name: &str, head: &[u8], byte_order: ByteOrder) -> Result<Header, VolumeError> {
    let bytes = head.get(..NIFTI1_HEADER_BYTES).ok_or_else(|| VolumeError::Truncated {
        name: name.to_owned(),
        expected_bytes: NIFTI1_HEADER_BYTES as u64,
        found_bytes: head.len() as u64,
    })?;
    let single_file = match &bytes[344..] {
        b"n+1\0" => true,
        b"ni1\0" => false,
        // A header of this size without the mark is the format that NIfTI grew from.
        _ => {
            return Err(VolumeError::Analyze { name: name.to_owned() });
        }
    };
    let raw = NiftiHeader::from_reader(bytes).map_err(|error| VolumeError::NotNifti {
        name: name.to_owned(),
        reason: NotNifti::Header { detail: error.to_string() },
    })?;

    // The crate stores the dimensions without sign, and finds the byte order from dim[0] instead of the header's
    // size: where the two disagree, dim[0] is no number of dimensions.
    let dim = raw.dim.map(|length| i64::from(length.cast_signed()));
    let order_by_dim = match raw.endianness {
        Endianness::Little => ByteOrder::Little,
        Endianness::Big => ByteOrder::Big,
    };
    if order_by_dim != byte_order {
        return Err(VolumeError::BadDimensions {
            name: name.to_owned(),
            dims: dim.map(|length| (length as i16).swap_bytes().into()).to_vec(),
            reason: DimensionsFault::Count,
        });
    }

    let vox_offset = offset_from_float(name, raw.vox_offset)?;
    let dtype = check_dtype(name, raw.datatype)?;
    let dims = check_dims(name, dim, dtype, vox_offset)?;
    let to_f64 = |row: [f32; 4]| row.map(f64::from);
    Ok(Header {
        version: 1,
        single_file,
        byte_order,
        dims,
        dtype,
        pixdim: raw.pixdim.map(f64::from),
        vox_offset,
        scl_slope: raw.scl_slope.into(),
        scl_inter: raw.scl_inter.into(),
        qform_code: raw.qform_code.into(),
        sform_code: raw.sform_code.into(),
        quaternion_bcd: [raw.quatern_b, raw.quatern_c, raw.quatern_d].map(f64::from),
        qform_offset_mm: [raw.quatern_x, raw.quatern_y, raw.quatern_z].map(f64::from),
        sform_rows: [to_f64(raw.srow_x), to_f64(raw.srow_y), to_f64(raw.srow_z)],
        space_unit_code: raw.xyzt_units & 7,
        description: description_of(&bytes[148..228]),
    })
}

/// NIfTI-1 stores the offset as a float, for the sake of the format before it.
fn offset_from_float(name: &str, offset: f32) -> Result<u64, VolumeError> {
    let whole = offset >= 0.0 && offset.is_finite() && offset.fract() == 0.0;
    // The cast saturates; offsets beyond the memory limit are refused with the dimensions.
    whole.then_some(offset as u64).ok_or_else(|| VolumeError::BadHeader {
        name: name.to_owned(),
        field: "vox_offset",
        value: offset.to_string(),
    })
}
