//! The worker, seen from the page: started when first needed, told what to do, listened to, stopped.

mod answers;

use crate::app::App;
use crate::case::{Case, OpenBundle, Source};
use crate::dom::{after_ms, by_id, document, message_of, set_text, site_folder};
use crate::{controls, hook, preparation, privacy};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use shared::explain::Direction;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web::language::*;
use web::protocol::{Backend, BackendChoice, Request};
use web::wording;
use web_sys::{
    Blob, BlobPropertyBag, ErrorEvent, HtmlElement, HtmlProgressElement, MessageEvent, Url, Worker, WorkerOptions,
    WorkerType,
};

/// How long a worker may take to hear a cancellation before it is ended.
const CANCEL_PATIENCE_MS: i32 = 300;

thread_local! {
    /// Takes an error from the window, which would tell it as one of the page's.
    static QUIET: Closure<dyn FnMut(ErrorEvent)> = Closure::new(|event: ErrorEvent| event.prevent_default());
}

/// A running worker.
pub struct Engine {
    worker: Worker,
    /// Address of its program.
    program: String,
    ready: bool,
    /// Requests from before the worker listened.
    waiting: Vec<Array>,
    /// The bundle that it was told of last.
    bundle: Option<Rc<OpenBundle>>,
    /// The device it said it uses, and its name.
    backend: Option<(Backend, String)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        // An error that is on its way yet is of a program that nobody waits for.
        QUIET.with(|quiet| self.worker.set_onerror(Some(quiet.as_ref().unchecked_ref())));
        self.worker.terminate();
        // Memory of a few words, given back where the browser can.
        let _ = Url::revoke_object_url(&self.program);
    }
}

/// What is asked about a case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Explain,
    Check,
}

/// Explains the image that is open.
pub fn explain(app: &App, chosen: Option<Direction>) {
    preparation::forget_failed(app);
    ask_about_open(app, Question::Explain, chosen);
}

/// Asks the sanity checks of the image that is open, in the direction that is shown.
pub fn check(app: &App) {
    let shown = app.with(|state| state.shown.as_ref().map(|shown| shown.direction).filter(|_| !state.is_stale()));
    match shown {
        Some(direction) => ask_about_open(app, Question::Check, Some(direction)),
        None => app.fail(ERROR_CHECKS_RAW),
    }
}

fn ask_about_open(app: &App, question: Question, direction: Option<Direction>) {
    let id = app.next_id();
    let case = app.with(|state| {
        let (subject, bundle) = (state.subject.clone()?, state.bundle.clone()?);
        let is_free = state.running.is_none() && !state.is_opening;
        is_free.then(|| Rc::new(Case { id, bundle, subject, direction }))
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
        return app.fail(Message::of(ERROR_ENGINE_START, &[("reason", &message_of(&error))]));
    }
    app.with(|state| {
        state.running = Some(case.clone());
        state.question = Some(question);
        state.cancelling = false;
    });
    hook::set_state("working");
    app.say(STATUS_ENGINE);
    set_progress(0.0);
    controls::refresh(app);

    let (bundle, subject) = (&case.bundle, &case.subject);
    let is_other = |engine: &Engine| engine.bundle.as_ref().is_none_or(|known| !Rc::ptr_eq(known, bundle));
    if app.with(|state| state.engine.as_ref().is_some_and(is_other)) {
        // The manifest as the page read it: what lies on the server may be another by now.
        send(app, &Request::ChooseBundle { url: bundle.url.clone() }, &[buffer_of(&bundle.manifest_json).into()]);
        app.with(|state| {
            if let Some(engine) = &mut state.engine {
                engine.bundle = Some(bundle.clone());
            }
        });
    }
    let (id, name, has_image) = (case.id, subject.name.clone(), subject.image.is_some());
    let direction = case.direction.or(subject.direction);
    let request = match question {
        Question::Explain => Request::Explain { id, name, has_image, direction },
        Question::Check => Request::Check { id, name, has_image, direction },
    };
    let parcels: Vec<JsValue> =
        [Some(&subject.file), subject.image.as_ref()].into_iter().flatten().map(parcel).collect();
    send(app, &request, &parcels);
}

/// Asks the engine about itself, where there is one.
pub fn ask_diagnostics(app: &App) {
    send(app, &Request::Diagnostics, &[]);
}

/// Stops the explanation that is being computed, if there is one.
pub fn cancel(app: &App) {
    let Some(id) = app.with(|state| state.running.as_ref().map(|case| case.id)) else { return };
    app.with(|state| state.cancelling = true);
    send(app, &Request::Cancel { id }, &[]);
    let app = app.clone();
    after_ms(CANCEL_PATIENCE_MS, move || {
        // A worker deep in a computation hears nothing; ending it frees the processor at once.
        if app.with(|state| state.running.as_ref().is_some_and(|case| case.id == id)) {
            stop(&app);
            app.ready(STATUS_CANCELLED);
        }
    });
}

/// Ends the worker; the next explanation starts a fresh one.
fn stop(app: &App) {
    let old = app.with(|state| {
        state.running = None;
        state.question = None;
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
            let running = state.running.clone().filter(|_| !state.cancelling);
            Some((engine.backend.as_ref().map(|(kind, _)| *kind), running.zip(state.question)))
        });
        // The second report of the same crash.
        let Some((backend, was_running)) = was else { return };
        stop(&app);
        let may_fall_back = app.with(|state| state.asked.backend) == BackendChoice::Auto;
        match was_running {
            Some((case, question)) if backend == Some(Backend::Webgpu) && may_fall_back => {
                app.with(|state| {
                    state.asked.backend = BackendChoice::Cpu;
                    state.crash_note = Some(Message::of(ENGINE_LOST, &[("reason", &reason)]));
                });
                ask(&app, question, case);
            }
            _ => app.fail(Message::of(ERROR_ENGINE_STOPPED, &[("reason", &reason)])),
        }
    });
}

fn start(app: &App) -> Result<(), JsValue> {
    let program = program_address()?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&program, &options)?;

    let handle = app.clone();
    let on_message =
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| answers::receive(&handle, &event));
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
            program,
            ready: false,
            waiting: Vec::new(),
            bundle: None,
            backend: None,
            _on_message: on_message,
            _on_error: on_error,
        });
    });
    show_badge(app);
    privacy::engine_says(app, None);
    let choice = app.chosen_backend();
    send(app, &Request::Begin { site: site_folder(), choice }, &[]);
    Ok(())
}

/// Address of the worker's program: a blob of this page that loads it. A worker of such an address works under the page's own
/// security policy; one of an address on the site works under what the site's server sends with it, mostly nothing.
fn program_address() -> Result<String, JsValue> {
    let name = document()?.query_selector("meta[name=agelens-worker]")?.and_then(|meta| meta.get_attribute("content"));
    let loader = format!("{}{}", site_folder(), name.unwrap_or_else(|| "worker_loader.js".to_owned()));
    let text = format!("import {}", js_sys::JSON::stringify(&loader.into())?);
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &kind)?;
    Url::create_object_url_with_blob(&blob)
}

fn buffer_of(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}

/// A file as it goes to the worker: bytes are moved there, a file of the visitor's is named to it.
fn parcel(source: &Source) -> JsValue {
    match source {
        Source::Bytes(bytes) => buffer_of(bytes).into(),
        Source::File(file) => file.into(),
    }
}

fn send(app: &App, request: &Request, parcels: &[JsValue]) {
    let Ok(text) = serde_json::to_string(request) else { return };
    let message = Array::of1(&text.into());
    for parcel in parcels {
        message.push(parcel);
    }
    app.with(|state| match &mut state.engine {
        Some(engine) if engine.ready => post(&engine.worker, &message),
        Some(engine) => engine.waiting.push(message),
        None => {}
    });
}

fn post(worker: &Worker, message: &Array) {
    let buffers: Array = message.iter().filter(|part| part.is_instance_of::<ArrayBuffer>()).collect();
    if let Err(error) = worker.post_message_with_transfer(message, &buffers) {
        web_sys::console::error_1(&error);
    }
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
