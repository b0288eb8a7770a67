//! Everything that makes one head what it is. Kept beside it, so that a failure can be explained and made again.

use super::contrast::Contrast;
use super::cut::Cut;
use super::fault::Fault;
use crate::volume::Affine;
use serde::{Deserialize, Serialize};

/// How a head is made from a label map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Of everything that is random in the making.
    pub seed: u64,
    /// 0 (as the label map) to 1 (as in the very old).
    pub atrophy: f64,
    pub contrast: Contrast,
    /// Width (sigma) of the scanner's blur.
    pub smoothing_mm: f64,
    /// Strongest change of the gain from one side of the head to another, as a share of its middle: 0..0.6.
    pub bias: f64,
    /// Standard deviation of the noise, white matter being 1.
    pub noise: f64,
    pub range: Range,
    pub pose: Pose,
    /// Along the grid's axes, in the order left to right, back to front, bottom to top.
    pub spacing_mm: [f64; 3],
    /// By how much the grid is turned against the scanner's axes.
    pub tilt_degrees: [f64; 3],
    pub field_of_view: FieldOfView,
    /// Zeros added on every side of what was scanned.
    pub blank_margin_mm: f64,
    /// Air around the head is exactly zero.
    pub clean_air: bool,
    /// Which axis of the grid comes first, second, third in the file, and which of the grid's run backwards.
    pub order: [usize; 3],
    pub backwards: [bool; 3],
    pub cut: Cut,
    pub fault: Option<Fault>,
}

/// Unit and kind of the numbers in the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Range {
    /// Whole numbers; the brightest percentile lies at `top`, air at `offset`.
    Whole { top: f64, offset: f64 },
    /// Mean 0 and standard deviation 1 over the whole image.
    ZScored,
}

/// Where the head lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// About the x, y and z axis through the brain's middle.
    pub turns_degrees: [f64; 3],
    pub shift_mm: [f64; 3],
    /// Factor of length along x, y, z.
    pub size: [f64; 3],
    /// Brought to the standard brain first, as other software leaves its results; turns and shifts come on top.
    pub in_mni: bool,
}

impl Pose {
    /// The label map as it is.
    pub const UNMOVED: Pose = Pose { turns_degrees: [0.0; 3], shift_mm: [0.0; 3], size: [1.0; 3], in_mni: false };

    /// From the label map's millimetres to the made head's. `middle` is the brain's, in the label map's millimetres;
    /// `mni_from_label` is the known place of the label map.
    pub fn made_from_label(&self, middle: [f64; 3], mni_from_label: &Affine) -> Affine {
        let base = if self.in_mni { *mni_from_label } else { Affine::IDENTITY };
        let middle = base.apply(middle);
        let to_middle = Affine::from_spacing_origin([1.0; 3], middle.map(|value| -value));
        // Scanners have the brain near their zero; the shift starts there.
        let back = if self.in_mni { middle } else { [0.0; 3] };
        let shift = std::array::from_fn(|axis| back[axis] + self.shift_mm[axis]);
        Affine::from_spacing_origin([1.0; 3], shift)
            .compose(&turned(self.turns_degrees))
            .compose(&Affine::from_spacing_origin(self.size, [0.0; 3]))
            .compose(&to_middle)
            .compose(&base)
    }
}

/// Turns about x, then y, then z.
pub(super) fn turned(degrees: [f64; 3]) -> Affine {
    let mut all = Affine::IDENTITY;
    for (axis, degrees) in degrees.into_iter().enumerate() {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
        let mut turn = Affine::IDENTITY;
        (turn.0[a][a], turn.0[a][b], turn.0[b][a], turn.0[b][b]) = (cos, -sin, sin, cos);
        all = turn.compose(&all);
    }
    all
}

/// What part of the head is scanned. Lengths in mm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldOfView {
    /// All of the head that the label map has, and air around it.
    Whole { air_mm: f64 },
    /// The same, within a cube of 256 mm of zeros.
    Cube256 { air_mm: f64 },
    /// Cut this far below the brain's lowest part.
    NeckCut { below_brain_mm: f64 },
    /// Cut so low in the brain that this share of it is lost: the bottom of the cerebellum.
    BrainCut { lost_share: f64 },
    /// The brain and this much around it.
    Tight { around_mm: f64 },
}

impl FieldOfView {
    /// Whether some of the head is left out by the field of view.
    pub fn cuts(&self) -> bool {
        !matches!(self, FieldOfView::Whole { .. } | FieldOfView::Cube256 { .. })
    }
}
