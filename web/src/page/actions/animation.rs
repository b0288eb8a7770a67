//! An animation of the age dial: it is turned from age to age, and what is on the screen is drawn each time. Whatever else the
//! visitor does meanwhile with dial, image or model ends it.

use super::{engine, save};
use crate::app::App;
use crate::dom::{by_id, listen_to, pause, reason_of, wait_ms};
use crate::state::State;
use crate::viewer::{Viewer, drawing};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::animation::Colours;
use web::language::*;
use web_sys::{HtmlDetailsElement, MouseEvent};

/// How often is looked whether an age is there.
const LOOK_MS: i32 = 40;

/// Why there is no animation.
enum Ended {
    /// The visitor wishes something else.
    Stopped,
    Failed(JsValue),
}

impl From<JsValue> for Ended {
    fn from(error: JsValue) -> Self {
        Ended::Failed(error)
    }
}

pub fn install(app: &App) -> Result<(), JsValue> {
    let app = app.clone();
    listen_to("export-gif", "click", move |_: MouseEvent| {
        if let Ok(menu) = by_id::<HtmlDetailsElement>("exports") {
            menu.set_open(false);
        }
        begin(&app);
    })
}

/// Stops the one that is being made.
pub fn cancel(app: &App) {
    let Some(id) = app.with(|state| state.recording.as_ref().map(|recording| recording.id)) else { return };
    app.update(|state| {
        state.end_recording(id);
        state.say(STATUS_ANIMATION_STOPPED);
    });
}

fn begin(app: &App) {
    let Some(viewer) = drawing() else { return app.fail(ERROR_WEBGL) };
    let Some((id, ages)) = app.update(State::begin_recording) else { return };
    let app = app.clone();
    spawn_local(async move {
        let made = make(&app, &viewer, id, &ages).await;
        let was_going_on = app.update(|state| state.end_recording(id));
        match made {
            Ok((name, file)) => save::finish_file(&app, &name, &file, "image/gif"),
            Err(Ended::Stopped) if was_going_on => app.say(STATUS_ANIMATION_STOPPED),
            // Whoever has ended it has said so.
            Err(Ended::Stopped) => {}
            Err(Ended::Failed(error)) => app.fail(Message::because(ERROR_PICTURE, reason_of(&error))),
        }
    });
}

/// Name and bytes of the file.
async fn make(app: &App, viewer: &Viewer, id: u32, ages: &[u8]) -> Result<(String, Vec<u8>), Ended> {
    // The oldest first: its changes set the scale of colours that all ages share.
    if let Some(oldest) = ages.last() {
        turn(app, id, *oldest).await?;
    }
    let mut pictures: Vec<(Vec<u8>, [u16; 2])> = Vec::new();
    for years in ages {
        turn(app, id, *years).await?;
        let picture = viewer.frame(&app.with(|state| save::words(state, Some(*years)))?)?;
        let size = [picture.width(), picture.height()].map(|length| u16::try_from(length).unwrap_or(u16::MAX));
        // The visitor looks at the maps in another way.
        if pictures.first().is_some_and(|(_, first)| *first != size) {
            return Err(Ended::Stopped);
        }
        pictures.push((picture.data().0, size));
        app.update(|state| {
            if let Some(recording) = &mut state.recording {
                recording.done = pictures.len();
            }
        });
    }
    let Some((_, size)) = pictures.first().cloned() else { return Err(Ended::Stopped) };
    let name = save::animation_name(app).ok_or(Ended::Stopped)?;
    let file = encode(app, id, size, &pictures).await?;
    Ok((name, file))
}

/// Turns the dial, and waits until this age is drawn.
async fn turn(app: &App, id: u32, years: u8) -> Result<(), Ended> {
    if app.with(|state| state.recording.as_ref().is_none_or(|recording| recording.id != id)) {
        return Err(Ended::Stopped);
    }
    app.update(|state| state.record_age(years));
    engine::follow_dial(app, true);
    while !app.with(|state| state.shows_age(years)) {
        wait_ms(LOOK_MS).await?;
        going_on(app, id)?;
    }
    app.drawn().await;
    going_on(app, id)
}

fn going_on(app: &App, id: u32) -> Result<(), Ended> {
    app.with(|state| state.is_recording(id)).then_some(()).ok_or(Ended::Stopped)
}

/// Between two pictures the page does what waits.
async fn encode(app: &App, id: u32, size: [u16; 2], pictures: &[(Vec<u8>, [u16; 2])]) -> Result<Vec<u8>, Ended> {
    let ends: Vec<&[u8]> =
        [pictures.first(), pictures.last()].into_iter().flatten().map(|(pixels, _)| &**pixels).collect();
    let mut colours = Colours::of(&ends);
    let mut places = Vec::new();
    for (pixels, _) in pictures {
        pause().await?;
        going_on(app, id)?;
        places.push(colours.places(pixels));
    }
    pause().await?;
    going_on(app, id)?;
    colours.animation(size, &places).map_err(|error| Ended::Failed(error.to_string().into()))
}
