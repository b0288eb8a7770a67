//! The address: what it asks for is opened, what is looked at stands in it.

use crate::app::{App, State};
use crate::case::Subject;
use crate::dom::{after_ms, copy_text, listen, listen_to, window};
use crate::{controls, findings, lesson, look, opening, sight, translation};
use js_sys::Reflect;
use shared::explain::Direction;
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::address::BundleEntry;
use web::language::*;
use web::lessons::view_of;
use web::share::Link;
use web_sys::{Event, MouseEvent};

/// So long the address waits for the next change before it follows.
const PATIENCE_MS: i32 = 250;

thread_local! {
    /// The address will follow soon.
    static WAITING: Cell<bool> = const { Cell::new(false) };
    /// So many links are being opened; what they change on the way is not the visitor's.
    static OPENING: Cell<u32> = const { Cell::new(1) };
}

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen(window()?.as_ref(), "hashchange", move |event: Event| {
        let app = handle.clone();
        // By now the address may be what the page has written over it.
        let pasted = Reflect::get(&event, &"newURL".into()).ok().and_then(|address| address.as_string());
        let fragment = pasted.as_deref().and_then(|address| address.split_once('#')).map(|(_, fragment)| fragment);
        if let Some(link) = fragment.and_then(Link::from_fragment) {
            crate::engine::cancel(&app);
            begin(&app, link);
        }
    })?;
    let handle = app.clone();
    listen_to("share", "click", move |_: MouseEvent| copy(&handle))
}

fn fragment() -> Option<String> {
    window().ok()?.location().hash().ok()
}

/// Opens what the address asks for at the start; else the first bundle.
pub async fn open_first(app: &App) {
    if let Err(message) = opening::list_bundles(app).await {
        return app.fail(message);
    }
    let asked = app.with(|state| state.asked.clone());
    let mut link = fragment().and_then(|fragment| Link::from_fragment(&fragment)).unwrap_or_default();
    link.bundle = link.bundle.or(asked.bundle);
    link.sample = link.sample.or(asked.sample);
    open(app, link).await;
}

/// Opens what a link says, meanwhile.
pub fn begin(app: &App, link: Link) {
    OPENING.set(OPENING.get() + 1);
    let app = app.clone();
    spawn_local(async move { open(&app, link).await });
}

/// Opens what a link says, and tells where it cannot. Counted in `OPENING` by whoever calls.
async fn open(app: &App, link: Link) {
    let computed = follow(app, link).await;
    OPENING.set(OPENING.get().saturating_sub(1));
    keep(app);
    // What the sender saw besides is computed here, too: it never lies on the server.
    if let Some(direction) = computed {
        crate::engine::explain(app, Some(direction));
    }
}

/// Returns the way that is to be computed of its sample besides; None where none is, where something else was wished for
/// meanwhile, and where what the link asks for cannot be had.
async fn follow(app: &App, mut link: Link) -> Option<Direction> {
    // From now on, so that whatever is chosen later comes later.
    let turn = app.new_turn();
    app.clear_notices();
    if let Some(language) = link.language {
        translation::speak(app, language);
    }
    // A lesson alone opens its own view.
    if let (Some(id), None) = (&link.lesson, &link.bundle)
        && let Some(view) = view_of(id)
    {
        link = Link { language: link.language, lesson: link.lesson.clone(), ..view };
    }
    if link.is_newer {
        app.notice(NOTICE_NEWER_LINK);
    }
    look::take(app, link.view).await;
    if !app.is_turn(turn) {
        return None;
    }
    controls::choose_direction(link.direction);
    findings::choose(app, link.view.tab);
    lesson::open(app, link.lesson.as_deref());
    if !open_case(app, &link).await {
        return None;
    }
    if link.own_scan {
        app.notice(NOTICE_OWN_SCAN);
    }
    let version = app.bundle().map(|bundle| bundle.version.clone());
    if let (Some(asked), Some(found)) = (&link.hash, &version)
        && asked != found
    {
        app.notice(Message::of(NOTICE_OTHER_MODEL, &[("asked", asked), ("found", found)]));
    }
    let is_sample = |subject: &Subject| subject.sample == link.sample;
    let is_open = app.with(|state| link.sample.is_some() && state.subject.as_ref().is_some_and(is_sample));
    link.computed.filter(|_| is_open)
}

/// Bundle and sample of a link. Returns whether they are open now.
async fn open_case(app: &App, link: &Link) -> bool {
    let entries: Vec<BundleEntry> = app.with(|state| state.bundles.clone());
    let wanted = entries.iter().find(|entry| Some(&entry.id) == link.bundle.as_ref());
    if link.bundle.is_some() && wanted.is_none() {
        app.notice(NOTICE_MISSING_BUNDLE);
    }
    let Some(entry) = wanted.or(entries.first()) else { return false };
    let open = app.bundle().filter(|open| open.id == entry.id);
    let sample = link.sample.as_deref();
    let index = open.and_then(|open| open.manifest.samples.iter().position(|own| Some(own.id.as_str()) == sample));
    app.with(|state| state.is_bundle_chosen |= link.bundle.is_some());
    let Some(index) = index else {
        return opening::open_bundle(app, &entry.id, sample).await;
    };
    let is_shown = app.with(|state| {
        let shown = state.shown.as_ref().filter(|_| !state.is_stale());
        shown.is_some_and(|shown| shown.case.subject.sample.as_deref() == sample && shown.computed.is_none())
    });
    if !is_shown {
        return opening::open_sample(app, index).await;
    }
    // It is open already; only the view is another.
    sight::tell(app, sight::show(app).await.map(|()| JsValue::UNDEFINED));
    app.ready(STATUS_RESTORED);
    true
}

/// What is looked at now.
pub fn current(app: &App) -> Link {
    app.with(|state| Link {
        bundle: state.bundle.as_ref().map(|bundle| bundle.id.clone()),
        hash: state.bundle.as_ref().map(|bundle| bundle.version.clone()),
        sample: state.subject.as_ref().and_then(|subject| subject.sample.clone()),
        own_scan: state.subject.as_ref().is_some_and(Subject::is_own),
        direction: controls::chosen_direction(),
        computed: computed(state),
        view: state.view,
        language: Some(state.language),
        lesson: state.lesson.as_ref().map(|lesson| lesson.id.clone()),
        is_newer: false,
    })
}

/// The way of a computed result of a sample, where it is not that of the result that comes with the sample.
fn computed(state: &State) -> Option<Direction> {
    let shown = state.shown.as_ref().filter(|shown| shown.computed.is_some() && !state.is_stale())?;
    let of_sample = shown.case.subject.direction.filter(|_| !shown.case.subject.is_own())?;
    Some(shown.direction).filter(|direction| *direction != of_sample)
}

/// Lets the address follow what is looked at, a moment later and without an entry in the history for each move.
pub fn keep(app: &App) {
    if OPENING.get() > 0 || WAITING.replace(true) {
        return;
    }
    let app = app.clone();
    after_ms(PATIENCE_MS, move || {
        WAITING.set(false);
        if OPENING.get() == 0 {
            // Where the browser keeps no history the address stays as it is.
            let _ = write(&app);
        }
    });
}

fn write(app: &App) -> Result<(), JsValue> {
    let fragment = format!("#{}", current(app).to_fragment());
    window()?.history()?.replace_state_with_url(&JsValue::NULL, "", Some(&fragment))
}

/// Copies the link.
pub fn copy(app: &App) {
    let app = app.clone();
    spawn_local(async move {
        let outcome = async {
            write(&app)?;
            copy_text(&window()?.location().href()?).await
        };
        let is_own = app.with(|state| state.subject.as_ref().is_some_and(Subject::is_own));
        app.say(match outcome.await {
            Ok(()) if is_own => STATUS_COPIED_SCAN,
            Ok(()) => STATUS_COPIED,
            Err(_) => STATUS_NOT_COPIED,
        });
    });
}
