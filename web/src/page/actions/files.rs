//! The user's own files: chosen with the button or dropped anywhere on the page. They go no further than the worker, which
//! reads them.

use super::{engine, opening};
use crate::app::App;
use crate::case::{Source, Subject};
use crate::dom::{by_id, document, listen};
use crate::state::State;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::inputs::one_image;
use web::told::Sentence;
use web_sys::{DragEvent, Event, File, FileList, HtmlElement, HtmlInputElement};

pub fn install(app: &App) -> Result<(), JsValue> {
    let input: HtmlInputElement = by_id("file")?;
    let (handle, chooser) = (app.clone(), input.clone());
    listen(&input, "change", move |_: Event| {
        open(&handle, chooser.files());
        // Choosing the same file again must count as a choice.
        chooser.set_value("");
    })?;

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
        open(&handle, event.data_transfer().and_then(|data| data.files()));
    })
}

fn open(app: &App, list: Option<FileList>) {
    let files: Vec<File> =
        list.map(|list| (0..list.length()).filter_map(|index| list.get(index)).collect()).unwrap_or_default();
    let named: Vec<(String, f64)> = files.iter().map(|file| (file.name(), file.size())).collect();
    let choice = match one_image(&named) {
        Ok(choice) => choice,
        Err(error) => return app.fail(Sentence::from(error)),
    };
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
