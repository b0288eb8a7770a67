//! The preparation of the visitor's raw T1 image, kept as long as the image is.

use js_sys::{Array, Uint8Array, Uint8ClampedArray};
use shared::prepare::t1::Quality;
use shared::volume::Affine;
use wasm_bindgen::prelude::*;
use web::told::Sentence;
use web_sys::{Blob, Url};

/// Place of the files in the engine's message: after its text and the picture.
const FIRST_MAP: u32 = 2;

/// A preparation.
pub struct Preparation {
    /// Of the question that it was made for: of its own among all.
    pub key: u32,
    /// Whose it is.
    pub subject_key: u32,
    pub name: String,
    pub found: Found,
    /// 8-bit RGBA.
    pub picture: Uint8ClampedArray,
    /// Addresses of the maps, as long as the page keeps them: they lie in the browser's memory.
    pub urls: Vec<String>,
}

/// What the engine says about it.
pub struct Found {
    pub quality: Quality,
    /// Why it did not pass.
    pub reasons: Vec<Sentence>,
    /// What the image was found to be.
    pub image: shared::prepare::t1::Found,
    pub mni_from_world: Affine,
    pub seconds: f64,
    pub warnings: Vec<Sentence>,
    /// Width and height of the picture, pixels.
    pub size: [u32; 2],
}

impl Drop for Preparation {
    fn drop(&mut self) {
        for url in &self.urls {
            // One that is gone already needs no giving back.
            let _ = Url::revoke_object_url(url);
        }
    }
}

impl Preparation {
    /// From the engine's message.
    pub fn new((key, subject_key, name): (u32, u32, String), found: Found, message: &Array) -> Self {
        let picture = Uint8ClampedArray::new(&message.get(FIRST_MAP - 1));
        // What cannot be kept for the visitor can be looked at all the same.
        let urls = addresses(message).unwrap_or_default();
        Preparation { key, subject_key, name, found, picture, urls }
    }
}

/// The grey-matter map in the engine's message.
pub fn grey_matter(message: &Array) -> Vec<u8> {
    Uint8Array::new(&message.get(FIRST_MAP)).to_vec()
}

fn addresses(message: &Array) -> Result<Vec<String>, JsValue> {
    let address = |index: u32| {
        let blob = Blob::new_with_buffer_source_sequence(&Array::of1(&message.get(index)))?;
        Url::create_object_url_with_blob(&blob)
    };
    (FIRST_MAP..message.length()).map(address).collect()
}
