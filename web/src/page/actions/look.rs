//! How the maps are looked at: view mode, blend and wipe, threshold, opacity, contrast, convention, one made large.
//!
//! No control here computes an explanation again.

use crate::app::App;
use crate::dom::{by_id, document, listen, listen_to, select, select_all};
use crate::state::State;
use crate::viewer::drawing;
use wasm_bindgen::prelude::*;
use web::share::{Choice, Mode};
use web_sys::{Event, HtmlElement, HtmlInputElement, KeyboardEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    for input in select_all::<HtmlInputElement>("input[name=mode]")? {
        let (app, chosen) = (app.clone(), input.clone());
        listen(&input, "change", move |_: Event| {
            app.update(|state| state.view.mode = Mode::from_word(&chosen.value()).unwrap_or_default());
        })?;
    }
    on_input(app, "blend", |state, value| {
        state.view.blend = value;
        state.view.wipe = None;
    })?;
    on_input(app, "wipe", |state, value| state.view.wipe = Some(value))?;
    on_input(app, "threshold", |state, value| state.view.threshold = value)?;
    on_input(app, "opacity", |state, value| state.view.opacity = value)?;
    on_input(app, "contrast", |state, value| state.view.white = value)?;
    on_switch(app, "anatomy", |state, on| state.view.anatomy = on)?;
    on_switch(app, "all-maps", |state, on| state.view.all_maps = on)?;
    on_switch(app, "radiological", |state, on| state.view.radiological = on)?;
    on_switch(app, "clip", |state, on| state.is_body_closed = !on)?;
    let handle = app.clone();
    listen_to("keep", "click", move |_: Event| handle.update(State::keep_or_let_go))?;
    listen_to("volume-reset", "click", move |_: Event| {
        if let Some(viewer) = drawing() {
            viewer.reset_volume_view();
        }
    })?;
    for (index, button) in select_all::<HtmlElement>(".enlarge")?.iter().enumerate() {
        let app = app.clone();
        // Made large, or all equal again.
        listen(button, "click", move |_: Event| {
            app.update(|state| state.enlarged = Some(index).filter(|index| state.enlarged != Some(*index)));
        })?;
    }
    let handle = app.clone();
    listen(document()?.as_ref(), "keydown", move |event: KeyboardEvent| {
        // A dialog that is open takes the key for itself.
        let is_free = event.key() == "Escape" && select::<HtmlElement>("dialog[open]").is_err();
        if is_free && handle.with(|state| state.enlarged.is_some()) {
            handle.update(|state| state.enlarged = None);
        }
    })
}

fn on_input(app: &App, id: &str, change: fn(&mut State, f64)) -> Result<(), JsValue> {
    let input: HtmlInputElement = by_id(id)?;
    let (app, slider) = (app.clone(), input.clone());
    listen(&input, "input", move |_: Event| app.update(|state| change(state, slider.value_as_number())))
}

fn on_switch(app: &App, id: &str, change: fn(&mut State, bool)) -> Result<(), JsValue> {
    let input: HtmlInputElement = by_id(id)?;
    let (app, switch) = (app.clone(), input.clone());
    listen(&input, "change", move |_: Event| app.update(|state| change(state, switch.checked())))
}
