//! Reads label maps of whole heads from a folder.

use crate::failure::unusable;
use crate::files;
use anyhow::{Result, ensure};
use shared::heads::HeadLabels;
use shared::volume::read_nifti;
use std::path::{Path, PathBuf};

/// Label maps of a folder, in the order of their names.
pub fn read_labels(folder: &Path) -> Result<Vec<HeadLabels>> {
    let listed = std::fs::read_dir(folder)
        .map_err(|error| unusable(format!("{}: the folder cannot be read ({error})", folder.display())))?;
    let mut paths = Vec::new();
    for entry in listed {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".nii.gz") || name.ends_with(".nii") {
            paths.push((name, path));
        }
    }
    paths.sort();
    ensure!(!paths.is_empty(), unusable(format!("{}: no label map (.nii, .nii.gz) in it", folder.display())));
    let read = |(name, path): &(String, PathBuf)| -> Result<HeadLabels> {
        let refuse = |error: &dyn std::fmt::Display| unusable(error.to_string());
        let image = read_nifti(name, &files::read(path)?, None).map_err(|error| refuse(&error))?;
        let volume = image.into_volume().map_err(|error| refuse(&error))?;
        let name = name.split(['_', '.']).next().unwrap_or(name);
        HeadLabels::from_volume(name, &volume).map_err(|error| refuse(&error))
    };
    paths.iter().map(read).collect()
}
