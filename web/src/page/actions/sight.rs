//! The viewer is started and listened to; the crosshair's sliders.

use crate::app::App;
use crate::dom::{by_id, listen, select, select_all, window};
use crate::viewer::{Viewer, viewer};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web::language::*;
use web_sys::{Event, HtmlCanvasElement, HtmlElement, HtmlInputElement};

/// Width below which the maps show their axial plane only, CSS pixels. As in `maps.css`.
const NARROW_PX: f64 = 760.0;

pub async fn install(app: &App) -> Result<(), JsValue> {
    for axis in 0..3 {
        let (app, input) = (app.clone(), slider(axis)?);
        listen(&input, "input", move |_: Event| {
            let place = [0, 1, 2].map(|axis| slider(axis).map_or(0.0, |slider| slider.value_as_number()));
            app.update(|state| state.move_to(place));
        })?;
    }
    install_width(app)?;
    let Some(viewer) = viewer() else {
        app.fail(ERROR_NO_VIEWER);
        return Ok(());
    };
    if !viewer.supported() {
        app.update(|state| {
            state.lasting_error = Some(ERROR_WEBGL.into());
            state.fail(ERROR_WEBGL);
        });
        return Ok(());
    }
    start(app, &viewer).await?;
    app.update(|state| state.is_drawing = true);
    Ok(())
}

/// What the viewer hears lives as long as the panels.
async fn start(app: &App, viewer: &Viewer) -> Result<(), JsValue> {
    let canvases: Array = select_all::<HtmlElement>(".screen canvas:not(#volume-canvas)")?.into_iter().collect();
    viewer.set_volume_canvas(&by_id::<HtmlCanvasElement>("volume-canvas")?);
    let handle = app.clone();
    let on_move = Closure::<dyn FnMut(f64, f64, f64)>::new(move |x, y, z| {
        handle.update(|state| {
            state.move_to([x, y, z]);
            state.place_in_viewer = state.place;
        });
    });
    let handle = app.clone();
    let on_lost = Closure::<dyn FnMut()>::new(move || handle.fail(ERROR_GRAPHICS));
    let handle = app.clone();
    let on_restored = Closure::<dyn FnMut()>::new(move || {
        handle.update(|state| {
            state.notice(NOTICE_RESTORED);
            state.recovered();
        });
    });
    let handle = app.clone();
    let on_wipe = Closure::<dyn FnMut(f64)>::new(move |share: f64| {
        handle.update(|state| state.view.wipe = Some(share));
    });
    viewer.set_restored_handler(on_restored.into_js_value().unchecked_ref());
    let (on_move, on_lost) = (on_move.into_js_value(), on_lost.into_js_value());
    let started = viewer.start(&canvases, on_move.unchecked_ref(), on_lost.unchecked_ref())?;
    JsFuture::from(started).await?;
    viewer.set_wipe_handler(on_wipe.into_js_value().unchecked_ref());
    Ok(())
}

fn slider(axis: usize) -> Result<HtmlInputElement, JsValue> {
    select(&format!("input[data-axis='{axis}']"))
}

fn install_width(app: &App) -> Result<(), JsValue> {
    let is_narrow = || {
        let width = window().and_then(|window| window.inner_width()).ok().and_then(|width| width.as_f64());
        width.is_some_and(|width| width <= NARROW_PX)
    };
    app.update(|state| state.is_narrow = is_narrow());
    let app = app.clone();
    let window = window()?;
    listen(&window, "resize", move |_: Event| {
        let is_narrow = is_narrow();
        if app.with(|state| state.is_narrow) != is_narrow {
            app.update(|state| state.is_narrow = is_narrow);
        }
    })
}
