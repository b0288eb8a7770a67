//! How much a generator changes an image, as a factor read from the whole of it.
//!
//! What a brain says of its own age is faint in every place; only many places together are sure. The layers of a generator see
//! places, and their instance norm hides the amount of grey matter: they show where and how, and change everybody alike. The
//! dose is linear in the mean values of cells, is fitted in closed form, and does not learn with the layers.

use super::linear::linear_of;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// Smallest and largest factor.
const LEAST: f64 = 0.0;
const MOST: f64 = 3.0;

/// The cells whose means are weighed. In volume mode only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoseConfig {
    /// Side of a cell.
    pub voxels: usize,
    /// Cells along x, y and z.
    pub counts: [usize; 3],
}

/// Factor of the change of each image: 1 + weights · (means of cells) + bias.
#[derive(Module, Debug)]
pub struct Dose {
    linear: Linear,
    #[module(skip)]
    voxels: usize,
}

impl DoseConfig {
    /// Everybody is changed by the same amount.
    pub fn init(&self, device: &Device) -> Dose {
        let cells = self.counts.iter().product();
        Dose { linear: linear_of(vec![0.0; cells], 0.0, device), voxels: self.voxels }
    }

    /// Why no such cells can be made for a grid of `shape` voxels along x, y, z, if so.
    pub fn check(&self, shape: [usize; 3]) -> Result<(), String> {
        if self.voxels == 0 || self.counts.map(|count| count * self.voxels) != shape {
            return Err(format!(
                "cells of {} voxels, {:?} of them, do not fill the grid {shape:?}",
                self.voxels, self.counts
            ));
        }
        Ok(())
    }
}

impl Dose {
    /// `image` `[b, 1, z, y, x]` → its factor `[b, 1, 1, 1, 1]`. It has no gradient: neither learns it, nor does an image learn
    /// to ask for less.
    pub fn forward(&self, image: Tensor<5>) -> Tensor<5> {
        let subjects = image.dims()[0];
        let factor = self.linear.forward(cell_means(image.detach(), self.voxels)) + 1.0;
        factor.clamp(LEAST, MOST).reshape([subjects, 1, 1, 1, 1]).detach()
    }

    /// The same with other weights, one a cell (x fastest), and another bias.
    pub fn with_linear(mut self, weights: Vec<f32>, bias: f32) -> Self {
        self.linear = linear_of(weights, bias, &self.linear.weight.val().device());
        self
    }
}

/// Mean of each cell of `voxels` × `voxels` × `voxels`: `[b, 1, z, y, x]` → `[b, cells]`, x fastest.
pub fn cell_means(image: Tensor<5>, voxels: usize) -> Tensor<2> {
    let [subjects, _, depth, height, width] = image.dims();
    let [d, h, w] = [depth, height, width].map(|side| side / voxels);
    let slabs: Tensor<3> = image.reshape([subjects * d, voxels, height * width]).mean_dim(1);
    let bars: Tensor<3> = slabs.reshape([subjects * d * h, voxels, width]).mean_dim(1);
    let cells: Tensor<3> = bars.reshape([subjects * d * h * w, voxels, 1]).mean_dim(1);
    cells.reshape([subjects, d * h * w])
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;

    #[test]
    fn cells_are_means_of_their_voxels() {
        // 2 x 4 x 6 voxels along z, y, x of two subjects: the value says where it is.
        let value = |at: usize| (at % 6 + 10 * (at / 6 % 4) + 100 * (at / 24 % 2) + 1000 * (at / 48)) as f32;
        let data = TensorData::new((0..96).map(value).collect::<Vec<f32>>(), [2, 1, 2, 4, 6]);
        let means = cell_means(Tensor::from_data(data, &Device::flex()), 2);
        assert_eq!(means.dims(), [2, 6]);
        let found: Vec<f32> = means.into_data().try_to_vec().unwrap();
        let expected: Vec<f32> = [0, 1000]
            .iter()
            .flat_map(|subject| {
                [5, 25].into_iter().flat_map(move |y| [0, 2, 4].map(|x| (subject + 50 + y + x) as f32 + 0.5))
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_dose_is_one_until_it_is_fitted_and_has_bounds() {
        let device = Device::flex();
        let config = DoseConfig { voxels: 2, counts: [1, 1, 1] };
        assert!(config.check([2, 2, 2]).is_ok() && config.check([2, 4, 2]).is_err());
        let image = Tensor::<5>::ones([1, 1, 2, 2, 2], &device);
        let factor = |dose: Dose| dose.forward(image.clone()).into_scalar::<f32>();
        assert_eq!(factor(config.init(&device)), 1.0);
        assert_eq!(factor(config.init(&device).with_linear(vec![0.5], -0.25)), 1.25);
        assert_eq!(factor(config.init(&device).with_linear(vec![-9.0], 0.0)), 0.0);
    }
}
