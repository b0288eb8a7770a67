//! The operations on the processor, natively and in the browser.
//!
//! Burn's CPU backend (Flex) copies each image into a matrix before it convolves it, and normalises in a dozen passes over
//! memory. Here a layer is two passes, in slices as in volumes.

mod convolution;
mod norm;
mod simd;
mod sweep;
mod upsampling;

use super::geometry::Geometry;
use super::kernels::Kernels;
use crate::threads;
use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::TensorData;
use norm::RowStatistics;
use std::borrow::Cow;
use upsampling::Upsampling;

impl Kernels for Flex {
    type Statistics = RowStatistics;

    fn convolution(
        image: &FlexTensor,
        weights: &FlexTensor,
        bias: &FlexTensor,
        stride: usize,
        padding: usize,
    ) -> FlexTensor {
        let geometry = geometry(image, weights, stride, padding);
        let bias = values(bias);
        let result = geometry.forward(&values(image), &values(weights), some(&bias));
        image_tensor(result, geometry.images, geometry.channels_out, geometry.output())
    }

    fn convolution_image(
        image: &FlexTensor,
        weights: &FlexTensor,
        gradient: &FlexTensor,
        stride: usize,
        padding: usize,
    ) -> FlexTensor {
        let geometry = geometry(image, weights, stride, padding);
        let result = geometry.backward_input(&values(gradient), &values(weights), None);
        image_tensor(result, geometry.images, geometry.channels_in, geometry.input)
    }

    fn convolution_weights(
        image: &FlexTensor,
        weights: &FlexTensor,
        gradient: &FlexTensor,
        stride: usize,
        padding: usize,
        with_bias: bool,
    ) -> (FlexTensor, Option<FlexTensor>) {
        let geometry = geometry(image, weights, stride, padding);
        let found = geometry.backward_weights(&values(image), &values(gradient));
        (tensor(found, weights.shape().to_vec()), with_bias.then(|| bias(gradient)))
    }

    fn upsampling(image: &FlexTensor, weights: &FlexTensor, bias: &FlexTensor) -> FlexTensor {
        let (upsampling, images, [_, channels]) = upsampled(image, weights);
        let bias = values(bias);
        let result = upsampling.forward(&values(image), &values(weights), some(&bias));
        image_tensor(result, images, channels, upsampling.output())
    }

    fn upsampling_image(image: &FlexTensor, weights: &FlexTensor, gradient: &FlexTensor) -> FlexTensor {
        let (upsampling, ..) = upsampled(image, weights);
        tensor(upsampling.backward_input(&values(gradient), &values(weights)), image.shape().to_vec())
    }

    fn upsampling_weights(
        image: &FlexTensor,
        weights: &FlexTensor,
        gradient: &FlexTensor,
        with_bias: bool,
    ) -> (FlexTensor, Option<FlexTensor>) {
        let (upsampling, ..) = upsampled(image, weights);
        let found = upsampling.backward_weights(&values(image), &values(gradient));
        (tensor(found, weights.shape().to_vec()), with_bias.then(|| bias(gradient)))
    }

    fn standardise(image: &FlexTensor, groups: usize, slope: f32) -> (FlexTensor, RowStatistics) {
        let (result, statistics) = norm::forward(&values(image), row(image, groups), slope);
        (tensor(result, image.shape().to_vec()), statistics)
    }

    fn standardise_image(
        image: &FlexTensor,
        statistics: &RowStatistics,
        gradient: &FlexTensor,
        groups: usize,
        slope: f32,
    ) -> FlexTensor {
        let result = norm::backward(&values(image), statistics, &values(gradient), row(image, groups), slope);
        tensor(result, image.shape().to_vec())
    }
}

/// Gradient of a bias: the sum of the output's gradient over images and space, `[out]`.
fn bias(gradient: &FlexTensor) -> FlexTensor {
    let [_, channels, depth, height, width] = sizes(gradient);
    let values = values(gradient);
    let image = |channel: usize| values.chunks_exact(depth * height * width).skip(channel).step_by(channels);
    let total = |channel: usize| image(channel).map(|voxels| norm::sum(voxels.len(), |voxel| voxels[voxel])).sum();
    tensor(threads::map(channels, total), vec![channels])
}

/// A tensor's numbers in order; copied only where they do not lie so.
fn values(tensor: &FlexTensor) -> Cow<'_, [f32]> {
    match tensor.as_slice::<f32>() {
        Some(values) => Cow::Borrowed(values),
        None => Cow::Owned(tensor.to_contiguous().as_slice::<f32>().unwrap_or_default().to_vec()),
    }
}

/// `None` for no numbers.
fn some(bias: &[f32]) -> Option<&[f32]> {
    (!bias.is_empty()).then_some(bias)
}

fn tensor(values: Vec<f32>, shape: Vec<usize>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn image_tensor(values: Vec<f32>, images: usize, channels: usize, [depth, height, width]: [usize; 3]) -> FlexTensor {
    tensor(values, vec![images, channels, depth, height, width])
}

/// `[n, c, d, h, w]`; leading ones where there are fewer axes.
fn sizes(tensor: &FlexTensor) -> [usize; 5] {
    let shape = tensor.shape();
    let missing = 5usize.saturating_sub(shape.num_dims());
    std::array::from_fn(|axis| if axis < missing { 1 } else { shape[axis - missing] })
}

/// Output and input channels of weights, and their kernel along z, y, x.
fn kernel(weights: &FlexTensor) -> ([usize; 2], [usize; 3]) {
    let shape = weights.shape();
    match shape.num_dims() {
        4 => ([shape[0], shape[1]], [1, shape[2], shape[3]]),
        _ => ([shape[0], shape[1]], [shape[2], shape[3], shape[4]]),
    }
}

fn geometry(image: &FlexTensor, weights: &FlexTensor, stride: usize, padding: usize) -> Geometry {
    Geometry::new(sizes(image), &weights.shape(), stride, padding)
}

fn upsampled(image: &FlexTensor, weights: &FlexTensor) -> (Upsampling, usize, [usize; 2]) {
    let [images, channels_in, depth, height, width] = sizes(image);
    let ([channels_out, _], _) = kernel(weights);
    let volume = weights.shape().num_dims() == 5;
    let channels = [channels_in, channels_out];
    (Upsampling::new(images, channels, [depth, height, width], [volume, true, true]), images, channels)
}

/// Numbers that share a mean; `None` for no normalisation.
fn row(image: &FlexTensor, groups: usize) -> Option<usize> {
    let [_, channels, depth, height, width] = sizes(image);
    channels.checked_div(groups).map(|channels| channels * depth * height * width)
}

#[cfg(test)]
pub(super) mod tests;
