//! The maps and the crosshair: drawing, sliders, readout, colour bars, enlarging.

use crate::app::App;
use crate::dom::{by_id, listen, message_of, select, select_all, set_hidden, set_text, window};
use crate::viewer::{Viewer, drawing, viewer};
use crate::{link, look};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web::language::*;
use web::maps::MAP_NAMES;
use web::wording;
use web_sys::{Event, HtmlCanvasElement, HtmlElement, HtmlInputElement};

/// Width below which the maps show their axial plane only, CSS pixels. As in `maps.css`.
const NARROW_PX: f64 = 760.0;

pub async fn install(app: &App) -> Result<(), JsValue> {
    for button in select_all::<HtmlElement>(".enlarge")? {
        let pressed = button.clone();
        listen(&button, "click", move |_: Event| toggle_large(&pressed))?;
    }
    let Some(viewer) = viewer() else {
        app.fail(ERROR_NO_VIEWER);
        return Ok(());
    };
    if !viewer.supported() {
        app.with(|state| state.lasting_error = Some(ERROR_WEBGL.into()));
        app.fail(ERROR_WEBGL);
        return Ok(());
    }
    let canvases: Array = select_all::<HtmlElement>(".screen canvas:not(#volume-canvas)")?.into_iter().collect();
    viewer.set_volume_canvas(&by_id::<HtmlCanvasElement>("volume-canvas")?);
    let handle = app.clone();
    let on_move = Closure::<dyn FnMut(f64, f64, f64)>::new(move |x, y, z| crosshair_moved(&handle, [x, y, z]));
    let handle = app.clone();
    let on_lost = Closure::<dyn FnMut()>::new(move || handle.fail(ERROR_GRAPHICS));
    let handle = app.clone();
    let on_restored = Closure::<dyn FnMut()>::new(move || {
        handle.notice(NOTICE_RESTORED);
        handle.recovered();
    });
    viewer.set_restored_handler(on_restored.as_ref().unchecked_ref());
    viewer.start(&canvases, on_move.as_ref().unchecked_ref(), on_lost.as_ref().unchecked_ref()).await?;
    // They live as long as the panels.
    on_move.forget();
    on_lost.forget();
    on_restored.forget();
    for axis in 0..3 {
        let (handle, viewer, input) = (app.clone(), viewer.clone(), slider(axis)?);
        listen(&input, "input", move |_: Event| {
            let place = [0, 1, 2].map(|axis| slider(axis).map_or(0.0, |slider| slider.value_as_number()));
            viewer.move_to(place[0], place[1], place[2]);
            crosshair_moved(&handle, place);
        })?;
    }
    install_width(&viewer)?;
    colour_bars(&viewer);
    Ok(())
}

/// Draws the result of the state. The crosshair goes where the view says, else stays where it is as long as that lies
/// on this grid, else goes where the most changes.
pub async fn show(app: &App) -> Result<(), JsValue> {
    let Some(viewer) = drawing() else { return Ok(()) };
    let found = app.with(|state| {
        state.shown.as_ref().map(|shown| {
            let maps = match &state.checked {
                Some(checked) if checked.is_shown => checked.shuffled.as_ref().unwrap_or(&shown.maps),
                _ => &shown.maps,
            };
            let files: Array = maps.to_nifti().iter().map(|file| Uint8Array::from(file.as_slice())).collect();
            let truth = shown.maps.truth_to_nifti();
            files.push(&truth.map_or(JsValue::UNDEFINED, |file| Uint8Array::from(file.as_slice()).into()));
            let limit = shown.maps.difference_limit().0;
            (files, limit, shown.maps.extent_mm(), shown.maps.largest_change_mm(), state.view.at_mni_mm)
        })
    });
    let Some((files, limit, extent, largest, wanted)) = found else { return Ok(()) };
    let has_truth = !files.get(4).is_undefined();
    set_hidden("truth-value", !has_truth);
    let threshold = look::set_limit(app, limit)?;
    let panel: HtmlElement = select(".panel[data-map=truth]")?;
    panel.set_hidden(!has_truth);
    let maps: HtmlElement = by_id("maps")?;
    maps.class_list().toggle_with_force("with-truth", has_truth)?;
    viewer.show(&files, limit, threshold).await?;
    colour_bars(&viewer);

    let sliders = [slider(0)?, slider(1)?, slider(2)?];
    let is_inside = |place: &[f64; 3]| {
        std::iter::zip(place, extent).all(|(value, (low, high, step))| (low - step..=high + step).contains(value))
    };
    let place = wanted.filter(is_inside).unwrap_or(largest);
    for (slider, (low, high, step)) in sliders.iter().zip(extent) {
        slider.set_min(&low.to_string());
        slider.set_max(&high.to_string());
        slider.set_step(&step.to_string());
        slider.set_disabled(false);
    }
    viewer.move_to(place[0], place[1], place[2]);
    write_place(app, place);
    Ok(())
}

/// Moves the crosshair of all maps.
pub fn go_to(app: &App, mni_mm: [f64; 3]) {
    if let Some(viewer) = drawing() {
        viewer.move_to(mni_mm[0], mni_mm[1], mni_mm[2]);
    }
    crosshair_moved(app, mni_mm);
}

fn crosshair_moved(app: &App, mni_mm: [f64; 3]) {
    app.with(|state| state.view.at_mni_mm = Some(mni_mm));
    write_place(app, mni_mm);
    link::keep(app);
}

fn slider(axis: usize) -> Result<HtmlInputElement, JsValue> {
    select(&format!("input[data-axis='{axis}']"))
}

/// Where the crosshair is.
pub fn place() -> Option<[f64; 3]> {
    let sliders = [slider(0).ok()?, slider(1).ok()?, slider(2).ok()?];
    (!sliders[0].disabled()).then(|| sliders.map(|slider| slider.value_as_number()))
}

/// Writes place, region and values of the crosshair anew.
pub fn read_out(app: &App) {
    if let Some(place) = place() {
        write_place(app, place);
    }
}

/// Name of the region at a place.
pub fn region_at(app: &App, mni_mm: [f64; 3]) -> String {
    app.with(|state| {
        let language = state.language;
        let Some(atlas) = &state.atlas else { return language.text(REGION_LOADING).to_owned() };
        let labels = state.shown_labels();
        let index = state.shown.as_ref().and_then(|shown| shown.maps.index_at(mni_mm));
        // As the table counts: beside the atlas's region too. Where the grid's mask ends, the atlas itself.
        let counted = index.zip(labels).and_then(|(index, labels)| Some(&labels.part_at(index)?.region));
        match counted.or_else(|| atlas.at(mni_mm)) {
            Some(region) => language.region(&region.name, &region.readable),
            None => language.text(REGION_NONE).to_owned(),
        }
    })
}

fn write_place(app: &App, mni_mm: [f64; 3]) {
    // Parts that are missing would have stopped the start.
    let _ = try_write_place(app, mni_mm);
}

fn try_write_place(app: &App, mni_mm: [f64; 3]) -> Result<(), JsValue> {
    for (axis, text) in wording::place(mni_mm).into_iter().enumerate() {
        let slider = slider(axis)?;
        slider.set_value_as_number(mni_mm[axis]);
        slider.set_attribute("aria-valuetext", &text)?;
        select::<HtmlElement>(&format!("output[data-axis='{axis}']"))?.set_text_content(Some(&text));
    }
    set_text("region-name", &region_at(app, mni_mm));
    let (values, truth) = app.with(|state| {
        let maps = state.shown.as_ref().map(|shown| &shown.maps);
        (maps.and_then(|maps| maps.values_at(mni_mm)), maps.and_then(|maps| maps.truth_at(mni_mm)))
    });
    let write = |name: &str, text: Option<String>| -> Result<(), JsValue> {
        let cell: HtmlElement = select(&format!("dd[data-value={name}]"))?;
        cell.set_text_content(Some(text.as_deref().unwrap_or("–")));
        Ok(())
    };
    for (index, name) in MAP_NAMES.into_iter().enumerate() {
        let text = values.map(|values| f64::from(values[index])).map(|value| match index {
            2 => wording::signed(value, 3),
            _ => wording::number(value, 3),
        });
        write(name, text)?;
    }
    write("truth", truth.map(|value| wording::signed(f64::from(value), 3)))
}

/// Says that the maps could not be drawn, if so.
pub fn tell(app: &App, outcome: Result<JsValue, JsValue>) {
    if let Err(error) = outcome {
        app.fail(Message::of(ERROR_DRAWING, &[("reason", &message_of(&error))]));
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
        if narrow != is_narrow() {
            narrow = !narrow;
            viewer.set_axial_only(narrow);
        }
    })
}

/// Colours the bars below the maps as the maps are.
pub fn colour_bars(viewer: &Viewer) {
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
