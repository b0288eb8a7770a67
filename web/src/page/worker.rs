//! The worker as a thing: started, told what to do, ended. What it says goes to whoever started it.

use crate::case::{OpenBundle, Source};
use crate::dom::{document, site_folder};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web::protocol::{Backend, Request};
use web_sys::{Blob, BlobPropertyBag, ErrorEvent, MessageEvent, Url, Worker, WorkerOptions, WorkerType};

thread_local! {
    /// Takes an error from the window, which would tell it as one of the page's.
    static QUIET: Closure<dyn FnMut(ErrorEvent)> = Closure::new(|event: ErrorEvent| event.prevent_default());
}

/// A running worker.
pub struct Engine {
    worker: Worker,
    /// Address of its program.
    program: String,
    is_ready: bool,
    /// Requests from before the worker listened.
    waiting: Vec<Array>,
    /// The bundle that it was told of last.
    pub bundle: Option<Rc<OpenBundle>>,
    /// The device it said it uses, and its name.
    pub backend: Option<(Backend, String)>,
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

impl Engine {
    /// `on_message` hears all it says, `on_error` why it broke (nothing where its program could not be loaded). Neither may
    /// drop the engine at once: they are part of it.
    pub fn start(
        mut on_message: impl FnMut(MessageEvent) + 'static,
        mut on_error: impl FnMut(String) + 'static,
    ) -> Result<Self, JsValue> {
        let program = program_address()?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&program, &options)?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| on_message(event));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            on_error(event.message());
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Engine {
            worker,
            program,
            is_ready: false,
            waiting: Vec::new(),
            bundle: None,
            backend: None,
            _on_message: on_message,
            _on_error: on_error,
        })
    }

    /// It listens from now on.
    pub fn is_there(&mut self) {
        self.is_ready = true;
        for message in std::mem::take(&mut self.waiting) {
            self.post(&message);
        }
    }

    /// Sends a request with what belongs to it, as soon as the worker listens.
    pub fn send(&mut self, request: &Request, parcels: &[JsValue]) {
        let Ok(text) = serde_json::to_string(request) else { return };
        let message = Array::of1(&text.into());
        for parcel in parcels {
            message.push(parcel);
        }
        match self.is_ready {
            true => self.post(&message),
            false => self.waiting.push(message),
        }
    }

    fn post(&self, message: &Array) {
        let buffers: Array = message.iter().filter(|part| part.is_instance_of::<ArrayBuffer>()).collect();
        if let Err(error) = self.worker.post_message_with_transfer(message, &buffers) {
            web_sys::console::error_1(&error);
        }
    }
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

/// Bytes as they go to the worker.
pub fn buffer_of(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}

/// A file as it goes to the worker: bytes are moved there, a file of the visitor's is named to it.
pub fn parcel(source: &Source) -> JsValue {
    match source {
        Source::Bytes(bytes) => buffer_of(bytes).into(),
        Source::File(file) => file.into(),
    }
}
