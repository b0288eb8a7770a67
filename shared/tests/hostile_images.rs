//! MGH and NRRD files from anywhere: bits turned, fields replaced, ends cut off. An image is read, or refused with a sentence;
//! nothing panics, nothing takes much memory or time.
//!
//! ```text
//! AGELENS_IMAGES=10000000 cargo test --release -p shared --no-default-features --test hostile_images
//! ```

mod allocation;
mod hostile;
mod other_files;
mod random;

use allocation::LARGEST_BYTES;
use hostile::{LONGEST, count};
use other_files::{MghFile, NrrdFile, packed};
use random::Random;
use shared::volume::{FileStart, NiftiImage, VolumeError, check_start, read_nifti};
use std::time::Instant;

/// Files where the environment does not say how many.
const IMAGES: u64 = 100_000;
/// No allocation for a file of a few hundred bytes comes near the limit of 2 GiB.
const MOST_BYTES: usize = 1 << 20;

/// Where the fields of an MGH header begin.
const FIELDS: [usize; 13] = [0, 4, 8, 12, 16, 20, 24, 28, 30, 42, 54, 66, 78];

/// What values of an NRRD header become.
const WORDS: [&str; 24] = [
    "",
    "0",
    "1",
    "-1",
    "4294967296",
    "9223372036854775807",
    "99999999999999999999999",
    "1e308",
    "nan",
    "inf",
    "none",
    "(",
    ")",
    "(1,0,0)",
    "(nan,inf,-inf)",
    "(,,)",
    "()",
    "domain",
    "vector",
    "raw",
    "gzip",
    "ascii",
    "double",
    "LPS",
];

fn turn_bits(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(6) {
        let place = random.below(bytes.len());
        bytes[place] ^= 1 << random.below(8);
    }
}

fn spoil_mgh(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(3) {
        let place = FIELDS[random.below(FIELDS.len())];
        let value = match random.below(6) {
            0 => [0; 4],
            1 => i32::MAX.to_be_bytes(),
            2 => f32::NAN.to_be_bytes(),
            3 => f32::INFINITY.to_be_bytes(),
            4 => (random.below(12) as i32 - 1).to_be_bytes(),
            _ => (random.bits() as u32).to_be_bytes(),
        };
        bytes[place..place + 4].copy_from_slice(&value);
    }
}

/// Words of the header become others, or lines go, or come twice.
fn spoil_nrrd(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").expect("the end of the header");
    let header = std::str::from_utf8(&bytes[..end]).expect("text");
    let mut lines: Vec<String> = header.lines().map(str::to_owned).collect();
    for _ in 0..=random.below(2) {
        let at = random.below(lines.len());
        let mut words: Vec<&str> = lines[at].split(' ').collect();
        match random.below(8) {
            0 if lines.len() > 1 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => lines[at].push_str(&"9".repeat(random.below(3000))),
            _ => {
                let word = random.below(words.len());
                words[word] = WORDS[random.below(WORDS.len())];
                lines[at] = words.join(" ");
            }
        }
    }
    [lines.join("\n").as_bytes(), &bytes[end..]].concat()
}

#[test]
fn every_spoilt_image_is_read_or_refused() {
    let mgh = [
        MghFile::default(),
        MghFile { dtype: 4, dims: [4, 3, 2, 1], ..MghFile::default() },
        MghFile { dtype: 0, good_ras: 0, footer: vec![], ..MghFile::default() },
    ];
    let small = |encoding, dtype, type_name| NrrdFile { dtype, type_name, encoding, ..NrrdFile::default() };
    let nrrd = [
        NrrdFile::default(),
        small("gzip", "int16", "short"),
        small("text", "uint8", "uchar"),
        NrrdFile { lines: vec!["spacings: 1 1 2".into(), "line skip: 0".into()], ..small("raw", "float64", "double") },
    ];
    let mgh = mgh.map(|file| file.bytes());
    let nrrd = nrrd.map(|file| file.bytes());
    for bytes in mgh.iter().chain(&nrrd) {
        read_nifti("sound", bytes, None).and_then(NiftiImage::into_volume).expect("sound");
    }
    let (mut read, mut refused) = (0u64, 0u64);
    for seed in 0..count("AGELENS_IMAGES", IMAGES) {
        let mut random = Random(seed);
        let is_mgh = random.below(2) == 0;
        let sound = if is_mgh { &mgh[random.below(mgh.len())] } else { &nrrd[random.below(nrrd.len())] };
        let mut bytes = sound.clone();
        match random.below(4) {
            0 => turn_bits(&mut bytes, &mut random),
            1 => bytes.truncate(random.below(bytes.len() + 1)),
            _ if is_mgh => spoil_mgh(&mut bytes, &mut random),
            _ => bytes = spoil_nrrd(&bytes, &mut random),
        }
        let is_packed = random.below(64) == 0;
        let mut file = if is_packed { packed(&bytes) } else { bytes };
        if is_packed && random.below(2) == 0 {
            turn_bits(&mut file, &mut random);
        }
        let started = Instant::now();
        LARGEST_BYTES.set(0);
        let start = check_start("spoilt", FileStart { bytes: &file, file_bytes: file.len() as u64 }, None);
        match read_nifti("spoilt", &file, None).and_then(NiftiImage::into_volume) {
            Ok(volume) => {
                assert_eq!(volume.data.len(), volume.shape.iter().product::<usize>(), "seed {seed}");
                assert!(start.is_ok(), "seed {seed}: the start is refused, the whole is not: {start:?}");
                read += 1;
            }
            Err(error) => {
                assert!(error.to_string().starts_with("spoilt: "), "seed {seed}: {error}");
                assert!(error.to_string().len() < 600, "seed {seed}: {error}");
                refused += 1;
            }
        }
        assert!(is_packed || LARGEST_BYTES.get() <= MOST_BYTES, "seed {seed} took {} bytes", LARGEST_BYTES.get());
        assert!(started.elapsed() < LONGEST, "seed {seed} took {:?}", started.elapsed());
    }
    println!("{read} read, {refused} refused");
    assert!(
        read > refused / 50 && refused > read / 50,
        "{read} read and {refused} refused: spoilt too much or too little"
    );
}

/// Small files that ask for much, or unpack to much.
#[test]
fn bombs_cost_neither_time_nor_memory() {
    let zeros = vec![0; 64 << 20];
    let mgh = MghFile { dims: [800, 800, 200, 1], ..MghFile::default() }.bytes();
    let nrrd = NrrdFile { encoding: "gzip", sizes: vec![800, 800, 200], ..NrrdFile::default() }.bytes();
    let header = nrrd.windows(2).position(|pair| pair == b"\n\n").expect("the end of the header") + 2;
    let endless = [b"NRRD0004\n".to_vec(), vec![b'#'; 64 << 20]].concat();
    let numbers = NrrdFile { encoding: "text", values: vec![], ..NrrdFile::default() }.bytes();
    let digits = [numbers, vec![b'1'; 64 << 20]].concat();
    for (what, file) in [
        ("a header that promises much", mgh.clone()),
        ("the same packed", packed(&mgh)),
        ("half of what it promises", packed(&[mgh, zeros.clone()].concat())),
        ("the same within", [&nrrd[..header], &packed(&zeros)].concat()),
        ("a header without end", packed(&endless)),
        ("a number without end", packed(&digits)),
    ] {
        let started = Instant::now();
        LARGEST_BYTES.set(0);
        let error = read_nifti("bomb", &file, None).expect_err(what);
        // What a file of its size may hold is taken at once: 1032 bytes for one that is packed.
        let most = MOST_BYTES.max(1032 * file.len() * 4);
        assert!(LARGEST_BYTES.get() <= most, "{what}: {} bytes for {}", LARGEST_BYTES.get(), file.len());
        assert!(started.elapsed() < LONGEST, "{what}: {:?}", started.elapsed());
        assert!(matches!(error, VolumeError::Truncated { .. } | VolumeError::Nrrd { .. }), "{what}: {error}");
    }
}
