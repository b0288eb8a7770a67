//! One subject's map.

use crate::cohort::Subject;

/// One subject's grey-matter map on the training's grid.
pub struct Image {
    pub subject: Subject,
    /// x fastest.
    pub values: Vec<f32>,
}
