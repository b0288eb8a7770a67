//! What kind of image is this? Asked before anything is computed, and told with the result.

use super::super::values::HIGHEST_VALUE;
use super::blank::{blank_value, measured_litres};
use crate::volume::{Affine, Volume};
use serde::{Deserialize, Serialize};

/// What an image is, judged by its values alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Values in 0..1, dark inside: to be judged by [`crate::prepare::fit_to_grid`].
    GmMap,
    /// Intensities: to be prepared by [`super::prepare_t1`], which refuses what is no T1.
    T1,
}

/// How bright the inside of an image in 0..1 is, over its bright end, above which it is a T1: white matter is the brightest
/// tissue there, and is nearly 0 in a map of grey matter.
const T1_INSIDE: f32 = 0.73;

/// Share of what is not dark that is far from dark, above which an image in 0..1 is a T1: a brain ends at once, where maps of
/// white matter, bright inside as well, fade.
const T1_SHARPNESS: f64 = 0.76;

/// Maps of a tissue fill no more litres; heads do.
const MOST_MAP_LITRES: f64 = 2.6;

impl Kind {
    /// Kind of an image. Whatever is unfit for both is left to the step that will refuse it with a reason.
    pub fn of(volume: &Volume) -> Self {
        let finite = || volume.data.iter().copied().filter(|value| value.is_finite());
        let (low, high) = finite().fold((0.0, 0.0), |(low, high): (f32, f32), v| (low.min(v), high.max(v)));
        if high > HIGHEST_VALUE || low < -HIGHEST_VALUE {
            return Kind::T1;
        }
        if !volume.is_sound() || volume.data.iter().any(|value| !value.is_finite()) {
            return Kind::GmMap;
        }
        match Look::of(volume) {
            Some(look) if look.litres > MOST_MAP_LITRES => Kind::T1,
            Some(look) if look.inside > T1_INSIDE && look.sharpness > T1_SHARPNESS => Kind::T1,
            _ => Kind::GmMap,
        }
    }
}

/// How an image in 0..1 looks.
struct Look {
    /// Volume of what is not dark.
    litres: f64,
    /// Share of that which is far from dark.
    sharpness: f64,
    /// Brightness deep inside over the bright end.
    inside: f32,
}

impl Look {
    /// `None` where nearly all is dark.
    fn of(volume: &Volume) -> Option<Self> {
        let mut bright: Vec<f32> = volume.data.iter().copied().filter(|value| *value > 0.05).collect();
        if bright.len() < 1000 {
            return None;
        }
        let high = super::field::percentile(&mut bright, 0.95);
        let count = |share: f32| volume.data.iter().filter(|value| **value > share * high).count() as f64;
        let not_dark = count(0.1);
        let litres = not_dark * volume.world_from_voxel.determinant().abs() / 1e6;
        Some(Look { litres, sharpness: count(0.3) / not_dark.max(1.0), inside: inside(volume, high)? })
    }
}

/// Brightness deep inside an image over its bright end `high`. `None` where nothing is there.
fn inside(volume: &Volume, high: f32) -> Option<f32> {
    /// Deep inside: in the middle of the extent of what is not dark, about its middle.
    const SHARE: f64 = 0.6;
    let [nx, ny, _] = volume.shape;
    let voxel = |index: usize| [index % nx, index / nx % ny, index / (nx * ny)];
    let is_seen = |index: &usize| volume.data[*index] > 0.3 * high;
    // Without a fiftieth at each end, so that a stray voxel does not widen the extent.
    let (mut low_end, mut high_end) = ([0.0; 3], [0.0; 3]);
    for axis in 0..3 {
        let mut counts = vec![0usize; volume.shape[axis]];
        (0..volume.data.len()).filter(is_seen).for_each(|index| counts[voxel(index)[axis]] += 1);
        let total: usize = counts.iter().sum();
        let place = |share: f64| {
            let mut sum = 0;
            counts.iter().position(|count| {
                sum += count;
                sum as f64 >= share * total as f64
            })
        };
        (low_end[axis], high_end[axis]) = (place(0.02)? as f64, place(0.98)? as f64);
    }
    let is_deep = |index: &usize| {
        let position = voxel(*index);
        (0..3).all(|axis| {
            let middle = 0.5 * (low_end[axis] + high_end[axis]);
            (position[axis] as f64 - middle).abs() <= 0.5 * SHARE * (high_end[axis] - low_end[axis])
        })
    };
    let mut deep: Vec<f32> = (0..volume.data.len()).filter(is_deep).map(|index| volume.data[index]).collect();
    (!deep.is_empty()).then(|| super::field::percentile(&mut deep, 0.6) / high.max(1e-6))
}

/// What a T1 image shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A head with its skull, whole or with the face removed.
    Head,
    /// A brain without skull: everything else is blank.
    StrippedBrain,
}

/// What an image was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub content: Content,
    /// Whether the image lay in MNI152 space already.
    pub in_mni_space: bool,
}

/// A brain with the fluid around it has no more litres; a head has three or more.
const MOST_BRAIN_LITRES: f64 = 2.1;

/// In MNI152 space, no corner of the brain's box moves farther, in mm. Heads as they were scanned are smaller than the
/// standard brain, by a sixth from top to bottom, and lie anywhere.
const NEAR_MNI_MM: f64 = 10.0;
const BRAIN_BOX_MM: [[f64; 2]; 3] = [[-68.0, 68.0], [-102.0, 70.0], [-45.0, 76.0]];

impl Content {
    /// `blank`: see [`blank_value`].
    pub(super) fn of(image: &Volume, blank: Option<f32>) -> Self {
        match blank.is_some() && measured_litres(image, blank) <= MOST_BRAIN_LITRES {
            true => Content::StrippedBrain,
            false => Content::Head,
        }
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
