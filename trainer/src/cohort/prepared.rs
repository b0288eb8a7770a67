//! Raw T1 images on their way into a cohort: each is prepared once, and remembered.
//!
//! A subject is finished when `qc/<id>_qc.json` names this preparation version and the image's SHA-256 and every file it
//! lists is there; a refused image is remembered the same way. So an interrupted run goes on where it stopped, many
//! jobs can share one folder, and a run after all of them only reads. The record is written before the maps, and grey
//! matter last: a grey-matter map without a record is another program's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, anyhow, bail};
use rayon::ThreadPoolBuilder;
use shared::prepare::t1::{Options, Silent, Template};

use crate::failure::UnusableInput;
use crate::prepare::{Input, Record, map_files, prepare_image, remove_maps, write_maps};
use crate::progress::{Progress, stop_requested};

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
    record_path(cohort, id).exists()
}

/// The record of a subject's preparation, if there is one of this version.
pub(super) fn record(cohort: &Path, id: &str) -> Option<Record> {
    Record::read(&record_path(cohort, id))
}

/// Path of the picture, relative to the cohort.
pub(super) fn picture_file(id: &str) -> String {
    format!("{QC_FOLDER}/{id}_qc.png")
}

fn record_path(cohort: &Path, id: &str) -> PathBuf {
    cohort.join(QC_FOLDER).join(format!("{id}_qc.json"))
}

/// Folder of a subject's maps, relative to the cohort.
fn maps_folder(id: &str) -> String {
    format!("{id}/anat")
}

/// Removes what was prepared of a subject.
///
/// # Errors
/// A file cannot be removed.
pub(super) fn remove(cohort: &Path, id: &str) -> anyhow::Result<()> {
    remove_maps(&cohort.join(maps_folder(id)), id)?;
    crate::files::remove(&record_path(cohort, id))?;
    crate::files::remove(&cohort.join(picture_file(id)))
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
    let left_out = |reason: String, record: Option<Record>| {
        Ok(Outcome::LeftOut { file: Some(file.to_owned()), reason, record: record.map(Box::new) })
    };
    let input = match Input::read_as(&source.join(file), &file.display().to_string()) {
        Ok(input) => input,
        Err(error) => return left_out(format!("{error:#}"), None),
    };
    let blank = input.record(Options::default());
    if let Some(done) = record(cohort, id)
        && done.is_current(&input.sha256, blank.options, cohort)
    {
        return match done.failure() {
            Some(reason) => left_out(reason, Some(done)),
            None => Ok(Outcome::There { fresh: false, record: Some(Box::new(done)), notes: Vec::new() }),
        };
    }
    remove(cohort, id)?;
    // One image that the program cannot cope with must not end a night's work on all the others.
    let attempt = catch_unwind(AssertUnwindSafe(|| prepare_image(&input, template, Options::default(), &mut Silent)));
    let Ok(attempt) = attempt else {
        return left_out(
            "the preparation broke down on it, which is a fault of AgeLens; please report it".into(),
            None,
        );
    };
    let mut outcome = match attempt {
        Ok(outcome) => outcome,
        Err(error) if error.is::<UnusableInput>() => {
            let refused = Record { refused: Some(error.to_string()), ..blank };
            crate::files::write_json(&record_path(cohort, id), &refused)?;
            return left_out(error.to_string(), Some(refused));
        }
        Err(error) => return Err(error),
    };
    crate::files::write(&cohort.join(picture_file(id)), &outcome.picture_png)?;
    if outcome.prepared.quality.passed {
        outcome.record.files = map_files(&maps_folder(id), id);
    }
    crate::files::write_json(&record_path(cohort, id), &outcome.record)?;
    match outcome.record.failure() {
        Some(reason) => left_out(reason, Some(outcome.record)),
        None => {
            write_maps(cohort, &outcome.record.files, &outcome.prepared, false)?;
            Ok(Outcome::There { fresh: true, record: Some(Box::new(outcome.record)), notes: Vec::new() })
        }
    }
}

/// Does `work` for every subject, several at a time, with a bar on stderr. Ctrl-C lets the running subjects end and
/// begins no other.
///
/// Each runner has its own share of the threads: on a common pool, a subject that waits for a part of its work would
/// begin another one meanwhile, and so on.
///
/// # Errors
/// The first error of `work`, or that it was stopped.
pub(super) fn for_each<T: Sync>(
    label: &str,
    subjects: &[T],
    work: impl Fn(&T) -> anyhow::Result<Outcome> + Sync,
) -> anyhow::Result<Vec<Outcome>> {
    let threads = rayon::current_num_threads();
    let runners = threads.min(subjects.len()).max(1);
    let progress = Progress::new(label, subjects.len() as u64, 0);
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let run = || -> anyhow::Result<Vec<(usize, Outcome)>> {
        let mut finished = Vec::new();
        while !stop_requested() && !failed.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(subject) = subjects.get(place) else { break };
            finished.push((place, work(subject).inspect_err(|_| failed.store(true, Ordering::Relaxed))?));
            progress.advance();
        }
        Ok(finished)
    };
    let mut finished = Vec::new();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let mut running = Vec::new();
        for _ in 0..runners {
            let pool = ThreadPoolBuilder::new().num_threads(threads / runners).build().context("no threads")?;
            running.push(scope.spawn(move || pool.install(run)));
        }
        for runner in running {
            finished.extend(runner.join().map_err(|_| anyhow!("a thread broke down"))??);
        }
        Ok(())
    })?;
    if finished.len() < subjects.len() {
        bail!(
            "stopped: {} of {} subjects are finished; give the same command again to go on",
            finished.len(),
            subjects.len()
        );
    }
    finished.sort_by_key(|(place, _)| *place);
    Ok(finished.into_iter().map(|(_, outcome)| outcome).collect())
}

#[cfg(test)]
#[path = "prepared_tests.rs"]
mod tests;
