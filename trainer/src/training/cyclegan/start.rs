//! Where a generator with a start begins: the optimal transport of normal distributions, voxel by voxel. Mean and spread of the own
//! group become those of the other; no network is needed for that, so all that one learns comes on top.

use crate::cohort::Group;
use crate::statistics::gaussian::gaussian;
use crate::training::config::CycleGanTraining;
use crate::training::data::Dataset;
use crate::training::setting::Setting;
use crate::training::shrinkage::shrunken_group_change;

/// Standard deviation of the neighbourhood over which spreads are taken, and the largest growth of a spread.
const NEIGHBOURHOOD_VOXELS: f64 = 1.0;
const MOST_GROWTH: f32 = 3.0;
const LEAST_VARIANCE: f32 = 1e-6;

/// The change of each voxel as a line of its value, x fastest.
pub struct Lines {
    pub offsets: Vec<f32>,
    pub slopes: Vec<f32>,
}

/// Young → old and old → young, from the training subjects; the difference of the means is shrunk as for the moments.
pub fn lines(config: &CycleGanTraining, setting: &Setting) -> [Lines; 2] {
    let data = setting.data;
    let change = shrunken_group_change(data, |value| value, config.moment_shrinkage_voxels);
    let means = [Group::Young, Group::Old].map(|group| data.mean(&data.training(group)).data);
    let variances = [spread(data, Group::Young, &means[0]), spread(data, Group::Old, &means[1])];
    [(0, 1, 1.0), (1, 0, -1.0)].map(|(own, other, sign)| {
        let growth = |voxel: usize| -> f32 {
            (variances[other][voxel] / variances[own][voxel].max(LEAST_VARIANCE)).sqrt().min(MOST_GROWTH)
        };
        let slopes: Vec<f32> = (0..change.len()).map(|voxel| growth(voxel) - 1.0).collect();
        let offset = |voxel: usize| sign * change[voxel] - slopes[voxel] * means[own][voxel];
        Lines { offsets: (0..change.len()).map(offset).collect(), slopes }
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
