//! Files of a bundle as they are gathered, and those of an older one as they go.

use crate::failure::unusable;
use crate::files;
use crate::progress::stop_requested;
use anyhow::{Result, ensure};
use shared::bundle::{FileEntry, Manifest, sha256_hex};
use shared::volume::{Volume, read_nifti, write_nifti_gz, write_nifti_gz_in_steps};
use std::collections::BTreeMap;
use std::path::Path;

/// Files of the bundle as they are gathered; a content hash in each name lets browsers cache them for ever.
pub struct Files<'a> {
    pub out: &'a Path,
    pub entries: BTreeMap<String, FileEntry>,
    /// What is there when somebody stops it, and how to go on.
    pub if_stopped: &'static str,
}

impl Files<'_> {
    /// Writes a file.
    ///
    /// # Errors
    /// It cannot be written, or a stop was asked for.
    pub fn add(&mut self, role: &str, extension: &str, bytes: &[u8]) -> Result<()> {
        ensure!(!stop_requested(), "{}: {}", self.out.display(), self.if_stopped);
        let sha256 = sha256_hex(bytes);
        let path = format!("{}.{}.{extension}", role.replace('/', "-"), &sha256[..8]);
        files::write(&self.out.join(&path), bytes)?;
        self.entries.insert(role.into(), FileEntry { path, bytes: bytes.len() as u64, sha256 });
        Ok(())
    }

    pub fn add_volume(&mut self, role: &str, volume: &Volume) -> Result<()> {
        self.add(role, "nii.gz", &write_nifti_gz(volume, &format!("AgeLens {role}"))?)
    }

    /// A change, kept in steps of grey-matter density.
    pub fn add_change(&mut self, role: &str, change: &Volume, step: f32) -> Result<()> {
        self.add(role, "nii.gz", &write_nifti_gz_in_steps(change, step, &format!("AgeLens {role}"))?)
    }
}

/// An earlier bundle in the folder goes, manifest first; anything else is left alone.
pub fn remove_older(out: &Path) -> Result<()> {
    let path = out.join("manifest.json");
    if !path.exists() {
        return Ok(());
    }
    let old: Manifest = serde_json::from_slice(&files::read(&path)?).map_err(|error| {
        unusable(format!("{}: is not a bundle's manifest ({error}); choose another folder", path.display()))
    })?;
    std::fs::remove_file(&path)?;
    old.files.values().try_for_each(|entry| remove(out, entry))
}

/// Removes a file of the bundle in this folder.
pub fn remove(folder: &Path, entry: &FileEntry) -> Result<()> {
    let file = Path::new(&entry.path);
    // A manifest names files of its own folder only.
    if file.components().count() == 1 && folder.join(file).is_file() {
        std::fs::remove_file(folder.join(file))?;
    }
    Ok(())
}

/// A map of a run or of a bundle.
pub fn read_volume(path: &Path) -> Result<Volume> {
    Ok(read_nifti(&path.display().to_string(), &files::read(path)?, None)?.into_volume()?)
}
