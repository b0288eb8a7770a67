//! Does the map lie where the brain lies in MNI152 space, and is it as large as grey matter is?
//!
//! The limits were set between what grey-matter maps have and what other images have. Measured on a slab of ten
//! slices (z = 4..22 mm) in 206 maps of people aged 18 to 94, and on the grey matter of an MNI152 template
//! (whole brain / same slab):
//!
//! | inside the box of the brain | maps, slab | template | images that must be refused |
//! |---|---|---|---|
//! | mean | 0.25..0.39 | 0.21 / 0.32 | CSF with background 0.61 |
//! | share above 0.2, z = 4..22 mm | 0.41..0.53 | 0.48 | T1 scaled to 0..1: 0.62..0.76 |
//! | grey matter outside the box | ≤ 0.001 | 0.002 / 0.001 | shifted by 20 mm: 0.04..0.1; native space: up to 0.03 |
//! | centre beside the midline | ≤ 1.7 mm | 0.2 mm | native space: up to 15 mm |

use super::PrepareError;
use crate::volume::{Grid, Volume, WHOLE_VOXEL_TOLERANCE};
use std::ops::RangeInclusive;

/// The brain in MNI152 millimetres: the ICBM152 template's grey matter, rounded outwards to 2 mm.
const BRAIN_BOX_MM: [RangeInclusive<f64>; 3] = [-72.0..=72.0, -108.0..=74.0, -72.0..=82.0];
/// Heights at which every brain has grey matter; above and below a slice may miss it.
const ALWAYS_BRAIN_Z_MM: RangeInclusive<f64> = -40.0..=60.0;

/// Least share of the grid's voxels in the brain box that the image must reach. Grids may be larger than images, by
/// padding around the head; the brain itself must be there.
const LEAST_COVERAGE: f64 = 0.95;
const LOWEST_MEAN: f64 = 0.08;
const HIGHEST_MEAN: f64 = 0.45;
/// Heights at which the share of tissue is judged, where grids reach them: those of the measurements above. Elsewhere
/// the brain fills less of its box, and a T1 would pass.
const TISSUE_Z_MM: RangeInclusive<f64> = 4.0..=22.0;
/// Grey matter leaves the white matter and the ventricles dark.
const TISSUE_THRESHOLD: f32 = 0.2;
const MOST_TISSUE: f64 = 0.60;
/// Wider voxels blur the ribbon outwards: phantoms of 8 mm reach 0.68.
const MOST_TISSUE_PER_MM_ABOVE_2: f64 = 0.03;
const MOST_OUTSIDE: f64 = 0.02;
/// Wider voxels reach beyond the box with what lies inside: voxels of 2 mm count as outside from their middle on, wider ones from
/// where less than one mm of them is inside.
const WIDER_BOX_PER_MM_ABOVE_2: f64 = 0.5;
const MOST_OFF_MIDLINE_MM: f64 = 6.0;
/// Mean in the brain box below which a slice counts as empty.
const EMPTY_SLICE_MEAN: f64 = 0.01;

fn in_brain_box(point_mm: [f64; 3]) -> bool {
    in_wider_box(point_mm, 0.0)
}

fn in_wider_box(point_mm: [f64; 3], wider_mm: f64) -> bool {
    (0..3).all(|axis| {
        let brain = &BRAIN_BOX_MM[axis];
        (brain.start() - wider_mm..=brain.end() + wider_mm).contains(&point_mm[axis])
    })
}

/// By how much voxels are wider than those that the limits were set on.
fn coarser_mm(widest_mm: f64) -> f64 {
    (widest_mm - 2.0).max(0.0)
}

/// How much of the brain's width, length and height in MNI152 space an axis-aligned grid reaches, 0..1 each.
pub fn reach_of_brain(grid: &Grid) -> [f64; 3] {
    std::array::from_fn(|axis| {
        let step = grid.mni_from_voxel.0[axis][axis];
        let first = grid.mni_from_voxel.0[axis][3] - step / 2.0;
        let last = first + step * grid.shape[axis] as f64;
        let brain = &BRAIN_BOX_MM[axis];
        let common = first.max(last).min(*brain.end()) - first.min(last).max(*brain.start());
        common.max(0.0) / (brain.end() - brain.start())
    })
}

/// Voxel indices of a grid, x fastest.
fn voxels(shape: [usize; 3]) -> impl Iterator<Item = [f64; 3]> {
    let [nx, ny, nz] = shape;
    (0..nz).flat_map(move |z| (0..ny).flat_map(move |y| (0..nx).map(move |x| [x as f64, y as f64, z as f64])))
}

/// Refuses an image whose field of view misses a part of the brain that the grid holds.
pub(super) fn check_coverage(name: &str, volume: &Volume, grid: &Grid) -> Result<(), PrepareError> {
    let name = name.to_owned();
    let Some(voxel_from_mni) = volume.world_from_voxel.inverse() else {
        return Err(PrepareError::Damaged { name });
    };
    let (mut brain, mut covered) = (0u64, 0u64);
    for point_mm in voxels(grid.shape).map(|voxel| grid.mni_from_voxel.apply(voxel)) {
        if !in_brain_box(point_mm) {
            continue;
        }
        brain += 1;
        let voxel = voxel_from_mni.apply(point_mm);
        // A voxel reaches half its size beyond its centre.
        let reach = 0.5 + WHOLE_VOXEL_TOLERANCE;
        let inside = |axis: usize| (-reach..=volume.shape[axis] as f64 - 1.0 + reach).contains(&voxel[axis]);
        covered += u64::from((0..3).all(inside));
    }
    if brain == 0 {
        return Err(PrepareError::BadGrid { name });
    }
    let share = covered as f64 / brain as f64;
    if share < LEAST_COVERAGE {
        return Err(PrepareError::NotCovered { name, percent: 100.0 * share });
    }
    Ok(())
}

/// Sums over a map on its grid.
#[derive(Default)]
struct Sums {
    /// Sum of all values, and of those times their x in mm.
    total: f64,
    moment_x_mm: f64,
    /// Sum of the values that lie outside, given how wide the voxels are.
    outside: f64,
    /// Voxels in the brain box, and their sum.
    brain_voxels: u64,
    brain_total: f64,
    /// Of these at the heights where tissue is judged: all, and those above the threshold.
    judged_voxels: u64,
    tissue_voxels: u64,
    /// Of the grid's voxels: smallest and largest x in mm.
    x_range_mm: Option<(f64, f64)>,
    /// For each slice of the grid: voxels in the brain box at heights where there is always brain, and their sum.
    slices: Vec<(u64, f64)>,
}

fn sums(map: &Volume, widest_mm: f64) -> Sums {
    let mut sums = Sums { slices: vec![(0, 0.0); map.shape[2]], ..Sums::default() };
    let wider_mm = WIDER_BOX_PER_MM_ABOVE_2 * coarser_mm(widest_mm);
    for (voxel, &value) in voxels(map.shape).zip(&map.data) {
        let point_mm = map.world_from_voxel.apply(voxel);
        let x_mm = point_mm[0];
        let amount = f64::from(value);
        sums.total += amount;
        sums.moment_x_mm += amount * x_mm;
        sums.outside += if in_wider_box(point_mm, wider_mm) { 0.0 } else { amount };
        let (low, high) = sums.x_range_mm.unwrap_or((x_mm, x_mm));
        sums.x_range_mm = Some((low.min(x_mm), high.max(x_mm)));
        if in_brain_box(point_mm) {
            sums.brain_voxels += 1;
            sums.brain_total += amount;
            if TISSUE_Z_MM.contains(&point_mm[2]) {
                sums.judged_voxels += 1;
                sums.tissue_voxels += u64::from(value > TISSUE_THRESHOLD);
            }
            if ALWAYS_BRAIN_Z_MM.contains(&point_mm[2]) {
                let slice = &mut sums.slices[voxel[2] as usize];
                slice.0 += 1;
                slice.1 += amount;
            }
        }
    }
    sums
}

/// Refuses a map (0..1, on a grid that touches the brain) whose content is no grey matter at its place. `widest_mm`: the
/// widest voxels that it went through.
pub(super) fn check_tissue(name: &str, map: &Volume, widest_mm: f64) -> Result<(), PrepareError> {
    let name = name.to_owned();
    let sums = sums(map, widest_mm);

    let tissue = sums.tissue_voxels as f64 / sums.judged_voxels.max(1) as f64;
    let most_tissue = MOST_TISSUE + MOST_TISSUE_PER_MM_ABOVE_2 * coarser_mm(widest_mm);
    if tissue > most_tissue {
        return Err(PrepareError::WholeBrain {
            name,
            percent: 100.0 * tissue,
            threshold: TISSUE_THRESHOLD,
            limit_percent: 100.0 * most_tissue,
        });
    }
    let mean = sums.brain_total / sums.brain_voxels.max(1) as f64;
    if !(LOWEST_MEAN..=HIGHEST_MEAN).contains(&mean) {
        return Err(PrepareError::ImplausibleMean { name, mean, low: LOWEST_MEAN, high: HIGHEST_MEAN });
    }
    let empty = |&(voxels, total): &(u64, f64)| voxels > 0 && total / (voxels as f64) < EMPTY_SLICE_MEAN;
    if let Some(slice) = sums.slices.iter().position(empty) {
        let [.., z_mm] = map.world_from_voxel.apply([0.0, 0.0, slice as f64]);
        return Err(PrepareError::MissingSlice { name, z_mm });
    }
    let outside = sums.outside / sums.total;
    if outside > MOST_OUTSIDE {
        return Err(PrepareError::Misplaced { name, percent: 100.0 * outside });
    }
    // The midline can only be judged on a grid that holds both halves of the brain.
    let both_halves =
        sums.x_range_mm.is_some_and(|(low, high)| low <= *BRAIN_BOX_MM[0].start() && high >= *BRAIN_BOX_MM[0].end());
    let offset_mm = (sums.moment_x_mm / sums.total).abs();
    if both_halves && offset_mm > MOST_OFF_MIDLINE_MM {
        return Err(PrepareError::OffMidline { name, offset_mm });
    }
    Ok(())
}
