//! NIfTI headers from anywhere: an image is read, or refused with a sentence; nothing panics, nothing takes much memory or time.
//!
//! ```text
//! AGELENS_HEADERS=10000000 cargo test --release -p shared --no-default-features --test hostile_headers
//! ```

mod allocation;
mod hostile;
mod nifti_file;
mod random;

use allocation::LARGEST_BYTES;
use hostile::{LONGEST, count};
use nifti_file::{NiftiFile, gzip};
use random::Random;
use shared::volume::{FileStart, check_start, read_nifti};
use std::time::Instant;

/// Headers where the environment does not say how many.
const HEADERS: u64 = 100_000;
/// No allocation for a file of a few hundred bytes comes near the limit of 2 GiB.
const MOST_BYTES: usize = 1 << 20;

/// Where fields begin that say how much there is and where: magic, sizes, dimensions, types, units, codes, affines.
const FIELDS: [usize; 24] =
    [0, 40, 42, 44, 46, 48, 54, 70, 72, 76, 80, 84, 88, 108, 112, 116, 123, 252, 254, 256, 268, 280, 296, 344];

/// A file whose header says something else than it should.
fn spoil(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let place = match random.below(3) {
            0 => random.below(bytes.len()),
            _ => FIELDS[random.below(FIELDS.len())],
        };
        let value: [u8; 8] = match random.below(8) {
            0 => [0; 8],
            1 => [0xff; 8],
            2 => (i16::MAX as u64).to_le_bytes(),
            3 => f32::NAN.to_bits().to_le_bytes().repeat(2).try_into().unwrap(),
            4 => f32::INFINITY.to_bits().to_le_bytes().repeat(2).try_into().unwrap(),
            5 => u64::MAX.to_be_bytes(),
            _ => random.bits().to_le_bytes(),
        };
        let length = [1, 2, 4, 8][random.below(4)];
        for (offset, byte) in value.iter().take(length).enumerate() {
            if let Some(own) = bytes.get_mut(place + offset) {
                *own = *byte;
            }
        }
    }
    if random.below(8) == 0 {
        bytes.truncate(random.below(bytes.len() + 1));
    }
}

#[test]
fn every_spoilt_header_is_read_or_refused() {
    let files = [
        NiftiFile::default(),
        NiftiFile { version: 2, ..NiftiFile::default() },
        NiftiFile { big_endian: true, dtype: 4, ..NiftiFile::default() },
        NiftiFile { version: 2, big_endian: true, dtype: 64, scaling: (0.5, 1.0), ..NiftiFile::default() },
    ];
    let sound: Vec<Vec<u8>> = files.iter().map(NiftiFile::bytes).collect();
    for bytes in &sound {
        read_nifti("sound.nii", bytes, None).unwrap().into_volume().unwrap();
    }
    let (mut read, mut refused) = (0u64, 0u64);
    for seed in 0..count("AGELENS_HEADERS", HEADERS) {
        let mut random = Random(seed);
        let mut bytes = sound[random.below(sound.len())].clone();
        spoil(&mut bytes, &mut random);
        let packed = random.below(64) == 0;
        let file = if packed { gzip(&bytes) } else { bytes };
        let started = Instant::now();
        LARGEST_BYTES.set(0);
        let start = check_start("spoilt.nii", FileStart { bytes: &file, file_bytes: file.len() as u64 }, None);
        let outcome = read_nifti("spoilt.nii", &file, None).and_then(shared::volume::NiftiImage::into_volume);
        match &outcome {
            Ok(volume) => {
                assert_eq!(volume.data.len(), volume.shape.iter().product::<usize>(), "seed {seed}");
                assert!(start.is_ok(), "seed {seed}: the start is refused, the whole is not: {start:?}");
                read += 1;
            }
            Err(error) => {
                assert!(error.to_string().starts_with("spoilt.nii: "), "seed {seed}: {error}");
                refused += 1;
            }
        }
        // Packing and unpacking have buffers of their own.
        assert!(packed || LARGEST_BYTES.get() <= MOST_BYTES, "seed {seed} took {} bytes", LARGEST_BYTES.get());
        assert!(started.elapsed() < LONGEST, "seed {seed} took {:?}", started.elapsed());
    }
    println!("{read} read, {refused} refused");
    assert!(
        read > refused / 50 && refused > read / 50,
        "{read} read and {refused} refused: spoilt too much or too little"
    );
}
