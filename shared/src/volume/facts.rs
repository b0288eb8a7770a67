//! What reading needs to know of an image file, whichever format it has.
//!
//! [`Facts`] that exist are checked: a type of one plain number, dimensions of at least 1, a size within
//! [`MAX_UNPACKED_BYTES`], and an affine that can be inverted. So the reader may allocate by them.

use super::{Affine, DimensionsFault, VolumeError, Warning};
use nifti::NiftiType;

/// Most memory that one image may need, unpacked to 32-bit floats or in the file, whichever is larger. A cube of 256 mm with voxels
/// of 0.5 mm needs two thirds of it.
pub const MAX_UNPACKED_BYTES: u64 = 768 * 1024 * 1024;

/// How many bytes from its start [`super::check_start`] wants of a file.
pub const START_BYTES: u64 = 64 * 1024;

/// Format of a file, told by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.nii`, `.nii.gz`, or `.hdr` with `.img`.
    Nifti,
    /// FreeSurfer's `.mgh` and `.mgz`.
    Mgh,
    /// Nearly raw raster data with the header in the same file: `.nrrd`.
    Nrrd,
}

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

/// How the voxels lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    /// As they are; the file as a whole may be packed.
    Plain,
    /// Packed with gzip by themselves, after a header that is not.
    Gzip,
    /// Numbers as text.
    Text,
}

/// A checked header.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    pub format: Format,
    /// Of the format.
    pub version: u8,
    /// Whether the voxels are in the same file, rather than in an `.img`.
    pub single_file: bool,
    pub byte_order: ByteOrder,
    /// One to seven dimensions, each at least 1; the first runs fastest.
    pub dims: Vec<usize>,
    pub dtype: NiftiType,
    /// Size of a step along each dimension.
    pub voxel_mm: Vec<f64>,
    pub storage: Storage,
    /// First byte of what [`Storage`] describes, in the file that holds the voxels.
    pub data_offset: u64,
    /// Slope and intercept; `None` leaves the numbers as they are.
    pub scaling: Option<(f64, f64)>,
    /// What a NIfTI header stores and others do not have.
    pub stored: Stored,
    /// Voxel indices to RAS+ millimetres; can be inverted.
    pub world_from_voxel: Affine,
    pub warnings: Vec<Warning>,
    /// Free text of whoever wrote the file.
    pub description: String,
}

/// Fields of NIfTI as stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stored {
    pub scl_slope: f64,
    pub scl_inter: f64,
    pub vox_offset: u64,
    pub qform_code: i32,
    pub sform_code: i32,
}

impl Stored {
    /// What stands for them in another format.
    pub(super) fn none(data_offset: u64) -> Self {
        Stored { scl_slope: 1.0, scl_inter: 0.0, vox_offset: data_offset, qform_code: 0, sform_code: 0 }
    }
}

impl Facts {
    /// Number of values. Cannot overflow: the product was checked on reading.
    pub(super) fn value_count(&self) -> usize {
        self.dims.iter().product()
    }

    /// Fewest bytes that the voxels take, unpacked.
    pub(super) fn data_bytes(&self) -> u64 {
        let count = self.value_count() as u64;
        match self.storage {
            // A digit each, and something between them.
            Storage::Text => 2 * count - 1,
            Storage::Plain | Storage::Gzip => count * self.dtype.size_of() as u64,
        }
    }
}

/// Checks lengths and the memory that they ask for. `stored`: the dimensions as the header writes them, for messages.
pub(super) fn check_lengths(
    name: &str,
    lengths: &[i64],
    stored: &[i64],
    dtype: NiftiType,
    data_offset: u64,
) -> Result<Vec<usize>, VolumeError> {
    let too_large =
        |needed_bytes| VolumeError::TooLarge { name: name.to_owned(), needed_bytes, limit_bytes: MAX_UNPACKED_BYTES };
    let mut dims = Vec::with_capacity(lengths.len());
    let mut values = 1u64;
    for &length in lengths {
        if length < 1 {
            let (name, dims, reason) = (name.to_owned(), stored.to_vec(), DimensionsFault::Length);
            return Err(VolumeError::BadDimensions { name, dims, reason });
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
