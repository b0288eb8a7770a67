//! Evaluation of models on a cohort: measures, self-checks, figures and report.

pub mod checks;
pub mod compare;
mod dial;
mod draw;
mod evaluate;
mod gather;
mod group_test;
mod held_back;
pub mod limits;
pub mod measure;
mod outputs;
mod report;
mod samples;
mod source;
pub mod strangers;
mod subjects;
pub mod trained;

pub use evaluate::{Evaluation, ModelsOf, evaluate};
