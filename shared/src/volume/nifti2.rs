//! The NIfTI-2 header (540 bytes): the fields of NIfTI-1, wider and in another order.
//!
//! Offsets are those of the published `nifti2.h`. The crate `nifti` knows version 1 only.

use super::fields::Fields;
use super::header::{Header, NIFTI2_HEADER_BYTES, check_dims, check_dtype, description_of};
use super::{ByteOrder, NotNifti, VolumeError};

/// What follows the four letters of the mark: it shows whether a transfer has changed line ends.
const MAGIC_TAIL: &[u8; 4] = b"\r\n\x1a\n";

/// Parses the header at the start of `head`, whose first field has the byte order `byte_order`.
pub(super) fn parse(name: &str, head: &[u8], byte_order: ByteOrder) -> Result<Header, VolumeError> {
    let bytes = head.first_chunk::<NIFTI2_HEADER_BYTES>().ok_or_else(|| VolumeError::Truncated {
        name: name.to_owned(),
        expected_bytes: NIFTI2_HEADER_BYTES as u64,
        found_bytes: head.len() as u64,
    })?;
    let fields = Fields { bytes, byte_order };
    let not_nifti = |reason| VolumeError::NotNifti { name: name.to_owned(), reason };
    let single_file = match &fields.at::<4>(4) {
        b"n+2\0" => true,
        b"ni2\0" => false,
        _ => {
            return Err(not_nifti(NotNifti::Mark));
        }
    };
    if &fields.at::<4>(8) != MAGIC_TAIL {
        return Err(not_nifti(NotNifti::TextMode));
    }

    let vox_offset = fields.i64(168);
    let vox_offset = u64::try_from(vox_offset).map_err(|_| VolumeError::BadHeader {
        name: name.to_owned(),
        field: "vox_offset",
        value: vox_offset.to_string(),
    })?;
    let dtype = check_dtype(name, fields.i16(12))?;
    let dim = std::array::from_fn(|index| fields.i64(16 + 8 * index));
    Ok(Header {
        version: 2,
        single_file,
        byte_order,
        dims: check_dims(name, dim, dtype, vox_offset)?,
        dtype,
        pixdim: fields.f64s(104),
        vox_offset,
        scl_slope: fields.f64(176),
        scl_inter: fields.f64(184),
        qform_code: fields.i32(344),
        sform_code: fields.i32(348),
        quaternion_bcd: fields.f64s(352),
        qform_offset_mm: fields.f64s(376),
        sform_rows: [fields.f64s(400), fields.f64s(432), fields.f64s(464)],
        space_unit_code: fields.i32(500).to_le_bytes()[0] & 7,
        description: description_of(&fields.bytes[240..320]),
    })
}
