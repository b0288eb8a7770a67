//! Links: what the address or a lesson asks for is opened, and what is looked at is copied.

use super::{engine, language, opening, practice};
use crate::address;
use crate::app::App;
use crate::dom::{copy_text, listen, listen_to, window};
use crate::state::State;
use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::aim::Aim;
use web::embed::frame;
use web::language::*;
use web::lessons::Scene;
use web::roles::{Pick, first_view};
use web::share::Link;
use web_sys::{Event, MouseEvent};

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen(window()?.as_ref(), "hashchange", move |event: Event| {
        // By now the address may be what the page has written over it.
        let pasted = Reflect::get(&event, &"newURL".into()).ok().and_then(|address| address.as_string());
        let fragment = pasted.as_deref().and_then(|address| address.split_once('#')).map(|(_, fragment)| fragment);
        if let Some(link) = fragment.and_then(Link::from_fragment) {
            begin(&handle, link);
        }
    })?;
    let handle = app.clone();
    listen_to("share", "click", move |_: MouseEvent| copy(&handle))?;
    let handle = app.clone();
    listen_to("embed-copy", "click", move |_: MouseEvent| copy_frame(&handle))
}

/// Opens what the address asks for at the start; else what shows most.
pub async fn open_first(app: &App) {
    if let Err(message) = opening::list_bundles(app).await {
        return app.fail(message);
    }
    let asked = app.with(|state| state.asked.clone());
    let fragment = window().and_then(|window| window.location().hash()).ok();
    let mut link = fragment.and_then(|fragment| Link::from_fragment(&fragment)).unwrap_or_default();
    link.bundle = link.bundle.or(asked.bundle);
    link.sample = link.sample.or(asked.sample);
    open(app, link).await;
}

/// Opens what a link says, in place of what is being computed.
pub fn begin(app: &App, link: Link) {
    engine::cancel(app);
    app.update(|state| state.links_opening += 1);
    let app = app.clone();
    spawn_local(async move { open(&app, link).await });
}

/// Opens what a link says, and tells where it cannot. Counted in `links_opening` by whoever calls.
async fn open(app: &App, link: Link) {
    let computed = follow(app, link).await;
    // What the sender saw besides: an age that the sample was led to beforehand, else it is computed here, too.
    if let Some(Aim::Age(years)) = computed {
        app.update(|state| {
            // Nothing is known of other ages than those of the model.
            state.dial = state.dial_years().map(|[youngest, oldest]| years.clamp(youngest, oldest));
        });
        engine::turn_dial(app, true).await;
    }
    app.update(|state| state.links_opening = state.links_opening.saturating_sub(1));
    if let Some(Aim::Group(_)) = computed {
        engine::explain(app, computed);
    }
}

/// Returns the way that is to be computed of its sample besides; None where none is, where something else was wished for
/// meanwhile, and where what the link asks for cannot be had.
async fn follow(app: &App, mut link: Link) -> Option<Aim> {
    let mut pick = link.sample.clone().map_or(Pick::Telling, Pick::Named);
    // A lesson alone opens its own view.
    if let (Some(id), None) = (&link.lesson, &link.bundle)
        && let Some(scene) = Scene::of(id)
        && let Some((role, wanted)) = &scene.case
        && let Some(bundle) = app.with(|state| role.of(&state.bundles).map(|entry| entry.id.clone()))
    {
        let Link { language, lesson, embed, is_newer, .. } = link;
        link = Link { bundle: Some(bundle), view: scene.view(), language, lesson, embed, is_newer, ..Link::default() };
        pick = wanted.clone();
    }
    let turn = app.update(|state| {
        state.notices.clear();
        if link.is_newer {
            state.notice(NOTICE_NEWER_LINK);
        }
        state.is_embedded = link.embed;
        state.view = link.view;
        // From now on, so that whatever is chosen later comes later.
        state.new_turn()
    });
    if let Some(listed) = link.language {
        language::speak(app, listed).await;
    }
    app.drawn().await;
    if !app.with(|state| state.is_turn(turn)) {
        return None;
    }
    app.update(|state| {
        state.direction = link.direction;
        state.open_lesson(link.lesson.as_deref());
    });
    practice::begin(app);
    if !open_case(app, &link, &pick).await {
        return None;
    }
    app.update(|state| {
        if link.own_bundle {
            state.notice(NOTICE_OWN_BUNDLE);
        }
        if link.own_scan {
            state.notice(NOTICE_OWN_SCAN);
        }
        let version = state.bundle.as_ref().map(|bundle| bundle.version.clone());
        if let (Some(asked), Some(found)) = (&link.hash, &version)
            && asked != found
        {
            state.notice(Message::of(NOTICE_OTHER_MODEL, &[("asked", asked), ("found", found)]));
        }
        let is_open = state.subject.as_ref().is_some_and(|subject| subject.sample == link.sample);
        let can = |aim: &Aim| aim.years().is_none() || state.dial_years().is_some();
        link.computed.filter(|aim| link.sample.is_some() && is_open && can(aim))
    })
}

/// Bundle and sample of a link. Returns whether they are open now.
async fn open_case(app: &App, link: &Link, pick: &Pick) -> bool {
    let (id, index, is_shown) = app.update(|state| {
        let wanted = state.bundles.iter().find(|entry| Some(&entry.id) == link.bundle.as_ref());
        let id = wanted.or(first_view(&state.bundles)).map(|entry| entry.id.clone());
        if link.bundle.is_some() && wanted.is_none() {
            state.notice(NOTICE_MISSING_BUNDLE);
        }
        state.is_bundle_chosen |= link.bundle.is_some();
        let open = state.bundle.as_ref().filter(|open| Some(&open.id) == id.as_ref());
        let index = open.and_then(|open| pick.place(&open.manifest));
        let sample = index.and_then(|index| Some(open?.manifest.samples.get(index)?.id.as_str()));
        let shown = state.still_shown();
        let is_shown = shown.is_some_and(|shown| shown.case.subject.sample.as_deref() == sample && shown.is_first());
        (id, index, is_shown)
    });
    let Some(id) = id else { return false };
    let Some(index) = index else {
        return opening::open_bundle(app, &id, pick).await;
    };
    if !is_shown {
        return opening::open_sample(app, index).await;
    }
    // It is open already; only the view is another.
    app.update(|state| {
        state.opening = None;
        state.limit_threshold();
        state.place_crosshair();
    });
    app.drawn().await;
    app.update(|state| state.settle(STATUS_RESTORED));
    true
}

/// The link to what is looked at.
pub fn of_view(state: &State) -> Result<String, JsValue> {
    with_fragment(&state.link())
}

/// The page's address with this fragment.
fn with_fragment(link: &Link) -> Result<String, JsValue> {
    let here = window()?.location().href()?;
    let page = here.split('#').next().unwrap_or_default();
    Ok(format!("{page}#{}", link.to_fragment()))
}

/// Whether a link leads to what is looked at; where none can, the visitor is told.
pub fn may_share(app: &App) -> bool {
    let may = app.with(|state| !state.is_bundle_own());
    if !may {
        app.say(SHARE_NONE);
    }
    may
}

/// Copies the link.
pub fn copy(app: &App) {
    if !may_share(app) {
        return;
    }
    let app = app.clone();
    spawn_local(async move {
        let outcome = async {
            // Where the browser will not copy it, it is to be found there.
            app.with(address::write)?;
            copy_text(&app.with(of_view)?).await
        };
        let outcome = outcome.await;
        let is_own = app.with(|state| state.is_scan_own());
        app.say(match outcome {
            Ok(()) if is_own => STATUS_COPIED_SCAN,
            Ok(()) => STATUS_COPIED,
            Err(_) => STATUS_NOT_COPIED,
        });
    });
}

/// Copies the code of a frame that shows the same.
fn copy_frame(app: &App) {
    if !may_share(app) {
        return;
    }
    let app = app.clone();
    spawn_local(async move {
        let (link, title, is_own) = app.with(|state| {
            let is_own = state.is_scan_own();
            (state.link().embedded(), state.language.text(EMBED_TITLE), is_own)
        });
        let outcome = async { copy_text(&frame(&with_fragment(&link)?, title)).await };
        let outcome = outcome.await;
        app.say(match outcome {
            Ok(()) if is_own => STATUS_COPIED_EMBED_SCAN,
            Ok(()) => STATUS_COPIED_EMBED,
            Err(_) => STATUS_NOT_COPIED_EMBED,
        });
    });
}
