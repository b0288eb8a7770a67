//! Convolution and normalisation of our own: on the processor, and on the graphics card of a program that trains.
//!
//! The functions below are Burn extensions: they have gradients, and they work on the tensors of some devices only; ask
//! [`applies_to`] first.

// The page only goes forward.
#![cfg_attr(not(feature = "train"), allow(dead_code))]

#[cfg(feature = "card")]
mod card;
mod cpu;
mod geometry;
#[cfg(feature = "train")]
mod gradients;
mod kernels;
#[cfg(feature = "card")]
pub mod learning;

use burn::backend::{Backend, Dispatch, DispatchDevice, backend_extension, tensor::FloatTensor};
use burn::tensor::{DType, Tensor};
use kernels::Kernels;

/// The operations as Burn dispatches them. Images are `[n, c, d, h, w]`, weights
/// `[out, in, (kd,) kh, kw]`, a bias `[out]` or empty.
#[backend_extension(Flex, Cube: cfg(feature = "card"), Autodiff: cfg(feature = "train"))]
pub trait SpatialOps: Backend {
    /// See [`convolution`].
    fn spatial_convolution(
        image: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        padding: usize,
    ) -> FloatTensor<Self>;

    /// See [`upsampling_convolution`].
    fn spatial_upsampling(
        image: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`standardise_and_activate`].
    fn spatial_standardise(image: FloatTensor<Self>, groups: usize, slope: f32) -> FloatTensor<Self>;
}

/// The operations of a backend that has the kernels.
macro_rules! with_kernels {
    ($backend:ty) => {
        impl SpatialOps for $backend {
            fn spatial_convolution(
                image: FloatTensor<Self>,
                weights: FloatTensor<Self>,
                bias: FloatTensor<Self>,
                stride: usize,
                padding: usize,
            ) -> FloatTensor<Self> {
                Self::convolution(&image, &weights, &bias, stride, padding)
            }

            fn spatial_upsampling(
                image: FloatTensor<Self>,
                weights: FloatTensor<Self>,
                bias: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                Self::upsampling(&image, &weights, &bias)
            }

            fn spatial_standardise(image: FloatTensor<Self>, groups: usize, slope: f32) -> FloatTensor<Self> {
                Self::standardise(&image, groups, slope).0
            }
        }
    };
}

with_kernels!(burn::backend::Flex);
#[cfg(feature = "card")]
with_kernels!(burn::backend::Cube);

/// Whether a tensor lives where these operations work: on the processor in single precision, or on a graphics card in a program
/// that trains there.
pub fn applies_to(x: &Tensor<5>) -> bool {
    match x.device().inner().as_dispatch() {
        DispatchDevice::Flex(_) => x.dtype() == DType::F32,
        #[cfg(feature = "card")]
        DispatchDevice::Cube(_) => true,
        #[allow(unreachable_patterns)]
        _ => false,
    }
}

/// Zero-padded convolution of images `[n, in, d, h, w]` with weights `[out, in, kh, kw]` (each slice on its own) or
/// `[out, in, kd, kh, kw]`; the same stride and padding along every axis that the kernel spans.
pub fn convolution<const D: usize>(
    image: Tensor<5>,
    weights: Tensor<D>,
    bias: Option<Tensor<1>>,
    stride: usize,
    padding: usize,
) -> Tensor<5> {
    let bias = or_none(bias, &image);
    Tensor::from_dispatch(<Dispatch as SpatialOps>::spatial_convolution(
        image.into_dispatch(),
        weights.into_dispatch(),
        bias.into_dispatch(),
        stride,
        padding,
    ))
}

/// Doubles images by repetition along the axes that the kernel spans, then convolves them with a kernel of 3 and a padding of 1.
pub fn upsampling_convolution<const D: usize>(
    image: Tensor<5>,
    weights: Tensor<D>,
    bias: Option<Tensor<1>>,
) -> Tensor<5> {
    let bias = or_none(bias, &image);
    Tensor::from_dispatch(<Dispatch as SpatialOps>::spatial_upsampling(
        image.into_dispatch(),
        weights.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// An extension's operations take tensors, not options: no numbers stand for no bias.
fn or_none(bias: Option<Tensor<1>>, image: &Tensor<5>) -> Tensor<1> {
    bias.unwrap_or_else(|| Tensor::empty([0], &image.device()))
}

/// Zero mean and unit variance over space and the channels of each of `groups` groups (0: leaves the values as they are), then
/// the leaky rectifier: `slope` 0 is ReLU, 1 none at all.
pub fn standardise_and_activate(image: Tensor<5>, groups: usize, slope: f32) -> Tensor<5> {
    Tensor::from_dispatch(<Dispatch as SpatialOps>::spatial_standardise(image.into_dispatch(), groups, slope))
}
