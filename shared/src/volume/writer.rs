//! Writing volumes as NIfTI: 32-bit floats, little-endian, the same bytes for the same volume.

use super::spatial::Qform;
use super::{Affine, Volume};
use flate2::{Compression, GzBuilder};
use std::io::Write;

/// Space that the millimetres of a written file belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Coordinates of the scanner (code 1).
    Scanner,
    /// Aligned to another image of the subject (code 2).
    Aligned,
    /// MNI152 (code 4).
    Mni152,
}

impl Space {
    fn code(self) -> i32 {
        match self {
            Space::Scanner => 1,
            Space::Aligned => 2,
            Space::Mni152 => 4,
        }
    }
}

/// A volume in MNI152 millimetres as the bytes of a `.nii` file. See [`write_nifti_in`].
pub fn write_nifti(volume: &Volume, description: &str) -> Vec<u8> {
    write_nifti_in(volume, description, Space::Mni152)
}

/// A volume as the bytes of a `.nii` file, its millimetres belonging to `space`.
///
/// Values are kept bit for bit; the affine is rounded to 32 bits. sform and qform say the same; the qform is left
/// out where it cannot say it (a sheared affine). `description` is cut to 79 bytes. The format is NIfTI-1, or NIfTI-2
/// where a side is longer than the 32,767 voxels that NIfTI-1 can count.
/// Where `data` is shorter than `shape` says, zeros are added; more than that is left out.
pub fn write_nifti_in(volume: &Volume, description: &str, space: Space) -> Vec<u8> {
    let mut out = match volume.shape.iter().all(|&side| i16::try_from(side).is_ok()) {
        true => nifti1_header(volume, description, space),
        false => nifti2_header(volume, description, space),
    };
    let count: usize = volume.shape.iter().product();
    out.reserve(count * size_of::<f32>());
    let padding = std::iter::repeat(&0.0);
    out.extend(volume.data.iter().chain(padding).take(count).flat_map(|value| value.to_le_bytes()));
    out
}

/// The same as [`write_nifti`], packed with gzip. No time and no name are stored, so equal volumes give equal bytes.
///
/// # Errors
/// None that is known: packing to memory does not fail. The type is that of the packer.
pub fn write_nifti_gz(volume: &Volume, description: &str) -> std::io::Result<Vec<u8>> {
    gzip(&write_nifti(volume, description))
}

/// The same as [`write_nifti_gz`] with values as 16-bit multiples of `step`, a third of the bytes: each is rounded to the nearest
/// multiple that the 16 bits hold.
///
/// # Errors
/// As [`write_nifti_gz`].
pub fn write_nifti_gz_in_steps(volume: &Volume, step: f32, description: &str) -> std::io::Result<Vec<u8>> {
    let mut out = nifti1_header(volume, description, Space::Mni152);
    put(&mut out, 70, &INT16_CODE.to_le_bytes());
    put(&mut out, 72, &16i16.to_le_bytes());
    put(&mut out, 112, &step.to_le_bytes());
    // `as` keeps to what 16 bits hold.
    out.extend(volume.data.iter().flat_map(|value| ((value / step).round() as i16).to_le_bytes()));
    gzip(&out)
}

/// The same as [`write_nifti_in`], packed with gzip as [`write_nifti_gz`] does.
///
/// # Errors
/// As [`write_nifti_gz`].
pub fn write_nifti_gz_in(volume: &Volume, description: &str, space: Space) -> std::io::Result<Vec<u8>> {
    gzip(&write_nifti_in(volume, description, space))
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    // 255 is "unknown system": the same on every machine.
    let builder = GzBuilder::new().mtime(0).operating_system(255);
    let mut encoder = builder.write(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Code of float32.
const DTYPE_CODE: i16 = 16;
/// Code of int16.
const INT16_CODE: i16 = 4;
/// Millimetres and seconds.
const UNITS_CODE: u8 = 2 | 8;

/// Header and the four bytes that say "no extension": the voxels follow at byte 352.
fn nifti1_header(volume: &Volume, description: &str, space: Space) -> Vec<u8> {
    let mut header = vec![0; 352];
    let f32s = |values: &[f64]| -> Vec<u8> { values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect() };
    let i16s = |values: &[i16]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    let (pixdim, qform) = pixdim_and_qform(&volume.world_from_voxel);
    // The caller has checked that the sides fit.
    let [x, y, z] = volume.shape.map(|side| i16::try_from(side).unwrap_or(i16::MAX));
    put(&mut header, 0, &348i32.to_le_bytes());
    put(&mut header, 38, b"r");
    put(&mut header, 40, &i16s(&[3, x, y, z, 1, 1, 1, 1]));
    put(&mut header, 70, &i16s(&[DTYPE_CODE, 32]));
    put(&mut header, 76, &f32s(&pixdim));
    put(&mut header, 108, &f32s(&[352.0, 1.0, 0.0]));
    put(&mut header, 123, &[UNITS_CODE]);
    put(&mut header, 148, cut(description));
    let code = space.code() as i16;
    put(&mut header, 252, &i16s(&[if qform.is_some() { code } else { 0 }, code]));
    put(&mut header, 256, &f32s(&qform.unwrap_or_default()));
    put(&mut header, 268, &f32s(&volume.world_from_voxel.translation()));
    put(&mut header, 280, &f32s(volume.world_from_voxel.0.as_flattened()));
    put(&mut header, 344, b"n+1\0");
    header
}

/// The same for NIfTI-2; the voxels follow at byte 544.
fn nifti2_header(volume: &Volume, description: &str, space: Space) -> Vec<u8> {
    let mut header = vec![0; 544];
    let f64s = |values: &[f64]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    let (pixdim, qform) = pixdim_and_qform(&volume.world_from_voxel);
    put(&mut header, 0, &540i32.to_le_bytes());
    put(&mut header, 4, b"n+2\0\r\n\x1a\n");
    put(&mut header, 12, &DTYPE_CODE.to_le_bytes());
    put(&mut header, 14, &32i16.to_le_bytes());
    let [x, y, z] = volume.shape.map(|side| side as i64);
    let dim = [3, x, y, z, 1, 1, 1, 1].map(i64::to_le_bytes);
    put(&mut header, 16, dim.as_flattened());
    put(&mut header, 104, &f64s(&pixdim));
    put(&mut header, 168, &544i64.to_le_bytes());
    put(&mut header, 176, &f64s(&[1.0, 0.0]));
    put(&mut header, 240, cut(description));
    let code = space.code();
    put(&mut header, 344, &(if qform.is_some() { code } else { 0 }).to_le_bytes());
    put(&mut header, 348, &code.to_le_bytes());
    put(&mut header, 352, &f64s(&qform.unwrap_or_default()));
    put(&mut header, 376, &f64s(&volume.world_from_voxel.translation()));
    put(&mut header, 400, &f64s(volume.world_from_voxel.0.as_flattened()));
    put(&mut header, 500, &i32::from(UNITS_CODE).to_le_bytes());
    header
}

/// The field `pixdim` and, where the affine has one, the quaternion.
fn pixdim_and_qform(affine: &Affine) -> ([f64; 8], Option<[f64; 3]>) {
    let qform = Qform::of(affine);
    let [x, y, z] = affine.spacing_mm();
    let handedness = qform.map_or(1.0, |qform| qform.handedness);
    ([handedness, x, y, z, 1.0, 1.0, 1.0, 1.0], qform.map(|qform| qform.quaternion_bcd))
}

/// Copies `value` to `offset`; every call stays inside the header.
fn put(header: &mut [u8], offset: usize, value: &[u8]) {
    header[offset..offset + value.len()].copy_from_slice(value);
}

/// The description without what its field cannot hold (a zero byte must remain), cut between characters.
fn cut(description: &str) -> &[u8] {
    &description.as_bytes()[..description.floor_char_boundary(79)]
}
