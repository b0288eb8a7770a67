//! Facts for a report about a fault: device, browser, bundle. Nothing about images.

use crate::app::App;
use crate::dom::{by_id, copy_text, listen_to, set_text, window};
use crate::engine;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::language::{STATUS_DIAGNOSTICS, STATUS_NOT_COPIED_TEXT};
use web_sys::{HtmlDialogElement, HtmlElement, MouseEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("diagnostics", "click", move |_: MouseEvent| {
        show(&handle, &[]);
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

/// Writes the facts of the page and of the engine.
pub fn show(app: &App, of_engine: &[(String, String)]) {
    let mut facts = vec![("page".to_owned(), format!("AgeLens {}", env!("CARGO_PKG_VERSION")))];
    if let Ok(window) = window() {
        let navigator = window.navigator();
        facts.push(("browser".to_owned(), navigator.user_agent().unwrap_or_default()));
        let size = |value: Result<JsValue, JsValue>| value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0);
        facts.push((
            "window".to_owned(),
            format!(
                "{} × {} at {}",
                size(window.inner_width()),
                size(window.inner_height()),
                window.device_pixel_ratio()
            ),
        ));
    }
    app.with(|state| {
        facts.push(("language".to_owned(), state.language.code().to_owned()));
        facts.push(("asked for".to_owned(), format!("{:?}", state.asked.backend)));
        if let Some(bundle) = &state.bundle {
            facts.push(("model".to_owned(), format!("{} {}", bundle.id, bundle.version)));
        }
        if let Some((passed, difference)) = state.self_test {
            facts.push(("self-test".to_owned(), format!("passed: {passed}, difference {difference:.1e}")));
        }
        facts.push(("atlas".to_owned(), state.atlas.is_some().to_string()));
    });
    // The page says it already; an address may hold more than it should.
    let of_engine = of_engine
        .iter()
        .filter(|(name, _)| name != "bundle")
        .map(|(name, value)| (format!("engine: {name}"), value.clone()));
    let text: String = facts.into_iter().chain(of_engine).map(|(name, value)| format!("{name}: {value}\n")).collect();
    set_text("diagnostics-text", text.trim_end());
}
