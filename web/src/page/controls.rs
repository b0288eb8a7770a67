//! The bench: bundle, sample, direction, the button, cancel.

use crate::app::App;
use crate::case::Subject;
use crate::dom::{by_id, document, listen, select, set_hidden, set_text};
use crate::{engine, link, opening};
use shared::explain::Direction;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::language::*;
use web::share::Choice;
use web_sys::{Event, HtmlButtonElement, HtmlElement, HtmlInputElement, HtmlOptionElement, HtmlSelectElement};

/// Value of the option that stands for the visitor's own file.
const OWN_FILE: &str = "own";
/// Value of the direction that the classifier decides.
const AUTO: &str = "auto";

pub fn install(app: &App) -> Result<(), JsValue> {
    let bundle: HtmlSelectElement = by_id("bundle")?;
    let (handle, list) = (app.clone(), bundle.clone());
    listen(&bundle, "change", move |_: Event| {
        let (app, id) = (handle.clone(), list.value());
        engine::cancel(&app);
        app.clear_notices();
        app.with(|state| state.is_bundle_chosen = true);
        spawn_local(async move {
            opening::open_bundle(&app, &id, None).await;
        });
    })?;

    let sample: HtmlSelectElement = by_id("sample")?;
    let (handle, list) = (app.clone(), sample.clone());
    listen(&sample, "change", move |_: Event| {
        let (app, value) = (handle.clone(), list.value());
        engine::cancel(&app);
        app.clear_notices();
        spawn_local(async move {
            match value.parse::<usize>() {
                Ok(index) => {
                    opening::open_sample(&app, index).await;
                }
                Err(_) => opening::open_own(&app).await,
            }
        });
    })?;

    let handle = app.clone();
    let bench: HtmlElement = by_id("bench")?;
    listen(&bench, "submit", move |event: Event| {
        event.prevent_default();
        handle.clear_error();
        handle.clear_notices();
        engine::explain(&handle, chosen_direction());
    })?;
    let handle = app.clone();
    listen(&bench, "change", move |_: Event| link::keep(&handle))?;

    let handle = app.clone();
    let button: HtmlButtonElement = by_id("cancel")?;
    listen(&button, "click", move |_: Event| engine::cancel(&handle))
}

/// Which image the list shows as chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// By its place in the manifest.
    Sample(usize),
    /// The visitor's.
    Own,
    /// None is open, so that any can be chosen.
    Nothing,
}

/// Fills the lists of bundles and images.
pub fn list(app: &App, chosen: Chosen) {
    // A part of the page that is missing would have stopped the start.
    let _ = try_list(app, chosen);
}

fn try_list(app: &App, chosen: Chosen) -> Result<(), JsValue> {
    let language = app.language();
    let (bundles, open, own) = app.with(|state| {
        let own = state.own.as_ref().map(|(subject, _)| subject.name.clone());
        (state.bundles.clone(), state.bundle.clone(), own)
    });
    let list: HtmlSelectElement = by_id("bundle")?;
    list.set_text_content(None);
    for entry in &bundles {
        let title = entry.title.as_deref().unwrap_or(&entry.id);
        append(&list, &language.say(title), &entry.id, open.as_ref().is_some_and(|open| open.id == entry.id))?;
    }
    list.set_disabled(bundles.len() < 2);
    let Some(open) = open else { return Ok(()) };
    set_text("bundle-title", &language.say(&open.manifest.title));
    let list: HtmlSelectElement = by_id("sample")?;
    list.set_text_content(None);
    for (index, sample) in open.manifest.samples.iter().enumerate() {
        append(&list, &language.say(&sample.title), &index.to_string(), chosen == Chosen::Sample(index))?;
    }
    if let Some(name) = &own {
        append(&list, name, OWN_FILE, chosen == Chosen::Own)?;
    }
    if chosen == Chosen::Nothing {
        list.set_selected_index(-1);
    }
    list.set_disabled(list.length() == 0);
    Ok(())
}

fn append(list: &HtmlSelectElement, text: &str, value: &str, chosen: bool) -> Result<(), JsValue> {
    let option: HtmlOptionElement = document()?.create_element("option")?.unchecked_into();
    option.set_text(text);
    option.set_value(value);
    option.set_selected(chosen);
    list.append_child(&option).map(drop)
}

/// Writes lists and buttons anew, as for another language.
pub fn retell(app: &App) {
    let chosen = app.with(|state| match (&state.subject, &state.bundle) {
        (Some(Subject { sample: Some(id), .. }), Some(bundle)) => {
            let place = bundle.manifest.samples.iter().position(|own| own.id == *id);
            place.map_or(Chosen::Nothing, Chosen::Sample)
        }
        (Some(_), _) => Chosen::Own,
        (None, _) => Chosen::Nothing,
    });
    list(app, chosen);
    refresh(app);
}

/// None: the classifier decides.
pub fn chosen_direction() -> Option<Direction> {
    let input: HtmlInputElement = select("input[name=direction]:checked").ok()?;
    Direction::from_word(&input.value())
}

/// Chooses a direction as the visitor would.
pub fn choose_direction(direction: Option<Direction>) {
    let word = direction.map_or(AUTO, Direction::word);
    if let Ok(input) = select::<HtmlInputElement>(&format!("input[name=direction][value={word}]")) {
        input.set_checked(true);
    }
}

/// Buttons and progress as the state has it.
pub fn refresh(app: &App) {
    let (language, is_sample, working, is_stale) = app.with(|state| {
        let is_sample = state.subject.as_ref().map(|subject| !subject.is_own()).filter(|_| !state.is_opening);
        (state.language, is_sample, state.running.is_some(), state.is_stale())
    });
    for id in ["explain", "checks-run"] {
        if let Ok(button) = by_id::<HtmlButtonElement>(id) {
            button.set_disabled(working || is_sample.is_none());
        }
    }
    let label = match (working, is_sample) {
        (true, _) => BENCH_WORKING,
        (false, Some(true)) => BENCH_COMPUTE,
        (false, _) => BENCH_EXPLAIN,
    };
    set_text("explain", language.text(label));
    set_hidden("cancel", !working);
    set_hidden("progress", !working);
    if let Ok(maps) = by_id::<HtmlElement>("maps") {
        // The verdict names the image it belongs to; the pictures only fade.
        let _ = maps.class_list().toggle_with_force("stale", is_stale);
    }
}
