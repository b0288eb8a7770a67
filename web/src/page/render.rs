//! The screen: the document as the state has it, part by part; then the maps, the address, and the state for scripts.
//!
//! Parts only read the state and say what is wanted. A [`Writer`] then changes what is not so yet, so that showing the same
//! state twice changes nothing.

mod address;
mod badges;
mod bench;
mod diagnostics;
mod drawing;
mod findings;
mod lesson;
mod panels;
mod preparation;
mod readout;
mod texts;
mod told;
mod verdict;
mod view;

pub use panels::build as build_panels;

use crate::app::{App, Screen};
use crate::hook::set_phase;
use crate::state::State;
use crate::wanted::{Wanted, Writer};
use address::Address;
use drawing::Drawing;
use futures::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use web::language::Language;

/// All parts, from the top of the page to its end.
const PARTS: [fn(&State, &mut Wanted); 11] = [
    badges::render,
    told::render,
    bench::render,
    verdict::render,
    view::render,
    panels::render,
    readout::render,
    findings::render,
    preparation::render,
    lesson::render,
    diagnostics::render,
];

/// What is on the screen, as far as it must be remembered.
#[derive(Default)]
pub struct Page {
    writer: RefCell<Writer>,
    language: Cell<Option<Language>>,
    drawing: Drawing,
    address: Address,
    is_busy: Cell<bool>,
    is_due: Cell<bool>,
}

impl Screen for Page {
    fn show(&self, app: &App) {
        self.is_due.set(true);
        // Taking an element away can make the browser speak to a handler: what that changes is shown in the next round.
        if self.is_busy.replace(true) {
            return;
        }
        while self.is_due.replace(false) {
            self.show_once(app);
        }
        self.is_busy.set(false);
    }

    fn drawn(&self) -> LocalBoxFuture<'static, ()> {
        self.drawing.finished()
    }
}

impl Page {
    fn show_once(&self, app: &App) {
        let language = app.language();
        if self.language.replace(Some(language)) != Some(language) {
            // A part of the page that is missing would have stopped the start.
            let _ = texts::fill(language);
        }
        self.writer.borrow_mut().write(app.with(document));
        set_phase(app.with(|state| state.phase));
        self.drawing.follow(app);
        self.address.follow(app);
    }
}

/// The whole document.
fn document(state: &State) -> Wanted {
    let mut wanted = Wanted::default();
    wanted.checked(format!("input[name=language][value={}]", state.language.code()), true);
    PARTS.iter().for_each(|part| part(state, &mut wanted));
    wanted
}
