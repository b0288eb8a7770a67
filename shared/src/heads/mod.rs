//! T1-like heads made from label maps, of which place and tissues are known: to test the preparation by the thousand.
//!
//! A [`HeadLabels`] and a [`Recipe`] make a [`MadeHead`]. The same recipe gives the same head.

mod atrophy;
mod contrast;
mod cut;
mod distance;
mod draw;
mod fault;
mod fit;
mod labels;
mod made;
mod outcome;
mod own;
mod paint;
mod place;
mod random;
mod random_field;
mod recipe;
mod scan;
mod summary;
mod view;

pub use atrophy::with_atrophy;
pub use contrast::Contrast;
pub use cut::Cut;
pub use fault::{Fault, Side};
pub use fit::mni_from_label;
pub use labels::{FOURTH_VENTRICLE, HeadLabels, HeadsError, is_brain, is_fluid, is_grey, is_ventricle};
pub use made::{BRAIN_FLUID_MM, MadeHead};
pub use outcome::{Outcome, RIGHT_PLACE_MM, Verdict, outcome};
pub use own::template_head;
pub use place::{Away, KnownPlace, StandardBrain, prepare};
pub use recipe::{FieldOfView, Pose, Range, Recipe};
pub use summary::{Row, Summary};
