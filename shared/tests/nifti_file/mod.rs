//! Builds NIfTI files in memory, field by field from the standard, so that the reader is not tested against the
//! project's own writer.

use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// What a file shall say. `Default` is a little-endian NIfTI-1 single file of 2×3×4 float32 with an sform.
#[derive(Clone, Debug)]
pub struct NiftiFile {
    pub version: u8,
    pub big_endian: bool,
    pub single_file: bool,
    pub dims: Vec<i64>,
    pub dtype: i16,
    /// Stored values, x fastest.
    pub values: Vec<f64>,
    pub pixdim: [f64; 8],
    pub scaling: (f64, f64),
    pub qform_code: i32,
    pub quaternion_bcd: [f64; 3],
    pub qform_offset_mm: [f64; 3],
    pub sform_code: i32,
    pub sform_rows: [[f64; 4]; 3],
    /// Bytes of a header extension between header and voxels; a multiple of 16.
    pub extension_bytes: usize,
    /// Instead of the true offset of the voxels.
    pub vox_offset: Option<f64>,
}

impl Default for NiftiFile {
    fn default() -> Self {
        NiftiFile {
            version: 1,
            big_endian: false,
            single_file: true,
            dims: vec![2, 3, 4],
            dtype: 16,
            values: (0..24).map(f64::from).collect(),
            pixdim: [1.0, 2.0, 3.0, 4.0, 1.0, 1.0, 1.0, 1.0],
            scaling: (1.0, 0.0),
            qform_code: 0,
            quaternion_bcd: [0.0; 3],
            qform_offset_mm: [0.0; 3],
            sform_code: 4,
            sform_rows: [[2.0, 0.0, 0.0, -10.0], [0.0, 3.0, 0.0, -20.0], [0.0, 0.0, 4.0, 30.0]],
            extension_bytes: 0,
            vox_offset: None,
        }
    }
}

impl NiftiFile {
    /// The `.nii`, or the `.hdr` of a pair.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.header();
        if self.single_file {
            bytes.extend(self.voxels());
        }
        bytes
    }

    /// Header, the four bytes after it, and the extension.
    pub fn header(&self) -> Vec<u8> {
        let size = if self.version == 1 { 348 } else { 540 };
        let mut h = Header { bytes: vec![0; size], big_endian: self.big_endian };
        let true_offset = if self.single_file { (size + 4 + self.extension_bytes) as f64 } else { 0.0 };
        let vox_offset = self.vox_offset.unwrap_or(true_offset);
        let mut dim = [1i64; 8];
        dim[0] = self.dims.len() as i64;
        dim[1..=self.dims.len()].copy_from_slice(&self.dims);
        let bits = stored(self.dtype, 0.0, false).len() as i64 * 8;
        let (slope, inter) = self.scaling;
        let srow = self.sform_rows.as_flattened();
        if self.version == 1 {
            h.i32(0, 348);
            h.i16s(40, &dim);
            h.i16s(70, &[self.dtype.into(), bits]);
            h.f32s(76, &self.pixdim);
            h.f32s(108, &[vox_offset, slope, inter]);
            h.raw(123, &[10]);
            h.i16s(252, &[self.qform_code.into(), self.sform_code.into()]);
            h.f32s(256, &self.quaternion_bcd);
            h.f32s(268, &self.qform_offset_mm);
            h.f32s(280, srow);
            h.raw(344, if self.single_file { b"n+1\0" } else { b"ni1\0" });
        } else {
            h.i32(0, 540);
            h.raw(4, if self.single_file { b"n+2\0\r\n\x1a\n" } else { b"ni2\0\r\n\x1a\n" });
            h.i16s(12, &[self.dtype.into(), bits]);
            h.i64s(16, &dim);
            h.f64s(104, &self.pixdim);
            h.i64s(168, &[vox_offset as i64]);
            h.f64s(176, &[slope, inter]);
            h.i32(344, self.qform_code);
            h.i32(348, self.sform_code);
            h.f64s(352, &self.quaternion_bcd);
            h.f64s(376, &self.qform_offset_mm);
            h.f64s(400, srow);
            h.i32(500, 10);
        }
        let mut bytes = h.bytes;
        bytes.extend([u8::from(self.extension_bytes > 0), 0, 0, 0]);
        bytes.extend(std::iter::repeat_n(0xee, self.extension_bytes));
        bytes
    }

    /// The voxels as stored: the content of an `.img`.
    pub fn voxels(&self) -> Vec<u8> {
        self.values.iter().flat_map(|&value| stored(self.dtype, value, self.big_endian)).collect()
    }
}

/// Packs bytes with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One number of a data type (NIfTI code) as bytes; types of several numbers are zeros.
fn stored(dtype: i16, value: f64, big_endian: bool) -> Vec<u8> {
    let mut bytes = match dtype {
        2 => (value as u8).to_le_bytes().to_vec(),
        4 => (value as i16).to_le_bytes().to_vec(),
        8 => (value as i32).to_le_bytes().to_vec(),
        16 => (value as f32).to_le_bytes().to_vec(),
        64 => value.to_le_bytes().to_vec(),
        256 => (value as i8).to_le_bytes().to_vec(),
        512 => (value as u16).to_le_bytes().to_vec(),
        768 => (value as u32).to_le_bytes().to_vec(),
        1024 => (value as i64).to_le_bytes().to_vec(),
        1280 => (value as u64).to_le_bytes().to_vec(),
        _ => vec![0; 16],
    };
    if big_endian {
        bytes.reverse();
    }
    bytes
}

struct Header {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Header {
    fn raw(&mut self, offset: usize, value: &[u8]) {
        self.bytes[offset..offset + value.len()].copy_from_slice(value);
    }

    fn number<const N: usize>(&mut self, offset: usize, mut little: [u8; N]) {
        if self.big_endian {
            little.reverse();
        }
        self.raw(offset, &little);
    }

    fn i32(&mut self, offset: usize, value: i32) {
        self.number(offset, value.to_le_bytes());
    }

    fn i16s(&mut self, offset: usize, values: &[i64]) {
        for (index, &value) in values.iter().enumerate() {
            self.number(offset + 2 * index, (value as i16).to_le_bytes());
        }
    }

    fn i64s(&mut self, offset: usize, values: &[i64]) {
        for (index, &value) in values.iter().enumerate() {
            self.number(offset + 8 * index, value.to_le_bytes());
        }
    }

    fn f32s(&mut self, offset: usize, values: &[f64]) {
        for (index, &value) in values.iter().enumerate() {
            self.number(offset + 4 * index, (value as f32).to_le_bytes());
        }
    }

    fn f64s(&mut self, offset: usize, values: &[f64]) {
        for (index, &value) in values.iter().enumerate() {
            self.number(offset + 8 * index, value.to_le_bytes());
        }
    }
}
