//! Do two groups differ in many voxels at once? A linear model in each voxel, and permutations that count how often chance alone
//! shows a difference as large anywhere.
//!
//! - Freedman D, Lane D. A nonstochastic interpretation of reported significance levels. J Bus Econ Stat 1983;1:292-298: what the
//!   confounds explain is taken out first, and the rest is permuted.
//! - Winkler AM, Ridgway GR, Webster MA, Smith SM, Nichols TE. Permutation inference for the general linear model. NeuroImage
//!   2014;92:381-397: the method for images.
//! - Nichols TE, Holmes AP. Nonparametric permutation tests for functional neuroimaging. Human Brain Mapping 2002;15:1-25: the largest
//!   value over all voxels keeps the chance of any false finding at the level that is asked for.

use crate::random::random_of;
use rand::seq::SliceRandom;
use rayon::prelude::*;

/// Fewer degrees of freedom say nothing.
const LEAST_DEGREES: usize = 4;

/// Voxels that are worked on together: their values of all people stay near the processor.
const VOXELS_AT_ONCE: usize = 2048;

/// What of a column must be left beside the others, as a share of its own sum of squares.
const LEAST_LEFT: f64 = 1e-6;

/// What the test found.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupTest {
    /// t of each voxel, positive where the second group has more.
    pub t: Vec<f32>,
    /// Probability that chance alone shows as large a difference anywhere, two-sided.
    pub p: Vec<f32>,
    pub degrees_of_freedom: usize,
    /// |t| from which a voxel differs at 5 %.
    pub threshold: f32,
}

/// Compares two groups in each voxel by a linear model with confounds. `people`: values of each person, all of the same length;
/// `in_second`: whether each belongs to the second group; `confounds`: one number a person for each.
///
/// `None` where too few people are left, or where the confounds explain the group wholly.
pub fn compare_groups(
    people: &[&[f32]],
    in_second: &[bool],
    confounds: &[Vec<f64>],
    permutations: usize,
    seed: u64,
) -> Option<GroupTest> {
    let count = people.len();
    let mut basis = vec![vec![1.0; count]];
    orthonormalise(&mut basis[0], &[]);
    for confound in confounds {
        let mut column = confound.clone();
        if orthonormalise(&mut column, &basis) {
            basis.push(column);
        }
    }
    let mut group: Vec<f64> = in_second.iter().map(|second| f64::from(u8::from(*second))).collect();
    if !orthonormalise(&mut group, &basis) {
        return None;
    }
    let degrees_of_freedom = count.checked_sub(basis.len() + 1).filter(|degrees| *degrees >= LEAST_DEGREES)?;
    // The group first.
    let columns: Vec<&[f64]> = std::iter::once(&group).chain(&basis).map(Vec::as_slice).collect();
    let blocks: Vec<Block> = (0..people[0].len())
        .step_by(VOXELS_AT_ONCE)
        .map(|first| Block::of(people, first, VOXELS_AT_ONCE.min(people[0].len() - first), &columns[1..]))
        .collect();

    let order: Vec<usize> = (0..count).collect();
    let t: Vec<f32> = blocks.iter().flat_map(|block| block.t(&columns, &order, degrees_of_freedom)).collect();
    let mut largest: Vec<f32> = (0..permutations)
        .into_par_iter()
        .map(|index| {
            let mut order = order.clone();
            // A stream for each, so that the number of threads changes nothing.
            order.shuffle(&mut random_of(seed, index as u64));
            let of_block = |block: &Block| largest_of(block.t(&columns, &order, degrees_of_freedom));
            blocks.iter().map(of_block).fold(0.0, f32::max)
        })
        .collect();
    largest.sort_by(f32::total_cmp);
    let p = |value: &f32| {
        let below = largest.partition_point(|other| *other < value.abs());
        // Rounded down a little, so that 50 of 1,000 are not above 0.05 for a reader with finer numbers.
        ((permutations - below + 1) as f64 / (permutations + 1) as f64 * (1.0 - 1e-7)) as f32
    };
    let p: Vec<f32> = t.iter().map(p).collect();
    // Of 999 permutations, 49 may have more: with what is seen, one in twenty.
    let allowed = ((permutations + 1) as f64 * 0.05).floor() as usize;
    let threshold = match allowed {
        0 => f32::INFINITY,
        allowed => largest.get(permutations.wrapping_sub(allowed)).copied().unwrap_or(f32::INFINITY),
    };
    Some(GroupTest { t, p, degrees_of_freedom, threshold })
}

fn largest_of(values: impl Iterator<Item = f32>) -> f32 {
    values.fold(0.0, |largest, value| f32::max(largest, value.abs()))
}

/// Takes out of a column what the others explain, and brings the rest to length 1; whether there was a rest.
fn orthonormalise(column: &mut [f64], others: &[Vec<f64>]) -> bool {
    let squares = |column: &[f64]| column.iter().map(|value| value * value).sum::<f64>();
    let whole = squares(column);
    // Twice, as rounding leaves something the first time.
    for _ in 0..2 {
        for other in others {
            let share: f64 = column.iter().zip(other).map(|(a, b)| a * b).sum();
            column.iter_mut().zip(other).for_each(|(value, other)| *value -= share * other);
        }
    }
    let left = squares(column);
    if left.is_nan() || left <= LEAST_LEFT * whole {
        return false;
    }
    let length = left.sqrt();
    column.iter_mut().for_each(|value| *value /= length);
    true
}

/// Some voxels, of which what the confounds explain was taken out.
struct Block {
    voxels: usize,
    /// Person by person.
    rest: Vec<f32>,
    /// Sum of squares of each voxel.
    squares: Vec<f32>,
}

impl Block {
    fn of(people: &[&[f32]], first: usize, voxels: usize, confounds: &[&[f64]]) -> Self {
        let mut rest: Vec<f32> = people.iter().flat_map(|person| &person[first..first + voxels]).copied().collect();
        for confound in confounds {
            let shares = weighted_sums(&rest, voxels, confound, None);
            for (person, weight) in rest.chunks_mut(voxels).zip(*confound) {
                person.iter_mut().zip(&shares).for_each(|(value, share)| *value -= *weight as f32 * share);
            }
        }
        let mut squares = vec![0.0; voxels];
        for person in rest.chunks(voxels) {
            squares.iter_mut().zip(person).for_each(|(sum, value)| *sum += value * value);
        }
        Block { voxels, rest, squares }
    }

    /// t of each voxel, person `order[i]` in the place of person i. `columns`: the group, then the confounds, orthonormal.
    fn t(&self, columns: &[&[f64]], order: &[usize], degrees: usize) -> impl Iterator<Item = f32> + use<> {
        let along = weighted_sums(&self.rest, self.voxels, columns[0], Some(order));
        let mut left: Vec<f32> = self.squares.clone();
        for column in &columns[1..] {
            let explained = weighted_sums(&self.rest, self.voxels, column, Some(order));
            left.iter_mut().zip(explained).for_each(|(left, explained)| *left -= explained * explained);
        }
        let root = (degrees as f32).sqrt();
        along.into_iter().zip(left).zip(self.squares.clone()).map(move |((along, left), whole)| {
            let unexplained = left - along * along;
            // Where nothing varies, nothing differs.
            if unexplained > 1e-6 * whole { along * root / unexplained.sqrt() } else { 0.0 }
        })
    }
}

/// Sum over people of weight times value, for each voxel; person `order[i]` has the weight of person i.
fn weighted_sums(rest: &[f32], voxels: usize, weights: &[f64], order: Option<&[usize]>) -> Vec<f32> {
    let mut sums = vec![0.0; voxels];
    for (index, weight) in weights.iter().enumerate() {
        let person = order.map_or(index, |order| order[index]);
        let values = &rest[person * voxels..(person + 1) * voxels];
        let weight = *weight as f32;
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// Values about 0 with a deviation near 1, the same for the same seed.
    fn noise(people: usize, voxels: usize, seed: u64) -> Vec<Vec<f32>> {
        let mut random = random_of(seed, 0);
        let mut value = || (0..12).map(|_| random.random_range(-0.5f32..0.5)).sum::<f32>();
        (0..people).map(|_| (0..voxels).map(|_| value()).collect()).collect()
    }

    fn test(values: &[Vec<f32>], second: &[bool], confounds: &[Vec<f64>], permutations: usize) -> Option<GroupTest> {
        let people: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
        compare_groups(&people, second, confounds, permutations, 1)
    }

    /// Student's example as in many books: two groups of five.
    #[test]
    fn without_confounds_it_is_students_t() {
        let values: Vec<Vec<f32>> =
            [1.0, 2.0, 3.0, 4.0, 5.0, 3.0, 4.0, 5.0, 6.0, 9.0].map(|value| vec![value, 7.0]).into();
        let second: Vec<bool> = (0..10).map(|index| index >= 5).collect();
        let found = test(&values, &second, &[], 999).expect("enough people");
        // Means 3 and 5.4, pooled variance (10 + 21.2) / 8 = 3.9: t = 2.4 / sqrt(3.9 * 0.4) = 1.9215.
        assert!((found.t[0] - 1.9215).abs() < 1e-3, "{}", found.t[0]);
        assert_eq!((found.t[1], found.degrees_of_freedom), (0.0, 8));
        // 24 of the 252 divisions of these ten have as large a difference.
        assert!((0.05..0.15).contains(&found.p[0]), "{}", found.p[0]);
    }

    #[test]
    fn what_a_confound_explains_is_no_difference_of_the_groups() {
        let mut values = noise(40, 60, 3);
        let second: Vec<bool> = (0..40).map(|index| index >= 20).collect();
        // Nine in ten of the second group are of one sex, one in ten of the first; it adds 3 in half of the voxels.
        let sex: Vec<f64> = (0..40).map(|index| f64::from(u8::from((index % 10 == 0) != (index >= 20)))).collect();
        for (person, sex) in values.iter_mut().zip(&sex) {
            person[..30].iter_mut().for_each(|value| *value += 3.0 * *sex as f32);
        }
        let significant = |found: &GroupTest| found.p.iter().filter(|p| **p <= 0.05).count();
        let plain = test(&values, &second, &[], 199).expect("enough people");
        assert!(significant(&plain) > 10, "{}", significant(&plain));
        let with = test(&values, &second, std::slice::from_ref(&sex), 199).expect("enough people");
        assert!(significant(&with) <= 1, "{}", significant(&with));
        assert_eq!(with.degrees_of_freedom, 37);
        // The same column twice says nothing more.
        assert_eq!(test(&values, &second, &[sex.clone(), sex], 199).map(|found| found.degrees_of_freedom), Some(37));
    }

    #[test]
    fn a_true_difference_is_found_and_chance_seldom_taken_for_one() {
        let second: Vec<bool> = (0..30).map(|index| index % 2 == 0).collect();
        let mut false_findings = 0;
        for seed in 0..40 {
            let mut values = noise(30, 50, seed);
            values.iter_mut().zip(&second).for_each(|(person, second)| person[7] += if *second { -2.5 } else { 0.0 });
            let found = test(&values, &second, &[], 199).expect("enough people");
            assert!(found.p[7] <= 0.05 && found.t[7] < 0.0, "seed {seed}: {} {}", found.t[7], found.p[7]);
            assert_eq!(found.p[7] <= 0.05, found.t[7].abs() >= found.threshold);
            false_findings += usize::from((0..50).any(|voxel| voxel != 7 && found.p[voxel] <= 0.05));
        }
        // Two of forty are to be expected.
        assert!(false_findings <= 6, "{false_findings}");
    }

    #[test]
    fn groups_that_a_confound_tells_wholly_and_too_few_people_have_no_test() {
        let second: Vec<bool> = (0..12).map(|index| index >= 6).collect();
        let site: Vec<f64> = second.iter().map(|second| f64::from(u8::from(*second))).collect();
        assert_eq!(test(&noise(12, 5, 1), &second, &[site], 99), None);
        assert_eq!(test(&noise(5, 5, 1), &second[..5], &[], 99), None);
        assert_eq!(test(&noise(5, 5, 1), &[true, false, true, false, true], &[], 99), None);
    }
}
