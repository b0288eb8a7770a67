//! Where may the brain be? Rough placements of the head at every turn, shift and size that a head may have.

use super::placement::{Placement, at};
use crate::volume::Volume;

/// The middle of the brain lies so far below the top of the head, in mm.
const BELOW_TOP_MM: [f64; 4] = [50.0, 65.0, 80.0, 95.0];
/// Beside the middle of what is seen of the head.
const BESIDE_MM: [f64; 3] = [-12.0, 0.0, 12.0];
const BEFORE_MM: [f64; 5] = [-30.0, -15.0, 0.0, 15.0, 30.0];
/// Nods, and turns about the other two axes, in units of [`Placement`].
const NODS: [f64; 4] = [-28.0, -9.0, 9.0, 28.0];
const TURNS: [f64; 3] = [-24.0, 0.0, 24.0];
/// Sizes about the usual one.
const SIZES: [f64; 3] = [-9.0, 0.0, 9.0];

/// A slice shows the head where so much of it, in mm², is no air: less is noise.
const LEAST_SLICE_MM2: f64 = 1500.0;
/// Height of the part of the head from which its middle is taken.
const HEIGHT_MM: f64 = 150.0;
/// Thickness of the slices in which the top is looked for.
const SLICE_MM: f64 = 8.0;

/// Placements on a coarse lattice below the top of the head. `air`: the highest intensity of air.
pub(super) fn rough(image: &Volume, air: f32) -> Vec<Placement> {
    let middle = below_top(image, air);
    let mut placements = Vec::new();
    for (dx, dy, dz) in lattice(&BESIDE_MM, &BEFORE_MM, &BELOW_TOP_MM) {
        for (ax, ay, az) in lattice(&NODS, &TURNS, &TURNS) {
            for size in SIZES {
                let mut p = at([middle[0] + dx, middle[1] + dy, middle[2] - dz]);
                (p[3], p[4], p[5]) = (ax, ay, az);
                (6..9).for_each(|index| p[index] += size);
                placements.push(p);
            }
        }
    }
    placements
}

/// Middle of the upper head to the sides and along, and its top.
fn below_top(image: &Volume, air: f32) -> [f64; 3] {
    let [nx, ny, _] = image.shape;
    let points: Vec<[f64; 3]> = (0..image.data.len())
        .filter(|&index| image.data[index] > air)
        .map(|index| {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
            image.world_from_voxel.apply(voxel.map(|index| index as f64))
        })
        .collect();
    let (low, high) = points
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| (low.min(point[2]), high.max(point[2])));
    if points.is_empty() {
        return image.world_from_voxel.apply(image.shape.map(|count| 0.5 * count as f64));
    }
    let mut slices = vec![0.0; ((high - low) / SLICE_MM) as usize + 1];
    let area_mm2 = image.world_from_voxel.determinant().abs() / SLICE_MM;
    points.iter().for_each(|point| slices[((point[2] - low) / SLICE_MM) as usize] += area_mm2);
    let top = slices.iter().rposition(|area| *area > LEAST_SLICE_MM2).unwrap_or(slices.len() - 1);
    let top_mm = low + (top + 1) as f64 * SLICE_MM;
    let (mut sum, mut count) = ([0.0; 2], 0.0);
    for point in points.iter().filter(|point| (top_mm - HEIGHT_MM..=top_mm).contains(&point[2])) {
        (0..2).for_each(|axis| sum[axis] += point[axis]);
        count += 1.0;
    }
    let [x, y] = sum.map(|sum: f64| sum / f64::max(count, 1.0));
    [x, y, top_mm]
}

/// All combinations of three lists.
fn lattice<'a>(a: &'a [f64], b: &'a [f64], c: &'a [f64]) -> impl Iterator<Item = (f64, f64, f64)> + use<'a> {
    a.iter().flat_map(move |&a| b.iter().flat_map(move |&b| c.iter().map(move |&c| (a, b, c))))
}
