//! The ages that bound the two groups. A cohort, its runs and its bundles keep them, and every sentence that names them is made of them.

use crate::bundle::GroupName;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Whoever is below the first age is young, whoever has reached the second is old, and whoever is between belongs to no group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupLimits {
    pub young_below_years: u8,
    pub old_from_years: u8,
}

/// Nobody is older.
const OLDEST_YEARS: u8 = 120;

impl GroupLimits {
    /// Those of the published method. Whatever does not name its limits has these.
    pub const PUBLISHED: GroupLimits = GroupLimits { young_below_years: 45, old_from_years: 50 };

    pub fn are_published(&self) -> bool {
        *self == Self::PUBLISHED
    }

    /// Whether both groups can have people, and nobody is in both.
    pub fn are_sound(&self) -> bool {
        (1..=self.old_from_years).contains(&self.young_below_years) && self.old_from_years <= OLDEST_YEARS
    }

    /// The group of an age; `None` between the groups.
    pub fn group_of(&self, age_years: f64) -> Option<GroupName> {
        if age_years < f64::from(self.young_below_years) {
            Some(GroupName::Young)
        } else if age_years < f64::from(self.old_from_years) {
            None
        } else {
            Some(GroupName::Old)
        }
    }

    /// Halfway between the groups.
    pub fn boundary_years(&self) -> f64 {
        f64::midpoint(f64::from(self.young_below_years), f64::from(self.old_from_years))
    }

    /// Ages in completed years that are in no group, `45 to 49`; `None` where the groups meet.
    pub fn between(&self) -> Option<String> {
        match (self.young_below_years, self.old_from_years.saturating_sub(1)) {
            (first, last) if first > last => None,
            (first, last) if first == last => Some(first.to_string()),
            (first, last) => Some(format!("{first} to {last}")),
        }
    }
}

impl Default for GroupLimits {
    fn default() -> Self {
        Self::PUBLISHED
    }
}

/// As `--groups` has them: `45:50`.
impl fmt::Display for GroupLimits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.young_below_years, self.old_from_years)
    }
}

impl FromStr for GroupLimits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let limits = text.split_once(':').and_then(|(young, old)| {
            Some(GroupLimits { young_below_years: young.parse().ok()?, old_from_years: old.parse().ok()? })
        });
        limits.filter(GroupLimits::are_sound).ok_or_else(|| {
            format!(
                "give YOUNG:OLD, two ages in whole years from 1 to {OLDEST_YEARS}, the second not below the first: 40:60 means young below 40, \
                 old from 60"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(text: &str) -> GroupLimits {
        text.parse().expect(text)
    }

    #[test]
    fn two_ages_are_read_and_written_alike() {
        assert_eq!(limits("40:60"), GroupLimits { young_below_years: 40, old_from_years: 60 });
        assert_eq!(limits("45:50"), GroupLimits::default());
        for text in ["40:60", "50:50", "1:120", "18:19"] {
            assert_eq!(limits(text).to_string(), text);
        }
    }

    #[test]
    fn what_makes_no_groups_is_refused() {
        let odd = [
            "60:40", "0:50", "45", "45:", ":50", "45-50", "45:50:60", "44.5:50", "-5:50", "45:121", "45:300", "", "a:b",
        ];
        for text in odd {
            assert!(text.parse::<GroupLimits>().is_err_and(|reason| reason.contains("40:60")), "{text}");
        }
    }

    #[test]
    fn ages_belong_to_the_group_whose_limit_they_pass() {
        let groups = |text: &str, ages: [f64; 4]| ages.map(|age| limits(text).group_of(age));
        let (young, old) = (Some(GroupName::Young), Some(GroupName::Old));
        assert_eq!(groups("45:50", [44.99, 45.0, 49.99, 50.0]), [young, None, None, old]);
        assert_eq!(groups("40:60", [39.0, 40.0, 59.9, 60.0]), [young, None, None, old]);
        assert_eq!(groups("50:50", [0.0, 49.99, 50.0, 101.0]), [young, young, old, old]);
    }

    #[test]
    fn what_is_between_is_said_in_whole_years() {
        let said = ["45:50", "40:60", "47:48"].map(|text| limits(text).between().expect("there is a gap"));
        assert_eq!(said, ["45 to 49", "40 to 59", "47"]);
        assert_eq!(limits("50:50").between(), None);
        assert_eq!([limits("45:50"), limits("50:50")].map(|limits| limits.boundary_years()), [47.5, 50.0]);
    }
}
