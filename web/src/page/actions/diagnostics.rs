//! Facts for a report about a fault: gathered when they are asked for, and copied.

use super::engine;
use crate::app::App;
use crate::dom::{by_id, copy_text, listen_to, window};
use crate::state::Diagnosis;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::language::{STATUS_DIAGNOSTICS, STATUS_NOT_COPIED_TEXT};
use web_sys::{HtmlDialogElement, HtmlElement, MouseEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("diagnostics", "click", move |_: MouseEvent| {
        handle.update(|state| state.diagnosis = Some(Diagnosis { of_page: of_page(), of_engine: Vec::new() }));
        // The engine adds its own when it answers; one that was not started has none.
        engine::ask_diagnostics(&handle);
        if let Ok(dialog) = by_id::<HtmlDialogElement>("diagnostics-dialog") {
            // A dialog that is open already stays open.
            let _ = dialog.show_modal();
        }
    })?;
    let handle = app.clone();
    listen_to("diagnostics-copy", "click", move |_: MouseEvent| {
        let app = handle.clone();
        spawn_local(async move {
            let text = by_id::<HtmlElement>("diagnostics-text").ok().and_then(|place| place.text_content());
            match copy_text(&text.unwrap_or_default()).await {
                Ok(()) => app.say(STATUS_DIAGNOSTICS),
                Err(_) => app.say(STATUS_NOT_COPIED_TEXT),
            }
        });
    })
}

fn of_page() -> Vec<(&'static str, String)> {
    let mut facts = vec![("page", format!("AgeLens {}", env!("CARGO_PKG_VERSION")))];
    if let Ok(window) = window() {
        facts.push(("browser", window.navigator().user_agent().unwrap_or_default()));
        let size = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
        let (width, height) = (size(window.inner_width()), size(window.inner_height()));
        facts.push(("window", format!("{width} × {height} at {}", window.device_pixel_ratio())));
    }
    facts
}
