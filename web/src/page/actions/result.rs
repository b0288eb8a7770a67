//! Saving a result as one HTML file. Before the visitor's own image is put into a file, the page asks: whoever gets the file
//! sees it.

use super::save;
use crate::app::App;
use crate::dom::{by_id, document, listen_to, reason_of, site_folder, window};
use crate::fetch;
use crate::state::{Shown, State};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::export::file_name;
use web::language::*;
use web::maps::Maps;
use web::result::Saved;
use web::wording;
use web_sys::{HtmlDetailsElement, HtmlDialogElement, MouseEvent};

/// Stands in for the name that the build gives.
const DOCUMENT: &str = "result.html";

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("export-html", "click", move |_: MouseEvent| {
        if let Ok(menu) = by_id::<HtmlDetailsElement>("exports") {
            menu.set_open(false);
        }
        let is_own = handle.with(|state| state.shown.as_ref().is_some_and(|shown| shown.case.subject.is_own()));
        match by_id::<HtmlDialogElement>("own-dialog") {
            Ok(dialog) if is_own => {
                // A dialog that is open already stays open.
                let _ = dialog.show_modal();
            }
            // Without the question nothing of the visitor's is saved.
            Err(_) if is_own => {}
            _ => save(&handle),
        }
    })?;
    let handle = app.clone();
    listen_to("own-save", "click", move |_: MouseEvent| save(&handle))
}

fn save(app: &App) {
    // What is shown now, whatever is shown when the document has come.
    let Some((shown, name)) = app.with(|state| {
        let shown = state.still_shown().cloned()?;
        let name = file_name(&shown.case.subject.name, "result", "html");
        Some((shown, name))
    }) else {
        return;
    };
    let app = app.clone();
    spawn_local(async move {
        let document = match fetch_document().await {
            Ok(document) => document,
            Err(error) => return app.fail(error),
        };
        match app.with(|state| file(state, &shown, &document)) {
            Ok(file) => save::finish_file(&app, &name, file.as_bytes(), "text/html"),
            Err(error) => app.fail(Message::because(ERROR_PICTURE, reason_of(&error))),
        }
    });
}

/// The text of `static/result.html`, as the build has put it together.
async fn fetch_document() -> Result<String, web::told::Sentence> {
    let named = document().and_then(|document| document.query_selector("meta[name=agelens-result]"));
    let name = named.ok().flatten().and_then(|meta| meta.get_attribute("content"));
    let name = name.unwrap_or_else(|| DOCUMENT.to_owned());
    let bytes = fetch::bytes(&name, &format!("{}{name}", site_folder())).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn file(state: &State, shown: &Shown, document: &str) -> Result<String, JsValue> {
    let language = state.language;
    let bundle = &shown.case.bundle;
    let atlas = state.atlas.as_deref();
    let name = language.say(&shown.case.subject.name);
    let (regions_hint, rows) = shown.region_rows(language, atlas);
    let labels = shown.labels(atlas);
    let largest = |label: u16| {
        let part = labels?.parts.iter().find(|part| part.region.label == label)?;
        shown.maps.largest_change_of(&part.voxels)
    };
    let sentences = [
        Some(shown.change(language, atlas)),
        shown.agreement_told(language),
        wording::habit(language, &bundle.manifest),
        Some(shown.provenance(language)),
    ];
    let saved = Saved {
        language,
        name: &name,
        verdict: shown.answer.told(language, &name),
        probabilities_old: [shown.answer.probability_old_before, shown.answer.probability_old_after],
        caution: shown.caution.as_ref().map(|caution| caution.told(language)),
        sentences: sentences.into_iter().flatten().collect(),
        regions_hint,
        regions: rows.into_iter().map(|row| (largest(row.region.label), row)).map(|(at, row)| (row, at)).collect(),
        maps: &shown.maps,
        content: shown.content(false),
        view: state.view,
        at_mni_mm: state.place.unwrap_or_else(|| Maps::largest_change_mm(&shown.maps)),
        model: [&bundle.id, &bundle.version],
        manifest: &bundle.manifest,
        agelens: env!("CARGO_PKG_VERSION"),
    };
    let window = window()?;
    saved.file(document, |bytes| window.btoa(&bytes.iter().map(|byte| char::from(*byte)).collect::<String>()))
}
