//! Reading images from bytes: NIfTI (`.nii`, `.nii.gz`, and `.hdr` with `.img`), FreeSurfer's `.mgh` and `.mgz`, and `.nrrd`.
//! Which of them a file is, its content tells.
//!
//! What a file claims is checked before memory is taken for it, and no more is unpacked than the header asks for.

use super::decode::{Encoding, decode, decode_text};
use super::facts::{Facts, Storage, dtype_name};
use super::formats::facts_of;
use super::gzip::{Content, Members, gzip_error, is_gzip};
use super::{
    Affine, ByteOrder, Format, MAX_UNPACKED_BYTES, NrrdFault, Volume, VolumeError, Warning, orientation, spatial,
};
use std::io::{self, Read};

/// Deflate packs at most 1032 bytes into one.
const MOST_BYTES_PER_PACKED_BYTE: u64 = 1032;

/// How far packed data are read after the voxels, so that their checksum is compared: `.mgz` files may have a
/// long history there.
const MOST_BYTES_AFTER_VOXELS: u64 = 1 << 20;

/// An image as the file has it, with the facts of its header.
#[derive(Clone, Debug, PartialEq)]
pub struct NiftiImage {
    /// Name that errors give the file.
    pub name: String,
    /// The fields below that NIfTI alone has stand for "none" in others: no scaling, no forms.
    pub format: Format,
    /// Of the format: 1 or 2 for NIfTI.
    pub version: u8,
    /// `false` for a `.hdr`/`.img` pair.
    pub single_file: bool,
    /// One to seven dimensions; the first runs fastest.
    pub dims: Vec<usize>,
    /// `pixdim` as stored, one number a dimension: for the first three mm, or the unit of length that the header names;
    /// then seconds or others.
    pub voxel_mm: Vec<f64>,
    /// Type of a voxel in the file, as NumPy names it ("uint8", "float32", …).
    pub dtype: &'static str,
    /// Order of the bytes in the file.
    pub byte_order: ByteOrder,
    /// As stored: 0 or a number that is not finite means "no scaling".
    pub scl_slope: f64,
    /// As stored.
    pub scl_inter: f64,
    /// As stored: byte at which the voxels start.
    pub vox_offset: u64,
    /// 0 where there is no qform; 4 says MNI152.
    pub qform_code: i32,
    /// 0 where there is no sform; 4 says MNI152.
    pub sform_code: i32,
    /// Directions in which the first three indices grow, such as "LAS".
    pub orientation: String,
    /// Voxel indices in the order of the file to RAS+ millimetres, whatever unit the header uses. Always invertible.
    pub world_from_voxel: Affine,
    /// The field `descrip`: free text of whoever wrote the file.
    pub description: String,
    /// What is doubtful about the file.
    pub warnings: Vec<Warning>,
    /// Scaled values in the order of the file.
    pub data: Vec<f32>,
    /// Number of values that are NaN.
    pub n_nan: usize,
}

/// Reads an image: NIfTI, or what else this module knows.
///
/// `bytes` is a `.nii`, `.mgh`, `.nrrd` or `.hdr`, and `image` the `.img` that belongs to a `.hdr`; each may be packed with gzip.
/// Format and packing are told by content; `name` is for error messages only.
///
/// # Errors
/// A [`VolumeError`] that says what the file is instead or what is wrong with it.
pub fn read_nifti(name: &str, bytes: &[u8], image: Option<&[u8]>) -> Result<NiftiImage, VolumeError> {
    let facts = facts_of(name, bytes)?;
    let source = match (facts.single_file, image) {
        (true, _) => bytes,
        (false, Some(image)) => image,
        (false, None) => {
            return Err(VolumeError::MissingImage { name: name.to_owned() });
        }
    };

    let (data, foreign_bytes) = read_values(name, source, &facts)?;
    let mut warnings = facts.warnings;
    if foreign_bytes > 0 {
        warnings.push(Warning::AfterGzip { bytes: foreign_bytes });
    }
    Ok(NiftiImage {
        name: name.to_owned(),
        format: facts.format,
        version: facts.version,
        single_file: facts.single_file,
        dims: facts.dims,
        voxel_mm: facts.voxel_mm,
        dtype: dtype_name(facts.dtype),
        byte_order: facts.byte_order,
        scl_slope: facts.stored.scl_slope,
        scl_inter: facts.stored.scl_inter,
        vox_offset: facts.stored.vox_offset,
        qform_code: facts.stored.qform_code,
        sform_code: facts.stored.sform_code,
        orientation: facts.world_from_voxel.orientation_code(),
        world_from_voxel: facts.world_from_voxel,
        description: facts.description,
        warnings,
        n_nan: data.iter().filter(|value| value.is_nan()).count(),
        data,
    })
}

/// The first [`START_BYTES`](super::START_BYTES) of a file, packed or not, or all of a shorter one; and how long all of it is.
#[derive(Clone, Copy, Debug)]
pub struct FileStart<'a> {
    pub bytes: &'a [u8],
    pub file_bytes: u64,
}

/// Looks at the start of a file, so that one that cannot be used is refused before the rest is read: no image, not three
/// dimensions, voxels of no head, or fewer bytes than the header promises.
///
/// `file` and `image` are as for [`read_nifti`].
///
/// # Errors
/// As of [`read_nifti`] and [`NiftiImage::into_volume`].
pub fn check_start(name: &str, file: FileStart, image: Option<FileStart>) -> Result<(), VolumeError> {
    let facts = facts_of(name, file.bytes)?;
    three_dimensions(name, &facts.dims)?;
    head_sized_voxels(name, &facts.world_from_voxel)?;
    let source = match (facts.single_file, image) {
        (true, _) => file,
        (false, Some(image)) => image,
        (false, None) => return Err(VolumeError::MissingImage { name: name.to_owned() }),
    };
    enough_bytes(name, &facts, source.file_bytes, is_gzip(source.bytes))
}

/// Three lengths; more dimensions of length 1 are allowed.
fn three_dimensions(name: &str, dims: &[usize]) -> Result<[usize; 3], VolumeError> {
    match dims {
        &[x, y, z, ref rest @ ..] if rest.iter().all(|&length| length == 1) => Ok([x, y, z]),
        _ => Err(VolumeError::NotThreeDimensional { name: name.to_owned(), dims: dims.to_vec() }),
    }
}

fn head_sized_voxels(name: &str, world_from_voxel: &Affine) -> Result<(), VolumeError> {
    let voxel_mm = world_from_voxel.spacing_mm();
    match spatial::is_voxel_of_a_head(voxel_mm) {
        true => Ok(()),
        false => Err(VolumeError::VoxelSize { name: name.to_owned(), voxel_mm }),
    }
}

/// Where the voxels begin in what is read of the file that holds them, once voxels packed by themselves are unpacked.
fn first_byte(facts: &Facts) -> u64 {
    match facts.storage {
        Storage::Gzip => 0,
        Storage::Plain | Storage::Text => facts.data_offset,
    }
}

/// Whether a file can hold what its header claims.
fn enough_bytes(name: &str, facts: &Facts, file_bytes: u64, packed: bool) -> Result<(), VolumeError> {
    let expected_bytes = first_byte(facts) + facts.data_bytes();
    let (bytes, packed) = match facts.storage {
        Storage::Gzip => (file_bytes.saturating_sub(facts.data_offset), true),
        Storage::Plain | Storage::Text => (file_bytes, packed),
    };
    let most = if packed { bytes.saturating_mul(MOST_BYTES_PER_PACKED_BYTE) } else { bytes };
    match most < expected_bytes {
        true => Err(VolumeError::Truncated { name: name.to_owned(), expected_bytes, found_bytes: most }),
        false => Ok(()),
    }
}

impl NiftiImage {
    /// The image as a volume in RAS+ order: axes are permuted and flipped, no value changes.
    ///
    /// # Errors
    /// [`VolumeError::NotThreeDimensional`] unless there are three dimensions (more of length 1 are allowed),
    /// [`VolumeError::VoxelSize`] where the voxels are of a size that no scan of a head has, and
    /// [`VolumeError::NotFinite`] where values are NaN or infinite.
    pub fn into_volume(self) -> Result<Volume, VolumeError> {
        let shape = three_dimensions(&self.name, &self.dims)?;
        head_sized_voxels(&self.name, &self.world_from_voxel)?;
        let count = self.data.iter().filter(|value| !value.is_finite()).count();
        if count > 0 {
            return Err(VolumeError::NotFinite { name: self.name, count });
        }
        Ok(orientation::to_ras(Volume::new(shape, self.data, self.world_from_voxel)))
    }
}

/// Reads the voxels from the file that holds them. Also counts the bytes after the end of packed data.
fn read_values(name: &str, source: &[u8], facts: &Facts) -> Result<(Vec<f32>, usize), VolumeError> {
    let first_byte = first_byte(facts);
    let needed = first_byte + facts.data_bytes();
    let truncated = |found_bytes| VolumeError::Truncated { name: name.to_owned(), expected_bytes: needed, found_bytes };
    // Before memory is taken for it.
    enough_bytes(name, facts, source.len() as u64, is_gzip(source))?;

    let fail = |error: io::Error| match error.kind() {
        io::ErrorKind::OutOfMemory => {
            VolumeError::TooLarge { name: name.to_owned(), needed_bytes: needed, limit_bytes: MAX_UNPACKED_BYTES }
        }
        _ => gzip_error(name, &error),
    };
    let mut input = match facts.storage {
        Storage::Gzip => {
            let header_bytes = usize::try_from(facts.data_offset).unwrap_or(usize::MAX);
            Content::Packed(Box::new(Members::of(source.get(header_bytes..).unwrap_or_default())))
        }
        Storage::Plain | Storage::Text => Content::of(source),
    };
    let skipped = io::copy(&mut (&mut input).take(first_byte), &mut io::sink()).map_err(fail)?;
    if skipped < first_byte {
        return Err(truncated(skipped));
    }
    let count = facts.value_count();
    let values = match facts.storage {
        Storage::Text => decode_text(&mut input, count)
            .map_err(fail)?
            .ok_or_else(|| VolumeError::Nrrd { name: name.to_owned(), reason: NrrdFault::NoNumber })?,
        Storage::Plain | Storage::Gzip => {
            let encoding = Encoding { dtype: facts.dtype, byte_order: facts.byte_order, scaling: facts.scaling };
            decode(&mut input, count, encoding).map_err(fail)?
        }
    };
    if values.len() < count {
        let share = facts.data_bytes() / count as u64;
        return Err(truncated(skipped + values.len() as u64 * share));
    }
    // The checksum follows packed data; reading a little further makes the decoder look at it.
    io::copy(&mut (&mut input).take(MOST_BYTES_AFTER_VOXELS), &mut io::sink()).map_err(fail)?;
    Ok((values, input.foreign_bytes()))
}
