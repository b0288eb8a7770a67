//! Shows the steps of one preparation, a bar each, and ends it on Ctrl-C.

use std::ops::ControlFlow;

use shared::prepare::t1::{self, Step};

use crate::progress::{Progress, stop_requested};

/// Units of a bar: each step is shown in percent.
const UNITS: u64 = 100;

/// A bar for the step that runs now.
#[derive(Default)]
pub struct StepBars {
    running: Option<Running>,
}

struct Running {
    step: Step,
    bar: Progress,
    shown: u64,
}

impl Running {
    fn show(&mut self, units: u64) {
        while self.shown < units.min(UNITS) {
            self.shown += 1;
            self.bar.advance();
        }
    }
}

impl t1::Progress for StepBars {
    async fn report(&mut self, step: Step, fraction: f32) -> ControlFlow<()> {
        if self.running.as_ref().is_none_or(|running| running.step != step) {
            self.finish();
            self.running = Some(Running { step, bar: Progress::new(in_words(step), UNITS, 0), shown: 0 });
        }
        if let Some(running) = &mut self.running {
            running.show((share_of_step(step, fraction) * UNITS as f32) as u64);
        }
        if stop_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl StepBars {
    /// The running step is done, whatever it last said: another one follows, or the work has succeeded.
    pub fn finish(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.show(UNITS);
        }
    }
}

fn in_words(step: Step) -> &'static str {
    match step {
        Step::Resample => "reading the head",
        Step::Register => "registering the head",
        Step::Mask => "extracting the brain",
        Step::Segment => "segmenting the tissues",
        Step::Sample => "resampling to MNI space",
    }
}

/// How far a step is, 0..1, from the share of the whole work.
fn share_of_step(step: Step, fraction: f32) -> f32 {
    let (start, end) = (step.start_fraction(), step.end_fraction());
    ((fraction - start) / (end - start)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_runs_from_nothing_to_all() {
        for (index, step) in Step::ALL.into_iter().enumerate() {
            let end = Step::ALL.get(index + 1).map_or(1.0, |next| next.start_fraction());
            assert_eq!(share_of_step(step, step.start_fraction()), 0.0);
            assert!((share_of_step(step, end) - 1.0).abs() < 1e-6);
        }
        assert_eq!(share_of_step(Step::Sample, 7.0), 1.0);
    }
}
