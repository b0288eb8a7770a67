//! Whose anatomy a phantom has: the standard brain's, or that of a label map of somebody's head.
//!
//! Nobody is learned from and tested on with the same head: a fifth of the label maps is for testing only.

use rand::seq::SliceRandom;
use shared::heads::HeadLabels;
use shared::prepare::t1;

use crate::cohort::phantom::template::Template;
use crate::cohort::phantom::tissues::Tissues;
use crate::prepare::load_template;
use crate::random::random_of;

/// Share of each group, or of the label maps, that is set aside for testing.
pub(super) const TEST_FRACTION: f64 = 0.2;

/// Stream of the seed that says who is set aside; it belongs to no person.
pub(super) const SPLIT_STREAM: u64 = 0;

/// Where phantoms take their anatomy from.
pub(super) enum Anatomies<'a> {
    Standard,
    People { heads: &'a [HeadLabels], is_test: Vec<bool>, standard: Box<t1::Template> },
}

impl<'a> Anatomies<'a> {
    /// Of label maps, at least two; of none: the standard brain.
    pub(super) fn of(heads: &'a [HeadLabels], seed: u64) -> anyhow::Result<Self> {
        if heads.is_empty() {
            return Ok(Anatomies::Standard);
        }
        let tests = ((heads.len() as f64 * TEST_FRACTION).round() as usize).max(1);
        let mut is_test: Vec<bool> = (0..heads.len()).map(|place| place < tests).collect();
        is_test.shuffle(&mut random_of(seed, SPLIT_STREAM));
        Ok(Anatomies::People { heads, is_test, standard: Box::new(load_template()?) })
    }

    pub(super) fn count(&self) -> usize {
        match self {
            Anatomies::Standard => 1,
            Anatomies::People { heads, .. } => heads.len(),
        }
    }

    /// Which one a person of this place in the group has.
    pub(super) fn of_person(&self, place_in_group: usize) -> usize {
        place_in_group % self.count()
    }

    /// Whether people of this anatomy are set aside; `None`: that is drawn person by person.
    pub(super) fn is_test(&self, anatomy: usize) -> Option<bool> {
        match self {
            Anatomies::Standard => None,
            Anatomies::People { is_test, .. } => Some(is_test[anatomy]),
        }
    }

    pub(super) fn template(&self, anatomy: usize) -> anyhow::Result<Template> {
        Ok(Template::of(match self {
            Anatomies::Standard => Tissues::standard()?,
            Anatomies::People { heads, standard, .. } => Tissues::of_head(&heads[anatomy], standard),
        }))
    }
}
