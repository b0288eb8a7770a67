//! The sanity checks in the page: asked for, shown as a table, and their maps beside the original.

use crate::app::App;
use crate::dom::{append, by_id, listen, listen_to, set_hidden, set_text};
use crate::findings::{cleared, row_heading};
use crate::{engine, sight};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::checks::{Found, rows};
use web::language::*;
use web::maps::Maps;
use web_sys::{Event, HtmlElement, HtmlInputElement, MouseEvent};

/// What the engine found for the image that is shown.
pub struct Checked {
    pub found: Found,
    /// The image with the maps of shuffled weights.
    pub shuffled: Option<Maps>,
    /// Whether these are on the screen.
    pub is_shown: bool,
}

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("checks-run", "click", move |_: MouseEvent| {
        handle.clear_error();
        engine::check(&handle);
    })?;
    let maps: HtmlInputElement = by_id("checks-maps")?;
    let (handle, input) = (app.clone(), maps.clone());
    listen(&maps, "change", move |_: Event| {
        let is_shown = input.checked();
        handle.with(|state| {
            if let Some(checked) = &mut state.checked {
                checked.is_shown = is_shown;
            }
        });
        name_panels(&handle);
        let app = handle.clone();
        spawn_local(async move { sight::tell(&app, sight::show(&app).await.map(|()| JsValue::UNDEFINED)) });
    })
}

/// Takes the engine's answer.
pub fn receive(app: &App, found: Found, difference: &[u8], cam: &[u8]) {
    app.with(|state| {
        let shuffled = state.shown.as_ref().and_then(|shown| shown.maps.with_others(difference, cam).ok());
        state.checked = Some(Checked { found, shuffled, is_shown: false });
    });
    show(app);
}

/// Writes the table, or takes it away where nothing was checked yet.
pub fn show(app: &App) {
    // A part of the page that is missing would have stopped the start.
    let _ = try_show(app);
    name_panels(app);
}

fn try_show(app: &App) -> Result<(), JsValue> {
    let (language, found, is_shown) = app.with(|state| {
        let checked = state.checked.as_ref();
        (state.language, checked.map(|checked| checked.found), checked.is_some_and(|checked| checked.is_shown))
    });
    let maps: HtmlInputElement = by_id("checks-maps")?;
    maps.set_disabled(found.is_none());
    maps.set_checked(is_shown);
    set_hidden("checks-table", found.is_none());
    let body = cleared("checks-rows")?;
    for row in found.iter().flat_map(|found| rows(language, found)) {
        let line = append(&body, "tr", "")?;
        if !row.passed {
            line.set_class_name("outside");
        }
        row_heading(&line, row.question)?;
        append(&line, "td", &row.found)?;
        append(&line, "td", row.meaning)?;
    }
    Ok(())
}

/// Maps of shuffled weights must not be taken for the others.
fn name_panels(app: &App) {
    let (language, is_shown) =
        app.with(|state| (state.language, state.checked.as_ref().is_some_and(|checked| checked.is_shown)));
    let (difference, cam) = match is_shown {
        true => (PANEL_SHUFFLED_DIFFERENCE, PANEL_SHUFFLED_CAM),
        false => (PANEL_DIFFERENCE, PANEL_CAM),
    };
    set_text("difference-title", language.text(difference));
    set_text("cam-title", language.text(cam));
    if let Ok(maps) = by_id::<HtmlElement>("maps") {
        // The titles say it; the frame only repeats it.
        let _ = maps.class_list().toggle_with_force("shuffled", is_shown);
    }
}
