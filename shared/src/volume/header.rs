//! The facts of a NIfTI header that reading needs, whichever version wrote them.
//!
//! A [`Header`] that exists is checked: known data type, dimensions of at least 1, and a size within
//! [`MAX_UNPACKED_BYTES`]. So the reader may allocate by it.

use super::{DimensionsFault, VolumeError};
use nifti::NiftiType;

/// Most memory that one image may need, unpacked to 32-bit floats or in the file, whichever is larger.
pub const MAX_UNPACKED_BYTES: u64 = 512 * 1024 * 1024;

/// Bytes of the header of either version. In a single file the voxels start at least four bytes later.
pub(super) const NIFTI1_HEADER_BYTES: usize = 348;
pub(super) const NIFTI2_HEADER_BYTES: usize = 540;

/// Bytes of the longest header; enough to tell what a file is.
pub(super) const LONGEST_HEADER_BYTES: usize = NIFTI2_HEADER_BYTES;

/// Order of the bytes of a number in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl ByteOrder {
    /// "little" or "big".
    pub fn as_str(self) -> &'static str {
        match self {
            ByteOrder::Little => "little",
            ByteOrder::Big => "big",
        }
    }
}

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

    /// Number of values. Cannot overflow: the product was checked on reading.
    pub(super) fn value_count(&self) -> usize {
        self.dims.iter().product()
    }

    /// Bytes of the voxels in the file.
    pub(super) fn data_bytes(&self) -> u64 {
        self.value_count() as u64 * self.dtype.size_of() as u64
    }

    /// The first three dimensions, 1 for those that the image lacks.
    pub(super) fn space_shape(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.dims.get(axis).copied().unwrap_or(1))
    }
}

/// Checks dimensions as stored (`dim[0]` is their number) and the memory that they ask for.
pub(super) fn check_dims(
    name: &str,
    dim: [i64; 8],
    dtype: NiftiType,
    data_offset: u64,
) -> Result<Vec<usize>, VolumeError> {
    let bad = |reason| VolumeError::BadDimensions { name: name.to_owned(), dims: dim.to_vec(), reason };
    let count = usize::try_from(dim[0]).unwrap_or(0);
    if !(1..=7).contains(&count) {
        return Err(bad(DimensionsFault::Count));
    }
    let too_large =
        |needed_bytes| VolumeError::TooLarge { name: name.to_owned(), needed_bytes, limit_bytes: MAX_UNPACKED_BYTES };
    let mut dims = Vec::with_capacity(count);
    let mut values = 1u64;
    for &length in &dim[1..=count] {
        if length < 1 {
            return Err(bad(DimensionsFault::Length));
        }
        values = values.checked_mul(length.unsigned_abs()).ok_or_else(|| too_large(u64::MAX))?;
        dims.push(usize::try_from(length).map_err(|_| too_large(u64::MAX))?);
    }
    // Unpacked, a value takes four bytes; in the file up to eight.
    let needed_bytes = values.saturating_mul(dtype.size_of().max(size_of::<f32>()) as u64).saturating_add(data_offset);
    if needed_bytes > MAX_UNPACKED_BYTES {
        return Err(too_large(needed_bytes));
    }
    Ok(dims)
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

/// The name of a type, as NumPy writes it.
pub(super) fn dtype_name(dtype: NiftiType) -> &'static str {
    match dtype {
        NiftiType::Uint8 => "uint8",
        NiftiType::Int8 => "int8",
        NiftiType::Uint16 => "uint16",
        NiftiType::Int16 => "int16",
        NiftiType::Uint32 => "uint32",
        NiftiType::Int32 => "int32",
        NiftiType::Uint64 => "uint64",
        NiftiType::Int64 => "int64",
        NiftiType::Float32 => "float32",
        NiftiType::Float64 => "float64",
        NiftiType::Float128 => "float128",
        NiftiType::Complex64 => "complex64",
        NiftiType::Complex128 => "complex128",
        NiftiType::Complex256 => "complex256",
        NiftiType::Rgb24 => "RGB",
        NiftiType::Rgba32 => "RGBA",
    }
}
