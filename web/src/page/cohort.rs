//! The cohort's Table 1 in the page; its numbers open their cases.

use crate::app::App;
use crate::dom::{append, document, listen_to};
use crate::findings::{cleared, row_heading};
use crate::{engine, opening};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::cohort::{Cell, Row, table};
use web::language::*;
use web_sys::{Element, MouseEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("panel-cohort", "click", move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let button = target.and_then(|target| target.closest("button[data-case]").ok().flatten());
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

/// Writes the table of the open bundle.
pub fn show(app: &App) -> Result<(), JsValue> {
    let language = app.language();
    let panel = cleared("panel-cohort")?;
    let Some(bundle) = app.bundle() else { return Ok(()) };
    let Some([old, young, aged, rejuvenated]) = table(language, &bundle.manifest) else {
        return append(&panel, "p", language.text(COHORT_NONE)).map(drop);
    };
    let subjects = bundle.manifest.performance.test_subjects.to_string();
    let mut about = vec![language.fill(COHORT_ABOUT, &[("subjects", &subjects)])];
    if !bundle.manifest.phantom {
        about.push(language.text(COHORT_ABOUT_PEOPLE).to_owned());
    }
    append(&panel, "p", &language.join(&about))?;
    let scroll = append(&panel, "div", "")?;
    scroll.set_class_name("scroll");
    let element = append(&scroll, "table", "")?;
    element.set_class_name("figures table-one");
    for (title, rows) in [(COHORT_BEFORE, [old, young]), (COHORT_AFTER, [aged, rejuvenated])] {
        let head = append(&append(&element, "thead", "")?, "tr", "")?;
        for text in [title, COHORT_JUDGED_OLD, COHORT_JUDGED_YOUNG, COHORT_CORRECT, COHORT_THESIS] {
            append(&head, "th", language.text(text))?.set_attribute("scope", "col")?;
        }
        let body = append(&element, "tbody", "")?;
        for row in &rows {
            write_row(&body, row)?;
        }
    }
    Ok(())
}

fn write_row(body: &Element, row: &Row) -> Result<(), JsValue> {
    let line = append(body, "tr", "")?;
    row_heading(&line, &row.name)?;
    for cell in &row.cells {
        write_cell(&append(&line, "td", "")?, cell)?;
    }
    append(&line, "td", &row.share)?;
    append(&line, "td", &row.thesis).map(drop)
}

fn write_cell(place: &Element, cell: &Cell) -> Result<(), JsValue> {
    if cell.is_wanted {
        place.set_class_name("wanted");
    }
    let count = cell.count.to_string();
    let Some((id, words)) = &cell.case else {
        place.set_text_content(Some(&count));
        return Ok(());
    };
    let button = document()?.create_element("button")?;
    button.set_attribute("type", "button")?;
    button.set_class_name("link");
    button.set_attribute("data-case", id)?;
    button.set_attribute("aria-label", words)?;
    button.set_attribute("title", words)?;
    button.set_text_content(Some(&count));
    place.append_child(&button).map(drop)
}
