//! Metrics for TensorBoard: an event file beside each CSV, readable while a training runs.
//!
//! The format is TensorFlow's: records of length, checksum, bytes, checksum (`tensorflow/core/lib/io/record_writer.h`), the
//! bytes a protocol buffer (`event.proto`, `summary.proto`) of which only step, time and simple values are used.

use anyhow::{Context, Result};
use crc::{CRC_32_ISCSI, Crc};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// TensorBoard takes any file with `tfevents` in its name, one a folder.
const NAME: &str = "events.out.tfevents.agelens";

/// An open event file.
pub struct EventFile {
    path: PathBuf,
    file: File,
    names: Vec<String>,
}

impl EventFile {
    /// A new file for the values of a CSV, in a folder of the CSV's name beside it, with the lines that are kept of an earlier
    /// training.
    pub fn open<'a>(csv: &Path, names: &[&str], kept: impl Iterator<Item = &'a str>) -> Result<Self> {
        let path = csv.with_extension("").join(NAME);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut bytes = record(&[&double(1, now_s())[..], &text(3, "brain.Event:2")].concat());
        for line in kept {
            let mut cells = line.trim_end().split(',');
            let step: Option<u64> = cells.next().and_then(|step| step.parse().ok());
            let values: Vec<f32> = cells.filter_map(|cell| cell.parse().ok()).collect();
            if let Some(step) = step.filter(|_| values.len() == names.len()) {
                bytes.extend(event(step, &names, &values));
            }
        }
        crate::files::write(&path, &bytes)?;
        let file = OpenOptions::new().append(true).open(&path);
        let file = file.with_context(|| format!("{}: cannot be opened", path.display()))?;
        Ok(EventFile { path, file, names })
    }

    /// The values of a step, in a single write.
    pub fn append(&mut self, step: u64, values: &[f32]) -> Result<()> {
        let bytes = event(step, &self.names, values);
        self.file
            .write_all(&bytes)
            .with_context(|| format!("{}: cannot be written; check the free space", self.path.display()))
    }
}

fn now_s() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// A record of one step; values that are not numbers are left out.
fn event(step: u64, names: &[String], values: &[f32]) -> Vec<u8> {
    let is_number = |pair: &(&String, &f32)| pair.1.is_finite();
    let summary: Vec<u8> = names
        .iter()
        .zip(values)
        .filter(is_number)
        .flat_map(|(name, value)| bytes(1, &[&text(1, name)[..], &float(2, *value)].concat()))
        .collect();
    record(&[&double(1, now_s())[..], &whole(2, step), &bytes(5, &summary)].concat())
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), data, &masked(data)].concat()
}

/// A checksum as the format stores it, so that a record of records is none.
fn masked(data: &[u8]) -> [u8; 4] {
    CHECKSUM.checksum(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// Kinds of fields on the wire.
const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const LENGTH: u64 = 2;
const FIXED_32: u64 = 5;

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn field(number: u64, kind: u64, value: &[u8]) -> Vec<u8> {
    [&varint(number << 3 | kind)[..], value].concat()
}

fn double(number: u64, value: f64) -> Vec<u8> {
    field(number, FIXED_64, &value.to_le_bytes())
}

fn float(number: u64, value: f32) -> Vec<u8> {
    field(number, FIXED_32, &value.to_le_bytes())
}

fn whole(number: u64, value: u64) -> Vec<u8> {
    field(number, VARINT, &varint(value))
}

fn bytes(number: u64, value: &[u8]) -> Vec<u8> {
    field(number, LENGTH, &[&varint(value.len() as u64)[..], value].concat())
}

fn text(number: u64, value: &str) -> Vec<u8> {
    bytes(number, value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_castagnolis() {
        // Of RFC 3720, B.4: 32 bytes of zeros.
        assert_eq!(CHECKSUM.checksum(&[0; 32]), 0x8a91_36aa);
    }

    #[test]
    fn a_record_is_as_tensorflow_writes_it() {
        let written = event(300, &["loss".to_owned(), "rate".to_owned()], &[0.5, f32::NAN]);
        let length = u64::from_le_bytes(written[..8].try_into().unwrap()) as usize;
        assert_eq!(written.len(), 8 + 4 + length + 4);
        let data = &written[12..12 + length];
        assert_eq!(data[0], 0x09);
        // Step 300, then one value: the other is no number.
        let rest = [0x10, 0xac, 0x02, 0x2a, 13, 0x0a, 11, 0x0a, 4, b'l', b'o', b's', b's', 0x15, 0, 0, 0, 0x3f];
        assert_eq!(data[9..], rest);
        assert_eq!(written[12 + length..], masked(data));
    }

    #[test]
    fn lines_of_an_earlier_training_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let csv = folder.path().join("metrics.csv");
        let kept = ["1,0.5\n", "2,0.25\n", "cut"];
        let mut file = EventFile::open(&csv, &["loss"], kept.into_iter()).unwrap();
        let before = std::fs::metadata(folder.path().join("metrics").join(NAME)).unwrap().len();
        file.append(3, &[0.125]).unwrap();
        let after = std::fs::metadata(folder.path().join("metrics").join(NAME)).unwrap().len();
        let one = event(3, &["loss".to_owned()], &[0.125]).len() as u64;
        let head = record(&[&double(1, 0.0)[..], &text(3, "brain.Event:2")].concat()).len() as u64;
        assert_eq!((after - before, before), (one, head + 2 * one));
    }
}
