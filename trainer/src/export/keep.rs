//! The manifest of an existing bundle, written anew with what names it.

use crate::export::index::list_in_index;
use crate::export::onnx;
use crate::files;
use anyhow::Result;
use shared::bundle::Manifest;
use std::path::Path;

/// Writes what changed in the manifest, its entry in the list of bundles, and the ONNX models beside it, which name it.
pub fn keep_manifest(folder: &Path, manifest: &Manifest) -> Result<()> {
    files::write_json(&folder.join("manifest.json"), manifest)?;
    list_in_index(folder, manifest, None)?;
    if onnx::is_beside(folder) { onnx::write(folder, folder) } else { Ok(()) }
}
