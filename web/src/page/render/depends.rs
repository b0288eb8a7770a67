//! What the long parts of the page depend on, as numbers: as long as such a number is the same, so is what the part says.

use crate::state::State;
use std::hash::{DefaultHasher, Hash, Hasher};
use web::share::Tab;

fn number(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The result that is shown; regions get their names when the atlas comes.
pub fn on_result(state: &State) -> u64 {
    let case = state.shown.as_ref().map(|shown| shown.case.id);
    let unexplained = state.unexplained().map(|own| own.key);
    number((state.language.code(), case, unexplained, state.atlas.is_some(), state.has_all_regions))
}

/// The opened classifier; how it is looked at only while its tab is open.
pub fn on_inside(state: &State) -> u64 {
    let Some((inside, shown)) = state.seen_inside() else { return 0 };
    let looks = || (state.language.code(), state.slice(), state.view.radiological, &inside.covered, inside.chosen);
    number((inside.case.id, shown.case.id, (state.view.tab == Tab::Inside).then(looks)))
}

/// The model that is open.
pub fn on_bundle(state: &State) -> u64 {
    let bundle = state.bundle.as_ref().map(|bundle| (&bundle.id, &bundle.version));
    number((state.language.code(), bundle))
}

/// The preparation, and the image that is open.
pub fn on_preparation(state: &State) -> u64 {
    let preparation = state.preparation.as_ref().map(|preparation| preparation.key);
    number((state.language.code(), preparation, state.subject.as_ref().map(|subject| subject.key)))
}

/// The lesson, what was predicted, and which others there are.
pub fn on_lesson(state: &State) -> u64 {
    let lesson = state.lesson.as_ref().map(|lesson| (&lesson.id, lesson.predicted));
    number((state.language.code(), lesson, state.bundles.len(), &state.answered))
}

/// The link whose QR code is shown.
pub fn on_qr_link(state: &State) -> u64 {
    number((state.language.code(), &state.qr_link))
}

/// What came out of the visitor's own training.
pub fn on_practice(state: &State) -> u64 {
    let outcome = state.practice.outcome.as_ref().map(|(id, _)| id);
    number((state.language.code(), state.is_practising(), state.practice.is_waiting(), outcome))
}
