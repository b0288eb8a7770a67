//! The table of regions: this image's change beside that of the held-back group.

use crate::language::*;
use crate::wording::{self, number, signed};
use shared::bundle::{GroupName, RegionCard, RegionMoments};
use shared::explain::{Direction, Region, RegionDifference};

/// Rows that are shown before the visitor asks for all.
pub const FIRST_ROWS: usize = 12;

/// Regions of which the maps hold less than this come last: what is said of them holds for a rim only.
const LEAST_PART: f64 = 0.1;

/// One region as the table shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub region: Region,
    /// Name in the page's language.
    pub name: String,
    pub image: String,
    pub group: String,
    pub volume: String,
    /// Of this image, %; for the bar beside the number.
    pub percent: Option<f64>,
}

/// Rows by the size of their change, largest first; then regions that the maps hardly hold, and those without a
/// percentage.
pub fn rows(
    language: Language,
    differences: &[RegionDifference],
    group: &[RegionCard],
    direction: Direction,
) -> Vec<Row> {
    let mut sorted: Vec<&RegionDifference> = differences.iter().collect();
    let size = |row: &RegionDifference| row.percent.map_or(-1.0, f64::abs);
    let is_rim = |row: &RegionDifference| row.part_of_region < LEAST_PART;
    sorted.sort_by(|a, b| is_rim(a).cmp(&is_rim(b)).then(size(b).total_cmp(&size(a))));
    sorted.into_iter().map(|row| row_of(language, row, moments(group, row.region.label, direction))).collect()
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
        image: row.percent.map_or_else(none, percent),
        group: group.unwrap_or_else(none),
        volume: language.fill(REGIONS_PART, &part),
        percent: row.percent,
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

    fn difference(label: u16, percent: Option<f64>) -> RegionDifference {
        let name = format!("R{label}");
        let region = Region { label, readable: name.clone(), name, lobe: Lobe::Frontal, hemisphere: Hemisphere::Left };
        RegionDifference { region, voxels: 100, volume_ml: 0.8, part_of_region: 0.5, mean: -0.1, percent }
    }

    #[test]
    fn the_largest_change_comes_first_beside_its_group() {
        let moments = RegionMoments {
            subjects: 20,
            mean: -0.1,
            sd: Some(0.02),
            mean_percent: Some(-6.25),
            sd_percent: Some(1.5),
        };
        let group = [RegionCard { label: 2, young_to_old: Some(moments), old_to_young: None }];
        let rim = RegionDifference { part_of_region: 0.01, ..difference(4, Some(-50.0)) };
        let found = [difference(1, None), rim, difference(2, Some(-8.04)), difference(3, Some(3.0))];
        let rows = rows(Language::English, &found, &group, Direction::YoungToOld);
        assert_eq!(rows.iter().map(|row| row.region.label).collect::<Vec<_>>(), [2, 3, 1, 4]);
        assert_eq!((rows[0].image.as_str(), rows[0].group.as_str()), ("−8.0%", "−6.2% ± 1.5"));
        assert_eq!((rows[1].image.as_str(), rows[1].group.as_str()), ("+3.0%", "–"));
        assert_eq!(rows[2].image, "–");
        assert!(hint(Language::English, &group, Direction::YoungToOld).contains("20 held-out young"));
        assert!(!hint(Language::English, &group, Direction::OldToYoung).contains("held-out young"));
    }
}
