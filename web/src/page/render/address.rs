//! The address follows what is looked at, a moment later: many moves become one.

use crate::address::{is_there, write};
use crate::app::App;
use crate::dom::after_ms;
use crate::state::State;
use std::cell::Cell;
use std::rc::Rc;

/// So long the address waits for the next change before it follows.
const PATIENCE_MS: i32 = 250;

/// Knows whether the address will follow soon.
#[derive(Default)]
pub struct Address {
    is_waiting: Rc<Cell<bool>>,
}

impl Address {
    /// Lets the address follow where it is another, unless a link is being opened.
    pub fn follow(&self, app: &App) {
        if !app.with(is_due) || self.is_waiting.replace(true) {
            return;
        }
        let (app, is_waiting) = (app.clone(), self.is_waiting.clone());
        after_ms(PATIENCE_MS, move || {
            is_waiting.set(false);
            if app.with(is_due) {
                // Where the browser keeps no history the address stays as it is.
                let _ = app.with(write);
            }
        });
    }
}

fn is_due(state: &State) -> bool {
    state.links_opening == 0 && !is_there(state)
}
