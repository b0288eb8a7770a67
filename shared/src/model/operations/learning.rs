//! What a step does to every weight, as one kernel on a graphics card, where starting one takes longer than running it.

use super::card;
use burn::backend::{Backend, Cube, Dispatch, DispatchDevice, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// Numbers of one step of Adam.
#[derive(Clone, Copy, Debug)]
pub struct AdamNumbers {
    pub beta_1: f32,
    pub beta_2: f32,
    /// Of this step, with the corrections for moments that have seen few steps.
    pub rate: f32,
    pub epsilon: f32,
}

#[backend_extension(Cube)]
pub trait LearningOps: Backend {
    /// New weights, first and second moment.
    fn adam(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        numbers: AdamNumbers,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn blend(average: FloatTensor<Self>, newest: FloatTensor<Self>, decay: f32) -> FloatTensor<Self>;
}

impl LearningOps for Cube {
    fn adam(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        numbers: AdamNumbers,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        card::adam(weights, gradient, first, second, numbers)
    }

    fn blend(average: FloatTensor<Self>, newest: FloatTensor<Self>, decay: f32) -> FloatTensor<Self> {
        card::blend(average, newest, decay)
    }
}

/// Whether a tensor lies where [`adam_step`] and [`blended`] work: on a graphics card, without gradients.
pub fn learns_on_card<const D: usize>(tensor: &Tensor<D>) -> bool {
    matches!(tensor.device().as_dispatch(), DispatchDevice::Cube(_))
}

/// New weights, first and second moment.
pub fn adam_step<const D: usize>(
    weights: Tensor<D>,
    gradient: Tensor<D>,
    [first, second]: [Tensor<D>; 2],
    numbers: AdamNumbers,
) -> [Tensor<D>; 3] {
    let (weights, first, second) = <Dispatch as LearningOps>::adam(
        weights.into_dispatch(),
        gradient.into_dispatch(),
        first.into_dispatch(),
        second.into_dispatch(),
        numbers,
    );
    [weights, first, second].map(Tensor::from_dispatch)
}

/// `average · decay + newest · (1 − decay)`.
pub fn blended<const D: usize>(average: Tensor<D>, newest: Tensor<D>, decay: f32) -> Tensor<D> {
    let blended = <Dispatch as LearningOps>::blend(average.into_dispatch(), newest.into_dispatch(), decay);
    Tensor::from_dispatch(blended)
}
