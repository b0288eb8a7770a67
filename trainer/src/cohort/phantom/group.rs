//! The two groups of a phantom: the ages that are drawn, and the age that stands for a whole group.

use std::ops::RangeInclusive;

use rand::{Rng, RngExt};

use crate::cohort::Group;
use crate::cohort::phantom::course::ONSET_YEARS;

/// Ages in years, whole numbers, equally likely.
const YOUNG_YEARS: RangeInclusive<u32> = 20..=44;
const OLD_YEARS: RangeInclusive<u32> = 50..=85;

/// A group of phantoms: there is nobody between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AgeGroup {
    Young,
    Old,
}

impl AgeGroup {
    /// The cohort's word for it.
    pub(super) fn group(self) -> Group {
        match self {
            AgeGroup::Young => Group::Young,
            AgeGroup::Old => Group::Old,
        }
    }

    /// The group whose people a translation of this one should look like.
    pub(super) fn other(self) -> Self {
        match self {
            AgeGroup::Young => AgeGroup::Old,
            AgeGroup::Old => AgeGroup::Young,
        }
    }

    fn years(self) -> RangeInclusive<u32> {
        match self {
            AgeGroup::Young => YOUNG_YEARS,
            AgeGroup::Old => OLD_YEARS,
        }
    }

    /// An age of somebody of this group.
    pub(super) fn draw_age_years(self, rng: &mut impl Rng) -> f64 {
        f64::from(rng.random_range(self.years()))
    }

    /// The age at which the mean years since the onset of ageing of this group are reached: 34.2 for the young (most
    /// of them have not begun to lose anything), 67.5 for the old.
    pub(super) fn representative_age_years(self) -> f64 {
        let since_onset: Vec<f64> = self.years().map(|years| (f64::from(years) - ONSET_YEARS).max(0.0)).collect();
        ONSET_YEARS + since_onset.iter().sum::<f64>() / since_onset.len() as f64
    }
}

/// Sex as the table of subjects has it; nothing depends on it.
pub(super) fn draw_sex(rng: &mut impl Rng) -> &'static str {
    if rng.random_bool(0.5) { "F" } else { "M" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_representative_has_aged_as_long_as_the_mean_of_the_group() {
        assert!((AgeGroup::Young.representative_age_years() - 34.2).abs() < 1e-9);
        assert!((AgeGroup::Old.representative_age_years() - 67.5).abs() < 1e-9);
        for group in [AgeGroup::Young, AgeGroup::Old] {
            assert_eq!(Group::of_age(group.representative_age_years()), group.group());
            assert_eq!(group.other().other(), group);
        }
    }
}
