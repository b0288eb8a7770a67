//! The table of regions: this image's change beside that of the held-out group.

use crate::language::*;
use crate::wording::{self, number, signed};
use shared::bundle::{GroupName, RegionCard, RegionMoments};
use shared::explain::{Direction, Region, RegionDifference};

/// Rows that are shown before the visitor asks for all.
pub const FIRST_ROWS: usize = 12;

/// Regions of which the maps hold less than this come last: what is said of them holds for a rim only.
const LEAST_PART: f64 = 0.1;
/// The same for those of which the maps hold so little at all, ml.
const LEAST_ML: f64 = 1.0;

/// One region as the table shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub region: Region,
    /// Name in the page's language.
    pub name: String,
    /// Grey matter that this image lost or won there.
    pub amount: String,
    /// The same in % of what there was.
    pub percent: String,
    pub group: String,
    pub volume: String,
    /// As `amount`, ml; for the bar beside the number.
    pub amount_ml: f64,
    /// Its numbers hold for a sliver only.
    pub is_small: bool,
}

/// Rows by the amount of grey matter that changes, largest first; then regions that the maps hardly hold.
pub fn rows(
    language: Language,
    differences: &[RegionDifference],
    group: &[RegionCard],
    direction: Direction,
) -> Vec<Row> {
    let mut sorted: Vec<&RegionDifference> = differences.iter().collect();
    let size = |row: &RegionDifference| amount_ml(row).abs();
    sorted.sort_by(|a, b| is_small(a).cmp(&is_small(b)).then(size(b).total_cmp(&size(a))));
    sorted.into_iter().map(|row| row_of(language, row, moments(group, row.region.label, direction))).collect()
}

fn amount_ml(row: &RegionDifference) -> f64 {
    row.mean * row.volume_ml
}

fn is_small(row: &RegionDifference) -> bool {
    row.part_of_region < LEAST_PART || row.volume_ml < LEAST_ML
}

fn row_of(language: Language, row: &RegionDifference, group: Option<&RegionMoments>) -> Row {
    let none = || language.text(NONE).to_owned();
    let percent = |value: f64| format!("{}%", signed(value, 1));
    let group = group.and_then(|group| {
        let mean = percent(group.mean_percent?);
        Some(group.sd_percent.map_or(mean.clone(), |sd| format!("{mean} ± {}", number(sd, 1))))
    });
    let part = [("volume", &*number(row.volume_ml, 1)), ("part", &*format!("{:.0}", row.part_of_region * 100.0))];
    Row {
        name: language.region(&row.region.name, &row.region.readable),
        region: row.region.clone(),
        amount: language.fill(REGIONS_AMOUNT, &[("amount", &signed(amount_ml(row), 2))]),
        percent: row.percent.map_or_else(none, percent),
        group: group.unwrap_or_else(none),
        volume: language.fill(if is_small(row) { REGIONS_PART_SMALL } else { REGIONS_PART }, &part),
        amount_ml: amount_ml(row),
        is_small: is_small(row),
    }
}

/// The group's numbers for a region in one direction.
pub fn moments(group: &[RegionCard], label: u16, direction: Direction) -> Option<&RegionMoments> {
    group.iter().find(|card| card.label == label)?.of(direction)
}

/// What the table is, above it.
pub fn hint(language: Language, group: &[RegionCard], direction: Direction) -> String {
    let subjects = group.iter().find_map(|card| moments(group, card.label, direction)).map(|moments| moments.subjects);
    let Some(subjects) = subjects else { return language.text(REGIONS_HINT_ALONE).to_owned() };
    let group = wording::group(language, GroupName::translated_by(direction));
    language.fill(REGIONS_HINT, &[("subjects", &subjects.to_string()), ("group", group)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::explain::{Hemisphere, Lobe};

    /// A region of 100 voxels; `mean` is the change of density.
    fn difference(label: u16, mean: f64, volume_ml: f64) -> RegionDifference {
        let name = format!("R{label}");
        let region = Region { label, readable: name.clone(), name, lobe: Lobe::Frontal, hemisphere: Hemisphere::Left };
        let percent = (mean != 0.0).then_some(100.0 * mean / 0.5);
        RegionDifference { region, voxels: 100, volume_ml, part_of_region: 0.5, mean, percent }
    }

    #[test]
    fn the_largest_amount_comes_first_beside_its_group() {
        let moments = RegionMoments {
            subjects: 20,
            mean: -0.1,
            sd: Some(0.02),
            mean_percent: Some(-6.25),
            sd_percent: Some(1.5),
        };
        let group = [RegionCard { label: 2, young_to_old: Some(moments), old_to_young: None }];
        let rim = RegionDifference { part_of_region: 0.01, ..difference(4, -0.9, 30.0) };
        let sliver = difference(5, -0.9, 0.9);
        // Much of little is less than little of much.
        let found = [difference(1, 0.0, 20.0), rim, difference(3, 0.2, 1.0), sliver, difference(2, -0.0402, 20.0)];
        let rows = rows(Language::ENGLISH, &found, &group, Direction::YoungToOld);
        assert_eq!(rows.iter().map(|row| row.region.label).collect::<Vec<_>>(), [2, 3, 1, 4, 5]);
        let texts = |row: &Row| [&row.amount, &row.percent, &row.group].map(String::clone);
        assert_eq!(texts(&rows[0]), ["−0.80 ml", "−8.0%", "−6.2% ± 1.5"]);
        assert_eq!(texts(&rows[1]), ["+0.20 ml", "+40.0%", "–"]);
        assert_eq!(rows[2].percent, "–");
        assert!(rows[4].is_small && rows[4].volume.contains("small") && !rows[0].volume.contains("small"));
        assert!(hint(Language::ENGLISH, &group, Direction::YoungToOld).contains("20 held-out young"));
        assert!(!hint(Language::ENGLISH, &group, Direction::OldToYoung).contains("held-out young"));
    }
}
