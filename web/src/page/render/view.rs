//! How the maps are looked at: the controls of mode, blend, threshold, opacity, contrast and convention.

use crate::state::State;
use crate::wanted::Wanted;
use shared::explain::Direction;
use web::language::*;
use web::share::{Choice, Mode};
use web::wording;

pub fn render(state: &State, wanted: &mut Wanted) {
    dial(state, wanted);
    kept(state, wanted);
    let view = &state.view;
    wanted.checked(format!("input[name=mode][value={}]", view.mode.word()), true);
    wanted.hidden("#comparing", view.mode != Mode::Compare);
    wanted.hidden("#turning", view.mode != Mode::Volume);
    wanted.disabled("#threshold", state.shown.is_none());
    if let Some(shown) = &state.shown {
        let (most, step) = shown.threshold_range();
        wanted.attribute("#threshold", "max", most.to_string());
        wanted.attribute("#threshold", "step", step.to_string());
    }
    for (place, value) in [
        ("#blend", if view.wipe.is_some() { 1.0 } else { view.blend }),
        ("#wipe", view.wipe.unwrap_or(0.0)),
        ("#threshold", view.threshold),
        ("#opacity", view.opacity),
        ("#contrast", view.white),
    ] {
        wanted.value(place, value);
    }
    for (place, is_on) in [
        ("#anatomy", view.anatomy),
        ("#radiological", view.radiological),
        ("#all-maps", view.all_maps),
        ("#clip", !state.is_body_closed),
    ] {
        wanted.checked(place, is_on);
    }
    wanted.text("#threshold-value", wording::threshold(view.threshold));
}

/// What is kept for comparison, and why it may not lie beside what is shown.
fn kept(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let (label, tip) = if state.kept.is_some() { (KEPT_LET_GO, KEPT_LET_GO_TIP) } else { (KEPT_KEEP, KEPT_KEEP_TIP) };
    wanted.text("#keep", language.text(label));
    wanted.attribute("#keep", "title", language.text(tip));
    wanted.disabled("#keep", state.kept.is_none() && state.still_shown().is_none());
    let is_elsewhere = state.beside().is_some() && !state.sight().compares_images();
    wanted.hidden("#kept-words", state.kept.is_none() || is_elsewhere);
    let Some(kept) = &state.kept else { return wanted.text("#kept-words", "") };
    let name = language.say(&kept.case.subject.name);
    let words = match (state.beside(), state.still_shown()) {
        (Some(_), _) if kept.answer.is_mean => {
            language.fill(KEPT_BESIDE_MEAN, &[("told", &kept.answer.told(language, &name).title)])
        }
        (Some(_), _) => {
            language.fill(KEPT_BESIDE, &[("name", &name), ("told", &kept.answer.told(language, &name).title)])
        }
        (None, Some(shown)) if shown.case.bundle.id != kept.case.bundle.id => {
            language.fill(KEPT_OTHER_MODEL, &[("name", &name), ("model", &kept.case.bundle.id)])
        }
        _ if state.dial_years().is_some() => language.fill(KEPT_ALONE_DIAL, &[("name", &name)]),
        _ => language.fill(KEPT_ALONE, &[("name", &name)]),
    };
    wanted.text("#kept-words", words);
}

/// The age dial, where the model has one.
fn dial(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    // Of an image that is not explained yet no age is known, and none is shown.
    let range = state.dial_years().filter(|_| state.subject.is_some() && state.unexplained().is_none());
    wanted.hidden("#dial, #dial-hint", range.is_none());
    let (Some([youngest, oldest]), Some(years)) = (range, state.dial_stands_at()) else { return };
    wanted.attribute("#dial-age", "min", youngest.to_string());
    wanted.attribute("#dial-age", "max", oldest.to_string());
    for (place, years) in [("#dial-youngest", youngest), ("#dial-oldest", oldest)] {
        wanted.text(place, language.fill(DIAL_YEARS, &[("years", &years.to_string())]));
    }
    wanted.value("#dial-age", f64::from(years));
    // Without a turn of the dial an image is led to the mean of the other group, whatever age that is.
    let group = state.dial_shows_group();
    let words = match group {
        Some(Direction::YoungToOld) => language.text(DIAL_GROUP_OLD).to_owned(),
        Some(Direction::OldToYoung) => language.text(DIAL_GROUP_YOUNG).to_owned(),
        None => language.fill(DIAL_YEARS, &[("years", &years.to_string())]),
    };
    wanted.attribute("#dial-age", "aria-valuetext", words.clone());
    wanted.text("#dial-years", words);
    let is_whole = group.is_some();
    wanted.class("#dial", "whole", is_whole);
    let own = state.still_shown().and_then(|shown| shown.answer.age);
    let hint = match own {
        _ if is_whole => language.text(DIAL_HINT_WHOLE).to_owned(),
        Some(age) => language.fill(DIAL_HINT_OWN, &[("years", &format!("{:.0}", age.years.max(0.0)))]),
        None => language.text(DIAL_HINT).to_owned(),
    };
    wanted.text("#dial-hint", hint);
}
