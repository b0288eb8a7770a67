//! A linear layer with one answer whose weights are given, not drawn.

use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};

/// The layer that weighs each number so and adds the bias.
pub(super) fn linear_of(weights: Vec<f32>, bias: f32, device: &Device) -> Linear {
    let count = weights.len();
    let mut linear = LinearConfig::new(count, 1).init(device);
    linear.weight = Param::from_tensor(Tensor::from_data(TensorData::new(weights, [count, 1]), device));
    linear.bias = Some(Param::from_tensor(Tensor::from_data(TensorData::new(vec![bias], [1]), device)));
    linear
}
