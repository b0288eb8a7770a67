//! Unpacking gzip as the program `gzip` does: several members in a row are one stream, zeros between and after them are
//! padding (tapes and block devices leave them), and whatever else follows is no part of it.

use super::{GzipFault, VolumeError};
use flate2::bufread::GzDecoder;
use std::io::{self, Read};

/// How every member starts.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whether the bytes are packed with gzip.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The content of a packed file.
pub(super) struct Members<'a> {
    /// `None` after the last member.
    member: Option<GzDecoder<&'a [u8]>>,
    /// Bytes after the last member that are neither padding nor another one.
    foreign_bytes: usize,
}

impl<'a> Members<'a> {
    /// The content of `bytes`, which start with a member.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Members { member: Some(GzDecoder::new(bytes)), foreign_bytes: 0 }
    }

    /// How many bytes follow the last member that are no padding; known when everything was read.
    pub(super) fn foreign_bytes(&self) -> usize {
        self.foreign_bytes
    }

    /// Goes on to what follows a member that has ended.
    fn next_member(&mut self, rest: &'a [u8]) {
        let start = rest.iter().position(|&byte| byte != 0).unwrap_or(rest.len());
        let rest = &rest[start..];
        if is_gzip(rest) {
            self.member = Some(GzDecoder::new(rest));
        } else {
            self.foreign_bytes = rest.len();
        }
    }
}

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            if let Some(member) = self.member.take() {
                self.next_member(member.into_inner());
            }
        }
        Ok(0)
    }
}

/// The content of a file that may be packed.
pub(super) enum Content<'a> {
    Plain(&'a [u8]),
    Packed(Box<Members<'a>>),
}

impl<'a> Content<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        match is_gzip(bytes) {
            true => Content::Packed(Box::new(Members::of(bytes))),
            false => Content::Plain(bytes),
        }
    }

    /// See [`Members::foreign_bytes`].
    pub(super) fn foreign_bytes(&self) -> usize {
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

/// What it means that packed data could not be read.
pub(super) fn gzip_error(name: &str, error: &io::Error) -> VolumeError {
    let reason = match error.kind() {
        io::ErrorKind::UnexpectedEof => GzipFault::Early,
        _ => GzipFault::Damaged { detail: error.to_string() },
    };
    VolumeError::BadGzip { name: name.to_owned(), reason }
}
