//! Which version of NIfTI a file is, told by its first four bytes, and what it is where it is none.

use super::header::{ByteOrder, Header};
use super::{NotNifti, VolumeError};
use super::{nifti1, nifti2};

/// Reads and checks the header at the start of `head`.
pub(super) fn parse_header(name: &str, head: &[u8]) -> Result<Header, VolumeError> {
    match head.first_chunk::<4>().map(|size| (i32::from_le_bytes(*size), i32::from_be_bytes(*size))) {
        Some((348, _)) => nifti1::parse(name, head, ByteOrder::Little),
        Some((_, 348)) => nifti1::parse(name, head, ByteOrder::Big),
        Some((540, _)) => nifti2::parse(name, head, ByteOrder::Little),
        Some((_, 540)) => nifti2::parse(name, head, ByteOrder::Big),
        _ => Err(not_a_header(name, head)),
    }
}

/// What a file that does not start with a NIfTI header is instead.
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
