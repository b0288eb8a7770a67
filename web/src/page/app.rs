//! The page's state and what can be done with it.
//!
//! Shared by all handlers; a borrow never lasts over a wait or over a call into the viewer.

use crate::engine::Engine;
use crate::preparation::{self, Preparation};
use crate::{controls, dom, fetch, hook, results, sight};
use shared::bundle::{Manifest, Sample};
use shared::explain::Direction;
use std::cell::RefCell;
use std::rc::Rc;
use web::address::{Asked, BundleEntry, first_bundle, is_inner_path, parse_query};
use web::maps::Maps;
use web::protocol::Backend;

/// What the maps show.
pub struct Shown {
    pub maps: Maps,
    pub name: String,
    pub direction: Direction,
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    /// None where the native program computed it beforehand.
    pub backend: Option<Backend>,
    /// The sentence about where it comes from.
    pub provenance: String,
    /// Why the verdict may be wrong.
    pub caution: Option<String>,
}

/// An image that can be explained.
#[derive(Clone)]
pub struct Subject {
    pub name: String,
    pub file: Rc<Vec<u8>>,
    /// The `.img` of a `.hdr`.
    pub image: Option<Rc<Vec<u8>>>,
    /// The direction of a sample's precomputed result.
    pub direction: Option<Direction>,
    pub is_sample: bool,
}

/// A bundle that is open.
#[derive(Clone)]
pub struct OpenBundle {
    /// Address of its folder, ending in `/`.
    pub url: String,
    pub manifest: Rc<Manifest>,
}

#[derive(Default)]
pub struct State {
    pub asked: Asked,
    pub bundle: Option<OpenBundle>,
    pub subject: Option<Subject>,
    pub shown: Option<Shown>,
    pub engine: Option<Engine>,
    /// The explanation that is being computed.
    pub running: Option<u32>,
    /// It is no longer wanted, and the engine has been told.
    pub cancelling: bool,
    /// Of the image that is open, where it is a raw T1 that has been prepared.
    pub preparation: Option<Preparation>,
    /// What the engine said about itself last, for the provenance.
    pub engine_note: String,
    pub self_test_note: String,
    /// Why an earlier engine was given up.
    pub crash_note: String,
    last_id: u32,
    /// Counts what the user opens, so that a late answer to an earlier wish is dropped.
    turn: u32,
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

    /// A new number for the next explanation.
    pub fn next_id(&self) -> u32 {
        self.with(|state| {
            state.last_id += 1;
            state.last_id
        })
    }

    /// Shows what went wrong; everything else stays as it is.
    pub fn fail(&self, message: &str) {
        dom::set_text("error", message);
        dom::set_hidden("error", false);
        dom::set_text("status", "Something went wrong; see the message.");
        hook::set_state("failed");
        controls::refresh(self);
    }

    pub fn clear_error(&self) {
        dom::set_hidden("error", true);
        dom::set_text("error", "");
    }

    /// Opens the bundle that the address asks for, or the first.
    pub async fn open_first_bundle(&self) {
        let asked = self.with(|state| state.asked.clone());
        let outcome = async {
            let entries: Vec<BundleEntry> = fetch::json("models/index.json", "models/index.json").await?;
            let entry = first_bundle(&entries, &asked)
                .ok_or("models/index.json: names no model. Export one with `trainer export`.")?;
            controls::list_bundles(&entries, &entry.id).map_err(|error| dom::message_of(&error))?;
            Ok::<_, String>(entry.id.clone())
        };
        match outcome.await {
            Ok(id) => self.open_bundle(&id).await,
            Err(message) => self.fail(&message),
        }
    }

    /// Opens a bundle by its folder's name and shows a sample of it.
    pub async fn open_bundle(&self, id: &str) {
        self.clear_error();
        let turn = self.new_turn();
        dom::set_text("status", "Loading the model card…");
        let path = format!("models/{id}/");
        let manifest: Manifest =
            match fetch::json(&format!("{path}manifest.json"), &format!("{path}manifest.json")).await {
                Ok(manifest) => manifest,
                Err(message) => return self.fail(&message),
            };
        if !self.is_turn(turn) {
            return;
        }
        let base = dom::document().and_then(|document| document.base_uri()).ok().flatten().unwrap_or_default();
        let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
        let manifest = Rc::new(manifest);
        let asked = self.with(|state| {
            state.bundle = Some(OpenBundle { url: format!("{folder}/{path}"), manifest: manifest.clone() });
            state.asked.sample.take()
        });
        results::show_card(&manifest);
        let wanted = manifest.samples.iter().position(|sample| Some(&sample.id) == asked.as_ref()).unwrap_or(0);
        if let Err(error) = controls::list_samples(&manifest, wanted) {
            return self.fail(&dom::message_of(&error));
        }
        match manifest.samples.is_empty() {
            true => self.ready("This model has no samples. Open your own image."),
            false => self.open_sample(wanted).await,
        }
    }

    /// Shows a precomputed result.
    pub async fn open_sample(&self, index: usize) {
        self.clear_error();
        let turn = self.new_turn();
        let Some(bundle) = self.with(|state| state.bundle.clone()) else { return };
        let Some(sample) = bundle.manifest.samples.get(index).cloned() else { return };
        dom::set_text("status", "Loading the sample…");
        let outcome = load_sample(&bundle, &sample).await;
        if !self.is_turn(turn) {
            return;
        }
        let (maps, original) = match outcome {
            Ok(loaded) => loaded,
            Err(message) => return self.fail(&message),
        };
        self.with(|state| {
            state.subject = Some(Subject {
                name: sample.title.clone(),
                file: Rc::new(original),
                image: None,
                direction: Some(sample.direction),
                is_sample: true,
            });
        });
        preparation::forget(self);
        let shown = Shown {
            maps,
            name: sample.title.clone(),
            direction: sample.direction,
            probability_old_before: sample.probability_old_before,
            probability_old_after: sample.probability_old_after,
            backend: None,
            provenance: "Computed beforehand by the native program.".to_owned(),
            caution: None,
        };
        self.show(shown).await;
        self.ready(&format!("Showing “{}”.", sample.title));
    }

    /// Makes a file of the user's the next image to explain.
    pub fn open_file(&self, subject: Subject) {
        self.clear_error();
        self.new_turn();
        let name = subject.name.clone();
        self.with(|state| state.subject = Some(subject));
        preparation::forget(self);
        controls::mark_own_file(&name);
        self.ready(&format!("{name} is open. It stays on this computer."));
    }

    /// Puts a result on the page.
    pub async fn show(&self, shown: Shown) {
        results::show_verdict(&shown);
        self.with(|state| state.shown = Some(shown));
        if let Err(error) = sight::show(self).await {
            self.fail(&format!("The maps could not be drawn: {}. Reload the page.", dom::message_of(&error)));
        }
    }

    /// Nothing is being computed.
    pub fn ready(&self, status: &str) {
        dom::set_text("status", status);
        hook::set_state("ready");
        controls::refresh(self);
    }

    fn new_turn(&self) -> u32 {
        self.with(|state| {
            state.turn += 1;
            state.turn
        })
    }

    fn is_turn(&self, turn: u32) -> bool {
        self.with(|state| state.turn == turn)
    }
}

/// The maps of a sample, and the original's file as it is on the server.
async fn load_sample(bundle: &OpenBundle, sample: &Sample) -> Result<(Maps, Vec<u8>), String> {
    let roles = [&sample.original, &sample.translated, &sample.difference, &sample.cam];
    let path = |role: &String| {
        let entry = bundle.manifest.files.get(role).filter(|entry| is_inner_path(&entry.path));
        entry.map(|entry| entry.path.clone()).ok_or_else(|| {
            format!("manifest.json: has no usable file for `{role}` of sample {}. Export the bundle again.", sample.id)
        })
    };
    let paths = [path(roles[0])?, path(roles[1])?, path(roles[2])?, path(roles[3])?];
    let [a, b, c, d] = paths.each_ref().map(|path| {
        let url = format!("{}{path}", bundle.url);
        async move { fetch::bytes(path, &url).await }
    });
    let (a, b, c, d) = futures::future::join4(a, b, c, d).await;
    let files = [a?, b?, c?, d?];
    let maps = Maps::read(paths.each_ref().map(String::as_str), files.each_ref().map(Vec::as_slice))?;
    let [original, ..] = files;
    Ok((maps, original))
}
