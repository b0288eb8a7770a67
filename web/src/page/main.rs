//! The page's program: wires the document to the state.
//!
//! It never computes for long and never leaves the user without an answer: whatever fails is told in the alert, and
//! the page stays usable.

mod app;
mod controls;
mod dom;
mod engine;
mod fetch;
mod files;
mod hook;
mod preparation;
mod results;
mod sight;
mod viewer;

use app::App;

fn main() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        let app = App::new();
        if let Err(error) = start(&app).await {
            app.fail(&dom::message_of(&error));
        }
    });
}

async fn start(app: &App) -> Result<(), wasm_bindgen::JsValue> {
    hook::install(app)?;
    controls::install(app)?;
    files::install(app)?;
    sight::install(app).await?;
    app.open_first_bundle().await;
    Ok(())
}
