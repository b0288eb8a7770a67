//! What the engine says: progress, its device, results, checks, failures.

use super::engine::{crashed, finish, follow_dial, listen};
use crate::app::App;
use crate::case::Case;
use crate::state::{
    Checked, Computed, Found as Prepared, Glance, OpenInside, Preparation, Shown, State, Status, grey_matter,
};
use js_sys::{Array, Uint8Array};
use shared::explain::Inside;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web::aim::Aim;
use web::checks::Found;
use web::inside::floats_of;
use web::language::*;
use web::maps::{MAP_NAMES, Maps};
use web::protocol::{Backend, Event};
use web::told::Sentence;
use web::verdict::Answer;

/// Places of the maps of shuffled weights in the message about checks, after its text and two others.
const SHUFFLED_CAM: u32 = 3;
const SHUFFLED_DIFFERENCE: u32 = 4;

pub fn install() {
    listen(receive);
}

/// Takes a message of the engine.
fn receive(app: &App, message: &Array) {
    let Some(event) = message.get(0).as_string().and_then(|text| serde_json::from_str::<Event>(&text).ok()) else {
        return app.fail(ERROR_ENGINE_WORDS);
    };
    let answers = match &event {
        Event::Glance { id, .. }
        | Event::Prepared { id, .. }
        | Event::Result { id, .. }
        | Event::Checked { id, .. }
        | Event::Inside { id, .. }
        | Event::Cancelled { id } => Some(*id),
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
            if !matches!(event, Event::Glance { .. } | Event::Prepared { .. }) {
                cancelled(app);
            }
            return;
        }
    }
    match event {
        Event::Glance { .. }
        | Event::Prepared { .. }
        | Event::Result { .. }
        | Event::Checked { .. }
        | Event::Inside { .. } => {
            if let Some(case) = running {
                found(app, case, event, message);
            }
        }
        Event::Cancelled { .. } => cancelled(app),
        Event::Failure { error, .. } => app.update(|state| {
            finish(state);
            state.dial = None;
            state.fail(error);
        }),
        Event::Crashed { reason } => crashed(app, reason.into()),
        Event::Loaded { .. } => {}
        of_engine => app.update(|state| hear(state, of_engine)),
    }
}

fn cancelled(app: &App) {
    app.update(|state| {
        finish(state);
        state.ready(STATUS_CANCELLED);
    });
    follow_dial(app, true);
}

/// What the engine says of itself, and how far it is.
fn hear(state: &mut State, event: Event) {
    match event {
        Event::Ready { is_confined } => {
            if let Some(engine) = &mut state.engine {
                engine.is_there();
            }
            state.privacy.engine_is_confined = Some(is_confined);
        }
        Event::Refused => state.privacy.refused_to_engine += 1,
        Event::Progress { stage, fraction, bytes } if state.running.is_some() => {
            state.status = Some(Status::Stage(stage, bytes));
            state.progress = fraction;
        }
        Event::Backend { kind, adapter, reason } => {
            state.engine_note = reason.map(Message::from);
            if let Some(engine) = &mut state.engine {
                engine.backend = Some((kind, adapter));
            }
        }
        Event::SelfTest { max_abs_difference, passed, .. } => state.self_test = Some((passed, max_abs_difference)),
        Event::Diagnostics { facts } => {
            if let Some(diagnosis) = &mut state.diagnosis {
                diagnosis.of_engine = facts;
            }
        }
        _ => {}
    }
}

/// What it found of a case.
fn found(app: &App, case: Rc<Case>, event: Event, message: &Array) {
    match event {
        Event::Glance { is_map, sizes, .. } => {
            let glance = Glance::new((case.id, case.subject.key), is_map, sizes, message);
            app.update(|state| state.glance = Some(glance));
        }
        Event::Prepared {
            quality, reasons, found: image, mni_from_world, seconds, warnings, width, height, ..
        } => {
            let map = quality.passed.then(|| grey_matter(message));
            let size = [width, height];
            let found = Prepared { quality, reasons, image, mni_from_world, seconds, warnings, size };
            let of = (case.id, case.subject.key, case.subject.name.clone());
            let preparation = Preparation::new(of, found, message);
            drop(app.update(|state| state.take_preparation(preparation, map)));
        }
        Event::Result {
            direction,
            probability_old_before,
            probability_old_after,
            familiarity,
            age,
            amount,
            seconds,
            backend,
            warnings,
            caution,
            ..
        } => {
            if app.with(|state| state.is_overtaken(&case)) {
                app.update(|state| {
                    finish(state);
                    state.ready(Message::of(STATUS_SHOWING, &[("name", &case.subject.name)]));
                });
                return follow_dial(app, true);
            }
            let answer = Answer {
                direction,
                probability_old_before,
                probability_old_after,
                familiarity,
                age,
                target_years: case.aim.and_then(Aim::years),
                is_there: amount == 0.0,
                is_mean: case.subject.is_mean(),
            };
            let computed = app.with(|state| computed(state, &case, (backend, seconds), warnings));
            let caution = caution.map(Message::from);
            let shown = app.with(|state| shown(state, case.clone(), answer, computed, caution, message));
            match shown {
                Ok(shown) => show(app, shown),
                Err(message) => app.update(|state| {
                    finish(state);
                    state.fail(message);
                }),
            }
        }
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
            let [difference, cam] =
                [SHUFFLED_DIFFERENCE, SHUFFLED_CAM].map(|index| Uint8Array::new(&message.get(index)).to_vec());
            app.update(|state| {
                finish(state);
                let shuffled = state.shown.as_ref().and_then(|shown| shown.maps.with_others(&difference, &cam).ok());
                state.checked = Some(Checked { found, shuffled, is_shown: false });
                state.ready(STATUS_CHECKED);
            });
        }
        Event::Inside { .. } => {
            let numbers = [1, 2, 3, 4, 5].map(|index| floats_of(&Uint8Array::new(&message.get(index)).to_vec()));
            let found = Inside::from_numbers(numbers);
            app.update(|state| {
                finish(state);
                match found {
                    Some(found) => {
                        state.inside = Some(OpenInside::new(case, found));
                        state.ready(STATUS_INSIDE);
                    }
                    None => state.fail(ERROR_ENGINE_INCOMPLETE),
                }
            });
        }
        _ => {}
    }
}

fn computed(state: &State, case: &Case, (backend, seconds): (Backend, f64), warnings: Vec<Sentence>) -> Computed {
    let prepared = state.preparation.as_ref().filter(|made| made.subject_key == case.subject.key);
    let notes = [state.crash_note.clone(), state.engine_note.clone()].into_iter().flatten();
    Computed {
        backend,
        seconds,
        prepared: prepared.map(|made| (made.found.image, made.found.quality.score)),
        self_test: state.self_test,
        notes: notes.chain(warnings.into_iter().map(Message::from)).collect(),
    }
}

/// What is known of a sample besides holds on: its caution, and its truth where the way is the same.
fn shown(
    state: &State,
    case: Rc<Case>,
    answer: Answer,
    computed: Computed,
    caution: Option<Message>,
    message: &Array,
) -> Result<Shown, Message> {
    let files: Vec<Vec<u8>> =
        (1..message.length()).map(|index| Uint8Array::new(&message.get(index)).to_vec()).collect();
    let maps = match files.as_slice() {
        [a, b, c, d] => Maps::read(MAP_NAMES, [a, b, c, d]).map_err(Sentence::from)?,
        _ => return Err(ERROR_ENGINE_INCOMPLETE.into()),
    };
    let same = state.shown.as_ref().filter(|shown| shown.case.subject.key == case.subject.key);
    let same = same.filter(|_| !case.subject.is_own());
    // The truth leads to the other group, not to any age.
    let is_truth_of = |shown: &&Shown| shown.answer.direction == answer.direction && answer.target_years.is_none();
    let truth = same.filter(is_truth_of);
    let maps = match truth.and_then(|shown| shown.maps.truth_to_nifti()) {
        Some(truth) => maps.with_truth("truth", &truth).map_err(Sentence::from)?,
        None => maps,
    };
    let caution = caution.or(same.and_then(|shown| shown.caution.clone()));
    Ok(Shown::new(case, maps, answer, Some(computed), caution))
}

fn show(app: &App, shown: Shown) {
    let (id, status) = (shown.case.id, Message::of(STATUS_DONE, &[("name", &shown.case.subject.name)]));
    app.update(|state| {
        finish(state);
        state.show(shown);
    });
    follow_dial(app, true);
    let app = app.clone();
    spawn_local(async move {
        app.drawn().await;
        app.update(|state| {
            // What was opened meanwhile says so itself.
            if !state.is_stale() && state.shown.as_ref().is_some_and(|shown| shown.case.id == id) {
                state.settle(status);
            }
        });
    });
}
