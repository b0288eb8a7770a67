//! How well difference maps agree with the plain group difference, with the sampling uncertainty over people.
//!
//! Both maps are weighted sums of single people's maps, so their correlation follows from the covariances of those maps
//! alone: they are computed once, and each bootstrap resample of people then needs no pass over voxels.
//!
//! Mean map and plain difference come from the same people, and share their random deviations. A translation that makes
//! all people alike therefore agrees best of all: the deviations are in the map and in the difference. This is not so
//! for the difference computed from *others*: see [`Agreement::WithOthers`].

use crate::cohort::Group;
use crate::measures::measured::{Measured, PersonMaps};
use crate::random::random_of;
use crate::statistics::{Interval, Z_95, mean_sd};
use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use shared::explain::Direction;

/// Smallest number of people in each half of a group.
const LEAST_IN_HALF: usize = 2;

/// The reference that mean maps are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// The plain difference of the evaluated groups.
    Plain,
    /// The same, but each person's map is compared with the group difference computed from all other people: in the
    /// product of mean map and mean original, products of one person's map with the same person's original are left out
    /// (as in a U-statistic, Hoeffding 1948).
    WithOthers,
}

/// Covariances over the voxels of the mask, of n originals (first) and n difference maps of the same people.
pub struct Covariances {
    /// Row-major, 2n × 2n, unnormalised.
    values: Vec<f64>,
    side: usize,
    young: Vec<usize>,
    old: Vec<usize>,
}

impl Covariances {
    /// `None` if no maps of single people were kept.
    pub fn new(measured: &Measured) -> Option<Self> {
        if measured.people.is_empty() || measured.people.len() != measured.subjects.len() {
            return None;
        }
        let in_group = |group: Group| -> Vec<usize> {
            (0..measured.subjects.len()).filter(|&person| measured.subjects[person].group == group).collect()
        };
        Some(Self::of_people(&measured.people, &measured.mask, in_group(Group::Young), in_group(Group::Old)))
    }

    /// `young` and `old` are indices in `people`.
    pub fn of_people(people: &[PersonMaps], mask: &[bool], young: Vec<usize>, old: Vec<usize>) -> Self {
        let originals = people.iter().map(|person| centred(&person.original, mask));
        let maps: Vec<Vec<f32>> =
            originals.chain(people.iter().map(|person| centred(&person.difference, mask))).collect();
        let side = maps.len();
        let triangle: Vec<Vec<f64>> = (0..side)
            .into_par_iter()
            .map(|row| (0..=row).map(|column| dot(&maps[row], &maps[column])).collect())
            .collect();
        let mut values = vec![0.0; side * side];
        for (row, found) in triangle.into_iter().enumerate() {
            for (column, value) in found.into_iter().enumerate() {
                values[row * side + column] = value;
                values[column * side + row] = value;
            }
        }
        Covariances { values, side, young, old }
    }

    /// Correlation of two weighted sums of maps; `None` where one is constant.
    fn correlation(&self, a: &[Weight], b: &[Weight]) -> Option<f64> {
        let (aa, bb) = (self.product(a, a), self.product(b, b));
        let coefficient = self.product(a, b) / (aa * bb).sqrt();
        (aa > 0.0 && bb > 0.0 && coefficient.is_finite()).then(|| coefficient.clamp(-1.0, 1.0))
    }

    /// Mean of the old minus mean of the young, times `sign`.
    fn group_difference(&self, young: &[usize], old: &[usize], sign: f64) -> Vec<Weight> {
        let mut weights = mean_of(old, sign);
        weights.extend(mean_of(young, -sign));
        weights
    }

    /// Agreement of a direction's mean difference map, for these people.
    fn map_ncc(&self, of: Agreement, direction: Direction, young: &[usize], old: &[usize]) -> Option<f64> {
        let (translated, target) = match direction {
            Direction::YoungToOld => (young, old),
            Direction::OldToYoung => (old, young),
        };
        let people = self.side / 2;
        let originals = mean_of(translated, 1.0);
        let maps: Vec<Weight> = originals.iter().map(|&(person, weight)| (person + people, weight)).collect();
        let target = mean_of(target, 1.0);
        let with_own = self.product(&maps, &originals);
        let with_originals = match of {
            Agreement::Plain => with_own,
            Agreement::WithOthers => {
                let own = originals.iter().map(|&(person, weight)| (person, weight * weight));
                let (sum, share) = own.fold((0.0, 0.0), |(sum, share), (person, weight)| {
                    (sum + weight * self.values[(person + people) * self.side + person], share + weight)
                });
                (with_own - sum) / (1.0 - share)
            }
        };
        let difference: Vec<Weight> =
            target.iter().copied().chain(originals.iter().map(|&(person, weight)| (person, -weight))).collect();
        let along = self.product(&maps, &target) - with_originals;
        let lengths = (self.product(&maps, &maps) * self.product(&difference, &difference)).sqrt();
        let coefficient = along / lengths;
        (lengths > 0.0 && coefficient.is_finite()).then(|| coefficient.clamp(-1.0, 1.0))
    }

    /// Agreement of a direction's mean difference map, over all evaluated people.
    pub fn agreement(&self, of: Agreement, direction: Direction) -> Option<f64> {
        self.map_ncc(of, direction, &self.young, &self.old)
    }

    fn product(&self, a: &[Weight], b: &[Weight]) -> f64 {
        a.iter()
            .map(|&(row, x)| b.iter().map(|&(column, y)| x * y * self.values[row * self.side + column]).sum::<f64>())
            .sum()
    }

    /// Bootstrap resample: people of both groups, drawn with replacement, each group separately.
    fn draws(&self, resamples: usize, seed: u64) -> Vec<(Vec<usize>, Vec<usize>)> {
        let mut random = random_of(seed, 0);
        let mut drawn = |group: &[usize]| -> Vec<usize> {
            (0..group.len()).map(|_| group[random.random_range(0..group.len())]).collect()
        };
        (0..resamples).map(|_| (drawn(&self.young), drawn(&self.old))).collect()
    }

    /// Bootstrap 95 % interval of [`Covariances::agreement`]: young and old people are drawn with replacement, each
    /// group separately, and both maps are recomputed from those drawn. `None` for fewer than two people in a group.
    ///
    /// The spread is taken on Fisher's z scale and centred on the observed value. Quantiles of the resamples would be
    /// too low: people drawn twice make both maps noisier.
    pub fn map_ncc_interval(
        &self,
        of: Agreement,
        direction: Direction,
        resamples: usize,
        seed: u64,
    ) -> Option<Interval> {
        /// Keeps a perfect correlation finite.
        const LARGEST: f64 = 1.0 - 1e-12;
        if self.young.len() < 2 || self.old.len() < 2 {
            return None;
        }
        let fisher_z = |ncc: f64| ncc.clamp(-LARGEST, LARGEST).atanh();
        let found = fisher_z(self.map_ncc(of, direction, &self.young, &self.old)?);
        let draws = self.draws(resamples, seed);
        let values: Vec<f64> =
            draws.par_iter().filter_map(|(young, old)| self.map_ncc(of, direction, young, old).map(fisher_z)).collect();
        let spread = mean_sd(&values)?.sd?;
        (values.len() * 2 >= resamples).then(|| [(found - Z_95 * spread).tanh(), (found + Z_95 * spread).tanh()])
    }

    /// Bootstrap 95 % interval of how far [`Covariances::agreement`] of these maps lies above that of `other` maps of
    /// the same people, both on the same resamples, centred on the observed difference. `None` for fewer than two
    /// people in a group.
    pub fn lead_interval(
        &self,
        other: &Covariances,
        of: Agreement,
        direction: Direction,
        resamples: usize,
        seed: u64,
    ) -> Option<Interval> {
        if self.young.len() < 2 || self.old.len() < 2 {
            return None;
        }
        let lead = |young: &[usize], old: &[usize]| {
            Some(self.map_ncc(of, direction, young, old)? - other.map_ncc(of, direction, young, old)?)
        };
        let found = lead(&self.young, &self.old)?;
        let draws = self.draws(resamples, seed);
        let values: Vec<f64> = draws.par_iter().filter_map(|(young, old)| lead(young, old)).collect();
        let spread = mean_sd(&values)?.sd?;
        (values.len() * 2 >= resamples).then_some([found - Z_95 * spread, found + Z_95 * spread])
    }

    /// Mean correlation of the plain group differences of two random halves of the people, over `splits` divisions.
    /// `None` for fewer than four people in a group.
    pub fn split_half(&self, splits: usize, seed: u64) -> Option<f64> {
        let (young, old) = (self.young.len() / 2, self.old.len() / 2);
        if young < LEAST_IN_HALF || old < LEAST_IN_HALF {
            return None;
        }
        let mut random = random_of(seed, 0);
        let mut mixed = (self.young.clone(), self.old.clone());
        let mut values = Vec::with_capacity(splits);
        for _ in 0..splits {
            mixed.0.shuffle(&mut random);
            mixed.1.shuffle(&mut random);
            // Of an odd number one stays out, so that the halves are equal.
            let first = self.group_difference(&mixed.0[..young], &mixed.1[..old], 1.0);
            let second = self.group_difference(&mixed.0[young..2 * young], &mixed.1[old..2 * old], 1.0);
            values.extend(self.correlation(&first, &second));
        }
        mean_sd(&values).map(|summary| summary.mean)
    }
}

/// Index of a map and its weight in a sum.
type Weight = (usize, f64);

fn mean_of(maps: &[usize], sign: f64) -> Vec<Weight> {
    let mut sorted = maps.to_vec();
    sorted.sort_unstable();
    // People drawn twice count twice.
    sorted.chunk_by(|a, b| a == b).map(|same| (same[0], sign * same.len() as f64 / maps.len() as f64)).collect()
}

/// The correlation expected for samples twice as large as the halves (Spearman 1910, Brown 1910).
pub fn spearman_brown(half: f64) -> f64 {
    2.0 * half / (1.0 + half)
}

/// Values inside the mask, less their mean.
fn centred(map: &[f32], mask: &[bool]) -> Vec<f32> {
    let inside: Vec<f32> = map.iter().zip(mask).filter(|(_, inside)| **inside).map(|(&value, _)| value).collect();
    let mean = inside.iter().map(|&value| f64::from(value)).sum::<f64>() / inside.len().max(1) as f64;
    inside.into_iter().map(|value| (f64::from(value) - mean) as f32).collect()
}

/// Eight partial sums, which the CPU adds in parallel.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0f64; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 =
        a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    rest + sums.iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::explain::ncc_in_mask;
    const VOXELS: usize = 203;

    /// The first half young, the second old; the old lack something that the translation partly predicts.
    fn people(count: usize, noise: f32) -> Vec<PersonMaps> {
        let mut random = random_of(5, 0);
        let effect: Vec<f32> = (0..VOXELS).map(|voxel| (voxel as f32 * 0.1).sin()).collect();
        (0..count)
            .map(|person| {
                let (age, sign): (f32, f32) = if person < count / 2 { (0.0, 1.0) } else { (1.0, -1.0) };
                let mut draw = |size: f32| (random.random_range(0.0f32..2.0) - 1.0) * size;
                PersonMaps {
                    original: effect.iter().map(|effect| age * effect + draw(noise)).collect(),
                    difference: effect.iter().map(|effect| sign * effect + draw(noise)).collect(),
                    as_equal: None,
                }
            })
            .collect()
    }

    fn covariances(people: &[PersonMaps], mask: &[bool]) -> Covariances {
        let half = people.len() / 2;
        Covariances::of_people(people, mask, (0..half).collect(), (half..people.len()).collect())
    }

    fn mean(maps: &[&[f32]]) -> Vec<f32> {
        (0..VOXELS).map(|voxel| maps.iter().map(|map| map[voxel]).sum::<f32>() / maps.len() as f32).collect()
    }

    #[test]
    fn equals_the_correlation_of_the_maps_themselves() {
        let people = people(9, 1.0);
        let mask: Vec<bool> = (0..VOXELS).map(|voxel| voxel % 5 != 0).collect();
        let found = covariances(&people, &mask);
        let originals: Vec<&[f32]> = people.iter().map(|person| person.original.as_slice()).collect();
        let differences: Vec<&[f32]> = people.iter().map(|person| person.difference.as_slice()).collect();
        let (young, old) = (mean(&originals[..4]), mean(&originals[4..]));
        let plain: Vec<f32> = young.iter().zip(&old).map(|(young, old)| young - old).collect();
        let direct = ncc_in_mask(&mean(&differences[4..]), &plain, &mask).unwrap();
        let quick = found.agreement(Agreement::Plain, Direction::OldToYoung).unwrap();
        assert!((direct - quick).abs() < 1e-5, "{direct} {quick}");
    }

    #[test]
    fn the_interval_holds_the_value_and_narrows_with_less_noise() {
        let width = |noise: f32| {
            let found = covariances(&people(20, noise), &[true; VOXELS]);
            let value = found.agreement(Agreement::Plain, Direction::YoungToOld).unwrap();
            let [low, high] = found.map_ncc_interval(Agreement::Plain, Direction::YoungToOld, 300, 1).unwrap();
            assert!(low < value && value < high && value > 0.5, "{low} {value} {high}");
            assert_eq!(found.map_ncc_interval(Agreement::Plain, Direction::YoungToOld, 300, 1), Some([low, high]));
            high - low
        };
        assert!(width(0.2) < width(2.0));
    }

    #[test]
    fn making_all_alike_agrees_with_the_own_chance_but_not_with_that_of_others() {
        // The groups do not differ at all; everybody becomes the same map.
        let mut all = people(40, 1.0);
        let mut random = random_of(8, 0);
        for person in &mut all {
            person.original = (0..VOXELS).map(|_| random.random_range(0.0f32..1.0)).collect();
            person.difference = person.original.iter().map(|value| 0.5 - value).collect();
        }
        let found = covariances(&all, &[true; VOXELS]);
        let [plain, others] =
            [Agreement::Plain, Agreement::WithOthers].map(|of| found.agreement(of, Direction::YoungToOld).unwrap());
        assert!(plain > 0.6 && others.abs() < 0.2, "{plain} {others}");
        // Where the groups do differ, both see it.
        let effect = covariances(&people(40, 0.3), &[true; VOXELS]);
        assert!(effect.agreement(Agreement::WithOthers, Direction::OldToYoung).unwrap() > 0.9);
    }

    #[test]
    fn halves_agree_on_an_effect_and_not_on_noise() {
        let clean = covariances(&people(16, 0.1), &[true; VOXELS]).split_half(50, 1).unwrap();
        assert!(clean > 0.95, "{clean}");
        let mut noise = people(16, 1.0);
        let mut random = random_of(6, 0);
        noise
            .iter_mut()
            .flat_map(|person| &mut person.original)
            .for_each(|value| *value = random.random_range(0.0f32..1.0));
        let noisy = covariances(&noise, &[true; VOXELS]).split_half(50, 1).unwrap();
        assert!(noisy.abs() < 0.2, "{noisy}");
        assert_eq!(covariances(&people(6, 0.1), &[true; VOXELS]).split_half(50, 1), None);
        assert!((spearman_brown(0.6) - 0.75).abs() < 1e-12);
    }
}
