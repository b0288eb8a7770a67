//! The section about the preparation of a raw T1 image: picture, quality, and the maps to keep.

use crate::app::App;
use crate::case::{Case, Source};
use crate::dom::{append, by_id, document, set_hidden, set_text};
use js_sys::{Array, Uint8Array, Uint8ClampedArray};
use shared::prepare::t1::Quality;
use shared::volume::Affine;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web::language::{Language, PREPARATION_OUTSIDE};
use web::prepared::{self, MAPS};
use web::wording;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, HtmlElement, ImageData, Url};

/// Place of the files in the engine's message: after its text and the picture.
const FIRST_MAP: u32 = 2;

/// A preparation of a raw T1 image, kept as long as the image is.
pub struct Preparation {
    /// Whose it is.
    pub subject_key: u32,
    name: String,
    pub found: Found,
    /// The engine's message: picture and maps.
    message: Array,
    /// Addresses of the maps, as long as the page keeps them.
    urls: Vec<String>,
}

impl Drop for Preparation {
    fn drop(&mut self) {
        for url in &self.urls {
            // One that is gone already needs no giving back.
            let _ = Url::revoke_object_url(url);
        }
    }
}

/// What the engine says about a preparation.
pub struct Found {
    pub quality: Quality,
    /// What the image was found to be.
    pub image: shared::prepare::t1::Found,
    pub mni_from_world: Affine,
    pub seconds: f64,
    pub warnings: Vec<String>,
    /// Width and height of the picture, pixels.
    pub size: [u32; 2],
}

/// Drops the preparation: its image is no longer kept.
pub fn forget(app: &App) {
    let old = app.with(|state| state.preparation.take());
    drop(old);
    set_hidden("preparation", true);
}

/// Drops it where it failed, before the image is tried again.
pub fn forget_failed(app: &App) {
    if app.with(|state| state.preparation.as_ref().is_some_and(|preparation| !preparation.found.quality.passed)) {
        forget(app);
    }
}

/// Shows the section where the image that is open is the prepared one, and hides it beside any other.
pub fn follow(app: &App) {
    let is_open = app.with(|state| {
        let open = state.subject.as_ref().map(|subject| subject.key);
        state.preparation.as_ref().is_some_and(|preparation| Some(preparation.subject_key) == open)
    });
    set_hidden("preparation", !is_open);
}

/// Takes the preparation of a case's image. From now on its grey-matter map is what is explained, so that the other
/// direction needs no second one.
pub fn receive(app: &App, case: &Case, found: Found, message: Array) {
    forget(app);
    let subject_key = case.subject.key;
    if found.quality.passed {
        let map = Rc::new(Uint8Array::new(&message.get(FIRST_MAP)).to_vec());
        app.with(|state| {
            let own = state.own.as_mut().map(|(subject, _)| subject);
            for subject in state.subject.as_mut().into_iter().chain(own).filter(|own| own.key == subject_key) {
                subject.file = Source::Bytes(map.clone());
                subject.image = None;
            }
        });
    }
    // What cannot be kept for the visitor can be looked at all the same.
    let urls = addresses(&message).unwrap_or_default();
    let name = case.subject.name.clone();
    app.with(|state| state.preparation = Some(Preparation { subject_key, name, found, message, urls }));
    retell(app);
    follow(app);
}

/// Writes the section anew, as for another language.
pub fn retell(app: &App) {
    let language = app.language();
    app.with(|state| {
        if let Some(preparation) = &state.preparation {
            // A part of the page that is missing would have stopped the start; what could be shown is shown.
            let _ = show(language, preparation);
        }
    });
}

fn show(language: Language, preparation: &Preparation) -> Result<(), JsValue> {
    let Preparation { name, found, message, urls, .. } = preparation;
    let section: HtmlElement = by_id("preparation")?;
    let passed = found.quality.passed;
    section.set_attribute("data-passed", if passed { "true" } else { "false" })?;
    // Without a result of its own a failed one stands where its message is; else the result comes first.
    let before: HtmlElement = by_id(if passed { "findings" } else { "verdict" })?;
    if let Some(parent) = before.parent_node() {
        parent.insert_before(&section, Some(&before))?;
    }
    set_text("preparation-title", prepared::heading(language, &found.quality));
    let detail = prepared::detail(language, name, found.seconds, found.quality.score);
    set_text("preparation-detail", &language.join(&[prepared::found(language, found.image), detail]));
    let remarks: HtmlElement = by_id("preparation-remarks")?;
    remarks.set_text_content(None);
    for remark in found.quality.reasons.iter().chain(&found.warnings) {
        append(&remarks, "li", &language.say(remark))?;
    }
    fill_rows(language, found)?;
    list_maps(language, name, urls)?;
    draw(language, name, found, message)
}

fn draw(language: Language, name: &str, found: &Found, message: &Array) -> Result<(), JsValue> {
    let canvas: HtmlCanvasElement = by_id("preparation-picture")?;
    let [width, height] = found.size;
    canvas.set_attribute("aria-label", &prepared::picture_in_words(language, name, &found.quality))?;
    canvas.set_width(width);
    canvas.set_height(height);
    let pixels = Uint8ClampedArray::new(&message.get(FIRST_MAP - 1));
    let image = ImageData::new_with_js_u8_clamped_array_and_sh(&pixels, width, height)?;
    let context = canvas.get_context("2d")?.ok_or("the picture cannot be drawn")?;
    context.unchecked_into::<CanvasRenderingContext2d>().put_image_data(&image, 0.0, 0.0)
}

fn fill_rows(language: Language, found: &Found) -> Result<(), JsValue> {
    let body: HtmlElement = by_id("preparation-rows")?;
    body.set_text_content(None);
    for row in prepared::rows(language, &found.quality) {
        let line = append(&body, "tr", "")?;
        let name = append(&line, "th", "")?;
        name.set_attribute("scope", "row")?;
        append(&name, "span", &row.name)?;
        append(&name, "small", &row.meaning)?;
        append(&line, "td", &row.value)?;
        let limits = append(&line, "td", &row.limits)?;
        if !row.passed {
            line.set_class_name("outside");
            append(&limits, "b", language.text(PREPARATION_OUTSIDE))?;
        }
    }
    let affine =
        found.mni_from_world.0.map(|row| row.map(|number| format!("{:>9}", wording::number(number, 3))).join(" "));
    set_text("preparation-affine", &affine.join("\n"));
    Ok(())
}

/// Addresses of the maps: they lie in the browser's memory and have none outside this page.
fn addresses(message: &Array) -> Result<Vec<String>, JsValue> {
    let address = |index: u32| {
        let blob = Blob::new_with_buffer_source_sequence(&Array::of1(&message.get(index)))?;
        Url::create_object_url_with_blob(&blob)
    };
    (FIRST_MAP..message.length()).map(address).collect()
}

/// Links that save the maps.
fn list_maps(language: Language, name: &str, urls: &[String]) -> Result<(), JsValue> {
    let list: HtmlElement = by_id("preparation-maps")?;
    list.set_text_content(None);
    for (url, map) in urls.iter().zip(MAPS) {
        let link: HtmlAnchorElement = document()?.create_element("a")?.unchecked_into();
        link.set_text_content(Some(language.text(map.label)));
        link.set_href(url);
        link.set_download(&map.file_name(name));
        link.set_class_name("quiet");
        append(&list, "li", "")?.append_child(&link)?;
    }
    set_hidden("preparation-keep", urls.is_empty());
    Ok(())
}
