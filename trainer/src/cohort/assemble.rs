//! The last step of making a cohort: from what became of each subject to tables, description and report.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::left_out::{self, EXCLUDED_FILE, Excluded};
use super::prepared::Outcome;
use super::{PARTICIPANTS_FILE, description, report, table};
use crate::failure::unusable;
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

/// Sorts `subjects` by their outcomes (in the same order), after those who were `excluded` before.
pub(super) fn gather(subjects: Vec<table::NewRow>, outcomes: Vec<Outcome>, excluded: Vec<Excluded>) -> Gathered {
    let mut gathered = Gathered {
        rows: Vec::new(),
        records: BTreeMap::new(),
        summary: CohortSummary { excluded, ..Default::default() },
    };
    for (subject, outcome) in subjects.into_iter().zip(outcomes) {
        let record = match outcome {
            Outcome::There { fresh, record } => {
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
    gathered
}

/// What is said of a cohort as a whole.
pub(super) struct About<'a> {
    /// Of the source.
    pub(super) source: &'a Path,
    pub(super) name: &'a str,
    pub(super) how_made: &'a str,
    /// Further fields of the description: licence, acknowledgement, our own.
    pub(super) fields: &'a Value,
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
            "{}: none of {} participants can be used{first}. All reasons: {}",
            about.source.display(),
            summary.excluded.len(),
            cohort.join(EXCLUDED_FILE).display()
        )));
    }
    description::write(cohort, about.name, about.how_made, about.fields)?;
    table::write(&cohort.join(PARTICIPANTS_FILE), rows)?;
    report::write(cohort, &report::Content { about, rows, records, excluded: &summary.excluded, notes: &summary.notes })
}
