//! Saving what is shown: the picture, the maps, the regions, all numbers. Nothing leaves the browser but to a file.

use crate::app::App;
use crate::dom::{after_ms, by_id, document, listen, reason_of};
use crate::state::State;
use crate::viewer::drawing;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web::export::{Subject, file_name, numbers_json, regions_csv};
use web::language::*;
use web::panels::{PANELS, Scale, captions};
use web::wording;
use web_sys::{Blob, BlobPropertyBag, Element, HtmlAnchorElement, HtmlDetailsElement, MouseEvent, Url};

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    let menu: HtmlDetailsElement = by_id("exports")?;
    let list = menu.clone();
    listen(&menu, "click", move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(what) = target.and_then(|target| target.get_attribute("data-export")) else { return };
        list.set_open(false);
        save(&handle, &what);
    })
}

fn save(app: &App, what: &str) {
    let outcome = match what {
        "png" => return save_picture(app),
        "csv" => with_subject(app, |subject, group| {
            let text = regions_csv(subject.regions, group, subject.direction);
            (file_name(subject.name, "regions", "csv"), text.into_bytes(), "text/csv")
        }),
        "json" => with_subject(app, |subject, _| {
            let text = format!("{:#}", numbers_json(subject));
            (file_name(subject.name, "numbers", "json"), text.into_bytes(), "application/json")
        }),
        map => with_subject(app, |subject, _| {
            let file = subject.maps.to_nifti().into_iter().zip(&PANELS).find(|(_, panel)| panel.id == map);
            file.map(|(file, panel)| (file_name(subject.name, panel.id, "nii"), file, "application/octet-stream"))
        })
        .flatten(),
    };
    if let Some((name, bytes, kind)) = outcome {
        finish_file(app, &name, &bytes, kind);
    }
}

/// Saves a file of this type.
pub fn finish_file(app: &App, name: &str, bytes: &[u8], kind: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options);
    finish(app, name, blob.and_then(|blob| download(name, &blob)));
}

/// Name of the file of an animation of what is shown.
pub fn animation_name(app: &App) -> Option<String> {
    with_subject(app, |subject, _| file_name(subject.name, "ages", "gif"))
}

fn with_subject<T>(app: &App, make: impl FnOnce(&Subject, &[shared::bundle::RegionCard]) -> T) -> Option<T> {
    app.with(|state| {
        let shown = state.shown.as_ref()?;
        let bundle = &shown.case.bundle;
        let group = bundle.manifest.held_back.as_ref().map_or(&[][..], |held_back| &held_back.regions);
        let subject = Subject {
            name: &shown.case.subject.name,
            manifest: &bundle.manifest,
            version: &bundle.version,
            direction: shown.answer.direction,
            probability_old_before: shown.answer.probability_old_before,
            probability_old_after: shown.answer.probability_old_after,
            is_mean: shown.answer.is_mean,
            familiarity: shown.answer.familiarity,
            age: shown.answer.age,
            target_years: shown.answer.target_years,
            regions: &shown.regions,
            maps: &shown.maps,
        };
        Some(make(&subject, group))
    })
}

fn finish(app: &App, name: &str, outcome: Result<(), JsValue>) {
    match outcome {
        Ok(()) => app.say(Message::of(STATUS_SAVED, &[("name", name)])),
        Err(error) => app.fail(Message::because(ERROR_PICTURE, reason_of(&error))),
    }
}

/// Lets the browser save a blob.
fn download(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document()?.create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The browser has taken it by the end of this task.
    after_ms(1000, move || {
        let _ = Url::revoke_object_url(&url);
    });
    Ok(())
}

fn save_picture(app: &App) {
    let app = app.clone();
    spawn_local(async move {
        let Some(viewer) = drawing() else { return app.fail(ERROR_WEBGL) };
        let Some(name) = with_subject(&app, |subject, _| file_name(subject.name, "maps", "png")) else { return };
        let outcome = async {
            let picture = viewer.picture(&app.with(|state| words(state, None))?)?;
            let blob: Blob = JsFuture::from(picture).await?.dyn_into()?;
            download(&name, &blob)
        };
        finish(&app, &name, outcome.await);
    });
}

/// What stands around the picture: title, captions, ends of the colour bars, place, model, caution; the age in a picture of an
/// animation, whose title is as long at all ages.
pub fn words(state: &State, of_animation: Option<u8>) -> Result<Object, JsValue> {
    let language = state.language;
    let at = state.place.unwrap_or_default();
    let place = [("place", &*wording::point(at)), ("region", &*state.region_at(at))];
    let mut lines = vec![language.fill(PICTURE_PLACE, &place)];
    let mut title = String::new();
    if let Some(shown) = &state.shown {
        let (bundle, name) = (&shown.case.bundle, language.say(&shown.case.subject.name));
        let told = shown.answer.told(language, &name).title;
        // The heading of a mean names it.
        title = match of_animation {
            Some(years) => language.fill(ANIMATION_TITLE, &[("name", &name), ("years", &years.to_string())]),
            None if shown.answer.is_mean => told,
            None => format!("{name}: {told}"),
        };
        lines.push(language.fill(PICTURE_MODEL, &[("name", &bundle.id), ("hash", &bundle.version)]));
    }
    if of_animation.is_some() {
        lines.push(language.text(ANIMATION_NOTE).to_owned());
    }
    lines.push(language.text(CARD_DIAGNOSIS).to_owned());
    if state.shown.as_ref().is_some_and(|shown| shown.case.bundle.manifest.phantom) {
        lines.push(language.text(PHANTOM_TITLE).to_owned());
    }
    let (white, content) = (state.view.white, state.content());
    // After the panels comes the body in 3-D, in the colours of the difference.
    let body = (language.text(PANEL_VOLUME).to_owned(), Scale::Difference.ends(language, white, content.as_ref()));
    let panels = captions(language, white, content.as_ref()).into_iter().map(|caption| (caption.title, caption.ends));
    let (captions, scales) = (Array::new(), Array::new());
    for (title, [low, high, unit]) in panels.chain([body]) {
        captions.push(&title.into());
        let scale = object(&[("low", low.into()), ("high", high.into()), ("unit", unit.into())])?;
        scales.push(&scale);
    }
    let lines: Array = lines.into_iter().map(JsValue::from).collect();
    object(&[
        ("title", title.into()),
        ("lines", lines.into()),
        ("captions", captions.into()),
        ("scales", scales.into()),
    ])
}

fn object(fields: &[(&str, JsValue)]) -> Result<Object, JsValue> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object)
}
