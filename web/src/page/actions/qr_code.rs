//! The QR code of the link, in a dialog: for a class that looks at a projected page.

use super::link;
use crate::app::App;
use crate::dom::{by_id, listen_to, window};
use crate::state::QrLink;
use wasm_bindgen::prelude::*;
use web::qr_code::is_this_computer;
use web_sys::{Event, HtmlDialogElement, MouseEvent};

const DIALOG: &str = "qr-dialog";

pub fn install(app: &App) -> Result<(), JsValue> {
    let handle = app.clone();
    listen_to("share-qr", "click", move |_: MouseEvent| open(&handle))?;
    let handle = app.clone();
    listen_to(DIALOG, "close", move |_: Event| handle.update(|state| state.qr_link = None))
}

/// Shows the code of the link to what is looked at. When the dialog closes, the browser gives the keyboard back to where it was.
pub fn open(app: &App) {
    if !link::may_share(app) {
        return;
    }
    // Without a window there is nothing to show it in.
    let (Ok(link), Ok(host)) = (app.with(link::of_view), window().and_then(|window| window.location().hostname()))
    else {
        return;
    };
    app.update(|state| {
        let leaves_scan_out = state.is_scan_own();
        state.qr_link = Some(QrLink { link, leaves_scan_out, is_of_this_computer: is_this_computer(&host) });
    });
    if let Ok(dialog) = by_id::<HtmlDialogElement>(DIALOG) {
        // A dialog that is open already stays open.
        let _ = dialog.show_modal();
    }
}
