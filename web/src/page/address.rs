//! What is looked at, as the fragment of the page's address.

use crate::dom::window;
use crate::state::State;
use wasm_bindgen::JsValue;

fn fragment(state: &State) -> String {
    format!("#{}", state.link().to_fragment())
}

/// Whether the address says what is looked at.
pub fn is_there(state: &State) -> bool {
    window().and_then(|window| window.location().hash()).is_ok_and(|hash| hash == fragment(state))
}

/// Puts it there, without an entry in the history.
pub fn write(state: &State) -> Result<(), JsValue> {
    window()?.history()?.replace_state_with_url(&JsValue::NULL, "", Some(&fragment(state)))
}
