//! The badge that tells what page and engine may ask of other sites: what the browser enforces, and what was asked.

use crate::app::App;
use crate::dom::{by_id, set_text, window};
use std::collections::BTreeSet;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::confined::{is_confined, on_asked, on_refused};
use web::language::*;
use web_sys::HtmlElement;

/// What is known of it.
#[derive(Default)]
pub struct Privacy {
    /// Whether the browser refuses the page's requests to other sites; None as long as that is not tried.
    page_is_confined: Option<bool>,
    /// The same of the engine, where it runs.
    engine_is_confined: Option<bool>,
    /// Addresses of other sites that the page asked.
    asked: BTreeSet<String>,
    /// Those that the browser refused.
    refused: BTreeSet<String>,
    refused_to_engine: u32,
}

impl Privacy {
    /// Whether all that runs is kept from other sites.
    fn is_enforced(&self) -> bool {
        self.page_is_confined == Some(true) && self.engine_is_confined != Some(false)
    }

    fn asked(&self) -> usize {
        self.asked.difference(&self.refused).count()
    }

    fn refused(&self) -> usize {
        self.refused.len() + self.refused_to_engine as usize
    }
}

pub fn install(app: &App) -> Result<(), JsValue> {
    let origin = window()?.location().origin()?;
    let handle = app.clone();
    on_refused(move |address| {
        handle.with(|state| state.privacy.refused.insert(address));
        show(&handle);
    });
    let handle = app.clone();
    let is_other = move |address: &str| !["blob:", "data:", &origin].iter().any(|own| address.starts_with(own));
    let counted = on_asked(move |address| {
        if is_other(&address) {
            handle.with(|state| state.privacy.asked.insert(address));
            show(&handle);
        }
    });
    if let Err(error) = counted {
        // The badge then tells what is enforced only.
        web_sys::console::error_1(&error);
    }
    let handle = app.clone();
    spawn_local(async move {
        let confined = is_confined().await;
        handle.with(|state| state.privacy.page_is_confined = Some(confined));
        show(&handle);
    });
    show(app);
    Ok(())
}

/// An engine starts (None), or says whether it is confined.
pub fn engine_says(app: &App, is_confined: Option<bool>) {
    app.with(|state| state.privacy.engine_is_confined = is_confined);
    show(app);
}

/// The browser refused a request of the engine.
pub fn engine_was_refused(app: &App) {
    app.with(|state| state.privacy.refused_to_engine += 1);
    show(app);
}

/// Writes the badge.
pub fn show(app: &App) {
    let language = app.language();
    let (is_tried, is_enforced, asked, refused) = app.with(|state| {
        let privacy = &state.privacy;
        (privacy.page_is_confined.is_some(), privacy.is_enforced(), privacy.asked(), privacy.refused())
    });
    let (label, tip, state) = match (is_tried, is_enforced) {
        (false, _) => (BADGE_ASKED, BADGE_ASKED_TIP, "untried"),
        (true, true) => (BADGE_ENFORCED, BADGE_ENFORCED_TIP, "enforced"),
        (true, false) => (BADGE_OPEN, BADGE_OPEN_TIP, "open"),
    };
    let (asked, refused) = (asked.to_string(), refused.to_string());
    let told = |key: Key| Message::of(key, &[("asked", &asked), ("refused", &refused)]).told(language);
    set_text("upload-badge", &told(label));
    if let Ok(badge) = by_id::<HtmlElement>("upload-badge") {
        badge.set_title(&told(tip));
        // A mark for scripts and style sheets; the label says the same.
        let _ = badge.set_attribute("data-state", state);
    }
}
