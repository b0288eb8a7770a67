//! Planted faults: scans that no honest preparation may let pass.

use super::cut::Knife;
use super::labels::{CORTICAL_BONE, HeadLabels, OUTER_FLUID, SOFT_TISSUE, is_brain, is_inside_skull};
use super::random::Random;
use crate::prepare::t1::field::smooth;
use serde::{Deserialize, Serialize};

/// What is wrong with a scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// This share of the brain, and what lies beyond it on that side, is zero.
    Blank { side: Side, share: f64 },
    /// Front and back are exchanged, and the header does not say so.
    BackToFront,
    /// Nothing but fluid, or bone and soft tissue, where the brain was: what is left to find is the scalp.
    NoBrain { filled_with_fluid: bool },
    /// The brain is blurred beyond recognition.
    Blurred { sigma_mm: f64 },
}

/// The side of the brain that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Front,
    Top,
    Back,
    Left,
}

impl Fault {
    pub(super) fn draw(random: &mut Random) -> Self {
        let share = random.setting(0.15, 0.3);
        match random.between(0.0, 1.0) {
            kind if kind < 0.45 => {
                // Front and top are what real files lacked.
                let side = random.one_of(&[Side::Front, Side::Front, Side::Top, Side::Top, Side::Back, Side::Left]);
                Fault::Blank { side, share }
            }
            kind if kind < 0.65 => Fault::BackToFront,
            kind if kind < 0.85 => Fault::NoBrain { filled_with_fluid: random.chance(0.5) },
            _ => Fault::Blurred { sigma_mm: random.setting(8.0, 14.0) },
        }
    }

    /// For tables.
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Blank { side: Side::Front, .. } => "front of the brain blank",
            Fault::Blank { side: Side::Top, .. } => "top of the brain blank",
            Fault::Blank { side: Side::Back, .. } => "back of the brain blank",
            Fault::Blank { side: Side::Left, .. } => "left of the brain blank",
            Fault::BackToFront => "back to front",
            Fault::NoBrain { .. } => "no brain",
            Fault::Blurred { .. } => "brain blurred away",
        }
    }

    /// Changes the labels, where the fault lies there.
    pub(super) fn change_labels(&self, head: &mut HeadLabels) {
        let Fault::NoBrain { filled_with_fluid } = self else { return };
        let [nx, ny, _] = head.shape;
        for index in 0..head.labels.len() {
            if !is_inside_skull(head.labels[index]) {
                continue;
            }
            let [x, y, z] = [index % nx, index / nx % ny, index / (nx * ny)];
            // Lumps of a centimetre of one and the other.
            let lump = (x / 6 + y / 6 + z / 6).is_multiple_of(2);
            head.labels[index] = match (filled_with_fluid, lump) {
                (true, _) => OUTER_FLUID,
                (false, true) => SOFT_TISSUE,
                (false, false) => CORTICAL_BONE,
            };
        }
    }

    /// Changes the intensities on the label map's grid, where the fault lies there. `head`: labels before any fault.
    pub(super) fn change_intensities(&self, head: &HeadLabels, data: &mut [f32]) {
        match self {
            Fault::Blurred { sigma_mm } => blur_brain(head, data, sigma_mm / head.spacing_mm()),
            Fault::Blank { .. } | Fault::BackToFront | Fault::NoBrain { .. } => {}
        }
    }

    /// What the fault cuts off, where it does.
    pub(super) fn knife(&self, head: &HeadLabels) -> Knife {
        match self {
            Fault::Blank { side, share } => beyond(head, *side, *share),
            Fault::BackToFront | Fault::NoBrain { .. } | Fault::Blurred { .. } => Knife::None,
        }
    }
}

/// Smooths what lies in the brain, by what lies in the brain.
fn blur_brain(head: &HeadLabels, data: &mut [f32], sigma_voxels: f64) {
    let inside: Vec<f32> = head.labels.iter().map(|label| f32::from(u8::from(is_brain(*label)))).collect();
    let kept: Vec<f32> = data.iter().zip(&inside).map(|(value, inside)| value * inside).collect();
    let blurred = smooth(&kept, head.shape, [sigma_voxels; 3]);
    let weight = smooth(&inside, head.shape, [sigma_voxels; 3]);
    for index in 0..data.len() {
        if inside[index] > 0.0 {
            data[index] = blurred[index] / weight[index].max(1e-6);
        }
    }
}

/// A plane that cuts this share of the brain off on one side.
fn beyond(head: &HeadLabels, side: Side, share: f64) -> Knife {
    let lean = match side {
        Side::Front => [0.0, 1.0, 0.0],
        Side::Back => [0.0, -1.0, 0.0],
        Side::Top => [0.0, 0.0, 1.0],
        Side::Left => [-1.0, 0.0, 0.0],
    };
    let mut places: Vec<f64> = (0..head.labels.len())
        .filter(|index| is_brain(head.labels[*index]) && head.labels[*index] != OUTER_FLUID)
        .map(|index| head.voxel(index).iter().zip(lean).map(|(place, lean)| place * lean).sum())
        .collect();
    places.sort_by(|a, b| b.total_cmp(a));
    let border = places.get((share * places.len() as f64) as usize);
    border.map_or(Knife::None, |most| Knife::Plane { lean, most: *most })
}
