//! Reading NIfTI images from bytes: `.nii`, `.nii.gz`, and `.hdr` with `.img`.
//!
//! What a file claims is checked before memory is taken for it, and no more is unpacked than the header asks for.

use super::decode::{Encoding, decode, read_up_to};
use super::gzip::{Members, is_gzip};
use super::header::{ByteOrder, Header, LONGEST_HEADER_BYTES, MAX_UNPACKED_BYTES, dtype_name};
use super::header_versions::parse_header;
use super::{Affine, GzipFault, Volume, VolumeError, Warning, orientation, spatial};
use std::io::{self, Read};

/// Deflate packs at most 1032 bytes into one.
const MOST_BYTES_PER_PACKED_BYTE: u64 = 1032;

/// An image as the file has it, with the facts of its header.
#[derive(Clone, Debug, PartialEq)]
pub struct NiftiImage {
    /// Name that errors give the file.
    pub name: String,
    /// 1 or 2.
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

/// Reads a NIfTI image.
///
/// `bytes` is a `.nii` or a `.hdr`, and `image` the `.img` that belongs to a `.hdr`; each may be packed with gzip,
/// which is told by content. `name` is for error messages only.
///
/// # Errors
/// A [`VolumeError`] that says what the file is instead or what is wrong with it.
pub fn read_nifti(name: &str, bytes: &[u8], image: Option<&[u8]>) -> Result<NiftiImage, VolumeError> {
    let header = header_of(name, bytes)?;
    let source = match (header.single_file, image) {
        (true, _) => bytes,
        (false, Some(image)) => image,
        (false, None) => {
            return Err(VolumeError::MissingImage { name: name.to_owned() });
        }
    };

    let (world_from_voxel, mut warnings) = spatial::world_from_voxel(&header);
    if header.data_offset() != header.vox_offset {
        warnings.push(Warning::Offset { offset: header.vox_offset, start: header.data_offset() });
    }
    let scaling = scaling(&header, &mut warnings);
    let (data, foreign_bytes) = read_values(name, source, &header, scaling)?;
    if foreign_bytes > 0 {
        warnings.push(Warning::AfterGzip { bytes: foreign_bytes });
    }
    Ok(NiftiImage {
        name: name.to_owned(),
        version: header.version,
        single_file: header.single_file,
        voxel_mm: header.pixdim[1..=header.dims.len()].to_vec(),
        dtype: dtype_name(header.dtype),
        byte_order: header.byte_order,
        scl_slope: header.scl_slope,
        scl_inter: header.scl_inter,
        vox_offset: header.vox_offset,
        qform_code: header.qform_code,
        sform_code: header.sform_code,
        orientation: world_from_voxel.orientation_code(),
        world_from_voxel,
        description: header.description,
        warnings,
        n_nan: data.iter().filter(|value| value.is_nan()).count(),
        data,
        dims: header.dims,
    })
}

/// How many bytes from its start [`check_start`] wants of a file.
pub const START_BYTES: u64 = 64 * 1024;

/// The first [`START_BYTES`] of a file, packed or not, or all of a shorter one; and how long all of it is.
#[derive(Clone, Copy, Debug)]
pub struct FileStart<'a> {
    pub bytes: &'a [u8],
    pub file_bytes: u64,
}

/// Looks at the start of a file, so that one that cannot be used is refused before the rest is read: no NIfTI image, not three
/// dimensions, voxels of no head, or fewer bytes than the header promises.
///
/// `file` is a `.nii` or a `.hdr`, and `image` the `.img` that belongs to a `.hdr`.
///
/// # Errors
/// As of [`read_nifti`] and [`NiftiImage::into_volume`].
pub fn check_start(name: &str, file: FileStart, image: Option<FileStart>) -> Result<(), VolumeError> {
    let header = header_of(name, file.bytes)?;
    three_dimensions(name, &header.dims)?;
    head_sized_voxels(name, &spatial::world_from_voxel(&header).0)?;
    let source = match (header.single_file, image) {
        (true, _) => file,
        (false, Some(image)) => image,
        (false, None) => return Err(VolumeError::MissingImage { name: name.to_owned() }),
    };
    enough_bytes(name, &header, source.file_bytes, is_gzip(source.bytes))
}

fn header_of(name: &str, bytes: &[u8]) -> Result<Header, VolumeError> {
    let mut head = [0; LONGEST_HEADER_BYTES];
    let found = read_up_to(&mut Content::of(bytes), &mut head).map_err(|error| gzip_error(name, &error))?;
    parse_header(name, &head[..found])
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

/// Whether a file can hold what its header claims.
fn enough_bytes(name: &str, header: &Header, file_bytes: u64, packed: bool) -> Result<(), VolumeError> {
    let expected_bytes = header.data_offset() + header.data_bytes();
    let most = if packed { file_bytes.saturating_mul(MOST_BYTES_PER_PACKED_BYTE) } else { file_bytes };
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
        Ok(orientation::to_ras(Volume { shape, data: self.data, world_from_voxel: self.world_from_voxel }))
    }
}

/// Slope and intercept, or `None` where the header asks for no scaling or for one that changes nothing.
fn scaling(header: &Header, warnings: &mut Vec<Warning>) -> Option<(f64, f64)> {
    let slope = header.scl_slope;
    if slope == 0.0 || !slope.is_finite() {
        return None;
    }
    let inter = if header.scl_inter.is_finite() {
        header.scl_inter
    } else {
        warnings.push(Warning::Intercept { value: header.scl_inter });
        0.0
    };
    ((slope, inter) != (1.0, 0.0)).then_some((slope, inter))
}

/// Reads the voxels from the file that holds them. Also counts the bytes after the end of packed data.
fn read_values(
    name: &str,
    source: &[u8],
    header: &Header,
    scaling: Option<(f64, f64)>,
) -> Result<(Vec<f32>, usize), VolumeError> {
    let needed = header.data_offset() + header.data_bytes();
    let truncated = |found_bytes| VolumeError::Truncated { name: name.to_owned(), expected_bytes: needed, found_bytes };
    // Before memory is taken for it.
    enough_bytes(name, header, source.len() as u64, is_gzip(source))?;

    let fail = |error: io::Error| match error.kind() {
        io::ErrorKind::OutOfMemory => {
            VolumeError::TooLarge { name: name.to_owned(), needed_bytes: needed, limit_bytes: MAX_UNPACKED_BYTES }
        }
        _ => gzip_error(name, &error),
    };
    let mut input = Content::of(source);
    let skipped = io::copy(&mut (&mut input).take(header.data_offset()), &mut io::sink()).map_err(fail)?;
    if skipped < header.data_offset() {
        return Err(truncated(skipped));
    }
    let encoding = Encoding { dtype: header.dtype, byte_order: header.byte_order, scaling };
    let values = decode(&mut input, header.value_count(), encoding).map_err(fail)?;
    if values.len() < header.value_count() {
        let read = values.len() as u64 * header.dtype.size_of() as u64;
        return Err(truncated(skipped + read));
    }
    // The checksum follows packed data; reading a little further makes the decoder look at it.
    let mut rest = [0; 1024];
    read_up_to(&mut input, &mut rest).map_err(fail)?;
    Ok((values, input.foreign_bytes()))
}

/// The content of a file that may be packed.
enum Content<'a> {
    Plain(&'a [u8]),
    Packed(Box<Members<'a>>),
}

impl<'a> Content<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        match is_gzip(bytes) {
            true => Content::Packed(Box::new(Members::of(bytes))),
            false => Content::Plain(bytes),
        }
    }

    fn foreign_bytes(&self) -> usize {
        match self {
            Content::Plain(_) => 0,
            Content::Packed(members) => members.foreign_bytes(),
        }
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Content::Plain(bytes) => bytes.read(buffer),
            Content::Packed(members) => members.read(buffer),
        }
    }
}

fn gzip_error(name: &str, error: &io::Error) -> VolumeError {
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof => GzipFault::Early,
        _ => GzipFault::Damaged { detail: error.to_string() },
    };
    VolumeError::BadGzip { name: name.to_owned(), reason }
}
