//! The bench: model, image and direction are chosen, computing is started and cancelled.

use super::{animation, dicom, engine, opening};
use crate::app::App;
use crate::dom::{by_id, listen, listen_to, select, select_all};
use crate::state::{Opening, State};
use js_sys::Reflect;
use shared::explain::Direction;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::origin::{Folder, bundle_folder};
use web::roles::Pick;
use web::share::Choice;
use web::told::Sentence;
use web_sys::{Event, File, FileList, HtmlElement, HtmlInputElement, HtmlSelectElement, MouseEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    let bundle: HtmlSelectElement = by_id("bundle")?;
    let (handle, list) = (app.clone(), bundle.clone());
    listen(&bundle, "change", move |_: Event| {
        let (app, id) = (handle.clone(), list.value());
        wish(&app, Opening { bundle: Some(id.clone()), sample: None });
        app.update(|state| state.is_bundle_chosen = true);
        spawn_local(async move {
            opening::open_bundle(&app, &id, &Pick::Telling).await;
        });
    })?;

    let folder: HtmlInputElement = by_id("bundle-folder")?;
    // A browser that cannot choose folders would choose a single file.
    let is_offered = Reflect::has(&folder, &"webkitdirectory".into())?;
    app.update(|state| state.is_folder_offered = is_offered);
    let (handle, chooser) = (app.clone(), folder.clone());
    listen(&folder, "change", move |_: Event| {
        open_folder(&handle, chooser.files());
        // Choosing the same folder again must count as a choice.
        chooser.set_value("");
    })?;

    let sample: HtmlSelectElement = by_id("sample")?;
    let (handle, list) = (app.clone(), sample.clone());
    listen(&sample, "change", move |_: Event| {
        let (app, value) = (handle.clone(), list.value());
        wish(&app, Opening { bundle: None, sample: usize::try_from(list.selected_index()).ok() });
        spawn_local(async move {
            match value.parse::<usize>() {
                Ok(index) => {
                    opening::open_sample(&app, index).await;
                }
                Err(_) => {
                    app.update(State::keep_sample);
                    opening::open_own(&app).await;
                }
            }
        });
    })?;

    for input in select_all::<HtmlInputElement>("input[name=direction]")? {
        let (app, chosen) = (app.clone(), input.clone());
        listen(&input, "change", move |_: Event| {
            app.update(|state| {
                state.direction = Direction::from_word(&chosen.value());
                state.dial = None;
            });
        })?;
    }

    let dial: HtmlInputElement = by_id("dial-age")?;
    let (handle, slider) = (app.clone(), dial.clone());
    listen(&dial, "input", move |_: Event| {
        handle.update(|state| {
            state.clear_error();
            state.notices.clear();
            state.dial = Some(slider.value_as_number() as u8);
        });
        engine::follow_dial(&handle, false);
    })?;
    let handle = app.clone();
    listen(&dial, "change", move |_: Event| engine::follow_dial(&handle, true))?;

    listen_to("bench-jump", "click", move |_: MouseEvent| {
        // Without it, one scrolls there oneself.
        if let Ok(bench) = by_id::<HtmlElement>("bench") {
            bench.scroll_into_view();
            let _ = bench.focus();
        }
    })?;

    let handle = app.clone();
    listen_to("bench", "submit", move |event: Event| {
        event.prevent_default();
        let aim = handle.update(|state| {
            state.clear_error();
            state.notices.clear();
            state.aim()
        });
        engine::explain(&handle, aim);
        // What happens now is said there, and seen.
        if let Ok(main) = select::<HtmlElement>("main") {
            main.scroll_into_view();
        }
    })?;
    let handle = app.clone();
    listen_to("cancel", "click", move |_: Event| {
        dicom::cancel(&handle);
        animation::cancel(&handle);
        engine::cancel(&handle);
    })
}

/// Opens a bundle's folder on the visitor's disk.
fn open_folder(app: &App, files: Option<FileList>) {
    let path = |file: &File| Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    let files = files.map(|list| (0..list.length()).filter_map(|index| list.get(index)).collect::<Vec<_>>());
    let listed = files.unwrap_or_default().into_iter().map(|file| (path(&file).unwrap_or_default(), file));
    match bundle_folder(listed) {
        Ok((name, files)) => {
            wish(app, Opening::default());
            let app = app.clone();
            spawn_local(async move { opening::open_folder(&app, &name, Folder(files)).await });
        }
        Err(error) => app.fail(Sentence::from(error)),
    }
}

/// Something is chosen: from now on the lists show it, and what is being computed is not wanted any more.
fn wish(app: &App, opening: Opening) {
    app.update(|state| {
        state.notices.clear();
        state.opening = Some(opening);
    });
    engine::cancel(app);
}
