//! The opened classifier: it is asked for, its slice is chosen, and its cells are looked at and covered.

use super::engine;
use crate::app::App;
use crate::dom::{by_id, listen, listen_to, select, target_within};
use crate::state::State;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement, HtmlInputElement, KeyboardEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    // One listener for all buttons: cells come and go.
    listen_to("panel-inside", "click", move |event: Event| {
        let Some(button) = target_within(&event, "button") else { return };
        match &*button.id() {
            "inside-run" => engine::look_inside(&handle),
            "inside-cover" => handle.update(State::cover_slice),
            "inside-uncover" => handle.update(State::uncover_all),
            _ => {
                if let Some(place) = place_of(&event) {
                    handle.update(|state| state.turn_over(place));
                }
            }
        }
    })?;
    let slider: HtmlInputElement = by_id("inside-slice")?;
    let (handle, input) = (app.clone(), slider.clone());
    listen(&slider, "input", move |_: Event| {
        handle.update(|state| state.move_to_slice(input.value_as_number()));
    })?;
    for kind in ["pointerover", "focusin"] {
        let handle = app.clone();
        listen_to("inside-cells", kind, move |event: Event| {
            let place = place_of(&event);
            let is_other = |state: &State| state.inside.as_ref().is_some_and(|inside| inside.chosen != place);
            if place.is_some() && handle.with(is_other) {
                handle.update(|state| state.inside.iter_mut().for_each(|inside| inside.chosen = place));
            }
        })?;
    }
    let handle = app.clone();
    listen_to("inside-cells", "keydown", move |event: KeyboardEvent| {
        let lead = |state: &State| state.board()?.neighbour(place_of(&event)?, &event.key(), state.view.radiological);
        let next = handle.with(lead);
        if let Some([column, row]) = next {
            event.prevent_default();
            let cell = select::<HtmlElement>(&format!("#inside-cells [data-cell='{column},{row}']"));
            // That it is looked at follows from the focus.
            let _ = cell.map(|cell| cell.focus());
        }
    })
}

/// Column and row of the cell that an event happened in.
fn place_of(event: &Event) -> Option<[usize; 2]> {
    let cell = target_within(event, "[data-cell]")?.get_attribute("data-cell")?;
    let (column, row) = cell.split_once(',')?;
    Some([column.parse().ok()?, row.parse().ok()?])
}
