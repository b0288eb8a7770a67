use super::*;

/// `count` people of a group; sexes and sites in the given ratio.
fn people(group: Group, count: usize, sexes: &[&str], sites: &[&str]) -> Vec<Candidate> {
    (0..count)
        .map(|index| Candidate {
            id: format!("sub-{group}{index:03}"),
            group,
            sex: Some(sexes[index % sexes.len()].to_owned()),
            site: Some(sites[index / sexes.len() % sites.len()].to_owned()),
        })
        .collect()
}

fn all(young: Vec<Candidate>, old: Vec<Candidate>) -> Vec<Candidate> {
    young.into_iter().chain(old).collect()
}

/// Number of people of a group, split and stratum.
fn strata(
    people: &[Candidate],
    drawn: &Drawn,
    group: Group,
    split: Option<Split>,
) -> BTreeMap<(String, String), usize> {
    let mut counts = BTreeMap::new();
    for (person, found) in people.iter().zip(&drawn.splits) {
        if person.group == group && found.is_some() && (split.is_none() || *found == split) {
            let key = (person.sex.clone().unwrap_or_default(), person.site.clone().unwrap_or_default());
            *counts.entry(key).or_default() += 1;
        }
    }
    counts
}

fn size(people: &[Candidate], drawn: &Drawn, group: Group, split: Split) -> usize {
    strata(people, drawn, group, Some(split)).values().sum()
}

#[test]
fn both_groups_get_the_same_quotas_where_they_can() {
    // As in IXI: more women among the old, and the sites in other shares.
    let people = all(
        people(Group::Young, 249, &["F", "M"], &["Guys", "HH", "IOP", "Guys"]),
        people(Group::Old, 273, &["F", "F", "M", "M", "M"], &["Guys", "HH", "Guys", "IOP"]),
    );
    let drawn = draw(&people, 150, 30, 7);
    assert!(drawn.notes.is_empty(), "{:?}", drawn.notes);
    for split in [None, Some(Split::Train), Some(Split::Test)] {
        assert_eq!(strata(&people, &drawn, Group::Young, split), strata(&people, &drawn, Group::Old, split));
    }
    for group in GROUPS {
        assert_eq!(size(&people, &drawn, group, Split::Train), 150);
        assert_eq!(size(&people, &drawn, group, Split::Test), 30);
        let whole = strata(&people, &drawn, group, None);
        for (key, &test) in &strata(&people, &drawn, group, Some(Split::Test)) {
            assert!((test as f64 - whole[key] as f64 / 6.0).abs() < 1.0, "{key:?}: {test} of {}", whole[key]);
        }
    }
}

#[test]
fn sex_stays_equal_where_sites_cannot() {
    let people = all(people(Group::Young, 60, &["F", "M"], &["Guys"]), people(Group::Old, 60, &["F", "M"], &["HH"]));
    let drawn = draw(&people, 40, 10, 1);
    assert_eq!(drawn.notes.len(), 1);
    for group in GROUPS {
        let women: usize =
            strata(&people, &drawn, group, None).iter().filter(|((sex, _), _)| sex == "F").map(|(_, n)| n).sum();
        assert_eq!(women, 25, "{group}");
    }
}

#[test]
fn fewer_people_are_split_in_the_same_proportion() {
    let people = all(people(Group::Young, 4, &["F", "M"], &["HH"]), people(Group::Old, 300, &["F"], &["HH"]));
    let drawn = draw(&people, 183, 50, 1);
    assert_eq!(size(&people, &drawn, Group::Young, Split::Train), 3);
    assert_eq!(size(&people, &drawn, Group::Young, Split::Test), 1);
    assert_eq!(size(&people, &drawn, Group::Old, Split::Train), 183);
    assert_eq!(size(&people, &drawn, Group::Old, Split::Test), 50);
    assert!(
        drawn.notes[0].contains("only 4 young people of 233 wanted: 3 to train on, 1 held out"),
        "{:?}",
        drawn.notes
    );
    let alone = draw(&people[..4], 183, 50, 1);
    assert_eq!(alone.splits.iter().flatten().count(), 4);
    assert!(alone.notes[1].contains("only 0 old people"));
    assert!(draw(&[], 183, 50, 1).splits.is_empty());
}

#[test]
fn the_draw_depends_on_ids_and_seed_alone() {
    let mut people = all(
        people(Group::Young, 80, &["F", "M"], &["Guys", "HH"]),
        people(Group::Old, 90, &["F", "M"], &["Guys", "HH", "IOP"]),
    );
    let first = draw(&people, 30, 10, 5);
    people.reverse();
    let mut reversed = draw(&people, 30, 10, 5);
    reversed.splits.reverse();
    assert_eq!(first, reversed);
    people.reverse();
    assert_ne!(first.splits, draw(&people, 30, 10, 6).splits);
}

#[test]
fn remainders_never_exceed_sizes() {
    let sizes: BTreeMap<Stratum, usize> =
        [((Some("F"), Some("a")), 3), ((Some("F"), Some("b")), 1), ((Some("M"), None), 3)].into();
    for total in 0..=9 {
        let quotas = largest_remainders(&sizes, total);
        assert_eq!(quotas.values().sum::<usize>(), total.min(7));
        assert!(quotas.iter().all(|(key, quota)| *quota <= sizes[key]));
    }
    assert!(largest_remainders(&BTreeMap::new(), 3).is_empty());
}
