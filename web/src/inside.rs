//! The opened classifier in pictures and words: the slice, the filters with their maps, the cells, the sum.
//!
//! Pictures are seen from above, the patient's left on the left and the front at the top; 8-bit RGBA from the top left.

use crate::language::*;
use crate::practice::{FAINT, OLD, YOUNG};
use crate::wording::{number, signed, uncertain_percent};
use shared::explain::Inside;

/// Responses are this much brighter than the largest of all would allow: few are as large.
const BRIGHTER: f32 = 2.5;
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

/// A picture whose pixels have these colours, 0..255, by column and row from the bottom left.
fn picture(size: [usize; 2], colour: &dyn Fn(usize, usize) -> [f32; 3]) -> Pixels {
    let [width, height] = size;
    let mut pixels = Vec::with_capacity(4 * width * height);
    for row in (0..height).rev() {
        for column in 0..width {
            // Beyond 0 and 255 the nearest of them.
            pixels.extend(colour(column, row).map(|part| part as u8));
            pixels.push(255);
        }
    }
    (size, pixels)
}

/// Values in greys, x fastest: `black`, and by how much 255 is more.
fn greys(values: &[f32], size: [usize; 2], black: f32, range: f32) -> Pixels {
    picture(size, &|column, row| {
        let value = values.get(column + size[0] * row).copied().unwrap_or_default();
        [255.0 * (value - black) / range; 3]
    })
}

/// One of the parts of equal size that values consist of.
fn part(values: &[f32], size: [usize; 2], index: usize) -> &[f32] {
    let count = size[0] * size[1];
    values.get(count * index..count * (index + 1)).unwrap_or_default()
}

/// An axial slice of the image, of this shape.
pub fn slice_picture(image: &[f32], [nx, ny, _]: [usize; 3], slice: usize) -> Pixels {
    greys(part(image, [nx, ny], slice), [nx, ny], 0.0, 1.0)
}

/// A filter: what it adds is white, what it takes away black.
pub fn kernel_picture(inside: &Inside, filter: usize) -> Pixels {
    let (size, most) = ([inside.layout.kernel; 2], largest(&inside.kernels));
    greys(part(&inside.kernels, size, filter), size, -most, 2.0 * most)
}

/// A filter's map of a slice; all maps in one scale of greys.
pub fn map_picture(inside: &Inside, filter: usize, slice: usize, slices: usize) -> Pixels {
    let [width, height, depth] = inside.layout.maps;
    let map = part(&inside.maps, [width, height], filter * depth + place(slice, slices, depth));
    greys(map, [width, height], 0.0, largest(&inside.maps) / BRIGHTER)
}

/// The cells over the faint slice: blue to young, orange to old, in one scale for all slices.
pub fn cells_picture(
    inside: &Inside,
    covered: &[bool],
    (image, [nx, ny, nz]): (&[f32], [usize; 3]),
    slice: usize,
) -> Pixels {
    let (board, most) = (Board::of(inside, slice, nz), limit(inside));
    let densities = part(image, [nx, ny], slice);
    picture([nx, ny], &|column, row| {
        let [x, y] = [place(column, nx, board.columns), place(row, ny, board.rows)];
        let cell = board.cell([x, board.rows - 1 - y]);
        if covered.get(cell) == Some(&true) {
            return COVERED;
        }
        let share = inside.shares.get(cell).map_or(0.0, |share| (share / most) as f32);
        let faint = 255.0 * FAINT * densities.get(column + nx * row).copied().unwrap_or_default();
        (if share < 0.0 { YOUNG } else { OLD }).map(|part| faint + share.abs() * (part - faint))
    })
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
pub fn sum(language: Language, inside: &Inside, covered: &[bool]) -> String {
    let (empty, all) = (f64::from(inside.log_odds_empty), inside.log_odds(covered));
    let percent = uncertain_percent(100.0 / (1.0 + (-all).exp()), 1);
    let count = covered.iter().filter(|is_covered| **is_covered).count();
    let [empty, cells, all] = [empty, all - empty, all].map(|value| signed(value, DECIMALS));
    let values =
        [("empty", &*empty), ("cells", &cells), ("count", &count.to_string()), ("sum", &all), ("percent", &percent)];
    language.fill(if count == 0 { INSIDE_SUM } else { INSIDE_SUM_COVERED }, &values)
}

#[cfg(test)]
mod tests;
