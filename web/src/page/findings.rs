//! What is told below the maps, in tabs: regions, the cohort's table, checks, the model card.

use crate::app::App;
use crate::dom::{append, by_id, listen, set_hidden, set_text};
use crate::{cohort, link, regions};
use wasm_bindgen::prelude::*;
use web::language::*;
use web::share::{Choice, Tab};
use web::wording::number;
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    for (tab, word) in Tab::ALL {
        let button: HtmlElement = by_id(&format!("tab-{word}"))?;
        let handle = app.clone();
        listen(&button, "click", move |_: MouseEvent| {
            choose(&handle, *tab);
            link::keep(&handle);
        })?;
        let handle = app.clone();
        listen(&button, "keydown", move |event: KeyboardEvent| {
            if let Some(next) = neighbour(*tab, &event.key()) {
                event.prevent_default();
                choose(&handle, next);
                link::keep(&handle);
                if let Ok(button) = by_id::<HtmlElement>(&format!("tab-{}", next.word())) {
                    // Without it the tab is open all the same.
                    let _ = button.focus();
                }
            }
        })?;
    }
    regions::install(app)
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

/// Opens a tab.
pub fn choose(app: &App, tab: Tab) {
    app.with(|state| state.view.tab = tab);
    // A part of the page that is missing would have stopped the start.
    let _ = try_choose(tab);
}

fn try_choose(tab: Tab) -> Result<(), JsValue> {
    for (own, word) in Tab::ALL {
        let button: Element = by_id(&format!("tab-{word}"))?;
        let is_open = *own == tab;
        button.set_attribute("aria-selected", if is_open { "true" } else { "false" })?;
        match is_open {
            true => button.remove_attribute("tabindex")?,
            false => button.set_attribute("tabindex", "-1")?,
        }
        set_hidden(&format!("panel-{word}"), !is_open);
    }
    Ok(())
}

/// Writes regions and cohort anew.
pub fn show(app: &App) {
    // As above.
    let _ = regions::show(app);
    let _ = cohort::show(app);
    show_agreement(app);
}

/// How the difference goes with the truth, where it is known.
fn show_agreement(app: &App) {
    let language = app.language();
    let found = app.with(|state| {
        let shown = state.shown.as_ref()?;
        shown.maps.agreement(shown.case.bundle.mask.as_ref()?)
    });
    set_hidden("agreement", found.is_none());
    if let Some(found) = found {
        let values = [("correlation", &*number(found.correlation, 2)), ("size", &*number(found.size_ratio, 2))];
        set_text("agreement", &language.fill(AGREEMENT, &values));
    }
}

/// Empties a table's body.
pub fn cleared(id: &str) -> Result<HtmlElement, JsValue> {
    let body: HtmlElement = by_id(id)?;
    body.set_text_content(None);
    Ok(body)
}

/// A heading cell of a row.
pub fn row_heading(line: &Element, text: &str) -> Result<Element, JsValue> {
    let cell = append(line, "th", text)?;
    cell.set_attribute("scope", "row")?;
    Ok(cell)
}
