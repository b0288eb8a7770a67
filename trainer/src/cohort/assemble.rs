//! The last step of making a cohort: from what became of each subject to tables, description and report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cohort::about::About;
use crate::cohort::left_out::{self, EXCLUDED_FILE, Excluded};
use crate::cohort::prepared::Outcome;
use crate::cohort::{GroupLimits, PARTICIPANTS_FILE, description, report, table};
use crate::failure::unusable;
use crate::output_folder;
use crate::prepare::Record;

/// What making a cohort, or a part of one, did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CohortSummary {
    /// Subjects in the cohort now, by group: young, old, gap.
    pub included: [usize; 3],
    /// Of these, how many had been there before.
    pub already_there: usize,
    /// Left out; the same as `excluded.tsv`.
    pub excluded: Vec<Excluded>,
    /// Choices that were made and what could not be had, each a sentence for people.
    pub notes: Vec<String>,
}

/// Subjects sorted into those who are in the cohort and those who are not.
pub(super) struct Gathered {
    pub(super) rows: Vec<table::NewRow>,
    /// Quality control of the subjects that were prepared here, of those left out too.
    pub(super) records: BTreeMap<String, Record>,
    pub(super) summary: CohortSummary,
}

/// How many subjects a note names; the rest are counted.
const NAMED: usize = 5;

/// Sorts `subjects` by their outcomes (in the same order), after those who were `excluded` before. `notes` come before
/// what there is to know of single subjects, such as a header that does not tell left from right.
pub(super) fn gather(
    subjects: Vec<table::NewRow>,
    outcomes: Vec<Outcome>,
    excluded: Vec<Excluded>,
    notes: Vec<String>,
) -> Gathered {
    let mut ids_by_note: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut gathered = Gathered {
        rows: Vec::new(),
        records: BTreeMap::new(),
        summary: CohortSummary { excluded, notes, ..Default::default() },
    };
    for (subject, outcome) in subjects.into_iter().zip(outcomes) {
        let record = match outcome {
            Outcome::There { fresh, record, notes } => {
                let warnings = record.as_ref().map(|record| record.warnings.clone()).unwrap_or_default();
                for note in notes.into_iter().chain(warnings) {
                    ids_by_note.entry(note).or_default().push(subject.id.clone());
                }
                gathered.summary.included[subject.group as usize] += 1;
                gathered.summary.already_there += usize::from(!fresh);
                gathered.rows.push(subject.clone());
                record
            }
            Outcome::LeftOut { file, reason, record } => {
                gathered.summary.excluded.push(Excluded { id: subject.id.clone(), file, reason });
                record
            }
        };
        if let Some(record) = record {
            gathered.records.insert(subject.id, *record);
        }
    }
    gathered.summary.notes.extend(ids_by_note.into_iter().map(|(note, ids)| note_of(&note, &ids)));
    gathered
}

/// `sub-1, sub-2 and 7 more: …`
fn note_of(note: &str, ids: &[String]) -> String {
    let more = match ids.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}: {note}", ids[..ids.len().min(NAMED)].join(", "))
}

/// Whether a cohort may be made in a folder: it is empty, or holds what the same command made of the same source, `ids` being all
/// who can be in it, with the same `groups`.
///
/// # Errors
/// [`crate::failure::UnusableInput`] names what would be lost.
pub(super) fn may_fill(cohort: &Path, how_made: &str, groups: GroupLimits, ids: &BTreeSet<&str>) -> anyhow::Result<()> {
    output_folder::COHORT.may_fill(cohort)?;
    let unreadable = |reason: String| unusable(format!("{}: {reason}", cohort.display()));
    let described = description::read_value(cohort).map_err(unreadable)?;
    let there = described.as_ref().map(description::groups_of).transpose().map_err(unreadable)?;
    if let Some(there) = there.filter(|there| *there != groups) {
        return Err(unusable(format!(
            "{}: holds a cohort of the groups {there}, not {groups}; nothing was written; give --groups {there}, or another --out",
            cohort.display()
        )));
    }
    let made = described.as_ref().and_then(|value| value["GeneratedBy"][0]["Description"].as_str());
    if made.is_some_and(|made| made != how_made) {
        return Err(unusable(format!(
            "{}: holds a cohort that another command made; nothing was written; choose another --out",
            cohort.display()
        )));
    }
    let table = cohort.join(PARTICIPANTS_FILE);
    if !table.exists() {
        return Ok(());
    }
    let there = table::read(&table)?;
    let stranger = there.rows.iter().filter_map(|row| row.id.as_deref().ok()).find(|id| !ids.contains(id));
    match stranger {
        Some(id) => Err(unusable(format!(
            "{}: holds a cohort of another source ({id} is not in this one); nothing was written; choose another --out",
            cohort.display()
        ))),
        None => Ok(()),
    }
}

/// Writes `excluded.tsv`, the description, `participants.tsv` and the report.
///
/// # Errors
/// [`crate::failure::UnusableInput`] where nobody is left; else a file cannot be written.
pub(super) fn write(cohort: &Path, about: &About, gathered: &Gathered) -> anyhow::Result<()> {
    let Gathered { rows, records, summary } = gathered;
    left_out::write(cohort, &summary.excluded)?;
    if rows.is_empty() {
        let first = summary
            .excluded
            .last()
            .map_or_else(String::new, |excluded| format!("; one reason: {}: {}", excluded.id, excluded.reason));
        return Err(unusable(format!(
            "{}: none of {} participants can be used{first}; all reasons are in {}",
            about.source.display(),
            summary.excluded.len(),
            cohort.join(EXCLUDED_FILE).display()
        )));
    }
    description::write(cohort, about.name, about.how_made, about.fields)?;
    table::write(&cohort.join(PARTICIPANTS_FILE), rows)?;
    report::write(cohort, &report::Content { about, rows, records, excluded: &summary.excluded, notes: &summary.notes })
}

/// Whether a cohort of scans is there in full: its report is the last that is written.
pub fn is_whole(cohort: &Path) -> bool {
    output_folder::COHORT.is_whole(cohort)
        && cohort.join(PARTICIPANTS_FILE).exists()
        && cohort.join(report::REPORT_FILE).exists()
}
