//! A result that the visitor keeps for comparison: its maps lie beside those of whatever is opened next with the same model.
//! It is in memory only; no link holds it.

use super::{Shown, State};

impl State {
    /// Keeps what is shown, or lets go of what was kept.
    pub fn keep_or_let_go(&mut self) {
        self.kept = match self.kept.take() {
            Some(_) => None,
            None => self.still_shown().cloned(),
        };
        self.enlarged = None;
        self.share_colours();
    }

    /// What was kept, where it can lie beside what is shown: other maps of the same model.
    pub fn beside(&self) -> Option<&Shown> {
        let (kept, shown) = (self.kept.as_ref()?, self.still_shown()?);
        let [own, other] = [kept, shown].map(|shown| &shown.case.bundle);
        let is_same_model = (&own.id, &own.version) == (&other.id, &other.version);
        (is_same_model && kept.case.id != shown.case.id).then_some(kept)
    }

    /// One colour is one change in both.
    pub(super) fn share_colours(&mut self) {
        let Some(limit) = self.beside().map(|kept| kept.limit.0) else { return };
        if let (Some(shown), Some(kept)) = (&mut self.shown, &mut self.kept) {
            shown.widen(limit);
            kept.widen(shown.limit.0);
        }
    }
}
