//! The line that says what happens, the progress bar, errors and notices.

use crate::state::{State, Status};
use crate::wanted::Wanted;
use web::language::*;
use web::wording;

pub fn render(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let told = |message: &Message| message.told(language);
    let status = state.status.as_ref().map(|status| match status {
        Status::Said(message) => told(message),
        Status::Stage(stage, bytes) => wording::stage(language, *stage, *bytes),
    });
    // How far the whole animation is, not each of its ages.
    let of_animation = state.recording.as_ref().map(|recording| {
        let [done, count] = [recording.done, recording.count].map(|number| number.to_string());
        language.fill(STATUS_ANIMATION, &[("done", &done), ("count", &count)])
    });
    wanted.text("#status", of_animation.or(status).unwrap_or_default());
    wanted.text("#error", state.error.as_ref().map(told).unwrap_or_default());
    wanted.hidden("#error", state.error.is_none());
    wanted.text("#notice", language.join(&state.notices.iter().map(told).collect::<Vec<_>>()));
    wanted.hidden("#notice", state.notices.is_empty());
    let progress = match &state.recording {
        Some(recording) => recording.done as f64 / recording.count.max(1) as f64,
        None => f64::from(state.progress.clamp(0.0, 1.0)),
    };
    wanted.value("#progress", progress);
    wanted.hidden("#progress", state.running.is_none() && state.recording.is_none());
}
