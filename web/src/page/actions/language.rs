//! The page's language: chosen by the visitor, remembered from their last visit, or the browser's.

use crate::app::App;
use crate::dom::{listen, select_all, window};
use wasm_bindgen::prelude::*;
use web::language::Language;
use web_sys::{Event, HtmlInputElement, Storage};

/// Where the browser keeps the choice.
const STORED: &str = "agelens-language";

pub fn install(app: &App) -> Result<(), JsValue> {
    for input in select_all::<HtmlInputElement>("input[name=language]")? {
        let (app, chosen) = (app.clone(), input.clone());
        listen(&input, "change", move |_: Event| {
            if let Some(language) = Language::from_tag(&chosen.value()) {
                if let Some(storage) = storage() {
                    // Forgotten where the browser keeps nothing.
                    let _ = storage.set_item(STORED, language.code());
                }
                app.update(|state| state.language = language);
            }
        })?;
    }
    app.update(|state| state.language = first_language());
    Ok(())
}

/// The visitor's last choice, else the browser's language, else English.
fn first_language() -> Language {
    let stored = storage().and_then(|storage| storage.get_item(STORED).ok().flatten());
    let browser = window().ok().and_then(|window| window.navigator().language());
    stored.or(browser).and_then(|tag| Language::from_tag(&tag)).unwrap_or_default()
}

fn storage() -> Option<Storage> {
    window().ok()?.local_storage().ok().flatten()
}
