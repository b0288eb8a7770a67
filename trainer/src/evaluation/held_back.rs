//! What a bundle reports on the held-out subjects: verdicts before and after translation, and changes by region. Real
//! people appear only in summaries over at least five; no single person can be identified.

use crate::measures::measured::{Measured, Regional, SubjectResult};
use crate::statistics::mean_sd;
use shared::bundle::{GroupName, HeldBack, RegionCard, RegionMoments, TableCell};
use shared::explain::{Direction, RegionPart, RegionSum, percent_of_density};

/// Smallest number of real people in a sample or in the numbers of a region.
pub const FEWEST_PEOPLE: usize = 5;

/// The report on the measured subjects; no cell has a sample yet.
pub fn held_back(tested: &Measured, phantom: bool) -> HeldBack {
    let fewest = if phantom { 1 } else { FEWEST_PEOPLE };
    HeldBack {
        table: table(&tested.subjects),
        regions: tested.regional.as_ref().map_or_else(Vec::new, |regional| regions(regional, fewest)),
    }
}

/// The eight cells with their numbers of subjects.
fn table(subjects: &[SubjectResult]) -> Vec<TableCell> {
    let cell = |(translated, group, judged)| {
        let mut cell = TableCell { translated, group, judged, subjects: 0, samples: Vec::new() };
        cell.subjects = subjects.iter().filter(|subject| counts(&cell, subject)).count();
        cell
    };
    TableCell::ALL.into_iter().map(cell).collect()
}

/// Whether a cell counts a subject: each is in one cell before translation and in one after.
pub fn counts(cell: &TableCell, subject: &SubjectResult) -> bool {
    let judged = match cell.translated {
        None => GroupName::judged(subject.probability_old_before),
        Some(_) => GroupName::judged(subject.probability_old_after),
    };
    GroupName::translated_by(subject.direction) == cell.group && judged == cell.judged
}

/// The subjects that are shown individually where that is allowed (indices): the first of each group, then as few
/// others as needed to give each non-empty cell an example; at most two more per group.
pub fn shown_singly(table: &[TableCell], subjects: &[SubjectResult]) -> Vec<usize> {
    let first_of = |direction| subjects.iter().position(|subject| subject.direction == direction);
    let mut shown: Vec<usize> =
        [Direction::YoungToOld, Direction::OldToYoung].into_iter().filter_map(first_of).collect();
    loop {
        let unseen: Vec<&TableCell> = table
            .iter()
            .filter(|cell| cell.subjects > 0 && !shown.iter().any(|&index| counts(cell, &subjects[index])))
            .collect();
        let gain = |index: usize| unseen.iter().filter(|cell| counts(cell, &subjects[index])).count();
        // Who gets no verdict, as P(old) is close to one half, is a poor example of one.
        let is_clear = |index: usize| GroupName::told(subjects[index].probability_old_before, None).is_some();
        // The first of those that fill most.
        let best = (0..subjects.len()).rev().max_by_key(|&index| (gain(index), is_clear(index)));
        match best.filter(|&index| gain(index) > 0) {
            Some(index) => shown.push(index),
            None => return shown,
        }
    }
}

fn regions(regional: &Regional, fewest: usize) -> Vec<RegionCard> {
    let card = |(index, part): (usize, &RegionPart)| {
        let of = |direction: Direction| {
            let subjects = regional.per_subject.iter().filter(|(translated, _)| *translated == direction);
            let sums: Vec<RegionSum> = subjects.filter_map(|(_, sums)| sums.get(index).copied()).collect();
            moments(&sums, part.voxels.len(), fewest)
        };
        RegionCard {
            label: part.region.label,
            young_to_old: of(Direction::YoungToOld),
            old_to_young: of(Direction::OldToYoung),
        }
    };
    let cards = regional.labels.parts.iter().enumerate().map(card);
    cards.filter(|card| card.young_to_old.is_some() || card.old_to_young.is_some()).collect()
}

/// Of changes in density and in %; `None` for fewer subjects than `fewest`. The mean in % is of the mean density, as in the
/// report's tables; its spread is that of single subjects.
fn moments(sums: &[RegionSum], voxels: usize, fewest: usize) -> Option<RegionMoments> {
    if sums.len() < fewest {
        return None;
    }
    let changes: Vec<(f64, Option<f64>)> = sums.iter().map(|sum| sum.change(voxels)).collect();
    let original = mean_sd(&sums.iter().map(|sum| sum.original / voxels as f64).collect::<Vec<_>>())?.mean;
    let density = mean_sd(&changes.iter().map(|change| change.0).collect::<Vec<_>>())?;
    let percents: Option<Vec<f64>> = changes.iter().map(|change| change.1).collect();
    let percent = percents.and_then(|percents| mean_sd(&percents));
    // More digits would make a manifest longer and say nothing.
    let (of_density, of_percent) = (|value: f64| (value * 1e6).round() / 1e6, |value: f64| (value * 1e4).round() / 1e4);
    Some(RegionMoments {
        subjects: density.count,
        mean: of_density(density.mean),
        sd: density.sd.map(of_density),
        mean_percent: percent_of_density(density.mean, original).map(of_percent),
        sd_percent: percent.and_then(|percent| percent.sd).map(of_percent),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::Group;
    use shared::explain::{Hemisphere, Lobe, Region, RegionLabels};

    fn subject(group: Group, before: f32, after: f32) -> SubjectResult {
        let direction = if group == Group::Young { Direction::YoungToOld } else { Direction::OldToYoung };
        SubjectResult {
            probability_old_before: before,
            probability_old_after: after,
            ..SubjectResult::example("sub-1", group, direction)
        }
    }

    fn subjects() -> Vec<SubjectResult> {
        vec![
            subject(Group::Young, 0.1, 0.9),
            subject(Group::Old, 0.9, 0.1),
            subject(Group::Young, 0.2, 0.3),
            subject(Group::Young, 0.5, 0.8),
            subject(Group::Young, 0.7, 0.2),
            subject(Group::Old, 0.8, 0.2),
            subject(Group::Old, 0.6, 0.5),
        ]
    }

    #[test]
    fn each_subject_is_in_one_cell_before_and_in_one_after() {
        let subjects = subjects();
        let table = table(&subjects);
        let counted: Vec<usize> = table.iter().map(|cell| cell.subjects).collect();
        // Old judged old and young; young judged old and young; young → old the same; old → young the same.
        assert_eq!(counted, [3, 0, 2, 2, 2, 2, 1, 2]);
        for subject in &subjects {
            let cells: Vec<_> = table.iter().filter(|cell| counts(cell, subject)).collect();
            assert_eq!(cells.iter().map(|cell| cell.translated).collect::<Vec<_>>(), [None, Some(subject.direction)]);
        }
    }

    #[test]
    fn every_cell_with_subjects_is_shown_and_no_more_than_needed() {
        let subjects = subjects();
        let table = table(&subjects);
        // The first of both groups; the fifth fills two cells at once, the last one.
        assert_eq!(shown_singly(&table, &subjects), [0, 1, 4, 6]);
        let perfect = [subject(Group::Old, 0.9, 0.1), subject(Group::Young, 0.1, 0.9)];
        assert_eq!(shown_singly(&super::table(&perfect), &perfect), [1, 0]);
        assert!(shown_singly(&super::table(&[]), &[]).is_empty());
    }

    #[test]
    fn regions_of_few_people_stay_unsaid() {
        let region = |label: u16| Region {
            label,
            name: "A".into(),
            readable: "a".into(),
            lobe: Lobe::Frontal,
            hemisphere: Hemisphere::Left,
        };
        let part = |label: u16, voxels: [usize; 2]| RegionPart {
            region: region(label),
            voxels: voxels.to_vec(),
            part_of_region: 1.0,
        };
        let labels = RegionLabels { parts: vec![part(3, [0, 1]), part(8, [2, 3])], voxel_ml: 0.008 };
        // Four young people lose 0.1, 0.2, 0.3, 0.4 of 0.5; five old ones gain 0.1 of 0.5. The other region is empty.
        let young = [0.1, 0.2, 0.3, 0.4].map(|loss: f32| (Direction::YoungToOld, -loss));
        let old = [0.1_f32; 5].map(|gain| (Direction::OldToYoung, gain));
        let people = young.into_iter().chain(old);
        let per_subject = people
            .map(|(direction, change)| (direction, labels.sums(&[0.5, 0.5, 0.0, 0.0], &[change, change, 0.0, 0.01])))
            .collect();
        let regional = Regional { labels, per_subject };

        let [first, second] = regions(&regional, FEWEST_PEOPLE).try_into().unwrap();
        assert_eq!((first.label, first.young_to_old, second.label), (3, None, 8));
        let back = first.of(Direction::OldToYoung).unwrap();
        assert_eq!((back.subjects, back.mean, back.sd), (5, 0.1, Some(0.0)));
        assert_eq!((back.mean_percent, back.sd_percent), (Some(20.0), Some(0.0)));
        let empty = second.old_to_young.unwrap();
        assert_eq!((empty.mean, empty.mean_percent, empty.sd_percent), (0.005, None, None));

        let there = regions(&regional, 1)[0].young_to_old.unwrap();
        // SD of 0.1 … 0.4 is √(0.05 / 3).
        assert_eq!((there.subjects, there.mean, there.sd), (4, -0.25, Some(0.129_099)));
        assert_eq!((there.mean_percent, there.sd_percent), (Some(-50.0), Some(25.8199)));
        let nobody = Regional { per_subject: Vec::new(), ..regional };
        assert!(regions(&nobody, 1).is_empty());
    }
}
