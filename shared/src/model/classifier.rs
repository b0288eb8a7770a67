//! The judge: a CNN that tells young from old, built so that its class-activation map is exact.
//!
//! Convolutions → means over the whole grid or over its cells → one linear layer. Because the last steps are linear, the map
//! of Zhou et al. 2016 (CAM) divides the whole output among the positions, and needs no differentiation in the browser. Over the
//! whole grid Grad-CAM (Selvaraju et al. 2017) is the same up to a factor; over cells, which have weights of their own, the map
//! is HiResCAM's (Draelos and Carin 2020): gradient times activation, position by position.

use super::context::{GridContext, input_channels};
use super::linear::{answer_of_slices, linear_of};
use super::spatial::{ConvShape, Edge, Norm, SpatialConv, SpatialKind, fold_slices, unfold_slices};
use crate::network_fault::NetworkFault;
use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// Pooled features differ between the groups by a few per cent only: scaled up, the linear layer learns at the pace of the others.
pub const POOLED_SCALE: f64 = 10.0;

/// How the features of all positions become the inputs of the linear layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// One mean over the grid: a feature counts the same everywhere.
    #[default]
    Grid,
    /// One mean for each cell of `voxels` × `voxels` of each axial slice, with weights of its own: a feature counts according to
    /// its position. `counts` are the cells along x and y and the slices along z. In plane mode only.
    Cells { voxels: usize, counts: [usize; 3] },
}

/// What the first layer looks for before it has learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstFilters {
    /// Anything: He normal (He et al. 2015).
    #[default]
    Random,
    /// Bright and dark lines in four directions, such as the cortex's ribbon and the sulci: second derivatives of a Gaussian, as
    /// the first cells of vision are described (Young 1987). For plane mode, 8 filters and a kernel of 5.
    Lines,
}

/// Shape of a classifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassifierConfig {
    pub kind: SpatialKind,
    /// Channels of the first layer; doubled by each further one.
    pub filters: usize,
    /// Strided convolutions, each halving the image.
    pub layers: usize,
    /// Width of their kernels.
    #[serde(default = "three")]
    pub kernel: usize,
    /// Whether a convolution of stride 1 follows them.
    #[serde(default = "yes")]
    pub refine: bool,
    #[serde(default)]
    pub first_filters: FirstFilters,
    pub norm: Norm,
    #[serde(default)]
    pub pooling: Pooling,
    /// Share of pooled features dropped while training.
    pub dropout: f64,
}

fn three() -> usize {
    3
}

fn yes() -> bool {
    true
}

/// Tells young from old for a whole grid.
#[derive(Module, Debug)]
pub struct Classifier {
    pub(super) layers: Vec<SpatialConv>,
    dropout: Dropout,
    pub(super) linear: Linear,
    #[module(skip)]
    pub(super) config: ClassifierConfig,
}

/// What one pass gives.
pub struct ClassifierOutput {
    /// `[b, 1]`: log-odds of "old".
    pub logit_old: Tensor<2>,
    /// `[b, c, d', h', w']`: the last convolution's activations, after ReLU.
    pub features: Tensor<5>,
}

impl ClassifierConfig {
    /// A published shape: kernels of 3, means over the whole grid.
    pub fn plain(kind: SpatialKind, filters: usize, layers: usize, norm: Norm, dropout: f64) -> Self {
        ClassifierConfig {
            kind,
            filters,
            layers,
            kernel: 3,
            refine: true,
            first_filters: FirstFilters::Random,
            norm,
            pooling: Pooling::Grid,
            dropout,
        }
    }

    /// New weights; those of a linear layer over cells are zero.
    pub fn init(&self, device: &Device) -> Classifier {
        let width = |level: usize| self.filters << level;
        let deepest = width(self.layers - 1);
        let strided = (0..self.layers).map(|level| {
            let channels_in = if level == 0 { input_channels(self.kind) } else { width(level - 1) };
            ([channels_in, width(level)], 2, self.kernel)
        });
        let mut layers: Vec<SpatialConv> = strided
            .chain(self.refine.then_some(([deepest, deepest], 1, 3)))
            .map(|(channels, stride, kernel)| {
                ConvShape {
                    kind: self.kind,
                    channels,
                    kernel,
                    stride,
                    edge: Edge::Zero,
                    initializer: Initializer::KaimingNormal { gain: std::f64::consts::SQRT_2, fan_out_only: false },
                    bias: true,
                }
                .init(device)
            })
            .collect();
        if let (FirstFilters::Lines, Some(SpatialConv::Plane(first))) = (self.first_filters, layers.first_mut()) {
            first.set_weights(line_filters(), device);
        }
        let linear = match self.pooling {
            Pooling::Grid => LinearConfig::new(self.pooled_features(), 1).init(device),
            Pooling::Cells { .. } => linear_of(vec![0.0; self.pooled_features()], 0.0, device),
        };
        Classifier { layers, dropout: DropoutConfig::new(self.dropout).init(), linear, config: self.clone() }
    }

    /// How many numbers the linear layer weighs.
    pub fn pooled_features(&self) -> usize {
        let channels = self.filters << (self.layers - 1);
        match self.pooling {
            Pooling::Grid => channels,
            Pooling::Cells { counts, .. } => channels * counts.iter().product::<usize>(),
        }
    }
}

impl ClassifierConfig {
    /// Whether the first layer can begin as it is asked to.
    pub(super) fn check_first_filters(&self) -> Result<(), NetworkFault> {
        let lines_fit = self.kind == SpatialKind::Plane && self.filters == LINE_FILTERS && self.kernel == LINE_KERNEL;
        match self.first_filters == FirstFilters::Lines && !lines_fit {
            true => Err(NetworkFault::Lines { filters: LINE_FILTERS, kernel: LINE_KERNEL }),
            false => Ok(()),
        }
    }
}

/// Filters of [`FirstFilters::Lines`], and their width.
const LINE_FILTERS: usize = 8;
const LINE_KERNEL: usize = 5;

/// Weights `[8, 2, 5, 5]` of image and height: second derivatives of a Gaussian of 0.8 voxels at 0°, 45°, 90° and 135°, each with
/// both signs, without mean; nothing of the height.
fn line_filters() -> TensorData {
    const SIGMA: f64 = 0.8;
    let reach = (LINE_KERNEL / 2) as i64;
    let places: Vec<[f64; 2]> =
        (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| [x as f64, y as f64])).collect();
    let gaussian = |[x, y]: [f64; 2]| (-(x * x + y * y) / (2.0 * SIGMA * SIGMA)).exp();
    let total: f64 = places.iter().map(|&place| gaussian(place)).sum();
    let mut values = Vec::with_capacity(LINE_FILTERS * 2 * places.len());
    for direction in 0..LINE_FILTERS / 2 {
        let (sin, cos) = (direction as f64 * std::f64::consts::FRAC_PI_4).sin_cos();
        let filter: Vec<f64> = places
            .iter()
            .map(|&[x, y]| {
                let along = cos * x + sin * y;
                (along * along / (SIGMA * SIGMA) - 1.0) * gaussian([x, y]) / total
            })
            .collect();
        let mean = filter.iter().sum::<f64>() / filter.len() as f64;
        for sign in [1.0, -1.0] {
            values.extend(filter.iter().map(|value| (sign * (value - mean)) as f32));
            values.extend(std::iter::repeat_n(0.0, places.len()));
        }
    }
    TensorData::new(values, [LINE_FILTERS, 2, LINE_KERNEL, LINE_KERNEL])
}

impl Classifier {
    /// `image` `[b, 1, d, h, w]`, grey-matter density 0..1 on the grid of `context`.
    pub fn forward(&self, image: Tensor<5>, context: &GridContext) -> ClassifierOutput {
        let features = self.features(image, context);
        ClassifierOutput { logit_old: self.logit_of_features(features.clone()), features }
    }

    /// `[b, 1]`: log-odds of "old" from the last convolution's activations `[b, c, d', h', w']` of the whole grid: what
    /// [`Classifier::forward`] ends in, for gradients that begin there.
    pub fn logit_of_features(&self, features: Tensor<5>) -> Tensor<2> {
        self.linear.forward(self.dropout.forward(self.pooled(features)))
    }

    /// `[b, 1]`: log-odds of "old" from some axial slices of the grid only, `image` and `context` being those slices: they count
    /// as much as all would. In volume mode, and for means over the grid, the same as [`Classifier::forward`].
    pub fn logit_of_slices(&self, image: Tensor<5>, context: &GridContext, slices: &[usize]) -> Tensor<2> {
        let pooled = self.dropout.forward(self.pooled(self.features(image, context)));
        let Pooling::Cells { counts: [columns, rows, depth], .. } = self.config.pooling else {
            return self.linear.forward(pooled);
        };
        let [inputs, _] = self.linear.weight.dims();
        let channels = inputs / (columns * rows * depth);
        answer_of_slices(&self.linear, pooled, channels, depth, slices)
    }

    /// The last convolution's activations, after ReLU.
    fn features(&self, image: Tensor<5>, context: &GridContext) -> Tensor<5> {
        self.through(&self.layers, image, context)
    }

    /// The activations of the last of these layers, which are the first of the network, after ReLU.
    pub(super) fn through(&self, layers: &[SpatialConv], image: Tensor<5>, context: &GridContext) -> Tensor<5> {
        let kind = self.config.kind;
        let depth = image.dims()[2];
        let mut x = fold_slices(kind, context.with_image(kind, image));
        for layer in layers {
            x = self.config.norm.activate(layer.forward(x), 0.0);
        }
        unfold_slices(kind, x, depth)
    }

    /// What the linear layer weighs, `[b, pooled_features]`, from the features.
    pub fn pooled(&self, features: Tensor<5>) -> Tensor<2> {
        let [b, c, d, h, w] = features.dims();
        let pooled = match self.cell() {
            None => features.reshape([b, c, d * h * w]).mean_dim(2).reshape([b, c]),
            Some(cell) => {
                let (rows, columns) = (h / cell, w / cell);
                let by_row = features.reshape([b * c * d * rows, cell, w]).mean_dim(1);
                by_row.reshape([b * c * d * rows * columns, cell]).mean_dim(1).reshape([b, c * d * rows * columns])
            }
        };
        pooled * POOLED_SCALE
    }

    /// Side of a cell in features; `None` for the whole grid.
    fn cell(&self) -> Option<usize> {
        match self.config.pooling {
            Pooling::Grid => None,
            Pooling::Cells { voxels, .. } => Some(voxels >> self.config.layers),
        }
    }

    /// The same network with another linear layer: a weight for each pooled feature, and a bias.
    pub fn with_linear(mut self, weights: Vec<f32>, bias: f32) -> Self {
        self.linear = linear_of(weights, bias, &self.linear.weight.val().device());
        self
    }

    /// Whether everybody is told the same: no pooled feature has a weight.
    pub fn tells_all_the_same(&self) -> bool {
        let weights = self.linear.weight.val().into_data();
        weights.iter::<f32>().all(|weight| weight == 0.0)
    }

    /// Voxels between neighbouring positions of the class-activation map along x, y, z.
    pub fn stride_voxels(&self) -> [usize; 3] {
        match self.config.pooling {
            Pooling::Cells { voxels, .. } => [voxels, voxels, 1],
            Pooling::Grid => self.feature_stride_voxels(),
        }
    }

    /// Voxels between neighbouring features along x, y, z; feature 0 is centred on voxel 0.
    pub fn feature_stride_voxels(&self) -> [usize; 3] {
        let stride = 1 << self.config.layers;
        match self.config.kind {
            SpatialKind::Plane => [stride, stride, 1],
            SpatialKind::Volume => [stride; 3],
        }
    }

    /// The voxel, along x, y, z, on which position 0 of the class-activation map is centred: 0, and for cells the mean of the
    /// voxels on which a cell's features are centred.
    pub fn first_voxel(&self) -> [f32; 3] {
        match self.config.pooling {
            Pooling::Cells { voxels, .. } => {
                let centre = (voxels as f32 - (1usize << self.config.layers) as f32) / 2.0;
                [centre, centre, 0.0]
            }
            Pooling::Grid => [0.0; 3],
        }
    }

    /// Class-activation map `[b, 1, d', h', w']` of the class "old", negative where it speaks for "young": Σ_c w_c · f_c of each
    /// position (Zhou et al. 2016, eq. 2). With cells it is that of each cell, and the cells' sum is the log-odds but for the bias.
    pub fn activation_map_old(&self, features: Tensor<5>) -> Tensor<5> {
        let weights = self.linear.weight.val();
        match self.config.pooling {
            Pooling::Grid => {
                let channels = features.dims()[1];
                (features * weights.reshape([1, channels, 1, 1, 1])).sum_dim(1)
            }
            Pooling::Cells { counts: [columns, rows, depth], .. } => {
                let [b, c, ..] = features.dims();
                let pooled = self.pooled(features).reshape([b, c, depth, rows, columns]);
                (pooled * weights.reshape([1, c, depth, rows, columns])).sum_dim(1)
            }
        }
    }
}
