//! The user's own files: chosen with the button or dropped anywhere on the page. They go no further than the worker, which
//! reads them.

use super::{dicom, engine, opening};
use crate::app::App;
use crate::case::{Source, Subject};
use crate::converter::converter;
use crate::dom::{by_id, document, listen};
use crate::state::State;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::dicom::DicomFault;
use web::inputs::one_image;
use web::told::Sentence;
use web_sys::{DragEvent, Event, File, FileList, HtmlElement, HtmlInputElement};

pub fn install(app: &App) -> Result<(), JsValue> {
    for id in ["file", "folder"] {
        let input: HtmlInputElement = by_id(id)?;
        let (handle, chooser) = (app.clone(), input.clone());
        listen(&input, "change", move |_: Event| {
            open(&handle, &listed(chooser.files()));
            // Choosing the same file again must count as a choice.
            chooser.set_value("");
        })?;
    }

    let page = document()?;
    let zone: HtmlElement = by_id("drop")?;
    let lit = zone.clone();
    listen(&page, "dragover", move |event: DragEvent| {
        event.prevent_default();
        // The lamp is decoration.
        let _ = lit.class_list().add_1("over");
    })?;
    let unlit = zone.clone();
    listen(&page, "dragleave", move |_: DragEvent| {
        let _ = unlit.class_list().remove_1("over");
    })?;
    let handle = app.clone();
    listen(&page, "drop", move |event: DragEvent| {
        // Otherwise the browser would leave the page for the file.
        event.prevent_default();
        let _ = zone.class_list().remove_1("over");
        let Some(transfer) = event.data_transfer() else { return };
        // A word or a picture of the page that was dragged is none of a visitor's files.
        if !transfer.types().includes(&"Files".into(), 0) {
            return;
        }
        let Some(converter) = converter() else { return open(&handle, &listed(transfer.files())) };
        // What lies in folders is there only for who asks at once.
        let wanted = converter.dropped(&transfer);
        let app = handle.clone();
        spawn_local(async move {
            match JsFuture::from(wanted).await {
                Ok(found) if Array::is_array(&found) => {
                    open(&app, &Array::from(&found).iter().filter_map(|file| file.dyn_into().ok()).collect::<Vec<_>>());
                }
                Ok(found) => app.fail(Sentence::from(dicom::fault_of(&found))),
                Err(_) => app.fail(Sentence::from(DicomFault::Load)),
            }
        });
    })
}

fn listed(list: Option<FileList>) -> Vec<File> {
    list.map(|list| (0..list.length()).filter_map(|index| list.get(index)).collect()).unwrap_or_default()
}

fn open(app: &App, files: &[File]) {
    // Within another page nothing of the visitor's is opened: what happens to it there, this page cannot promise.
    if app.with(|state| state.is_embedded) {
        return;
    }
    let named: Vec<(String, f64)> = files.iter().map(|file| (file.name(), file.size())).collect();
    let choice = match one_image(&named) {
        Ok(choice) => choice,
        // Files of a scanner have any name, and a disc has empty ones too.
        Err(error) if error.may_be_dicom(files.len()) => return dicom::open(app, files, error),
        Err(error) => return app.fail(Sentence::from(error)),
    };
    app.update(|state| state.series.clear());
    engine::cancel(app);
    let source = |index: usize| Source::File(files[index].clone());
    let subject = Subject {
        key: app.update(State::next_id),
        name: files[choice.main].name(),
        file: source(choice.main),
        image: choice.image.map(source),
        direction: None,
        sample: None,
    };
    let app = app.clone();
    spawn_local(async move { opening::open_file(&app, subject).await });
}
