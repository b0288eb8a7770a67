//! How much a generator changes an image: a scale factor estimated from the whole image.
//!
//! A single voxel says little about a person's age; only many together are reliable. The layers of a generator are local, and
//! their instance norm hides the amount of grey matter: they determine where and how, and change everybody alike. The dose is
//! linear in the mean values of cells, is fitted in closed form, and is not trained with the layers.

use super::context::GridContext;
use super::linear::{answer_of_slices, linear_of};
use super::spatial::SpatialKind;
use crate::network_fault::NetworkFault;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// Smallest and largest factor.
pub const LEAST_DOSE: f64 = 0.0;
pub const MOST_DOSE: f64 = 3.0;

/// The cells whose means are weighted: cubes in volume mode, squares of single slices in plane mode.
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
    cells: Cells,
}

/// How cells lie in the grid.
#[derive(Clone, Copy, Debug)]
struct Cells {
    voxels: usize,
    /// Slices of a cell.
    thickness: usize,
    /// Along z.
    count: usize,
}

/// Slices of a cell of that many voxels a side.
fn thickness(kind: SpatialKind, voxels: usize) -> usize {
    if kind == SpatialKind::Volume { voxels } else { 1 }
}

impl DoseConfig {
    /// Everybody is changed by the same amount.
    pub fn init(&self, kind: SpatialKind, device: &Device) -> Dose {
        let cells = self.counts.iter().product();
        Dose {
            linear: linear_of(vec![0.0; cells], 0.0, device),
            cells: Cells { voxels: self.voxels, thickness: thickness(kind, self.voxels), count: self.counts[2] },
        }
    }

    /// Why no such cells can be made for a grid of `shape` voxels along x, y, z, if so.
    pub fn check(&self, kind: SpatialKind, shape: [usize; 3]) -> Result<(), NetworkFault> {
        let sides = [self.voxels, self.voxels, thickness(kind, self.voxels)];
        if self.voxels == 0 || (0..3).any(|axis| self.counts[axis] * sides[axis] != shape[axis]) {
            return Err(NetworkFault::DoseOfGrid { voxels: self.voxels, counts: self.counts, shape });
        }
        Ok(())
    }

    /// Means of the cells of whole images `[b, 1, z, y, x]`: `[b, cells]`, x fastest.
    pub fn means(&self, kind: SpatialKind, image: Tensor<5>) -> Tensor<2> {
        cell_means(image, self.voxels, thickness(kind, self.voxels))
    }
}

impl Dose {
    /// `image` `[b, 1, z, y, x]` → its factor `[b, 1, 1, 1, 1]`. It has no gradient: it is not trained, nor are images changed
    /// to lower it. If only some slices are given, they are taken as representative of all.
    pub fn forward(&self, image: Tensor<5>, context: &GridContext) -> Tensor<5> {
        let subjects = image.dims()[0];
        let means = cell_means(image.detach(), self.cells.voxels, self.cells.thickness);
        let answer = match &context.slices {
            Some(slices) => answer_of_slices(&self.linear, means, 1, self.cells.count, slices),
            None => self.linear.forward(means),
        };
        (answer + 1.0).clamp(LEAST_DOSE, MOST_DOSE).reshape([subjects, 1, 1, 1, 1]).detach()
    }

    /// The same with other weights, one a cell (x fastest), and another bias.
    pub fn with_linear(mut self, weights: Vec<f32>, bias: f32) -> Self {
        self.linear = linear_of(weights, bias, &self.linear.weight.val().device());
        self
    }
}

/// Mean of each cell of `voxels` × `voxels` in plane and `thickness` slices: `[b, 1, z, y, x]` → `[b, cells]`, x fastest.
fn cell_means(image: Tensor<5>, voxels: usize, thickness: usize) -> Tensor<2> {
    let [subjects, _, depth, height, width] = image.dims();
    let [d, h, w] = [depth / thickness, height / voxels, width / voxels];
    let slabs: Tensor<3> = image.reshape([subjects * d, thickness, height * width]).mean_dim(1);
    let bars: Tensor<3> = slabs.reshape([subjects * d * h, voxels, width]).mean_dim(1);
    let cells: Tensor<3> = bars.reshape([subjects * d * h * w, voxels, 1]).mean_dim(1);
    cells.reshape([subjects, d * h * w])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Grid};
    use burn::tensor::TensorData;

    #[test]
    fn cells_are_means_of_their_voxels() {
        // 2 x 4 x 6 voxels along z, y, x of two subjects: the value says where it is.
        let value = |at: usize| (at % 6 + 10 * (at / 6 % 4) + 100 * (at / 24 % 2) + 1000 * (at / 48)) as f32;
        let data = TensorData::new((0..96).map(value).collect::<Vec<f32>>(), [2, 1, 2, 4, 6]);
        let means = cell_means(Tensor::from_data(data, &Device::flex()), 2, 2);
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
        let (device, kind) = (Device::flex(), SpatialKind::Volume);
        let config = DoseConfig { voxels: 2, counts: [1, 1, 1] };
        assert!(config.check(kind, [2, 2, 2]).is_ok() && config.check(kind, [2, 4, 2]).is_err());
        let image = Tensor::<5>::ones([1, 1, 2, 2, 2], &device);
        let context = context([2; 3], &device);
        let factor = |dose: Dose| dose.forward(image.clone(), &context).into_scalar::<f32>();
        assert_eq!(factor(config.init(kind, &device)), 1.0);
        assert_eq!(factor(config.init(kind, &device).with_linear(vec![0.5], -0.25)), 1.25);
        assert_eq!(factor(config.init(kind, &device).with_linear(vec![-9.0], 0.0)), 0.0);
    }

    #[test]
    fn slices_stand_for_all_and_bring_their_own_weights() {
        let device = Device::flex();
        let config = DoseConfig { voxels: 2, counts: [1, 1, 3] };
        let dose = config.init(SpatialKind::Plane, &device).with_linear(vec![0.1, 0.2, 0.4], 0.0);
        let context = context([2, 2, 3], &device);
        let factor = |slices: &[usize]| {
            let image = Tensor::<5>::ones([1, 1, slices.len(), 2, 2], &device);
            dose.forward(image, &context.slices(slices)).into_scalar::<f32>()
        };
        for (slices, expected) in [(&[0, 1, 2][..], 1.7), (&[0], 1.3), (&[0, 2], 1.75)] {
            assert!((factor(slices) - expected).abs() < 1e-6, "{slices:?}: {}", factor(slices));
        }
    }

    fn context(shape: [usize; 3], device: &Device) -> GridContext {
        let grid = Grid { shape, mni_from_voxel: Affine::from_spacing_origin([4.0; 3], [0.0; 3]) };
        GridContext::everywhere(&grid, device)
    }
}
