//! Fetching files of this site; errors name the file and say what to do.

use crate::dom::window;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web::told::site::{SiteError, SiteFault};
use web_sys::Response;

/// The bytes at an address of this site; `name` is for messages.
pub async fn bytes(name: &str, url: &str) -> Result<Vec<u8>, SiteError> {
    let failed = |reason: SiteFault| SiteError::Reload { name: name.to_owned(), reason };
    let window = window().map_err(|_| failed(SiteFault::NoWindow))?;
    let response: Response = JsFuture::from(window.fetch_with_str(url))
        .await
        .and_then(|response| response.dyn_into())
        .map_err(|_| failed(SiteFault::NotFetched))?;
    if !response.ok() {
        return Err(failed(SiteFault::Status { status: response.status() }));
    }
    let buffer = response.array_buffer().map_err(|_| failed(SiteFault::NotRead))?;
    let buffer = JsFuture::from(buffer).await.map_err(|_| failed(SiteFault::BrokenOff))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// A JSON file of this site.
pub async fn json<T: serde::de::DeserializeOwned>(name: &str, url: &str) -> Result<T, SiteError> {
    parsed(name, &bytes(name, url).await?)
}

/// What JSON says.
pub fn parsed<T: serde::de::DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, SiteError> {
    serde_json::from_slice(bytes)
        .map_err(|error| SiteError::Export { name: name.to_owned(), detail: error.to_string() })
}
