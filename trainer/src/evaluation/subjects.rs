//! Whom an evaluation looks at, and who they are as a group.

use super::measure::Measured;
use super::report::{SubjectGroup, Subjects};
use super::statistics::mean_sd;
use crate::cohort::{Cohort, Group, Split, Subject};
use crate::training::run_folder::subject_hash;
use std::collections::BTreeSet;

/// Young and old subjects that the models did not learn from; of those, the split `test` where the table has a split.
pub fn choose(cohort: &Cohort, trained_on: &BTreeSet<String>) -> Vec<Subject> {
    cohort
        .young_and_old()
        .into_iter()
        .filter(|subject| subject.split != Some(Split::Train) && !trained_on.contains(&subject_hash(&subject.id)))
        .cloned()
        .collect()
}

/// The evaluated people, and all of the cohort by group and split.
pub fn describe(cohort: &Cohort, measured: &Measured) -> Subjects {
    let evaluated = |group: Group| measured.subjects.iter().filter(|subject| subject.group == group).count();
    let mut groups = Vec::new();
    for group in [Group::Young, Group::Old, Group::Gap] {
        for split in [Some(Split::Train), Some(Split::Test), None] {
            let members: Vec<&Subject> =
                cohort.subjects.iter().filter(|subject| subject.group == group && subject.split == split).collect();
            if !members.is_empty() {
                groups.push(group_of(group, split, &members));
            }
        }
    }
    Subjects { young: evaluated(Group::Young), old: evaluated(Group::Old), groups }
}

fn group_of(group: Group, split: Option<Split>, members: &[&Subject]) -> SubjectGroup {
    let ages: Vec<f64> = members.iter().filter_map(|subject| subject.age_years).collect();
    let sex = |letter: char| {
        let matches = |subject: &&&Subject| {
            subject.sex.as_deref().is_some_and(|sex| sex.to_ascii_uppercase().starts_with(letter))
        };
        members.iter().filter(matches).count()
    };
    let (female, male) = (sex('F'), sex('M'));
    SubjectGroup {
        group: group.to_string(),
        split: split.map(|split| split.to_string()),
        count: members.len(),
        age_years: mean_sd(&ages),
        female,
        male,
        sex_unknown: members.len() - female - male,
    }
}
