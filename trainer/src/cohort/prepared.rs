//! Raw T1 images on their way into a cohort: where their results lie, and what became of each subject.
//!
//! Each is prepared once, and remembered ([`Place`]).

use std::path::{Path, PathBuf};

use shared::prepare::t1::Template;

pub(super) use crate::prepare::for_each;
use crate::prepare::{Ended, Place, Record, map_files, write_maps};

/// Folder of the pictures and numbers of the quality control.
pub(super) const QC_FOLDER: &str = "qc";

/// What became of a subject.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Its map is in the cohort; `fresh` where this run put it there. `notes`: what is doubtful about it, beside what its
    /// record says.
    There { fresh: bool, record: Option<Box<Record>>, notes: Vec<String> },
    /// It is not. `file` lies below the source folder.
    LeftOut { file: Option<PathBuf>, reason: String, record: Option<Box<Record>> },
}

/// Whether a subject's maps are from here; an older program's record counts, even where it cannot be read.
pub(super) fn was_prepared(cohort: &Path, id: &str) -> bool {
    cohort.join(record_file(id)).exists()
}

/// The record of a subject's preparation, if there is one of this version.
pub(super) fn record(cohort: &Path, id: &str) -> Option<Record> {
    Record::read(&cohort.join(record_file(id)))
}

/// Path of the picture, relative to the cohort.
pub(super) fn picture_file(id: &str) -> String {
    format!("{QC_FOLDER}/{id}_qc.png")
}

/// Path of the record, relative to the cohort.
fn record_file(id: &str) -> String {
    format!("{QC_FOLDER}/{id}_qc.json")
}

/// Folder of a subject's maps, relative to the cohort.
fn maps_folder(id: &str) -> String {
    format!("{id}/anat")
}

fn place<'a>(cohort: &'a Path, id: &str) -> Place<'a> {
    Place { folder: cohort, record: record_file(id), picture: picture_file(id), files: map_files(&maps_folder(id), id) }
}

/// Removes what was prepared of a subject.
///
/// # Errors
/// A file cannot be removed.
pub(super) fn remove(cohort: &Path, id: &str) -> anyhow::Result<()> {
    place(cohort, id).clear()
}

/// Prepares one T1 image (`file` below `source`) into the cohort, unless that is done. `Err` only where writing fails:
/// that stops everything.
pub(super) fn prepare(
    cohort: &Path,
    id: &str,
    source: &Path,
    file: &Path,
    template: &Template,
) -> anyhow::Result<Outcome> {
    let ended =
        place(cohort, id).prepare(&source.join(file), &file.display().to_string(), template, |record, prepared| {
            write_maps(cohort, &record.files, prepared, false)
        })?;
    Ok(match ended {
        Ended::There { fresh, record } => Outcome::There { fresh, record: Some(Box::new(record)), notes: Vec::new() },
        Ended::Refused { reason, record } => {
            Outcome::LeftOut { file: Some(file.to_owned()), reason, record: record.map(Box::new) }
        }
    })
}

#[cfg(test)]
#[path = "prepared_tests.rs"]
mod tests;
