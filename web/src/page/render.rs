//! The screen: the document as the state has it, part by part; then the maps, the address, and the state for scripts.
//!
//! Parts only read the state and say what is wanted. A [`Writer`] then changes what is not so yet, so that showing the same
//! state twice changes nothing. Long parts are asked only where what they depend on is another.

mod address;
mod badges;
mod bench;
mod depends;
mod diagnostics;
mod drawing;
mod embed;
mod findings;
mod glance;
mod inside;
mod lesson;
mod panels;
mod practice;
mod preparation;
mod qr_code;
mod readout;
mod texts;
mod told;
mod verdict;
mod view;

use crate::app::{App, Screen};
use crate::hook::set_phase;
use crate::node::Node;
use crate::state::State;
use crate::wanted::{Wanted, Writer};
use address::Address;
use drawing::Drawing;
use futures::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;
use web::language::{Language, Listed};

/// Puts what is built once into the document.
pub fn build() -> Result<(), JsValue> {
    panels::build()?;
    glance::build()?;
    practice::build()
}

type Render = fn(&State, &mut Wanted);
/// What a part depends on, as a number.
type Depends = fn(&State) -> u64;

/// Parts that are described anew each time: they hold controls, or change with most of the state.
const PARTS: [Render; 13] = [
    badges::render,
    embed::render,
    told::render,
    bench::render,
    view::render,
    panels::render,
    glance::render,
    verdict::answers,
    readout::render,
    findings::tabs,
    findings::checks_table,
    practice::render,
    diagnostics::render,
];

/// Parts with much to say, each with what it depends on: as long as that is the same, nothing is described.
const LONG_PARTS: [(Depends, Render); 9] = [
    (depends::on_result, verdict::render),
    (depends::on_result, findings::regions),
    (depends::on_inside, inside::render),
    (depends::on_bundle, findings::cohort_table),
    (depends::on_bundle, findings::model_card),
    (depends::on_preparation, preparation::render),
    (depends::on_lesson, lesson::render),
    (depends::on_practice, practice::found),
    (depends::on_qr_link, qr_code::render),
];

/// What is on the screen, as far as it must be remembered.
#[derive(Default)]
pub struct Page {
    writer: RefCell<Writer>,
    language: Cell<Option<Language>>,
    /// What the long parts depended on when they were written.
    said: Cell<[Option<u64>; LONG_PARTS.len()]>,
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
        self.writer.borrow_mut().write(app.with(|state| self.wanted(state)));
        set_phase(app.with(|state| state.phase));
        self.drawing.follow(app);
        self.address.follow(app);
    }

    /// How the document should be, as far as that may be otherwise than it was.
    fn wanted(&self, state: &State) -> Wanted {
        let mut wanted = Wanted::default();
        languages(state, &mut wanted);
        PARTS.iter().for_each(|part| part(state, &mut wanted));
        let mut said = self.said.get();
        for ((depends, part), said) in LONG_PARTS.iter().zip(&mut said) {
            let now = Some(depends(state));
            if *said != now {
                part(state, &mut wanted);
                *said = now;
            }
        }
        self.said.set(said);
        wanted
    }
}

/// All languages, each by its own name.
fn languages(state: &State, wanted: &mut Wanted) {
    let chosen = state.language_coming.unwrap_or(state.language.listed());
    let option =
        |listed: &Listed| Node::text("option", listed.name).with("value", listed.code).with("lang", listed.tag);
    let place = Listed::all().iter().position(|listed| *listed == chosen);
    wanted.list("#language", Listed::all().iter().map(option), place);
}
