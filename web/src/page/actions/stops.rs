//! Ages of a sample that were computed beforehand are shown at once where the dial comes near them.

use crate::app::App;
use crate::bundle_files::{entry_of, load};
use crate::state::Stop;
use web::language::*;
use web::maps::Maps;
use web::told::Sentence;
use web::told::site::CardError;

/// What became of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Shown,
    /// Its files cannot be had: the engine can still compute it.
    Missing,
    /// The visitor has gone on.
    Overtaken,
}

/// Shows a stop, unless it is on the screen already.
pub async fn show(app: &App, stop: &Stop) -> Outcome {
    if app.with(|state| state.has_reached(stop)) {
        return Outcome::Shown;
    }
    let loaded = load_change(stop).await;
    if !app.with(|state| state.is_near(stop)) {
        return Outcome::Overtaken;
    }
    if app.with(|state| state.has_reached(stop)) {
        return Outcome::Shown;
    }
    let Ok(maps) = loaded else { return Outcome::Missing };
    let status = Message::of(STATUS_SHOWING, &[("name", &stop.of.case.subject.name)]);
    app.update(|state| {
        state.show_stop(stop, maps);
        state.settle(status);
    });
    Outcome::Shown
}

/// The maps that came with the sample, with the change to this age.
async fn load_change(stop: &Stop) -> Result<Maps, Sentence> {
    let bundle = &stop.of.case.bundle;
    let read = async |role: &String| {
        let missing = || CardError::NoFile { role: role.clone() };
        let entry = entry_of(&bundle.manifest, role).ok_or_else(missing)?;
        Ok::<_, Sentence>((entry.path.clone(), load(bundle, entry).await?))
    };
    let truth = async {
        match &stop.age.truth {
            Some(role) => read(role).await.map(Some),
            None => Ok(None),
        }
    };
    let (change, truth) = futures::future::join(read(&stop.age.difference), truth).await;
    let (change, truth) = (change?, truth?);
    let maps = stop.of.maps.changed_by(&change.0, &change.1)?;
    Ok(match truth {
        Some((path, truth)) => maps.with_truth(&path, &truth)?,
        None => maps,
    })
}
