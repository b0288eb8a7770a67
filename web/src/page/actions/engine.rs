//! What is asked of the engine: it is started when first needed, and ended where it hears nothing or broke.

use super::stops::{self, Outcome};
use crate::app::App;
use crate::case::Case;
use crate::dom::{after_ms, reason_of, site_folder};
use crate::state::{Phase, Question, Shown, State};
use crate::worker::{Engine, buffer_of, parcel};
use js_sys::Array;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::aim::Aim;
use web::language::*;
use web::origin::Origin;
use web::protocol::{Backend, BackendChoice, Place, Request};
use web::told::Sentence;
use web::told::engine::Crash;

/// How long a worker may take to hear a cancellation before it is ended.
const CANCEL_PATIENCE_MS: i32 = 300;

/// Takes a message of the engine.
pub type Listener = fn(&App, &Array);

thread_local! {
    static LISTENER: Cell<Option<Listener>> = const { Cell::new(None) };
}

/// From now on this hears all that engines say.
pub fn listen(listener: Listener) {
    LISTENER.set(Some(listener));
}

/// Explains the image that is open.
pub fn explain(app: &App, aim: Option<Aim>) {
    // A preparation that failed goes before the image is tried again.
    let has_failed = app.with(|state| state.preparation.as_ref().is_some_and(|made| !made.found.quality.passed));
    if has_failed {
        drop(app.update(|state| state.preparation.take()));
    }
    ask_about_open(app, Question::Explain, aim);
}

/// Asks the sanity checks of the image that is open, led to what is shown.
pub fn check(app: &App) {
    app.update(State::clear_error);
    let shown = app.with(|state| state.still_shown().map(Shown::led_to));
    match shown {
        Some(aim) => ask_about_open(app, Question::Check, Some(aim)),
        None => app.fail(ERROR_CHECKS_RAW),
    }
}

/// Opens the classifier for the image that is open, where that is what is shown.
pub fn look_inside(app: &App) {
    app.update(State::clear_error);
    if app.with(|state| state.still_shown().is_some()) {
        ask_about_open(app, Question::Inside, None);
    }
}

fn ask_about_open(app: &App, question: Question, aim: Option<Aim>) {
    let case = app.update(|state| {
        let (subject, bundle) = (state.subject.clone()?, state.bundle.clone()?);
        let is_free = state.may_ask();
        is_free.then(|| Rc::new(Case { id: state.next_id(), bundle, subject, aim }))
    });
    if let Some(case) = case {
        ask(app, question, case);
    }
}

/// Sends a case; its answer comes back with it.
fn ask(app: &App, question: Question, case: Rc<Case>) {
    if app.with(|state| state.engine.is_none())
        && let Err(error) = start(app)
    {
        return app.fail(Message::because(ERROR_ENGINE_START, reason_of(&error)));
    }
    app.update(|state| {
        send(state, question, &case);
        state.running = Some(case);
        state.question = Some(question);
        state.cancelling = false;
        state.progress = 0.0;
        state.phase = Phase::Working;
        state.say(STATUS_ENGINE);
    });
}

fn send(state: &mut State, question: Question, case: &Case) {
    let is_explained = state.is_explained();
    let Some(engine) = &mut state.engine else { return };
    let (bundle, subject) = (&case.bundle, &case.subject);
    let glances = subject.is_own() && !is_explained;
    if engine.bundle.as_ref().is_none_or(|known| !Rc::ptr_eq(known, bundle)) {
        // The manifest as the page read it: what lies there may be another by now.
        let mut parcels: Vec<JsValue> = vec![buffer_of(&bundle.manifest_json).into()];
        let place = match &bundle.origin {
            Origin::Site(url) => Place::Site(url.clone()),
            Origin::Disk(folder) => {
                parcels.extend(folder.0.values().map(JsValue::from));
                Place::Disk(folder.0.keys().cloned().collect())
            }
        };
        engine.send(&Request::ChooseBundle { place }, &parcels);
        engine.bundle = Some(bundle.clone());
    }
    let (id, name, has_image) = (case.id, subject.name.clone(), subject.image.is_some());
    let aim = case.aim.or(subject.direction.map(Aim::Group));
    let request = match question {
        Question::Explain => Request::Explain { id, name, has_image, glances, aim },
        Question::Check => Request::Check { id, name, has_image, aim },
        Question::Inside => Request::Inside { id, name, has_image },
    };
    let parcels: Vec<JsValue> =
        [Some(&subject.file), subject.image.as_ref()].into_iter().flatten().map(parcel).collect();
    engine.send(&request, &parcels);
}

/// Asks the engine about itself, where there is one.
pub fn ask_diagnostics(app: &App) {
    app.update(|state| {
        if let Some(engine) = &mut state.engine {
            engine.send(&Request::Diagnostics, &[]);
        }
    });
}

/// Stops what is being computed, if anything is.
pub fn cancel(app: &App) {
    let Some(id) = app.with(|state| state.running.as_ref().map(|case| case.id)) else { return };
    app.update(|state| {
        state.cancelling = true;
        // At once: where it is turned before the engine has heard, that is wanted.
        state.dial = None;
        if let Some(engine) = &mut state.engine {
            engine.send(&Request::Cancel { id }, &[]);
        }
    });
    let app = app.clone();
    after_ms(CANCEL_PATIENCE_MS, move || {
        // A worker deep in a computation hears nothing; ending it frees the processor at once.
        if app.with(|state| state.running.as_ref().is_some_and(|case| case.id == id)) {
            stop(&app, |state| state.ready(STATUS_CANCELLED));
            follow_dial(&app, true);
        }
    });
}

/// Shows what the dial says: of a sample, the nearest age that was computed beforehand; else, and once the visitor lets the dial
/// rest between two of these, what the engine computes.
pub fn follow_dial(app: &App, rests: bool) {
    let app = app.clone();
    spawn_local(async move { turn_dial(&app, rests).await });
}

/// The same; resolves when what was computed beforehand is shown.
pub async fn turn_dial(app: &App, rests: bool) {
    let Some(stop) = app.with(State::stop_near_dial) else { return compute_dial(app) };
    let wants_more = match stops::show(app, &stop).await {
        Outcome::Shown => !stop.is_exact,
        Outcome::Missing => true,
        Outcome::Overtaken => false,
    };
    if rests && wants_more {
        compute_dial(app);
    }
}

/// Computes what the dial says, unless it is shown or the engine is busy: then it comes later.
fn compute_dial(app: &App) {
    let wanted = app.with(|state| {
        let wanted = Aim::Age(state.dial?);
        let is_shown = state.shown.as_ref().is_some_and(|shown| shown.case.aim == Some(wanted)) && !state.is_stale();
        Some(wanted).filter(|_| state.may_ask() && !is_shown)
    });
    if wanted.is_some() {
        explain(app, wanted);
    }
}

/// What was asked is over.
pub fn finish(state: &mut State) {
    state.running = None;
    state.question = None;
}

/// Ends the worker; the next question starts a fresh one.
pub fn stop(app: &App, then: impl FnOnce(&mut State)) {
    let old = app.update(|state| {
        finish(state);
        let old = state.engine.take();
        then(state);
        old
    });
    drop(old);
}

/// Replaces a worker that broke on WebGPU by one on the CPU; tells of any other.
pub fn crashed(app: &App, reason: Message) {
    let app = app.clone();
    // Not from inside the closures that are dropped with the engine.
    after_ms(0, move || {
        let was = app.with(|state| {
            let engine = state.engine.as_ref()?;
            let running = state.running.clone().filter(|_| !state.cancelling);
            Some((engine.backend.as_ref().map(|(kind, _)| *kind), running.zip(state.question)))
        });
        // The second report of the same crash.
        let Some((backend, was_running)) = was else { return };
        let may_fall_back = app.with(|state| state.asked.backend) == BackendChoice::Auto;
        match was_running {
            Some((case, question)) if backend == Some(Backend::Webgpu) && may_fall_back => {
                stop(&app, |state| {
                    state.asked.backend = BackendChoice::Cpu;
                    state.crash_note = Some(Message::because(ENGINE_LOST, reason));
                });
                ask(&app, question, case);
            }
            _ => stop(&app, |state| {
                state.dial = None;
                state.fail(Message::because(ERROR_ENGINE_STOPPED, reason));
            }),
        }
    });
}

fn start(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    let on_message = move |event: web_sys::MessageEvent| {
        if let (Some(listener), Ok(message)) = (LISTENER.get(), event.data().dyn_into::<Array>()) {
            listener(&handle, &message);
        }
    };
    let handle = app.clone();
    let on_error = move |reason: String| {
        let said = |detail: String| Message::from(Sentence::from(Crash::Panic { detail }));
        crashed(&handle, if reason.is_empty() { ERROR_ENGINE_PROGRAM.into() } else { said(reason) });
    };
    let mut engine = Engine::start(on_message, on_error)?;
    app.update(|state| {
        engine.send(&Request::Begin { site: site_folder(), choice: state.asked.backend }, &[]);
        state.engine_note = None;
        state.self_test = None;
        state.privacy.engine_is_confined = None;
        state.engine = Some(engine);
    });
    Ok(())
}
