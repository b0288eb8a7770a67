//! What can be opened: a bundle, a sample of it, an image of the visitor's own.

use crate::app::{App, OpenBundle, Shown, Subject};
use crate::fetch;
use crate::{controls, dom, preparation, results};
use shared::bundle::{Manifest, Sample, sha256_hex};
use std::rc::Rc;
use web::address::{BundleEntry, is_inner_path};
use web::language::*;
use web::maps::{Maps, read_volume};

/// Letters of a manifest's hash that tell versions of a bundle apart.
const VERSION_LETTERS: usize = 8;
/// Samples of this kind of id are means over many subjects.
const MEAN: &str = "mean-";

/// The bundles that the site offers.
pub async fn list_bundles(app: &App) -> Result<(), Message> {
    let entries: Vec<BundleEntry> = fetch::json("models/index.json", "models/index.json").await?;
    if entries.is_empty() {
        return Err(ERROR_NO_MODELS.into());
    }
    app.with(|state| state.bundles = entries);
    Ok(())
}

/// Opens a bundle by its folder's name, and a sample of it by its id; else the first.
pub async fn open_bundle(app: &App, id: &str, sample: Option<&str>) {
    app.clear_error();
    let turn = app.new_turn();
    app.say(STATUS_CARD);
    let opened = load_bundle(id).await;
    if !app.is_turn(turn) {
        return;
    }
    let bundle = match opened {
        Ok(bundle) => bundle,
        Err(message) => return app.fail(message),
    };
    let manifest = bundle.manifest.clone();
    app.with(|state| {
        state.bundle = Some(bundle);
        state.own = None;
        // The maps of the bundle before stay until the new ones are there, and are counted no more.
        state.label_regions();
    });
    results::show_card(app);
    let wanted = manifest.samples.iter().position(|own| Some(own.id.as_str()) == sample);
    if sample.is_some() && wanted.is_none() {
        app.notice(NOTICE_MISSING_SAMPLE);
    }
    let wanted = wanted.unwrap_or(0);
    controls::list(app, Some(wanted));
    match manifest.samples.is_empty() {
        true => app.ready(STATUS_NO_SAMPLES),
        false => open_sample(app, wanted).await,
    }
}

async fn load_bundle(id: &str) -> Result<OpenBundle, Message> {
    let path = format!("models/{id}/");
    let name = format!("{path}manifest.json");
    let bytes = fetch::bytes(&name, &name).await?;
    let manifest: Manifest = fetch::parsed(&name, &bytes)?;
    let base = dom::document().and_then(|document| document.base_uri()).ok().flatten().unwrap_or_default();
    // What follows the path may hold slashes of its own.
    let base = base.split(['?', '#']).next().unwrap_or_default();
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    let url = format!("{folder}/{path}");
    // Without it there are no regions, but everything else.
    let mask = load_mask(&manifest, &url).await.ok().map(Rc::new);
    Ok(OpenBundle {
        id: id.to_owned(),
        url,
        version: sha256_hex(&bytes)[..VERSION_LETTERS].to_owned(),
        manifest: Rc::new(manifest),
        mask,
        labels: None,
    })
}

async fn load_mask(manifest: &Manifest, url: &str) -> Result<Vec<bool>, String> {
    let path = path_of(manifest, "mask", "the bundle")?;
    let bytes = fetch::bytes(path, &format!("{url}{path}")).await?;
    let mask = read_volume(path, &bytes)?;
    Ok(mask.data.iter().map(|&inside| inside > 0.5).collect())
}

/// Path of the file for a role, where it stays inside the bundle.
fn path_of<'a>(manifest: &'a Manifest, role: &str, owner: &str) -> Result<&'a str, String> {
    let entry = manifest.files.get(role).filter(|entry| is_inner_path(&entry.path));
    entry
        .map(|entry| entry.path.as_str())
        .ok_or_else(|| format!("manifest.json: has no usable file for `{role}` of {owner}. Export the bundle again."))
}

/// Shows a precomputed result.
pub async fn open_sample(app: &App, index: usize) {
    app.clear_error();
    let turn = app.new_turn();
    let Some(bundle) = app.bundle() else { return };
    let Some(sample) = bundle.manifest.samples.get(index).cloned() else { return };
    app.say(STATUS_SAMPLE);
    let outcome = load_sample(&bundle, &sample).await;
    if !app.is_turn(turn) {
        return;
    }
    let (maps, original) = match outcome {
        Ok(loaded) => loaded,
        Err(message) => return app.fail(message),
    };
    keep_own(app);
    app.with(|state| {
        state.subject = Some(Subject {
            name: sample.title.clone(),
            file: Rc::new(original),
            image: None,
            direction: Some(sample.direction),
            sample: Some(sample.id.clone()),
        });
    });
    preparation::forget(app);
    controls::list(app, Some(index));
    let is_mean_of_people = sample.id.starts_with(MEAN) && !bundle.manifest.phantom;
    let shown = Shown {
        maps,
        name: sample.title.clone(),
        sample: Some(sample.id),
        direction: sample.direction,
        probability_old_before: sample.probability_old_before,
        probability_old_after: sample.probability_old_after,
        computed: None,
        caution: is_mean_of_people.then(|| CAUTION_MEAN.into()),
        regions: Vec::new(),
    };
    app.show(shown).await;
    if app.is_turn(turn) {
        app.ready(Message::of(STATUS_SHOWING, &[("name", &sample.title)]));
    }
}

/// Makes a file of the visitor's the next image to explain.
pub fn open_file(app: &App, subject: Subject) {
    app.clear_error();
    app.clear_notices();
    app.new_turn();
    let name = subject.name.clone();
    app.with(|state| {
        state.own = Some((subject.clone(), None));
        state.subject = Some(subject);
    });
    preparation::forget(app);
    controls::list(app, None);
    app.ready(Message::of(STATUS_OPEN, &[("name", &name)]));
}

/// Goes back to the visitor's own image, and to its result where there is one.
pub async fn open_own(app: &App) {
    app.clear_error();
    app.new_turn();
    let Some((subject, shown)) =
        app.with(|state| state.own.as_mut().map(|(subject, shown)| (subject.clone(), shown.take())))
    else {
        return;
    };
    let name = subject.name.clone();
    app.with(|state| state.subject = Some(subject));
    controls::list(app, None);
    if let Some(shown) = shown {
        app.show(shown).await;
    }
    app.ready(Message::of(STATUS_OPEN, &[("name", &name)]));
}

/// Keeps the visitor's image as it is now prepared, and what is shown of it, while a sample is looked at.
fn keep_own(app: &App) {
    app.with(|state| {
        let is_own = state.subject.as_ref().is_some_and(|subject| subject.sample.is_none());
        if !is_own {
            return;
        }
        let is_shown = state.shown.as_ref().is_some_and(|shown| shown.sample.is_none());
        let shown = if is_shown { state.shown.take() } else { None };
        state.own = state.subject.clone().map(|subject| (subject, shown));
    });
}

/// The maps of a sample, and the original's file as it is on the server.
async fn load_sample(bundle: &OpenBundle, sample: &Sample) -> Result<(Maps, Vec<u8>), String> {
    let roles = [&sample.original, &sample.translated, &sample.difference, &sample.cam];
    let owner = format!("sample {}", sample.id);
    let path = |role: &str| path_of(&bundle.manifest, role, &owner);
    let paths = [path(roles[0])?, path(roles[1])?, path(roles[2])?, path(roles[3])?];
    let get = |path: &str| {
        let (name, url) = (path.to_owned(), format!("{}{path}", bundle.url));
        async move { fetch::bytes(&name, &url).await }
    };
    let truth = async {
        match &sample.truth {
            Some(role) => {
                let path = path(role)?;
                Ok(Some((path, get(path).await?)))
            }
            None => Ok::<_, String>(None),
        }
    };
    let [a, b, c, d] = paths.map(get);
    let (a, b, c, d, truth) = futures::future::join5(a, b, c, d, truth).await;
    let files = [a?, b?, c?, d?];
    let maps = Maps::read(paths, files.each_ref().map(Vec::as_slice))?;
    let maps = match truth? {
        Some((path, truth)) => maps.with_truth(path, &truth)?,
        None => maps,
    };
    let [original, ..] = files;
    Ok((maps, original))
}
