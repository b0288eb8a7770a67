//! The panels around the maps: headings, colour bars, which of them are there. The maps themselves: [`super::drawing`].

use crate::dom::by_id;
use crate::node::Node;
use crate::state::State;
use crate::wanted::Wanted;
use wasm_bindgen::JsValue;
use web::panels::{PANELS, Panel, Scale, captions};
use web::share::{Choice, Mode};
use web_sys::{Element, HtmlElement};

/// Puts the panels, their values and their files into the document, once: canvases are never built anew.
pub fn build() -> Result<(), JsValue> {
    let maps: HtmlElement = by_id("maps")?;
    let first = maps.first_element_child();
    for panel in &PANELS {
        let figure = figure(panel).build()?;
        maps.insert_before(&figure, first.as_ref().map(AsRef::as_ref))?;
    }
    let values: Element = by_id("values")?;
    let menu: Element = by_id("export-items")?;
    let table = menu.query_selector("[data-export=csv]")?;
    for panel in &PANELS {
        let value = value(panel).build()?;
        values.append_child(&value)?;
        if panel.export.is_some() {
            let item = Node::new("button").with("type", "button").with("data-export", panel.id);
            let item = item.build()?;
            menu.insert_before(&item, table.as_ref().map(AsRef::as_ref))?;
        }
    }
    Ok(())
}

fn figure(panel: &Panel) -> Node {
    let id = panel.id;
    let enlarge = Node::button("enlarge", "").with("aria-pressed", "false");
    let heading = Node::new("figcaption").child(Node::new("h3").with("id", format!("{id}-title"))).child(enlarge);
    let canvas = Node::new("canvas").with("role", "application");
    let [low, high] = [Node::new("span"), Node::new("span").with_if(panel.scale == Scale::Grey, "class", "white-end")];
    let ramp = Node::new("i").with("class", "ramp").with("data-scale", panel.scale.word());
    Node::new("figure")
        .with("class", "panel")
        .with("data-map", id)
        .with("data-testid", format!("panel-{id}"))
        .with_if(panel.is_truth || panel.is_kept, "hidden", "")
        .child(heading)
        .child(Node::new("div").with("class", "screen").child(canvas))
        .child(Node::new("div").with("class", "scale").children([low, ramp, high, Node::new("b")]))
}

fn value(panel: &Panel) -> Node {
    let value = Node::text("dd", "–").with("data-value", panel.id);
    Node::new("div")
        .with("data-row", panel.id)
        .with_if(panel.is_truth || panel.is_kept, "hidden", "")
        .child(Node::new("dt"))
        .child(value)
}

pub fn render(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let sight = state.sight();
    let content = state.content();
    let captions = captions(language, state.view.white, content.as_ref());
    let mut is_focused = false;
    for (index, (panel, caption)) in PANELS.iter().zip(captions).enumerate() {
        let place = |inner: &str| format!(".panel[data-map={}] {inner}", panel.id);
        let title = match share_of_blend(state, index) {
            Some(share) => format!("{} · {share}", caption.title),
            None => caption.title,
        };
        wanted.text(place("h3"), title);
        wanted.attribute(place(".enlarge"), "aria-label", language.text(panel.enlarge));
        wanted.attribute(place("canvas"), "aria-label", language.text(panel.label));
        ends(wanted, &place(".scale"), caption.ends);
        let is_seen = sight.has(panel);
        let is_large = is_seen && state.enlarged == Some(index) && sight.mode == Mode::Side;
        is_focused |= is_large;
        wanted.switch(place(".enlarge"), "aria-pressed", is_large);
        let figure = format!(".panel[data-map={}]", panel.id);
        wanted.class(figure.clone(), "large", is_large);
        wanted.hidden(figure, !is_seen);
        if let Some(export) = panel.export {
            wanted.text(format!("[data-export={}]", panel.id), language.text(export));
        }
    }
    body(state, wanted);
    wanted.class("#maps", "focused", is_focused);
    wanted.class("#maps", "pairs", sight.compares_images());
    wanted.class("#maps", "shuffled", state.is_shuffled());
    // The verdict names the image it belongs to; the pictures only fade.
    wanted.class("#maps", "stale", state.is_stale());
    wanted.attribute("#maps", "data-mode", state.view.mode.word());
}

/// How much of a panel's image the one picture of a blend holds: its heading must not look like that of a half.
fn share_of_blend(state: &State, index: usize) -> Option<String> {
    let is_blend = state.view.mode == Mode::Compare && state.view.wipe.is_none();
    let share = match index {
        0 => 1.0 - state.view.blend,
        1 => state.view.blend,
        _ => return None,
    };
    is_blend.then(|| format!("{:.0}%", 100.0 * share))
}

/// The body in 3-D has the colours of the difference.
fn body(state: &State, wanted: &mut Wanted) {
    let words = Scale::Difference.ends(state.language, state.view.white, state.content().as_ref());
    ends(wanted, ".panel[data-map=volume] .scale", words);
    wanted.hidden(".panel[data-map=volume]", state.view.mode != Mode::Volume);
}

fn ends(wanted: &mut Wanted, scale: &str, [low, high, unit]: [String; 3]) {
    wanted.text(format!("{scale} span:first-child"), low);
    wanted.text(format!("{scale} .ramp + span"), high);
    wanted.text(format!("{scale} b"), unit);
}
