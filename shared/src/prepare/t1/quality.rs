//! What the quality control says of a preparation: its measures, their limits, one score.

use serde::{Deserialize, Serialize};

/// One measured part of the quality, with the limits it must keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Machine-readable, such as `registration_similarity`.
    pub name: String,
    pub value: f64,
    /// Lowest and highest value that pass; `None` means no limit on that side.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// The value of an ordinary good scan.
    pub good: f64,
    /// What the value is and why the limits are where they are, with the unit.
    pub meaning: String,
}

impl Measure {
    /// Whether the value keeps its limits.
    pub fn passed(&self) -> bool {
        self.value.is_finite()
            && self.low.is_none_or(|low| self.value >= low)
            && self.high.is_none_or(|high| self.value <= high)
    }

    /// The name for people: `brain_volume_litres` is "brain volume in litres".
    pub fn name_in_words(name: &str) -> String {
        name.replace("_litres", "_in_litres").replace('_', " ")
    }

    /// 1 at the value of an ordinary good scan and on its far side from the limit, 0 at the limit.
    pub(super) fn score(&self) -> f64 {
        let share = |limit: Option<f64>| {
            limit.map_or(1.0, |limit| ((self.value - limit) / (self.good - limit)).clamp(0.0, 1.0))
        };
        let score = share(self.low).min(share(self.high));
        if score.is_finite() { score } else { 0.0 }
    }
}

/// What the quality control found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Whether every measure passed.
    pub passed: bool,
    /// 0 (unusable) to 1 (as good as the best scans): the smallest part score.
    pub score: f64,
    pub measures: Vec<Measure>,
    /// Why it did not pass: one sentence for each failed measure; empty where it passed.
    pub reasons: Vec<String>,
}
