//! What can be opened: a bundle, a sample of it, an image of the visitor's own; and the atlas, which names regions.

use crate::app::App;
use crate::bundle_files::{self, entry_of, load};
use crate::case::{Case, OpenBundle, Source, Subject};
use crate::state::{Opening, Shown, State};
use crate::{dom, fetch};
use shared::bundle::{Sample, parse_manifest, sha256_hex};
use shared::explain::{ATLAS_VERSION, Atlas, inside_of};
use std::rc::Rc;
use web::address::BundleEntry;
use web::aim::Aim;
use web::language::*;
use web::maps::{Maps, read_volume};
use web::origin::{Folder, Origin};
use web::roles::Pick;
use web::told::Sentence;
use web::told::site::{CardError, SiteError};
use web::verdict::Answer;

/// Letters of a manifest's hash that tell versions of a bundle apart.
const VERSION_LETTERS: usize = 8;

/// The bundles that the site offers.
pub async fn list_bundles(app: &App) -> Result<(), Message> {
    let entries: Vec<BundleEntry> =
        fetch::json("models/index.json", "models/index.json").await.map_err(Sentence::from)?;
    if entries.is_empty() {
        return Err(ERROR_NO_MODELS.into());
    }
    app.update(|state| state.bundles = entries);
    Ok(())
}

/// Fetches the atlas, after the first picture.
pub async fn fetch_atlas(app: &App) -> Result<(), Sentence> {
    let [nifti, table] = Atlas::FILES.map(|name| {
        let path = format!("atlas/{name}");
        // A browser keeps files; those of another version must not be taken for these.
        let url = format!("{path}?version={ATLAS_VERSION}");
        async move { fetch::bytes(&path, &url).await }
    });
    let (nifti, table) = futures::future::join(nifti, table).await;
    let table = String::from_utf8(table?).map_err(|_| SiteError::AtlasNoText)?;
    let atlas = Atlas::from_bytes(&nifti?, &table)?;
    app.update(|state| state.name_regions(atlas));
    Ok(())
}

/// Opens a bundle by its folder's name, and one of its samples. The visitor's own image stays to be chosen. Returns whether it is open now: it failed, or something else was wished for meanwhile, where it is not.
pub async fn open_bundle(app: &App, id: &str, pick: &Pick) -> bool {
    let turn = begin(app, Opening { bundle: Some(id.to_owned()), sample: None }, STATUS_CARD);
    let origin = app.with(|state| state.origin_of(id, &dom::site_folder()));
    let opened = load_bundle(id, origin).await;
    if !app.with(|state| state.is_turn(turn)) {
        return false;
    }
    let bundle = match opened {
        Ok(bundle) => Rc::new(bundle),
        Err(error) => {
            failed(app, error);
            return false;
        }
    };
    let wanted = pick.place(&bundle.manifest);
    let place = wanted.or_else(|| Pick::Telling.place(&bundle.manifest));
    app.update(|state| {
        // The visitor's image stays to be chosen, but what was found by the model before is not this one's. It fades where it
        // stands, until there is something else to see.
        let open = state.subject.take().filter(Subject::is_own);
        if let Some(own) = open.or(state.own.take().map(|(own, _)| own)) {
            state.own = Some((own, None));
        }
        state.bundle = Some(bundle.clone());
        state.opening = None;
        if wanted.is_none() && place.is_some() {
            state.notice(NOTICE_MISSING_SAMPLE);
        }
        if place.is_none() {
            state.ready(STATUS_NO_SAMPLES);
        }
    });
    match place {
        Some(place) => open_sample(app, place).await,
        None => true,
    }
}

/// Adds a folder on the visitor's disk to the list of models, and opens it.
pub async fn open_folder(app: &App, name: &str, folder: Folder) {
    let turn = begin(app, Opening::default(), STATUS_CARD);
    let folder = Rc::new(folder);
    let title = title_of(&Origin::Disk(folder.clone())).await;
    if !app.with(|state| state.is_turn(turn)) {
        return;
    }
    match title {
        Ok(title) => {
            let id = app.update(|state| {
                state.is_bundle_chosen = true;
                state.add_folder(name, title, folder)
            });
            open_bundle(app, &id, &Pick::Telling).await;
        }
        Err(error) => failed(app, error),
    }
}

/// What a bundle is called, where its manifest can be used.
async fn title_of(origin: &Origin) -> Result<String, Sentence> {
    Ok(parse_manifest(&bundle_files::read_manifest(origin).await?)?.title)
}

/// Something is being opened: until it is there, nothing is computed, and what was being opened before is dropped.
fn begin(app: &App, opening: Opening, status: Key) -> u32 {
    app.update(|state| {
        state.clear_error();
        state.opening = Some(opening);
        state.say(status);
        state.new_turn()
    })
}

/// What was to be opened is not there: what was open before still is.
fn failed(app: &App, error: Sentence) {
    app.update(|state| {
        state.opening = None;
        state.fail(error);
    });
}

async fn load_bundle(id: &str, origin: Origin) -> Result<OpenBundle, Sentence> {
    let bytes = bundle_files::read_manifest(&origin).await?;
    let manifest = parse_manifest(&bytes)?;
    let version = sha256_hex(&bytes)[..VERSION_LETTERS].to_owned();
    let mut bundle = OpenBundle::new(id, origin, version, (bytes, manifest));
    // Without it there are no regions, but everything else.
    bundle.mask = load_mask(&bundle).await.ok();
    Ok(bundle)
}

async fn load_mask(bundle: &OpenBundle) -> Result<Vec<bool>, Sentence> {
    let entry = entry_of(&bundle.manifest, "mask").ok_or_else(|| CardError::NoFile { role: "mask".to_owned() })?;
    let mask = read_volume(&entry.path, &load(bundle, entry).await?)?;
    Ok(inside_of(&mask))
}

/// Shows a precomputed result. Returns what [`open_bundle`] does.
pub async fn open_sample(app: &App, index: usize) -> bool {
    let Some(bundle) = app.with(|state| state.bundle.clone()) else { return false };
    let Some(sample) = bundle.manifest.samples.get(index).cloned() else { return false };
    let turn = begin(app, Opening { bundle: None, sample: Some(index) }, STATUS_SAMPLE);
    let outcome = load_sample(&bundle, &sample).await;
    if !app.with(|state| state.is_turn(turn)) {
        return false;
    }
    let (maps, original) = match outcome {
        Ok(loaded) => loaded,
        Err(error) => {
            failed(app, error);
            return false;
        }
    };
    let status = Message::of(STATUS_SHOWING, &[("name", &sample.title)]);
    app.update(|state| show_sample(state, bundle, sample, maps, original));
    app.drawn().await;
    let is_open = app.with(|state| state.is_turn(turn));
    if is_open {
        app.update(|state| state.settle(status));
    }
    is_open
}

fn show_sample(state: &mut State, bundle: Rc<OpenBundle>, sample: Sample, maps: Maps, original: Vec<u8>) {
    keep_own(state);
    let subject = Subject {
        key: state.next_id(),
        name: sample.title,
        file: Source::of(original),
        image: None,
        direction: Some(sample.direction),
        sample: Some(sample.id.clone()),
    };
    state.subject = Some(subject.clone());
    state.opening = None;
    let is_mean = subject.is_mean();
    let case = Case { id: state.next_id(), bundle, subject, aim: Some(Aim::Group(sample.direction)) };
    let answer = Answer {
        direction: sample.direction,
        probability_old_before: sample.probability_old_before,
        probability_old_after: sample.probability_old_after,
        familiarity: None,
        age: sample.age,
        target_years: None,
        is_there: false,
        is_mean,
    };
    let caution = is_mean.then(|| CAUTION_MEAN.into());
    state.show(Shown::new(Rc::new(case), maps, answer, None, caution));
}

/// Makes a file of the visitor's the next image to explain. Where they have chosen no model, one that learned from maps as
/// this page makes them is taken.
pub async fn open_file(app: &App, subject: Subject) {
    let (better, old) = app.update(|state| {
        state.clear_error();
        state.notices.clear();
        state.new_turn();
        state.opening = None;
        state.keep_sample();
        state.glance = None;
        state.own = Some((subject.clone(), None));
        state.subject = Some(subject);
        let fits = state.bundle.as_ref().is_some_and(|bundle| bundle.manifest.data.prepared_here);
        let is_free = !state.is_bundle_chosen && !fits;
        let better = state.bundles.iter().find(|entry| is_free && entry.own_scans).map(|entry| entry.id.clone());
        // The image before is no longer kept, and what was prepared of it neither.
        (better, state.preparation.take())
    });
    drop(old);
    if let Some(id) = better {
        if !open_bundle(app, &id, &Pick::Telling).await {
            return;
        }
        app.notice(NOTICE_OWN_MODEL);
    }
    open_own(app).await;
}

/// Goes back to the visitor's own image, and to its result where there is one.
pub async fn open_own(app: &App) {
    let opened = app.update(|state| {
        state.clear_error();
        let turn = state.new_turn();
        state.opening = None;
        let (subject, shown) = state.own.as_mut().map(|(subject, shown)| (subject.clone(), shown.take()))?;
        let name = subject.name.clone();
        state.subject = Some(subject);
        if let Some(shown) = shown {
            state.show(shown);
        }
        Some((turn, name))
    });
    let Some((turn, name)) = opened else { return };
    app.drawn().await;
    if app.with(|state| state.is_turn(turn)) {
        app.update(|state| state.settle(Message::of(STATUS_OPEN, &[("name", &name)])));
    }
}

/// Keeps the visitor's image as it is now prepared, and what is shown of it, while a sample is looked at.
fn keep_own(state: &mut State) {
    let Some(subject) = state.subject.clone().filter(Subject::is_own) else { return };
    let is_shown = state.shown.as_ref().is_some_and(|shown| shown.case.subject.key == subject.key);
    let shown = if is_shown && !state.is_stale() { state.shown.take() } else { None };
    state.own = Some((subject, shown));
}

/// The maps of a sample, and the original's file as it is on the server.
async fn load_sample(bundle: &OpenBundle, sample: &Sample) -> Result<(Maps, Vec<u8>), Sentence> {
    let roles = [&sample.original, &sample.translated, &sample.difference, &sample.cam];
    let missing = |role: &str| CardError::NoFileOfSample { role: role.to_owned(), sample: sample.id.clone() };
    let entry = |role: &str| entry_of(&bundle.manifest, role).ok_or_else(|| missing(role));
    let entries = [entry(roles[0])?, entry(roles[1])?, entry(roles[2])?, entry(roles[3])?];
    let truth = async {
        match &sample.truth {
            Some(role) => {
                let entry = entry(role)?;
                Ok(Some((entry.path.as_str(), load(bundle, entry).await?)))
            }
            None => Ok::<_, Sentence>(None),
        }
    };
    let [a, b, c, d] = entries.map(|entry| load(bundle, entry));
    let (a, b, c, d, truth) = futures::future::join5(a, b, c, d, truth).await;
    let files = [a?, b?, c?, d?];
    let paths = entries.map(|entry| entry.path.as_str());
    let maps = Maps::read(paths, files.each_ref().map(Vec::as_slice))?;
    let maps = match truth? {
        Some((path, truth)) => maps.with_truth(path, &truth)?,
        None => maps,
    };
    let [original, ..] = files;
    Ok((maps, original))
}
