//! Maps from the classifier's last convolution, enlarged to the grid. Both are of the class "old", with both signs.

use crate::device::values;
use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::Tensor;
use shared::explain::{CoarseMap, Models, signed_map_on_grid};
use shared::model::tensor_from_volume;
use shared::volume::Volume;

/// Class-activation map (Zhou et al. 2016, eq. 2): Σ_c w_c · f_c of each position, placed where its features are centred.
pub fn class_activation(models: &Models, image: &Volume) -> Result<Vec<f32>> {
    let classifier = &models.classifier;
    let map = classifier.activation_map_old(features(models, image));
    on_grid(models, map, classifier.stride_voxels(), classifier.first_voxel())
}

/// Grad-CAM (Selvaraju et al. 2017, eq. 1 and 2, without the ReLU): the activations, weighted by the means over all positions of
/// the log-odds' gradients with respect to them.
///
/// Over the whole grid it is the class-activation map up to a factor; over cells the mean loses the weights of single cells.
pub fn grad_cam(models: &Models, image: &Volume) -> Result<Vec<f32>> {
    // Frozen: weights need no gradients, and nothing is dropped.
    let classifier = models.classifier.clone().freeze();
    let features = features(models, image);
    let leaf = features.clone().autodiff().require_grad();
    let gradients = classifier.logit_of_features(leaf.clone()).sum().backward();
    let gradient = leaf.grad(&gradients).context("the classifier's answer does not depend on its features")?;
    let [n, channels, depth, height, width] = gradient.dims();
    let weights = gradient.reshape([n, channels, depth * height * width]).mean_dim(2).reshape([n, channels, 1, 1, 1]);
    let map = (features * weights).sum_dim(1);
    on_grid(models, map, models.classifier.feature_stride_voxels(), [0.0; 3])
}

/// `[1, c, d', h', w']`: the last convolution's activations.
fn features(models: &Models, image: &Volume) -> Tensor<5> {
    models.classifier.forward(tensor_from_volume(image, &models.device), &models.context).features
}

/// A coarse map `[1, 1, d', h', w']` on the models' grid, x fastest.
fn on_grid(models: &Models, map: Tensor<5>, stride: [usize; 3], first: [f32; 3]) -> Result<Vec<f32>> {
    let [_, _, depth, height, width] = map.dims();
    let coarse = CoarseMap { shape: [width, height, depth], values: values(map)?, stride, first };
    Ok(signed_map_on_grid(&coarse, &models.grid).data)
}
