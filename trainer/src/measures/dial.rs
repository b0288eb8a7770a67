//! Accuracy of the age dial on phantoms: does a person translated to an age look like the same phantom at that age?

use crate::statistics::Estimate;
use crate::statistics::curves::line;
use serde::Serialize;
use shared::explain::{mean_absolute_in_mask, ncc_in_mask};

/// Target ages closer to the own age than this have too little change for a comparison of its shape, years.
pub const FAR_YEARS: f64 = 20.0;

/// A voxel changes where its values at all ages differ by more than this, grey-matter density.
const CHANGES: f32 = 0.01;

/// Differences of values up to this are the device's rounding, grey-matter density.
const ROUNDING: f32 = 1e-5;

/// A person translated to one age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turned {
    pub target_years: f64,
    /// Correlation of the predicted with the true change inside the mask; `None` if one of them is zero.
    pub agreement: Option<f64>,
    /// Mean |change|, predicted and true; negative towards younger ages.
    pub drawn: f64,
    pub truth: f64,
}

/// A person translated to all ages.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonTurned {
    pub own_years: f64,
    pub ages: Vec<Turned>,
    /// Share of the changing voxels that change in one direction only with age.
    pub one_way: Option<f64>,
}

/// A change of a map, x fastest, at an age.
#[derive(Clone, Debug)]
pub struct ChangeAt {
    pub years: f64,
    pub change: Vec<f32>,
}

/// Of all people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DialNumbers {
    pub people: usize,
    /// By target age, of those whose own age is at least [`FAR_YEARS`] away.
    pub agreement: Vec<AgreementAt>,
    /// Predicted amount per true amount, over people and ages: 1 is correct, 0 is a dial that does nothing.
    pub slope: Option<Estimate>,
    /// Share of voxels that change in one direction only, mean over people.
    pub one_way: Option<Estimate>,
}

/// At one target age.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgreementAt {
    pub target_years: f64,
    pub people: usize,
    /// Mean correlation of the predicted with the true change.
    pub ncc: Estimate,
}

impl PersonTurned {
    /// `drawn` (predicted) and `truths` are changes from the own map at the same ages, in ascending order;
    /// `looks_years` is the estimated age, at which the models change nothing.
    pub fn of(own_years: f64, looks_years: f64, drawn: &[ChangeAt], truths: &[ChangeAt], mask: &[bool]) -> Self {
        let signed = |change: &ChangeAt, zero_years: f64| {
            mean_absolute_in_mask(&change.change, mask).unwrap_or(0.0) * (change.years - zero_years).signum()
        };
        let ages = drawn.iter().zip(truths).map(|(drawn, truth)| Turned {
            target_years: truth.years,
            agreement: ncc_in_mask(&drawn.change, &truth.change, mask),
            drawn: signed(drawn, looks_years),
            truth: signed(truth, own_years),
        });
        PersonTurned { own_years, ages: ages.collect(), one_way: one_way(looks_years, drawn, mask) }
    }
}

/// Share of the changing voxels that change in one direction only, including the age at which nothing changes.
fn one_way(looks_years: f64, drawn: &[ChangeAt], mask: &[bool]) -> Option<f64> {
    let before = drawn.partition_point(|change| change.years < looks_years);
    let (mut changing, mut steady) = (0usize, 0usize);
    for voxel in (0..mask.len()).filter(|&voxel| mask[voxel]) {
        let (earlier, later) = drawn.split_at(before);
        let values = earlier.iter().map(|at| at.change[voxel]);
        let values = values.chain([0.0]).chain(later.iter().map(|at| at.change[voxel]));
        let (mut lowest, mut highest) = (f32::INFINITY, f32::NEG_INFINITY);
        let (mut rises, mut falls, mut last) = (false, false, None);
        for value in values {
            (lowest, highest) = (lowest.min(value), highest.max(value));
            let step = last.map_or(0.0, |last: f32| value - last);
            (rises, falls) = (rises || step > ROUNDING, falls || step < -ROUNDING);
            last = Some(value);
        }
        if highest - lowest > CHANGES {
            changing += 1;
            steady += usize::from(!(rises && falls));
        }
    }
    (changing > 0).then(|| steady as f64 / changing as f64)
}

impl DialNumbers {
    /// `None` for nobody.
    pub fn of(people: &[PersonTurned]) -> Option<Self> {
        let targets: Vec<f64> = people.first()?.ages.iter().map(|at| at.target_years).collect();
        let at = |(place, &target_years): (usize, &f64)| {
            let far = people.iter().filter(|person| (person.own_years - target_years).abs() >= FAR_YEARS);
            let found: Vec<f64> = far.filter_map(|person| person.ages.get(place)?.agreement).collect();
            Some(AgreementAt { target_years, people: found.len(), ncc: Estimate::mean_of(&found)? })
        };
        let slope = |people: &[PersonTurned]| {
            let pairs = people.iter().flat_map(|person| person.ages.iter().map(|at| (at.truth, at.drawn)));
            let (truths, drawn): (Vec<f64>, Vec<f64>) = pairs.unzip();
            let [slope, _] = line(&truths, &drawn, &vec![1.0; truths.len()]);
            slope.is_finite().then_some(slope)
        };
        let one_way: Vec<f64> = people.iter().filter_map(|person| person.one_way).collect();
        Some(DialNumbers {
            people: people.len(),
            agreement: targets.iter().enumerate().filter_map(at).collect(),
            slope: Estimate::of(people, slope),
            one_way: Estimate::mean_of(&one_way),
        })
    }

    /// For the terminal.
    pub fn in_words(&self) -> String {
        let ages: Vec<String> = self
            .agreement
            .iter()
            .map(|at| format!("{} y {:.2}{}", at.target_years, at.ncc.value, at.ncc.in_brackets()))
            .collect();
        let number = |estimate: &Option<Estimate>| {
            estimate.as_ref().map_or_else(|| "not defined".to_owned(), |e| format!("{:.2}{}", e.value, e.in_brackets()))
        };
        format!(
            "age dial, {} phantoms translated to ages at least {FAR_YEARS} years away, agreement with the truth: {}; predicted amount \
             per true amount {}; share of changing voxels that change in one direction only {}",
            self.people,
            ages.join(", "),
            number(&self.slope),
            number(&self.one_way)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [bool; 4] = [true, true, true, false];

    fn at(years: f64, by: f32) -> ChangeAt {
        ChangeAt { years, change: vec![-by, -2.0 * by, 0.5 * by, 9.0] }
    }

    /// Somebody of 45 years whose change grows by 0.01 per year, predicted `times` as strongly.
    fn person(times: f32) -> PersonTurned {
        let years = [25.0, 45.0, 65.0, 85.0];
        let truths: Vec<ChangeAt> = years.iter().map(|&age| at(age, 0.01 * (age - 45.0) as f32)).collect();
        let drawn: Vec<ChangeAt> = years.iter().map(|&age| at(age, times * 0.01 * (age - 45.0) as f32)).collect();
        PersonTurned::of(45.0, 45.0, &drawn, &truths, &MASK)
    }

    #[test]
    fn a_dial_that_is_right_scores_one_everywhere() {
        let found = DialNumbers::of(&[person(1.0), person(1.0)]).unwrap();
        assert_eq!(found.agreement.iter().map(|at| at.target_years).collect::<Vec<_>>(), [25.0, 65.0, 85.0]);
        assert!(found.agreement.iter().all(|at| at.people == 2 && (at.ncc.value - 1.0).abs() < 1e-6));
        assert!((found.slope.unwrap().value - 1.0).abs() < 1e-6);
        assert_eq!(found.one_way.unwrap().value, 1.0);
        assert!(found.in_words().contains("65 y 1.00"));
    }

    #[test]
    fn half_the_change_has_half_the_slope_and_a_wrong_way_a_negative_one() {
        assert!((DialNumbers::of(&[person(0.5)]).unwrap().slope.unwrap().value - 0.5).abs() < 1e-6);
        let wrong = DialNumbers::of(&[person(-1.0)]).unwrap();
        assert!(wrong.agreement.iter().all(|at| at.ncc.value < -0.99));
    }

    #[test]
    fn voxels_that_turn_back_are_counted() {
        // The first voxel falls on both sides of the own age; the others do not change.
        let by = |years: f64, first: f32| ChangeAt { years, change: vec![first, 0.0, 0.2 * first.signum(), 0.0] };
        let drawn = [by(25.0, -0.1), by(65.0, -0.1)];
        let found = PersonTurned::of(45.0, 45.0, &drawn, &drawn, &MASK);
        assert_eq!(found.one_way, Some(0.0));
        assert_eq!(person(1.0).one_way, Some(1.0));
        assert_eq!(DialNumbers::of(&[]), None);
    }
}
