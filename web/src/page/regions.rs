//! The table of regions: fetched names, this image's changes beside the group's, a way to each region.

use crate::app::App;
use crate::dom::{append, listen_to, set_hidden, set_text};
use crate::findings::{cleared, row_heading};
use crate::viewer::drawing;
use crate::{fetch, sight};
use js_sys::Uint8Array;
use shared::explain::{ATLAS_VERSION, Atlas};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::language::*;
use web::maps::Maps;
use web::regions::{FIRST_ROWS, Row, hint, rows};
use web_sys::{Element, Event, EventTarget, HtmlElement, MouseEvent};

thread_local! {
    /// Whether the visitor asked for all rows.
    static ALL_ROWS: Cell<bool> = const { Cell::new(false) };
}

/// Fetches the atlas, after the first picture.
pub async fn fetch_atlas(app: &App) -> Result<(), String> {
    let [nifti, table] = Atlas::FILES.map(|name| {
        let path = format!("atlas/{name}");
        // A browser keeps files; those of another version must not be taken for these.
        let url = format!("{path}?version={ATLAS_VERSION}");
        async move { fetch::bytes(&path, &url).await }
    });
    let (nifti, table) = futures::future::join(nifti, table).await;
    let table = String::from_utf8(table?).map_err(|_| "atlas/aal.tsv: is not text. Reload the page.".to_owned())?;
    let atlas = Atlas::from_bytes(&nifti?, &table).map_err(|error| error.to_string())?;
    app.with(|state| state.atlas = Some(Rc::new(atlas)));
    app.name_regions();
    Ok(())
}

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("regions-more", "click", move |_: MouseEvent| {
        ALL_ROWS.set(!ALL_ROWS.get());
        // A part of the page that is missing would have stopped the start.
        let _ = show(&handle);
    })?;
    let handle = app.clone();
    // One listener for all rows, which come and go.
    listen_to("regions-rows", "click", move |event: MouseEvent| {
        let place = region_of(event.target())
            .and_then(|label| with_voxels(&handle, label, |maps, voxels| maps.middle_of(voxels)).flatten());
        if let Some(place) = place {
            sight::go_to(&handle, place);
        }
    })?;
    for kind in ["pointerover", "focusin"] {
        let handle = app.clone();
        listen_to("regions-rows", kind, move |event: Event| {
            let mask = region_of(event.target())
                .and_then(|label| with_voxels(&handle, label, |maps, voxels| maps.mask_to_nifti(voxels)));
            outline(&handle, mask);
        })?;
    }
    for kind in ["pointerleave", "focusout"] {
        let handle = app.clone();
        listen_to("regions-rows", kind, move |_: Event| outline(&handle, None))?;
    }
    Ok(())
}

/// Label of the region whose row an event happened in.
fn region_of(target: Option<EventTarget>) -> Option<u16> {
    let target: Element = target?.dyn_into().ok()?;
    target.closest("tr[data-region]").ok().flatten()?.get_attribute("data-region")?.parse().ok()
}

/// The shown maps and a region's voxels in them.
fn with_voxels<T>(app: &App, label: u16, use_them: impl FnOnce(&Maps, &[usize]) -> T) -> Option<T> {
    app.with(|state| {
        let labels = state.shown_labels()?;
        let part = labels.parts.iter().find(|part| part.region.label == label)?;
        Some(use_them(&state.shown.as_ref()?.maps, &part.voxels))
    })
}

/// Draws the rim of a region over all maps, or takes it away.
fn outline(app: &App, mask: Option<Vec<u8>>) {
    let Some(viewer) = drawing() else { return };
    let app = app.clone();
    spawn_local(async move {
        let mask = mask.map_or(JsValue::NULL, |mask| Uint8Array::from(mask.as_slice()).into());
        sight::tell(&app, viewer.set_outline(&mask).await);
    });
}

/// Writes the table.
pub fn show(app: &App) -> Result<(), JsValue> {
    let language = app.language();
    let found = app.with(|state| {
        let shown = state.shown.as_ref()?;
        let group = shown.case.bundle.manifest.held_back.as_ref().map_or(&[][..], |held_back| &held_back.regions);
        let rows = rows(language, &shown.regions, group, shown.direction);
        Some((rows, hint(language, group, shown.direction)))
    });
    let Some((rows, hint)) = found else { return Ok(()) };
    let is_waiting = app.with(|state| state.atlas.is_none());
    set_text("regions-hint", if is_waiting { language.text(REGION_LOADING) } else { &hint });
    let body = cleared("regions-rows")?;
    let all = ALL_ROWS.get();
    let largest = rows.iter().filter_map(|row| row.percent).fold(0.0, |most: f64, percent| most.max(percent.abs()));
    for row in rows.iter().take(if all { usize::MAX } else { FIRST_ROWS }) {
        write_row(language, &body, row, largest)?;
    }
    let count = rows.len().to_string();
    let more =
        if all { language.text(REGIONS_FEWER).to_owned() } else { language.fill(REGIONS_ALL, &[("count", &count)]) };
    set_text("regions-more", &more);
    set_hidden("regions-more", rows.len() <= FIRST_ROWS);
    Ok(())
}

fn write_row(language: Language, body: &Element, row: &Row, largest: f64) -> Result<(), JsValue> {
    let line = append(body, "tr", "")?;
    let button = append(&row_heading(&line, "")?, "button", &row.name)?;
    button.set_attribute("type", "button")?;
    button.set_class_name("link");
    line.set_attribute("data-region", &row.region.label.to_string())?;
    button.set_attribute("title", &language.fill(REGIONS_GO, &[("region", &row.name)]))?;
    let cell = append(&line, "td", "")?;
    append(&cell, "span", &row.image)?;
    if let Some(percent) = row.percent.filter(|_| largest > 0.0) {
        let bar: HtmlElement = append(&cell, "i", "")?.unchecked_into();
        bar.set_class_name(if percent < 0.0 { "amount loss" } else { "amount gain" });
        bar.set_attribute("aria-hidden", "true")?;
        bar.style().set_property("inline-size", &format!("{:.1}%", 100.0 * percent.abs() / largest))?;
    }
    append(&line, "td", &row.group)?;
    append(&line, "td", &row.volume).map(drop)
}
