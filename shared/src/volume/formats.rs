//! Which format and version a file is, told by how it begins, and what it is where it is none of them.

use super::decode::read_up_to;
use super::facts::Facts;
use super::gzip::{Content, gzip_error, is_gzip};
use super::header::NIFTI2_HEADER_BYTES;
use super::{ByteOrder, NotNifti, VolumeError};
use super::{mgh, nifti1, nifti2, nrrd};

/// How names of images end that are one file. What a file is, its content tells.
pub const SINGLE_FILE_ENDINGS: [&str; 5] = [".nii.gz", ".nii", ".mgz", ".mgh", ".nrrd"];

/// Bytes of the longest header of a fixed length; enough to tell what a file is.
const HEAD_BYTES: usize = NIFTI2_HEADER_BYTES;

/// How much more is read at once of a header of any length.
const STEP_BYTES: usize = 4096;

/// Reads and checks the header at the start of a file, packed or not.
pub(super) fn facts_of(name: &str, bytes: &[u8]) -> Result<Facts, VolumeError> {
    let mut content = Content::of(bytes);
    let mut head = Vec::new();
    let mut read_to = |head: &mut Vec<u8>, wanted: usize| {
        let before = head.len();
        head.resize(wanted, 0);
        let found = read_up_to(&mut content, &mut head[before..]).map_err(|error| gzip_error(name, &error))?;
        head.truncate(before + found);
        Ok(found > 0)
    };
    read_to(&mut head, HEAD_BYTES)?;
    if mgh::is_mgh(&head) {
        return mgh::parse(name, &head);
    }
    if nrrd::is_nrrd(&head) {
        while nrrd::end(&head).is_none() && head.len() < nrrd::MOST_HEADER_BYTES {
            let wanted = (head.len() + STEP_BYTES).min(nrrd::MOST_HEADER_BYTES);
            if !read_to(&mut head, wanted)? {
                break;
            }
        }
        return nrrd::parse(name, &head, is_gzip(bytes));
    }
    let header = match head.first_chunk::<4>().map(|size| (i32::from_le_bytes(*size), i32::from_be_bytes(*size))) {
        Some((348, _)) => nifti1::parse(name, &head, ByteOrder::Little),
        Some((_, 348)) => nifti1::parse(name, &head, ByteOrder::Big),
        Some((540, _)) => nifti2::parse(name, &head, ByteOrder::Little),
        Some((_, 540)) => nifti2::parse(name, &head, ByteOrder::Big),
        _ => Err(not_a_header(name, &head)),
    };
    Ok(header?.facts())
}

/// What a file that starts with no known header is instead.
fn not_a_header(name: &str, head: &[u8]) -> VolumeError {
    let name = name.to_owned();
    if head.is_empty() {
        VolumeError::Empty { name }
    } else if head.get(128..132) == Some(b"DICM") {
        VolumeError::Dicom { name }
    } else if is_text(head) {
        VolumeError::Text { name }
    } else {
        VolumeError::NotNifti { name, reason: NotNifti::Start }
    }
}

/// Whether the bytes read as text. They may be cut inside a character, so a broken end is forgiven.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let printable = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    !text.is_empty() && text.chars().all(printable)
}
