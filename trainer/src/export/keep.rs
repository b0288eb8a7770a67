//! The manifest of an existing bundle, written anew with what names it.

use crate::export::files::remove;
use crate::export::index::list_in_index;
use crate::export::onnx;
use crate::files;
use anyhow::Result;
use shared::bundle::{FileEntry, Manifest};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes what changed in the manifest, its entry in the list of bundles, and the ONNX models beside it, which name it. Of the `older`
/// files those go that the manifest does not name. At any moment the bundle is whole, and no ONNX models are listed that name
/// another manifest.
///
/// # Errors
/// A file cannot be written, or it was stopped before the ONNX models were written.
pub fn keep_manifest(folder: &Path, manifest: &Manifest, older: &BTreeMap<String, FileEntry>) -> Result<()> {
    let has_onnx = onnx::is_beside(folder);
    onnx::remove_older(folder)?;
    files::write_json(&folder.join("manifest.json"), manifest)?;
    let kept: Vec<&str> = manifest.files.values().map(|entry| entry.path.as_str()).collect();
    for entry in older.values().filter(|entry| !kept.contains(&entry.path.as_str())) {
        remove(folder, entry)?;
    }
    list_in_index(folder, manifest, None)?;
    if has_onnx { onnx::write(folder, folder) } else { Ok(()) }
}
