//! The bench: which model, which image, which way, and the buttons.

use crate::state::State;
use crate::wanted::Wanted;
use shared::explain::Direction;
use web::aim::Aim;
use web::language::*;
use web::share::Choice;

/// Value of the option that stands for the visitor's own file.
const OWN_FILE: &str = "own";
/// Value of the direction that the classifier decides.
const AUTO: &str = "auto";

pub fn render(state: &State, wanted: &mut Wanted) {
    bundles(state, wanted);
    images(state, wanted);
    series(state, wanted);
    // Where the dial was turned, no way is chosen: what is computed next is another age.
    let way = state.aim().map_or_else(|| AUTO.to_owned(), Aim::word);
    for value in [AUTO, Direction::YoungToOld.word(), Direction::OldToYoung.word()] {
        wanted.checked(format!("input[name=direction][value={value}]"), way == value);
    }
    buttons(state, wanted);
}

fn bundles(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let opening = state.opening.as_ref().and_then(|opening| opening.bundle.as_ref());
    let open = opening.or(state.bundle.as_ref().map(|bundle| &bundle.id));
    let of_site = state.bundles.iter().map(|entry| {
        let title = entry.title.as_deref().unwrap_or(&entry.id);
        (entry.id.clone(), language.say(title).into_owned())
    });
    let own = state.own_bundles.iter().map(|own| {
        let title = language.fill(BENCH_OWN_BUNDLE, &[("title", &language.say(&own.title))]);
        (own.id.clone(), title)
    });
    let options: Vec<(String, String)> = of_site.chain(own).collect();
    let chosen = options.iter().position(|(id, _)| Some(id) == open);
    wanted.disabled("#bundle", options.len() < 2);
    wanted.options("#bundle", options, chosen);
    wanted.hidden("#bundle-folder-field", !state.is_folder_offered);
    wanted.hidden("#bundle-own, #share-none", !state.is_bundle_own());
    if let Some(bundle) = &state.bundle {
        wanted.text("#bundle-title", language.say(&bundle.manifest.title));
    }
}

/// None is chosen where none is open, so that any can be.
fn images(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let samples = state.bundle.as_ref().map_or(&[][..], |bundle| &bundle.manifest.samples);
    let mut options: Vec<(String, String)> = samples
        .iter()
        .enumerate()
        .map(|(index, sample)| (index.to_string(), language.say(&sample.title).into_owned()))
        .collect();
    let opening = state.opening.as_ref().and_then(|opening| opening.sample);
    let chosen = opening.or_else(|| match &state.subject.as_ref()?.sample {
        Some(id) => samples.iter().position(|sample| sample.id == *id),
        None => Some(samples.len()),
    });
    options.extend(state.own.iter().map(|(own, _)| (OWN_FILE.to_owned(), own.name.clone())));
    wanted.disabled("#sample", options.is_empty());
    wanted.options("#sample", options, chosen);
}

/// The series of the image that is open, where it came with others.
fn series(state: &State, wanted: &mut Wanted) {
    let own = state.own.as_ref().map(|(own, _)| own.key);
    let open = state.series_open.filter(|(_, key)| Some(*key) == own).map(|(place, _)| place);
    wanted.hidden("#series-field", open.is_none() || state.series.len() < 2);
    let options = state.series.iter().enumerate().map(|(place, one)| (place.to_string(), one.about.in_words()));
    wanted.options("#series", options, open);
}

fn buttons(state: &State, wanted: &mut Wanted) {
    let is_working = state.running.is_some();
    wanted.disabled("#explain, #checks-run", !state.may_ask());
    wanted.disabled("#inside-run", !state.may_ask() || state.still_shown().is_none());
    let is_sample = state.opening.is_none() && state.subject.as_ref().is_some_and(|subject| !subject.is_own());
    let label = match (is_working, is_sample) {
        (true, _) => BENCH_WORKING,
        (false, true) => BENCH_COMPUTE,
        (false, false) => BENCH_EXPLAIN,
    };
    wanted.text("#explain", state.language.text(label));
    wanted.hidden("#cancel", !is_working && !state.is_converting && state.recording.is_none());
    wanted.hidden("#export-gif", state.dial_years().is_none());
    wanted.disabled("#export-gif", !state.may_record());
    wanted.hidden("#forget", !state.has_own());
}
