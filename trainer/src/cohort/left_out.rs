//! Who is not in a cohort, and why: `excluded.tsv`.

use std::path::{Path, PathBuf};

use crate::cohort::files;

/// Table of those left out, beside `participants.tsv`.
pub const EXCLUDED_FILE: &str = "excluded.tsv";

/// A participant that is not in the cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// `sub-…`, or the row where the id itself is unusable.
    pub id: String,
    /// Path below the source folder, where a file was the reason.
    pub file: Option<PathBuf>,
    /// Reason and remedy.
    pub reason: String,
}

/// Writes `excluded.tsv`; with nobody left out it holds its header only.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(cohort: &Path, excluded: &[Excluded]) -> anyhow::Result<()> {
    let lines = excluded.iter().map(|excluded| {
        let file = excluded.file.as_ref().map_or_else(|| "n/a".to_owned(), |file| file.display().to_string());
        vec![excluded.id.clone(), file, excluded.reason.clone()]
    });
    files::write_tsv(&cohort.join(EXCLUDED_FILE), &["participant_id", "file", "reason"], lines)
}
