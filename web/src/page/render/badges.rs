//! The badges of the masthead: which device computes, and what may be asked of other sites.

use crate::state::State;
use crate::wanted::Wanted;
use web::language::*;
use web::protocol::Backend;
use web::wording;

pub fn render(state: &State, wanted: &mut Wanted) {
    device(state, wanted);
    privacy(state, wanted);
}

fn device(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let backend = state.engine.as_ref().and_then(|engine| engine.backend.as_ref());
    let (mark, label) = match backend {
        Some((kind, adapter)) => {
            let name = wording::backend_name(language, *kind);
            let label = if adapter.is_empty() { name.to_owned() } else { format!("{name} · {adapter}") };
            (if *kind == Backend::Webgpu { "webgpu" } else { "cpu" }, label)
        }
        None if state.engine.is_some() => ("starting", language.text(ENGINE_STARTING).to_owned()),
        None => ("idle", language.text(ENGINE_IDLE).to_owned()),
    };
    let reason = state.engine_note.as_ref().filter(|_| state.engine.is_some()).map(|note| note.told(language));
    wanted.text("#backend-badge", label);
    wanted.attribute("#backend-badge", "title", reason.unwrap_or_default());
    wanted.attribute("#backend-badge", "data-state", mark);
}

fn privacy(state: &State, wanted: &mut Wanted) {
    let privacy = &state.privacy;
    let (label, tip, mark) = match (privacy.page_is_confined, privacy.is_enforced()) {
        (None, _) => (BADGE_ASKED, BADGE_ASKED_TIP, "untried"),
        (Some(_), true) => (BADGE_ENFORCED, BADGE_ENFORCED_TIP, "enforced"),
        (Some(_), false) => (BADGE_OPEN, BADGE_OPEN_TIP, "open"),
    };
    let (asked, refused) = (privacy.count_asked().to_string(), privacy.count_refused().to_string());
    let told = |key: Key| Message::of(key, &[("asked", &asked), ("refused", &refused)]).told(state.language);
    wanted.text("#upload-badge", told(label));
    wanted.attribute("#upload-badge", "title", told(tip));
    // A mark for scripts and style sheets; the label says the same.
    wanted.attribute("#upload-badge", "data-state", mark);
}
