//! The thesis's findings on regions, compared with these maps: does the change have the same sign?
//!
//! The thesis names regions in words, from looking at its mean maps (Figures 2 and 3); its sizes are not given. So the sign
//! is compared, region by region, with an interval over people.

use crate::statistics::{Estimate, Interval};
use serde::Serialize;
use shared::explain::{Direction, Region, RegionLabels, RegionSum};

/// Source of the findings.
pub const FINDINGS_SOURCE: &str = "S. Yoshida, “Explainability of Age Estimation Model Using CNN from Brain MRI Images”, Kochi University of \
    Technology, summary of the thesis: regions named in its text, here as regions of the AAL atlas. The frontal eye fields are no region of it: they lie where \
    the middle frontal and the precentral gyrus meet, and both rows hold parts of them";

/// Smallest share of a region inside the grid for a comparison.
const LEAST_PART: f64 = 0.3;

/// One finding of the thesis.
struct Published {
    what: &'static str,
    direction: Direction,
    /// Grey matter is gained; else it is lost.
    gains: bool,
    /// Beginnings of the atlas's names.
    regions: &'static [&'static str],
}

const PREFRONTAL: &[&str] = &["Frontal_Sup", "Frontal_Mid", "Frontal_Inf", "Frontal_Med_Orb", "Rectus"];
const FRONTAL: &[&str] =
    &["Precentral", "Frontal_", "Rolandic_Oper", "Supp_Motor_Area", "Paracentral", "Rectus", "Olfactory"];
const PARIETAL: &[&str] = &["Postcentral", "Parietal_", "SupraMarginal", "Angular", "Precuneus"];
const TEMPORAL: &[&str] = &["Temporal_", "Heschl", "Fusiform"];
const CEREBELLUM: &[&str] = &["Cerebelum", "Vermis"];

use Direction::{OldToYoung, YoungToOld};

const PUBLISHED: [Published; 7] = [
    Published { what: "prefrontal cortex", direction: OldToYoung, gains: true, regions: PREFRONTAL },
    Published { what: "supplementary motor area", direction: OldToYoung, gains: true, regions: &["Supp_Motor_Area"] },
    Published { what: "primary motor cortex", direction: OldToYoung, gains: true, regions: &["Precentral"] },
    Published { what: "frontal lobe", direction: YoungToOld, gains: false, regions: FRONTAL },
    Published { what: "parietal lobe", direction: YoungToOld, gains: false, regions: PARIETAL },
    Published { what: "temporal lobe", direction: YoungToOld, gains: true, regions: TEMPORAL },
    Published { what: "cerebellum", direction: YoungToOld, gains: true, regions: CEREBELLUM },
];

/// Result of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The interval lies on the thesis's side of zero.
    AsInTheThesis,
    TheOtherWay,
    /// The interval contains zero, or there is none.
    NotClear,
    /// The grid contains too little of the region.
    NotSeen,
}

/// A finding of the thesis compared with these maps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    pub what: &'static str,
    pub direction: Direction,
    /// What the thesis reports: a gain of grey matter, or a loss.
    pub thesis_gains: bool,
    /// Mean over people of the change in % of the region's grey matter; `None` if the region is not in the grid.
    pub percent: Option<Estimate>,
    pub reading: Reading,
}

/// Each finding of the thesis, from every subject's sums by region (as [`crate::measures::regions::region_table`] takes them).
pub fn findings(labels: &RegionLabels, per_subject: &[(Direction, Vec<RegionSum>)]) -> Vec<Finding> {
    PUBLISHED.iter().map(|published| published.ask(labels, per_subject)).collect()
}

impl Published {
    fn ask(&self, labels: &RegionLabels, per_subject: &[(Direction, Vec<RegionSum>)]) -> Finding {
        let is_in = |region: &Region| self.regions.iter().any(|start| region.name.starts_with(start));
        let parts = labels.parts.iter().enumerate();
        let members: Vec<usize> = parts
            .filter(|(_, part)| is_in(&part.region) && part.part_of_region >= LEAST_PART)
            .map(|(place, _)| place)
            .collect();
        let percent_of = |sums: &Vec<RegionSum>| {
            let of = |value: fn(&RegionSum) -> f64| {
                members.iter().filter_map(|&place| sums.get(place)).map(value).sum::<f64>()
            };
            let (original, difference) = (of(|sum| sum.original), of(|sum| sum.difference));
            (original > 0.0).then(|| 100.0 * difference / original)
        };
        let led = per_subject.iter().filter(|(direction, _)| *direction == self.direction);
        let percents: Vec<f64> = led.filter_map(|(_, sums)| percent_of(sums)).collect();
        let percent = if members.is_empty() { None } else { Estimate::mean_of(&percents) };
        let reading = percent.map_or(Reading::NotSeen, |percent| self.read(percent.interval));
        Finding { what: self.what, direction: self.direction, thesis_gains: self.gains, percent, reading }
    }

    fn read(&self, interval: Option<Interval>) -> Reading {
        match interval {
            Some([low, _]) if low > 0.0 => {
                if self.gains {
                    Reading::AsInTheThesis
                } else {
                    Reading::TheOtherWay
                }
            }
            Some([_, high]) if high < 0.0 => {
                if self.gains {
                    Reading::TheOtherWay
                } else {
                    Reading::AsInTheThesis
                }
            }
            _ => Reading::NotClear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::regions::atlas;
    use shared::volume::{Affine, Grid};

    /// Everybody gains (or loses) so much of each region, the people scattered by a tenth of it.
    fn asked(share: f64, height: usize) -> Vec<Finding> {
        let mni_from_voxel = Affine::from_spacing_origin([4.0; 3], [-90.0, -126.0, -72.0]);
        let grid = Grid { shape: [46, 55, height], mni_from_voxel };
        let labels = RegionLabels::new(&atlas().unwrap(), &grid, &vec![true; grid.voxel_count()]);
        let person = |number: usize, sign: f64| -> Vec<RegionSum> {
            let scatter = 1.0 + 0.1 * (number as f64 - 2.0);
            labels
                .parts
                .iter()
                .map(|_| RegionSum { original: 50.0, difference: sign * 50.0 * share * scatter })
                .collect()
        };
        let per_subject: Vec<(Direction, Vec<RegionSum>)> =
            (0..5).flat_map(|number| [(YoungToOld, person(number, 1.0)), (OldToYoung, person(number, -1.0))]).collect();
        findings(&labels, &per_subject)
    }

    #[test]
    fn a_loss_with_age_everywhere_confirms_some_findings_and_contradicts_others() {
        let found = asked(-0.1, 46);
        let readings: Vec<Reading> = found.iter().map(|finding| finding.reading).collect();
        use Reading::{AsInTheThesis as As, TheOtherWay as Other};
        assert_eq!(readings, [As, As, As, As, As, Other, Other]);
        let percent = found[0].percent.unwrap();
        assert!((percent.value - 10.0).abs() < 1e-9 && percent.interval.is_some(), "{percent:?}");
        assert!(asked(0.0, 46).iter().all(|finding| finding.reading == Reading::NotClear));
    }

    #[test]
    fn what_the_grid_does_not_hold_is_not_seen() {
        // Up to z = -36 mm: the cerebellum, and no motor cortex.
        let found = asked(-0.1, 10);
        let of = |what: &str| found.iter().find(|finding| finding.what == what).unwrap();
        assert_eq!((of("primary motor cortex").reading, of("primary motor cortex").percent), (Reading::NotSeen, None));
        assert_ne!(of("cerebellum").reading, Reading::NotSeen);
    }
}
