//! `qc.json`: what was prepared, by which version, and how well; the fields are fixed, because scripts read them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use shared::prepare::t1::{Found, Quality};
use shared::prepare::{PREPARATION_VERSION, is_same_preparation};

/// What is kept of a preparation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// File name of the image, without folders.
    pub input: String,
    /// SHA-256 of the file; of a `.hdr`/`.img` pair, of both one after the other.
    pub input_sha256: String,
    /// `shared::prepare::PREPARATION_VERSION`: the same version makes the same maps.
    pub preparation_version: String,
    pub program_version: String,
    pub options: RecordedOptions,
    pub seconds: f64,
    /// What is doubtful about the file, such as a missing orientation.
    pub warnings: Vec<String>,
    /// Why it could not be prepared at all; then there is no quality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    pub quality: Option<Quality>,
    /// What the image was found to be: head, stripped brain or slab, in MNI152 space or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// 4 x 4, from the file's millimetres to MNI152 millimetres.
    pub mni_from_world: Option<[[f64; 4]; 4]>,
    /// Maps by role (`gm`, `wm`, `csf`, `mask`, `t1`, `affine`), relative to the folder given with `--out`; none where
    /// the quality control failed.
    pub files: BTreeMap<String, String>,
}

/// Options of the command line that change the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedOptions {
    pub modulated: bool,
    pub force: bool,
}

impl Record {
    /// A record on disk; `None` where there is none, or none that this version can read.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Whether this preparation of the same image need not be done again: the same version, and every file it names
    /// below `folder`.
    pub fn is_current(&self, input_sha256: &str, options: RecordedOptions, folder: &Path) -> bool {
        is_same_preparation(&self.preparation_version, PREPARATION_VERSION)
            && self.input_sha256 == input_sha256
            && self.options == options
            && self.files.values().all(|file| folder.join(file).is_file())
    }

    /// Why there are no maps; `None` where there are.
    pub fn failure(&self) -> Option<String> {
        match (&self.refused, &self.quality) {
            (Some(reason), _) => Some(reason.clone()),
            (None, Some(quality)) if quality.passed => None,
            (None, Some(quality)) => {
                Some(format!("its quality control failed: {}; look at the picture", quality.reasons.join("; ")))
            }
            (None, None) => Some("its preparation was not finished; run the command again".to_owned()),
        }
    }
}
