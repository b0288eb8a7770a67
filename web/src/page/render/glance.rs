//! The visitor's image as it came, in place of the maps, under a name of its own: it lies in its own space, so what belongs to
//! the maps of another image is not seen beside it.

use crate::dom::by_id;
use crate::node::Node;
use crate::state::State;
use crate::wanted::{Picture, Wanted};
use wasm_bindgen::JsValue;
use web::glance::PLANES;
use web::language::*;
use web_sys::HtmlElement;

/// Edges, in the order of the letters.
const SIDES: [&str; 4] = ["left", "right", "top", "bottom"];

/// Puts the places of the slices into the document, once.
pub fn build() -> Result<(), JsValue> {
    let slices: HtmlElement = by_id("glance-slices")?;
    for plane in &PLANES {
        let letters = SIDES.map(|side| Node::new("span").with("class", "edge").with("data-side", side));
        let screen = Node::new("div").with("class", "screen").with("data-plane", plane.id);
        let element = screen.child(Node::new("canvas")).children(letters).build()?;
        slices.append_child(&element)?;
    }
    Ok(())
}

pub fn render(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let seen = state.glanced_at();
    wanted.hidden("#glance", seen.is_none());
    wanted.class(".work", "glancing", seen.is_some());
    wanted.disabled("[data-export=png]", seen.is_some());
    wanted.disabled("#export-html", seen.is_some() || state.still_shown().is_none());
    let is_radiological = state.view.radiological;
    for (index, plane) in PLANES.iter().enumerate() {
        let place = |inner: &str| format!("#glance [data-plane={}] {inner}", plane.id);
        for (side, letter) in SIDES.iter().zip(plane.letters(is_radiological)) {
            wanted.text(place(&format!("[data-side={side}]")), letter);
        }
        wanted.class(place("canvas"), "mirrored", plane.is_mirrored(is_radiological));
        // Nothing of an image that is gone stays in a section that is hidden.
        let kept = state.glance.as_ref().map(|glance| glance.slices[index].clone());
        let picture = kept.unwrap_or_else(Picture::blank);
        let [width, height] = picture.size;
        wanted.style(place("").trim_end().to_owned(), "aspect-ratio", format!("{width} / {height}"));
        wanted.style(place("").trim_end().to_owned(), "flex-grow", width.to_string());
        wanted.picture(place("canvas"), picture);
    }
    let (title, words) = match seen {
        Some((glance, subject)) => {
            let title = language.text(if glance.is_map { GLANCE_MAP } else { GLANCE_SCAN });
            (title, language.fill(GLANCE_SLICES, &[("name", &subject.name)]))
        }
        None => ("", String::new()),
    };
    wanted.text("#glance-title", title);
    wanted.attribute("#glance-slices", "aria-label", words);
}
