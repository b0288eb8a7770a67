//! How the operations are differentiated: Burn's autodiff calls these on the way back.

use super::SpatialOps;
use super::kernels::Kernels;
use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

/// A convolution, as its gradients need it.
#[derive(Clone, Debug)]
struct Convolved<T> {
    image: T,
    weights: T,
    /// `None`: the image is doubled first.
    shape: Option<[usize; 2]>,
}

#[derive(Debug)]
struct Convolution;

impl<B: Kernels> Backward<B, 3> for Convolution {
    type State = Convolved<FloatTensor<B>>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let Convolved { image, weights, shape } = ops.state;
        let [of_image, of_weights, of_bias] = ops.parents;
        if let Some(parent) = of_image {
            let found = match shape {
                Some([stride, padding]) => B::convolution_image(&image, &weights, &gradient, stride, padding),
                None => B::upsampling_image(&image, &weights, &gradient),
            };
            grads.register::<B>(parent.id, found);
        }
        if of_weights.is_some() || of_bias.is_some() {
            let with_bias = of_bias.is_some();
            let (found, found_bias) = match shape {
                Some([stride, padding]) => {
                    B::convolution_weights(&image, &weights, &gradient, stride, padding, with_bias)
                }
                None => B::upsampling_weights(&image, &weights, &gradient, with_bias),
            };
            for (parent, found) in [(of_weights, Some(found)), (of_bias, found_bias)] {
                if let (Some(parent), Some(found)) = (parent, found) {
                    grads.register::<B>(parent.id, found);
                }
            }
        }
    }
}

/// A normalisation, as its gradient needs it.
#[derive(Clone, Debug)]
struct Standardised<T, S> {
    image: T,
    statistics: S,
    groups: usize,
    slope: f32,
}

#[derive(Debug)]
struct Standardise;

impl<B: Kernels> Backward<B, 1> for Standardise {
    type State = Standardised<FloatTensor<B>, B::Statistics>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _checkpointer: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [Some(parent)] = ops.parents else { return };
        let Standardised { image, statistics, groups, slope } = ops.state;
        grads.register::<B>(parent.id, B::standardise_image(&image, &statistics, &gradient, groups, slope));
    }
}

/// Convolves, and registers how to go back.
fn register<B: Kernels, C: CheckpointStrategy>(
    image: FloatTensor<Autodiff<B, C>>,
    weights: FloatTensor<Autodiff<B, C>>,
    bias: FloatTensor<Autodiff<B, C>>,
    shape: Option<[usize; 2]>,
) -> FloatTensor<Autodiff<B, C>> {
    let nodes = [image.node(), weights.node(), bias.node()];
    let (image, weights, bias) = (image.primitive().clone(), weights.primitive().clone(), bias.primitive().clone());
    let output = match shape {
        Some([stride, padding]) => B::convolution(&image, &weights, &bias, stride, padding),
        None => B::upsampling(&image, &weights, &bias),
    };
    match Convolution.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(operation) => operation.finish(Convolved { image, weights, shape }, output),
        OpsKind::UnTracked(operation) => operation.finish(output),
    }
}

impl<B: SpatialOps + Kernels, C: CheckpointStrategy> SpatialOps for Autodiff<B, C> {
    fn spatial_convolution(
        image: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        stride: usize,
        padding: usize,
    ) -> FloatTensor<Self> {
        register::<B, C>(image, weights, bias, Some([stride, padding]))
    }

    fn spatial_upsampling(
        image: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        register::<B, C>(image, weights, bias, None)
    }

    fn spatial_standardise(image: FloatTensor<Self>, groups: usize, slope: f32) -> FloatTensor<Self> {
        let (output, statistics) = B::standardise(image.primitive(), groups, slope);
        let state = Standardised { image: image.primitive().clone(), statistics, groups, slope };
        match Standardise.prepare::<C>([image.node()]).compute_bound().stateful() {
            OpsKind::Tracked(operation) => operation.finish(state, output),
            OpsKind::UnTracked(operation) => operation.finish(output),
        }
    }
}
