//! DICOM files of the visitor's become series, of which the likeliest is opened and the others can be chosen.

use super::{engine, opening};
use crate::app::App;
use crate::case::{Source, Subject};
use crate::converter::converter;
use crate::dom::{by_id, listen};
use crate::state::{OwnSeries, State};
use js_sys::{Array, JsString, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::dicom::{Converted, DicomFault};
use web::inputs::ChoiceError;
use web::language::*;
use web::told::Sentence;
use web_sys::{Event, File, HtmlSelectElement};

pub fn install(app: &App) -> Result<(), JsValue> {
    let list: HtmlSelectElement = by_id("series")?;
    let (app, chosen) = (app.clone(), list.clone());
    listen(&list, "change", move |_: Event| {
        if let Ok(place) = usize::try_from(chosen.selected_index()) {
            engine::cancel(&app);
            open_series(&app, place);
        }
    })
}

/// Converts files that are no image by their names; `otherwise` is said where they are no DICOM either.
pub fn open(app: &App, files: &[File], otherwise: ChoiceError) {
    let Some(converter) = converter() else { return app.fail(Sentence::from(otherwise)) };
    engine::cancel(app);
    let turn = app.update(|state| {
        state.clear_error();
        state.notices.clear();
        state.opening = None;
        let turn = state.new_turn();
        state.is_converting = true;
        state.say(STATUS_DICOM);
        turn
    });
    let handle = app.clone();
    let on_progress = Closure::<dyn FnMut(String, f64, f64)>::new(move |stage: String, done: f64, total: f64| {
        if handle.with(|state| state.is_turn(turn)) {
            handle.say(progress(&stage, done, total));
        }
    });
    let wanted = converter.convert(&files.iter().collect(), on_progress.as_ref().unchecked_ref());
    let app = app.clone();
    spawn_local(async move {
        let outcome = JsFuture::from(wanted).await;
        drop(on_progress);
        if !app.with(|state| state.is_turn(turn)) {
            return;
        }
        app.update(|state| state.is_converting = false);
        match outcome.map_err(|_| DicomFault::Load).and_then(|found| read(&found)) {
            Ok(None) => app.fail(Sentence::from(otherwise)),
            Ok(Some(series)) => choose(&app, series),
            Err(fault) => app.fail(Sentence::from(fault)),
        }
    });
}

/// Ends what is being converted.
pub fn cancel(app: &App) {
    if let Some(converter) = converter().filter(|_| app.with(|state| state.is_converting)) {
        converter.cancel();
        app.update(|state| {
            state.new_turn();
            state.ready(STATUS_CANCELLED);
        });
    }
}

fn progress(stage: &str, done: f64, total: f64) -> Message {
    let key = match stage {
        "unpacking" => STATUS_DICOM_UNPACKING,
        "reading" => STATUS_DICOM_READING,
        _ => STATUS_DICOM_CONVERTING,
    };
    Message::of(key, &[("done", &format!("{done:.0}")), ("total", &format!("{total:.0}"))])
}

/// The series with their files; None where there was no DICOM.
fn read(found: &JsValue) -> Result<Option<Vec<OwnSeries>>, DicomFault> {
    if found.is_null() {
        return Ok(None);
    }
    let said = told(found)?;
    if let Some(remark) = said.error {
        return Err(remark.told(""));
    }
    let files = Reflect::get(found, &"files".into()).map(|files| Array::from(&files)).unwrap_or_default();
    let file = |place: usize| files.get(place as u32).dyn_into::<File>().ok();
    let own = said.series.into_iter().enumerate().map(|(place, about)| OwnSeries { about, file: file(place) });
    Ok(Some(own.collect()))
}

fn told(found: &JsValue) -> Result<Converted, DicomFault> {
    let text = Reflect::get(found, &"told".into()).ok().and_then(|text| text.dyn_into::<JsString>().ok());
    let failed = |detail: String| DicomFault::Failed { detail };
    let text = text.ok_or_else(|| failed("no answer".to_owned()))?;
    serde_json::from_str(&String::from(text)).map_err(|error| failed(error.to_string()))
}

/// Why a drop could not be read.
pub fn fault_of(found: &JsValue) -> DicomFault {
    match told(found).map(|said| said.error) {
        Ok(Some(remark)) => remark.told(""),
        Ok(None) => DicomFault::Load,
        Err(fault) => fault,
    }
}

/// Opens the first series that can be explained, and offers the others.
fn choose(app: &App, series: Vec<OwnSeries>) {
    let fit = series.iter().position(|one| one.file.is_some() && one.about.fault().is_none());
    let fault = series.first().and_then(|one| one.about.fault());
    let place = match (fit, fault) {
        (Some(place), _) => place,
        (None, Some(fault)) => return app.fail(Sentence::from(fault)),
        (None, None) => return app.fail(Sentence::from(DicomFault::None { files: series.len().to_string() })),
    };
    app.update(|state| {
        state.series = series;
        state.series_open = None;
    });
    open_series(app, place);
}

/// Opens a series of those that were found last, or says why it cannot be explained.
fn open_series(app: &App, place: usize) {
    let found = app.with(|state| state.series.get(place).cloned());
    let Some(OwnSeries { about, file }) = found else { return };
    let (Some(file), None) = (file, about.fault()) else {
        let fault = about.fault().unwrap_or(DicomFault::Load);
        return app.fail(Sentence::from(fault));
    };
    let subject = Subject {
        key: app.update(State::next_id),
        name: about.name.clone(),
        file: Source::File(file),
        image: None,
        direction: None,
        sample: None,
    };
    let key = subject.key;
    app.update(|state| state.series_open = Some((place, key)));
    let app = app.clone();
    spawn_local(async move {
        opening::open_file(&app, subject).await;
        // Of one that was forgotten meanwhile nothing is said.
        let is_kept = app.with(|state| state.own.as_ref().is_some_and(|(own, _)| own.key == key));
        for note in about.notes().filter(|_| is_kept) {
            app.notice(Sentence::from(note));
        }
    });
}
