//! Accuracy of the estimated ages: error in years, and coverage of the intervals.

use crate::measures::measured::Measured;
use crate::statistics::Estimate;
use crate::statistics::curves::line;
use serde::{Deserialize, Serialize};

/// Of people whose age is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgesTold {
    pub people: usize,
    /// Mean |estimated age − age|, years.
    pub mean_absolute_error_years: Estimate,
    /// Coverage: share of people whose age lies within their interval; nominal 0.90.
    pub within_interval: Estimate,
    /// Half of the interval's width, years.
    pub interval_years: f64,
    /// Slope: years by which the estimate grows per year of age; 1 means no regression to the mean.
    pub slope: f64,
    /// Mean |mean age − age|, years: the error of always guessing the mean age.
    pub always_the_mean_years: f64,
}

impl AgesTold {
    /// `None` if the models estimate no age, or nobody's is known.
    pub fn of(measured: &Measured) -> Option<Self> {
        let known = measured
            .subjects
            .iter()
            .filter_map(|subject| Some((subject.age_years?, subject.age_told_years?, subject.age_interval_years?)));
        AgesTold::of_people(&known.collect::<Vec<_>>())
    }

    /// From each person's age, estimated age, and its interval; `None` for nobody.
    pub fn of_people(people: &[(f64, f64, f64)]) -> Option<Self> {
        let (ages, told): (Vec<f64>, Vec<f64>) = people.iter().map(|(age, told, _)| (*age, *told)).unzip();
        let errors: Vec<f64> = people.iter().map(|(age, told, _)| (told - age).abs()).collect();
        let within = people.iter().filter(|(age, told, interval)| (told - age).abs() <= *interval).count();
        let count = people.len() as f64;
        let mean_age = ages.iter().sum::<f64>() / count;
        Some(AgesTold {
            people: people.len(),
            mean_absolute_error_years: Estimate::mean_of(&errors)?,
            within_interval: Estimate::share_of(within, people.len())?,
            interval_years: people.first()?.2,
            slope: line(&ages, &told, &vec![1.0; people.len()])[0],
            always_the_mean_years: ages.iter().map(|age| (age - mean_age).abs()).sum::<f64>() / count,
        })
    }

    /// For the terminal.
    pub fn in_words(&self) -> String {
        format!(
            "age estimated to within {:.1} years on average{} (guessing the mean age: {:.1}); {:.2} of ages{} lie within their interval of \
             ±{:.0} years (nominal: 0.90); the estimate grows by {:.2} years per year",
            self.mean_absolute_error_years.value,
            self.mean_absolute_error_years.in_brackets(),
            self.always_the_mean_years,
            self.within_interval.value,
            self.within_interval.in_brackets(),
            self.interval_years,
            self.slope
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Group;
    use crate::measures::measured::SubjectResult;
    use shared::explain::Direction;

    #[test]
    fn errors_and_intervals_are_counted_over_those_whose_age_is_known() {
        let person = |age: Option<f64>, told: f64| SubjectResult {
            age_years: age,
            age_told_years: Some(told),
            age_interval_years: Some(10.0),
            ..SubjectResult::example("sub-1", Group::Young, Direction::YoungToOld)
        };
        let subjects =
            vec![person(Some(20.0), 26.0), person(Some(40.0), 40.0), person(Some(60.0), 48.0), person(None, 1.0)];
        let measured = Measured { subjects, maps: Vec::new(), mask: Vec::new(), people: Vec::new(), regional: None };
        let found = AgesTold::of(&measured).unwrap();
        assert_eq!((found.people, found.mean_absolute_error_years.value), (3, 6.0));
        assert!((found.within_interval.value - 2.0 / 3.0).abs() < 1e-12);
        assert!((found.slope - 0.55).abs() < 1e-12 && (found.always_the_mean_years - 40.0 / 3.0).abs() < 1e-12);
        let nobody = Measured { subjects: vec![person(None, 1.0)], ..measured };
        assert_eq!(AgesTold::of(&nobody), None);
    }
}
