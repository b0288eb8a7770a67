//! Saving what is shown: the picture, the maps, the regions, all numbers. Nothing leaves the browser but to a file.

use crate::app::App;
use crate::dom::{by_id, document, listen, message_of, select_all};
use crate::results::limit_ends;
use crate::sight::{place, region_at};
use crate::viewer::drawing;
use js_sys::{Array, Object, Reflect, Uint8Array};
use shared::explain::Familiarity;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::export::{Subject, file_name, numbers_json, regions_csv};
use web::language::*;
use web::maps::MAP_NAMES;
use web::wording;
use web_sys::{Blob, BlobPropertyBag, Element, HtmlAnchorElement, HtmlDetailsElement, HtmlElement, MouseEvent, Url};

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
        map => MAP_NAMES.iter().position(|name| *name == map).and_then(|index| {
            with_subject(app, |subject, _| {
                let [a, b, c, d] = subject.maps.to_nifti();
                let file = [a, b, c, d].into_iter().nth(index).unwrap_or_default();
                (file_name(subject.name, MAP_NAMES[index], "nii"), file, "application/octet-stream")
            })
        }),
    };
    if let Some((name, bytes, kind)) = outcome {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
        let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options);
        finish(app, &name, blob.and_then(|blob| download(&name, &blob)));
    }
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
            direction: shown.direction,
            probability_old_before: shown.probability_old_before,
            probability_old_after: shown.probability_old_after,
            familiarity: shown.familiarity,
            regions: &shown.regions,
            maps: &shown.maps,
        };
        Some(make(&subject, group))
    })
}

fn finish(app: &App, name: &str, outcome: Result<(), JsValue>) {
    match outcome {
        Ok(()) => app.say(Message::of(STATUS_SAVED, &[("name", name)])),
        Err(error) => app.fail(Message::of(ERROR_PICTURE, &[("reason", &message_of(&error))])),
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
    crate::dom::after_ms(1000, move || {
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
            let blob: Blob = viewer.picture(&words(&app)?).await?.dyn_into()?;
            download(&name, &blob)
        };
        finish(&app, &name, outcome.await);
    });
}

/// What stands around the picture: title, captions, ends of the colour bars, place, model, caution.
fn words(app: &App) -> Result<Object, JsValue> {
    let language = app.language();
    let at = place().unwrap_or_default();
    let region = region_at(app, at);
    let (title, model, ends, phantom) = app.with(|state| {
        let shown = state.shown.as_ref();
        let title = shown.map(|shown| {
            let name = language.say(&shown.case.subject.name);
            let verdict = match shown.familiarity.filter(Familiarity::is_strange) {
                Some(familiarity) => wording::strange(language, &name, familiarity).0.to_owned(),
                None => wording::verdict(language, shown.probability_old_before, shown.probability_old_after),
            };
            format!("{name}: {verdict}")
        });
        let bundle = shown.map(|shown| &shown.case.bundle);
        let model =
            bundle.map(|bundle| language.fill(PICTURE_MODEL, &[("name", &bundle.id), ("hash", &bundle.version)]));
        let ends = shown.map(|shown| limit_ends(&shown.maps));
        let phantom = bundle.is_some_and(|bundle| bundle.manifest.phantom);
        (title.unwrap_or_default(), model.unwrap_or_default(), ends.unwrap_or_default(), phantom)
    });
    let mut lines = vec![
        language.fill(PICTURE_PLACE, &[("place", &wording::point(at)), ("region", &region)]),
        model,
        language.text(CARD_DIAGNOSIS).to_owned(),
    ];
    if phantom {
        lines.push(language.text(PHANTOM_TITLE).to_owned());
    }
    let heading = |panel: &Element| panel.query_selector("h3").ok().flatten().and_then(|title| title.text_content());
    let panels = select_all::<HtmlElement>(".maps .panel")?;
    let captions: Array = panels.iter().map(|panel| JsValue::from(heading(panel).unwrap_or_default())).collect();
    let cam_unit = by_id::<HtmlElement>("cam-unit")?.text_content().unwrap_or_default();
    let difference = [ends[0].as_str(), ends[1].as_str(), language.text(SCALE_DIFFERENCE)];
    let white = wording::white_end(app.with(|state| state.view.white));
    let grey = ["0", &white, language.text(SCALE_GREY)];
    let scales: Array = [grey, grey, difference, ["0", "1", &cam_unit], difference, difference]
        .into_iter()
        .map(|[low, high, unit]| object(&[("low", low.into()), ("high", high.into()), ("unit", unit.into())]))
        .collect::<Result<Vec<Object>, JsValue>>()?
        .into_iter()
        .collect();
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
