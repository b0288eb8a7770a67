//! What kind of image is this? Asked before anything is computed.

use super::super::values::HIGHEST_VALUE;
use crate::volume::Volume;

/// What an image is, judged by its values and place alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Values in 0..1: to be judged by [`crate::prepare::fit_to_grid`].
    GmMap,
    /// Intensities in units of their own: to be prepared by [`super::prepare_t1`], which refuses what is no T1.
    T1,
}

impl Kind {
    /// Kind of an image. Whatever is unfit for both is left to the step that will refuse it with a reason.
    pub fn of(volume: &Volume) -> Self {
        let high = volume.data.iter().copied().filter(|value| value.is_finite()).fold(0.0, f32::max);
        if high > HIGHEST_VALUE { Kind::T1 } else { Kind::GmMap }
    }
}
