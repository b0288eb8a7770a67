//! Ages of a sample that were computed beforehand are shown at once where the dial comes near them.

use crate::app::App;
use crate::bundle_files::{entry_of, load};
use crate::state::{Shown, Stop};
use futures::future::{FutureExt, LocalBoxFuture, Shared, WeakShared, join};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
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

/// Maps that are being read; None where they cannot be had.
type Coming = LocalBoxFuture<'static, Option<Maps>>;

/// The stop that was read last.
struct Reading {
    of: Weak<Shown>,
    years: u8,
    maps: WeakShared<Coming>,
}

thread_local! {
    static READING: RefCell<Option<Reading>> = const { RefCell::new(None) };
}

/// Shows a stop, unless it is on the screen already.
pub async fn show(app: &App, stop: &Stop) -> Outcome {
    if app.with(|state| state.has_reached(stop)) {
        return Outcome::Shown;
    }
    let loaded = read_once(stop).await;
    if !app.with(|state| state.is_near(stop)) {
        return Outcome::Overtaken;
    }
    if app.with(|state| state.has_reached(stop)) {
        return Outcome::Shown;
    }
    let Some(maps) = loaded else { return Outcome::Missing };
    let status = Message::of(STATUS_SHOWING, &[("name", &stop.of.case.subject.name)]);
    app.update(|state| {
        state.show_stop(stop, maps);
        state.settle(status);
    });
    Outcome::Shown
}

/// The maps of a stop: the dial asks for them while it is turned, and once more when it is let go.
fn read_once(stop: &Stop) -> Shared<Coming> {
    READING.with_borrow_mut(|last| {
        let (of, years) = (Rc::downgrade(&stop.of), stop.age.years);
        let same = last.as_ref().filter(|reading| reading.of.ptr_eq(&of) && reading.years == years);
        if let Some(maps) = same.and_then(|reading| reading.maps.upgrade()) {
            return maps;
        }
        let wanted = stop.clone();
        let maps = async move { load_change(&wanted).await.ok() }.boxed_local().shared();
        *last = maps.downgrade().map(|maps| Reading { of, years, maps });
        maps
    })
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
    let (change, truth) = join(read(&stop.age.difference), truth).await;
    let (change, truth) = (change?, truth?);
    let maps = stop.of.maps.changed_by(&change.0, &change.1)?;
    Ok(match truth {
        Some((path, truth)) => maps.with_truth(&path, &truth)?,
        None => maps,
    })
}
