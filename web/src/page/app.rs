//! The page's state and what can be done with it.
//!
//! Shared by all handlers; a borrow never lasts over a wait or over a call into the viewer.

use crate::case::{Case, OpenBundle, Subject};
use crate::engine::{Engine, Question};
use crate::lesson::OpenLesson;
use crate::preparation::Preparation;
use crate::privacy::Privacy;
use crate::{checks, controls, dom, findings, hook, link, results, sight};
use shared::explain::{Atlas, Direction, Familiarity, RegionDifference, RegionLabels};
use std::cell::RefCell;
use std::rc::Rc;
use web::address::{Asked, BundleEntry, parse_query};
use web::language::*;
use web::maps::Maps;
use web::protocol::{Backend, BackendChoice};
use web::share::View;

/// What the maps show.
pub struct Shown {
    /// Whose they are, by which model.
    pub case: Rc<Case>,
    pub maps: Maps,
    pub direction: Direction,
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    /// How near the image is to what the model has seen, where it says so.
    pub familiarity: Option<Familiarity>,
    /// None where the native program computed it beforehand.
    pub computed: Option<Computed>,
    /// Why the verdict may be wrong.
    pub caution: Option<Message>,
    /// Change of each region; empty until the atlas is there.
    pub regions: Vec<RegionDifference>,
}

/// How the page computed a result.
#[derive(Clone)]
pub struct Computed {
    pub backend: Backend,
    pub seconds: f64,
    /// Of the preparation, where the image was a raw T1.
    pub prepared_score: Option<f64>,
    /// Whether the self-test passed, and the largest difference.
    pub self_test: Option<(bool, f32)>,
    /// What else there is to say, each a sentence.
    pub notes: Vec<Message>,
}

#[derive(Default)]
pub struct State {
    pub language: Language,
    pub asked: Asked,
    pub bundles: Vec<BundleEntry>,
    pub bundle: Option<Rc<OpenBundle>>,
    /// The visitor chose it, or the link that they opened.
    pub is_bundle_chosen: bool,
    pub atlas: Option<Rc<Atlas>>,
    pub subject: Option<Subject>,
    pub shown: Option<Shown>,
    /// The visitor's own image and its last result, kept in memory only while samples are looked at.
    pub own: Option<(Subject, Option<Shown>)>,
    pub view: View,
    /// The view that the maps were last brought to.
    pub drawn_view: Option<View>,
    pub lesson: Option<OpenLesson>,
    pub checked: Option<checks::Checked>,
    pub engine: Option<Engine>,
    /// What may be asked of other sites, and what was.
    pub privacy: Privacy,
    /// The question that is being computed.
    pub running: Option<Rc<Case>>,
    /// Something is being opened, and cannot be asked about yet.
    pub is_opening: bool,
    /// What was asked about it.
    pub question: Option<Question>,
    /// It is no longer wanted, and the engine has been told.
    pub cancelling: bool,
    /// Of the visitor's raw T1 that was prepared last.
    pub preparation: Option<Preparation>,
    /// What the engine said about itself last, for the provenance.
    pub engine_note: Option<Message>,
    pub self_test: Option<(bool, f32)>,
    /// Why an earlier engine was given up.
    pub crash_note: Option<Message>,
    pub status: Option<Message>,
    pub error: Option<Message>,
    /// What is wrong with this browser: it stays when other errors are over.
    pub lasting_error: Option<Message>,
    pub notices: Vec<Message>,
    last_id: u32,
    /// Counts what the user opens, so that a late answer to an earlier wish is dropped.
    turn: u32,
}

impl State {
    /// Whether what is shown belongs to another image or another model than what is open.
    pub fn is_stale(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| !shown.case.is_of(self.subject.as_ref(), self.bundle.as_ref()))
    }

    /// The atlas's regions in what is shown.
    pub fn shown_labels(&self) -> Option<&Rc<RegionLabels>> {
        self.shown.as_ref()?.case.bundle.labels(self.atlas.as_deref())
    }

    /// Change of each region in maps of a case.
    fn regions_of(&self, case: &Case, maps: &Maps) -> Vec<RegionDifference> {
        let labels = case.bundle.labels(self.atlas.as_deref());
        labels.map_or_else(Vec::new, |labels| labels.differences(maps.original(), maps.difference()))
    }
}

/// A handle on the state.
#[derive(Clone)]
pub struct App(Rc<RefCell<State>>);

impl App {
    pub fn new() -> Self {
        let query = dom::window().and_then(|window| window.location().search()).unwrap_or_default();
        App(Rc::new(RefCell::new(State { asked: parse_query(&query), ..State::default() })))
    }

    pub fn with<T>(&self, action: impl FnOnce(&mut State) -> T) -> T {
        action(&mut self.0.borrow_mut())
    }

    pub fn language(&self) -> Language {
        self.with(|state| state.language)
    }

    pub fn bundle(&self) -> Option<Rc<OpenBundle>> {
        self.with(|state| state.bundle.clone())
    }

    /// A new number for the next question, or the next image.
    pub fn next_id(&self) -> u32 {
        self.with(|state| {
            state.last_id += 1;
            state.last_id
        })
    }

    /// Whether the device is the visitor's choice.
    pub fn chosen_backend(&self) -> BackendChoice {
        self.with(|state| state.asked.backend)
    }

    /// Shows what went wrong; everything else stays as it is.
    pub fn fail(&self, message: impl Into<Message>) {
        let message = message.into();
        let is_working = self.with(|state| {
            state.error = Some(message);
            // What is being computed goes on, and says where it is.
            if state.running.is_none() {
                state.status = Some(STATUS_FAILED.into());
            }
            state.running.is_some()
        });
        self.tell();
        hook::set_state(if is_working { "working" } else { "failed" });
        controls::refresh(self);
    }

    pub fn clear_error(&self) {
        self.with(|state| state.error = state.lasting_error.clone());
        self.tell();
    }

    /// Shows something worth knowing that is no error; [`App::clear_notices`] takes all away.
    pub fn notice(&self, message: impl Into<Message>) {
        let message = message.into();
        self.with(|state| {
            if !state.notices.contains(&message) {
                state.notices.push(message);
            }
        });
        self.tell();
    }

    pub fn clear_notices(&self) {
        self.with(|state| state.notices.clear());
        self.tell();
    }

    pub fn say(&self, status: impl Into<Message>) {
        let status = status.into();
        self.with(|state| state.status = Some(status));
        self.tell();
    }

    /// What was wrong is right again; what is being computed or shown stays as it is.
    pub fn recovered(&self) {
        self.clear_error();
        let (is_working, name) = self
            .with(|state| (state.running.is_some(), state.shown.as_ref().map(|shown| shown.case.subject.name.clone())));
        match (is_working, name) {
            (false, Some(name)) => self.ready(Message::of(STATUS_SHOWING, &[("name", &name)])),
            _ => hook::set_state(if is_working { "working" } else { "ready" }),
        }
    }

    /// Nothing is being computed.
    pub fn ready(&self, status: impl Into<Message>) {
        self.say(status);
        hook::set_state("ready");
        controls::refresh(self);
    }

    /// Puts status, error and notices into the page.
    pub fn tell(&self) {
        let (language, status, error, notices) =
            self.with(|state| (state.language, state.status.clone(), state.error.clone(), state.notices.clone()));
        let told = |message: &Message| message.told(language);
        dom::set_text("status", &status.as_ref().map(told).unwrap_or_default());
        dom::set_text("error", &error.as_ref().map(told).unwrap_or_default());
        dom::set_hidden("error", error.is_none());
        dom::set_text("notice", &language.join(&notices.iter().map(told).collect::<Vec<_>>()));
        dom::set_hidden("notice", notices.is_empty());
    }

    /// Puts a result on the page.
    pub async fn show(&self, mut shown: Shown) {
        self.with(|state| {
            shown.regions = state.regions_of(&shown.case, &shown.maps);
            state.shown = Some(shown);
            state.checked = None;
        });
        self.retell_result();
        checks::show(self);
        if let Err(error) = sight::show(self).await {
            self.fail(Message::of(ERROR_DRAWING, &[("reason", &dom::message_of(&error))]));
        }
        link::keep(self);
    }

    /// Writes everything about the shown result anew, as for another language.
    pub fn retell_result(&self) {
        results::show_verdict(self);
        findings::show(self);
    }

    /// The atlas is there: what is shown gets names and numbers of regions.
    pub fn name_regions(&self) {
        self.with(|state| {
            if let Some(mut shown) = state.shown.take() {
                shown.regions = state.regions_of(&shown.case, &shown.maps);
                state.shown = Some(shown);
            }
        });
        self.retell_result();
        sight::read_out(self);
    }

    pub fn new_turn(&self) -> u32 {
        self.with(|state| {
            state.turn += 1;
            state.turn
        })
    }

    pub fn is_turn(&self, turn: u32) -> bool {
        self.with(|state| state.turn == turn)
    }
}
