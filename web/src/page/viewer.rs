//! The viewer that `web/viewer` puts on the window before this program starts.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Four linked NiiVue panels.
    #[derive(Clone)]
    pub type Viewer;

    #[wasm_bindgen(method, getter)]
    pub fn supported(this: &Viewer) -> bool;

    #[wasm_bindgen(method, catch)]
    pub async fn start(
        this: &Viewer,
        canvases: &Array,
        on_move: &Function,
        on_lost: &Function,
    ) -> Result<JsValue, JsValue>;

    /// Four `.nii` files on one grid, and the end of the difference map's colours.
    #[wasm_bindgen(method, catch)]
    pub async fn show(this: &Viewer, files: &Array, limit: f32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAnatomy)]
    pub async fn set_anatomy(this: &Viewer, shown: bool) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setThreshold)]
    pub async fn set_threshold(this: &Viewer, threshold: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, js_name = setAxialOnly)]
    pub fn set_axial_only(this: &Viewer, axial_only: bool);

    #[wasm_bindgen(method, js_name = setRadiological)]
    pub fn set_radiological(this: &Viewer, radiological: bool);

    #[wasm_bindgen(method, js_name = moveTo)]
    pub fn move_to(this: &Viewer, x: f64, y: f64, z: f64);

    #[wasm_bindgen(method)]
    pub fn gradient(this: &Viewer, scale: &str) -> String;
}

/// The viewer, or None where its script did not run.
pub fn viewer() -> Option<Viewer> {
    let window = web_sys::window()?;
    let found = Reflect::get(&window, &"agelensViewer".into()).ok()?;
    found.is_object().then(|| found.unchecked_into())
}
