//! How much the judge repeats the classifier: correlation over people of their log-odds of "old".
//!
//! Both learned from the same people. If they also err together, a translation that convinces both is no second proof.

use crate::measures::measured::{Measured, SubjectResult};
use crate::statistics::{Estimate, mean_sd};
use serde::Serialize;
use shared::explain::{Direction, ncc_in_mask};

/// Keeps log-odds finite: probabilities are in single precision.
const LEAST_PROBABILITY: f64 = 1e-7;

/// Of held-out people and of their translations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SecondOpinion {
    pub originals: Correlation,
    pub translations: Correlation,
}

/// Pearson's r with its bootstrap interval over people; `None` if undefined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Correlation {
    /// Over all people. Both tell young from old, which alone makes it high.
    pub all: Option<Estimate>,
    /// The same less the mean of each group: do they rank people of one group alike?
    pub within_groups: Option<Estimate>,
}

impl SecondOpinion {
    /// `None` if there is no judge.
    pub fn of(measured: &Measured) -> Option<Self> {
        type Verdicts = fn(&SubjectResult) -> Option<(f32, f32)>;
        let of = |verdicts: Verdicts| -> Option<Correlation> {
            let person = |subject: &SubjectResult| {
                let (classifier, judge) = verdicts(subject)?;
                Some(Person { direction: subject.direction, log_odds: [classifier, judge].map(log_odds) })
            };
            Some(Correlation::of(&measured.subjects.iter().map(person).collect::<Option<Vec<_>>>()?))
        };
        Some(SecondOpinion {
            originals: of(|subject| Some((subject.probability_old_before, subject.judge_before?)))?,
            translations: of(|subject| Some((subject.probability_old_after, subject.judge_after?)))?,
        })
    }
}

#[derive(Clone, Copy)]
struct Person {
    direction: Direction,
    /// Of the classifier and of the judge.
    log_odds: [f64; 2],
}

impl Correlation {
    fn of(people: &[Person]) -> Self {
        Correlation { all: Estimate::of(people, pearson), within_groups: Estimate::of(people, within_groups) }
    }
}

fn within_groups(people: &[Person]) -> Option<f64> {
    let mut centred = Vec::with_capacity(people.len());
    for direction in [Direction::YoungToOld, Direction::OldToYoung] {
        let members: Vec<&Person> = people.iter().filter(|person| person.direction == direction).collect();
        let mean =
            [0, 1].map(|which| mean_sd(&members.iter().map(|person| person.log_odds[which]).collect::<Vec<_>>()));
        let [Some(classifier), Some(judge)] = mean else { continue };
        let less = |person: &Person| Person {
            direction,
            log_odds: [person.log_odds[0] - classifier.mean, person.log_odds[1] - judge.mean],
        };
        centred.extend(members.into_iter().map(less));
    }
    pearson(&centred)
}

fn pearson(people: &[Person]) -> Option<f64> {
    let of = |which: usize| people.iter().map(|person| person.log_odds[which] as f32).collect::<Vec<f32>>();
    ncc_in_mask(&of(0), &of(1), &vec![true; people.len()])
}

fn log_odds(probability: f32) -> f64 {
    let probability = f64::from(probability).clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY);
    (probability / (1.0 - probability)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Group;

    fn probability(log_odds: f32) -> f32 {
        1.0 / (1.0 + (-log_odds).exp())
    }

    /// Five young and five old people; what `judge` says of a person whom the classifier gives these log-odds.
    fn opinion(judge: impl Fn(usize, f32) -> f32) -> SecondOpinion {
        let person = |place: usize| {
            let (group, direction, base) = if place < 5 {
                (Group::Young, Direction::YoungToOld, -3.0)
            } else {
                (Group::Old, Direction::OldToYoung, 3.0)
            };
            let told = base + 0.3 * (place % 5) as f32;
            SubjectResult {
                probability_old_before: probability(told),
                judge_before: Some(probability(judge(place, told))),
                probability_old_after: probability(-told),
                judge_after: Some(probability(-judge(place, told))),
                ..SubjectResult::example("sub-1", group, direction)
            }
        };
        let subjects = (0..10).map(person).collect();
        SecondOpinion::of(&Measured {
            subjects,
            maps: Vec::new(),
            mask: Vec::new(),
            people: Vec::new(),
            regional: None,
        })
        .unwrap()
    }

    #[test]
    fn a_judge_that_repeats_is_told_from_one_that_only_knows_the_groups() {
        let value = |found: Option<Estimate>| found.unwrap().value;
        let same = opinion(|_, told| 2.0 * told);
        assert!(value(same.originals.all) > 0.999 && value(same.originals.within_groups) > 0.999);
        assert!(value(same.translations.all) > 0.999, "{same:?}");
        // The same groups, but the reverse order within each.
        let reverse = opinion(|_, told| if told < 0.0 { -6.0 - told } else { 6.0 - told });
        assert!(value(reverse.originals.all) > 0.9 && value(reverse.originals.within_groups) < -0.999, "{reverse:?}");
    }

    #[test]
    fn certainty_is_finite_and_without_a_judge_there_is_nothing() {
        assert!(log_odds(1.0).is_finite() && log_odds(0.0).is_finite());
        let subjects = vec![SubjectResult::example("sub-1", Group::Young, Direction::YoungToOld)];
        let measured = Measured { subjects, maps: Vec::new(), mask: Vec::new(), people: Vec::new(), regional: None };
        assert_eq!(SecondOpinion::of(&measured), None);
    }
}
