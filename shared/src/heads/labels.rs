//! Label maps of whole heads, and which numbers are which tissue.
//!
//! FreeSurfer's numbers inside the brain; 500 and above outside it, as the label maps of SynthSeg have them.

use super::distance::distances;
use crate::volume::{Affine, Volume};

/// Fluid around the brain, in its furrows and down the spine.
pub const OUTER_FLUID: u16 = 24;
pub const FOURTH_VENTRICLE: u16 = 15;
pub const ARTERY: u16 = 502;
pub const EYE: u16 = 506;
/// Fat and muscle.
pub const SOFT_TISSUE: u16 = 507;
pub const EYE_MUSCLE: u16 = 508;
pub const MUCOSA: u16 = 509;
pub const SKIN: u16 = 511;
pub const SPINAL_CORD: u16 = 512;
pub const VEIN: u16 = 514;
pub const CORTICAL_BONE: u16 = 515;
pub const CANCELLOUS_BONE: u16 = 516;
pub const OPTIC_NERVE: u16 = 530;

/// Labels of the brain, fluid included.
const BRAIN: [u16; 46] = [
    2, 3, 4, 5, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 24, 25, 26, 28, 30, 41, 42, 43, 44, 46, 47, 49, 50, 51, 52,
    53, 54, 57, 58, 60, 62, 72, 77, 80, 85, 136, 137, 163, 164, 251, 252,
];
const GREY: [u16; 17] = [3, 8, 10, 11, 12, 13, 17, 18, 26, 42, 47, 49, 50, 51, 52, 53, 54];
/// The last grey one, which the list above has no room for in a line.
const RIGHT_ACCUMBENS: u16 = 58;

/// Whether a label belongs to the brain or the fluid in and around it.
pub fn is_brain(label: u16) -> bool {
    BRAIN.contains(&label)
}

/// Whether a label is grey matter.
pub fn is_grey(label: u16) -> bool {
    GREY.contains(&label) || label == RIGHT_ACCUMBENS
}

/// Cortex of the cerebrum, left and right.
pub fn is_cerebral_cortex(label: u16) -> bool {
    matches!(label, 3 | 42)
}

/// White matter of cerebrum and cerebellum, and the brain stem.
pub fn is_white(label: u16) -> bool {
    matches!(label, 2 | 41 | 7 | 46 | 16)
}

/// A ventricle: lateral with its inferior horn, third, fourth.
pub fn is_ventricle(label: u16) -> bool {
    matches!(label, 4 | 5 | 14 | FOURTH_VENTRICLE | 43 | 44)
}

/// Fluid: of the ventricles, the cavity between them, and around the brain.
pub fn is_fluid(label: u16) -> bool {
    is_ventricle(label) || matches!(label, OUTER_FLUID | 72)
}

/// What lies inside the skull: the brain, and the vessels and nerves beside it.
pub fn is_inside_skull(label: u16) -> bool {
    is_brain(label) || matches!(label, ARTERY | VEIN | OPTIC_NERVE)
}

/// A whole head, each voxel with the number of its tissue. Axes are RAS+.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadLabels {
    /// For messages and recipes.
    pub name: String,
    /// Number of voxels along x, y, z.
    pub shape: [usize; 3],
    /// One label a voxel, x fastest; 0 is air.
    pub labels: Vec<u16>,
    /// Voxel indices to the map's own RAS+ millimetres.
    pub world_from_voxel: Affine,
}

impl HeadLabels {
    /// Takes a volume of whole numbers for a label map.
    ///
    /// # Errors
    /// The volume is damaged, has values that are no labels, or shows no brain.
    pub fn from_volume(name: &str, volume: &Volume) -> Result<Self, HeadsError> {
        let damaged = |reason: &str| HeadsError::NoLabels { name: name.to_owned(), reason: reason.to_owned() };
        if !volume.is_sound() || volume.shape.iter().any(|&side| side < 16) {
            return Err(damaged("it is too small, or its affine cannot be inverted"));
        }
        if volume.data.iter().any(|value| !(0.0..=65_535.0).contains(value) || value.fract() != 0.0) {
            return Err(damaged("it has values that are not whole numbers from 0 to 65535"));
        }
        let labels: Vec<u16> = volume.data.iter().map(|value| *value as u16).collect();
        if labels.iter().filter(|label| is_brain(**label)).count() < 1000 {
            return Err(damaged("it has no brain, by FreeSurfer's numbers"));
        }
        Ok(HeadLabels { name: name.to_owned(), shape: volume.shape, labels, world_from_voxel: volume.world_from_voxel })
    }

    /// Voxel size in mm, the mean of the three axes: label maps have cubic voxels.
    pub fn spacing_mm(&self) -> f64 {
        self.world_from_voxel.spacing_mm().iter().sum::<f64>() / 3.0
    }

    /// The label nearest to a place in voxels; 0 outside.
    pub fn at(&self, voxel: [f64; 3]) -> u16 {
        self.index_at(voxel).map_or(0, |index| self.labels[index])
    }

    /// x, y, z of a voxel.
    pub(super) fn voxel(&self, index: usize) -> [f64; 3] {
        let [nx, ny, _] = self.shape;
        [index % nx, index / nx % ny, index / (nx * ny)].map(|index| index as f64)
    }

    /// The brain's tissue, its ventricles, and the fluid around it up to a distance from them in mm.
    pub fn brain_with_fluid(&self, fluid_mm: f64) -> Vec<bool> {
        let tissue = distances(&self.is(|label| is_brain(label) && label != OUTER_FLUID), self.shape);
        let most_voxels = (fluid_mm / self.spacing_mm()) as f32;
        let near = tissue.voxels.into_iter().map(|voxels| voxels <= most_voxels);
        self.labels.iter().zip(near).map(|(label, near)| near && is_brain(*label)).collect()
    }

    /// Index of the voxel nearest to a place in voxels; `None` outside.
    pub(super) fn index_at(&self, voxel: [f64; 3]) -> Option<usize> {
        let rounded = voxel.map(f64::round);
        let inside = (0..3).all(|axis| rounded[axis] >= 0.0 && rounded[axis] < self.shape[axis] as f64);
        let [x, y, z] = rounded.map(|position| position as usize);
        inside.then(|| (z * self.shape[1] + y) * self.shape[0] + x)
    }

    /// Which voxels have a label of some kind.
    pub(super) fn is(&self, kind: impl Fn(u16) -> bool) -> Vec<bool> {
        self.labels.iter().map(|label| kind(*label)).collect()
    }
}

/// Why no head can be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum HeadsError {
    #[error("{name}: this is not a label map of a head: {reason}")]
    NoLabels { name: String, reason: String },
    #[error("{name}: the place of its brain is not known, since the plain head was not prepared: {reason}")]
    NoPlace { name: String, reason: String },
}
