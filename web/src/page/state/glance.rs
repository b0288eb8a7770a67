//! The visitor's image as it came: seen while it is prepared and explained, and where that did not go well.

use super::State;
use crate::case::Subject;
use crate::wanted::Picture;
use js_sys::{Array, Uint8ClampedArray};

/// Its three middle slices.
pub struct Glance {
    subject_key: u32,
    /// It was taken for a grey-matter map, not for a raw T1 image.
    pub is_map: bool,
    pub slices: [Picture; 3],
}

impl Glance {
    /// From the engine's message. `keys`: of the question and of the image.
    pub fn new((key, subject_key): (u32, u32), is_map: bool, sizes: [[u32; 2]; 3], message: &Array) -> Self {
        let picture = |index: usize| {
            let pixels = Uint8ClampedArray::new(&message.get(1 + index as u32));
            Picture { key, size: sizes[index], pixels }
        };
        Glance { subject_key, is_map, slices: std::array::from_fn(picture) }
    }
}

impl State {
    /// Whether what is shown is of the image and the model that are open.
    pub fn is_explained(&self) -> bool {
        self.still_shown().is_some()
    }

    /// What is seen in place of the maps: the visitor's image that is open, as long as there is no result of it.
    pub fn glanced_at(&self) -> Option<(&Glance, &Subject)> {
        let is_free = self.opening.is_none() && !self.is_explained();
        let subject = self.subject.as_ref().filter(|subject| is_free && subject.is_own())?;
        let glance = self.glance.as_ref().filter(|glance| glance.subject_key == subject.key)?;
        Some((glance, subject))
    }
}
