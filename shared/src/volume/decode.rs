//! From bytes in a file to scaled 32-bit floats, in one pass and in bounded memory.

use super::ByteOrder;
use nifti::NiftiType;
use std::io::{self, Read};

/// Bytes read at once; a multiple of every voxel size.
const CHUNK_BYTES: usize = 64 * 1024;

/// Longest text of one number: a double written out in full has some 330 digits.
const LONGEST_NUMBER: usize = 400;

/// How numbers are stored, and what to make of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Encoding {
    pub dtype: NiftiType,
    pub byte_order: ByteOrder,
    /// Slope and intercept; `None` leaves the numbers as they are.
    pub scaling: Option<(f64, f64)>,
}

/// Reads `count` numbers. Fewer come back where the input ends early; the caller has checked that `count` is
/// within the limit and that the input can hold that many.
pub(super) fn decode(input: &mut dyn Read, count: usize, encoding: Encoding) -> io::Result<Vec<f32>> {
    let mut values = room_for(count)?;
    let size = encoding.dtype.size_of();
    let mut chunk = vec![0; CHUNK_BYTES];
    while values.len() < count {
        let wanted = ((count - values.len()) * size).min(CHUNK_BYTES);
        let found = read_up_to(input, &mut chunk[..wanted])?;
        append(&chunk[..found], encoding, &mut values);
        if found < wanted {
            break;
        }
    }
    Ok(values)
}

/// The same for numbers as text, with space or commas between them; `None` where something else is there.
pub(super) fn decode_text(input: &mut dyn Read, count: usize) -> io::Result<Option<Vec<f32>>> {
    let mut values = room_for(count)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    // Of a number that the last chunk began.
    let mut begun = Vec::new();
    loop {
        let found = read_up_to(input, &mut chunk)?;
        // The end of the input ends a number, too.
        let bytes = if found == 0 { b" " } else { &chunk[..found] };
        for &byte in bytes {
            if values.len() == count {
                return Ok(Some(values));
            }
            let between = byte.is_ascii_whitespace() || byte == b',';
            if !between && begun.len() < LONGEST_NUMBER {
                begun.push(byte);
            } else if !between {
                return Ok(None);
            } else if !begun.is_empty() {
                let number = std::str::from_utf8(&begun).ok().and_then(|text| text.parse::<f64>().ok());
                let Some(number) = number else { return Ok(None) };
                values.push(number as f32);
                begun.clear();
            }
        }
        if found == 0 {
            return Ok(Some(values));
        }
    }
}

fn room_for(count: usize) -> io::Result<Vec<f32>> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    Ok(values)
}

/// Fills `buffer` as far as the input reaches; returns how far.
pub(super) fn read_up_to(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn append(bytes: &[u8], encoding: Encoding, out: &mut Vec<f32>) {
    match encoding.dtype {
        NiftiType::Uint8 => numbers(bytes, encoding, out, |[byte]: [u8; 1]| byte.into()),
        NiftiType::Int8 => numbers(bytes, encoding, out, |b| i8::from_le_bytes(b).into()),
        NiftiType::Uint16 => numbers(bytes, encoding, out, |b| u16::from_le_bytes(b).into()),
        NiftiType::Int16 => numbers(bytes, encoding, out, |b| i16::from_le_bytes(b).into()),
        NiftiType::Uint32 => numbers(bytes, encoding, out, |b| u32::from_le_bytes(b).into()),
        NiftiType::Int32 => numbers(bytes, encoding, out, |b| i32::from_le_bytes(b).into()),
        NiftiType::Uint64 => numbers(bytes, encoding, out, |b| u64::from_le_bytes(b) as f64),
        NiftiType::Int64 => numbers(bytes, encoding, out, |b| i64::from_le_bytes(b) as f64),
        NiftiType::Float32 => numbers(bytes, encoding, out, |b| f32::from_le_bytes(b).into()),
        NiftiType::Float64 => numbers(bytes, encoding, out, f64::from_le_bytes),
        // Refused with the header; nothing is appended, so the reader would see a short file.
        NiftiType::Complex64
        | NiftiType::Complex128
        | NiftiType::Complex256
        | NiftiType::Rgb24
        | NiftiType::Rgba32
        | NiftiType::Float128 => {}
    }
}

/// Appends the whole numbers in `bytes`. Scaling is done in 64 bits, so that large integers keep their digits.
fn numbers<const N: usize>(bytes: &[u8], encoding: Encoding, out: &mut Vec<f32>, to_f64: impl Fn([u8; N]) -> f64) {
    let swap = encoding.byte_order == ByteOrder::Big;
    let (slope, inter) = encoding.scaling.unwrap_or((1.0, 0.0));
    let plain = encoding.scaling.is_none();
    out.extend(bytes.as_chunks::<N>().0.iter().map(|stored| {
        let mut little = *stored;
        if swap {
            little.reverse();
        }
        let value = to_f64(little);
        if plain { value as f32 } else { (value * slope + inter) as f32 }
    }));
}
