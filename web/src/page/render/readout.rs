//! Where the crosshair is: its sliders, the region's name, the value of each map there.

use crate::state::State;
use crate::wanted::Wanted;
use web::panels::PANELS;
use web::wording;

pub fn render(state: &State, wanted: &mut Wanted) {
    for panel in &PANELS {
        let row = format!("#values [data-row={}]", panel.id);
        wanted.text(format!("{row} dt"), state.language.text(panel.name));
        let has_truth = state.shown.as_ref().is_some_and(|shown| shown.maps.has_truth());
        wanted.hidden(row, panel.is_truth && !has_truth);
    }
    let (Some(shown), Some(place)) = (&state.shown, state.place) else { return };
    let texts = wording::place(place);
    for (axis, (low, high, step)) in shown.maps.extent_mm().into_iter().enumerate() {
        let slider = format!("input[data-axis='{axis}']");
        wanted.attribute(slider.clone(), "min", low.to_string());
        wanted.attribute(slider.clone(), "max", high.to_string());
        wanted.attribute(slider.clone(), "step", step.to_string());
        wanted.disabled(slider.clone(), false);
        wanted.value(slider.clone(), place[axis]);
        wanted.attribute(slider, "aria-valuetext", texts[axis].clone());
        wanted.text(format!("output[data-axis='{axis}']"), texts[axis].clone());
    }
    wanted.text("#region-name", state.region_at(place));
    let values = shown.maps.values_at(place);
    let truth = shown.maps.truth_at(place);
    for (index, panel) in PANELS.iter().enumerate() {
        let value = if panel.is_truth { truth } else { values.and_then(|values| values.get(index).copied()) };
        let text = value.map(|value| panel.scale.readable(value));
        wanted.text(format!("dd[data-value={}]", panel.id), text.as_deref().unwrap_or("–"));
    }
}
