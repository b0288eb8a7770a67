//! What was taken away from a scan before it was given on: the face, or everything but the brain.

use super::labels::{HeadLabels, OUTER_FLUID, is_brain};
use serde::{Deserialize, Serialize};

/// What is set to zero. None of it is brain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    None,
    /// Everything in front of and below a plane that leans by `degrees` from upright, this far in front of the brain.
    Shear {
        degrees: f64,
        margin_mm: f64,
    },
    /// A box before and below the forehead.
    Box {
        margin_mm: f64,
    },
    /// All but the brain and the fluid within this distance of its tissue.
    Stripped {
        fluid_mm: f64,
    },
}

/// A cut that knows its head.
pub(super) enum Knife {
    None,
    /// Kept where `lean` · place is `most` at most, in voxels.
    Plane {
        lean: [f64; 3],
        most: f64,
    },
    /// Kept behind `y` or above `z`, in voxels.
    Corner {
        y: f64,
        z: f64,
    },
    /// Kept where this holds.
    Inside(Vec<bool>),
}

impl Knife {
    pub(super) fn of(cut: &Cut, head: &HeadLabels) -> Self {
        let spacing_mm = head.spacing_mm();
        let tissue = || {
            (0..head.labels.len())
                .filter(|index| is_brain(head.labels[*index]) && head.labels[*index] != OUTER_FLUID)
                .map(|index| head.voxel(index))
        };
        match cut {
            Cut::None => Knife::None,
            Cut::Shear { degrees, margin_mm } => {
                let (sin, cos) = degrees.to_radians().sin_cos();
                // Forward and down.
                let lean = [0.0, cos, -sin];
                let along = |voxel: [f64; 3]| cos * voxel[1] - sin * voxel[2];
                let most = tissue().map(along).fold(f64::NEG_INFINITY, f64::max) + margin_mm / spacing_mm;
                Knife::Plane { lean, most }
            }
            Cut::Box { margin_mm } => {
                let front = tissue().map(|voxel| voxel[1]).fold(f64::NEG_INFINITY, f64::max);
                // The eyes lie in front of the temporal lobes, below the frontal ones.
                let y = front - 30.0 / spacing_mm;
                let low = tissue().filter(|voxel| voxel[1] >= y).map(|voxel| voxel[2]).fold(f64::INFINITY, f64::min);
                Knife::Corner { y, z: low - margin_mm / spacing_mm }
            }
            Cut::Stripped { fluid_mm } => Knife::Inside(head.brain_with_fluid(*fluid_mm)),
        }
    }

    /// Whether what lies at a place, in the label map's voxels, is kept.
    pub(super) fn keeps(&self, head: &HeadLabels, voxel: [f64; 3]) -> bool {
        match self {
            Knife::None => true,
            Knife::Plane { lean, most } => (0..3).map(|axis| lean[axis] * voxel[axis]).sum::<f64>() <= *most,
            Knife::Corner { y, z } => voxel[1] < *y || voxel[2] > *z,
            Knife::Inside(kept) => head.index_at(voxel).is_some_and(|index| kept[index]),
        }
    }
}
