//! The two groups of a phantom: the ages that are drawn, and the age that stands for a whole group.

use std::ops::RangeInclusive;

use rand::{Rng, RngExt};

use crate::cohort::phantom::course::ONSET_YEARS;
use crate::cohort::{Group, GroupLimits};

/// The youngest and the oldest, years.
pub(super) const YOUNGEST_YEARS: u8 = 20;
pub(super) const OLDEST_YEARS: u8 = 85;

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

    /// Ages in years, whole numbers, equally likely.
    fn years(self, limits: GroupLimits) -> RangeInclusive<u32> {
        match self {
            AgeGroup::Young => YOUNGEST_YEARS.into()..=u32::from(limits.young_below_years) - 1,
            AgeGroup::Old => limits.old_from_years.into()..=OLDEST_YEARS.into(),
        }
    }

    /// An age of somebody of this group.
    pub(super) fn draw_age_years(self, limits: GroupLimits, rng: &mut impl Rng) -> f64 {
        f64::from(rng.random_range(self.years(limits)))
    }

    /// The age at which the mean years since the onset of ageing of this group are reached; as published 34.2 for the young (most
    /// of them have not begun to lose anything), 67.5 for the old.
    pub(super) fn representative_age_years(self, limits: GroupLimits) -> f64 {
        let since_onset: Vec<f64> = self.years(limits).map(|years| (f64::from(years) - ONSET_YEARS).max(0.0)).collect();
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
        let published = GroupLimits::PUBLISHED;
        assert!((AgeGroup::Young.representative_age_years(published) - 34.2).abs() < 1e-9);
        assert!((AgeGroup::Old.representative_age_years(published) - 67.5).abs() < 1e-9);
        let other: GroupLimits = "40:60".parse().expect("limits");
        assert!((AgeGroup::Old.representative_age_years(other) - 72.5).abs() < 1e-9);
        for group in [AgeGroup::Young, AgeGroup::Old] {
            for limits in [published, other] {
                assert_eq!(Group::of_age(group.representative_age_years(limits), limits), group.group());
            }
            assert_eq!(group.other().other(), group);
        }
    }
}
