//! Train/test split and cross-validation folds, by subject.
//!
//! Both depend only on the set of ids, groups and sexes and on the seed: the order of rows plays no part, so that a
//! re-sorted table gives the same experiment.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;

use crate::cohort::{Group, PARTICIPANTS_FILE, Split, Subject};
use crate::failure::unusable;
use crate::random::random_of;

/// Where a split came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitOrigin {
    /// The `split` column of the table.
    Table,
    /// Drawn here.
    Drawn,
}

/// One fold of a cross-validation: positions in the list that was folded, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Subjects to train on.
    pub train: Vec<usize>,
    /// Subjects to validate on.
    pub validation: Vec<usize>,
}

/// See [`crate::cohort::Cohort::assign_split`].
pub(super) fn assign(subjects: &mut [Subject], test_fraction: f64, seed: u64) -> anyhow::Result<SplitOrigin> {
    if !(0.0..1.0).contains(&test_fraction) {
        return Err(unusable(format!("test fraction {test_fraction}: give a share from 0 to below 1, such as 0.2")));
    }
    let missing = without(subjects);
    if let Some(first) = missing.first() {
        return Err(unusable(format!(
            "{PARTICIPANTS_FILE}: {} has no split, though others have one ({} such rows); write train or test, or leave the \
             column out for all",
            first.id,
            missing.len()
        )));
    }
    let mut grouped = subjects.iter().filter(|subject| subject.group != Group::Gap);
    if grouped.all(|subject| subject.split.is_some()) {
        return Ok(SplitOrigin::Table);
    }
    let strata = shuffled_strata(subjects, seed, |subject| {
        let sex = subject.sex.as_deref().unwrap_or_default().to_ascii_lowercase();
        (subject.group, sex.chars().next())
    });
    for subject in subjects.iter_mut() {
        subject.split = (subject.group != Group::Gap).then_some(Split::Train);
    }
    for group in [Group::Young, Group::Old] {
        // Rounding each stratum by itself would lose or gain subjects: the remainder is carried to the next one,
        // so that each group comes within one of its share.
        let mut due = 0.0;
        let mut taken = 0usize;
        for members in strata.iter().filter(|(key, _)| key.0 == group).map(|(_, members)| members) {
            due += members.len() as f64 * test_fraction;
            let count = (due.round() as usize).saturating_sub(taken).min(members.len());
            for &position in &members[..count] {
                subjects[position].split = Some(Split::Test);
            }
            taken += count;
        }
    }
    Ok(SplitOrigin::Drawn)
}

/// Young and old subjects without a split where others have one; nobody where none has.
pub(super) fn without(subjects: &[Subject]) -> Vec<&Subject> {
    let (with, without): (Vec<_>, Vec<_>) =
        subjects.iter().filter(|subject| subject.group != Group::Gap).partition(|subject| subject.split.is_some());
    if with.is_empty() { Vec::new() } else { without }
}

/// Cuts young and old subjects into `k` folds of nearly equal size and equal shares of each group.
///
/// Subjects of the gap are in no fold. Every other subject is in the validation part of exactly one fold.
///
/// # Errors
/// Unusable input where `k < 2` or a group has fewer than `k` subjects.
pub fn k_folds(subjects: &[&Subject], k: usize, seed: u64) -> anyhow::Result<Vec<Fold>> {
    let strata = shuffled_strata(subjects, seed, |subject| subject.group);
    for group in [Group::Young, Group::Old] {
        let count = strata.get(&group).map_or(0, Vec::len);
        if k < 2 || count < k {
            return Err(unusable(format!(
                "{k} folds of {count} {group} subjects: give at least 2 folds and as many subjects of each group"
            )));
        }
    }
    let mut fold_of = vec![None; subjects.len()];
    // One running count over all strata keeps the sizes of the folds within one of each other.
    for (turn, position) in strata.into_values().flatten().enumerate() {
        fold_of[position] = Some(turn % k);
    }
    Ok((0..k)
        .map(|fold| {
            let (validation, train) = (0..subjects.len())
                .filter(|&position| fold_of[position].is_some())
                .partition(|&position| fold_of[position] == Some(fold));
            Fold { train, validation }
        })
        .collect())
}

/// Positions of young and old subjects by stratum, each shuffled in an order that depends on ids and seed only.
fn shuffled_strata<S, K>(subjects: &[S], seed: u64, key: impl Fn(&Subject) -> K) -> BTreeMap<K, Vec<usize>>
where
    S: std::borrow::Borrow<Subject>,
    K: Ord,
{
    let mut order: Vec<usize> = (0..subjects.len()).collect();
    order.sort_by(|&a, &b| subjects[a].borrow().id.cmp(&subjects[b].borrow().id));
    let mut strata: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for position in order {
        let subject = subjects[position].borrow();
        if subject.group != Group::Gap {
            strata.entry(key(subject)).or_default().push(position);
        }
    }
    let mut rng = random_of(seed, 0);
    for members in strata.values_mut() {
        members.shuffle(&mut rng);
    }
    strata
}
