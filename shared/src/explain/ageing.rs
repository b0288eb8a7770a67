//! How old a map looks, in years, and how far ageing has come at each age: the scale of the age dial.
//!
//! The age is a weighted sum of mean densities of small cells, corrected for regression to the mean (de Lange and Cole, NeuroImage:
//! Clinical 2020;26:102229): among people of one age it is right on average, except at the ends of the ages learned from. Its
//! interval comes from the answers for people left out of the fit (the jackknife; Barber et al. 2021, doi:10.1214/20-AOS1965). A
//! translation changes an image by as much as ageing comes further from the age that the image looks to the age asked for:
//! nothing where both are the same.

use super::{Direction, cell_means};
use crate::volume::Volume;
use serde::{Deserialize, Serialize};

/// More than this many times the change from the young to the old is never asked for.
pub const MOST_CHANGE: f64 = 3.0;

/// What was learned of people's ages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ageing {
    /// Voxels of a cell along x, y, z; the last ones may hold fewer.
    pub cell_voxels: [usize; 3],
    /// Years for each cell's mean density, x fastest.
    pub weights: Vec<f32>,
    /// Years where all cells are empty.
    pub bias_years: f64,
    /// Nine of ten people left out of the fit are at most so far from their estimate.
    pub interval_years: f64,
    /// Mean distance of people left out of the fit from their estimate.
    pub mean_absolute_error_years: f64,
    /// Ages of the curve below, ascending.
    pub ages_years: Vec<f64>,
    /// How far ageing has come at each, never falling: 0 as in the mean of the young learned from, 1 as in that of the old.
    pub progress: Vec<f64>,
}

/// How old a map looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Age {
    pub years: f64,
    /// The true age of nine of ten people lies within so many years of it.
    pub interval_years: f64,
}

/// What a translation leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// The mean of the old, or of the young; who is beyond it stays.
    Group(Direction),
    /// This age, older or younger.
    Years(f64),
}

impl Ageing {
    /// Whether the parts fit each other and a grid of this shape.
    pub fn is_sound(&self, shape: [usize; 3]) -> bool {
        let numbers = [self.bias_years, self.interval_years, self.mean_absolute_error_years];
        !self.cell_voxels.contains(&0)
            && self.weights.len() == (0..3).map(|axis| shape[axis].div_ceil(self.cell_voxels[axis])).product::<usize>()
            && self.ages_years.len() == self.progress.len()
            && self.ages_years.len() >= 2
            && self.ages_years.is_sorted_by(|a, b| a < b)
            && self.progress.is_sorted()
            && self.weights.iter().all(|weight| weight.is_finite())
            && numbers.iter().chain(&self.ages_years).chain(&self.progress).all(|number| number.is_finite())
    }

    /// How old a map on the grid looks, within the ages learned from.
    pub fn look(&self, gm: &Volume) -> Age {
        let means = cell_means(gm, self.cell_voxels);
        let sum: f64 =
            means.iter().zip(&self.weights).map(|(mean, weight)| f64::from(*mean) * f64::from(*weight)).sum();
        Age { years: self.within(sum + self.bias_years), interval_years: self.interval_years }
    }

    /// Youngest and oldest age learned from, years.
    pub fn range_years(&self) -> Option<[f64; 2]> {
        Some([*self.ages_years.first()?, *self.ages_years.last()?])
    }

    /// The nearest age that was learned from.
    pub fn within(&self, years: f64) -> f64 {
        self.range_years().map_or(years, |[youngest, oldest]| years.max(youngest).min(oldest))
    }

    /// How far ageing has come at an age.
    pub fn progress_at(&self, years: f64) -> f64 {
        let years = self.within(years);
        let after = self.ages_years.partition_point(|age| *age < years).clamp(1, self.ages_years.len().max(2) - 1);
        let part = |values: &[f64], index: usize| values.get(index).copied().unwrap_or_default();
        let [from, to] = [after - 1, after].map(|index| part(&self.ages_years, index));
        let [low, high] = [after - 1, after].map(|index| part(&self.progress, index));
        low + (high - low) * (years - from) / (to - from)
    }

    /// Which way an image of this age is changed, and by how many times the change from the young to the old.
    pub fn change(&self, years: f64, target: Target) -> (Direction, f64) {
        let own = self.progress_at(years);
        let (direction, amount) = match target {
            Target::Group(direction @ Direction::YoungToOld) => (direction, 1.0 - own),
            Target::Group(direction @ Direction::OldToYoung) => (direction, own),
            Target::Years(years) => match self.progress_at(years) - own {
                further if further >= 0.0 => (Direction::YoungToOld, further),
                back => (Direction::OldToYoung, -back),
            },
        };
        (direction, amount.clamp(0.0, MOST_CHANGE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Affine;

    fn ageing() -> Ageing {
        Ageing {
            cell_voxels: [2, 2, 1],
            weights: vec![-50.0, -50.0],
            bias_years: 110.0,
            interval_years: 10.0,
            mean_absolute_error_years: 5.0,
            ages_years: vec![20.0, 40.0, 80.0],
            progress: vec![-0.1, 0.1, 1.1],
        }
    }

    fn map(value: f32) -> Volume {
        Volume::new([3, 2, 1], vec![value; 6], Affine::IDENTITY)
    }

    #[test]
    fn less_grey_matter_looks_older_within_the_ages_learned_from() {
        let ageing = ageing();
        assert!(ageing.is_sound([3, 2, 1]) && !ageing.is_sound([4, 4, 1]));
        assert!((ageing.look(&map(0.5)).years - 60.0).abs() < 1e-9);
        assert_eq!(ageing.look(&map(0.0)).years, 80.0);
        assert_eq!(ageing.look(&map(1.0)), Age { years: 20.0, interval_years: 10.0 });
    }

    #[test]
    fn a_change_is_the_way_along_the_curve_and_none_at_the_own_age() {
        let ageing = ageing();
        let close = |(direction, amount): (Direction, f64), expected: Direction, by: f64| {
            assert!(direction == expected && (amount - by).abs() < 1e-9, "{direction:?} {amount}");
        };
        close(ageing.change(30.0, Target::Years(60.0)), Direction::YoungToOld, 0.6);
        close(ageing.change(60.0, Target::Years(30.0)), Direction::OldToYoung, 0.6);
        close(ageing.change(47.0, Target::Years(47.0)), Direction::YoungToOld, 0.0);
        close(ageing.change(30.0, Target::Years(200.0)), Direction::YoungToOld, 1.1);
        close(ageing.change(30.0, Target::Group(Direction::YoungToOld)), Direction::YoungToOld, 1.0);
        // Who is beyond the mean of the old stays.
        close(ageing.change(80.0, Target::Group(Direction::YoungToOld)), Direction::YoungToOld, 0.0);
        close(ageing.change(60.0, Target::Group(Direction::OldToYoung)), Direction::OldToYoung, 0.6);
        assert!((20..=80).map(|age| ageing.progress_at(f64::from(age))).is_sorted());
    }
}
