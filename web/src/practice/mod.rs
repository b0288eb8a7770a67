//! "Train it yourself": a lesson's small cohort of made people, and a classifier that is fitted to it at once.
//!
//! Everybody is a phantom: one axial slice of the template, warped, thinned by age and scanned by one of two scanners.
//! Nothing here needs the models. What a slider changes is linear in what was drawn of a person, so that people are drawn
//! once and every setting is answered within a moment. The same settings give the same answer.

mod field;
mod fit;
mod person;
mod picture;
mod slice;
mod trial;

pub use person::{Group, Scanner};
pub(crate) use picture::{FAINT, OLD, YOUNG};
pub use picture::{ageing_picture, followed_picture, person_picture};
pub use slice::{Slice, TEMPLATE_FILES};
pub use trial::{Class, FIRST_SEED, Outcome, RANGES, Range, SHOWN, Score, Settings, Shown};
