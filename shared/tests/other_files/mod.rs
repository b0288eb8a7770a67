//! Builds MGH and NRRD files in memory, field by field from their published formats.
#![allow(dead_code, reason = "no test that shares this module uses all of it")]

use flate2::{Compression, write::GzEncoder};
use shared::volume::Affine;
use std::io::Write;

/// Packs bytes with gzip.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One number of a type, named as NumPy does, as bytes.
pub fn stored(dtype: &str, value: f64, big_endian: bool) -> Vec<u8> {
    let mut bytes = match dtype {
        "int8" => (value as i8).to_le_bytes().to_vec(),
        "uint8" => (value as u8).to_le_bytes().to_vec(),
        "int16" => (value as i16).to_le_bytes().to_vec(),
        "uint16" => (value as u16).to_le_bytes().to_vec(),
        "int32" => (value as i32).to_le_bytes().to_vec(),
        "uint32" => (value as u32).to_le_bytes().to_vec(),
        "int64" => (value as i64).to_le_bytes().to_vec(),
        "uint64" => (value as u64).to_le_bytes().to_vec(),
        "float32" => (value as f32).to_le_bytes().to_vec(),
        "float64" => value.to_le_bytes().to_vec(),
        other => panic!("{other}"),
    };
    if big_endian {
        bytes.reverse();
    }
    bytes
}

/// The place of the 2×3×4 image that both builders make by default.
pub const PLACE: Affine = Affine([[2.0, 0.0, 0.0, -10.0], [0.0, 3.0, 0.0, -20.0], [0.0, 0.0, 4.0, 30.0]]);

/// `Default` is 2×3×4 float32 at [`PLACE`].
#[derive(Clone, Debug)]
pub struct MghFile {
    pub version: i32,
    /// Width, height, depth, volumes.
    pub dims: [i32; 4],
    pub dtype: i32,
    /// `goodRASFlag`.
    pub good_ras: i16,
    pub place: Affine,
    /// Stored values, x fastest.
    pub values: Vec<f64>,
    /// What follows the voxels: scan parameters and history.
    pub footer: Vec<u8>,
}

impl Default for MghFile {
    fn default() -> Self {
        MghFile {
            version: 1,
            dims: [2, 3, 4, 1],
            dtype: 3,
            good_ras: 1,
            place: PLACE,
            values: (0..24).map(f64::from).collect(),
            footer: vec![0; 20],
        }
    }
}

impl MghFile {
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> =
            [self.version].iter().chain(&self.dims).flat_map(|value| value.to_be_bytes()).collect();
        bytes.extend([self.dtype, 0].map(i32::to_be_bytes).as_flattened());
        bytes.extend(self.good_ras.to_be_bytes());
        let delta = self.place.spacing_mm();
        let mut floats = delta.to_vec();
        for (axis, length) in delta.iter().enumerate() {
            floats.extend(self.place.0.map(|row| row[axis] / length));
        }
        let [x, y, z, _] = self.dims.map(|length| f64::from(length) / 2.0);
        floats.extend(self.place.apply([x, y, z]));
        bytes.extend(floats.iter().flat_map(|&value| (value as f32).to_be_bytes()));
        bytes.resize(284, 0);
        let dtype = ["uint8", "int32", "", "float32", "int16", "", "", "", "", "", "uint16"];
        let dtype = usize::try_from(self.dtype).ok().and_then(|code| dtype.get(code)).filter(|name| !name.is_empty());
        bytes.extend(self.values.iter().flat_map(|&value| stored(dtype.unwrap_or(&"uint8"), value, true)));
        bytes.extend(&self.footer);
        bytes
    }
}

/// `Default` is 2×3×4 float32, little-endian, raw, at [`PLACE`] in the space that 3D Slicer writes.
#[derive(Clone, Debug)]
pub struct NrrdFile {
    pub magic: &'static str,
    /// As NumPy names it.
    pub dtype: &'static str,
    /// As the header names it.
    pub type_name: &'static str,
    pub encoding: &'static str,
    pub big_endian: bool,
    pub sizes: Vec<usize>,
    /// Lines of the header beside those of the fields above.
    pub lines: Vec<String>,
    pub line_end: &'static str,
    /// Stored values, the first axis fastest.
    pub values: Vec<f64>,
}

impl Default for NrrdFile {
    fn default() -> Self {
        NrrdFile {
            magic: "NRRD0004",
            dtype: "float32",
            type_name: "float",
            encoding: "raw",
            big_endian: false,
            sizes: vec![2, 3, 4],
            lines: placed("left-posterior-superior", [-1.0, -1.0, 1.0], PLACE),
            line_end: "\n",
            values: (0..24).map(f64::from).collect(),
        }
    }
}

/// Lines that say where an image lies: `signs` make the space's axes of right, anterior, superior.
pub fn placed(space: &str, signs: [f64; 3], place: Affine) -> Vec<String> {
    let vector = |column: usize| {
        let parts: Vec<String> = (0..3).map(|row| (signs[row] * place.0[row][column]).to_string()).collect();
        format!("({})", parts.join(","))
    };
    vec![
        format!("space: {space}"),
        format!("space directions: {} {} {}", vector(0), vector(1), vector(2)),
        "kinds: domain domain domain".to_owned(),
        format!("space origin: {}", vector(3)),
    ]
}

impl NrrdFile {
    pub fn bytes(&self) -> Vec<u8> {
        let sizes: Vec<String> = self.sizes.iter().map(usize::to_string).collect();
        let mut lines = vec![
            self.magic.to_owned(),
            "# Complete NRRD file format specification at:".to_owned(),
            format!("type: {}", self.type_name),
            format!("dimension: {}", sizes.len()),
            format!("sizes: {}", sizes.join(" ")),
        ];
        lines.extend(self.lines.iter().cloned());
        lines.push(format!("endian: {}", if self.big_endian { "big" } else { "little" }));
        lines.push(format!("encoding: {}", self.encoding));
        lines.extend([String::new(), String::new()]);
        let mut bytes = lines.join(self.line_end).into_bytes();
        let raw =
            || self.values.iter().flat_map(|&value| stored(self.dtype, value, self.big_endian)).collect::<Vec<u8>>();
        match self.encoding {
            "gzip" | "gz" => bytes.extend(packed(&raw())),
            "text" | "txt" | "ascii" => {
                let numbers: Vec<String> = self.values.iter().map(f64::to_string).collect();
                bytes.extend(numbers.join(" ").into_bytes());
            }
            _ => bytes.extend(raw()),
        }
        bytes
    }

    /// The same with one line of the header more, or another one in place of that of the same field.
    pub fn with(mut self, line: &str) -> Self {
        let field = line.split(':').next().unwrap();
        self.lines.retain(|there| there.split(':').next() != Some(field));
        self.lines.push(line.to_owned());
        self
    }

    /// The same without a line.
    pub fn without(mut self, field: &str) -> Self {
        self.lines.retain(|there| there.split(':').next() != Some(field));
        self
    }
}
