//! The page's state: all that decides what stands in the document. It knows nothing of the document.
//!
//! Whoever changes it does so through [`crate::app::App::update`]; the document follows.

mod folders;
mod glance;
mod inside;
mod kept;
mod lesson;
mod link;
mod own;
mod practice;
mod preparation;
mod privacy;
mod qr_link;
mod recording;
mod said;
mod series;
mod shown;
mod stop;
mod told;

pub use folders::OwnBundle;
pub use glance::Glance;
pub use inside::OpenInside;
pub use lesson::OpenLesson;
pub use practice::Practice;
pub use preparation::{Found, Preparation, grey_matter};
pub use privacy::Privacy;
pub use qr_link::QrLink;
pub use recording::Recording;
pub use series::OwnSeries;
pub use shown::{Checked, Computed, Shown};
pub use stop::Stop;

use crate::case::{Case, OpenBundle, Source, Subject};
use crate::worker::Engine;
use shared::explain::{Atlas, Direction};
use std::collections::BTreeSet;
use std::rc::Rc;
use web::address::{Asked, BundleEntry};
use web::aim::Aim;
use web::language::*;
use web::maps::Maps;
use web::panels::{Content, Kept};
use web::protocol::{Bytes, Stage};
use web::share::View;
use web::verdict::Answer;

/// What the page as a whole does, for scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    #[default]
    Starting,
    Ready,
    Working,
    Failed,
}

/// The line that says what happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    Said(Message),
    /// Of what is being computed.
    Stage(Stage, Option<Bytes>),
}

/// What is asked about a case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Explain,
    Check,
    Inside,
}

/// What is being opened: the lists show it already, and nothing is computed until it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Id of a bundle.
    pub bundle: Option<String>,
    /// A sample's place in the bundle that is open; the visitor's own image comes after the last.
    pub sample: Option<usize>,
}

/// Facts for a report about a fault, each with its name.
#[derive(Default)]
pub struct Diagnosis {
    pub of_page: Vec<(&'static str, String)>,
    pub of_engine: Vec<(String, String)>,
}

#[derive(Default)]
pub struct State {
    pub language: Language,
    /// Languages whose texts were fetched.
    pub languages: Vec<Language>,
    /// The language whose texts are awaited.
    pub language_coming: Option<Listed>,
    pub asked: Asked,
    pub bundles: Vec<BundleEntry>,
    /// Of the visitor's own, after those of the site.
    pub own_bundles: Vec<OwnBundle>,
    /// The browser can choose a folder.
    pub is_folder_offered: bool,
    pub bundle: Option<Rc<OpenBundle>>,
    /// The visitor chose it, or the link that they opened.
    pub is_bundle_chosen: bool,
    pub atlas: Option<Rc<Atlas>>,
    pub subject: Option<Subject>,
    /// The way that the visitor chose; None: the classifier decides.
    pub direction: Option<Direction>,
    /// Where the visitor turned the age dial, years: computed as soon as the engine is free. It goes before the direction.
    pub dial: Option<u8>,
    pub shown: Option<Shown>,
    /// The visitor's own image and its last result, kept in memory only while samples are looked at.
    pub own: Option<(Subject, Option<Shown>)>,
    /// What came with the sample that was opened last: what a stop of its dial changes. What the engine found of it since may differ in
    /// the last digits.
    pub first: Option<Rc<Shown>>,
    /// What the visitor keeps for comparison.
    pub kept: Option<Shown>,
    /// The sample that was shown before an image of the visitor's: what there is to go back to where that is forgotten.
    pub sample_before: Option<Shown>,
    /// The visitor's image as it came, from when it is read until it is explained.
    pub glance: Option<Glance>,
    /// So many times the visitor's image was forgotten.
    pub times_forgotten: u32,
    pub opening: Option<Opening>,
    /// DICOM files are being converted.
    pub is_converting: bool,
    /// The series that were found last, and the place and the image's number of the one that was opened.
    pub series: Vec<OwnSeries>,
    pub series_open: Option<(usize, u32)>,
    /// So many links are being opened; what they change on the way is not the visitor's, and does not stand in the address.
    pub links_opening: u32,
    /// The page stands in a frame within another one, and shows only what belongs there.
    pub is_embedded: bool,
    pub view: View,
    /// Where the crosshair is, MNI mm; None before the first result. The view has it only once the visitor moved it.
    pub place: Option<[f64; 3]>,
    /// Where the viewer itself moved it last; None where it was moved otherwise since.
    pub place_in_viewer: Option<[f64; 3]>,
    /// The viewer has started, and can draw.
    pub is_drawing: bool,
    /// The maps show their axial plane only.
    pub is_narrow: bool,
    /// The body in 3-D is not cut open.
    pub is_body_closed: bool,
    /// Place of the panel that was made large.
    pub enlarged: Option<usize>,
    /// Label of the region whose rim is drawn.
    pub outlined: Option<u16>,
    /// The visitor asked for all rows of the table of regions.
    pub has_all_regions: bool,
    pub lesson: Option<OpenLesson>,
    /// Ids of the lessons that were answered since the page was opened.
    pub answered: BTreeSet<String>,
    pub practice: Practice,
    pub checked: Option<Checked>,
    /// The classifier, opened for the image that is shown.
    pub inside: Option<OpenInside>,
    pub diagnosis: Option<Diagnosis>,
    /// The link whose QR code is on the screen.
    pub qr_link: Option<QrLink>,
    pub engine: Option<Engine>,
    /// What may be asked of other sites, and what was.
    pub privacy: Privacy,
    /// An animation that is being made.
    pub recording: Option<Recording>,
    /// The question that is being computed.
    pub running: Option<Rc<Case>>,
    /// What was asked about it.
    pub question: Option<Question>,
    /// It is no longer wanted, and the engine has been told.
    pub cancelling: bool,
    /// How far it is, 0..1.
    pub progress: f32,
    /// Of the visitor's raw T1 that was prepared last.
    pub preparation: Option<Preparation>,
    /// What the engine said about itself last, for the provenance.
    pub engine_note: Option<Message>,
    pub self_test: Option<(bool, f32)>,
    /// Why an earlier engine was given up.
    pub crash_note: Option<Message>,
    pub phase: Phase,
    pub status: Option<Status>,
    pub error: Option<Message>,
    /// What is wrong with this browser: it stays when other errors are over.
    pub lasting_error: Option<Message>,
    pub notices: Vec<Message>,
    last_id: u32,
    /// Counts what the user opens, so that a late answer to an earlier wish is dropped.
    turn: u32,
}

impl State {
    /// What the address asks for is still to be opened.
    pub fn at_start(asked: Asked, is_embedded: bool) -> Self {
        State { asked, is_embedded, links_opening: 1, ..State::default() }
    }
}

/// What is open and shown.
impl State {
    /// A new number for the next question, or the next image.
    pub fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    /// What is opened from now on makes what was being opened before unwanted.
    pub fn new_turn(&mut self) -> u32 {
        self.turn += 1;
        self.dial = None;
        self.is_converting = false;
        self.turn
    }

    pub fn is_turn(&self, turn: u32) -> bool {
        self.turn == turn
    }

    /// Whether what is shown belongs to another image or another model than what is open.
    pub fn is_stale(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| !shown.case.is_of(self.subject.as_ref(), self.bundle.as_ref()))
    }

    /// The visitor's own image that is open, where what is shown is another's and nothing else is being opened.
    pub fn unexplained(&self) -> Option<&Subject> {
        let is_waiting = self.opening.is_none() && self.is_stale();
        self.subject.as_ref().filter(|subject| is_waiting && subject.is_own())
    }

    /// Whether the image that is open can be asked about.
    pub fn may_ask(&self) -> bool {
        self.running.is_none() && self.opening.is_none() && !self.is_converting && self.subject.is_some()
    }

    /// What is computed next where the visitor asks for it.
    pub fn aim(&self) -> Option<Aim> {
        self.dial.map(Aim::Age).or(self.direction.map(Aim::Group))
    }

    /// Youngest and oldest age that the open model's dial can be turned to, whole years; `None` where it has none.
    pub fn dial_years(&self) -> Option<[u8; 2]> {
        let [youngest, oldest] = self.bundle.as_ref()?.manifest.dial_years?;
        Some([youngest.ceil() as u8, oldest.floor() as u8])
    }

    /// What is shown, where it is not stale.
    pub fn still_shown(&self) -> Option<&Shown> {
        self.shown.as_ref().filter(|_| !self.is_stale())
    }

    /// Where the dial stands: where it is being turned to, else at the age that what is shown was led to, else at the age that
    /// it looks.
    pub fn dial_stands_at(&self) -> Option<u8> {
        let [youngest, oldest] = self.dial_years()?;
        let shown = self.still_shown();
        let of_shown = || shown?.case.aim?.years();
        let own = || Some(shown?.answer.age?.years.round() as u8);
        let years = self.dial.or_else(of_shown).or_else(own);
        Some(years.unwrap_or(youngest.midpoint(oldest)).clamp(youngest, oldest))
    }

    /// The group to whose mean the image that is shown was led, where the dial was not turned since.
    pub fn dial_shows_group(&self) -> Option<Direction> {
        match self.still_shown().filter(|_| self.dial.is_none())?.led_to() {
            Aim::Group(direction) => Some(direction),
            Aim::Age(_) => None,
        }
    }

    /// The maps of shuffled weights are on the screen.
    pub fn is_shuffled(&self) -> bool {
        self.checked.as_ref().is_some_and(|checked| checked.is_shown)
    }

    /// What the panels say of what is shown.
    pub fn content(&self) -> Option<Content> {
        let content = self.shown.as_ref()?.content(self.is_shuffled());
        Some(match self.beside() {
            Some(kept) => {
                let Answer { direction, target_years, .. } = kept.answer;
                let name = kept.case.subject.name.clone();
                content.beside(Kept { name, direction, target_years }, kept.limit.1)
            }
            None => content,
        })
    }

    /// Puts a result on the page.
    pub fn show(&mut self, mut shown: Shown) {
        shown.count_regions(self.atlas.as_deref());
        if shown.is_first() {
            self.first = Some(Rc::new(shown.clone()));
        }
        let before = self.shown.take();
        // The original is the same at every age that it is led to.
        self.inside = self.inside.take().filter(|inside| inside.is_of(&shown));
        // Two ages of one image are compared by eye: at one place, in one scale of colours.
        let is_turned =
            shown.answer.target_years.is_some() && before.as_ref().is_some_and(|before| shown.is_beside(before));
        if let Some(before) = before.filter(|_| is_turned) {
            shown.widen(before.limit.0);
        }
        if shown.case.subject.is_own() {
            self.glance = None;
        }
        self.shown = Some(shown);
        self.share_colours();
        self.limit_threshold();
        self.checked = None;
        self.outlined = None;
        if !is_turned {
            self.place_crosshair();
        }
    }

    /// A threshold that hides more than half of the colours is brought to what the slider can say.
    pub fn limit_threshold(&mut self) {
        if let Some(shown) = &self.shown {
            self.view.threshold = self.view.threshold.min(shown.threshold_range().0);
        }
    }

    /// The crosshair goes where the view says, if that lies on this grid, else where the most changes.
    pub fn place_crosshair(&mut self) {
        let Some(shown) = &self.shown else { return };
        let extent = shown.maps.extent_mm();
        let is_inside = |place: &[f64; 3]| {
            std::iter::zip(place, extent).all(|(value, (low, high, step))| (low - step..=high + step).contains(value))
        };
        let wanted = self.view.at_mni_mm.filter(is_inside);
        self.place = Some(wanted.unwrap_or_else(|| shown.maps.largest_change_mm()));
        self.place_in_viewer = None;
    }

    /// The visitor moves the crosshair of all maps.
    pub fn move_to(&mut self, mni_mm: [f64; 3]) {
        self.view.at_mni_mm = Some(mni_mm);
        self.place = Some(mni_mm);
        self.place_in_viewer = None;
    }

    /// The voxels of a region in the maps that are shown, by its label.
    pub fn region<T>(&self, label: u16, use_them: impl FnOnce(&Maps, &[usize]) -> T) -> Option<T> {
        let shown = self.shown.as_ref()?;
        let labels = shown.labels(self.atlas.as_deref())?;
        let part = labels.parts.iter().find(|part| part.region.label == label)?;
        Some(use_them(&shown.maps, &part.voxels))
    }

    /// The atlas is there: what is shown gets names and numbers of regions.
    pub fn name_regions(&mut self, atlas: Atlas) {
        self.atlas = Some(Rc::new(atlas));
        if let Some(shown) = &mut self.shown {
            shown.count_regions(self.atlas.as_deref());
        }
    }

    /// Name of the region at a place.
    pub fn region_at(&self, mni_mm: [f64; 3]) -> String {
        let Some(atlas) = &self.atlas else { return self.language.text(REGION_LOADING).to_owned() };
        let shown = self.shown.as_ref();
        let labels = shown.and_then(|shown| shown.labels(Some(atlas)));
        let index = shown.and_then(|shown| shown.maps.index_at(mni_mm));
        // As the table counts: beside the atlas's region too. Where the grid's mask ends, the atlas itself.
        let counted = index.zip(labels).and_then(|(index, labels)| Some(&labels.part_at(index)?.region));
        match counted.or_else(|| atlas.at(mni_mm)) {
            Some(region) => self.language.region(&region.name, &region.readable),
            None => self.language.text(REGION_NONE).to_owned(),
        }
    }

    /// Takes the preparation of an image, whose grey-matter map is what is explained from now on, and gives back the one before.
    pub fn take_preparation(&mut self, preparation: Preparation, map: Option<Vec<u8>>) -> Option<Preparation> {
        if let Some(map) = map.map(Rc::new) {
            let own = self.own.as_mut().map(|(subject, _)| subject);
            let key = preparation.subject_key;
            for subject in self.subject.as_mut().into_iter().chain(own).filter(|own| own.key == key) {
                subject.file = Source::Bytes(map.clone());
                subject.image = None;
            }
        }
        self.preparation.replace(preparation)
    }
}
