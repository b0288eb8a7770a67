//! The page's scripting interface: `window.agelens`.
//!
//! For tests and for people who work in the browser's console:
//!
//! - `agelens.state`: `"starting"`, `"ready"`, `"working"` or `"failed"`.
//! - `agelens.lastResult()`: `null`, or what the page shows now:
//!   `{ name, bundle, version, source, backend, direction, targetYears, isThere, isMean, age,
//!   probabilityOldBefore, probabilityOldAfter, isStrange, volumes }`,
//!   where `bundle` and `version` are the model's name and the first letters of its manifest's SHA-256, `source` is
//!   `"precomputed"` or `"browser"`, `backend` is `null`, `"webgpu"` or `"cpu"`, and
//!   `volumes` is `{ original, translated, difference, cam }`, each an ArrayBuffer with an uncompressed `.nii` file
//!   (32-bit floats, exact to the bit).

use crate::app::App;
use crate::dom::window;
use crate::state::{Phase, Shown};
use js_sys::{Object, Reflect, Uint8Array};
use shared::explain::Age;
use wasm_bindgen::prelude::*;
use web::maps::MAP_NAMES;
use web::protocol::Backend;

const NAME: &str = "agelens";

pub fn install(app: &App) -> Result<(), JsValue> {
    let object = Object::new();
    let app = app.clone();
    let last_result = Closure::<dyn FnMut() -> JsValue>::new(move || {
        app.with(|state| state.shown.as_ref().and_then(|shown| describe(shown).ok())).unwrap_or(JsValue::NULL)
    });
    Reflect::set(&object, &"lastResult".into(), &last_result.into_js_value())?;
    Reflect::set(&object, &"state".into(), &"starting".into())?;
    Reflect::set(window()?.as_ref(), &NAME.into(), &object).map(drop)
}

/// Tells what the page does.
pub fn set_phase(phase: Phase) {
    let word = match phase {
        Phase::Starting => "starting",
        Phase::Ready => "ready",
        Phase::Working => "working",
        Phase::Failed => "failed",
    };
    if let Ok(object) = window().and_then(|window| Reflect::get(window.as_ref(), &NAME.into())) {
        // An interface that a script has frozen stays as it is.
        let _ = Reflect::set(&object, &"state".into(), &word.into());
    }
}

fn describe(shown: &Shown) -> Result<JsValue, JsValue> {
    let result = Object::new();
    let set = |name: &str, value: JsValue| Reflect::set(&result, &name.into(), &value).map(drop);
    let backend = shown.computed.as_ref().map(|computed| match computed.backend {
        Backend::Webgpu => "webgpu",
        Backend::Cpu => "cpu",
    });
    set("name", shown.case.subject.name.as_str().into())?;
    set("bundle", shown.case.bundle.id.as_str().into())?;
    set("version", shown.case.bundle.version.as_str().into())?;
    set("source", if backend.is_some() { "browser" } else { "precomputed" }.into())?;
    set("backend", backend.map_or(JsValue::NULL, JsValue::from))?;
    set("direction", shown.answer.direction.as_str().into())?;
    set("targetYears", shown.answer.target_years.map_or(JsValue::NULL, JsValue::from))?;
    set("isThere", shown.answer.is_there.into())?;
    set("isMean", shown.answer.is_mean.into())?;
    set("age", shown.answer.age.map_or(Ok(JsValue::NULL), age)?)?;
    set("probabilityOldBefore", shown.answer.probability_old_before.into())?;
    set("probabilityOldAfter", shown.answer.probability_old_after.into())?;
    let strange = shown.answer.familiarity.map(|familiarity| familiarity.is_strange());
    set("isStrange", strange.map_or(JsValue::NULL, JsValue::from))?;
    let volumes = Object::new();
    for (name, file) in MAP_NAMES.into_iter().zip(shown.maps.to_nifti()) {
        Reflect::set(&volumes, &name.into(), &Uint8Array::from(file.as_slice()).buffer())?;
    }
    set("volumes", volumes.into())?;
    Ok(result.into())
}

/// Years, and half of the width of their interval.
fn age(age: Age) -> Result<JsValue, JsValue> {
    let told = Object::new();
    Reflect::set(&told, &"years".into(), &age.years.into())?;
    Reflect::set(&told, &"intervalYears".into(), &age.interval_years.into())?;
    Ok(told.into())
}
