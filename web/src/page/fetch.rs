//! Fetching files of this site; errors name the file and say what to do.

use crate::dom::window;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The bytes at an address of this site; `name` is for messages.
pub async fn bytes(name: &str, url: &str) -> Result<Vec<u8>, String> {
    let failed = |reason: &str| {
        format!("{name}: {reason}. Reload the page; if that does not help, files are missing from the site.")
    };
    let window = window().map_err(|_| failed("there is no window"))?;
    let response: Response = JsFuture::from(window.fetch_with_str(url))
        .await
        .and_then(|response| response.dyn_into())
        .map_err(|_| failed("could not be fetched (no connection?)"))?;
    if !response.ok() {
        return Err(failed(&format!("the server answers {}", response.status())));
    }
    let buffer = response.array_buffer().map_err(|_| failed("could not be read"))?;
    let buffer = JsFuture::from(buffer).await.map_err(|_| failed("the transfer broke off"))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// A JSON file of this site.
pub async fn json<T: serde::de::DeserializeOwned>(name: &str, url: &str) -> Result<T, String> {
    parsed(name, &bytes(name, url).await?)
}

/// What JSON says.
pub fn parsed<T: serde::de::DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("{name}: {error}. Export it again with this version."))
}
