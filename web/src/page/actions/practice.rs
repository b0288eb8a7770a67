//! The lesson in which visitors train a classifier: its sliders, and the people who are drawn for it bit by bit, so that the
//! page stays usable meanwhile.

use crate::app::App;
use crate::dom::{by_id, listen, listen_to, pause};
use crate::fetch;
use crate::state::State;
use futures::future::join;
use shared::prepare::t1::TEMPLATE_VERSION;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::maps::read_volume;
use web::practice::{Class, FIRST_SEED, RANGES, Settings, Slice, TEMPLATE_FILES};
use web::told::Sentence;
use web::told::site::SiteError;
use web_sys::{Event, HtmlElement, HtmlInputElement, MouseEvent};

/// Pairs of people that are drawn at once.
const PAIRS_AT_ONCE: usize = 6;

pub fn install(app: &App) -> Result<(), JsValue> {
    for (slider, range) in RANGES.iter().enumerate() {
        let input: HtmlInputElement = by_id(&format!("practice-{}", range.id))?;
        let (app, own) = (app.clone(), input.clone());
        listen(&input, "input", move |_: Event| {
            app.update(|state| {
                state.practice.settings.set(slider, own.value_as_number());
                state.answer_practice();
            });
        })?;
    }
    listen_to("practice-back", "click", |_: MouseEvent| scroll_to("tasks-title"))?;
    let handle = app.clone();
    listen_to("practice-others", "click", move |_: MouseEvent| {
        let class = handle.update(|state| {
            let next = state.practice.class.as_ref().map(|class| class.borrow().others());
            next.map(|next| take(state, next))
        });
        if let Some(class) = class {
            spawn_local(draw(handle.clone(), class));
        }
    })
}

/// Scrolls to the sliders.
pub fn show() {
    scroll_to("practice");
}

/// Without it, one scrolls there oneself.
fn scroll_to(id: &str) {
    if let Ok(place) = by_id::<HtmlElement>(id) {
        place.scroll_into_view();
        let _ = place.focus();
    }
}

/// The lesson was opened: people are drawn for it, unless they are there.
pub fn begin(app: &App) {
    let is_due = app.update(|state| {
        let is_due = state.is_practising() && state.practice.class.is_none() && !state.practice.is_beginning;
        state.practice.is_beginning |= is_due;
        if is_due {
            state.practice.fault = None;
        }
        is_due
    });
    if is_due {
        let app = app.clone();
        spawn_local(async move {
            let slice = fetch_slice().await;
            let class = app.update(|state| {
                state.practice.is_beginning = false;
                match slice {
                    Ok(slice) => Some(take(state, Class::new(slice, FIRST_SEED))),
                    Err(fault) => {
                        // The next time that the lesson is opened it is tried again.
                        state.practice.fault = Some(fault);
                        None
                    }
                }
            });
            if let Some(class) = class {
                draw(app, class).await;
            }
        });
    }
}

/// The sliders go back to where they stood at first.
pub fn begin_again(app: &App) {
    app.update(|state| {
        state.practice.settings = Settings::default();
        state.answer_practice();
    });
    begin(app);
}

fn take(state: &mut State, class: Class) -> Rc<RefCell<Class>> {
    let class = Rc::new(RefCell::new(class));
    state.practice.class = Some(class.clone());
    state.practice.outcome = None;
    state.practice.readiness = 0.0;
    class
}

async fn fetch_slice() -> Result<Slice, Sentence> {
    let [grey, white] = TEMPLATE_FILES.map(|name| {
        let path = format!("template/{name}");
        // The preparation of scans asks for the same addresses, so that neither is fetched twice.
        let url = format!("{path}?version={TEMPLATE_VERSION}");
        async move { fetch::bytes(&path, &url).await }
    });
    let (grey, white) = join(grey, white).await;
    let [grey, white] = [read_volume(TEMPLATE_FILES[0], &grey?)?, read_volume(TEMPLATE_FILES[1], &white?)?];
    Ok(Slice::of(&grey, &white).ok_or(SiteError::TemplateOther)?)
}

/// Draws all people of a class, as long as it is the one that is wanted; those first who are needed first.
async fn draw(app: App, class: Rc<RefCell<Class>>) {
    loop {
        let is_more = (0..PAIRS_AT_ONCE).all(|_| class.borrow_mut().draw());
        let is_wanted = |state: &State| state.practice.class.as_ref().is_some_and(|own| Rc::ptr_eq(own, &class));
        if !app.with(is_wanted) {
            return;
        }
        if app.with(|state| state.practice.is_waiting()) {
            app.update(State::answer_practice);
        }
        if !is_more || pause().await.is_err() {
            return;
        }
    }
}
