//! What a network knows of the grid beside the image: each voxel's height, and where brain may be.

use super::SpatialKind;
use super::linear::indices;
use crate::volume::{Grid, Volume};
use burn::tensor::{Device, FloatDType, Tensor, TensorData};

/// Millimetres that the height channel counts as 1.
const HEIGHT_UNIT_MM: f64 = 100.0;

/// Per-voxel constants of a grid, shaped like the images they accompany: `[1 or batch, 1, depth, height, width]`.
#[derive(Clone, Debug)]
pub struct GridContext {
    /// MNI z of the voxel divided by 100 mm.
    pub height: Tensor<5>,
    /// 1 where a generator may change the image, else 0.
    pub mask: Tensor<5>,
    /// What generators and critics compute their layers in (see [`GridContext::in_precision`]).
    pub precision: FloatDType,
    /// Which axial slices of the grid these are; `None`: all.
    pub slices: Option<Vec<usize>>,
}

impl GridContext {
    /// Context of a whole grid; `mask` has the grid's shape.
    pub fn new(grid: &Grid, mask: &Volume, device: &Device) -> Self {
        let [nx, ny, nz] = grid.shape;
        let height = (0..nz)
            .flat_map(|z| {
                let z_mm = grid.mni_from_voxel.apply([0.0, 0.0, z as f64])[2];
                std::iter::repeat_n((z_mm / HEIGHT_UNIT_MM) as f32, nx * ny)
            })
            .collect();
        GridContext {
            height: tensor_5d(height, grid.shape, device),
            mask: tensor_5d(mask.data.clone(), mask.shape, device),
            precision: FloatDType::F32,
            slices: None,
        }
    }

    /// Context of a whole grid whose every voxel a generator may change.
    pub fn everywhere(grid: &Grid, device: &Device) -> Self {
        GridContext::new(grid, &grid.volume(vec![1.0; grid.voxel_count()]), device)
    }

    /// The same context for layers computed in another precision (mixed precision, Micikevicius et al. 2018): images, weights,
    /// means and what is made of the last layer stay in single precision, as does all that a classifier does.
    pub fn in_precision(self, precision: FloatDType) -> Self {
        GridContext { precision, ..self }
    }

    /// The context of some axial slices of the grid, ascending.
    pub fn slices(&self, slices: &[usize]) -> Self {
        let indices = indices(slices, &self.height.device());
        GridContext {
            height: self.height.clone().select(2, indices.clone()),
            mask: self.mask.clone().select(2, indices),
            precision: self.precision,
            slices: (slices.len() < self.height.dims()[2]).then(|| slices.to_vec()),
        }
    }

    /// The same context on another device.
    pub fn to_device(&self, device: &Device) -> Self {
        GridContext {
            height: self.height.clone().to_device(device),
            mask: self.mask.clone().to_device(device),
            precision: self.precision,
            slices: self.slices.clone(),
        }
    }

    /// The slices of a whole grid `[1, 1, z, y, x]` that this is the context of.
    pub(super) fn of_grid(&self, grid: Tensor<5>) -> Tensor<5> {
        let Some(slices) = &self.slices else { return grid };
        let indices = indices(slices, &grid.device());
        grid.select(2, indices)
    }

    /// The image with what the kind of network needs beside it: plane networks see the height as a second channel.
    pub(super) fn with_image(&self, kind: SpatialKind, image: Tensor<5>) -> Tensor<5> {
        match kind {
            SpatialKind::Volume => image,
            SpatialKind::Plane => {
                let height = self.height.clone().expand(image.dims());
                Tensor::cat(vec![image, height], 1)
            }
        }
    }
}

/// Channels that [`GridContext::with_image`] gives.
pub(super) fn input_channels(kind: SpatialKind) -> usize {
    match kind {
        SpatialKind::Plane => 2,
        SpatialKind::Volume => 1,
    }
}

fn tensor_5d(data: Vec<f32>, shape_xyz: [usize; 3], device: &Device) -> Tensor<5> {
    let [nx, ny, nz] = shape_xyz;
    Tensor::from_data(TensorData::new(data, [1, 1, nz, ny, nx]), device)
}

/// A volume as `[1, 1, z, y, x]`.
pub fn tensor_from_volume(volume: &Volume, device: &Device) -> Tensor<5> {
    tensor_5d(volume.data.clone(), volume.shape, device)
}
