//! The worker, seen from the page: started when first needed, told what to do, listened to, stopped.

use crate::app::{App, Computed, Shown};
use crate::dom::{after_ms, by_id, document, message_of, set_text};
use crate::{checks, controls, diagnostics, hook, preparation};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use shared::explain::Direction;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::checks::Found;
use web::language::*;
use web::maps::{MAP_NAMES, Maps};
use web::protocol::{Backend, BackendChoice, Event, Request};
use web::wording;
use web_sys::{ErrorEvent, HtmlElement, HtmlProgressElement, MessageEvent, Worker, WorkerOptions, WorkerType};

/// How long a worker may take to hear a cancellation before it is ended.
const CANCEL_PATIENCE_MS: i32 = 300;

/// Places of the maps of shuffled weights in the message about checks, after its text and two others.
const SHUFFLED_CAM: u32 = 3;
const SHUFFLED_DIFFERENCE: u32 = 4;

/// A running worker.
pub struct Engine {
    worker: Worker,
    ready: bool,
    /// Requests from before the worker listened.
    waiting: Vec<Array>,
    /// Bundle that was asked for last.
    bundle_url: String,
    /// The device it said it uses, and its name.
    backend: Option<(Backend, String)>,
    /// Direction that was asked for last.
    direction: Option<Direction>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// Explains the image that is open.
pub fn explain(app: &App, chosen: Option<Direction>) {
    preparation::forget_failed(app);
    ask(app, chosen, |id, name, has_image, direction| Request::Explain { id, name, has_image, direction });
}

/// Asks the sanity checks of the image that is open, in the direction that is shown.
pub fn check(app: &App) {
    let shown = app.with(|state| state.shown.as_ref().map(|shown| shown.direction));
    let name = app.with(|state| Some(state.shown.as_ref()?.name == state.subject.as_ref()?.name));
    match (shown, name) {
        (Some(direction), Some(true)) => {
            ask(app, Some(direction), |id, name, has_image, direction| Request::Check {
                id,
                name,
                has_image,
                direction,
            });
        }
        _ => app.fail(ERROR_CHECKS_RAW),
    }
}

/// Sends the image that is open with a request about it.
fn ask(app: &App, chosen: Option<Direction>, request: impl FnOnce(u32, String, bool, Option<Direction>) -> Request) {
    let (subject, bundle) = app.with(|state| (state.subject.clone(), state.bundle.clone()));
    let (Some(subject), Some(bundle)) = (subject, bundle) else { return };
    if app.with(|state| state.running.is_some()) {
        return;
    }
    if app.with(|state| state.engine.is_none())
        && let Err(error) = start(app)
    {
        return app.fail(Message::of(ERROR_ENGINE_START, &[("reason", &message_of(&error))]));
    }
    let id = app.next_id();
    app.with(|state| {
        state.running = Some(id);
        state.cancelling = false;
        if let Some(engine) = &mut state.engine {
            engine.direction = chosen;
        }
    });
    hook::set_state("working");
    app.say(STATUS_ENGINE);
    set_progress(0.0);
    controls::refresh(app);

    if app.with(|state| state.engine.as_ref().is_some_and(|engine| engine.bundle_url != bundle.url)) {
        send(app, &Request::ChooseBundle { url: bundle.url.clone() }, &[]);
        app.with(|state| {
            if let Some(engine) = &mut state.engine {
                engine.bundle_url = bundle.url;
            }
        });
    }
    let request = request(id, subject.name, subject.image.is_some(), chosen.or(subject.direction));
    let mut buffers = vec![buffer_of(&subject.file)];
    buffers.extend(subject.image.as_deref().map(|image| buffer_of(image)));
    send(app, &request, &buffers);
}

/// Asks the engine about itself, where there is one.
pub fn ask_diagnostics(app: &App) {
    send(app, &Request::Diagnostics, &[]);
}

/// Stops the explanation that is being computed, if there is one.
pub fn cancel(app: &App) {
    let Some(id) = app.with(|state| state.running) else { return };
    app.with(|state| state.cancelling = true);
    send(app, &Request::Cancel { id }, &[]);
    let app = app.clone();
    after_ms(CANCEL_PATIENCE_MS, move || {
        // A worker deep in a computation hears nothing; ending it frees the processor at once.
        if app.with(|state| state.running == Some(id)) {
            stop(&app);
            app.ready(STATUS_CANCELLED);
        }
    });
}

/// Ends the worker; the next explanation starts a fresh one.
fn stop(app: &App) {
    let old = app.with(|state| {
        state.running = None;
        state.engine.take()
    });
    drop(old);
    show_badge(app);
}

/// Replaces a worker that broke on WebGPU by one on the CPU; tells of any other.
fn crashed(app: &App, reason: String) {
    let app = app.clone();
    // Not from inside the closures that are dropped with the engine.
    after_ms(0, move || {
        let was = app.with(|state| {
            let engine = state.engine.as_ref()?;
            Some((
                engine.backend.as_ref().map(|(kind, _)| *kind),
                state.running.is_some() && !state.cancelling,
                engine.direction,
            ))
        });
        // The second report of the same crash.
        let Some((backend, was_running, direction)) = was else { return };
        stop(&app);
        let may_fall_back = app.with(|state| state.asked.backend) == BackendChoice::Auto;
        if backend == Some(Backend::Webgpu) && may_fall_back && was_running {
            app.with(|state| {
                state.asked.backend = BackendChoice::Cpu;
                state.crash_note = Some(Message::of(ENGINE_LOST, &[("reason", &reason)]));
            });
            explain(&app, direction);
        } else {
            app.fail(Message::of(ERROR_ENGINE_STOPPED, &[("reason", &reason)]));
        }
    });
}

fn start(app: &App) -> Result<(), JsValue> {
    let name = document()?.query_selector("meta[name=agelens-worker]")?.and_then(|meta| meta.get_attribute("content"));
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&name.unwrap_or_else(|| "worker_loader.js".to_owned()), &options)?;

    let handle = app.clone();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| receive(&handle, &event));
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    let handle = app.clone();
    let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
        event.prevent_default();
        let reason = event.message();
        let unloaded = || Message::from(ERROR_ENGINE_PROGRAM).told(handle.language());
        let reason = if reason.is_empty() { unloaded() } else { reason };
        crashed(&handle, reason);
    });
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    app.with(|state| {
        state.engine_note = None;
        state.self_test = None;
        state.engine = Some(Engine {
            worker,
            ready: false,
            waiting: Vec::new(),
            bundle_url: String::new(),
            backend: None,
            direction: None,
            _on_message: on_message,
            _on_error: on_error,
        });
    });
    show_badge(app);
    let choice = app.chosen_backend();
    send(app, &Request::ChooseBackend { choice }, &[]);
    Ok(())
}

fn buffer_of(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}

fn send(app: &App, request: &Request, buffers: &[ArrayBuffer]) {
    let Ok(text) = serde_json::to_string(request) else { return };
    let message = Array::of1(&text.into());
    for buffer in buffers {
        message.push(buffer);
    }
    app.with(|state| match &mut state.engine {
        Some(engine) if engine.ready => post(&engine.worker, &message),
        Some(engine) => engine.waiting.push(message),
        None => {}
    });
}

fn post(worker: &Worker, message: &Array) {
    let buffers = message.slice(1, message.length());
    if let Err(error) = worker.post_message_with_transfer(message, &buffers) {
        web_sys::console::error_1(&error);
    }
}

fn receive(app: &App, event: &MessageEvent) {
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
    if let Some(id) = answers {
        let (running, cancelling) = app.with(|state| (state.running, state.cancelling));
        if running != Some(id) {
            return;
        }
        // What was finished while the wish to stop was on its way is not wanted any more: another image may be open.
        if cancelling {
            if !matches!(event, Event::Prepared { .. }) {
                finish(app);
                app.ready(STATUS_CANCELLED);
            }
            return;
        }
    }
    match event {
        Event::Ready => app.with(|state| {
            if let Some(engine) = &mut state.engine {
                engine.ready = true;
                for message in std::mem::take(&mut engine.waiting) {
                    post(&engine.worker, &message);
                }
            }
        }),
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
        Event::Prepared { quality, mni_from_world, seconds, warnings, width, height, .. } => {
            let found = preparation::Found { quality, mni_from_world, seconds, warnings, size: [width, height] };
            preparation::receive(app, &found, &message);
        }
        Event::Result {
            direction,
            probability_old_before,
            probability_old_after,
            seconds,
            backend,
            warnings,
            caution,
            ..
        } => {
            let computed = app.with(|state| Computed {
                backend,
                seconds,
                prepared_score: state.preparation.as_ref().map(|done| done.score),
                self_test: state.self_test,
                notes: [state.crash_note.clone(), state.engine_note.clone()]
                    .into_iter()
                    .flatten()
                    .chain(warnings.into_iter().map(Message::from))
                    .collect(),
            });
            let files: Vec<Vec<u8>> =
                (1..message.length()).map(|index| Uint8Array::new(&message.get(index)).to_vec()).collect();
            let maps = match files.as_slice() {
                [a, b, c, d] => Maps::read(MAP_NAMES, [a, b, c, d]),
                _ => Err(Message::from(ERROR_ENGINE_INCOMPLETE).told(app.language())),
            };
            let subject = app.with(|state| state.subject.clone());
            let Some(subject) = subject else { return finish(app) };
            // A phantom's truth holds for the way of its sample only.
            let truth = app.with(|state| {
                let shown = state.shown.as_ref()?;
                let is_same = shown.sample.is_some() && shown.sample == subject.sample && shown.direction == direction;
                if is_same { shown.maps.truth_to_nifti() } else { None }
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
                        let status = Message::of(STATUS_DONE, &[("name", &subject.name)]);
                        let caution = caution.map(Message::from);
                        let of_sample = app.with(|state| {
                            let shown = state.shown.as_ref()?;
                            if shown.sample.is_some() && shown.sample == subject.sample {
                                shown.caution.clone()
                            } else {
                                None
                            }
                        });
                        let shown = Shown {
                            maps,
                            name: subject.name,
                            sample: subject.sample,
                            direction,
                            probability_old_before,
                            probability_old_after,
                            computed: Some(computed),
                            caution: caution.or(of_sample),
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
    app.with(|state| state.running = None);
}

fn set_progress(fraction: f32) {
    if let Ok(progress) = by_id::<HtmlProgressElement>("progress") {
        progress.set_value(f64::from(fraction.clamp(0.0, 1.0)));
    }
}

/// Says which device computes.
pub fn show_badge(app: &App) {
    let language = app.language();
    let (backend, is_started, note) = app.with(|state| {
        let backend = state.engine.as_ref().and_then(|engine| engine.backend.clone());
        (backend, state.engine.is_some(), state.engine_note.clone())
    });
    let (state, label) = match backend {
        Some((kind, adapter)) => {
            let name = wording::backend_name(language, kind);
            let label = if adapter.is_empty() { name.to_owned() } else { format!("{name} · {adapter}") };
            (if kind == Backend::Webgpu { "webgpu" } else { "cpu" }, label)
        }
        None if is_started => ("starting", language.text(ENGINE_STARTING).to_owned()),
        None => ("idle", language.text(ENGINE_IDLE).to_owned()),
    };
    set_text("backend-badge", &label);
    if let Ok(badge) = by_id::<HtmlElement>("backend-badge") {
        let reason = note.filter(|_| is_started).map(|note| note.told(language));
        badge.set_title(&reason.unwrap_or_default());
        // The lamp repeats the label.
        let _ = badge.set_attribute("data-state", state);
    }
}
