//! Fetching files of the site; and a bundle, from there or from the visitor's disk: the files that its manifest asks for, with progress in
//! bytes.

use shared::bundle::{Bundle, Manifest, parse_manifest};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web::origin::Origin;
use web::pieces::{append, next_piece};
use web::protocol::Bytes;
use web::told::engine::EngineError;
use web::told::site::{SiteError, SiteFault};
use web_sys::{ReadableStreamDefaultReader, Response, WorkerGlobalScope};

/// Largest bundle that is fetched: many times what any of ours has.
const MAX_BUNDLE_BYTES: u64 = 512 * 1024 * 1024;

/// The files of a bundle as they came, not yet checked.
pub struct Files {
    pub manifest_json: Vec<u8>,
    pub manifest: Manifest,
    /// By path, as in the manifest.
    pub by_path: BTreeMap<String, Vec<u8>>,
}

/// Fetches, or reads, all that [`Bundle::from_files`] needs.
pub async fn fetch_bundle(
    origin: &Origin,
    manifest_json: &[u8],
    mut on_progress: impl FnMut(Bytes),
) -> Result<Files, EngineError> {
    let manifest = parse_manifest(manifest_json)?;
    let needed = Bundle::required_paths(&manifest);
    let size = |path: &str| manifest.files.values().find(|entry| entry.path == path).map_or(0, |entry| entry.bytes);
    let total = needed.iter().fold(0u64, |sum, path| sum.saturating_add(size(path)));
    if total > MAX_BUNDLE_BYTES {
        return Err(EngineError::BundleTooLarge { total });
    }
    let mut by_path = BTreeMap::new();
    let mut before = 0;
    for path in needed {
        let on_bytes = |done| on_progress(Bytes { done: before + done, total });
        // A longer file than promised would fail its checksum anyway.
        let bytes = match origin {
            Origin::Site(url) => fetch(&path, &format!("{url}{path}"), size(&path), on_bytes).await?,
            Origin::Disk(folder) => folder.read(&path, size(&path), on_bytes).await?,
        };
        before += bytes.len() as u64;
        by_path.insert(path, bytes);
    }
    Ok(Files { manifest_json: manifest_json.to_vec(), manifest, by_path })
}

/// Fetches one file of at most `limit` bytes; `on_bytes` hears how many there are so far.
pub async fn fetch(name: &str, url: &str, limit: u64, mut on_bytes: impl FnMut(u64)) -> Result<Vec<u8>, SiteError> {
    let failed = |reason: SiteFault| SiteError::Again { name: name.to_owned(), reason };
    let lost = |_: JsValue| failed(SiteFault::Lost);
    let scope: WorkerGlobalScope = js_sys::global().dyn_into().map_err(|_| failed(SiteFault::NotHere))?;
    let response: Response = JsFuture::from(scope.fetch_with_str(url)).await.map_err(lost)?.dyn_into().map_err(lost)?;
    if !response.ok() {
        return Err(failed(SiteFault::Status { status: response.status() }));
    }
    let stream = response.body().ok_or_else(|| failed(SiteFault::NoContent))?;
    let reader: ReadableStreamDefaultReader =
        stream.get_reader().dyn_into().map_err(|_| failed(SiteFault::Unreadable))?;
    let mut bytes = Vec::new();
    while let Some(chunk) = next_piece(&reader).await.map_err(lost)? {
        if bytes.len() as u64 + u64::from(chunk.length()) > limit {
            return Err(failed(SiteFault::TooLarge));
        }
        append(&mut bytes, &chunk);
        on_bytes(bytes.len() as u64);
    }
    Ok(bytes)
}
