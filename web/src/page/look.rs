//! How the maps are looked at: view mode, blend and wipe, threshold, opacity, contrast, convention.
//!
//! No control here computes an explanation again.

use crate::app::App;
use crate::dom::{by_id, listen, listen_to, message_of, select, select_all, set_hidden, set_text};
use crate::link;
use crate::sight::{colour_bars, tell};
use crate::viewer::{Viewer, drawing};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::language::*;
use web::share::{Choice, Mode, View};
use web::wording;
use web_sys::{Event, HtmlElement, HtmlInputElement};

pub fn install(app: &App) -> Result<(), JsValue> {
    for input in select_all::<HtmlInputElement>("input[name=mode]")? {
        let (app, chosen) = (app.clone(), input.clone());
        listen(&input, "change", move |_: Event| {
            app.with(|state| state.view.mode = Mode::from_word(&chosen.value()).unwrap_or_default());
            follow(&app);
        })?;
    }
    on_input(app, "blend", |view, value| {
        view.blend = value;
        view.wipe = None;
    })?;
    on_input(app, "wipe", |view, value| view.wipe = Some(value))?;
    on_input(app, "threshold", |view, value| view.threshold = value)?;
    on_input(app, "opacity", |view, value| view.opacity = value)?;
    on_input(app, "contrast", |view, value| view.white = value)?;
    on_switch(app, "anatomy", |view, on| view.anatomy = on)?;
    on_switch(app, "radiological", |view, on| view.radiological = on)?;

    let Some(viewer) = drawing() else { return Ok(()) };
    let handle = app.clone();
    let on_wipe = Closure::<dyn FnMut(f64)>::new(move |share: f64| {
        handle.with(|state| state.view.wipe = Some(share));
        let view = handle.with(|state| state.view);
        // A part of the page that is missing would have stopped the start.
        let _ = write(&view);
        link::keep(&handle);
    });
    viewer.set_wipe_handler(on_wipe.as_ref().unchecked_ref());
    // It lives as long as the panels.
    on_wipe.forget();
    let (view, clip) = (viewer.clone(), by_id::<HtmlInputElement>("clip")?);
    let input = clip.clone();
    listen(&clip, "change", move |_: Event| view.set_volume_clip(input.checked()))?;
    listen_to("volume-reset", "click", move |_: Event| viewer.reset_volume_view())
}

fn on_input(app: &App, id: &str, change: fn(&mut View, f64)) -> Result<(), JsValue> {
    let input: HtmlInputElement = by_id(id)?;
    let (app, slider) = (app.clone(), input.clone());
    listen(&input, "input", move |_: Event| {
        app.with(|state| change(&mut state.view, slider.value_as_number()));
        follow(&app);
    })
}

fn on_switch(app: &App, id: &str, change: fn(&mut View, bool)) -> Result<(), JsValue> {
    let input: HtmlInputElement = by_id(id)?;
    let (app, switch) = (app.clone(), input.clone());
    listen(&input, "change", move |_: Event| {
        app.with(|state| change(&mut state.view, switch.checked()));
        follow(&app);
    })
}

/// Takes a view as it is, as from a link.
pub async fn take(app: &App, view: View) {
    app.with(|state| state.view = view);
    apply(app).await;
}

fn follow(app: &App) {
    let app = app.clone();
    spawn_local(async move {
        apply(&app).await;
        link::keep(&app);
    });
}

/// Brings controls and maps to the view of the state; only what changed costs the viewer anything.
async fn apply(app: &App) {
    let (view, before) = app.with(|state| {
        let before = state.drawn_view.replace(state.view);
        (state.view, before)
    });
    // A part of the page that is missing would have stopped the start.
    let _ = write(&view);
    let Some(viewer) = drawing() else { return };
    let changed = |differs: &dyn Fn(&View) -> bool| before.as_ref().is_none_or(differs);
    if changed(&|before| before.radiological != view.radiological) {
        viewer.set_radiological(view.radiological);
    }
    if changed(&|before| before.white != view.white) {
        tell(app, viewer.set_window(0.0, view.white).await);
    }
    if changed(&|before| before.opacity != view.opacity) {
        viewer.set_opacity(view.opacity);
    }
    if changed(&|before| before.anatomy != view.anatomy) {
        tell(app, viewer.set_anatomy(view.anatomy).await);
    }
    if changed(&|before| before.threshold != view.threshold) {
        tell(app, viewer.set_threshold(view.threshold).await);
        colour_bars(&viewer);
    }
    match view.wipe {
        Some(share) => viewer.set_wipe(share),
        None => viewer.set_blend(view.blend),
    }
    if changed(&|before| before.mode != view.mode) {
        set_mode(app, &viewer, view.mode).await;
    }
}

async fn set_mode(app: &App, viewer: &Viewer, mode: Mode) {
    if let Err(error) = viewer.set_mode(mode.word()).await {
        app.fail(Message::of(ERROR_VOLUME, &[("reason", &message_of(&error))]));
        app.with(|state| state.view.mode = Mode::Side);
        let _ = write(&app.with(|state| state.view));
        tell(app, viewer.set_mode(Mode::Side.word()).await);
    }
}

/// Writes a view into the controls and the layout.
fn write(view: &View) -> Result<(), JsValue> {
    let chosen: HtmlInputElement = select(&format!("input[name=mode][value={}]", view.mode.word()))?;
    chosen.set_checked(true);
    by_id::<HtmlElement>("maps")?.set_attribute("data-mode", view.mode.word())?;
    set_hidden("comparing", view.mode != Mode::Compare);
    set_hidden("turning", view.mode != Mode::Volume);
    select::<HtmlElement>(".panel[data-map=volume]")?.set_hidden(view.mode != Mode::Volume);
    for (id, value) in [
        ("blend", if view.wipe.is_some() { 1.0 } else { view.blend }),
        ("wipe", view.wipe.unwrap_or(0.0)),
        ("threshold", view.threshold),
        ("opacity", view.opacity),
        ("contrast", view.white),
    ] {
        by_id::<HtmlInputElement>(id)?.set_value_as_number(value);
    }
    for (id, on) in [("anatomy", view.anatomy), ("radiological", view.radiological)] {
        by_id::<HtmlInputElement>(id)?.set_checked(on);
    }
    for end in select_all::<HtmlElement>(".white-end")? {
        end.set_text_content(Some(&wording::white_end(view.white)));
    }
    set_text("threshold-value", &wording::number(view.threshold, if view.threshold < 0.1 { 3 } else { 2 }));
    Ok(())
}

/// Fits the slider of the threshold to the end of the difference's colours, and returns the threshold that holds from now on:
/// whoever calls draws by it.
pub fn set_limit(app: &App, limit: f32) -> Result<f64, JsValue> {
    let threshold: HtmlInputElement = by_id("threshold")?;
    let decimals = if limit < 0.1 { 3 } else { 2 };
    // Where the slider can stand, at most half of the colours.
    let steps = 10f64.powi(decimals);
    let most = (f64::from(limit) / 2.0 * steps + 1e-6).floor() / steps;
    threshold.set_max(&most.to_string());
    threshold.set_step(&steps.recip().to_string());
    threshold.set_disabled(false);
    let view = app.with(|state| {
        state.view.threshold = state.view.threshold.min(most);
        if let Some(drawn) = &mut state.drawn_view {
            drawn.threshold = state.view.threshold;
        }
        state.view
    });
    let _ = write(&view);
    Ok(view.threshold)
}
