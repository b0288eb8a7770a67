//! What the worker says: progress, its device, results, checks, failures.

use super::{crashed, post, set_progress, show_badge};
use crate::app::{App, Computed, Shown};
use crate::dom::set_text;
use crate::{checks, diagnostics, preparation, privacy};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::checks::Found;
use web::language::*;
use web::maps::{MAP_NAMES, Maps};
use web::protocol::Event;
use web::wording;
use web_sys::MessageEvent;

/// Places of the maps of shuffled weights in the message about checks, after its text and two others.
const SHUFFLED_CAM: u32 = 3;
const SHUFFLED_DIFFERENCE: u32 = 4;

/// Takes a message of the worker.
pub fn receive(app: &App, event: &MessageEvent) {
    let message: Array = match event.data().dyn_into() {
        Ok(message) => message,
        Err(_) => return,
    };
    let Some(event) = message.get(0).as_string().and_then(|text| serde_json::from_str::<Event>(&text).ok()) else {
        return app.fail(ERROR_ENGINE_WORDS);
    };
    let answers = match &event {
        Event::Prepared { id, .. } | Event::Result { id, .. } | Event::Checked { id, .. } | Event::Cancelled { id } => {
            Some(*id)
        }
        Event::Failure { id, .. } => *id,
        _ => None,
    };
    let running = app.with(|state| state.running.clone());
    if let Some(id) = answers {
        let Some(case) = running.as_ref().filter(|case| case.id == id) else { return };
        // What was finished while the wish to stop was on its way is not wanted any more, nor what is of another image or
        // model than the one that is open by now.
        let unwanted = app.with(|state| state.cancelling || !case.is_of(state.subject.as_ref(), state.bundle.as_ref()));
        if unwanted {
            if !matches!(event, Event::Prepared { .. }) {
                finish(app);
                app.ready(STATUS_CANCELLED);
            }
            return;
        }
    }
    match event {
        Event::Ready { is_confined } => {
            app.with(|state| {
                if let Some(engine) = &mut state.engine {
                    engine.ready = true;
                    for message in std::mem::take(&mut engine.waiting) {
                        post(&engine.worker, &message);
                    }
                }
            });
            privacy::engine_says(app, Some(is_confined));
        }
        Event::Refused => privacy::engine_was_refused(app),
        Event::Progress { stage, fraction, bytes } if app.with(|state| state.running.is_some()) => {
            // Too often for the state: another language begins with the next stage.
            set_text("status", &wording::stage(app.language(), stage, bytes));
            set_progress(fraction);
        }
        Event::Backend { kind, adapter, reason } => {
            app.with(|state| {
                state.engine_note = (!reason.is_empty()).then(|| reason.into());
                if let Some(engine) = &mut state.engine {
                    engine.backend = Some((kind, adapter));
                }
            });
            show_badge(app);
        }
        Event::SelfTest { max_abs_difference, passed, .. } => {
            app.with(|state| state.self_test = Some((passed, max_abs_difference)));
        }
        Event::Prepared { quality, found: image, mni_from_world, seconds, warnings, width, height, .. } => {
            let size = [width, height];
            let found = preparation::Found { quality, image, mni_from_world, seconds, warnings, size };
            if let Some(case) = running {
                preparation::receive(app, &case, found, message);
            }
        }
        Event::Result {
            direction,
            probability_old_before,
            probability_old_after,
            familiarity,
            seconds,
            backend,
            warnings,
            caution,
            ..
        } => {
            let Some(case) = running else { return };
            let computed = app.with(|state| {
                let is_prepared = |done: &&preparation::Preparation| done.subject_key == case.subject.key;
                Computed {
                    backend,
                    seconds,
                    prepared_score: state.preparation.as_ref().filter(is_prepared).map(|done| done.found.quality.score),
                    self_test: state.self_test,
                    notes: [state.crash_note.clone(), state.engine_note.clone()]
                        .into_iter()
                        .flatten()
                        .chain(warnings.into_iter().map(Message::from))
                        .collect(),
                }
            });
            let files: Vec<Vec<u8>> =
                (1..message.length()).map(|index| Uint8Array::new(&message.get(index)).to_vec()).collect();
            let maps = match files.as_slice() {
                [a, b, c, d] => Maps::read(MAP_NAMES, [a, b, c, d]),
                _ => Err(Message::from(ERROR_ENGINE_INCOMPLETE).told(app.language())),
            };
            // What is known of the sample besides holds on: its caution, and its truth where the way is the same.
            let (truth, of_sample) = app.with(|state| {
                let same = state.shown.as_ref().filter(|shown| shown.case.subject.key == case.subject.key);
                let same = same.filter(|_| !case.subject.is_own());
                let truth = same.filter(|shown| shown.direction == direction);
                (truth.and_then(|shown| shown.maps.truth_to_nifti()), same.and_then(|shown| shown.caution.clone()))
            });
            let maps = maps.and_then(|maps| match truth {
                Some(truth) => maps.with_truth("truth", &truth),
                None => Ok(maps),
            });
            finish(app);
            let app = app.clone();
            spawn_local(async move {
                match maps {
                    Ok(maps) => {
                        let status = Message::of(STATUS_DONE, &[("name", &case.subject.name)]);
                        let shown = Shown {
                            case,
                            maps,
                            direction,
                            probability_old_before,
                            probability_old_after,
                            familiarity,
                            computed: Some(computed),
                            caution: caution.map(Message::from).or(of_sample),
                            regions: Vec::new(),
                        };
                        app.show(shown).await;
                        app.ready(status);
                    }
                    Err(message) => app.fail(message),
                }
            });
        }
        Event::Cancelled { .. } => {
            finish(app);
            app.ready(STATUS_CANCELLED);
        }
        Event::Failure { message, .. } => {
            finish(app);
            app.fail(message);
        }
        Event::Crashed { reason } => crashed(app, reason),
        Event::Checked {
            change,
            cycle_error,
            steganography_index,
            identity_error,
            shuffled_cam_correlation,
            shuffled_difference_correlation,
            ..
        } => {
            let found = Found {
                change,
                cycle_error,
                steganography_index,
                identity_error,
                shuffled_difference: shuffled_difference_correlation,
                shuffled_cam: shuffled_cam_correlation,
            };
            finish(app);
            let file = |index: u32| Uint8Array::new(&message.get(index)).to_vec();
            checks::receive(app, found, &file(SHUFFLED_DIFFERENCE), &file(SHUFFLED_CAM));
            app.ready(STATUS_CHECKED);
        }
        Event::Diagnostics { facts } => diagnostics::show(app, &facts),
        Event::Progress { .. } | Event::Loaded { .. } => {}
    }
}

fn finish(app: &App) {
    app.with(|state| {
        state.running = None;
        state.question = None;
    });
}
