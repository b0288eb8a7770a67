//! `explain.json`: what a bundle says of one image; the fields are fixed, because scripts read them.

use crate::group::GroupLimits;
use serde::{Deserialize, Serialize};
use shared::bundle::{CLOSE_CALL, GroupName};
use shared::explain::{Age, Direction, Familiarity, Target};

/// What was found of one image, but for its maps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub input: String,
    /// Of the file; of a `.hdr`/`.img` pair, of both one after the other. Earlier versions did not say.
    #[serde(default)]
    pub input_sha256: String,
    /// Earlier versions did not say.
    #[serde(default)]
    pub program_version: String,
    pub bundle: String,
    pub bundle_sha256: String,
    /// Ages of the young and the old that the bundle learned from; absent for the published ones.
    #[serde(default, skip_serializing_if = "GroupLimits::are_published")]
    pub groups: GroupLimits,
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
    /// What else is doubtful about the file, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    pub not_for_diagnosis: String,
}

impl Answer {
    /// `young` or `old`; `None` where no class can be told.
    pub fn verdict(&self) -> Option<&'static str> {
        self.judged.map(GroupName::as_str)
    }

    /// All that is doubtful, a sentence each.
    pub fn doubts(&self) -> impl Iterator<Item = &str> {
        self.caution.iter().chain(&self.warnings).map(String::as_str)
    }

    /// Whether it leads where `target` leads; an age asked for lies within the dial.
    pub fn leads_to(&self, target: Option<Target>) -> bool {
        let direction = match target {
            Some(Target::Years(years)) => {
                // Reading a number back may change its last digit.
                return self.target_age_years.is_some_and(|there| (there - years).abs() < 1e-6);
            }
            Some(Target::Group(direction)) => direction,
            None => Direction::for_probability_old(self.probability_old_before),
        };
        self.target_age_years.is_none() && self.direction == direction
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// As a version wrote it that did not say what it was made of.
    fn answer(direction: &str, probability_old: f32, target_age_years: Option<f64>) -> Answer {
        serde_json::from_value(json!({
            "input": "a.nii", "bundle": "b", "bundle_sha256": "0", "direction": direction,
            "probability_old_before": probability_old, "probability_old_after": 0.5, "judged": null,
            "target_age_years": target_age_years, "amount": 1.0, "device": "", "not_for_diagnosis": "",
        }))
        .expect("an answer")
    }

    #[test]
    fn an_answer_knows_which_target_it_leads_to() {
        let (older, younger) = (Target::Group(Direction::YoungToOld), Target::Group(Direction::OldToYoung));
        let targets = [None, Some(older), Some(younger), Some(Target::Years(60.0)), Some(Target::Years(61.0))];
        for (answer, expected) in [
            (answer("young_to_old", 0.2, None), [true, true, false, false, false]),
            (answer("old_to_young", 0.2, None), [false, false, true, false, false]),
            (answer("old_to_young", 0.5, None), [true, false, true, false, false]),
            (answer("young_to_old", 0.2, Some(60.0)), [false, false, false, true, false]),
        ] {
            assert_eq!(targets.map(|target| answer.leads_to(target)), expected, "{answer:?}");
        }
    }

    #[test]
    fn an_answer_without_a_number_cannot_be_read() {
        // What is no number is written as null.
        let text =
            serde_json::to_string(&Answer { probability_old_before: f32::NAN, ..answer("young_to_old", 0.2, None) });
        assert!(serde_json::from_str::<Answer>(&text.expect("written")).is_err());
    }
}
