//! The lesson in which visitors train a classifier: sliders, how often it is right, where it looks, and whom it learned from.

use crate::dom::by_id;
use crate::node::Node;
use crate::state::State;
use crate::wanted::{Picture, Wanted};
use js_sys::Uint8ClampedArray;
use wasm_bindgen::JsValue;
use web::language::*;
use web::practice::{Group, Outcome, RANGES, SHOWN, ageing_picture, followed_picture, person_picture};
use web::practice_words as words;
use web_sys::Element;

const GROUPS: [(Group, &str); 2] = [(Group::Young, "#practice-young"), (Group::Old, "#practice-old")];

/// Puts the places of the people into the document, once: canvases are never built anew.
pub fn build() -> Result<(), JsValue> {
    for (_, place) in GROUPS {
        let row: Element = by_id(place.trim_start_matches('#'))?;
        for _ in 0..SHOWN {
            let canvas = Node::new("canvas").with("role", "img");
            let figure = Node::new("figure").child(canvas).child(Node::new("figcaption").with("aria-hidden", "true"));
            let figure = figure.build()?;
            row.append_child(&figure)?;
        }
    }
    Ok(())
}

pub fn render(state: &State, wanted: &mut Wanted) {
    let is_open = state.is_practising();
    wanted.hidden("#practice", !is_open);
    wanted.hidden("#bench-jump", is_open);
    wanted.class(".work", "practising", is_open);
    wanted.attribute(".skip", "href", if is_open { "#practice" } else { "#maps" });
    if !is_open {
        return;
    }
    let (language, practice) = (state.language, &state.practice);
    let values = practice.settings.values().into_iter().zip(words::settings(language, practice.settings));
    for (range, (value, text)) in RANGES.into_iter().zip(values) {
        let place = format!("#practice-{}", range.id);
        for (name, number) in [("min", range.least), ("max", range.most), ("step", range.step)] {
            wanted.attribute(place.clone(), name, number.to_string());
        }
        wanted.value(place.clone(), value);
        wanted.attribute(place.clone(), "aria-valuetext", text.clone());
        wanted.text(format!("{place}-value"), text);
    }
    wanted.disabled("#practice-others", practice.class.is_none());
    wanted.class("#practice", "waiting", practice.is_waiting());
    let fault = practice.fault.as_ref().map(|fault| language.tell(fault));
    if practice.is_waiting() {
        wanted.text("#practice-found", fault.unwrap_or_else(|| words::readiness(language, practice.readiness)));
    }
}

/// What came out, as long as nothing else is being computed.
pub fn found(state: &State, wanted: &mut Wanted) {
    let (language, practice) = (state.language, &state.practice);
    let (Some((id, outcome)), Some(class)) = (&practice.outcome, &practice.class) else { return };
    if practice.is_waiting() {
        return;
    }
    wanted.text("#practice-found", words::found(language, outcome));
    wanted.children("#practice-scores", scores(language, outcome));
    let class = class.borrow();
    let slice = class.slice();
    let size = slice.size.map(|side| side as u32);
    let picture = |pixels: Vec<u8>| Picture { key: *id, size, pixels: Uint8ClampedArray::from(pixels.as_slice()) };
    wanted.picture("#practice-followed", picture(followed_picture(slice, &outcome.followed)));
    wanted.picture("#practice-ageing", picture(ageing_picture(slice, outcome.settings.loss_percent > 0.0)));
    let notes = [
        ("#practice-followed", words::followed(language, outcome)),
        ("#practice-ageing", words::ageing(language, outcome)),
    ];
    for (place, note) in notes {
        wanted.attribute(place, "aria-label", note.clone());
        wanted.text(format!("{place}-note"), note);
    }
    for (group, place) in GROUPS {
        let people = outcome.shown.iter().filter(|shown| shown.group == group);
        for (index, shown) in people.enumerate() {
            let figure = format!("{place} figure:nth-of-type({})", index + 1);
            wanted.picture(format!("{figure} canvas"), picture(person_picture(&shown.image)));
            wanted.attribute(format!("{figure} canvas"), "aria-label", words::person(language, shown));
            wanted.text(format!("{figure} figcaption"), words::caption(language, shown));
        }
    }
}

fn scores(language: Language, outcome: &Outcome) -> Vec<Node> {
    let row = |(key, score): (Key, web::practice::Score)| {
        let bar = Node::new("i").styled("inline-size", format!("{:.1}%", 100.0 * score.share()));
        Node::new("div")
            .child(Node::text("dt", language.text(key)))
            .child(Node::new("dd").with("class", "odds-bar").with("aria-hidden", "true").child(bar))
            .child(Node::text("dd", words::score(language, score)).with("class", "odds-text"))
    };
    let of =
        [(PRACTICE_OWN, outcome.own), (PRACTICE_BALANCED, outcome.balanced), (PRACTICE_REVERSED, outcome.reversed)];
    of.into_iter().map(row).collect()
}
