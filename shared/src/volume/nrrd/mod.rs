//! The NRRD format ("nearly raw raster data") with header and voxels in one file, as 3D Slicer and ITK write it.
//!
//! The header is text and ends at an empty line; the fields are those of the published format, versions 1 to 5. Lengths are
//! taken as millimetres.

mod axes;
mod lines;

use super::facts::{Facts, Storage, Stored, check_lengths};
use super::{ByteOrder, Format, NrrdFault, START_BYTES, VolumeError};
use lines::{Lines, shown};
use nifti::NiftiType;

/// Longest header: what is looked at before the rest of a file is read. Others have some hundred bytes.
pub(super) const MOST_HEADER_BYTES: usize = START_BYTES as usize;

/// Most axes that the format allows.
const MOST_AXES: usize = 16;

/// Whether a file starts as an NRRD file of any version does.
pub(super) fn is_nrrd(head: &[u8]) -> bool {
    let version = head.strip_prefix(b"NRRD").and_then(|rest| rest.split_at_checked(4));
    version.is_some_and(|(version, rest)| {
        version.iter().all(u8::is_ascii_digit) && rest.first().is_some_and(u8::is_ascii_whitespace)
    })
}

/// Where the voxels begin: after the empty line.
pub(super) fn end(head: &[u8]) -> Option<usize> {
    let of = |mark: &[u8]| head.windows(mark.len()).position(|bytes| bytes == mark).map(|start| start + mark.len());
    [of(b"\n\n"), of(b"\n\r\n")].into_iter().flatten().min()
}

/// Parses the header at the start of `head`, for which [`is_nrrd`] holds. `packed`: whether the file as a whole is.
pub(super) fn parse(name: &str, head: &[u8], packed: bool) -> Result<Facts, VolumeError> {
    let fault = |reason| VolumeError::Nrrd { name: name.to_owned(), reason };
    let end = end(head);
    let text = String::from_utf8_lossy(&head[..end.unwrap_or(head.len())]);
    let version = text.get(4..8).and_then(|digits| digits.parse::<u16>().ok()).unwrap_or_default();
    let Ok(version @ 1..=5) = u8::try_from(version) else {
        return Err(fault(NrrdFault::Version { version }));
    };
    let lines = Lines::of(name, &text);
    if lines.get("data file")?.is_some() {
        return Err(fault(NrrdFault::Detached));
    }
    let Some(data_offset) = end else {
        return Err(fault(NrrdFault::NoEnd { bytes: head.len() }));
    };
    let dtype = dtype_of(name, lines.needed("type")?)?;
    let storage = storage_of(name, lines.needed("encoding")?)?;
    if packed && storage == Storage::Gzip {
        return Err(fault(NrrdFault::PackedTwice));
    }
    for field in ["line skip", "byte skip"] {
        if lines.integers(field)?.is_some_and(|skipped| skipped != [0]) {
            return Err(fault(NrrdFault::Skip { field }));
        }
    }
    let byte_order = match (lines.get("endian")?, storage) {
        _ if storage == Storage::Text || dtype.size_of() == 1 => ByteOrder::Little,
        (None, _) => return Err(fault(NrrdFault::Missing { field: "endian" })),
        (Some(order), _) if order.eq_ignore_ascii_case("little") => ByteOrder::Little,
        (Some(order), _) if order.eq_ignore_ascii_case("big") => ByteOrder::Big,
        (Some(other), _) => return Err(lines.bad("endian", other)),
    };

    let stored = lines.integers("sizes")?.ok_or_else(|| fault(NrrdFault::Missing { field: "sizes" }))?;
    let dimension = lines.needed("dimension")?;
    if dimension.parse() != Ok(stored.len()) || !(1..=MOST_AXES).contains(&stored.len()) {
        return Err(lines.bad("dimension", dimension));
    }
    let sizes = check_lengths(name, &stored, &stored, dtype, data_offset as u64)?;
    let placed = axes::place(&lines, &sizes)?;
    Ok(Facts {
        format: Format::Nrrd,
        version,
        single_file: true,
        byte_order,
        dims: placed.shape.to_vec(),
        dtype,
        voxel_mm: placed.world_from_voxel.spacing_mm().to_vec(),
        storage,
        data_offset: data_offset as u64,
        scaling: None,
        stored: Stored::none(data_offset as u64),
        world_from_voxel: placed.world_from_voxel,
        warnings: placed.warnings,
        description: lines.get("content")?.map(shown).unwrap_or_default(),
    })
}

/// The type by any of its names.
fn dtype_of(name: &str, named: &str) -> Result<NiftiType, VolumeError> {
    match named.to_ascii_lowercase().as_str() {
        "signed char" | "int8" | "int8_t" => Ok(NiftiType::Int8),
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => Ok(NiftiType::Uint8),
        "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => Ok(NiftiType::Int16),
        "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => Ok(NiftiType::Uint16),
        "int" | "signed int" | "int32" | "int32_t" => Ok(NiftiType::Int32),
        "uint" | "unsigned int" | "uint32" | "uint32_t" => Ok(NiftiType::Uint32),
        "longlong"
        | "long long"
        | "long long int"
        | "signed long long"
        | "signed long long int"
        | "int64"
        | "int64_t" => Ok(NiftiType::Int64),
        "ulonglong" | "unsigned long long" | "unsigned long long int" | "uint64" | "uint64_t" => Ok(NiftiType::Uint64),
        "float" => Ok(NiftiType::Float32),
        "double" => Ok(NiftiType::Float64),
        "block" => Err(VolumeError::UnsupportedDataType { name: name.to_owned(), dtype: "block" }),
        _ => Err(VolumeError::BadHeader { name: name.to_owned(), field: "type", value: shown(named) }),
    }
}

fn storage_of(name: &str, encoding: &str) -> Result<Storage, VolumeError> {
    match encoding.to_ascii_lowercase().as_str() {
        "raw" => Ok(Storage::Plain),
        "gzip" | "gz" => Ok(Storage::Gzip),
        "txt" | "text" | "ascii" => Ok(Storage::Text),
        _ => {
            let reason = NrrdFault::Encoding { encoding: shown(encoding) };
            Err(VolumeError::Nrrd { name: name.to_owned(), reason })
        }
    }
}
