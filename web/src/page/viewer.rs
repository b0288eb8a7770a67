//! The viewer that `web/viewer` puts on the window before this program starts. What takes time begins at once, and is a promise.

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlCanvasElement, ImageData};

#[wasm_bindgen]
extern "C" {
    /// Linked NiiVue panels.
    #[derive(Clone)]
    pub type Viewer;

    #[wasm_bindgen(method, getter)]
    pub fn supported(this: &Viewer) -> bool;

    /// Canvases of original, translated, difference, Grad-CAM and truth.
    #[wasm_bindgen(method, catch)]
    pub fn start(this: &Viewer, canvases: &Array, on_move: &Function, on_lost: &Function) -> Result<Promise, JsValue>;

    /// Five `.nii` files on one grid, the last of them `undefined` without a truth; the end of the difference map's colours;
    /// and the size below which it hides changes.
    #[wasm_bindgen(method, catch)]
    pub fn show(this: &Viewer, files: &Array, limit: f32, threshold: f64) -> Result<Promise, JsValue>;

    /// Nothing that was shown stays in the memory of this page or of the graphics device.
    #[wasm_bindgen(method)]
    pub fn forget(this: &Viewer);

    /// `side`, `compare` or `volume`.
    #[wasm_bindgen(method, catch, js_name = setMode)]
    pub fn set_mode(this: &Viewer, mode: &str) -> Result<Promise, JsValue>;

    /// Share of the translation in the blend, 0..1.
    #[wasm_bindgen(method, js_name = setBlend)]
    pub fn set_blend(this: &Viewer, share: f64);

    /// Share of the picture, from the left, that shows the original, 0..1.
    #[wasm_bindgen(method, js_name = setWipe)]
    pub fn set_wipe(this: &Viewer, share: f64);

    /// Hears when the line of the wipe is dragged.
    #[wasm_bindgen(method, js_name = setWipeHandler)]
    pub fn set_wipe_handler(this: &Viewer, handler: &Function);

    /// Hears when canvases that were lost are drawn again.
    #[wasm_bindgen(method, js_name = setRestoredHandler)]
    pub fn set_restored_handler(this: &Viewer, handler: &Function);

    #[wasm_bindgen(method, js_name = setVolumeCanvas)]
    pub fn set_volume_canvas(this: &Viewer, canvas: &HtmlCanvasElement);

    #[wasm_bindgen(method, js_name = setVolumeClip)]
    pub fn set_volume_clip(this: &Viewer, on: bool);

    #[wasm_bindgen(method, js_name = resetVolumeView)]
    pub fn reset_volume_view(this: &Viewer);

    #[wasm_bindgen(method, catch, js_name = setAnatomy)]
    pub fn set_anatomy(this: &Viewer, shown: bool) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setThreshold)]
    pub fn set_threshold(this: &Viewer, threshold: f64) -> Result<Promise, JsValue>;

    /// Of the maps over the anatomy, 0..1.
    #[wasm_bindgen(method, js_name = setOpacity)]
    pub fn set_opacity(this: &Viewer, share: f64);

    /// Densities that are shown black and white.
    #[wasm_bindgen(method, catch, js_name = setWindow)]
    pub fn set_window(this: &Viewer, low: f64, high: f64) -> Result<Promise, JsValue>;

    /// A mask on the maps' grid whose rim is drawn over all slices; `null` takes it away.
    #[wasm_bindgen(method, catch, js_name = setOutline)]
    pub fn set_outline(this: &Viewer, file: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, js_name = setAxialOnly)]
    pub fn set_axial_only(this: &Viewer, axial_only: bool);

    #[wasm_bindgen(method, js_name = setRadiological)]
    pub fn set_radiological(this: &Viewer, radiological: bool);

    #[wasm_bindgen(method, js_name = moveTo)]
    pub fn move_to(this: &Viewer, x: f64, y: f64, z: f64);

    #[wasm_bindgen(method)]
    pub fn gradient(this: &Viewer, scale: &str) -> String;

    /// A Blob of PNG that looks like what is on screen.
    #[wasm_bindgen(method, catch)]
    pub fn picture(this: &Viewer, words: &Object) -> Result<Promise, JsValue>;

    /// The same as pixels, no wider than an animation should be.
    #[wasm_bindgen(method, catch)]
    pub fn frame(this: &Viewer, words: &Object) -> Result<ImageData, JsValue>;
}

/// The viewer, or None where its script did not run.
pub fn viewer() -> Option<Viewer> {
    let window = web_sys::window()?;
    let found = Reflect::get(&window, &"agelensViewer".into()).ok()?;
    found.is_object().then(|| found.unchecked_into())
}

/// The viewer, where this browser can draw.
pub fn drawing() -> Option<Viewer> {
    viewer().filter(Viewer::supported)
}
