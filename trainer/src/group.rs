//! The two groups, by age.

use serde::{Deserialize, Serialize};
pub use shared::bundle::GroupLimits;
use shared::bundle::GroupName;
use std::fmt;

/// Age group by the limits of the cohort; the published ones are young < 45 y, old >= 50 y, the years between left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Below the lower limit.
    Young,
    /// From the upper limit on.
    Old,
    /// Between the limits: neither trained nor tested on.
    Gap,
}

impl Group {
    /// The group of an age in years.
    pub fn of_age(age_years: f64, limits: GroupLimits) -> Self {
        match limits.group_of(age_years) {
            Some(GroupName::Young) => Group::Young,
            Some(GroupName::Old) => Group::Old,
            None => Group::Gap,
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Group::Young => "young",
            Group::Old => "old",
            Group::Gap => "gap",
        })
    }
}
