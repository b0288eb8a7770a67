//! Do translations behave as counterfactuals must (Monteiro et al. 2023, arXiv:2303.01274)? Errors of paths that should
//! end in the same image, relative to the change itself: 0 is perfect.
//!
//! Ratios are ratios of means over people: for somebody who hardly changes, a ratio of their own says nothing.

use crate::measures::measured::{Measured, SubjectResult};
use crate::measures::per_direction::PerDirection;
use crate::statistics::Estimate;
use serde::Serialize;
use shared::explain::Direction;

/// Of the people translated in each direction. `None` if undefined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Soundness {
    /// In two steps against directly: mean |by way of the age halfway − directly|, relative to the mean |change| of the
    /// direct translation. Target ages are those of people in the other group; the second step begins at the halfway
    /// age by the dial, which is not estimated anew. Absent if the models have no age dial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub composition: Option<PerDirection<Option<Estimate>>>,
    /// Null intervention: mean |change| by a translation to the person's own estimated age, relative to the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub null_intervention: Option<PerDirection<Option<Estimate>>>,
    /// There and back by the same amount against the original: mean |error| relative to the mean |change| into the
    /// other group.
    pub reversibility: PerDirection<Option<Estimate>>,
}

impl Soundness {
    pub fn of(measured: &Measured) -> Self {
        type Pair = fn(&SubjectResult) -> Option<(f64, f64)>;
        let subjects = &measured.subjects;
        let of = |pair: Pair| {
            PerDirection::from_fn(|direction: Direction| {
                let members = subjects.iter().filter(|subject| subject.direction == direction);
                relative(&members.filter_map(pair).collect::<Vec<_>>())
            })
        };
        let has_dial = subjects.iter().any(|subject| subject.dial_change.is_some());
        let with_dial = |pair: Pair| has_dial.then(|| of(pair));
        Soundness {
            composition: with_dial(|subject| subject.composition_error.zip(subject.dial_change)),
            null_intervention: with_dial(|subject| subject.null_error.zip(subject.dial_change)),
            reversibility: of(|subject| Some((subject.cycle_error, subject.mean_absolute_change))),
        }
    }
}

/// Mean of the first numbers relative to the mean of the second; `None` if nothing changes.
fn relative(people: &[(f64, f64)]) -> Option<Estimate> {
    Estimate::of(people, |people| {
        let error: f64 = people.iter().map(|(error, _)| error).sum();
        let change: f64 = people.iter().map(|(_, change)| change).sum();
        (change > 0.0).then(|| error / change)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Group;

    fn measured(subjects: Vec<SubjectResult>) -> Measured {
        Measured { subjects, maps: Vec::new(), mask: Vec::new(), people: Vec::new(), regional: None }
    }

    #[test]
    fn errors_are_relative_to_the_mean_change() {
        let person = |composition_error: f64, dial_change: f64| SubjectResult {
            composition_error: Some(composition_error),
            dial_change: Some(dial_change),
            null_error: Some(0.0),
            cycle_error: 0.01,
            mean_absolute_change: 0.04,
            ..SubjectResult::example("sub-1", Group::Young, Direction::YoungToOld)
        };
        // The second hardly changes: a mean of ratios would be 0.55, that of all is 0.011 / 0.101.
        let found = Soundness::of(&measured(vec![person(0.01, 0.1), person(0.001, 0.001)]));
        let there = |pair: PerDirection<Option<Estimate>>| pair.young_to_old.unwrap().value;
        let composition = found.composition.unwrap();
        assert!((there(composition) - 0.011 / 0.101).abs() < 1e-12);
        assert!(composition.young_to_old.unwrap().interval.is_some() && composition.old_to_young.is_none());
        assert_eq!(there(found.null_intervention.unwrap()), 0.0);
        assert!((there(found.reversibility) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn models_without_a_dial_have_the_way_back_only() {
        let found = Soundness::of(&measured(vec![SubjectResult::example("sub-1", Group::Old, Direction::OldToYoung)]));
        assert!(found.composition.is_none() && found.null_intervention.is_none());
        assert!((found.reversibility.old_to_young.unwrap().value - 0.25).abs() < 1e-12);
        assert_eq!(Soundness::of(&measured(Vec::new())).reversibility.old_to_young, None);
        assert_eq!(relative(&[(0.0, 0.0)]), None);
    }
}
