//! What kind of image is this? Asked before anything is computed.

use crate::prepare::looks_like_tissue_map;
use crate::volume::Volume;

/// What an image is, judged by its values and place alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A map of one tissue by its values: to be judged by [`crate::prepare::fit_to_grid`].
    GmMap,
    /// Intensities in units of their own: to be prepared by [`super::prepare_t1`], which refuses what is no T1.
    T1,
}

impl Kind {
    /// Kind of an image. Whatever is unfit for both is left to the step that will refuse it with a reason.
    pub fn of(volume: &Volume) -> Self {
        if looks_like_tissue_map(volume) { Kind::GmMap } else { Kind::T1 }
    }
}
