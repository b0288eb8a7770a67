//! What people should know of an import: which of several images was taken, and what the table leaves open.

use std::path::PathBuf;

use crate::cohort::bids::{Images, Participant, Use, table};
use crate::cohort::{Group, PARTICIPANTS_FILE};

/// Below this the preparation's standard brain and the groups do not fit.
const ADULT_FROM_YEARS: f64 = 18.0;

/// What the table leaves open: the unit of ages, splits that only some have, children.
pub(super) fn of_table(table: &table::Table, usable: &[&table::NewRow]) -> Vec<String> {
    let mut notes: Vec<String> = table.age_unit.remark().into_iter().collect();
    let children = usable.iter().filter(|row| row.age_years < ADULT_FROM_YEARS).count();
    if children > 0 {
        notes.push(format!(
            "{children} participants are below 18 years: the standard brain and the groups are those of adults"
        ));
    }
    let grouped = || usable.iter().filter(|row| row.group != Group::Gap);
    let without: Vec<&str> = grouped().filter(|row| row.split.is_none()).map(|row| row.id.as_str()).collect();
    if let Some(first) = without.first()
        && grouped().any(|row| row.split.is_some())
    {
        notes.push(format!(
            "{first} and {} more have no split in {PARTICIPANTS_FILE}, though others have one: `trainer train` will refuse the \
             cohort; write train or test for all, or leave the column out",
            without.len() - 1
        ));
    }
    notes
}

/// Which of several images is taken.
pub(super) fn of_choices(participants: &[Participant], prefer: Use) -> Vec<String> {
    let mut notes = Vec::new();
    let both: Vec<&Participant> =
        participants.iter().filter(|one| one.has_map() && !one.images.t1.is_empty()).collect();
    if let Some(first) = both.first() {
        let (taken, other) = match prefer {
            Use::Gm => ("GM map", "--use t1 chooses the image"),
            Use::T1 => ("T1 image", "--use gm chooses the map"),
        };
        notes.push(format!(
            "{} participants have a GM map and a T1 image ({} is the first): the {taken} is used; {other}",
            both.len(),
            first.row.id
        ));
    }
    let elsewhere =
        participants.iter().filter(|one| !one.has_map()).filter_map(|one| Some((one, one.images.elsewhere.first()?)));
    let elsewhere: Vec<(&Participant, &PathBuf)> = elsewhere.collect();
    if let Some((_, first)) = elsewhere.first() {
        notes.push(format!(
            "{} participants have GM maps whose names do not say that they are in MNI space (space-MNI…), such as {}: these \
             are assumed to be in native space and are not used",
            elsewhere.len(),
            first.display()
        ));
    }
    notes.extend(participants.iter().filter_map(|participant| of_several(participant, prefer)));
    notes
}

/// Which of several images of the kind that is taken.
fn of_several(participant: &Participant, prefer: Use) -> Option<String> {
    let Images { map, map_count, t1, .. } = &participant.images;
    let id = &participant.row.id;
    match map {
        Ok(Some(map)) if prefer == Use::Gm || t1.is_empty() => {
            (*map_count > 1).then(|| format!("{id}: {map_count} GM maps; the first, {}, is used", map.path.display()))
        }
        Err(_) if prefer == Use::Gm || t1.is_empty() => None,
        _ => (t1.len() > 1).then(|| format!("{id}: {} T1 images; the first, {}, is used", t1.len(), t1[0].display())),
    }
}
