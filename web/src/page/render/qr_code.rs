//! The QR code of a link: the drawing, the link as text, and what must be said of it.

use crate::node::Node;
use crate::state::State;
use crate::wanted::Wanted;
use web::language::*;
use web::qr_code::drawing_of;

pub fn render(state: &State, wanted: &mut Wanted) {
    let language = state.language;
    let Some(shown) = &state.qr_link else {
        wanted.text("#qr-link", "");
        return wanted.children("#qr-code", []);
    };
    let drawing = drawing_of(&shown.link);
    wanted.text("#qr-link", shown.link.as_str());
    let notes: Vec<&str> = [
        (drawing.is_none(), QR_TOO_LONG),
        (shown.leaves_scan_out, QR_SCAN),
        (shown.is_of_this_computer, QR_THIS_COMPUTER),
    ]
    .into_iter()
    .filter(|(is_so, _)| *is_so)
    .map(|(_, key)| language.text(key))
    .collect();
    wanted.hidden("#qr-note", notes.is_empty());
    wanted.text("#qr-note", language.join(&notes));
    let picture = drawing.map(|drawing| {
        let side = drawing.side;
        let path = |data: String, colour| Node::new("path").with("d", data).with("fill", colour);
        Node::new("svg")
            .with("viewBox", format!("0 0 {side} {side}"))
            .with("shape-rendering", "crispEdges")
            .with("role", "img")
            .with("aria-label", language.text(QR_PICTURE))
            .child(path(format!("M0 0h{side}v{side}h-{side}z"), "#fff"))
            .child(path(drawing.path, "#000"))
    });
    wanted.children("#qr-code", picture);
}
