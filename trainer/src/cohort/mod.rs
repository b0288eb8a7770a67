//! Cohorts: folders of grey-matter (GM) maps with ages, in BIDS-derivative layout.
//!
//! A cohort holds `participants.tsv`, one `sub-*/anat/*_label-GM_probseg.nii[.gz]` per subject and, where known,
//! `dataset_description.json`. What always holds after [`Cohort::open`]: subjects are unique and sorted by id, each
//! has a group and exactly one map, and every problem of the folder was reported in one error. Maps themselves are
//! read one at a time, by [`Cohort::load_gm`].

mod about;
mod age;
mod assemble;
pub mod bids;
pub mod dataset;
mod description;
mod files;
mod head_size;
pub mod ixi;
mod left_out;
pub mod phantom;
mod prepared;
mod problems;
mod report;
mod sex;
mod shard;
mod split;
mod table;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use shared::volume::{Grid, Volume};

use crate::failure::unusable;
pub use crate::group::{Group, GroupLimits};
use crate::output_folder;
pub use assemble::{CohortSummary, is_whole};
use description::DESCRIPTION_FILE;
pub use description::{Description, passed_on};
pub use head_size::intracranial_ml;
use problems::Problems;
pub use shard::Shard;
pub use split::{SplitOrigin, k_folds};

/// Name of the table of subjects in a cohort.
pub const PARTICIPANTS_FILE: &str = "participants.tsv";

/// Whether a subject is trained on or set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Training (and cross-validation).
    Train,
    /// Set aside for evaluation.
    Test,
}

impl fmt::Display for Split {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Split::Train => "train",
            Split::Test => "test",
        })
    }
}

/// One person and the file of their GM map.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// `sub-…`, unique in the cohort.
    pub id: String,
    /// Age in years at the scan; `None` where the table says `n/a`.
    pub age_years: Option<f64>,
    /// `F` or `M`, however the table writes it.
    pub sex: Option<String>,
    /// From the table, else from the age.
    pub group: Group,
    /// Scanner or place, where the table has it.
    pub site: Option<String>,
    /// From the table or from [`Cohort::assign_split`].
    pub split: Option<Split>,
    /// The one `*_label-GM_probseg.nii[.gz]` of this subject.
    pub gm_path: PathBuf,
}

/// A folder of GM maps with ages.
#[derive(Clone, Debug)]
pub struct Cohort {
    /// Name, licence and acknowledgement to pass on.
    pub description: Description,
    /// Sorted by id.
    pub subjects: Vec<Subject>,
}

impl Cohort {
    /// Reads the tables of a cohort and finds the map of each subject; opens no map.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`] listing every problem found (the first ten and their number): missing
    /// files or columns, duplicate ids, unreadable ages, groups or splits, groups that contradict the limits that the description names,
    /// splits that only some have, missing or ambiguous maps.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        output_folder::COHORT.expect(folder)?;
        let table = table::read(&folder.join(PARTICIPANTS_FILE))?;
        if !table.has_column("age") && !table.has_column("group") {
            return Err(unusable(format!(
                "{}: neither a column `age` nor `group`; add `age` in years",
                table.path.display()
            )));
        }
        let mut problems = Problems::default();
        let description = Description::read(folder).unwrap_or_else(|problem| {
            problems.add(problem);
            Description::default()
        });
        let mut subjects = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            if let Some(subject) = subject_of_row(folder, row, description.groups, &mut problems) {
                subjects.push(subject);
            }
        }
        subjects.sort_by(|a, b| a.id.cmp(&b.id));
        for pair in subjects.windows(2) {
            if pair[0].id == pair[1].id {
                problems.add(format!("{}: listed twice; keep one row per subject", pair[0].id));
            }
        }
        missing_splits(&table.rows, &subjects).into_iter().for_each(|problem| problems.add(problem));
        if table.rows.is_empty() {
            problems.add(format!("{PARTICIPANTS_FILE}: no rows; add one per subject"));
        }
        problems.into_result(&format!("{}: not a usable cohort", folder.display()))?;
        Ok(Cohort { description, subjects })
    }

    /// Reads one GM map and brings it to `grid` (MNI mm); values 0..1. `preparation` is the version of the preparation
    /// that the maps are needed in (`shared::prepare::check_version`).
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`] naming the file: unreadable, not NIfTI, prepared by another version, or not
    /// plausible on the grid.
    pub fn load_gm(&self, subject: &Subject, grid: &Grid, preparation: &str) -> anyhow::Result<Volume> {
        files::load_on_grid(&subject.gm_path, grid, preparation).with_context(|| format!("subject {}", subject.id))
    }

    /// Groups everybody by the limits of the models that judge them, by age alone; `folder` is the cohort's. Where these limits are the
    /// cohort's own, all stays as the table has it.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: somebody's age is not known, so that their group is that of other limits.
    pub fn group_by(&mut self, limits: GroupLimits, folder: &Path) -> anyhow::Result<()> {
        let own = self.description.groups;
        if own == limits {
            return Ok(());
        }
        for subject in &mut self.subjects {
            let Some(age_years) = subject.age_years else {
                return Err(unusable(format!(
                    "{}: the models were trained on the groups {limits}, but the cohort has {own}, and {} has no age to be grouped by; \
                     fill it in, or take the row out",
                    folder.display(),
                    subject.id
                )));
            };
            subject.group = Group::of_age(age_years, limits);
        }
        self.description.groups = limits;
        eprintln!(
            "note: {}: groups {own}; its people are grouped by age as {limits}, as in the training of the models",
            folder.display()
        );
        Ok(())
    }

    /// Young and old subjects (not the gap), in order of id.
    pub fn young_and_old(&self) -> Vec<&Subject> {
        self.subjects.iter().filter(|subject| subject.group != Group::Gap).collect()
    }

    /// Sets aside `test_fraction` of the young and old subjects, unless the table already says which.
    ///
    /// Where no young or old row has a split, it is drawn: stratified by group and sex, by the ids and the seed alone, not
    /// by the order of rows. The gap gets no split.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`] where the fraction is not between 0 and 1, or only some rows have a split: a
    /// new draw would train on people who were set aside.
    pub fn assign_split(&mut self, test_fraction: f64, seed: u64) -> anyhow::Result<SplitOrigin> {
        split::assign(&mut self.subjects, test_fraction, seed)
    }
}

/// Young and old rows without a split where others have one: neither half of the table may be guessed.
fn missing_splits(rows: &[table::Row], subjects: &[Subject]) -> Vec<String> {
    split::without(subjects)
        .into_iter()
        .map(|subject| {
            let row = rows.iter().find(|row| row.id.as_ref() == Ok(&subject.id));
            let line = row.map_or(0, |row| row.line);
            let id = &subject.id;
            format!("{PARTICIPANTS_FILE} line {line} ({id}): no split, though others have one; write train or test, or leave the column out for all")
        })
        .collect()
}

/// The subject of a table row, or `None` after reporting what is wrong with it.
fn subject_of_row(folder: &Path, row: &table::Row, limits: GroupLimits, problems: &mut Problems) -> Option<Subject> {
    let before = problems.len();
    let at = format!("{PARTICIPANTS_FILE} line {}", row.line);
    let id = row.id.as_ref().map_err(|reason| problems.add(format!("{at}: {reason}"))).ok()?;
    let age_years = row.age_years.as_ref().map_or_else(
        |reason| {
            problems.add(format!("{at} ({id}): {reason}"));
            None
        },
        |age| *age,
    );
    let group = match (row.group.as_deref(), age_years) {
        (Some("young"), _) => Some(Group::Young),
        (Some("old"), _) => Some(Group::Old),
        (Some("gap"), _) => Some(Group::Gap),
        (Some(other), _) => {
            problems.add(format!("{at} ({id}): group `{other}` is not young, old or gap; correct it or leave it out"));
            None
        }
        (None, Some(age_years)) => Some(Group::of_age(age_years, limits)),
        (None, None) => {
            if row.age_years.is_ok() {
                problems.add(format!("{at} ({id}): neither age nor group; fill in one"));
            }
            None
        }
    };
    // Tables from before there were other limits than the published have the last word on their groups.
    if let (Some(group), Some(age_years)) = (group, age_years)
        && !limits.are_published()
        && group != Group::of_age(age_years, limits)
    {
        problems.add(format!(
            "{at} ({id}): group `{group}` at {age_years} years, though the cohort's groups are {limits} ({DESCRIPTION_FILE}); correct one of \
             them, or leave the column out"
        ));
    }
    let split = match row.split.as_deref() {
        None => None,
        Some("train") => Some(Split::Train),
        Some("test") => Some(Split::Test),
        Some(other) => {
            problems.add(format!("{at} ({id}): split `{other}` is not train or test; correct it or write n/a"));
            None
        }
    };
    let gm_path = files::find_gm(folder, id).map_err(|problem| problems.add(problem)).ok();
    if problems.len() > before {
        return None;
    }
    Some(Subject {
        id: id.clone(),
        age_years,
        sex: row.sex.clone(),
        group: group?,
        site: row.site.clone(),
        split,
        gm_path: gm_path?,
    })
}

#[cfg(test)]
mod tests;
