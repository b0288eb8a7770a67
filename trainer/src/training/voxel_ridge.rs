//! The baseline of every classifier: ridge regression of age on the voxels of the maps themselves.
//!
//! It has no filters, no smoothing and one parameter. A network that does not classify people at least as well is not
//! worth using.

use crate::statistics::ridge::each_once;
use crate::training::data::Dataset;
use crate::training::refit::LogOdds;
use crate::training::targets::Targets;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use shared::explain::sigmoid;

/// Penalty, in units of the mean squared length of a map's distance from the mean map.
const PENALTY: f64 = 0.3;

/// Log-odds of "old" as a sum over voxels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoxelRidge {
    /// Indices of the voxels on the grid, x fastest, and the weight of each.
    voxels: Vec<usize>,
    weights: Vec<f32>,
    bias: f32,
}

impl VoxelRidge {
    /// Fits to `subjects` (each as often as it counts, side by side), within the mask of the training subjects.
    pub fn fit(data: &Dataset, targets: &Targets, subjects: &[usize]) -> Result<Self> {
        let mask = data.brain_mask();
        let voxels: Vec<usize> = (0..mask.data.len()).filter(|&index| mask.data[index] > 0.5).collect();
        let (subjects, counts) = each_once(subjects);
        let values = |&subject: &usize| {
            let image = &data.images[subject].values;
            vec![voxels.iter().map(|&voxel| image[voxel]).collect()]
        };
        let fit = LogOdds::fit(subjects.iter().map(values).collect(), &subjects, &counts, targets, PENALTY)?;
        Ok(VoxelRidge { voxels, weights: fit.weights, bias: fit.bias })
    }

    /// Probability of "old" of a map on the grid; `None` if it is on another grid.
    pub fn probability_old(&self, values: &[f32]) -> Option<f32> {
        let mut log_odds = f64::from(self.bias);
        for (&voxel, &weight) in self.voxels.iter().zip(&self.weights) {
            log_odds += f64::from(weight) * f64::from(*values.get(voxel)?);
        }
        Some(sigmoid(log_odds as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::site_balance::tests::confounded;

    #[test]
    fn a_difference_of_the_groups_is_learned_and_told_of_others() {
        let mut data = confounded();
        // The old have less in every second voxel; every third person is not learned from.
        for (number, image) in data.images.iter_mut().enumerate() {
            let old = image.subject.group == crate::cohort::Group::Old;
            for (index, value) in image.values.iter_mut().enumerate() {
                *value = 0.5 + 0.01 * ((number * 7 + index * 3) % 5) as f32;
                if old && index % 2 == 0 {
                    *value -= 0.2;
                }
            }
        }
        let targets = Targets::of(&data);
        let (kept, asked): (Vec<usize>, Vec<usize>) = (0..data.images.len()).partition(|index| index % 3 != 0);
        let ridge = VoxelRidge::fit(&data, &targets, &kept).unwrap();
        for index in asked {
            let found = ridge.probability_old(&data.images[index].values).unwrap();
            assert_eq!(found > 0.5, targets.is_old(index), "{found}");
        }
        assert_eq!(ridge.probability_old(&[0.5]), None);
    }
}
