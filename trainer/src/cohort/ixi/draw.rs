//! Drawing equal groups, and the split within them.
//!
//! Everyone has a lot, which depends on the seed and their id alone. Within each combination of sex and site the lowest
//! lots are drawn, as many young as old: the largest share of the wanted number that both groups have, by largest
//! remainders. What is still missing is filled up with equal numbers by sex, then with anyone. The split takes the
//! same share of each combination.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rand::Rng;

use crate::cohort::{Group, Split};
use crate::random::random_of;

/// Someone who can be drawn: young or old.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) id: String,
    pub(super) group: Group,
    pub(super) sex: Option<String>,
    pub(super) site: Option<String>,
}

/// Who was drawn.
#[derive(Debug, PartialEq)]
pub(super) struct Drawn {
    /// One for each candidate, in their order; `None` for those who were not drawn.
    pub(super) splits: Vec<Option<Split>>,
    /// What could not be had as it was wanted.
    pub(super) notes: Vec<String>,
}

const GROUPS: [Group; 2] = [Group::Young, Group::Old];

/// Sex and site; less than both where these cannot be equal.
type Stratum<'a> = (Option<&'a str>, Option<&'a str>);

fn sex_and_site(person: &Candidate) -> Stratum<'_> {
    (person.sex.as_deref(), person.site.as_deref())
}

fn sex(person: &Candidate) -> Stratum<'_> {
    (person.sex.as_deref(), None)
}

fn anyone(_: &Candidate) -> Stratum<'_> {
    (None, None)
}

/// How many of a group are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    all: usize,
    test: usize,
}

/// Draws `train + test` people of each group, or all where there are fewer, then divided in the same proportion.
pub(super) fn draw(people: &[Candidate], train: usize, test: usize, seed: u64) -> Drawn {
    let by_lot = in_order_of_lots(people, seed);
    let mut waiting = GROUPS
        .map(|group| -> Vec<usize> { by_lot.iter().copied().filter(|&place| people[place].group == group).collect() });
    let mut notes = Vec::new();
    let wanted = [0, 1].map(|group| {
        let wanted = wanted(waiting[group].len(), train, test);
        if wanted.all < train + test {
            notes.push(format!(
                "only {} {} people of {} wanted: {} to train on, {} held out",
                wanted.all,
                GROUPS[group],
                train + test,
                wanted.all - wanted.test,
                wanted.test
            ));
        }
        wanted
    });

    let mut chosen = [Vec::new(), Vec::new()];
    let missing = |chosen: &[Vec<usize>; 2]| [0, 1].map(|group| wanted[group].all - chosen[group].len());
    let finest_first: [fn(&Candidate) -> Stratum<'_>; 3] = [sex_and_site, sex, anyone];
    for stratum in finest_first {
        let counts = waiting.each_ref().map(|places| count(people, places, stratum));
        let common: BTreeMap<Stratum, usize> =
            counts[0].iter().filter_map(|(key, &young)| Some((*key, young.min(*counts[1].get(key)?)))).collect();
        let [young, old] = missing(&chosen);
        let quotas = largest_remainders(&common, young.min(old));
        for group in [0, 1] {
            take(people, &mut waiting[group], &mut chosen[group], stratum, &quotas);
        }
    }
    // Groups of different size: the larger one goes on by itself.
    for group in [0, 1] {
        let quotas = largest_remainders(&count(people, &waiting[group], sex_and_site), missing(&chosen)[group]);
        take(people, &mut waiting[group], &mut chosen[group], sex_and_site, &quotas);
    }
    let counts = chosen.each_ref().map(|places| count(people, places, sex_and_site));
    if chosen.iter().all(|places| !places.is_empty()) && counts[0] != counts[1] {
        notes.push(
            "sex and site cannot be made equal in both groups with these people; the tables say how they differ"
                .to_owned(),
        );
    }

    let mut splits = vec![None; people.len()];
    for group in [0, 1] {
        let quotas = largest_remainders(&counts[group], wanted[group].test);
        let mut set_aside = Vec::new();
        let mut places = in_lot_order(&by_lot, &chosen[group]);
        take(people, &mut places, &mut set_aside, sex_and_site, &quotas);
        places.into_iter().for_each(|place| splits[place] = Some(Split::Train));
        set_aside.into_iter().for_each(|place| splits[place] = Some(Split::Test));
    }
    Drawn { splits, notes }
}

/// What can be had of `available` people.
fn wanted(available: usize, train: usize, test: usize) -> Wanted {
    let all = available.min(train + test);
    let share = test as f64 / (train + test).max(1) as f64;
    Wanted { all, test: if all < train + test { (all as f64 * share).round() as usize } else { test } }
}

/// Everyone's place, lowest lot first. A lot depends on nobody else: more images move no one else's.
fn in_order_of_lots(people: &[Candidate], seed: u64) -> Vec<usize> {
    let lot = |person: &Candidate| {
        // A stream for each id: its bytes, folded (FNV-1a).
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        random_of(seed, person.id.bytes().fold(0xcbf2_9ce4_8422_2325, fold)).next_u64()
    };
    let mut order: Vec<usize> = (0..people.len()).collect();
    order.sort_by_cached_key(|&place| (lot(&people[place]), people[place].id.clone()));
    order
}

fn in_lot_order(by_lot: &[usize], places: &[usize]) -> Vec<usize> {
    by_lot.iter().copied().filter(|place| places.contains(place)).collect()
}

fn count<'a>(
    people: &'a [Candidate],
    places: &[usize],
    stratum: fn(&Candidate) -> Stratum<'_>,
) -> BTreeMap<Stratum<'a>, usize> {
    let mut counts = BTreeMap::new();
    for &place in places {
        *counts.entry(stratum(&people[place])).or_default() += 1;
    }
    counts
}

/// Moves the first of each stratum, as many as its quota, from `waiting` to `chosen`.
fn take(
    people: &[Candidate],
    waiting: &mut Vec<usize>,
    chosen: &mut Vec<usize>,
    stratum: fn(&Candidate) -> Stratum<'_>,
    quotas: &BTreeMap<Stratum, usize>,
) {
    let mut left = quotas.clone();
    waiting.retain(|&place| match left.get_mut(&stratum(&people[place])) {
        Some(left) if *left > 0 => {
            *left -= 1;
            chosen.push(place);
            false
        }
        _ => true,
    });
}

/// `total` (or all there are) divided in proportion to `sizes`, none above its size: the whole parts first, the rest
/// to the largest remainders; equal ones in order of the strata.
fn largest_remainders<'a>(sizes: &BTreeMap<Stratum<'a>, usize>, total: usize) -> BTreeMap<Stratum<'a>, usize> {
    let sum: usize = sizes.values().sum();
    let total = total.min(sum);
    let part = |size: usize| (size * total).checked_div(sum).unwrap_or(0);
    let mut quotas: BTreeMap<Stratum, usize> = sizes.iter().map(|(key, &size)| (*key, part(size))).collect();
    let mut by_remainder: Vec<(usize, Stratum)> =
        sizes.iter().map(|(key, &size)| ((size * total).checked_rem(sum).unwrap_or(0), *key)).collect();
    by_remainder.sort_by_key(|&(remainder, _)| Reverse(remainder));
    let given: usize = quotas.values().sum();
    for (_, key) in by_remainder.into_iter().take(total - given) {
        if let Some(quota) = quotas.get_mut(&key) {
            *quota += 1;
        }
    }
    quotas
}

#[cfg(test)]
#[path = "draw_tests.rs"]
mod tests;
