//! The evaluated people, their statistics as a group, and the training subjects of the models.

use crate::cohort::{Cohort, Group, Split, Subject};
use crate::evaluation::report::{SubjectGroup, Subjects};
use crate::measures::balance::SexBalance;
use crate::measures::measured::Measured;
use crate::statistics::mean_sd;
use crate::training::data::Dataset;
use crate::training::image::Image;
use crate::training::seen::Seen;
use anyhow::Result;
use shared::volume::Grid;
use std::collections::BTreeSet;

/// Part of the people that the models were trained on.
const TRAIN: &str = "train";
/// Part of the people that are evaluated here.
const EVALUATED: &str = "evaluated";
/// Everybody else: ages between the groups, and people excluded for other reasons.
const NEITHER: &str = "neither";

/// The images of a cohort, split into training subjects and others.
pub struct Chosen {
    /// To be evaluated: not training subjects, and of those the split `test` if the table has a split.
    pub data: Dataset,
    /// Those that the models were trained on, under any name.
    pub learned: Vec<Image>,
    pub seen_ids: BTreeSet<String>,
}

/// Loads the young and old subjects of a cohort and leaves out those that the models were trained on.
///
/// # Errors
/// As of [`Dataset::load`].
pub fn choose(cohort: &Cohort, seen: &Seen, grid: &Grid, preparation: &str) -> Result<Chosen> {
    Ok(sort_out(Dataset::load(cohort, grid, preparation)?, seen))
}

fn sort_out(data: Dataset, seen: &Seen) -> Chosen {
    let (known, mut new): (Vec<Image>, Vec<Image>) = data.images.into_iter().partition(|image| seen.knows(image));
    new.retain(|image| image.subject.split != Some(Split::Train));
    let seen_ids = known.iter().map(|image| image.subject.id.clone()).collect();
    Chosen { data: Dataset { images: new, ..data }, learned: known, seen_ids }
}

/// The evaluated people, and all of the cohort by group and part, with age and sex.
pub fn describe(cohort: &Cohort, seen_ids: &BTreeSet<String>, measured: &Measured) -> Subjects {
    let count = |group: Group| measured.subjects.iter().filter(|subject| subject.group == group).count();
    let judged: BTreeSet<&str> = measured.subjects.iter().map(|subject| subject.id.as_str()).collect();
    let part_of = |subject: &Subject| {
        if judged.contains(subject.id.as_str()) {
            EVALUATED
        } else if seen_ids.contains(&subject.id) {
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
    let group_limits = cohort.description.groups;
    Subjects { group_limits, young: count(Group::Young), old: count(Group::Old), groups, sex_balance }
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
    use crate::cohort::{Description, GroupLimits};
    use crate::identity::subject_hash;
    use crate::measures::measured::SubjectResult;
    use shared::explain::Direction;
    use shared::volume::Affine;

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
        let grid = Grid { shape: [1; 3], mni_from_voxel: Affine::IDENTITY };
        let known = subjects.iter().filter(|subject| subject.group != Group::Gap).cloned();
        let images = known.map(|subject| Image { subject, values: vec![0.5] }).collect();
        let cohort = Cohort { description: Description::default(), subjects };
        let seen = Seen { ids: BTreeSet::from([subject_hash("sub-1")]), images: None };
        let chosen = sort_out(
            Dataset { grid, images, groups: GroupLimits::PUBLISHED, between: Vec::new(), balance_sites: false },
            &seen,
        );
        let ids: Vec<&str> = chosen.data.images.iter().map(|image| image.subject.id.as_str()).collect();
        assert_eq!(ids, ["sub-2", "sub-3"]);
        let judged = chosen.data.images.iter().map(|image| &image.subject);
        let results = judged.map(|s| SubjectResult::example(&s.id, s.group, Direction::YoungToOld)).collect();
        let measured =
            Measured { subjects: results, maps: Vec::new(), mask: Vec::new(), people: Vec::new(), regional: None };
        let found = describe(&cohort, &chosen.seen_ids, &measured);
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
