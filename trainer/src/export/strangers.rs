//! People from other scanners, judged anew by the models of an existing bundle.

use crate::bundle_folder::open_bundle;
use crate::evaluation::strangers::{Judging, judge};
use crate::export::keep::keep_manifest;
use crate::training::seen::Seen;
use anyhow::Result;
use burn::tensor::Device;
use shared::bundle::Strangers;
use std::collections::BTreeMap;
use std::path::Path;

/// Judges a cohort of people from other scanners, on the CPU, and notes in the manifest how many verdicts are right. What ridge
/// regression on the voxels made of the same people (a cohort of the same name and size) stays: its weights are not in a bundle.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no sound bundle or cohort, or nobody in it who can be judged.
pub fn renew(folder: &Path, cohort: &Path) -> Result<()> {
    let (bundle, _) = open_bundle(folder, &Device::flex())?;
    let mut manifest = bundle.manifest;
    let mut found = judge(
        cohort,
        &Judging {
            models: &bundle.models,
            groups: manifest.data.groups,
            preparation_version: &manifest.preparation_version,
            seen: &Seen::of_bundle(&manifest.data),
            voxel_ridge: None,
        },
    )?;
    let is_same = |before: &&Strangers| (&before.description, before.subjects) == (&found.description, found.subjects);
    let before = manifest.performance.strangers.as_ref().filter(is_same);
    found.voxel_ridge_right = before.and_then(|before| before.voxel_ridge_right);
    println!(
        "{}: of {} people {} judged correctly, {} incorrectly, {} without a verdict",
        folder.display(),
        found.subjects,
        found.right,
        found.wrong,
        found.no_verdict
    );
    manifest.performance.strangers = Some(found);
    keep_manifest(folder, &manifest, &BTreeMap::new())
}
