//! How ageing goes on with the years: evenly, or faster and faster as in life.

use serde::Serialize;

/// Age in years at which atrophy begins; before it nothing is lost.
pub(super) const ONSET_YEARS: f64 = 30.0;

/// Growth of the ventricles a year, of their volume at onset: slope at 50 years, 291 IXI participants (DLMUSE).
pub(super) const VENTRICLE_GROWTH_PER_YEAR: f64 = 0.034;

/// Grey matter and ventricles as shares of their volume at 40 years, by age: medians of cognitively normal people, over the
/// intracranial volume (DLMUSE; NiChart reference centiles).
const BY_AGE: [(f64, f64, f64); 6] = [
    (40.0, 1.0, 1.0),
    (50.0, 0.973, 1.105),
    (60.0, 0.948, 1.354),
    (70.0, 0.914, 1.901),
    (80.0, 0.878, 2.623),
    (90.0, 0.85, 3.47),
];

/// At this age both courses have taken the same from the cortex.
const SAME_AT_YEARS: f64 = 70.0;

/// Men age faster than women by this factor up and down, where ageing is as in life (ours).
const SEXES: f64 = 1.1;

/// How ageing goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Course {
    /// The same loss each year from 30 years on.
    #[default]
    Linear,
    /// As DLMUSE's volumes change with age: loss accelerates, most of all in the ventricles, and comes earlier in men.
    Bent,
}

impl Course {
    /// Years of cortical loss at the published yearly rates, and the volume of the ventricles over that at onset, after `years`
    /// of ageing (years since onset times the pace).
    pub(super) fn after(self, years: f64) -> (f64, f64) {
        match self {
            Course::Linear => (years, 1.0 + years * VENTRICLE_GROWTH_PER_YEAR),
            Course::Bent => {
                let at = |age_years: f64| {
                    let [grey, ventricles] = volumes_at(age_years);
                    let [first_grey, first_ventricles] = volumes_at(ONSET_YEARS);
                    (1.0 - grey / first_grey, ventricles / first_ventricles)
                };
                let (lost, ventricles) = at(ONSET_YEARS + years);
                (lost / at(SAME_AT_YEARS).0 * (SAME_AT_YEARS - ONSET_YEARS), ventricles)
            }
        }
    }

    /// Factor on the pace of ageing.
    pub(super) fn pace_of(self, sex: &str) -> f64 {
        match (self, sex) {
            (Course::Linear, _) => 1.0,
            (Course::Bent, "M") => SEXES,
            (Course::Bent, _) => 1.0 / SEXES,
        }
    }
}

/// Grey matter and ventricles, linear between the table's ages and beyond its ends.
fn volumes_at(age_years: f64) -> [f64; 2] {
    let above = BY_AGE.iter().position(|row| age_years < row.0).unwrap_or(BY_AGE.len() - 1).max(1);
    let (low, high) = (BY_AGE[above - 1], BY_AGE[above]);
    let part = (age_years - low.0) / (high.0 - low.0);
    [low.1 + part * (high.1 - low.1), low.2 + part * (high.2 - low.2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_begin_with_nothing_and_agree_on_the_cortex_at_seventy() {
        for course in [Course::Linear, Course::Bent] {
            let (lost, ventricles) = course.after(0.0);
            assert!(lost.abs() < 1e-12 && (ventricles - 1.0).abs() < 1e-12);
            assert!((course.after(40.0).0 - 40.0).abs() < 1e-9);
            let steps: Vec<(f64, f64)> = (0..10).map(|decade| course.after(10.0 * f64::from(decade))).collect();
            assert!(steps.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        }
    }

    #[test]
    fn as_in_life_ventricles_grow_faster_and_faster() {
        let growth = |from: f64| Course::Bent.after(from + 10.0).1 / Course::Bent.after(from).1;
        // 1.354 / 1.105 from 50 to 60 years, 1.901 / 1.354 from 60 to 70.
        assert!((growth(20.0) - 1.354 / 1.105).abs() < 1e-9 && (growth(30.0) - 1.901 / 1.354).abs() < 1e-9);
        assert!(Course::Bent.pace_of("M") > 1.0 && Course::Bent.pace_of("F") < 1.0);
        assert!((Course::Linear.pace_of("M") - 1.0).abs() < 1e-12);
    }
}
