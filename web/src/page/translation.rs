//! The page's language: chosen by the link, the visitor's last choice or the browser, and put into the document.

use crate::app::App;
use crate::dom::{document, listen, select, select_all, window};
use crate::{checks, controls, engine, lesson, link, preparation, privacy, results, sight};
use wasm_bindgen::prelude::*;
use web::language::{Key, Language};
use web_sys::{Element, Event, HtmlInputElement, Storage};

/// Where the browser keeps the choice.
const STORED: &str = "agelens-language";

/// Attributes that name a text, and where it goes.
const PLACES: [(&str, Place); 3] = [
    ("data-text", Place::Content),
    ("data-label", Place::Attribute("aria-label")),
    ("data-tip", Place::Attribute("title")),
];

#[derive(Clone, Copy)]
enum Place {
    Content,
    Attribute(&'static str),
}

pub fn install(app: &App) -> Result<(), JsValue> {
    for input in select_all::<HtmlInputElement>("input[name=language]")? {
        let (app, chosen) = (app.clone(), input.clone());
        listen(&input, "change", move |_: Event| {
            if let Some(language) = Language::from_tag(&chosen.value()) {
                if let Some(storage) = storage() {
                    // Forgotten where the browser keeps nothing.
                    let _ = storage.set_item(STORED, language.code());
                }
                speak(&app, language);
                link::keep(&app);
            }
        })?;
    }
    speak(app, first_language());
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

/// Puts the page into a language.
pub fn speak(app: &App, language: Language) {
    app.with(|state| state.language = language);
    // A part of the page that is missing would have stopped the start.
    let _ = fill_document(language);
    app.tell();
    controls::retell(app);
    engine::show_badge(app);
    privacy::show(app);
    results::show_card(app);
    app.retell_result();
    checks::show(app);
    preparation::retell(app);
    lesson::show(app);
    sight::read_out(app);
}

fn fill_document(language: Language) -> Result<(), JsValue> {
    if let Some(root) = document()?.document_element() {
        root.set_attribute("lang", language.code())?;
    }
    fill(language, "")?;
    let chosen: HtmlInputElement = select(&format!("input[name=language][value={}]", language.code()))?;
    chosen.set_checked(true);
    Ok(())
}

/// Writes the texts below `selector` (all where it is empty) that elements ask for.
pub fn fill(language: Language, selector: &str) -> Result<(), JsValue> {
    for (attribute, place) in PLACES {
        for element in select_all::<Element>(&format!("{selector} [{attribute}]"))? {
            let Some(key) = element.get_attribute(attribute).and_then(|name| Key::named(&name)) else { continue };
            match place {
                Place::Content => element.set_text_content(Some(language.text(key))),
                Place::Attribute(name) => element.set_attribute(name, language.text(key))?,
            }
        }
    }
    Ok(())
}
