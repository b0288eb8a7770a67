//! Label maps of whole heads: those of a folder, or that of the template.

use crate::failure::unusable;
use crate::files;
use anyhow::{Result, ensure};
use shared::heads::{HeadLabels, template_head};
use shared::prepare::t1::Template;
use shared::volume::read_nifti;
use std::path::{Path, PathBuf};

/// A head whose position is known: Colin27, 0..1, in MNI152 space.
const COLIN27: &[u8] = include_bytes!("../../../static/template/colin27_2mm_head.nii.gz");

/// Label maps of a folder; if none is given, the template's own, with Colin27 around the brain.
pub fn read_labels_or_template(folder: Option<&Path>, template: &Template) -> Result<Vec<HeadLabels>> {
    let Some(folder) = folder else {
        let colin27 = read_nifti("colin27_2mm_head.nii.gz", COLIN27, None)?.into_volume()?;
        return Ok(vec![template_head(template, &colin27)?]);
    };
    read_labels(folder)
}

/// Label maps of a folder, in the order of their names.
pub fn read_labels(folder: &Path) -> Result<Vec<HeadLabels>> {
    let listed = std::fs::read_dir(folder).map_err(|error| {
        unusable(format!(
            "{}: the folder cannot be read ({error}); check the path and its permissions",
            folder.display()
        ))
    })?;
    let mut paths = Vec::new();
    for entry in listed {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".nii.gz") || name.ends_with(".nii") {
            paths.push((name, path));
        }
    }
    paths.sort();
    ensure!(
        !paths.is_empty(),
        unusable(format!(
            "{}: no label map (.nii, .nii.gz) in it; give a folder of label maps of whole heads",
            folder.display()
        ))
    );
    let read = |(name, path): &(String, PathBuf)| -> Result<HeadLabels> {
        let refuse = |error: &dyn std::fmt::Display| unusable(error.to_string());
        let image = read_nifti(name, &files::read(path)?, None).map_err(|error| refuse(&error))?;
        let volume = image.into_volume().map_err(|error| refuse(&error))?;
        let name = name.split(['_', '.']).next().unwrap_or(name);
        HeadLabels::from_volume(name, &volume).map_err(|error| refuse(&error))
    };
    paths.iter().map(read).collect()
}
