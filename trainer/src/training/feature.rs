//! Features for moment matching, voxel by voxel: the value, its greyness, its product with its neighbours.
//!
//! Each is implemented twice, for a map in main memory and for images on a device, and a test compares the two.

use burn::tensor::Tensor;

/// A number of each voxel of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// x.
    Value,
    /// x·(1 − x): greyness, large where a voxel is neither black nor white.
    Greyness,
    /// x times the mean of the two neighbours along x, y or z (0, 1, 2), nothing beyond the border: it depends on how
    /// thick and how sharp the ribbon is there, which the means of single voxels do not show.
    Neighbours(usize),
}

impl Feature {
    /// Of a map, x fastest.
    pub fn of_map(self, map: &[f32], shape: [usize; 3]) -> Vec<f32> {
        match self {
            Feature::Value => map.to_vec(),
            Feature::Greyness => map.iter().map(|value| value * (1.0 - value)).collect(),
            Feature::Neighbours(axis) => {
                let stride: usize = shape[..axis].iter().product();
                let of = |(index, value): (usize, &f32)| {
                    let place = index / stride % shape[axis];
                    let before = if place > 0 { map[index - stride] } else { 0.0 };
                    let after = if place + 1 < shape[axis] { map[index + stride] } else { 0.0 };
                    value * (0.5 * (before + after))
                };
                map.iter().enumerate().map(of).collect()
            }
        }
    }

    /// Of images `[n, 1, z, y, x]`.
    pub fn of_images(self, images: Tensor<5>) -> Tensor<5> {
        match self {
            Feature::Value => images,
            Feature::Greyness => images.clone() - images.square(),
            Feature::Neighbours(axis) => {
                let dim = 4 - axis;
                let count = images.dims()[dim];
                let nothing = images.clone().narrow(dim, 0, 1).zeros_like();
                let before = Tensor::cat(vec![nothing.clone(), images.clone().narrow(dim, 0, count - 1)], dim);
                let after = Tensor::cat(vec![images.clone().narrow(dim, 1, count - 1), nothing], dim);
                images * (before + after) * 0.5
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn maps_and_images_have_the_same_features() {
        const SHAPE: [usize; 3] = [4, 3, 2];
        let map: Vec<f32> = (0..24).map(|voxel| (voxel * 7 % 11) as f32 / 11.0).collect();
        let images = Tensor::<5>::from_data(TensorData::new(map.clone(), [1, 1, 2, 3, 4]), &Device::flex());
        let all = [Feature::Value, Feature::Greyness].into_iter().chain((0..3).map(Feature::Neighbours));
        for feature in all {
            let of_images = feature.of_images(images.clone()).into_data().try_to_vec::<f32>().unwrap();
            for (found, expected) in of_images.iter().zip(feature.of_map(&map, SHAPE)) {
                assert!((found - expected).abs() < 1e-6, "{feature:?}: {found} for {expected}");
            }
        }
    }

    #[test]
    fn neighbours_tell_a_thick_ribbon_from_a_dim_one_of_the_same_mean() {
        let sum = |map: [f32; 5]| Feature::Neighbours(0).of_map(&map, [5, 1, 1]).iter().sum::<f32>();
        // The same amount of grey matter, in two voxels or spread over four.
        assert_eq!(sum([0.0, 1.0, 1.0, 0.0, 0.0]), 1.0);
        assert_eq!(sum([0.5, 0.5, 0.5, 0.5, 0.0]), 0.75);
        // Mirrored, it is mirrored.
        let turned = Feature::Neighbours(0).of_map(&[0.0, 0.2, 0.9], [3, 1, 1]);
        let mut back = Feature::Neighbours(0).of_map(&[0.9, 0.2, 0.0], [3, 1, 1]);
        back.reverse();
        assert_eq!(turned, back);
    }
}
