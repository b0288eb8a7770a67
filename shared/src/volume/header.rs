//! The facts of a NIfTI header that reading needs, whichever version wrote them.
//!
//! A [`Header`] that exists is checked: known data type, dimensions of at least 1, and a size within
//! [`MAX_UNPACKED_BYTES`](super::MAX_UNPACKED_BYTES).

use super::facts::{check_lengths, dtype_name};
use super::{ByteOrder, DimensionsFault, VolumeError};
use nifti::NiftiType;

/// Bytes of the header of either version. In a single file the voxels start at least four bytes later.
pub(super) const NIFTI1_HEADER_BYTES: usize = 348;
pub(super) const NIFTI2_HEADER_BYTES: usize = 540;

/// A checked header.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    /// 1 or 2.
    pub version: u8,
    /// Whether the voxels are in the same file, rather than in an `.img`.
    pub single_file: bool,
    pub byte_order: ByteOrder,
    /// One to seven dimensions, each at least 1.
    pub dims: Vec<usize>,
    pub dtype: NiftiType,
    /// `pixdim[0]` is the sign of the third axis of the qform; the others are sizes in units of the file.
    pub pixdim: [f64; 8],
    /// As stored.
    pub vox_offset: u64,
    pub scl_slope: f64,
    pub scl_inter: f64,
    pub qform_code: i32,
    pub sform_code: i32,
    pub quaternion_bcd: [f64; 3],
    pub qform_offset_mm: [f64; 3],
    pub sform_rows: [[f64; 4]; 3],
    /// Code of the unit of length: 1 metre, 2 millimetre, 3 micrometre.
    pub space_unit_code: u8,
    /// Free text of whoever wrote the file.
    pub description: String,
}

impl Header {
    /// First byte of the voxels in the file that holds them. A single file has at least its header and the four
    /// bytes after it before them, even where the field says less (some writers leave 0).
    pub(super) fn data_offset(&self) -> u64 {
        match (self.single_file, self.version) {
            (true, 1) => self.vox_offset.max(NIFTI1_HEADER_BYTES as u64 + 4),
            (true, _) => self.vox_offset.max(NIFTI2_HEADER_BYTES as u64 + 4),
            (false, _) => self.vox_offset,
        }
    }

    /// The first three dimensions, 1 for those that the image lacks.
    pub(super) fn space_shape(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.dims.get(axis).copied().unwrap_or(1))
    }

    /// The voxel size as stored, in units of the file.
    pub(super) fn voxel_stored(&self) -> [f64; 3] {
        std::array::from_fn(|axis| self.pixdim[axis + 1])
    }
}

/// Checks dimensions as stored (`dim[0]` is their number) and the memory that they ask for.
pub(super) fn check_dims(
    name: &str,
    dim: [i64; 8],
    dtype: NiftiType,
    data_offset: u64,
) -> Result<Vec<usize>, VolumeError> {
    let count = usize::try_from(dim[0]).unwrap_or(0);
    if !(1..=7).contains(&count) {
        let (name, dims, reason) = (name.to_owned(), dim.to_vec(), DimensionsFault::Count);
        return Err(VolumeError::BadDimensions { name, dims, reason });
    }
    check_lengths(name, &dim[1..=count], &dim, dtype, data_offset)
}

/// The type of the voxels by its code in the header; only types of one real number are accepted.
pub(super) fn check_dtype(name: &str, code: i16) -> Result<NiftiType, VolumeError> {
    let header = nifti::NiftiHeader { datatype: code, ..Default::default() };
    let dtype =
        header.data_type().map_err(|_| VolumeError::UnknownDataType { name: name.to_owned(), code: code.into() })?;
    match dtype {
        NiftiType::Complex64
        | NiftiType::Complex128
        | NiftiType::Complex256
        | NiftiType::Rgb24
        | NiftiType::Rgba32
        | NiftiType::Float128 => {
            Err(VolumeError::UnsupportedDataType { name: name.to_owned(), dtype: dtype_name(dtype) })
        }
        _ => Ok(dtype),
    }
}

/// The text of the field `descrip`, up to the zero byte that ends it.
pub(super) fn description_of(field: &[u8]) -> String {
    let length = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..length]).trim().to_owned()
}
