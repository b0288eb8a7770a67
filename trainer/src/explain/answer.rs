//! `explain.json`: what a bundle says of one image; the fields are fixed, because scripts read them.

use serde::{Deserialize, Serialize};
use shared::bundle::{CLOSE_CALL, GroupName};
use shared::explain::{Age, Direction, Familiarity};

/// What was found of one image, but for its maps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub input: String,
    pub bundle: String,
    pub bundle_sha256: String,
    pub direction: Direction,
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    /// The class of the input; `null` where it is too unlike the people that the models learned from, or neither class is clear.
    pub judged: Option<GroupName>,
    /// How unlike it is; absent where the bundle does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub familiarity: Option<Familiarity>,
    /// How old the input looks; absent where the bundle does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
    /// The age that it was led to: the one asked for, within the ages learned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_age_years: Option<f64>,
    /// By how many times the change from the young to the old the input was changed; 0 leaves it as it is.
    pub amount: f64,
    pub device: String,
    /// Why the verdict may be wrong; absent where nothing is known against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
    pub not_for_diagnosis: String,
}

impl Answer {
    /// `young` or `old`; `None` where no class can be told.
    pub fn verdict(&self) -> Option<&'static str> {
        self.judged.map(GroupName::as_str)
    }

    /// Why there is no verdict; `None` where there is one.
    pub fn why_none(&self) -> Option<String> {
        if let Some(strange) = self.familiarity.filter(Familiarity::is_strange) {
            return Some(format!(
                "no verdict: the map is too different from those that the model was trained on (distance {:.2}, {:.2} at most)",
                strange.distance, strange.limit
            ));
        }
        self.judged.is_none().then(|| {
            format!(
                "no verdict: between {:.2} and {:.2}, a verdict would be wrong almost as often as right",
                0.5 - CLOSE_CALL,
                0.5 + CLOSE_CALL
            )
        })
    }

    /// For the terminal, a line each.
    pub fn in_words(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.why_none().into_iter().collect();
        if let Some(Age { years, interval_years }) = self.age {
            lines.push(format!(
                "estimated age {years:.0}; for nine in ten people the true age is within ±{interval_years:.0} years"
            ));
        }
        if self.amount == 0.0 {
            lines.push("the image already looks as old, or as young, as the target: nothing is changed".to_owned());
        }
        lines.push(format!(
            "probability of old: {:.3} before, {:.3} after {}",
            self.probability_old_before,
            self.probability_old_after,
            self.direction.as_str().replace('_', " ")
        ));
        lines
    }
}
