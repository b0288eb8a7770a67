//! An animation of the dial that is being made.

use super::{Shown, State};
use web::aim::Aim;
use web::animation::ages;

pub struct Recording {
    /// Of its own among all.
    pub id: u32,
    /// So many ages it has.
    pub count: usize,
    /// So many ages are drawn.
    pub done: usize,
    /// Where the dial was turned to for it.
    years: u8,
    /// What was shown before, and is shown again.
    before: Shown,
}

impl State {
    /// Whether an animation can be made of what is shown.
    pub fn may_record(&self) -> bool {
        let is_shown = self.shown.is_some() && !self.is_stale() && self.glanced_at().is_none();
        self.recording.is_none() && is_shown && self.dial_years().is_some() && self.may_ask()
    }

    /// Begins one; returns its number and the ages that it shows.
    pub fn begin_recording(&mut self) -> Option<(u32, Vec<u8>)> {
        let before = self.shown.clone().filter(|_| self.may_record())?;
        let ages = self.stopped_ages().or_else(|| Some(ages(self.dial_years()?)))?;
        let id = self.next_id();
        self.clear_error();
        self.recording = Some(Recording { id, count: ages.len(), done: 0, years: 0, before });
        Some((id, ages))
    }

    /// Turns the dial for it; whatever else turns the dial from now on ends it.
    pub fn record_age(&mut self, years: u8) {
        self.dial = Some(years);
        if let Some(recording) = &mut self.recording {
            recording.years = years;
        }
    }

    /// Whether this one goes on: nobody has cancelled it, turned the dial or opened anything else.
    pub fn is_recording(&self, id: u32) -> bool {
        let goes_on = |recording: &Recording| recording.id == id && self.dial == Some(recording.years);
        self.recording.as_ref().is_some_and(goes_on)
    }

    /// Whether this age is what is shown, and nothing is being computed.
    pub fn shows_age(&self, years: u8) -> bool {
        let is_shown = |shown: &Shown| shown.case.aim == Some(Aim::Age(years));
        self.running.is_none() && !self.is_stale() && self.shown.as_ref().is_some_and(is_shown)
    }

    /// It is over: what was shown before is shown again, unless the visitor has gone on to something else. Returns whether it
    /// was not over yet.
    pub fn end_recording(&mut self, id: u32) -> bool {
        let Some(recording) = self.recording.take_if(|recording| recording.id == id) else { return false };
        let is_turned = self.dial.is_some_and(|years| years != recording.years);
        let is_same = self.shown.as_ref().is_some_and(|shown| shown.is_beside(&recording.before)) && !self.is_stale();
        if is_same && !is_turned {
            self.dial = None;
            self.show(recording.before);
        }
        true
    }
}
