//! The explanation of a prepared image: made once, and remembered with what it was made of.

use crate::bids::layout::{self, DIFFERENCE};
use crate::bids::scans::Scan;
use crate::bids::sidecars;
use crate::explain::{Answer, Explainer};
use crate::failure::is_unusable;
use crate::files;
use crate::group::GroupLimits;
use crate::prepare::{GM, Record};
use crate::training::seen::Seen;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use shared::volume::write_nifti_gz;
use std::collections::BTreeMap;
use std::path::Path;

/// What is kept of an explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Of the T1 image.
    pub input_sha256: String,
    pub preparation_version: String,
    pub program_version: String,
    pub bundle: String,
    pub bundle_sha256: String,
    /// Ages of the young and the old that the bundle learned from; absent for the published ones.
    #[serde(default, skip_serializing_if = "GroupLimits::are_published")]
    pub groups: GroupLimits,
    /// Why nothing can be told; then there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    pub answer: Option<Answer>,
    /// Whether the models learned from this very map, so that their answer proves nothing.
    pub learned_from: bool,
    /// The difference map and its sidecar by role, below the folder of the results.
    pub files: BTreeMap<String, String>,
}

impl Explanation {
    /// That of an image; `None` where there is none, or none that this version can read.
    pub fn read(out: &Path, scan: &Scan) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(out.join(layout::explanation_record(scan))).ok()?).ok()
    }

    /// Whether it is of this preparation of the same image, and whole.
    pub fn is_of(&self, prepared: &Record, out: &Path) -> bool {
        self.input_sha256 == prepared.input_sha256
            && self.preparation_version == prepared.preparation_version
            && self.files.values().all(|file| out.join(file).is_file())
    }
}

/// Removes what was written of an image's explanation; what is not there is no error.
///
/// # Errors
/// A file cannot be removed.
pub fn clear(out: &Path, scan: &Scan) -> Result<()> {
    for file in Explanation::read(out, scan).iter().flat_map(|there| there.files.values()) {
        files::remove(&out.join(file))?;
    }
    files::remove(&out.join(layout::explanation_record(scan)))
}

/// Explains a prepared image, unless that is done by the same bundle and program.
///
/// # Errors
/// A file cannot be written, or the device failed: that stops everything. An image that is refused is a result.
pub fn explain(out: &Path, scan: &Scan, prepared: &Record, explainer: &Explainer) -> Result<Explanation> {
    if let Some(there) = Explanation::read(out, scan)
        && there.is_of(prepared, out)
        && explainer.is_maker(&there.bundle_sha256, &there.program_version)
    {
        return Ok(there);
    }
    clear(out, scan)?;
    let gm = prepared.files.get(GM).context("a prepared image without a grey-matter map")?;
    let manifest = &explainer.bundle.manifest;
    let mut kept = Explanation {
        input_sha256: prepared.input_sha256.clone(),
        preparation_version: prepared.preparation_version.clone(),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        bundle: manifest.name.clone(),
        bundle_sha256: explainer.bundle_sha256.clone(),
        groups: manifest.data.groups,
        refused: None,
        answer: None,
        learned_from: false,
        files: BTreeMap::new(),
    };
    let explained = match explainer.explain(&out.join(gm), None) {
        Ok(explained) => explained,
        Err(error) if is_unusable(&error) => {
            kept.refused = Some(format!("{error:#}"));
            files::write_json(&out.join(layout::explanation_record(scan)), &kept)?;
            return Ok(kept);
        }
        Err(error) => return Err(error),
    };
    // Folders tell of the machine.
    let answer = Answer { input: gm.clone(), ..explained.answer };
    let seen = Seen::of_bundle(&manifest.data);
    kept.learned_from = seen.knows_map(&scan.participant, &explained.found.original.data);
    kept.files = layout::explanation_files(scan, &manifest.grid);
    let difference = &explained.found.difference;
    let sidecar =
        sidecars::of_difference(gm, difference.world_from_voxel.spacing_mm(), &answer, &prepared.preparation_version);
    kept.answer = Some(answer);
    // First the record: by it a later run knows the files of one that was broken off.
    files::write_json(&out.join(layout::explanation_record(scan)), &kept)?;
    for (role, file) in &kept.files {
        match role.as_str() {
            DIFFERENCE => files::write(&out.join(file), &write_nifti_gz(difference, "AgeLens difference")?)?,
            _ => files::write_json(&out.join(file), &sidecar)?,
        }
    }
    Ok(kept)
}
