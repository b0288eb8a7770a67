//! The two groups of the published method, by age.

use serde::{Deserialize, Serialize};
use std::fmt;

/// First age in years that is no longer young: young is `age < 45`.
pub const YOUNG_BELOW_YEARS: f64 = 45.0;

/// First age in years that counts as old: old is `age >= 50`.
pub const OLD_FROM_YEARS: f64 = 50.0;

/// Age group of the published method: young < 45 y, old >= 50 y, the years between left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Below 45 years.
    Young,
    /// 50 years and over.
    Old,
    /// 45 to 49 years: neither trained nor tested on.
    Gap,
}

impl Group {
    /// The group of an age in years.
    pub fn of_age(age_years: f64) -> Self {
        if age_years < YOUNG_BELOW_YEARS {
            Group::Young
        } else if age_years < OLD_FROM_YEARS {
            Group::Gap
        } else {
            Group::Old
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
