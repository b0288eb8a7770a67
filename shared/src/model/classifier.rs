//! The judge: a CNN that tells young from old, built so that its class-activation map is exact.
//!
//! Convolutions → global average over the whole grid → one linear layer. Because the last step is linear, the map
//! of Zhou et al. 2016 (CAM) and Grad-CAM (Selvaraju et al. 2017) at the last convolution are the same up to a
//! factor, and need no differentiation in the browser.

use super::context::{GridContext, input_channels};
use super::spatial::{ConvShape, Edge, Norm, SpatialConv, SpatialKind, fold_slices, unfold_slices};
use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// Pooled features differ between the groups by a few per cent only: scaled up, the linear layer learns at the pace of the others.
const POOLED_SCALE: f64 = 10.0;

/// Shape of a classifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassifierConfig {
    pub kind: SpatialKind,
    /// Channels of the first layer; doubled by each further one.
    pub filters: usize,
    /// Strided 3-wide convolutions, each halving the image; one of stride 1 follows.
    pub layers: usize,
    pub norm: Norm,
    /// Share of pooled features dropped while training.
    pub dropout: f64,
}

/// Tells young from old for a whole grid.
#[derive(Module, Debug)]
pub struct Classifier {
    layers: Vec<SpatialConv>,
    dropout: Dropout,
    linear: Linear,
    #[module(skip)]
    config: ClassifierConfig,
}

/// What one pass gives.
pub struct ClassifierOutput {
    /// `[b, 1]`: log-odds of "old".
    pub logit_old: Tensor<2>,
    /// `[b, c, d', h', w']`: the last convolution's activations, after ReLU.
    pub features: Tensor<5>,
}

impl ClassifierConfig {
    /// New weights: He normal (He et al. 2015).
    pub fn init(&self, device: &Device) -> Classifier {
        let width = |level: usize| self.filters << level;
        let deepest = width(self.layers - 1);
        let strided = (0..self.layers).map(|level| {
            let channels_in = if level == 0 { input_channels(self.kind) } else { width(level - 1) };
            ([channels_in, width(level)], 2)
        });
        let layers = strided
            .chain([([deepest, deepest], 1)])
            .map(|(channels, stride)| {
                ConvShape {
                    kind: self.kind,
                    channels,
                    kernel: 3,
                    stride,
                    edge: Edge::Zero,
                    initializer: Initializer::KaimingNormal { gain: std::f64::consts::SQRT_2, fan_out_only: false },
                    bias: true,
                }
                .init(device)
            })
            .collect();
        Classifier {
            layers,
            dropout: DropoutConfig::new(self.dropout).init(),
            linear: LinearConfig::new(deepest, 1).init(device),
            config: self.clone(),
        }
    }
}

impl Classifier {
    /// `image` `[b, 1, d, h, w]`, grey-matter density 0..1 on the grid of `context`.
    pub fn forward(&self, image: Tensor<5>, context: &GridContext) -> ClassifierOutput {
        let kind = self.config.kind;
        let depth = image.dims()[2];
        let mut x = fold_slices(kind, context.with_image(kind, image));
        for layer in &self.layers {
            x = relu(self.config.norm.apply(layer.forward(x)));
        }
        let features = unfold_slices(kind, x, depth);
        let [b, c, d, h, w] = features.dims();
        let pooled = features.clone().reshape([b, c, d * h * w]).mean_dim(2).reshape([b, c]) * POOLED_SCALE;
        ClassifierOutput { logit_old: self.linear.forward(self.dropout.forward(pooled)), features }
    }

    /// Voxels between neighbouring cells of the features along x, y, z.
    pub fn stride_voxels(&self) -> [usize; 3] {
        let stride = 1 << self.config.layers;
        match self.config.kind {
            SpatialKind::Plane => [stride, stride, 1],
            SpatialKind::Volume => [stride; 3],
        }
    }

    /// Class-activation map `[b, 1, d', h', w']` of the class "old": Σ_c w_c · f_c (Zhou et al. 2016, eq. 2); negative where it speaks for "young".
    pub fn activation_map_old(&self, features: Tensor<5>) -> Tensor<5> {
        let channels = features.dims()[1];
        let weights = self.linear.weight.val().reshape([1, channels, 1, 1, 1]);
        (features * weights).sum_dim(1)
    }
}
