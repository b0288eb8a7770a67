//! Ages of a sample that the native program led it to beforehand: the dial need not wait for the engine there.

use super::{Shown, State};
use crate::case::Case;
use shared::bundle::{AgeStop, Sample};
use std::rc::Rc;
use web::aim::Aim;
use web::maps::Maps;
use web::verdict::Answer;

/// The stop that is nearest to where the dial stands.
#[derive(Clone)]
pub struct Stop {
    /// What came with the sample.
    pub of: Rc<Shown>,
    pub age: AgeStop,
    /// The dial stands right there.
    pub is_exact: bool,
}

impl State {
    /// What came with the sample that is shown, with its stops; none of an image of the visitor's.
    fn stops(&self) -> Option<(&Rc<Shown>, &Sample)> {
        let shown = self.still_shown()?;
        let first = self.first.as_ref().filter(|first| first.is_beside(shown))?;
        let id = first.case.subject.sample.as_deref()?;
        let sample = first.case.bundle.manifest.samples.iter().find(|sample| sample.id == id)?;
        (!sample.stops.is_empty()).then_some((first, sample))
    }

    /// The nearest to where the dial stands; an animation waits for each age itself.
    pub fn stop_near_dial(&self) -> Option<Stop> {
        let (years, (first, sample)) = (self.dial?, self.stops()?);
        let age = sample.stop_near(years)?.clone();
        let is_exact = age.years == years;
        (is_exact || self.recording.is_none()).then(|| Stop { of: first.clone(), age, is_exact })
    }

    /// Whether this is what the dial is near to still.
    pub fn is_near(&self, stop: &Stop) -> bool {
        self.stop_near_dial().is_some_and(|now| now.age.years == stop.age.years && now.of.is_beside(&stop.of))
    }

    /// Whether what is on the screen leaves nothing for a stop to show: it is there, or the age itself is.
    pub fn has_reached(&self, stop: &Stop) -> bool {
        let aims = [Some(stop.age.years), self.dial].map(|years| years.map(Aim::Age));
        self.still_shown().is_some_and(|shown| aims.contains(&shown.case.aim))
    }

    /// Ages of an animation that needs no engine.
    pub fn stopped_ages(&self) -> Option<Vec<u8>> {
        Some(self.stops()?.1.stops.iter().map(|stop| stop.years).collect())
    }

    /// Whether the dial of a sample was turned on since a question was asked: its stops show more than a late answer would.
    pub fn is_overtaken(&self, case: &Case) -> bool {
        self.stop_near_dial().is_some() && self.dial.map(Aim::Age) != case.aim
    }

    /// Puts a stop on the page, with its change and where it is known the true one.
    pub fn show_stop(&mut self, stop: &Stop, maps: Maps) {
        let first = &stop.of;
        let answer = Answer {
            direction: stop.age.direction,
            probability_old_after: stop.age.probability_old_after,
            target_years: Some(stop.age.years),
            is_there: stop.age.amount == 0.0,
            ..first.answer
        };
        let (bundle, subject, caution) = (first.case.bundle.clone(), first.case.subject.clone(), first.caution.clone());
        let case = Case { id: self.next_id(), bundle, subject, aim: Some(Aim::Age(stop.age.years)) };
        self.show(Shown::new(Rc::new(case), maps, answer, None, caution));
    }
}
