//! The named steps of a preparation, and how it tells how far it is.

use super::error::T1Error;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// A step of the preparation of a T1 image, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Axes to RAS+, sampling on the grid that is worked on.
    Resample,
    /// Twelve-parameter registration of the whole head.
    Register,
    /// Twelve-parameter registration of the tissues, and the brain mask.
    Mask,
    /// Intensity inhomogeneity and tissue probabilities, in turns.
    Segment,
    /// Sampling on the MNI grid and quality control.
    Sample,
}

impl Step {
    /// All steps, in order.
    pub const ALL: [Step; 5] = [Step::Resample, Step::Register, Step::Mask, Step::Segment, Step::Sample];

    /// The share of the whole work that lies before this step, 0..1, from times measured.
    pub fn start_fraction(self) -> f32 {
        match self {
            Step::Resample => 0.0,
            Step::Register => 0.1,
            Step::Mask => 0.5,
            Step::Segment => 0.65,
            Step::Sample => 0.9,
        }
    }

    /// The share of the whole work that is done when this step is.
    pub fn end_fraction(self) -> f32 {
        let next = Step::ALL.into_iter().find(|other| *other > self);
        next.map_or(1.0, Step::start_fraction)
    }
}

/// Hears how far a preparation is, and may stop it.
pub trait Progress {
    /// `fraction`: 0..1 of the whole work. Called at least a few times a second, so that a page can answer its
    /// user meanwhile; [`ControlFlow::Break`] ends the preparation with [`super::T1Error::Cancelled`].
    fn report(&mut self, step: Step, fraction: f32) -> impl Future<Output = ControlFlow<()>>;
}

/// For those who do not want to know.
pub struct Silent;

impl Progress for Silent {
    async fn report(&mut self, _: Step, _: f32) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Tells how much of a step is done, 0..1.
pub(super) async fn report(progress: &mut impl Progress, step: Step, share: f32) -> Result<(), T1Error> {
    let (start, end) = (step.start_fraction(), step.end_fraction());
    match progress.report(step, start + (end - start) * share.clamp(0.0, 1.0)).await.is_break() {
        true => Err(T1Error::Cancelled),
        false => Ok(()),
    }
}
