//! The operations on a graphics card, as kernels of CubeCL: CUDA, Vulkan and Metal run the same ones.
//!
//! Burn without its timing of many kernels convolves directly, and computes the gradient of the weights as a convolution by the
//! whole image, which takes most of a training step. Here images lie as `[n, d, h, w, c]`, and what is returned is a view of that;
//! the sums are in single precision, whatever the images are in.

mod convolution;
mod cube;
mod learning;
mod norm;
mod tensors;
mod weights;

pub use learning::{adam, blend};

use super::kernels::Kernels;
use burn::backend::Cube;
use burn_cubecl::tensor::CubeTensor;
use convolution::{back, doubling, forward, halved, plain};
use tensors::sizes;
use weights::gradient_of_weights;

impl Kernels for Cube {
    /// Mean and 1 / standard deviation `[n, channel, 2]` in single precision; nothing where only activated.
    type Statistics = Option<CubeTensor>;

    fn convolution(
        image: &CubeTensor,
        weights: &CubeTensor,
        bias: &CubeTensor,
        stride: usize,
        padding: usize,
    ) -> CubeTensor {
        let geometry = plain(image, weights, stride, padding);
        forward(&geometry, image, weights, bias, false)
    }

    fn convolution_image(
        image: &CubeTensor,
        weights: &CubeTensor,
        gradient: &CubeTensor,
        stride: usize,
        padding: usize,
    ) -> CubeTensor {
        back(&plain(image, weights, stride, padding), weights, gradient)
    }

    fn convolution_weights(
        image: &CubeTensor,
        weights: &CubeTensor,
        gradient: &CubeTensor,
        stride: usize,
        padding: usize,
        with_bias: bool,
    ) -> (CubeTensor, Option<CubeTensor>) {
        let geometry = plain(image, weights, stride, padding);
        gradient_of_weights(&geometry, image, weights, gradient, false, with_bias)
    }

    fn upsampling(image: &CubeTensor, weights: &CubeTensor, bias: &CubeTensor) -> CubeTensor {
        let geometry = doubling(image, weights);
        forward(&geometry, image, weights, bias, true)
    }

    fn upsampling_image(image: &CubeTensor, weights: &CubeTensor, gradient: &CubeTensor) -> CubeTensor {
        let geometry = doubling(image, weights);
        halved(&geometry, back(&geometry, weights, gradient), sizes(image))
    }

    fn upsampling_weights(
        image: &CubeTensor,
        weights: &CubeTensor,
        gradient: &CubeTensor,
        with_bias: bool,
    ) -> (CubeTensor, Option<CubeTensor>) {
        gradient_of_weights(&doubling(image, weights), image, weights, gradient, true, with_bias)
    }

    fn standardise(image: &CubeTensor, groups: usize, slope: f32) -> (CubeTensor, Option<CubeTensor>) {
        norm::standardise(image, groups, slope)
    }

    fn standardise_image(
        image: &CubeTensor,
        statistics: &Option<CubeTensor>,
        gradient: &CubeTensor,
        groups: usize,
        slope: f32,
    ) -> CubeTensor {
        norm::standardise_image(image, statistics, gradient, groups, slope)
    }
}

#[cfg(test)]
mod tests;
