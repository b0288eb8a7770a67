//! Messages between this worker and the page, in the form that `web::protocol` describes.

use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::{Array, Uint8Array};
use std::borrow::Cow;
use wasm_bindgen::prelude::*;
use web::pieces::read_blob;
use web::protocol::{Event, Request};
use web::told::engine::{Crash, EngineError};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

/// A request with what belongs to it.
pub struct Letter {
    pub request: Request,
    pub parcels: Vec<Parcel>,
}

/// A file that came with a request.
pub enum Parcel {
    Bytes(Vec<u8>),
    /// On the visitor's disk, not read yet.
    File(File),
}

impl Parcel {
    pub fn bytes(&self) -> f64 {
        match self {
            Parcel::Bytes(bytes) => bytes.len() as f64,
            Parcel::File(file) => file.size(),
        }
    }

    /// Its first bytes, at most so many.
    pub async fn start(&self, bytes: u64) -> Result<Vec<u8>, EngineError> {
        match self {
            Parcel::Bytes(all) => Ok(all[..all.len().min(usize::try_from(bytes).unwrap_or(usize::MAX))].to_vec()),
            Parcel::File(file) => {
                let start = file.slice_with_f64_and_f64(0.0, bytes as f64).map_err(|_| unreadable(file))?;
                read_blob(&start, |_| ()).await.map_err(|_| unreadable(file))
            }
        }
    }

    /// All of it.
    pub async fn whole(&self) -> Result<Cow<'_, [u8]>, EngineError> {
        match self {
            Parcel::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Parcel::File(file) => read_blob(file, |_| ()).await.map(Cow::Owned).map_err(|_| unreadable(file)),
        }
    }
}

fn unreadable(file: &File) -> EngineError {
    EngineError::Unreadable { name: file.name() }
}

/// Requests in the order in which they came.
pub struct Mailbox {
    pub letters: UnboundedReceiver<Letter>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

fn scope() -> Result<DedicatedWorkerGlobalScope, JsValue> {
    js_sys::global().dyn_into().map_err(|_| JsValue::from_str("this program runs only in a dedicated worker"))
}

impl Mailbox {
    /// Listens from now on; `on_cancel` hears cancellations at once, ahead of what still waits.
    pub fn open(mut on_cancel: impl FnMut(u32) + 'static) -> Result<Self, JsValue> {
        let (sender, letters) = unbounded();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match read(&event) {
                Some(Letter { request: Request::Cancel { id }, .. }) => on_cancel(id),
                // The receiver lives as long as the worker.
                Some(letter) => drop(sender.unbounded_send(letter)),
                None => post(&Event::Failure { id: None, error: EngineError::UnknownRequest.into() }, &[]),
            }
        });
        scope()?.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Mailbox { letters, _on_message: on_message })
    }
}

fn read(event: &MessageEvent) -> Option<Letter> {
    let message: Array = event.data().dyn_into().ok()?;
    let request = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let parcel = |index| match message.get(index).dyn_into::<File>() {
        Ok(file) => Parcel::File(file),
        Err(buffer) => Parcel::Bytes(Uint8Array::new(&buffer).to_vec()),
    };
    Some(Letter { request, parcels: (1..message.length()).map(parcel).collect() })
}

/// Posts an event with its files.
pub fn post(event: &Event, files: &[Vec<u8>]) {
    let outcome = scope().and_then(|scope| {
        let text = serde_json::to_string(event).map_err(|error| JsValue::from_str(&error.to_string()))?;
        let message = Array::of1(&text.into());
        let buffers: Array = files.iter().map(|file| Uint8Array::from(file.as_slice()).buffer()).collect();
        for buffer in buffers.iter() {
            message.push(&buffer);
        }
        scope.post_message_with_transfer(&message, &buffers)
    });
    if let Err(error) = outcome {
        web_sys::console::error_1(&error);
    }
}

/// Time in ms that only ever grows.
pub fn now_ms() -> f64 {
    scope().ok().and_then(|scope| scope.performance()).map_or_else(js_sys::Date::now, |clock| clock.now())
}

/// Tells the page when this program breaks, before it does.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let reason = info.payload_as_str().map_or(Crash::Unknown, |detail| Crash::Panic { detail: detail.to_owned() });
        let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        web_sys::console::error_1(&format!("{reason}{place}").into());
        post(&Event::Crashed { reason: reason.into() }, &[]);
    }));
}
