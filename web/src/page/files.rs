//! The user's own files: chosen with the button or dropped anywhere on the page. They are read here and go no further
//! than the worker.

use crate::app::App;
use crate::case::Subject;
use crate::dom::{by_id, document, listen, message_of};
use crate::opening;
use js_sys::Uint8Array;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::inputs::one_image;
use web::language::STATUS_READING;
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
        Err(message) => return app.fail(message),
    };
    crate::engine::cancel(app);
    // A file that takes long must not push aside what is chosen after it.
    let turn = opening::begin(app, STATUS_READING);
    let app = app.clone();
    spawn_local(async move {
        let outcome = async {
            let file = read(&files[choice.main]).await?;
            let image = match choice.image {
                Some(index) => Some(Rc::new(read(&files[index]).await?)),
                None => None,
            };
            let name = files[choice.main].name();
            let key = app.next_id();
            Ok::<_, String>(Subject { key, name, file: Rc::new(file), image, direction: None, sample: None })
        };
        let outcome = outcome.await;
        if !app.is_turn(turn) {
            return;
        }
        match outcome {
            Ok(subject) => opening::open_file(&app, subject).await,
            Err(message) => opening::failed(&app, message),
        }
    });
}

async fn read(file: &File) -> Result<Vec<u8>, String> {
    let buffer = JsFuture::from(file.array_buffer())
        .await
        .map_err(|error| format!("{}: could not be read ({}). Choose it again.", file.name(), message_of(&error)))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
