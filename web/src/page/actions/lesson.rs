//! The steps of a lesson: opened, predicted, shown again, closed.

use super::{link, practice, qr_code};
use crate::app::App;
use crate::dom::{by_id, listen_to, target_within};
use crate::state::State;
use wasm_bindgen::prelude::*;
use web::share::Link;
use web_sys::{HtmlElement, MouseEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("lessons-open", "click", move |_: MouseEvent| match handle.with(|state| state.lesson.is_some()) {
        true => close(&handle),
        false => go_to(&handle, handle.with(next_place)),
    })?;
    let handle = app.clone();
    // One listener for all its buttons, which come and go.
    listen_to("lesson", "click", move |event: MouseEvent| {
        let Some(button) = target_within(&event, "button") else { return };
        let number = |name: &str| button.get_attribute(name).and_then(|value| value.parse::<usize>().ok());
        if let Some(option) = number("data-option") {
            predict(&handle, option);
        } else if let Some(lesson) = number("data-lesson") {
            go_to(&handle, lesson);
        } else {
            match button.get_attribute("data-do").as_deref() {
                Some("close") => close(&handle),
                Some("again") if handle.with(State::is_practising) => practice::begin_again(&handle),
                Some("again") => open_view(&handle),
                Some("share") => link::copy(&handle),
                Some("qr") => qr_code::open(&handle),
                Some("sliders") => practice::show(),
                _ => {}
            }
        }
    })
}

/// The first lesson that was not answered yet; the first of all where all were.
fn next_place(state: &State) -> usize {
    let is_new = |id: &str| !state.answered.contains(id);
    state.lessons().iter().position(|lesson| is_new(&lesson.id)).unwrap_or(0)
}

fn go_to(app: &App, position: usize) {
    let Some(lesson) = app.with(|state| state.lessons().get(position).copied()) else { return };
    app.update(|state| state.open_lesson(Some(&lesson.id)));
    open_view(app);
    if let (Ok(section), Ok(maps)) = (by_id::<HtmlElement>("lesson"), by_id::<HtmlElement>("maps")) {
        // Where the lesson lies over the page, it is the maps that come into view; elsewhere the lesson is.
        maps.scroll_into_view();
        section.scroll_into_view();
        focus(&section, "h2");
    }
}

/// Opens the view that the lesson speaks of. What is open besides stays open where it needs none.
fn open_view(app: &App) {
    if app.with(State::is_practising) {
        return practice::begin(app);
    }
    let (lesson, embed) = app.with(|state| (state.lesson.as_ref().map(|lesson| lesson.id.clone()), state.is_embedded));
    if lesson.is_some() {
        link::begin(app, Link { lesson, embed, ..Link::default() });
    }
}

fn close(app: &App) {
    app.update(|state| state.lesson = None);
    if let Ok(button) = by_id::<HtmlElement>("lessons-open") {
        // Where the keyboard came from.
        let _ = button.focus();
    }
}

fn predict(app: &App, option: usize) {
    app.update(|state| state.predict(option));
    if let Ok(section) = by_id::<HtmlElement>("lesson") {
        focus(&section, ".reveal");
    }
}

/// What is focused is read out; without it nothing is lost.
fn focus(section: &HtmlElement, selector: &str) {
    if let Ok(Some(element)) = section.query_selector(selector) {
        let _ = element.unchecked_into::<HtmlElement>().focus();
    }
}
