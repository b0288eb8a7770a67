//! A linear layer with one answer: its weights are given, not drawn, and some slices may answer for all.

use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// The layer that weighs each number so and adds the bias.
pub(super) fn linear_of(weights: Vec<f32>, bias: f32, device: &Device) -> Linear {
    let count = weights.len();
    let mut linear = LinearConfig::new(count, 1).init(device);
    linear.weight = Param::from_tensor(Tensor::from_data(TensorData::new(weights, [count, 1]), device));
    linear.bias = Some(Param::from_tensor(Tensor::from_data(TensorData::new(vec![bias], [1]), device)));
    linear
}

/// Output of a layer whose inputs lie as channels, slices and positions in a slice, for some slices alone: these are taken as
/// representative of all `depth` slices.
pub(super) fn answer_of_slices(
    linear: &Linear,
    inputs: Tensor<2>,
    channels: usize,
    depth: usize,
    slices: &[usize],
) -> Tensor<2> {
    let [all, _] = linear.weight.dims();
    let places = all / (channels * depth);
    let weights = linear.weight.val().reshape([channels, depth, places]).select(1, indices(slices, &inputs.device()));
    let answer = inputs.matmul(weights.reshape([channels * slices.len() * places, 1]));
    let answer = answer * (depth as f64 / slices.len() as f64);
    match &linear.bias {
        Some(bias) => answer + bias.val().reshape([1, 1]),
        None => answer,
    }
}

/// Slices as a tensor that selects them.
pub(super) fn indices(slices: &[usize], device: &Device) -> Tensor<1, Int> {
    let indices: Vec<i32> = slices.iter().map(|&slice| slice as i32).collect();
    Tensor::from_data(TensorData::new(indices, [slices.len()]), device)
}
