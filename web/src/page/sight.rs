//! The maps and everything about looking at them: crosshair, sliders, readout, colour bars, enlarging.

use crate::app::App;
use crate::dom::{by_id, listen, message_of, select, select_all, set_text, window};
use crate::viewer::{Viewer, viewer};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::maps::MAP_NAMES;
use web::wording;
use web_sys::{Event, HtmlElement, HtmlInputElement};

/// Width below which the maps show their axial plane only, CSS pixels. As in `maps.css`.
const NARROW_PX: f64 = 760.0;

pub async fn install(app: &App) -> Result<(), JsValue> {
    for button in select_all::<HtmlElement>(".enlarge")? {
        let pressed = button.clone();
        listen(&button, "click", move |_: Event| toggle_large(&pressed))?;
    }
    let Some(viewer) = viewer() else { return Err(JsValue::from_str("the viewer did not start")) };
    if !viewer.supported() {
        app.fail("This browser cannot draw with WebGL 2, so the maps stay black. Results are still told in words; for the maps, turn on hardware acceleration or use a current browser.");
        return Ok(());
    }
    let canvases: Array = select_all::<HtmlElement>(".screen canvas")?.into_iter().collect();
    let handle = app.clone();
    let on_move = Closure::<dyn FnMut(f64, f64, f64)>::new(move |x, y, z| read_out(&handle, [x, y, z]));
    let handle = app.clone();
    let on_lost = Closure::<dyn FnMut()>::new(move || {
        handle.fail("The graphics device was taken away from the page, so the maps are gone. Reload the page.");
    });
    viewer.start(&canvases, on_move.as_ref().unchecked_ref(), on_lost.as_ref().unchecked_ref()).await?;
    // They live as long as the panels.
    on_move.forget();
    on_lost.forget();
    install_switches(app, &viewer)?;
    install_width(&viewer)?;
    colour_bars(&viewer);
    Ok(())
}

/// Draws the result of the state; the crosshair stays where it is, at first where the most changes.
pub async fn show(app: &App) -> Result<(), JsValue> {
    let Some(viewer) = viewer().filter(Viewer::supported) else { return Ok(()) };
    let found = app.with(|state| {
        state.shown.as_ref().map(|shown| {
            let files: Array = shown.maps.to_nifti().iter().map(|file| Uint8Array::from(file.as_slice())).collect();
            (files, shown.maps.difference_limit().0, shown.maps.extent_mm(), shown.maps.largest_change_mm())
        })
    });
    let Some((files, limit, extent, largest)) = found else { return Ok(()) };
    let threshold: HtmlInputElement = by_id("threshold")?;
    threshold.set_max(&format!("{:.2}", limit / 2.0));
    threshold.set_step(if limit < 0.1 { "0.001" } else { "0.01" });
    threshold.set_disabled(false);
    viewer.set_threshold(threshold.value_as_number()).await?;
    viewer.show(&files, limit).await?;
    colour_bars(&viewer);

    let sliders = [slider(0)?, slider(1)?, slider(2)?];
    // The crosshair stays where the user left it, as long as that lies on this grid.
    let place = sliders.each_ref().map(|slider| slider.value_as_number());
    let stays = std::iter::zip(&sliders, place)
        .zip(extent)
        .all(|((slider, value), (low, high, _))| !slider.disabled() && (low..=high).contains(&value));
    for (slider, (low, high, step)) in sliders.iter().zip(extent) {
        slider.set_min(&low.to_string());
        slider.set_max(&high.to_string());
        slider.set_step(&step.to_string());
        slider.set_disabled(false);
    }
    let place = if stays { place } else { largest };
    viewer.move_to(place[0], place[1], place[2]);
    read_out(app, place);
    Ok(())
}

fn slider(axis: usize) -> Result<HtmlInputElement, JsValue> {
    select(&format!("input[data-axis='{axis}']"))
}

/// Writes place and values of the crosshair.
fn read_out(app: &App, mni_mm: [f64; 3]) {
    // Parts that are missing would have stopped the start.
    let _ = try_read_out(app, mni_mm);
}

fn try_read_out(app: &App, mni_mm: [f64; 3]) -> Result<(), JsValue> {
    for (axis, text) in wording::place(mni_mm).into_iter().enumerate() {
        let slider = slider(axis)?;
        slider.set_value_as_number(mni_mm[axis]);
        slider.set_attribute("aria-valuetext", &text)?;
        select::<HtmlElement>(&format!("output[data-axis='{axis}']"))?.set_text_content(Some(&text));
    }
    let values = app.with(|state| state.shown.as_ref().and_then(|shown| shown.maps.values_at(mni_mm)));
    for (index, name) in MAP_NAMES.into_iter().enumerate() {
        let text = values.map(|values| f64::from(values[index])).map(|value| match index {
            2 => wording::signed(value, 3),
            _ => wording::number(value, 3),
        });
        let cell: HtmlElement = select(&format!("dd[data-value={name}]"))?;
        cell.set_text_content(Some(text.as_deref().unwrap_or("–")));
    }
    Ok(())
}

fn install_switches(app: &App, viewer: &Viewer) -> Result<(), JsValue> {
    for axis in 0..3 {
        let (handle, viewer, input) = (app.clone(), viewer.clone(), slider(axis)?);
        listen(&input, "input", move |_: Event| {
            let place = [0, 1, 2].map(|axis| slider(axis).map_or(0.0, |slider| slider.value_as_number()));
            viewer.move_to(place[0], place[1], place[2]);
            read_out(&handle, place);
        })?;
    }
    let threshold: HtmlInputElement = by_id("threshold")?;
    let (handle, view, input) = (app.clone(), viewer.clone(), threshold.clone());
    listen(&threshold, "input", move |_: Event| {
        let value = input.value_as_number();
        set_text("threshold-value", &wording::number(value, 2));
        let (app, viewer) = (handle.clone(), view.clone());
        spawn_local(async move {
            tell(&app, viewer.set_threshold(value).await);
            colour_bars(&viewer);
        });
    })?;
    let anatomy: HtmlInputElement = by_id("anatomy")?;
    let (handle, view, input) = (app.clone(), viewer.clone(), anatomy.clone());
    listen(&anatomy, "change", move |_: Event| {
        let (app, viewer, shown) = (handle.clone(), view.clone(), input.checked());
        spawn_local(async move { tell(&app, viewer.set_anatomy(shown).await) });
    })?;
    let radiological: HtmlInputElement = by_id("radiological")?;
    let (viewer, input) = (viewer.clone(), radiological.clone());
    listen(&radiological, "change", move |_: Event| viewer.set_radiological(input.checked()))
}

fn tell(app: &App, outcome: Result<JsValue, JsValue>) {
    if let Err(error) = outcome {
        app.fail(&format!("The maps could not be drawn: {}. Reload the page.", message_of(&error)));
    }
}

fn install_width(viewer: &Viewer) -> Result<(), JsValue> {
    let is_narrow = || {
        let width = window().and_then(|window| window.inner_width()).ok().and_then(|width| width.as_f64());
        width.is_some_and(|width| width <= NARROW_PX)
    };
    let mut narrow = is_narrow();
    viewer.set_axial_only(narrow);
    let viewer = viewer.clone();
    let window = window()?;
    listen(&window, "resize", move |_: Event| {
        if is_narrow() != narrow {
            narrow = !narrow;
            viewer.set_axial_only(narrow);
        }
    })
}

fn colour_bars(viewer: &Viewer) {
    for ramp in select_all::<HtmlElement>(".ramp").unwrap_or_default() {
        if let Some(scale) = ramp.get_attribute("data-scale") {
            // Without its colours a bar still has its numbers.
            let _ = ramp.style().set_property("background", &viewer.gradient(&scale));
        }
    }
}

/// Makes one map large, or all equal again.
fn toggle_large(button: &HtmlElement) {
    let was_pressed = button.get_attribute("aria-pressed").as_deref() == Some("true");
    let _ = try_toggle_large(button, !was_pressed);
}

fn try_toggle_large(button: &HtmlElement, large: bool) -> Result<(), JsValue> {
    for panel in select_all::<HtmlElement>(".panel")? {
        let own = panel.query_selector(".enlarge")?;
        let is_this = own.as_ref().is_some_and(|own| own.is_same_node(Some(button)));
        panel.class_list().toggle_with_force("large", large && is_this)?;
        if let Some(own) = own {
            own.set_attribute("aria-pressed", if large && is_this { "true" } else { "false" })?;
        }
    }
    select::<HtmlElement>(".maps")?.class_list().toggle_with_force("focused", large).map(drop)
}
