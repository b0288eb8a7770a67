//! Messages between this worker and the page, in the form that `web::protocol` describes.

use futures::channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web::protocol::{Event, Request};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// A request with the files that belong to it.
pub struct Letter {
    pub request: Request,
    pub buffers: Vec<Vec<u8>>,
}

/// Requests in the order in which they came.
pub struct Mailbox {
    pub letters: UnboundedReceiver<Letter>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

fn scope() -> Result<DedicatedWorkerGlobalScope, JsValue> {
    js_sys::global().dyn_into().map_err(|_| JsValue::from_str("this program runs in a dedicated worker only"))
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
                None => {
                    let message = "The page asked for something this engine does not know. Reload the page.".to_owned();
                    post(&Event::Failure { id: None, message }, &[]);
                }
            }
        });
        scope()?.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Mailbox { letters, _on_message: on_message })
    }
}

fn read(event: &MessageEvent) -> Option<Letter> {
    let message: Array = event.data().dyn_into().ok()?;
    let request = serde_json::from_str(&message.get(0).as_string()?).ok()?;
    let buffers = (1..message.length()).map(|index| Uint8Array::new(&message.get(index)).to_vec()).collect();
    Some(Letter { request, buffers })
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
        let reason = info.payload_as_str().unwrap_or("an unknown reason").to_owned();
        let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        web_sys::console::error_1(&format!("{reason}{place}").into());
        post(&Event::Crashed { reason }, &[]);
    }));
}
