//! The visitor's scan is forgotten when they say so: by the page, by the viewer, and by the engine, which is ended, since only
//! that gives its memory back.

use super::{dicom, engine};
use crate::app::App;
use crate::dom::{by_id, focus_in_place, listen_to, window};
use wasm_bindgen::prelude::*;
use web::language::STATUS_FORGOTTEN;
use web_sys::{HtmlElement, MouseEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    let app = app.clone();
    listen_to("forget", "click", move |_: MouseEvent| {
        dicom::cancel(&app);
        let mut has_sample = true;
        let mut prepared = None;
        engine::stop(&app, |state| {
            state.dial = None;
            (prepared, has_sample) = state.forget_own();
            state.settle(STATUS_FORGOTTEN);
        });
        drop(prepared);
        // Nothing could be shown before: the page starts anew, and so is empty of it too.
        if !has_sample && let Ok(window) = window() {
            // A page that cannot be loaded again shows nothing of it either.
            let _ = window.location().reload();
        }
        // The button is gone; whoever works by the keyboard goes on at the maps.
        if let Ok(maps) = by_id::<HtmlElement>("maps") {
            let _ = focus_in_place(&maps);
        }
    })
}
