//! What a visitor wants an image led to: the other group, or an age. In links it is one word.

use serde::{Deserialize, Serialize};
use shared::explain::{Direction, Target};

/// Ages that a link may ask for, years; the model's own range is narrower.
const YEARS: std::ops::RangeInclusive<u8> = 1..=120;

/// What an image is led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    Group(Direction),
    /// Years.
    Age(u8),
}

impl Aim {
    /// As in links: `young_to_old`, or `70`.
    pub fn word(self) -> String {
        match self {
            Aim::Group(direction) => direction.as_str().to_owned(),
            Aim::Age(years) => years.to_string(),
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        let years = || word.parse().ok().filter(|years| YEARS.contains(years)).map(Aim::Age);
        let directions = [Direction::YoungToOld, Direction::OldToYoung];
        directions.into_iter().find(|direction| direction.as_str() == word).map(Aim::Group).or_else(years)
    }

    pub fn years(self) -> Option<u8> {
        match self {
            Aim::Group(_) => None,
            Aim::Age(years) => Some(years),
        }
    }
}

impl From<Aim> for Target {
    fn from(aim: Aim) -> Self {
        match aim {
            Aim::Group(direction) => Target::Group(direction),
            Aim::Age(years) => Target::Years(f64::from(years)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_what_they_stand_for() {
        for aim in [Aim::Group(Direction::OldToYoung), Aim::Age(1), Aim::Age(70)] {
            assert_eq!(Aim::from_word(&aim.word()), Some(aim));
        }
        for word in ["", "0", "-3", "121", "300", "7.5", "old"] {
            assert_eq!(Aim::from_word(word), None, "{word}");
        }
    }
}
