//! The worker's program: owns the models, answers the page.
//!
//! One request at a time, in order; a cancellation is heard whenever the work waits for its device or the network, or
//! gives way.

#![warn(clippy::unwrap_used)]

mod device;
mod download;
mod engine;
mod mailbox;
mod prepare;
mod turn;

use engine::Engine;
use futures::StreamExt;
use futures::future::{AbortHandle, Abortable};
use mailbox::{Letter, Mailbox, Parcel};
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web::confined::{is_confined, on_refused};
use web::origin::{Folder, Origin};
use web::protocol::{Event, Place, Request};
use web::told::engine::EngineError;

/// What the page no longer wants.
#[derive(Default)]
struct Cancellations {
    ids: HashSet<u32>,
    running: Option<AbortHandle>,
}

unsafe extern "C" {
    /// Runs what the tensor library wants run once before all else; made by the linker.
    fn __wasm_call_ctors();
}

fn main() {
    // If nobody called it, the linker would have it called again before each call that JavaScript makes, and each object that
    // goes to and fro is such a call: a sixth of an explanation on the CPU was spent there.
    // SAFETY: takes and gives nothing, and is called once, before anything else.
    unsafe { __wasm_call_ctors() };
    mailbox::report_panics();
    let cancellations = Rc::new(RefCell::new(Cancellations::default()));
    let heard = cancellations.clone();
    let opened = Mailbox::open(move |id| {
        let mut cancellations = heard.borrow_mut();
        cancellations.ids.insert(id);
        if let Some(running) = cancellations.running.take() {
            running.abort();
        }
    });
    match opened {
        Ok(mailbox) => spawn_local(serve(mailbox, cancellations)),
        // Not in a worker: there is nobody to tell but the console.
        Err(error) => web_sys::console::error_1(&error),
    }
}

async fn serve(mut mailbox: Mailbox, cancellations: Rc<RefCell<Cancellations>>) {
    let mut engine = Engine::default();
    on_refused(|_| mailbox::post(&Event::Refused, &[]));
    mailbox::post(&Event::Ready { is_confined: is_confined().await }, &[]);
    while let Some(letter) = mailbox.letters.next().await {
        let id = match &letter.request {
            Request::Explain { id, .. } | Request::Check { id, .. } | Request::Inside { id, .. } => Some(*id),
            _ => None,
        };
        let is_unwanted = id.is_some_and(|id| cancellations.borrow_mut().ids.remove(&id));
        let (handle, registration) = AbortHandle::new_pair();
        let outcome = match is_unwanted {
            true => Ok(Ok(())),
            false => {
                // A device that is dropped while it starts cannot be started again, so this part is not aborted.
                engine.prepare_for(&letter.request).await;
                cancellations.borrow_mut().running = Some(handle);
                Abortable::new(answer(&mut engine, letter), registration).await
            }
        };
        cancellations.borrow_mut().running = None;
        match (outcome, id) {
            (Ok(Err(error)), id) => mailbox::post(&Event::Failure { id, error: error.into() }, &[]),
            (Err(_), Some(id)) => {
                cancellations.borrow_mut().ids.remove(&id);
                mailbox::post(&Event::Cancelled { id }, &[]);
            }
            (Ok(Ok(())), Some(id)) if is_unwanted => mailbox::post(&Event::Cancelled { id }, &[]),
            _ => {}
        }
    }
}

async fn answer(engine: &mut Engine, letter: Letter) -> Result<(), EngineError> {
    match letter.request {
        Request::Begin { site, choice } => engine.begin(site, choice),
        Request::ChooseBundle { place } => {
            let mut parcels = letter.parcels.into_iter();
            let manifest = match parcels.next() {
                Some(Parcel::Bytes(bytes)) => bytes,
                _ => Vec::new(),
            };
            engine.choose_bundle(origin_of(place, parcels), manifest);
        }
        Request::Explain { id, name, glances, aim, .. } => {
            engine.explain(id, &name, &letter.parcels, glances, aim).await?;
        }
        Request::Check { id, name, aim, .. } => engine.check(id, &name, &letter.parcels, aim).await?,
        Request::Inside { id, name, .. } => engine.look_inside(id, &name, &letter.parcels).await?,
        Request::Diagnostics => mailbox::post(&Event::Diagnostics { facts: engine.facts() }, &[]),
        // Heard when it arrives.
        Request::Cancel { .. } => {}
    }
    Ok(())
}

/// A bundle's place, with the files that came with it.
fn origin_of(place: Place, parcels: impl Iterator<Item = Parcel>) -> Origin {
    match place {
        Place::Site(url) => Origin::Site(url),
        Place::Disk(paths) => {
            let files = paths.into_iter().zip(parcels).filter_map(|(path, parcel)| match parcel {
                Parcel::File(file) => Some((path, file)),
                Parcel::Bytes(_) => None,
            });
            Origin::Disk(Rc::new(Folder(files.collect())))
        }
    }
}
