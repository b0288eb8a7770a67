//! The page within another one: a mark for the style sheet, and the way out to the same view in a page of its own.

use crate::state::State;
use crate::wanted::Wanted;

pub fn render(state: &State, wanted: &mut Wanted) {
    wanted.class("html", "embedded", state.is_embedded);
    wanted.hidden("#embed-foot", !state.is_embedded);
    // What a link is still opening is not what is looked at.
    if state.links_opening == 0 {
        wanted.attribute("#embed-out", "href", format!("#{}", state.link().alone().to_fragment()));
    }
}
