//! The slice that everybody is made from: grey matter of the template, and where ageing takes it.

use super::field::blurred;
use shared::volume::Volume;

/// Grey and white matter of the template, below `static/template/`.
pub const TEMPLATE_FILES: [&str; 2] = ["icbm152_2mm_gm.nii.gz", "icbm152_2mm_wm.nii.gz"];

/// The slice's height, MNI mm: it runs through cortex, deep grey matter and ventricles.
const HEIGHT_MM: f64 = 12.0;
/// Side of a cell in pixels.
pub const CELL: usize = 6;
/// A cell counts where so much of it is brain on average.
const LEAST_BRAIN: f32 = 0.25;
/// The deep grey matter and the ventricles, an ellipse in MNI mm: nothing within it ages.
const DEEP_CENTRE_MM: [f64; 2] = [0.0, -10.0];
const DEEP_RADII_MM: [f64; 2] = [32.0, 48.0];
/// Width of the ellipse's soft edge, as a share of its radii.
const DEEP_EDGE: f64 = 0.12;
/// Reach of the fluid at whose side the ribbon thins, pixels.
const FLUID_REACH: f32 = 1.0;
/// How much of the grey matter beside so much fluid can be lost.
const FLUID_FACTOR: f32 = 2.0;
/// In a cell with less of it than this share of the most that any has, ageing changes nothing.
const NOTHING: f32 = 0.05;

/// The slice, row by row from the front to the back of the head, each from left to right.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Width and height in pixels, multiples of [`CELL`].
    pub size: [usize; 2],
    /// Of each pixel: grey matter, how much of that ageing can take, and how much is brain; 0..1.
    pub tissue: Vec<[f32; 3]>,
    /// Grey matter of the ribbon over what ageing can take of it.
    pub ribbon_per_loss: f32,
    /// The cells that count: the first of a row and column of each.
    pub cells: Vec<[usize; 2]>,
    /// Of each of them whether ageing changes something there.
    pub ages: Vec<bool>,
}

impl Slice {
    /// From the template's grey and white matter; `None` where they are something else.
    pub fn of(grey: &Volume, white: &Volume) -> Option<Slice> {
        let [nx, ny, nz] = grey.shape;
        let affine = grey.world_from_voxel;
        let place = |x: usize, y: usize, z: usize| affine.apply([x, y, z].map(|index| index as f64));
        let z = (0..nz).find(|&z| place(0, 0, z)[2] >= HEIGHT_MM)?;
        if white.shape != grey.shape || grey.data.len() != nx * ny * nz || white.data.len() != grey.data.len() {
            return None;
        }
        let at = |x: usize, y: usize| {
            let index = x + nx * (y + ny * z);
            [grey.data[index], white.data[index]]
        };
        let is_brain = |&(x, y): &(usize, usize)| at(x, y).iter().sum::<f32>() > 0.1;
        let brain = (0..ny).flat_map(|y| (0..nx).map(move |x| (x, y))).filter(is_brain);
        let ends = brain.fold(None, |ends: Option<[usize; 4]>, (x, y)| match ends {
            None => Some([x, x, y, y]),
            Some([left, right, back, front]) => Some([left.min(x), right.max(x), back.min(y), front.max(y)]),
        });
        let [left, right, back, front] = ends?;
        // A margin for those whose brain is larger.
        let side = |from: usize, to: usize| (to - from + 3).div_ceil(CELL) * CELL;
        let size = [side(left, right), side(back, front)];
        let first = [left as i64 - (size[0] as i64 - (right - left + 1) as i64) / 2, front as i64 + 2];
        let voxel = |column: usize, row: usize| {
            let (x, y) = (first[0] + column as i64, first[1] - row as i64);
            let is_inside = (0..nx as i64).contains(&x) && (0..ny as i64).contains(&y);
            is_inside.then_some((x as usize, y as usize))
        };
        let pixels: Vec<Option<(usize, usize)>> = (0..size[1])
            .flat_map(|row| (0..size[0]).map(move |column| (column, row)))
            .map(|(c, r)| voxel(c, r))
            .collect();
        let parts: Vec<[f32; 3]> =
            pixels.iter().map(|pixel| sharpened(pixel.map_or([0.0; 2], |(x, y)| at(x, y)))).collect();
        let fluid: Vec<f32> = parts.iter().map(|part| part[2]).collect();
        let nearby = blurred(&fluid, size, FLUID_REACH);
        let outside = pixels.iter().map(|pixel| pixel.map_or(0.0, |(x, y)| outside_deep(place(x, y, z))));
        let mut tissue = Vec::with_capacity(parts.len());
        let (mut ribbon, mut takes) = (0.0, 0.0);
        for ((part, nearby), outside) in parts.iter().zip(&nearby).zip(outside) {
            let [grey, white, _] = *part;
            let loss = grey * outside * (FLUID_FACTOR * nearby).min(1.0);
            ribbon += grey * outside;
            takes += loss;
            tissue.push([grey, loss, grey + white]);
        }
        let mut slice = Slice { size, tissue, ribbon_per_loss: ribbon / takes, cells: Vec::new(), ages: Vec::new() };
        if !slice.ribbon_per_loss.is_finite() {
            return None;
        }
        slice.find_cells();
        Some(slice)
    }

    fn find_cells(&mut self) {
        let [width, height] = self.size;
        let all = (0..height).step_by(CELL).flat_map(|row| (0..width).step_by(CELL).map(move |column| [column, row]));
        let all: Vec<[usize; 2]> = all.collect();
        let brain: Vec<f32> = self.tissue.iter().map(|tissue| tissue[2]).collect();
        let counts = means(&brain, width, &all);
        self.cells =
            all.into_iter().zip(counts).filter(|(_, brain)| *brain >= LEAST_BRAIN).map(|(cell, _)| cell).collect();
        let loss: Vec<f32> = self.tissue.iter().map(|tissue| tissue[1]).collect();
        let loss = self.means(&loss);
        let most = loss.iter().copied().fold(0.0, f32::max);
        self.ages = loss.iter().map(|loss| *loss > NOTHING * most).collect();
    }

    /// The mean of each cell that counts.
    pub fn means(&self, values: &[f32]) -> Vec<f32> {
        means(values, self.size[0], &self.cells)
    }
}

fn means(values: &[f32], width: usize, cells: &[[usize; 2]]) -> Vec<f32> {
    let mean = |[column, row]: &[usize; 2]| {
        let rows = (*row..row + CELL).map(|row| values[row * width + column..][..CELL].iter().sum::<f32>());
        rows.sum::<f32>() / (CELL * CELL) as f32
    };
    cells.iter().map(mean).collect()
}

/// Grey matter, white matter and fluid of one person rather than of the mean of many, whose ribbon is softer: squared, and
/// scaled to add up to 1.
fn sharpened([grey, white]: [f32; 2]) -> [f32; 3] {
    let squares = [grey, white, (1.0 - grey - white).max(0.0)].map(|part| part * part);
    let total: f32 = squares.iter().sum();
    squares.map(|square| square / total.max(f32::MIN_POSITIVE))
}

/// 1 outside the deep grey matter, 0 within, and softly between.
fn outside_deep(mni_mm: [f64; 3]) -> f32 {
    let part = |axis: usize| ((mni_mm[axis] - DEEP_CENTRE_MM[axis]) / DEEP_RADII_MM[axis]).powi(2);
    let radius = (part(0) + part(1)).sqrt();
    ((radius - 1.0) / DEEP_EDGE + 0.5).clamp(0.0, 1.0) as f32
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::maps::read_volume;
    use shared::prepare::t1::Template;
    use std::path::Path;

    /// The slice of the template that is shipped.
    pub fn shipped() -> Slice {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/template");
        let [grey, white] =
            TEMPLATE_FILES.map(|name| read_volume(name, &std::fs::read(folder.join(name)).unwrap()).unwrap());
        Slice::of(&grey, &white).unwrap()
    }

    #[test]
    fn the_files_are_those_of_the_template() {
        assert!(TEMPLATE_FILES.iter().all(|name| Template::FILES.contains(name)));
    }

    #[test]
    fn ageing_takes_from_the_ribbon_and_leaves_the_deep_grey_matter() {
        let slice = shipped();
        let [width, height] = slice.size;
        assert_eq!(slice.tissue.len(), width * height);
        assert!(width % CELL == 0 && height % CELL == 0 && (60..90).contains(&width) && (80..110).contains(&height));
        assert!(
            slice.tissue.iter().all(|[grey, loss, brain]| *loss <= *grey && *grey <= *brain + 1e-6 && *brain <= 1.0001)
        );
        let count = slice.ages.iter().filter(|ages| **ages).count();
        assert!((120..200).contains(&slice.cells.len()), "{} cells", slice.cells.len());
        assert!(count > slice.cells.len() / 3 && count < slice.cells.len(), "{count} of {}", slice.cells.len());
        // Some of what does not age is grey: there a brighter scanner shows.
        let grey: Vec<f32> = slice.tissue.iter().map(|tissue| tissue[0]).collect();
        let still =
            slice.means(&grey).into_iter().zip(&slice.ages).filter(|(grey, ages)| *grey > 0.5 && !**ages).count();
        assert!(still >= 6, "{still} cells of deep grey matter");
    }

    #[test]
    fn what_is_no_template_is_refused() {
        let empty = Volume {
            shape: [4, 4, 60],
            data: vec![0.0; 960],
            world_from_voxel: shared::volume::Affine::from_spacing_origin([2.0; 3], [0.0, 0.0, -72.0]),
        };
        assert!(Slice::of(&empty, &empty).is_none());
    }
}
