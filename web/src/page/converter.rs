//! The converter of DICOM files that `web/viewer` puts on the window before this program starts.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::DataTransfer;

#[wasm_bindgen]
extern "C" {
    /// Fetches what it needs when it is first asked.
    #[derive(Clone)]
    pub type Converter;

    /// `null` where the files are no DICOM, else `{ told, files }`.
    #[wasm_bindgen(method)]
    pub fn convert(this: &Converter, files: &Array, on_progress: &Function) -> Promise;

    /// Ends what is being converted, if anything is.
    #[wasm_bindgen(method)]
    pub fn cancel(this: &Converter);

    /// The files of a drop, those in folders too: an array, or `{ told }` with what is wrong.
    #[wasm_bindgen(method)]
    pub fn dropped(this: &Converter, transfer: &DataTransfer) -> Promise;
}

/// The converter, or None where its script did not run.
pub fn converter() -> Option<Converter> {
    let window = web_sys::window()?;
    let found = Reflect::get(&window, &"agelensDicom".into()).ok()?;
    found.is_object().then(|| found.unchecked_into())
}
