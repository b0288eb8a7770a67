//! What a browser hands out piece by piece: a transfer, or a file on disk.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStreamDefaultReader};

/// All of a file, so that it is never in memory twice; `on_bytes` hears how many there are so far.
pub async fn read_blob(blob: &Blob, mut on_bytes: impl FnMut(u64)) -> Result<Vec<u8>, JsValue> {
    let mut bytes = Vec::with_capacity(blob.size() as usize);
    let reader: ReadableStreamDefaultReader = blob.stream().get_reader().dyn_into()?;
    while let Some(piece) = next_piece(&reader).await? {
        append(&mut bytes, &piece);
        on_bytes(bytes.len() as u64);
    }
    Ok(bytes)
}

/// The next piece of a stream; None at its end.
pub async fn next_piece(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let part = JsFuture::from(reader.read()).await?;
    match Reflect::get(&part, &"done".into())?.is_truthy() {
        true => Ok(None),
        false => Reflect::get(&part, &"value".into())?.dyn_into().map(Some),
    }
}

pub fn append(bytes: &mut Vec<u8>, piece: &Uint8Array) {
    let start = bytes.len();
    bytes.resize(start + piece.length() as usize, 0);
    piece.copy_to(&mut bytes[start..]);
}
