//! The worker, seen from the page: started when first needed, told what to do, listened to, stopped.

use crate::app::{App, Shown};
use crate::dom::{after_ms, by_id, document, message_of, set_text};
use crate::{controls, hook, preparation};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use shared::explain::Direction;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::maps::{MAP_NAMES, Maps};
use web::protocol::{Backend, BackendChoice, Event, Request};
use web::{prepared, wording};
use web_sys::{ErrorEvent, HtmlElement, HtmlProgressElement, MessageEvent, Worker, WorkerOptions, WorkerType};

/// How long a worker may take to hear a cancellation before it is ended.
const CANCEL_PATIENCE_MS: i32 = 300;

/// A running worker.
pub struct Engine {
    worker: Worker,
    ready: bool,
    /// Requests from before the worker listened.
    waiting: Vec<Array>,
    /// Bundle that was asked for last.
    bundle_url: String,
    /// The device it said it uses.
    backend: Option<Backend>,
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
    let (subject, bundle) = app.with(|state| (state.subject.clone(), state.bundle.clone()));
    let (Some(subject), Some(bundle)) = (subject, bundle) else { return };
    if app.with(|state| state.running.is_some()) {
        return;
    }
    if app.with(|state| state.engine.is_none())
        && let Err(error) = start(app)
    {
        return app.fail(&format!("The engine could not start: {}. Reload the page.", message_of(&error)));
    }
    preparation::forget_failed(app);
    let id = app.next_id();
    app.with(|state| {
        state.running = Some(id);
        state.cancelling = false;
        if let Some(engine) = &mut state.engine {
            engine.direction = chosen;
        }
    });
    hook::set_state("working");
    set_text("status", "Starting the engine…");
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
    let request = Request::Explain {
        id,
        name: subject.name,
        has_image: subject.image.is_some(),
        direction: chosen.or(subject.direction),
    };
    let mut buffers = vec![buffer_of(&subject.file)];
    buffers.extend(subject.image.as_deref().map(|image| buffer_of(image)));
    send(app, &request, &buffers);
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
            app.ready("Cancelled.");
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
    set_badge("idle", "Engine not started", "");
}

/// Replaces a worker that broke on WebGPU by one on the CPU; tells of any other.
fn crashed(app: &App, reason: String) {
    let app = app.clone();
    // Not from inside the closures that are dropped with the engine.
    after_ms(0, move || {
        let was = app.with(|state| {
            let engine = state.engine.as_ref()?;
            Some((engine.backend, state.running.is_some() && !state.cancelling, engine.direction))
        });
        // The second report of the same crash.
        let Some((backend, was_running, direction)) = was else { return };
        stop(&app);
        let may_fall_back = app.with(|state| state.asked.backend) == BackendChoice::Auto;
        if backend == Some(Backend::Webgpu) && may_fall_back && was_running {
            app.with(|state| {
                state.asked.backend = BackendChoice::Cpu;
                state.crash_note = format!("WebGPU stopped ({reason}).");
            });
            explain(&app, direction);
        } else {
            app.fail(&format!("The engine stopped: {reason}. Try again, or add ?backend=cpu to the address."));
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
        let reason = if reason.is_empty() { "its program could not be loaded".to_owned() } else { reason };
        crashed(&handle, reason);
    });
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    set_badge("starting", "Engine starting", "");
    app.with(|state| {
        state.engine_note.clear();
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
    let choice = app.with(|state| state.asked.backend);
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
        return app.fail("The engine answered in words this page does not know. Reload the page.");
    };
    let answers = match &event {
        Event::Prepared { id, .. } | Event::Result { id, .. } | Event::Cancelled { id } => Some(*id),
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
                app.ready("Cancelled.");
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
            set_text("status", &wording::stage(stage, bytes));
            set_progress(fraction);
        }
        Event::Backend { kind, adapter, reason } => {
            let state = match kind {
                Backend::Webgpu => "webgpu",
                Backend::Cpu => "cpu",
            };
            let name = wording::backend_name(kind);
            let label = if adapter.is_empty() { name.to_owned() } else { format!("{name} · {adapter}") };
            set_badge(state, &label, &reason);
            app.with(|state| {
                state.engine_note = [state.crash_note.as_str(), reason.as_str()].join(" ").trim().to_owned();
                if let Some(engine) = &mut state.engine {
                    engine.backend = Some(kind);
                }
            });
        }
        Event::SelfTest { max_abs_difference, passed, .. } => app.with(|state| {
            state.self_test_note = match passed {
                true => format!("Self-test passed: within {max_abs_difference:.0e} of the native result."),
                false => format!("Self-test failed: {max_abs_difference:.0e} from the native result."),
            }
        }),
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
            let provenance = app.with(|state| {
                let mut sentences = vec![format!("{}.", wording::provenance(backend, seconds))];
                sentences.extend(state.preparation.as_ref().map(|done| prepared::provenance(done.score)));
                sentences.extend([state.engine_note.clone(), state.self_test_note.clone()]);
                sentences.extend(warnings);
                sentences.retain(|sentence| !sentence.is_empty());
                sentences.join(" ")
            });
            let files: Vec<Vec<u8>> =
                (1..message.length()).map(|index| Uint8Array::new(&message.get(index)).to_vec()).collect();
            let maps = match files.as_slice() {
                [a, b, c, d] => Maps::read(MAP_NAMES, [a, b, c, d]),
                _ => Err("The engine’s answer is incomplete. Reload the page.".to_owned()),
            };
            let name = app.with(|state| state.subject.as_ref().map(|subject| subject.name.clone())).unwrap_or_default();
            finish(app);
            let app = app.clone();
            spawn_local(async move {
                match maps {
                    Ok(maps) => {
                        let status = format!("Done: {name}.");
                        let shown = Shown {
                            maps,
                            name,
                            direction,
                            probability_old_before,
                            probability_old_after,
                            backend: Some(backend),
                            provenance,
                            caution,
                        };
                        app.show(shown).await;
                        app.ready(&status);
                    }
                    Err(message) => app.fail(&message),
                }
            });
        }
        Event::Cancelled { .. } => {
            finish(app);
            app.ready("Cancelled.");
        }
        Event::Failure { message, .. } => {
            finish(app);
            app.fail(&message);
        }
        Event::Crashed { reason } => crashed(app, reason),
        Event::Progress { .. } | Event::Loaded { .. } | Event::Diagnostics { .. } => {}
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

fn set_badge(state: &str, label: &str, reason: &str) {
    set_text("backend-badge", label);
    if let Ok(badge) = by_id::<HtmlElement>("backend-badge") {
        badge.set_title(reason);
        // The lamp repeats the label.
        let _ = badge.set_attribute("data-state", state);
    }
}
