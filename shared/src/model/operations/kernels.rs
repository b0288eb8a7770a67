//! What the operations and their gradients are made of; each kind of device has its own.

use burn::backend::{Backend, tensor::FloatTensor};

/// What the operations and their gradients are made of.
pub trait Kernels: Backend {
    /// What a normalisation found, kept for its gradient.
    type Statistics: Clone + std::fmt::Debug + Send + 'static;

    fn convolution(
        image: &FloatTensor<Self>,
        weights: &FloatTensor<Self>,
        bias: &FloatTensor<Self>,
        stride: usize,
        padding: usize,
    ) -> FloatTensor<Self>;

    /// Gradient of the image from that of the output.
    fn convolution_image(
        image: &FloatTensor<Self>,
        weights: &FloatTensor<Self>,
        gradient: &FloatTensor<Self>,
        stride: usize,
        padding: usize,
    ) -> FloatTensor<Self>;

    /// Gradients of the weights, and of the bias `[out]` where `with_bias`.
    fn convolution_weights(
        image: &FloatTensor<Self>,
        weights: &FloatTensor<Self>,
        gradient: &FloatTensor<Self>,
        stride: usize,
        padding: usize,
        with_bias: bool,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>);

    fn upsampling(
        image: &FloatTensor<Self>,
        weights: &FloatTensor<Self>,
        bias: &FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    fn upsampling_image(
        image: &FloatTensor<Self>,
        weights: &FloatTensor<Self>,
        gradient: &FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    fn upsampling_weights(
        image: &FloatTensor<Self>,
        weights: &FloatTensor<Self>,
        gradient: &FloatTensor<Self>,
        with_bias: bool,
    ) -> (FloatTensor<Self>, Option<FloatTensor<Self>>);

    fn standardise(image: &FloatTensor<Self>, groups: usize, slope: f32) -> (FloatTensor<Self>, Self::Statistics);

    fn standardise_image(
        image: &FloatTensor<Self>,
        statistics: &Self::Statistics,
        gradient: &FloatTensor<Self>,
        groups: usize,
        slope: f32,
    ) -> FloatTensor<Self>;
}
