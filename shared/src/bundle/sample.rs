//! A case that a bundle brings along, computed beforehand: a page can show it at once.

use super::GroupName;
use crate::explain::{Age, Direction, Explanation};
use serde::{Deserialize, Serialize};

/// One precomputed case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub id: String,
    /// `Mean of 80 young people`, `Phantom subject 12, young`.
    pub title: String,
    pub direction: Direction,
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    /// How old the original looks; absent where the bundle does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Age>,
    /// Role names in `files` of the gzipped NIfTI volumes.
    pub original: String,
    pub translated: String,
    pub difference: String,
    pub cam: String,
    /// The exact change of this phantom, the same way as `difference`; real people have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
    /// The same image led to single ages, youngest first; empty where the models have no age dial, and in bundles of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<AgeStop>,
}

/// Where the age dial was stopped beforehand, for a sample. Its translation is the sample's original with the difference added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgeStop {
    /// The age that the sample was led to.
    pub years: u8,
    pub direction: Direction,
    /// By how many times the change from the young to the old it was changed; 0 where it looks that old already.
    pub amount: f64,
    pub probability_old_after: f32,
    /// Role name of the gzipped NIfTI volume translated − original.
    pub difference: String,
    /// The exact change of this phantom from its own age to this one; real people have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<String>,
}

/// What the ids of samples begin with that are means over many subjects.
pub const MEAN_SAMPLE: &str = "mean-";

impl Sample {
    /// What was found of an image whose true change is not known; `role` names the volumes.
    pub fn of(id: &str, title: &str, found: &Explanation, role: impl Fn(&str) -> String) -> Self {
        Sample {
            id: id.into(),
            title: title.into(),
            direction: found.direction,
            probability_old_before: found.probability_old_before,
            probability_old_after: found.probability_old_after,
            age: found.age,
            original: role("original"),
            translated: role("translated"),
            difference: role("difference"),
            cam: role("cam"),
            truth: None,
            stops: Vec::new(),
        }
    }

    /// Whether it is a mean over many subjects.
    pub fn is_mean(&self) -> bool {
        self.id.starts_with(MEAN_SAMPLE)
    }

    /// Whether the classifier judges it otherwise after translation. A mean of many has no verdict that could turn.
    pub fn turns(&self) -> bool {
        let judged = [self.probability_old_before, self.probability_old_after].map(GroupName::judged);
        !self.is_mean() && judged[0] != judged[1]
    }

    /// Role names of all its volumes.
    pub fn roles(&self) -> impl Iterator<Item = &String> {
        let of_stops = self.stops.iter().flat_map(|stop| std::iter::once(&stop.difference).chain(&stop.truth));
        [&self.original, &self.translated, &self.difference, &self.cam].into_iter().chain(&self.truth).chain(of_stops)
    }

    /// Where the dial was stopped beforehand nearest to an age; of two that are as near, the younger.
    pub fn stop_near(&self, years: u8) -> Option<&AgeStop> {
        self.stops.iter().min_by_key(|stop| stop.years.abs_diff(years))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped_at(years: &[u8]) -> Sample {
        let stop = |&years: &u8| AgeStop {
            years,
            direction: Direction::YoungToOld,
            amount: 1.0,
            probability_old_after: 0.5,
            difference: format!("sample/x/{years}"),
            truth: (years == 25).then(|| "sample/x/25/truth".to_owned()),
        };
        Sample {
            id: "x".into(),
            title: "X".into(),
            direction: Direction::YoungToOld,
            probability_old_before: 0.1,
            probability_old_after: 0.9,
            age: None,
            original: "sample/x/original".into(),
            translated: "sample/x/translated".into(),
            difference: "sample/x/difference".into(),
            cam: "sample/x/cam".into(),
            truth: None,
            stops: years.iter().map(stop).collect(),
        }
    }

    #[test]
    fn the_nearest_stop_is_found() {
        let sample = stopped_at(&[25, 30, 35]);
        let near = |years| sample.stop_near(years).map(|stop| stop.years);
        assert_eq!([18, 27, 28, 33, 90].map(near), [25, 25, 30, 35, 35].map(Some));
        assert_eq!(stopped_at(&[24, 26]).stop_near(25).map(|stop| stop.years), Some(24));
        assert_eq!(stopped_at(&[]).stop_near(50), None);
    }

    #[test]
    fn files_of_stops_are_files_of_the_sample() {
        let sample = stopped_at(&[20, 25]);
        let roles: Vec<&str> = sample.roles().map(String::as_str).skip(4).collect();
        assert_eq!(roles, ["sample/x/20", "sample/x/25", "sample/x/25/truth"]);
        let text = serde_json::to_string(&sample).unwrap();
        assert_eq!(serde_json::from_str::<Sample>(&text).unwrap(), sample);
        assert!(!serde_json::to_string(&stopped_at(&[])).unwrap().contains("stops"));
    }
}
