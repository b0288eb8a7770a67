//! Deletion and insertion (Petsiuk, Das and Saenko 2018, arXiv:1806.07421): does a network change its mind where the map is
//! large?

use crate::training::classifier::probabilities;
use anyhow::Result;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};
use shared::explain::{Direction, Models};
use shared::model::Classifier;

/// Equal steps in which the voxels of the mask are exchanged.
const STEPS: usize = 20;
/// Images that are judged together.
const AT_ONCE: usize = 7;

/// Areas under the curve of the probability of the subject's own group over the share of voxels exchanged, 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Faithfulness {
    /// The subject's voxels give way to the other group's mean, largest |d| first: low is good.
    pub deletion: f64,
    /// They return to the other group's mean, largest |d| first: high is good.
    pub insertion: f64,
}

/// What is exchanged for what, all x fastest on one grid.
pub struct Exchange<'a> {
    /// The subject's image.
    pub own: &'a [f32],
    /// Mean of the training subjects of the group at the end of `direction`.
    pub other: &'a [f32],
    /// Voxels of the mask, see [`by_size`]. Others stay the subject's: no map says anything there.
    pub order: &'a [usize],
    pub direction: Direction,
}

/// The voxels of the mask, largest |map| first; equal ones in the order of the grid.
pub fn by_size(map: &[f32], mask: &[bool]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..map.len()).filter(|&voxel| mask[voxel]).collect();
    order.sort_by(|&a, &b| map[b].abs().total_cmp(&map[a].abs()));
    order
}

impl Exchange<'_> {
    /// What a judge says in between; `probability_old` answers for several images at once.
    ///
    /// # Errors
    /// Those of the judge.
    pub fn judged(&self, probability_old: impl Fn(&[Vec<f32>]) -> Result<Vec<f32>>) -> Result<Faithfulness> {
        let mut emptied = self.own.to_vec();
        self.order.iter().for_each(|&voxel| emptied[voxel] = self.other[voxel]);
        let area = |from: &[f32], to: &[f32]| -> Result<f64> {
            let images: Vec<Vec<f32>> = (0..=STEPS)
                .map(|step| {
                    let mut image = from.to_vec();
                    self.order[..self.order.len() * step / STEPS].iter().for_each(|&voxel| image[voxel] = to[voxel]);
                    image
                })
                .collect();
            let mut curve = Vec::with_capacity(images.len());
            for images in images.chunks(AT_ONCE) {
                curve.extend(probability_old(images)?.into_iter().map(|old| match self.direction {
                    Direction::YoungToOld => 1.0 - f64::from(old),
                    Direction::OldToYoung => f64::from(old),
                }));
            }
            Ok(curve.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).sum::<f64>() / STEPS as f64)
        };
        Ok(Faithfulness { deletion: area(self.own, &emptied)?, insertion: area(&emptied, self.own)? })
    }
}

/// The probability of "old" of images on the models' grid, by a classifier that works on it too.
pub fn judge<'a>(classifier: &'a Classifier, models: &'a Models) -> impl Fn(&[Vec<f32>]) -> Result<Vec<f32>> + 'a {
    move |images: &[Vec<f32>]| {
        let [nx, ny, nz] = models.grid.shape;
        let data = TensorData::new(images.concat(), [images.len(), 1, nz, ny, nx]);
        probabilities(classifier, Tensor::from_data(data, &models.device), &models.context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voxels_come_by_size_and_from_the_mask_only() {
        let mask = [true, true, false, true, true];
        assert_eq!(by_size(&[0.1, -0.5, 9.0, 0.5, 0.0], &mask), [1, 3, 0, 4]);
    }

    /// A judge that looks at the first four of forty voxels alone, and a map that knows it.
    #[test]
    fn the_right_order_is_seen_at_both_ends() {
        let (own, other) = (vec![1.0f32; 40], vec![0.0f32; 40]);
        let judge = |images: &[Vec<f32>]| -> Result<Vec<f32>> {
            Ok(images.iter().map(|image| image[..4].iter().sum::<f32>() / 4.0).collect())
        };
        let map: Vec<f32> = (0..40).map(|voxel| -(40.0 - voxel as f32)).collect();
        let order = by_size(&map, &[true; 40]);
        let reverse: Vec<usize> = order.iter().rev().copied().collect();
        let exchange = |order, direction| Exchange { own: &own, other: &other, order, direction };
        // Two voxels a step, so the answers are 1, ½, 0, 0, …: (¾ + ¼) / 20.
        let right = exchange(&order, Direction::OldToYoung).judged(judge).unwrap();
        assert!((right.deletion - 0.05).abs() < 1e-9 && (right.insertion - 0.95).abs() < 1e-9, "{right:?}");
        let wrong = exchange(&reverse, Direction::OldToYoung).judged(judge).unwrap();
        assert!((wrong.deletion - 0.95).abs() < 1e-9 && (wrong.insertion - 0.05).abs() < 1e-9, "{wrong:?}");
        // The same answers speak against somebody young.
        let young = exchange(&order, Direction::YoungToOld).judged(judge).unwrap();
        assert!((young.deletion - 0.95).abs() < 1e-9, "{young:?}");
    }

    #[test]
    fn voxels_outside_the_order_stay() {
        let judge = |images: &[Vec<f32>]| -> Result<Vec<f32>> {
            assert!(images.iter().all(|image| image[0] == 1.0));
            Ok(vec![0.5; images.len()])
        };
        let exchange = Exchange { own: &[1.0, 1.0], other: &[0.0, 0.0], order: &[1], direction: Direction::OldToYoung };
        let found = exchange.judged(judge).unwrap();
        assert!((found.deletion - 0.5).abs() < 1e-9 && (found.insertion - 0.5).abs() < 1e-9);
    }
}
