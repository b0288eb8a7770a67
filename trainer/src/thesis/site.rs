//! The built page with one bundle: a folder that any web server shows.

use crate::export::list_in_index;
use crate::failure::unusable;
use crate::files;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use shared::bundle::Manifest;
use std::path::{Path, PathBuf};

const INDEX: &str = "index.html";
const MODELS: &str = "models";
/// Names the bundle at last.
const BUNDLES: &str = "models/index.json";

/// A page that `make site` built.
pub struct Page(PathBuf);

/// Whether a page was published here to its end.
pub fn is_whole(site: &Path) -> bool {
    let listed = std::fs::read(site.join(BUNDLES)).unwrap_or_default();
    serde_json::from_slice::<Vec<Value>>(&listed).is_ok_and(|listed| !listed.is_empty())
}

impl Page {
    /// # Errors
    /// [`crate::failure::UnusableInput`]: the folder holds no built page.
    pub fn open(folder: &Path) -> Result<Page> {
        let has = |name: &str| folder.join(name).is_file();
        // Of a page that is not built the source has an index.html too.
        if has(INDEX) && has("sw.js") && folder.join(MODELS).is_dir() {
            return Ok(Page(folder.to_owned()));
        }
        Err(unusable(format!(
            "{}: holds no built page; run `make site` first, name its folder with --page, or do without with --no-page",
            folder.display()
        )))
    }

    /// Copies the page without its bundles, then the bundle, and at last the list of bundles.
    ///
    /// # Errors
    /// A file cannot be read or written.
    pub fn publish(&self, site: &Path, bundle: &Path) -> Result<()> {
        let manifest: Manifest =
            serde_json::from_slice(&files::read(&bundle.join("manifest.json"))?).context("the bundle's manifest")?;
        copy(&self.0, site, &|inner| !inner.starts_with(MODELS))?;
        let copied = site.join(MODELS).join(&manifest.name);
        copy(bundle, &copied, &|_| true)?;
        files::write_json(&site.join(BUNDLES), &json!([]))?;
        list_in_index(&copied, &manifest, None)
    }
}

/// Copies all files of a folder whose path in it is wanted.
fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<()> {
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        let folder = from.join(&inner);
        let listed = std::fs::read_dir(&folder).with_context(|| format!("{}: cannot be read", folder.display()))?;
        for entry in listed {
            let entry = entry?;
            let path = inner.join(entry.file_name());
            if !wanted(&path) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                files::write(&to.join(&path), &files::read(&entry.path())?)?;
            }
        }
    }
    Ok(())
}
