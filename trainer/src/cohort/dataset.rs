//! What others may read of a data set in BIDS layout: who is in it, what it asks to pass on, and which of a person's images is the
//! plain one.

use crate::cohort::bids::{T1Order, special_part};
use crate::cohort::{PARTICIPANTS_FILE, description, table};
use crate::failure::unusable;
use anyhow::Result;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A person as the table lists them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// Years; `None` where the table has none, or one that cannot be read.
    pub age_years: Option<f64>,
    /// `F` or `M`.
    pub sex: Option<String>,
}

/// The people of `participants.tsv` by `sub-…`, and a sentence for each row that could not be read; both empty where there is no
/// table. Of whoever is listed more than once only what all rows agree on is known.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the table cannot be read at all.
pub fn people(dataset: &Path) -> Result<(BTreeMap<String, Listed>, Vec<String>)> {
    let path = dataset.join(PARTICIPANTS_FILE);
    let (mut people, mut notes) = (BTreeMap::<String, Listed>::new(), Vec::new());
    if !path.exists() {
        return Ok((people, notes));
    }
    for row in table::read(&path)?.rows {
        let id = match row.id {
            Ok(id) => id,
            Err(reason) => {
                notes.push(format!("{PARTICIPANTS_FILE} line {}: {reason}", row.line));
                continue;
            }
        };
        let age_years = row.age_years.unwrap_or_else(|reason| {
            notes.push(format!("{PARTICIPANTS_FILE} line {} ({id}): {reason}", row.line));
            None
        });
        let listed = Listed { age_years, sex: row.sex };
        match people.get_mut(&id) {
            None => drop(people.insert(id, listed)),
            Some(before) => {
                notes.push(format!("{PARTICIPANTS_FILE} line {} ({id}): listed again; keep one row", row.line));
                before.age_years = before.age_years.filter(|age| Some(*age) == listed.age_years);
                before.sex = before.sex.take().filter(|sex| Some(sex) == listed.sex.as_ref());
            }
        }
    }
    Ok((people, notes))
}

/// `dataset_description.json` of a data set; `None` where there is none.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: it cannot be read.
pub fn description_of(dataset: &Path) -> Result<Option<Value>> {
    description::read_value(dataset).map_err(|reason| unusable(format!("{}: {reason}", dataset.display())))
}

/// Sorts images of one person: the plain, first one comes first. `name` gives an image's path and its name without ending.
pub fn sort_plain_first<T>(images: &mut [T], name: impl Fn(&T) -> (&Path, &str)) {
    images.sort_by_cached_key(|image| {
        let (path, stem) = name(image);
        T1Order::of(path, stem)
    });
}

/// The part of a name that says that an image is no plain T1: `ce` for contrast medium, `part` for the phase of one, …
pub fn part_of_no_plain_t1(stem: &str) -> Option<&'static str> {
    special_part(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_whoever_is_listed_twice_only_what_agrees_is_known() {
        let folder = tempfile::tempdir().expect("folder");
        assert!(people(folder.path()).expect("no table").0.is_empty());
        let table = "participant_id\tage\tsex\nsub-1\t20\tF\nsub-1\t30\tF\nsub-2\t60+\tM\nsub-3\tn/a\tn/a\n";
        std::fs::write(folder.path().join(PARTICIPANTS_FILE), table).expect("table");
        let (people, notes) = people(folder.path()).expect("read");
        let sex = |sex: &str| Some(sex.to_owned());
        assert_eq!(people["sub-1"], Listed { age_years: None, sex: sex("F") });
        assert_eq!(people["sub-2"], Listed { age_years: None, sex: sex("M") });
        assert_eq!(people["sub-3"], Listed::default());
        assert!(notes.len() == 2 && notes[0].contains("line 3") && notes[1].contains("lower limit"), "{notes:?}");
    }
}
