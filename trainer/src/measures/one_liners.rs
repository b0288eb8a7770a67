//! The baselines: translations without a network, from statistics of the groups. What these achieve is no
//! evidence for a network.

use super::local_fit::{deformable_of_map, fit, mean_deformable};
use crate::statistics::gaussian::gaussian;
use crate::statistics::quantile_of_sorted;
use anyhow::Result;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use shared::explain::Direction;
use shared::model::SpatialKind;

/// Number of quantiles kept per voxel.
const KNOTS: usize = 65;
/// Smallest mean of which a share is taken.
const LEAST_MEAN: f32 = 1e-6;

/// Standard deviation of the neighbourhood over which spreads (standard deviations of values) are taken, and the
/// largest factor by which one may grow.
pub const NEIGHBOURHOOD_VOXELS: f64 = 1.0;
pub const MOST_GROWTH: f32 = 3.0;

/// A baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OneLiner {
    GroupMean,
    ClippedMean,
    BoundedMean,
    LinearMap,
    QuantileMap,
    Mixture,
    LocalFit,
    ToTheMean,
}

impl OneLiner {
    pub const ALL: [OneLiner; 8] = [
        OneLiner::GroupMean,
        OneLiner::ClippedMean,
        OneLiner::BoundedMean,
        OneLiner::LinearMap,
        OneLiner::QuantileMap,
        OneLiner::Mixture,
        OneLiner::LocalFit,
        OneLiner::ToTheMean,
    ];

    pub fn title(self) -> &'static str {
        match self {
            OneLiner::GroupMean => "Group mean",
            OneLiner::ClippedMean => "Clipped mean",
            OneLiner::BoundedMean => "Bounded mean",
            OneLiner::LinearMap => "Linear map",
            OneLiner::QuantileMap => "Quantile map",
            OneLiner::Mixture => "Mean of two",
            OneLiner::LocalFit => "Local fit",
            OneLiner::ToTheMean => "To the mean",
        }
    }

    /// What is done to a voxel with value x; D is the difference of the training groups' means, s the mean of the own
    /// group.
    pub fn about(self) -> &'static str {
        match self {
            OneLiner::GroupMean => "x + D",
            OneLiner::ClippedMean => "x + D, clipped to 0 to 1",
            OneLiner::BoundedMean => "x + r·x where r = D/s is negative, else x + r·(1 − x) with r = D/(1 − s)",
            OneLiner::LinearMap => {
                "mean and standard deviation of the own group are mapped to those of the other, the deviation taken over a neighbourhood \
                 (optimal transport of normal distributions), clipped to 0 to 1"
            }
            OneLiner::QuantileMap => {
                "the value of the same rank in the other group (optimal transport of one voxel, Monge 1781)"
            }
            OneLiner::Mixture => "average of bounded mean and quantile map",
            OneLiner::LocalFit => {
                "tissue is moved, lost and gained by weights that are fitted to D in a small neighbourhood of each voxel, clipped to 0 to 1"
            }
            OneLiner::ToTheMean => "the mean of the other group, the same for everybody: nothing individual is left",
        }
    }
}

/// Statistics of the training groups that the baselines use.
pub struct GroupStatistics {
    /// Means of the young and of the old, on the models' grid, x fastest.
    means: [Vec<f32>; 2],
    /// For each voxel of the mask, quantiles of the young and of the old from the least to the largest value.
    quantiles: [Vec<[f32; KNOTS]>; 2],
    /// Standard deviations of the young and of the old, of neighbourhoods.
    spreads: [Vec<f32>; 2],
    /// Weights of the local fit, young to old and old to young.
    local: [Vec<f32>; 2],
    mask: Vec<bool>,
    shape: [usize; 3],
    kind: SpatialKind,
}

impl GroupStatistics {
    /// Of the maps of the young and of the old training people, each at least one; `shape` is the grid's along x, y, z, and tissue is moved
    /// along the axes of `kind`.
    ///
    /// # Errors
    /// A tensor could not be read back.
    pub fn new(young: &[&[f32]], old: &[&[f32]], mask: &[bool], shape: [usize; 3], kind: SpatialKind) -> Result<Self> {
        let groups = [young, old];
        let mean = |maps: &[&[f32]]| -> Vec<f32> {
            let of = |voxel: usize| maps.iter().map(|map| f64::from(map[voxel])).sum::<f64>() / maps.len() as f64;
            (0..mask.len()).into_par_iter().map(|voxel| of(voxel) as f32).collect()
        };
        let inside: Vec<usize> = (0..mask.len()).filter(|&voxel| mask[voxel]).collect();
        let knots = |maps: &[&[f32]]| -> Vec<[f32; KNOTS]> {
            let of = |&voxel: &usize| {
                let mut values: Vec<f64> = maps.iter().map(|map| f64::from(map[voxel])).collect();
                values.sort_by(f64::total_cmp);
                std::array::from_fn(|knot| {
                    quantile_of_sorted(&values, knot as f64 / (KNOTS - 1) as f64).unwrap_or(0.0) as f32
                })
            };
            inside.par_iter().map(of).collect()
        };
        let means = groups.map(mean);
        let spread = |group: usize| -> Vec<f32> {
            let maps = groups[group];
            let of = |voxel: usize| maps.iter().map(|map| (map[voxel] - means[group][voxel]).powi(2)).sum::<f32>();
            let variances: Vec<f32> =
                (0..mask.len()).into_par_iter().map(|voxel| of(voxel) / maps.len() as f32).collect();
            gaussian(&variances, shape, [NEIGHBOURHOOD_VOXELS; 3]).into_iter().map(f32::sqrt).collect()
        };
        let spreads = [spread(0), spread(1)];
        let local = |own: usize, other: usize| -> Result<Vec<f32>> {
            let change: Vec<f32> = means[other].iter().zip(&means[own]).map(|(aim, mean)| aim - mean).collect();
            Ok(fit(kind, &mean_deformable(kind, groups[own], shape)?, &change, mask, shape))
        };
        let local = [local(0, 1)?, local(1, 0)?];
        Ok(GroupStatistics { quantiles: groups.map(knots), spreads, local, means, mask: mask.to_vec(), shape, kind })
    }

    /// Translated minus original, inside the mask; `image` is on the same grid.
    ///
    /// # Errors
    /// A tensor could not be read back.
    pub fn change(&self, way: OneLiner, image: &[f32], direction: Direction) -> Result<Vec<f32>> {
        let (own, other) = match direction {
            Direction::YoungToOld => (0, 1),
            Direction::OldToYoung => (1, 0),
        };
        let local = match way {
            OneLiner::LocalFit => self.deformation(image, own)?,
            _ => Vec::new(),
        };
        let mut change = vec![0.0; image.len()];
        let inside = image.iter().enumerate().filter(|(voxel, _)| self.mask[*voxel]);
        for (place, (voxel, &x)) in inside.enumerate() {
            let (mean, aim) = (self.means[own][voxel], self.means[other][voxel]);
            let bounded = || {
                let difference = aim - mean;
                if difference < 0.0 {
                    (difference / mean.max(LEAST_MEAN)).max(-1.0) * x
                } else {
                    (difference / (1.0 - mean).max(LEAST_MEAN)).min(1.0) * (1.0 - x)
                }
            };
            let linear = || {
                let growth = (self.spreads[other][voxel] / self.spreads[own][voxel].max(LEAST_MEAN)).min(MOST_GROWTH);
                (aim + growth * (x - mean)).clamp(0.0, 1.0) - x
            };
            let transported = || value_at(&self.quantiles[other][place], rank_in(&self.quantiles[own][place], x)) - x;
            change[voxel] = match way {
                OneLiner::GroupMean => aim - mean,
                OneLiner::ClippedMean => (x + aim - mean).clamp(0.0, 1.0) - x,
                OneLiner::BoundedMean => bounded(),
                OneLiner::LinearMap => linear(),
                OneLiner::QuantileMap => transported(),
                OneLiner::ToTheMean => aim - x,
                OneLiner::LocalFit => local[voxel],
                OneLiner::Mixture => (bounded() + transported()) / 2.0,
            };
        }
        Ok(change)
    }

    /// What the local fit changes in an image of a group.
    fn deformation(&self, image: &[f32], own: usize) -> Result<Vec<f32>> {
        let numbers = deformable_of_map(self.kind, image, self.shape)?;
        let mut change = vec![0.0; image.len()];
        for (weights, numbers) in self.local[own].chunks(image.len()).zip(numbers.chunks(image.len())) {
            for (change, (weight, number)) in change.iter_mut().zip(weights.iter().zip(numbers)) {
                *change += weight * number;
            }
        }
        Ok(change.iter().zip(image).map(|(change, x)| (x + change).clamp(0.0, 1.0) - x).collect())
    }
}

/// Position of a value among the quantiles, as an index; in the middle of those that it equals.
fn rank_in(quantiles: &[f32; KNOTS], value: f32) -> f32 {
    let below = quantiles.partition_point(|&knot| knot < value);
    let up_to = quantiles.partition_point(|&knot| knot <= value);
    if up_to > below {
        return (below + up_to - 1) as f32 / 2.0;
    }
    match below {
        0 => 0.0,
        KNOTS => (KNOTS - 1) as f32,
        _ => {
            let (low, high) = (quantiles[below - 1], quantiles[below]);
            (below - 1) as f32 + (value - low) / (high - low)
        }
    }
}

fn value_at(quantiles: &[f32; KNOTS], rank: f32) -> f32 {
    let below = (rank as usize).min(KNOTS - 2);
    quantiles[below] + (rank - below as f32) * (quantiles[below + 1] - quantiles[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two voxels: one loses half of its grey matter, the other gains; and one outside of the mask.
    fn statistics() -> GroupStatistics {
        let young: Vec<Vec<f32>> = (0..11).map(|n| vec![0.4 + 0.04 * n as f32, 0.1, 0.5]).collect();
        let old: Vec<Vec<f32>> = (0..11).map(|n| vec![0.2 + 0.02 * n as f32, 0.28, 0.1]).collect();
        let slices = |maps: &'static [Vec<f32>]| maps.iter().map(Vec::as_slice).collect::<Vec<_>>();
        GroupStatistics::new(
            &slices(young.leak()),
            &slices(old.leak()),
            &[true, true, false],
            [3, 1, 1],
            SpatialKind::Volume,
        )
        .unwrap()
    }

    #[test]
    fn each_way_does_what_it_says() {
        let found = |way, image: [f32; 3], direction| statistics().change(way, &image, direction).unwrap();
        let near = |found: Vec<f32>, expected: [f32; 3]| {
            let equal = found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 2e-3);
            assert!(equal, "{found:?} instead of {expected:?}");
        };
        let there = Direction::YoungToOld;
        // Means 0.6 and 0.3 of the first, 0.1 and 0.28 of the second.
        near(found(OneLiner::GroupMean, [0.2, 0.1, 0.5], there), [-0.3, 0.18, 0.0]);
        near(found(OneLiner::ClippedMean, [0.2, 0.1, 0.5], there), [-0.2, 0.18, 0.0]);
        near(found(OneLiner::BoundedMean, [0.8, 0.5, 0.5], there), [-0.4, 0.1, 0.0]);
        near(found(OneLiner::QuantileMap, [0.48, 0.1, 0.5], there), [-0.24, 0.18, 0.0]);
        near(found(OneLiner::Mixture, [0.48, 0.1, 0.5], there), [-0.24, 0.18, 0.0]);
        near(found(OneLiner::QuantileMap, [0.24, 0.28, 0.5], Direction::OldToYoung), [0.24, -0.18, 0.0]);
        near(found(OneLiner::ToTheMean, [0.9, 0.1, 0.5], there), [-0.6, 0.18, 0.0]);
        // The first voxel loses by the local fit, none leaves 0..1, and what is outside of the mask stays.
        let [first, second, outside] = found(OneLiner::LocalFit, [0.8, 0.0, 0.5], there).try_into().unwrap();
        assert!((-0.8..-0.2).contains(&first) && (0.0..=1.0).contains(&second) && outside == 0.0, "{first} {second}");
        // Beyond everybody: as the last.
        near(found(OneLiner::QuantileMap, [0.95, 0.1, 0.5], there), [-0.55, 0.18, 0.0]);
    }
}
