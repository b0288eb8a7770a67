//! The opened classifier in pictures and words: the slice, the filters with their maps, the cells, the sum.
//!
//! Pictures are seen from above, the patient's left on the left and the front at the top; 8-bit RGBA from the top left.

use crate::language::*;
use crate::practice::{FAINT, OLD, YOUNG, pixels};
use crate::wording::{THIN, number, signed};
use shared::explain::Inside;
use std::collections::BTreeSet;

/// Decimals of log-odds: a cell's share is small.
const DECIMALS: usize = 3;
/// A cell that is covered.
const COVERED: [f32; 3] = [64.0; 3];

/// A picture: width and height, and its pixels.
pub type Pixels = ([usize; 2], Vec<u8>);

/// The cells of an axial slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    pub columns: usize,
    pub rows: usize,
    layer: usize,
}

impl Board {
    /// `slices` of the image, of which this is one.
    pub fn of(inside: &Inside, slice: usize, slices: usize) -> Self {
        let [columns, rows, layers] = inside.layout.cells;
        Board { columns, rows, layer: place(slice, slices, layers) }
    }

    /// The cell in a column and a row from the top left.
    pub fn cell(&self, [column, row]: [usize; 2]) -> usize {
        column + self.columns * ((self.rows - 1 - row) + self.rows * self.layer)
    }

    /// All of its places, row by row.
    pub fn places(&self) -> impl Iterator<Item = [usize; 2]> + use<> {
        let columns = self.columns;
        (0..columns * self.rows).map(move |index| [index % columns, index / columns])
    }

    /// The place of the cell that counts most.
    pub fn strongest(&self, inside: &Inside) -> [usize; 2] {
        let size = |place: &[usize; 2]| inside.shares.get(self.cell(*place)).map_or(0.0, |share| share.abs());
        self.places().max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or_default()
    }

    /// Where a key leads from a place; `is_mirrored`: the picture's left is on the right.
    pub fn neighbour(&self, [column, row]: [usize; 2], key: &str, is_mirrored: bool) -> Option<[usize; 2]> {
        let right = (column + 1).min(self.columns - 1);
        let left = column.saturating_sub(1);
        let (left, right) = if is_mirrored { (right, left) } else { (left, right) };
        match key {
            "ArrowLeft" => Some([left, row]),
            "ArrowRight" => Some([right, row]),
            "ArrowUp" => Some([column, row.saturating_sub(1)]),
            "ArrowDown" => Some([column, (row + 1).min(self.rows - 1)]),
            _ => None,
        }
    }
}

/// Where one of so many lies among fewer, or more.
fn place(index: usize, of: usize, among: usize) -> usize {
    (index * among / of.max(1)).min(among - 1)
}

/// 32-bit floats as they go between worker and page.
pub fn bytes_of(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The same read again.
pub fn floats_of(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

/// An axial slice of the image, of this shape.
pub fn slice_picture(image: &[f32], shape: [usize; 3], slice: usize) -> Pixels {
    ([shape[0], shape[1]], pixels(slice_of(image, shape, slice).map(|density| [255.0 * density; 3])))
}

/// Values of an axial slice from the top left.
fn slice_of(image: &[f32], [nx, ny, _]: [usize; 3], slice: usize) -> impl Iterator<Item = f32> {
    let slice = image.get(nx * ny * slice..nx * ny * (slice + 1)).unwrap_or_default();
    slice.chunks_exact(nx).rev().flatten().copied()
}

/// A filter: what it adds is white, what it takes away black.
pub fn kernel_picture(inside: &Inside, filter: usize) -> Pixels {
    let width = inside.layout.kernel;
    let most = largest(&inside.kernels);
    let kernel = inside.kernels.get(width * width * filter..width * width * (filter + 1)).unwrap_or_default();
    let values = kernel.chunks_exact(width).rev().flatten();
    ([width, width], pixels(values.map(|weight| [127.5 * (1.0 + weight / most); 3])))
}

/// A filter's map of a slice; all maps in one scale of greys.
pub fn map_picture(inside: &Inside, filter: usize, slice: usize, slices: usize) -> Pixels {
    let [width, height, depth] = inside.layout.maps;
    let most = largest(&inside.maps);
    let map = inside.map(filter, place(slice, slices, depth));
    let values = map.chunks_exact(width).rev().flatten();
    ([width, height], pixels(values.map(|response| [255.0 * (response / most).sqrt(); 3])))
}

/// The cells over the faint slice: blue to young, orange to old, in one scale for all slices.
pub fn cells_picture(
    inside: &Inside,
    covered: &BTreeSet<usize>,
    (image, shape): (&[f32], [usize; 3]),
    slice: usize,
) -> Pixels {
    let [nx, ny, nz] = shape;
    let (board, most) = (Board::of(inside, slice, nz), limit(inside));
    let colours = slice_of(image, shape, slice).enumerate().map(|(index, density)| {
        let cell = board.cell([place(index % nx, nx, board.columns), place(index / nx, ny, board.rows)]);
        let share = inside.shares.get(cell).map_or(0.0, |share| (share / most) as f32);
        let colour = if share < 0.0 { YOUNG } else { OLD };
        match covered.contains(&cell) {
            true => COVERED,
            false => std::array::from_fn(|c| {
                let faint = 255.0 * FAINT * density;
                faint + share.abs() * (colour[c] - faint)
            }),
        }
    });
    ([nx, ny], pixels(colours))
}

/// The largest share of a cell, either way: the end of the colours.
pub fn limit(inside: &Inside) -> f64 {
    inside.shares.iter().fold(f64::MIN_POSITIVE, |most, share| most.max(share.abs()))
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()))
}

/// What a cell counts, and where it is.
pub fn cell(language: Language, inside: &Inside, board: Board, place: [usize; 2]) -> String {
    let [column, row] = place.map(|index| (index + 1).to_string());
    let share = signed(inside.shares.get(board.cell(place)).copied().unwrap_or_default(), DECIMALS);
    language.fill(INSIDE_CELL, &[("column", &column), ("row", &row), ("share", &share)])
}

/// What each channel counts in a cell: mean × weight. Of filters that are averaged at once.
pub fn parts(inside: &Inside, cell: usize) -> Vec<String> {
    let part = |[mean, weight]: [f32; 2]| {
        let [mean, weight] = [mean, weight].map(f64::from);
        format!("{} × {} = {}", number(mean, DECIMALS), number(weight, 2), signed(mean * weight, DECIMALS))
    };
    inside.parts(cell).map(part).collect()
}

/// The ends of the colours.
pub fn ends(language: Language, inside: &Inside) -> [String; 2] {
    let most = limit(inside);
    [(INSIDE_YOUNGER, -most), (INSIDE_OLDER, most)]
        .map(|(key, share)| language.fill(key, &[("share", &signed(share, DECIMALS))]))
}

/// The sum, and the probability that it stands for.
pub fn sum(language: Language, inside: &Inside, covered: &BTreeSet<usize>) -> String {
    let (empty, all) = (f64::from(inside.log_odds_empty), inside.log_odds(covered));
    let percent = match 100.0 / (1.0 + (-all).exp()) {
        // Certainty is never claimed.
        share if share < 0.1 => format!("<{THIN}0.1%"),
        share if share > 99.9 => format!(">{THIN}99.9%"),
        share => format!("{}%", number(share, 1)),
    };
    let count = covered.len().to_string();
    let [empty, cells, all] = [empty, all - empty, all].map(|value| signed(value, DECIMALS));
    let values = [("empty", &*empty), ("cells", &cells), ("count", &count), ("sum", &all), ("percent", &percent)];
    language.fill(if covered.is_empty() { INSIDE_SUM } else { INSIDE_SUM_COVERED }, &values)
}

#[cfg(test)]
mod tests;
