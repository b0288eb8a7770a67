//! The scanner's grid: where it lies about the head, and how much of it was scanned.

use super::labels::{HeadLabels, OUTER_FLUID, is_brain};
use super::recipe::{FieldOfView, Recipe, turned};
use crate::volume::Affine;

/// Side of the cube that some programs put every scan into, mm.
const CUBE_MM: f64 = 256.0;
/// No side of a scan is shorter than this, mm: shorter ones cannot hold a brain and are refused for that.
const LEAST_SIDE_MM: f64 = 110.0;

/// A grid, and the part of it that was scanned: from `first` to before `end`, in voxels. The rest is zero.
pub(super) struct View {
    pub(super) shape: [usize; 3],
    pub(super) world_from_voxel: Affine,
    pub(super) first: [usize; 3],
    pub(super) end: [usize; 3],
}

/// Lays the grid of a recipe about a head that was moved by `made_from_label`.
pub(super) fn view(head: &HeadLabels, recipe: &Recipe, made_from_label: &Affine) -> View {
    let tilt = turned(recipe.tilt_degrees);
    // A turn is undone by its transposed matrix.
    let untilt = Affine(std::array::from_fn(|row| [tilt.0[0][row], tilt.0[1][row], tilt.0[2][row], 0.0]));
    let frame_from_voxel = untilt.compose(made_from_label).compose(&head.world_from_voxel);
    let whole = extent(head, &frame_from_voxel, |label| label > 0);
    let brain = extent(head, &frame_from_voxel, |label| is_brain(label) && label != OUTER_FLUID);
    let [mut low, mut high] = whole;
    let mut padding_mm = recipe.blank_margin_mm;
    match recipe.field_of_view {
        FieldOfView::Whole { air_mm } | FieldOfView::Cube256 { air_mm } => {
            for axis in 0..3 {
                (low[axis], high[axis]) = (low[axis] - air_mm, high[axis] + air_mm);
            }
        }
        FieldOfView::NeckCut { below_brain_mm } => low[2] = low[2].max(brain[0][2] - below_brain_mm),
        FieldOfView::BrainCut { lost_share } => low[2] = height_above(head, &frame_from_voxel, lost_share),
        FieldOfView::Tight { around_mm } => {
            for axis in 0..3 {
                (low[axis], high[axis]) = (brain[0][axis] - around_mm, brain[1][axis] + around_mm);
            }
        }
    }
    // Too flat a box grows at its top, where the air is.
    for axis in 0..3 {
        high[axis] = high[axis].max(low[axis] + LEAST_SIDE_MM);
    }
    let (scan_low, scan_high) = (low, high);
    if matches!(recipe.field_of_view, FieldOfView::Cube256 { .. }) {
        padding_mm = 0.0;
        for axis in 0..3 {
            // The cube holds all of the brain, and what of the head there is room for.
            let middle = 0.5 * (low[axis] + high[axis]);
            let half = 0.5 * CUBE_MM;
            let middle = middle.min(brain[0][axis] - 5.0 + half).max(brain[1][axis] + 5.0 - half);
            (low[axis], high[axis]) = (middle - half, middle + half);
        }
    }
    for axis in 0..3 {
        (low[axis], high[axis]) = (low[axis] - padding_mm, high[axis] + padding_mm);
    }
    let spacing = recipe.spacing_mm;
    let shape = std::array::from_fn(|axis| ((high[axis] - low[axis]) / spacing[axis]).ceil() as usize + 1);
    let index =
        |axis: usize, mm: f64| ((mm - low[axis]) / spacing[axis]).ceil().clamp(0.0, shape[axis] as f64) as usize;
    View {
        shape,
        world_from_voxel: tilt.compose(&Affine::from_spacing_origin(spacing, low)),
        first: std::array::from_fn(|axis| index(axis, scan_low[axis])),
        end: std::array::from_fn(|axis| index(axis, scan_high[axis])),
    }
}

/// Lowest and highest place of the voxels of some kind.
fn extent(head: &HeadLabels, frame_from_voxel: &Affine, kind: impl Fn(u16) -> bool) -> [[f64; 3]; 2] {
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for index in (0..head.labels.len()).filter(|index| kind(head.labels[*index])) {
        for (axis, mm) in frame_from_voxel.apply(head.voxel(index)).into_iter().enumerate() {
            (low[axis], high[axis]) = (low[axis].min(mm), high[axis].max(mm));
        }
    }
    [low, high]
}

/// The height that has this share of the brain below it.
fn height_above(head: &HeadLabels, frame_from_voxel: &Affine, share: f64) -> f64 {
    let mut heights: Vec<f64> = (0..head.labels.len())
        .filter(|index| is_brain(head.labels[*index]) && head.labels[*index] != OUTER_FLUID)
        .map(|index| frame_from_voxel.apply(head.voxel(index))[2])
        .collect();
    heights.sort_by(f64::total_cmp);
    heights.get((share * heights.len() as f64) as usize).copied().unwrap_or(0.0)
}
