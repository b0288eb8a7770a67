//! The bench: bundle, sample, direction, the button, cancel.

use crate::app::App;
use crate::dom::{by_id, document, listen, select, set_hidden, set_text};
use crate::engine;
use shared::bundle::Manifest;
use shared::explain::Direction;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::address::BundleEntry;
use web_sys::{Event, HtmlButtonElement, HtmlElement, HtmlInputElement, HtmlOptionElement, HtmlSelectElement};

/// Value of the option that stands for the user's own file.
const OWN_FILE: &str = "own";

pub fn install(app: &App) -> Result<(), JsValue> {
    let bundle: HtmlSelectElement = by_id("bundle")?;
    let (handle, list) = (app.clone(), bundle.clone());
    listen(&bundle, "change", move |_: Event| {
        let (app, id) = (handle.clone(), list.value());
        engine::cancel(&app);
        spawn_local(async move { app.open_bundle(&id).await });
    })?;

    let sample: HtmlSelectElement = by_id("sample")?;
    let (handle, list) = (app.clone(), sample.clone());
    listen(&sample, "change", move |_: Event| {
        let app = handle.clone();
        let Ok(index) = list.value().parse::<usize>() else { return };
        engine::cancel(&app);
        drop_own_file(&list);
        spawn_local(async move { app.open_sample(index).await });
    })?;

    let handle = app.clone();
    let bench: HtmlElement = by_id("bench")?;
    listen(&bench, "submit", move |event: Event| {
        event.prevent_default();
        handle.clear_error();
        engine::explain(&handle, chosen_direction());
    })?;

    let handle = app.clone();
    let button: HtmlButtonElement = by_id("cancel")?;
    listen(&button, "click", move |_: Event| engine::cancel(&handle))
}

/// Fills the list of bundles.
pub fn list_bundles(entries: &[BundleEntry], chosen: &str) -> Result<(), JsValue> {
    let list: HtmlSelectElement = by_id("bundle")?;
    list.set_text_content(None);
    for entry in entries {
        let title = entry.title.as_deref().unwrap_or(&entry.id);
        append(&list, title, &entry.id, entry.id == chosen)?;
    }
    list.set_disabled(entries.len() < 2);
    Ok(())
}

/// Fills the list of samples.
pub fn list_samples(manifest: &Manifest, chosen: usize) -> Result<(), JsValue> {
    let list: HtmlSelectElement = by_id("sample")?;
    list.set_text_content(None);
    for (index, sample) in manifest.samples.iter().enumerate() {
        append(&list, &sample.title, &index.to_string(), index == chosen)?;
    }
    list.set_disabled(manifest.samples.is_empty());
    set_text("bundle-title", &manifest.title);
    Ok(())
}

/// Shows the user's own file as the chosen image.
pub fn mark_own_file(name: &str) {
    let Ok(list) = by_id::<HtmlSelectElement>("sample") else { return };
    drop_own_file(&list);
    // Without the option the status line still names the file.
    let _ = append(&list, name, OWN_FILE, true);
    list.set_disabled(false);
}

fn drop_own_file(list: &HtmlSelectElement) {
    if let Ok(Some(option)) = list.query_selector(&format!("option[value={OWN_FILE}]")) {
        option.remove();
    }
}

fn append(list: &HtmlSelectElement, text: &str, value: &str, chosen: bool) -> Result<(), JsValue> {
    let option: HtmlOptionElement = document()?.create_element("option")?.unchecked_into();
    option.set_text(text);
    option.set_value(value);
    option.set_selected(chosen);
    list.append_child(&option).map(drop)
}

/// None: the classifier decides.
fn chosen_direction() -> Option<Direction> {
    let input: HtmlInputElement = select("input[name=direction]:checked").ok()?;
    match input.value().as_str() {
        "young_to_old" => Some(Direction::YoungToOld),
        "old_to_young" => Some(Direction::OldToYoung),
        _ => None,
    }
}

/// Buttons and progress as the state has it.
pub fn refresh(app: &App) {
    let (subject, working, is_stale) = app.with(|state| {
        let name = state.shown.as_ref().map(|shown| &shown.name);
        let is_stale = state.subject.as_ref().is_some_and(|subject| Some(&subject.name) != name);
        (state.subject.as_ref().map(|subject| subject.is_sample), state.running.is_some(), is_stale)
    });
    if let Ok(button) = by_id::<HtmlButtonElement>("explain") {
        button.set_disabled(working || subject.is_none());
    }
    let label = match (working, subject) {
        (true, _) => "Working…",
        (false, Some(true)) => "Compute in browser",
        (false, _) => "Explain this image",
    };
    set_text("explain", label);
    set_hidden("cancel", !working);
    set_hidden("progress", !working);
    if let Ok(maps) = by_id::<HtmlElement>("maps") {
        // The verdict names the image it belongs to; the pictures only fade.
        let _ = maps.class_list().toggle_with_force("stale", is_stale);
    }
}
