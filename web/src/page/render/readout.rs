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
        wanted.hidden(row, panel.is_truth && !has_truth || panel.is_kept && state.beside().is_none());
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
    let kept = state.beside().and_then(|kept| kept.maps.values_at(place));
    let [before, after, change, cam] = values.map_or([None; 4], |values| values.map(Some));
    let [of_kept, _, change_of_kept, _] = kept.map_or([None; 4], |values| values.map(Some));
    let all = [before, after, change, cam, truth, of_kept, change_of_kept];
    for (value, panel) in all.into_iter().zip(&PANELS) {
        let text = value.map(|value| panel.scale.readable(value));
        wanted.text(format!("dd[data-value={}]", panel.id), text.as_deref().unwrap_or("–"));
    }
}
