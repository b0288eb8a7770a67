//! Whom an evaluation looks at, who they are as a group, and who taught the models.

use super::balance::SexBalance;
use super::measure::Measured;
use super::report::{SubjectGroup, Subjects};
use super::statistics::mean_sd;
use crate::cohort::{Cohort, Group, Split, Subject};
use crate::training::run_folder::subject_hash;
use std::collections::BTreeSet;

/// Part of the people that the models learned from.
const TRAIN: &str = "train";
/// Part of the people that are judged here.
const EVALUATED: &str = "evaluated";
/// Everybody else: the years between the groups, and people set aside otherwise.
const NEITHER: &str = "neither";

/// Young and old subjects that the models did not learn from; of those, the split `test` where the table has a split.
pub fn choose(cohort: &Cohort, trained_on: &BTreeSet<String>) -> Vec<Subject> {
    cohort
        .young_and_old()
        .into_iter()
        .filter(|subject| subject.split != Some(Split::Train) && !trained_on.contains(&subject_hash(&subject.id)))
        .cloned()
        .collect()
}

/// The evaluated people, and all of the cohort by group and part, with age and sex.
pub fn describe(cohort: &Cohort, trained_on: &BTreeSet<String>, measured: &Measured) -> Subjects {
    let count = |group: Group| measured.subjects.iter().filter(|subject| subject.group == group).count();
    let judged: BTreeSet<&str> = measured.subjects.iter().map(|subject| subject.id.as_str()).collect();
    let part_of = |subject: &Subject| {
        if judged.contains(subject.id.as_str()) {
            EVALUATED
        } else if trained_on.contains(&subject_hash(&subject.id)) {
            TRAIN
        } else {
            NEITHER
        }
    };
    let mut groups = Vec::new();
    let mut sex_balance = Vec::new();
    for part in [TRAIN, EVALUATED, NEITHER] {
        for group in [Group::Young, Group::Old, Group::Gap] {
            let members: Vec<&Subject> =
                cohort.subjects.iter().filter(|subject| subject.group == group && part_of(subject) == part).collect();
            if !members.is_empty() {
                groups.push(group_of(group, part, &members));
            }
        }
        let sexes = |group: Group| {
            let name = group.to_string();
            let found = groups.iter().find(|found| found.split == part && found.group == name);
            found.map(|found: &SubjectGroup| [found.female, found.male])
        };
        if part != NEITHER
            && let (Some(young), Some(old)) = (sexes(Group::Young), sexes(Group::Old))
        {
            sex_balance.push(SexBalance::new(part, young, old));
        }
    }
    Subjects { young: count(Group::Young), old: count(Group::Old), groups, sex_balance }
}

fn group_of(group: Group, part: &str, members: &[&Subject]) -> SubjectGroup {
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
        split: part.to_owned(),
        count: members.len(),
        age_years: mean_sd(&ages),
        female,
        male,
        sex_unknown: members.len() - female - male,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::Description;
    use crate::evaluation::measure::SubjectResult;
    use shared::explain::Direction;

    #[test]
    fn people_are_told_apart_by_their_part() {
        let subject = |id: &str, group: Group, sex: &str| Subject {
            id: id.to_owned(),
            age_years: Some(30.0),
            sex: Some(sex.to_owned()),
            group,
            site: None,
            split: None,
            gm_path: "map.nii.gz".into(),
        };
        let subjects = vec![
            subject("sub-1", Group::Young, "F"),
            subject("sub-2", Group::Young, "m"),
            subject("sub-3", Group::Old, "F"),
            subject("sub-4", Group::Gap, "n/a"),
        ];
        let cohort = Cohort { description: Description::default(), subjects };
        let trained_on = BTreeSet::from([subject_hash("sub-1")]);
        let chosen = choose(&cohort, &trained_on);
        assert_eq!(chosen.iter().map(|subject| subject.id.as_str()).collect::<Vec<_>>(), ["sub-2", "sub-3"]);
        let results = chosen.iter().map(|s| SubjectResult::example(&s.id, s.group, Direction::YoungToOld)).collect();
        let measured =
            Measured { subjects: results, maps: Vec::new(), mask: Vec::new(), people: Vec::new(), regional: None };
        let found = describe(&cohort, &trained_on, &measured);
        assert_eq!((found.young, found.old), (1, 1));
        let parts: Vec<(&str, &str, usize)> =
            found.groups.iter().map(|group| (group.split.as_str(), group.group.as_str(), group.female)).collect();
        let expected =
            [("train", "young", 1), ("evaluated", "young", 0), ("evaluated", "old", 1), ("neither", "gap", 0)];
        assert_eq!(parts, expected);
        assert_eq!(found.groups[3].sex_unknown, 1);
        // Only the evaluated part has both groups.
        assert_eq!(found.sex_balance.iter().map(|balance| balance.part.as_str()).collect::<Vec<_>>(), ["evaluated"]);
    }
}
