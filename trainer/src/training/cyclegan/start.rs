//! The start of a generator: a fixed transform with parameters for each voxel, from the means and spreads of the groups, without a network
//! (three of the baselines). The network learns only what is added to it.

use crate::cohort::Group;
use crate::measures::local_fit::{fit, mean_deformable};
use crate::measures::one_liners::{MOST_GROWTH, NEIGHBOURHOOD_VOXELS};
use crate::statistics::gaussian::gaussian;
use crate::training::config::CycleGanTraining;
use crate::training::data::Dataset;
use crate::training::feature::Feature;
use crate::training::setting::Setting;
use crate::training::shrinkage::shrunken_group_change;
use anyhow::Result;
use shared::explain::inside_of;
use shared::model::{SpatialKind, StartKind};

/// Smallest variance from which a growth factor is computed.
const LEAST_VARIANCE: f32 = 1e-6;

/// Smallest mean, or distance of the mean from 1, that a share is taken of, and the largest share: a larger one could
/// not be trained further. The bound holds for the weights of a deformation, too.
const LEAST_MEAN: f32 = 0.02;
const MOST_SHARE: f32 = 0.95;

/// Parameters of each voxel for young → old and old → young, from the training subjects; the difference of the means is
/// shrunk as in moment matching.
///
/// # Errors
/// A tensor could not be read back.
pub fn numbers(kind: StartKind, config: &CycleGanTraining, setting: &Setting) -> Result<[Vec<f32>; 2]> {
    let data = setting.data;
    let change = shrunken_group_change(data, Feature::Value, config.moment_shrinkage_voxels);
    let means = [Group::Young, Group::Old].map(|group| data.mean(&data.training(group)).data);
    Ok(match kind {
        StartKind::Line => lines(data, &change, &means),
        StartKind::Share => [(0, 1.0), (1, -1.0)].map(|(own, sign)| {
            let share = |(change, mean): (&f32, &f32)| {
                let change = sign * change;
                let room = if change < 0.0 { *mean } else { 1.0 - mean };
                (change / room.max(LEAST_MEAN)).clamp(-MOST_SHARE, MOST_SHARE).atanh()
            };
            change.iter().zip(&means[own]).map(share).collect()
        }),
        StartKind::Deformation => deformations(config.generator.kind, data, &change)?,
    })
}

/// Weights of what is deformable, before their bound.
fn deformations(kind: SpatialKind, data: &Dataset, change: &[f32]) -> Result<[Vec<f32>; 2]> {
    let (shape, mask) = (data.grid.shape, inside_of(&data.brain_mask()));
    let weights = |own: Group, sign: f32| -> Result<Vec<f32>> {
        let subjects = data.training(own);
        let maps: Vec<&[f32]> = subjects.iter().map(|&index| data.images[index].values.as_slice()).collect();
        let change: Vec<f32> = change.iter().map(|change| sign * change).collect();
        let weights = fit(kind, &mean_deformable(kind, &maps, shape)?, &change, &mask, shape);
        Ok(weights.into_iter().map(|weight| weight.clamp(-MOST_SHARE, MOST_SHARE).atanh()).collect())
    };
    Ok([weights(Group::Young, 1.0)?, weights(Group::Old, -1.0)?])
}

/// Offsets, then slopes, of the optimal transport of normal distributions: mean and spread of one group become those of
/// the other.
fn lines(data: &Dataset, change: &[f32], means: &[Vec<f32>; 2]) -> [Vec<f32>; 2] {
    let variances = [spread(data, Group::Young, &means[0]), spread(data, Group::Old, &means[1])];
    [(0, 1, 1.0), (1, 0, -1.0)].map(|(own, other, sign)| {
        let growth = |voxel: usize| -> f32 {
            (variances[other][voxel] / variances[own][voxel].max(LEAST_VARIANCE)).sqrt().min(MOST_GROWTH)
        };
        let slopes: Vec<f32> = (0..change.len()).map(|voxel| growth(voxel) - 1.0).collect();
        let offset = |voxel: usize| sign * change[voxel] - slopes[voxel] * means[own][voxel];
        let mut numbers: Vec<f32> = (0..change.len()).map(offset).collect();
        numbers.extend(slopes);
        numbers
    })
}

/// Variance over the training subjects of a group, of neighbourhoods.
fn spread(data: &Dataset, group: Group, mean: &[f32]) -> Vec<f32> {
    let subjects = data.training(group);
    let mut squares = vec![0.0f64; mean.len()];
    for &index in &subjects {
        for ((square, &value), &mean) in squares.iter_mut().zip(&data.images[index].values).zip(mean) {
            *square += f64::from(value - mean).powi(2);
        }
    }
    let variances: Vec<f32> =
        squares.into_iter().map(|square| (square / subjects.len().max(1) as f64) as f32).collect();
    gaussian(&variances, data.grid.shape, [NEIGHBOURHOOD_VOXELS; 3])
}
