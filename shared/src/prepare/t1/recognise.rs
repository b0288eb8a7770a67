//! What kind of image is this? Asked before anything is computed, and told with the result.

use super::blank::{blank_value, measured_litres, measured_share_of_faces};
use super::suitable::is_slab;
use crate::prepare::looks_like_tissue_map;
use crate::volume::{Affine, Volume};
use serde::{Deserialize, Serialize};

/// What an image is, judged by its values alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A map of one tissue by its values: to be judged by [`crate::prepare::fit_to_grid`].
    GmMap,
    /// Intensities: to be prepared by [`super::prepare_t1`], which refuses what is no T1.
    T1,
}

impl Kind {
    /// Kind of an image. Whatever is unfit for both is left to the step that will refuse it with a reason.
    pub fn of(volume: &Volume) -> Self {
        if looks_like_tissue_map(volume) { Kind::GmMap } else { Kind::T1 }
    }
}

/// What a T1 image shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A head with its skull, whole or with the face removed.
    Head,
    /// A brain without skull: everything else is blank.
    StrippedBrain,
    /// Some slices of a brain that lie in MNI152 space already.
    Slab,
}

/// What an image was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub content: Content,
    /// Whether the image lay in MNI152 space already.
    pub in_mni_space: bool,
}

/// A brain with the fluid around it has no more litres.
const MOST_BRAIN_LITRES: f64 = 2.1;
/// A large one with a wide margin has up to so many; a head that has no more was cut, and so reaches the image's faces.
const MOST_WIDE_LITRES: f64 = 2.7;
/// Largest share of the image's faces that such a brain covers.
const MOST_FACE_SHARE: f64 = 0.03;

/// In MNI152 space, no corner of the brain's box moves farther, in mm. Heads as they were scanned are smaller than the
/// standard brain, by a sixth from top to bottom, and lie anywhere.
const NEAR_MNI_MM: f64 = 10.0;
const BRAIN_BOX_MM: [[f64; 2]; 3] = [[-68.0, 68.0], [-102.0, 70.0], [-45.0, 76.0]];

impl Content {
    /// `blank`: see [`blank_value`].
    pub(super) fn of(image: &Volume, blank: Option<f32>) -> Self {
        if is_slab(image) {
            return Content::Slab;
        }
        let is_brain = || {
            let litres = measured_litres(image, blank);
            litres <= MOST_BRAIN_LITRES
                || (litres <= MOST_WIDE_LITRES && measured_share_of_faces(image, blank) <= MOST_FACE_SHARE)
        };
        if blank.is_some() && is_brain() { Content::StrippedBrain } else { Content::Head }
    }
}

/// Whether an image with this affine lay in MNI152 space already.
pub(super) fn is_near_mni(world_from_mni: &Affine) -> bool {
    (0..8).all(|corner| {
        let point: [f64; 3] = std::array::from_fn(|axis| BRAIN_BOX_MM[axis][corner >> axis & 1]);
        let moved = world_from_mni.apply(point);
        (0..3).map(|axis| (moved[axis] - point[axis]).powi(2)).sum::<f64>().sqrt() <= NEAR_MNI_MM
    })
}

/// What was never measured, and what the rest shows.
pub(super) fn look(image: &Volume) -> (Option<f32>, Content) {
    let blank = blank_value(image);
    (blank, Content::of(image, blank))
}
