//! The visitor's own scan as long as the page has it, and what is left when it is forgotten: nothing of it.

use super::{Preparation, State};
use crate::case::Subject;

impl State {
    /// Whether the image that is open is the visitor's own.
    pub fn is_scan_own(&self) -> bool {
        self.subject.as_ref().is_some_and(Subject::is_own)
    }

    /// Whether the page holds anything of the visitor's own.
    pub fn has_own(&self) -> bool {
        self.own.is_some() || !self.series.is_empty() || self.is_scan_own() || self.is_own_kept()
    }

    fn is_own_kept(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.case.subject.is_own())
    }

    /// Keeps the sample that is shown: an image of the visitor's will take its place.
    pub fn keep_sample(&mut self) {
        if let Some(shown) = self.shown.as_ref().filter(|shown| !shown.case.subject.is_own()) {
            self.sample_before = Some(shown.clone());
        }
    }

    /// Forgets the visitor's image and all that was computed from it, and goes back to the sample that was shown before where
    /// none is open. What was prepared comes back to be dropped; `false`: there is no sample to go back to.
    pub fn forget_own(&mut self) -> (Option<Preparation>, bool) {
        let before = self.sample_before.take();
        let is_open = self.is_scan_own();
        let is_shown = self.shown.as_ref().is_none_or(|shown| shown.case.subject.is_own());
        if self.is_own_kept() {
            self.kept = None;
        }
        self.own = None;
        self.glance = None;
        self.inside = None;
        self.recording = None;
        self.series.clear();
        self.series_open = None;
        self.notices.clear();
        self.clear_error();
        self.times_forgotten += 1;
        let has_sample = before.is_some() || !(is_open || is_shown);
        if let Some(shown) = before.filter(|_| is_open || is_shown) {
            // Whatever is being opened would come too late.
            self.new_turn();
            self.opening = None;
            self.bundle = Some(shown.case.bundle.clone());
            self.subject = Some(shown.case.subject.clone());
            self.show(shown);
        }
        (self.preparation.take(), has_sample)
    }
}
