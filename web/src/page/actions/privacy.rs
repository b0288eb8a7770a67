//! What the browser says of requests to other sites: whether it refuses them, what was asked, what was refused.

use crate::app::App;
use crate::dom::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web::confined::{is_confined, on_asked, on_refused};

pub fn install(app: &App) -> Result<(), JsValue> {
    let origin = window()?.location().origin()?;
    let handle = app.clone();
    on_refused(move |address| {
        handle.update(|state| state.privacy.refused.insert(address));
    });
    let handle = app.clone();
    let is_other = move |address: &str| !["blob:", "data:", &origin].iter().any(|own| address.starts_with(own));
    let counted = on_asked(move |address| {
        if is_other(&address) {
            handle.update(|state| state.privacy.asked.insert(address));
        }
    });
    if let Err(error) = counted {
        // The badge then tells what is enforced only.
        web_sys::console::error_1(&error);
    }
    let app = app.clone();
    spawn_local(async move {
        let confined = is_confined().await;
        app.update(|state| state.privacy.page_is_confined = Some(confined));
    });
    Ok(())
}
