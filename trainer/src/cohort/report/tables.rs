//! Tables of a cohort's report: how many people of which age, sex and site, and how well the groups match.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cohort::table::NewRow;
use crate::cohort::{Group, GroupLimits, Split};
use crate::statistics::{mean_sd, share};

const GROUPS: [Group; 3] = [Group::Young, Group::Old, Group::Gap];

/// People of one group and split.
pub struct Part<'a> {
    group: Group,
    split: Option<Split>,
    people: Vec<&'a NewRow>,
}

/// The parts that hold anyone, young first.
pub fn parts(rows: &[NewRow]) -> Vec<Part<'_>> {
    let splits = [Some(Split::Train), Some(Split::Test), None];
    let parts = GROUPS.into_iter().flat_map(|group| splits.map(|split| (group, split)));
    parts
        .map(|(group, split)| {
            let people = rows.iter().filter(|row| row.group == group && row.split == split).collect();
            Part { group, split, people }
        })
        .filter(|part: &Part| !part.people.is_empty())
        .collect()
}

/// One sentence: how many there are of whom.
pub fn headline(rows: &[NewRow], limits: GroupLimits) -> String {
    let count = |group: Group| rows.iter().filter(|row| row.group == group).count();
    let gap = match (count(Group::Gap), limits.between()) {
        (0, _) | (_, None) => String::new(),
        (gap, Some(between)) => format!(" ({gap} more from {between})"),
    };
    let GroupLimits { young_below_years, old_from_years } = limits;
    let (young, old) = (count(Group::Young), count(Group::Old));
    format!("{young} subjects below {young_below_years} and {old} from {old_from_years} years up{gap}")
}

/// A row of the table of groups.
#[derive(Serialize)]
pub struct GroupRow {
    group: String,
    split: String,
    count: usize,
    age: String,
    range: String,
    women: usize,
    men: usize,
    unknown: usize,
}

/// Number, age and sex of each part.
pub fn groups(parts: &[Part]) -> Vec<GroupRow> {
    parts
        .iter()
        .map(|part| {
            let ages: Vec<f64> = part.people.iter().map(|row| row.age_years).collect();
            let low = ages.iter().copied().fold(f64::INFINITY, f64::min);
            let high = ages.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let of_sex = |sex: &str| part.people.iter().filter(|row| sex_of(row) == sex).count();
            GroupRow {
                group: part.group.to_string(),
                split: part.split.map_or_else(|| "all".to_owned(), |split| split.to_string()),
                count: part.people.len(),
                age: mean_age(&part.people),
                range: format!("{low:.0} to {high:.0}"),
                women: of_sex(WOMEN),
                men: of_sex(MEN),
                unknown: of_sex(UNKNOWN),
            }
        })
        .collect()
}

/// Counts of a property's values in each part.
#[derive(Serialize)]
pub struct CrossTable {
    title: &'static str,
    columns: Vec<String>,
    rows: Vec<CrossRow>,
}

#[derive(Serialize)]
struct CrossRow {
    value: String,
    counts: Vec<usize>,
    total: usize,
}

/// Sex and site by group and split; no table of sites where none is known.
pub fn cross_tables(parts: &[Part]) -> Vec<CrossTable> {
    let columns: Vec<String> = parts
        .iter()
        .map(|part| match part.split {
            Some(split) => format!("{}, {split}", part.group),
            None => part.group.to_string(),
        })
        .collect();
    let table = |title, value: &dyn Fn(&NewRow) -> String| {
        let mut counts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (column, part) in parts.iter().enumerate() {
            for row in &part.people {
                counts.entry(value(row)).or_insert_with(|| vec![0; parts.len()])[column] += 1;
            }
        }
        let rows = counts.into_iter().map(|(value, counts)| CrossRow { value, total: counts.iter().sum(), counts });
        CrossTable { title, columns: columns.clone(), rows: rows.collect() }
    };
    let mut tables = vec![table("Sex", &|row| sex_of(row).to_owned())];
    if parts.iter().any(|part| part.people.iter().any(|row| row.site.is_some())) {
        tables.push(table("Site", &site_of));
    }
    tables
}

/// A comparison of two sets of people.
#[derive(Serialize)]
pub struct BalanceRow {
    what: String,
    first: String,
    second: String,
    difference: String,
}

/// Old against young by sex and site, then test against train within each group by age and sex.
pub fn balance(rows: &[NewRow]) -> Vec<BalanceRow> {
    let of_group = |group: Group| -> Vec<&NewRow> { rows.iter().filter(|row| row.group == group).collect() };
    let (young, old) = (of_group(Group::Young), of_group(Group::Old));
    let mut balance = Vec::new();
    balance.extend(shares("Women: young, old", &young, &old, |row| sex_of(row) == WOMEN));
    let mut sites: Vec<&str> = rows.iter().filter_map(|row| row.site.as_deref()).collect();
    sites.sort_unstable();
    sites.dedup();
    for site in sites {
        let is_site = |row: &NewRow| row.site.as_deref() == Some(site);
        balance.extend(shares(&format!("Site {site}: young, old"), &young, &old, is_site));
    }
    for (name, people) in [("young", &young), ("old", &old)] {
        let of_split =
            |split: Split| -> Vec<&NewRow> { people.iter().filter(|row| row.split == Some(split)).copied().collect() };
        let (train, test) = (of_split(Split::Train), of_split(Split::Test));
        balance.extend(ages(&format!("Age in years of the {name}: train, test"), &train, &test));
        balance
            .extend(shares(&format!("Women among the {name}: train, test"), &train, &test, |row| sex_of(row) == WOMEN));
    }
    balance
}

fn shares(what: &str, first: &[&NewRow], second: &[&NewRow], is: impl Fn(&NewRow) -> bool) -> Option<BalanceRow> {
    let percent = |people: &[&NewRow]| Some(100.0 * share(people.iter().filter(|row| is(row)).count(), people.len())?);
    let (first, second) = (percent(first)?, percent(second)?);
    Some(BalanceRow {
        what: what.to_owned(),
        first: format!("{first:.1}%"),
        second: format!("{second:.1}%"),
        difference: format!("{} points", signed(second - first)),
    })
}

fn ages(what: &str, first: &[&NewRow], second: &[&NewRow]) -> Option<BalanceRow> {
    let mean = |people: &[&NewRow]| Some(mean_sd(&people.iter().map(|row| row.age_years).collect::<Vec<f64>>())?.mean);
    Some(BalanceRow {
        what: what.to_owned(),
        first: mean_age(first),
        second: mean_age(second),
        difference: signed(mean(second)? - mean(first)?),
    })
}

fn signed(value: f64) -> String {
    let sign = if value > 0.049 {
        "+"
    } else if value < -0.049 {
        "−"
    } else {
        ""
    };
    format!("{sign}{:.1}", value.abs())
}

fn mean_age(people: &[&NewRow]) -> String {
    let ages: Vec<f64> = people.iter().map(|row| row.age_years).collect();
    match mean_sd(&ages) {
        None => "not known".to_owned(),
        Some(summary) => match summary.sd {
            None => format!("{:.1}", summary.mean),
            Some(sd) => format!("{:.1} ± {sd:.1}", summary.mean),
        },
    }
}

const WOMEN: &str = "women";
const MEN: &str = "men";
const UNKNOWN: &str = "not known";

/// Phantoms and tables have `F`, `M` or nothing.
fn sex_of(row: &NewRow) -> &'static str {
    match row.sex.as_deref().and_then(|sex| sex.chars().next()) {
        Some('F' | 'f') => WOMEN,
        Some('M' | 'm') => MEN,
        _ => UNKNOWN,
    }
}

fn site_of(row: &NewRow) -> String {
    row.site.clone().unwrap_or_else(|| "not known".to_owned())
}
