//! What visitors and answers do to the state. Whoever is above may call whoever is below:
//!
//! ```text
//! lesson
//! qr_code
//! link      bench      files      findings   inside     forget
//! dicom
//! opening   answers    diagnostics   animation   result
//! engine    language   look       practice   privacy    save   sight
//! stops
//! ```

mod animation;
mod answers;
mod bench;
mod diagnostics;
mod dicom;
mod engine;
mod files;
mod findings;
mod forget;
mod inside;
mod language;
mod lesson;
mod link;
mod look;
mod opening;
mod practice;
mod privacy;
mod qr_code;
mod result;
mod save;
mod sight;
mod stops;

use crate::app::App;
use wasm_bindgen::JsValue;

pub use language::speak_first;
pub use link::open_first;
pub use opening::fetch_atlas;

/// Connects the document's controls; then what the browser and the viewer say of their own accord.
pub async fn install(app: &App) -> Result<(), JsValue> {
    answers::install();
    animation::install(app)?;
    language::install(app)?;
    privacy::install(app)?;
    bench::install(app)?;
    files::install(app)?;
    dicom::install(app)?;
    findings::install(app)?;
    inside::install(app)?;
    forget::install(app)?;
    lesson::install(app)?;
    practice::install(app)?;
    save::install(app)?;
    result::install(app)?;
    diagnostics::install(app)?;
    look::install(app)?;
    link::install(app)?;
    qr_code::install(app)?;
    sight::install(app).await
}
