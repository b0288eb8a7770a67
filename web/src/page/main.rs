//! The page's program: wires the document to the state.
//!
//! It never computes for long and never leaves the user without an answer: whatever fails is told in the alert, and
//! the page stays usable.

#![warn(clippy::unwrap_used)]

mod app;
mod case;
mod checks;
mod cohort;
mod controls;
mod diagnostics;
mod dom;
mod engine;
mod fetch;
mod files;
mod findings;
mod hook;
mod lesson;
mod link;
mod look;
mod opening;
mod preparation;
mod privacy;
mod regions;
mod results;
mod save;
mod sight;
mod translation;
mod viewer;

use app::App;
use web::language::{ERROR_START, Message, STATUS_LOADING};

fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        let app = App::new();
        if let Err(error) = start(&app).await {
            app.fail(Message::of(ERROR_START, &[("reason", &dom::message_of(&error))]));
        }
    });
}

async fn start(app: &App) -> Result<(), wasm_bindgen::JsValue> {
    hook::install(app)?;
    translation::install(app)?;
    privacy::install(app)?;
    app.say(STATUS_LOADING);
    controls::install(app)?;
    files::install(app)?;
    findings::install(app)?;
    cohort::install(app)?;
    checks::install(app)?;
    lesson::install(app)?;
    save::install(app)?;
    diagnostics::install(app)?;
    sight::install(app).await?;
    look::install(app)?;
    link::install(app)?;
    link::open_first(app).await;
    if let Err(message) = regions::fetch_atlas(app).await {
        // Maps and verdict need no names.
        app.notice(message);
    }
    Ok(())
}
