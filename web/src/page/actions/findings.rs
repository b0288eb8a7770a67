//! What can be done below the maps: tabs, rows of regions, cases of the cohort, checks.

use super::{engine, opening};
use crate::app::App;
use crate::dom::{bring_into_sight, by_id, listen, listen_to, target_within};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::maps::Maps;
use web::share::{Choice, Tab};
use web_sys::{Event, HtmlElement, HtmlInputElement, KeyboardEvent, MouseEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    for (tab, word) in Tab::ALL {
        let button: HtmlElement = by_id(&format!("tab-{word}"))?;
        let handle = app.clone();
        listen(&button, "click", move |_: MouseEvent| handle.update(|state| state.view.tab = *tab))?;
        let handle = app.clone();
        listen(&button, "keydown", move |event: KeyboardEvent| {
            if let Some(next) = neighbour(*tab, &event.key()) {
                event.prevent_default();
                handle.update(|state| state.view.tab = next);
                if let Ok(button) = by_id::<HtmlElement>(&format!("tab-{}", next.word())) {
                    // Without it the tab is open all the same.
                    let _ = button.focus();
                }
            }
        })?;
    }
    install_regions(app)?;
    install_cohort(app)?;
    install_checks(app)
}

/// The tab that a key leads to, as in any list of tabs.
fn neighbour(tab: Tab, key: &str) -> Option<Tab> {
    let tabs = Tab::ALL;
    let place = tabs.iter().position(|(own, _)| *own == tab)?;
    let to = match key {
        "ArrowRight" => (place + 1) % tabs.len(),
        "ArrowLeft" => (place + tabs.len() - 1) % tabs.len(),
        "Home" => 0,
        "End" => tabs.len() - 1,
        _ => return None,
    };
    tabs.get(to).map(|(tab, _)| *tab)
}

fn install_regions(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("regions-more", "click", move |_: MouseEvent| {
        handle.update(|state| state.has_all_regions = !state.has_all_regions);
    })?;
    let handle = app.clone();
    // One listener for all rows, which come and go.
    listen_to("regions-rows", "click", move |event: MouseEvent| {
        let largest = |maps: &Maps, voxels: &[usize]| maps.largest_change_of(voxels);
        let place = region_of(&event).and_then(|label| handle.with(|state| state.region(label, largest)).flatten());
        if let Some(place) = place {
            handle.update(|state| state.move_to(place));
            if let Ok(maps) = by_id::<HtmlElement>("maps") {
                // Without it, one scrolls there oneself.
                let _ = bring_into_sight(&maps);
            }
        }
    })?;
    for (kind, is_in) in [("pointerover", true), ("focusin", true), ("pointerleave", false), ("focusout", false)] {
        let handle = app.clone();
        listen_to("regions-rows", kind, move |event: Event| {
            let label = if is_in { region_of(&event) } else { None };
            // From cell to cell of one row nothing changes.
            if handle.with(|state| state.outlined != label) {
                handle.update(|state| state.outlined = label);
            }
        })?;
    }
    Ok(())
}

/// Label of the region whose row an event happened in.
fn region_of(event: &Event) -> Option<u16> {
    target_within(event, "tr[data-region]")?.get_attribute("data-region")?.parse().ok()
}

fn install_cohort(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("panel-cohort", "click", move |event: MouseEvent| {
        let button = target_within(&event, "button[data-case]");
        let Some(id) = button.and_then(|button| button.get_attribute("data-case")) else { return };
        let app = handle.clone();
        let index = app.with(|state| state.bundle.as_ref()?.manifest.samples.iter().position(|sample| sample.id == id));
        engine::cancel(&app);
        spawn_local(async move {
            if let Some(index) = index {
                opening::open_sample(&app, index).await;
            }
        });
    })
}

fn install_checks(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("checks-run", "click", move |_: MouseEvent| engine::check(&handle))?;
    let input: HtmlInputElement = by_id("checks-maps")?;
    let (handle, switch) = (app.clone(), input.clone());
    listen(&input, "change", move |_: Event| {
        handle.update(|state| {
            if let Some(checked) = &mut state.checked {
                checked.is_shown = switch.checked();
            }
        });
    })
}
