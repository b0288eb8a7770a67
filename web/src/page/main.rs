//! The page's program.
//!
//! Handlers and answers change the state (`actions`), and what is seen follows it (`render`); neither knows the other. It
//! never computes for long and never leaves the user without an answer: whatever fails is told in the alert, and the page
//! stays usable.

#![warn(clippy::unwrap_used)]

mod actions;
mod address;
mod app;
mod bundle_files;
mod case;
mod converter;
mod dom;
mod fetch;
mod hook;
mod node;
mod render;
mod state;
mod viewer;
mod wanted;
mod worker;

use app::App;
use web::language::{ERROR_START, Message, STATUS_LOADING};

fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        let app = App::new(render::Page::default());
        if let Err(error) = start(&app).await {
            app.fail(Message::because(ERROR_START, dom::reason_of(&error)));
        }
    });
}

async fn start(app: &App) -> Result<(), wasm_bindgen::JsValue> {
    render::build()?;
    hook::install(app)?;
    let is_english_because = actions::speak_first(app).await;
    app.update(|state| state.say(STATUS_LOADING));
    actions::install(app).await?;
    actions::open_first(app).await;
    if let Some(message) = is_english_because {
        app.notice(message);
    }
    if let Err(message) = actions::fetch_atlas(app).await {
        // Maps and verdict need no names.
        app.notice(message);
    }
    Ok(())
}
