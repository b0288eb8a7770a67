//! The QC picture: contours on the prepared image, in three planes.
//!
//! Blue: outline of the standard brain. It should run along the brain's surface in every slice. Yellow: the border of
//! the grey matter that was found (probability one half). It should follow the folds.

use super::{Prepared, Template};
use crate::threads;
use crate::volume::Volume;

/// A picture, 8-bit RGBA, rows from the top.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// `4 * width * height` bytes.
    pub rgba: Vec<u8>,
}

/// Pixels along one side of a 2 mm voxel.
const ZOOM: usize = 2;

/// Slices in MNI152 mm: axial, coronal, sagittal; three of each.
const SLICES_MM: [(usize, [f64; 3]); 3] =
    [(2, [-20.0, 10.0, 40.0]), (1, [-60.0, -20.0, 30.0]), (0, [-40.0, -4.0, 30.0])];

const STANDARD_COLOUR: [u8; 3] = [86, 180, 233];
const GREY_MATTER_COLOUR: [u8; 3] = [240, 228, 66];

/// White matter is 0.75 in the prepared image; a little more is shown as white.
const WHITE_AT: f32 = 0.95;

/// Draws nine slices, three in each plane, of the prepared T1 image: a row for axial, coronal and sagittal slices. As
/// neurologists look: the subject's left is on the picture's left; front is to the right in sagittal slices.
pub fn qc_picture(prepared: &Prepared, template: &Template) -> Picture {
    let t1 = &prepared.t1;
    let brain = template.gm.with_data(template.brain().to_vec());
    let drawn = threads::map(3 * SLICES_MM.len(), |index| {
        let (axis, places_mm) = SLICES_MM[index / 3];
        let origin_mm = t1.world_from_voxel.translation()[axis];
        let slice = ((places_mm[index % 3] - origin_mm) / t1.world_from_voxel.spacing_mm()[axis]).round().max(0.0);
        draw(t1, &brain, &prepared.gm, axis, (slice as usize).min(t1.shape[axis].saturating_sub(1)))
    });
    let tiles: Vec<&[Tile]> = drawn.chunks(3).collect();
    let width = tiles.iter().map(|row| row.iter().map(|tile| tile.width).sum()).max().unwrap_or(0);
    let height = tiles.iter().map(|row| row.iter().map(|tile| tile.height()).max().unwrap_or(0)).sum();
    let mut rgba = [0, 0, 0, 255].repeat(width * height);
    let mut top = 0;
    for row in &tiles {
        // Each row in the middle, where another plane is wider.
        let mut left = (width - row.iter().map(|tile| tile.width).sum::<usize>()) / 2;
        for tile in *row {
            for (index, colour) in tile.pixels.iter().enumerate() {
                let pixel = (top + index / tile.width) * width + left + index % tile.width;
                rgba[4 * pixel..4 * pixel + 3].copy_from_slice(colour);
            }
            left += tile.width;
        }
        top += row.iter().map(Tile::height).max().unwrap_or(0);
    }
    Picture { width, height, rgba }
}

struct Tile {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Tile {
    fn height(&self) -> usize {
        self.pixels.len() / self.width.max(1)
    }
}

/// One slice, zoomed, up at the top.
fn draw(t1: &Volume, brain: &Volume, gm: &Volume, axis: usize, slice: usize) -> Tile {
    let [across, up] = match axis {
        0 => [1, 2],
        1 => [0, 2],
        _ => [0, 1],
    };
    let (columns, rows) = (t1.shape[across], t1.shape[up]);
    let value = |volume: &Volume, column: usize, row: usize| {
        let mut voxel = [slice; 3];
        voxel[across] = column;
        voxel[up] = row;
        let index = (voxel[2] * volume.shape[1] + voxel[1]) * volume.shape[0] + voxel[0];
        volume.data.get(index).copied().unwrap_or(0.0)
    };
    // Between voxels linearly, so that contours are smooth.
    let at = |volume: &Volume, x: usize, y: usize| {
        let place = |pixel: usize, count: usize| {
            let position = ((pixel as f32 + 0.5) / ZOOM as f32 - 0.5).clamp(0.0, (count - 1) as f32);
            let below = position as usize;
            (below, (below + 1).min(count - 1), position - below as f32)
        };
        let ((x0, x1, fx), (y0, y1, fy)) = (place(x, columns), place(y, rows));
        let along = |y: usize| value(volume, x0, y) * (1.0 - fx) + value(volume, x1, y) * fx;
        along(y0) * (1.0 - fy) + along(y1) * fy
    };
    let (width, height) = (columns * ZOOM, rows * ZOOM);
    let mut pixels = Vec::with_capacity(width * height);
    for y in (0..height).rev() {
        for x in 0..width {
            let is_border = |volume: &Volume| {
                let inside = at(volume, x, y) >= 0.5;
                let right = x + 1 < width && at(volume, x + 1, y) >= 0.5;
                let above = y + 1 < height && at(volume, x, y + 1) >= 0.5;
                inside != right || inside != above
            };
            pixels.push(if is_border(brain) {
                STANDARD_COLOUR
            } else if is_border(gm) {
                GREY_MATTER_COLOUR
            } else {
                [(at(t1, x, y) / WHITE_AT * 255.0).clamp(0.0, 255.0) as u8; 3]
            });
        }
    }
    Tile { width, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::t1::{Content, Found, Quality};
    use crate::volume::Affine;

    #[test]
    fn contours_lie_around_what_they_outline() {
        let shape = [99, 117, 95];
        let grid = Affine::from_spacing_origin([2.0; 3], [-98.0, -134.0, -72.0]);
        let ball = |radius_mm: f64, high: f32| {
            let of = |index: usize| {
                let voxel = [index % 99, index / 99 % 117, index / (99 * 117)].map(|index| index as f64);
                let [x, y, z] = grid.apply(voxel);
                if x.hypot(y + 18.0).hypot(z - 10.0) < radius_mm { high } else { 0.0 }
            };
            Volume::new(shape, (0..shape.iter().product()).map(of).collect(), grid)
        };
        let empty = ball(0.0, 1.0);
        let maps = [ball(60.0, 0.8), empty.clone(), empty.clone(), empty.clone()];
        let template = Template::of(std::array::from_fn(|_| empty.clone()), maps);
        let prepared = Prepared {
            gm: ball(30.0, 1.0),
            wm: empty.clone(),
            csf: empty.clone(),
            mask: empty.clone(),
            t1: ball(60.0, 0.75),
            mni_from_world: Affine::IDENTITY,
            found: Found { content: Content::Head, in_mni_space: true },
            quality: Quality { passed: true, score: 1.0, measures: vec![], reasons: vec![] },
        };
        let picture = qc_picture(&prepared, &template);
        assert_eq!(picture.rgba.len(), 4 * picture.width * picture.height);
        let count = |colour: [u8; 3]| picture.rgba.chunks(4).filter(|pixel| pixel[..3] == colour).count();
        // Outer circles of nine slices are longer than the inner ones.
        assert!(count(STANDARD_COLOUR) > count(GREY_MATTER_COLOUR) && count(GREY_MATTER_COLOUR) > 500);
    }
}
