//! Layers that work on slices (`plane`) or on volumes (`volume`), behind one face.
//!
//! Inside a network, plane mode keeps every slice in the batch: `[batch·depth, channel, 1, height, width]`,
//! so that folding happens once at the entry ([`fold_slices`]) and once at the exit ([`unfold_slices`]).

use super::operations;
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig, Conv3d, Conv3dConfig};
use burn::nn::{Initializer, PaddingConfig2d, PaddingConfig3d};
use burn::tensor::activation::{leaky_relu, relu};
use burn::tensor::module::{conv2d, conv3d};
use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// Whether kernels are 2-D (each axial slice on its own) or 3-D.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpatialKind {
    Plane,
    Volume,
}

/// What a convolution sees beyond the border.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// Mirrored image, as published for CycleGAN.
    Reflect,
    /// Zeros: the background of a grey-matter map is zero, so this costs nothing and saves a copy.
    Zero,
}

/// Normalisation after a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    None,
    /// Zero mean and unit variance of each channel of each image, without learned scale (Ulyanov et al. 2016).
    Instance,
    /// The same over eight groups of channels (Wu and He 2018): channels keep their size relative to their group.
    Group,
}

/// Groups of [`Norm::Group`]; channel counts must divide by it.
pub const NORM_GROUPS: usize = 8;

/// Added to each variance, so that what is the same everywhere can be normalised too.
pub const NORM_EPSILON: f64 = 1e-5;

impl Norm {
    /// Channel groups that share a mean; 0 where nothing is normalised.
    fn groups(self, channels: usize) -> usize {
        match self {
            Norm::None => 0,
            Norm::Instance => channels,
            Norm::Group => NORM_GROUPS,
        }
    }

    pub(super) fn apply(self, x: Tensor<5>) -> Tensor<5> {
        self.activate(x, 1.0)
    }

    /// Normalises, then the leaky rectifier: a `slope` of 0 is ReLU, 1 leaves it out.
    pub(super) fn activate(self, x: Tensor<5>, slope: f64) -> Tensor<5> {
        let groups = self.groups(x.dims()[1]);
        if groups == 0 && slope == 1.0 {
            return x;
        }
        if operations::applies_to(&x) {
            return operations::standardise_and_activate(x, groups, slope as f32);
        }
        let x = if groups == 0 { x } else { standardise(x, groups) };
        match slope {
            0.0 => relu(x),
            1.0 => x,
            _ => leaky_relu(x, slope),
        }
    }
}

/// Shape of one convolution; the kernel is `kernel` wide along every axis the layer works on.
pub(super) struct ConvShape {
    pub kind: SpatialKind,
    pub channels: [usize; 2],
    pub kernel: usize,
    pub stride: usize,
    pub edge: Edge,
    pub initializer: Initializer,
    pub bias: bool,
}

/// A convolution of either kind. Weights `[out, in, (kz,) ky, kx]`.
#[derive(Module, Debug)]
pub(super) enum SpatialConv {
    Plane(PlaneConv),
    Volume(VolumeConv),
}

#[derive(Module, Debug)]
pub(super) struct PlaneConv {
    conv: Conv2d,
    reflect: usize,
    zero: usize,
}

#[derive(Module, Debug)]
pub(super) struct VolumeConv {
    conv: Conv3d,
    reflect: usize,
    zero: usize,
}

impl ConvShape {
    /// Weights drawn by the initializer, biases zero.
    pub(super) fn init(self, device: &Device) -> SpatialConv {
        // Even kernels (PatchGAN's 4) pad one voxel a side, as the reference implementation does.
        let pad = (self.kernel - 1) / 2;
        let (reflect, zero) = match self.edge {
            Edge::Reflect => (pad, 0),
            Edge::Zero => (0, pad),
        };
        let zeros = || Param::from_tensor(Tensor::<1>::zeros([self.channels[1]], device));
        match self.kind {
            SpatialKind::Plane => {
                let mut conv = Conv2dConfig::new(self.channels, [self.kernel; 2])
                    .with_stride([self.stride; 2])
                    .with_padding(PaddingConfig2d::Explicit(zero, zero, zero, zero))
                    .with_bias(false)
                    .with_initializer(self.initializer.clone())
                    .init(device);
                conv.bias = self.bias.then(zeros);
                SpatialConv::Plane(PlaneConv { conv, reflect, zero })
            }
            SpatialKind::Volume => {
                let mut conv = Conv3dConfig::new(self.channels, [self.kernel; 3])
                    .with_stride([self.stride; 3])
                    .with_padding(PaddingConfig3d::Explicit(zero, zero, zero))
                    .with_bias(false)
                    .with_initializer(self.initializer.clone())
                    .init(device);
                conv.bias = self.bias.then(zeros);
                SpatialConv::Volume(VolumeConv { conv, reflect, zero })
            }
        }
    }
}

impl SpatialConv {
    /// `[n, in, d, h, w]` → `[n, out, d', h', w']`; in plane mode `d` is 1.
    pub(super) fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        match self {
            SpatialConv::Plane(layer) => {
                let [n, c, d, h, w] = x.dims();
                let mut x = x;
                if layer.reflect > 0 {
                    let pad = (layer.reflect, layer.reflect);
                    x = x.reshape([n, c, h, w]).pad([pad, pad], PadMode::Reflect).unsqueeze_dim(2);
                }
                let conv = &layer.conv;
                if operations::applies_to(&x) {
                    return operations::convolution(x, conv.weight.val(), bias(&conv.bias), conv.stride[0], layer.zero);
                }
                let [n, c, _, h, w] = x.dims();
                debug_assert_eq!(d, 1);
                let (weights, bias) = like(&x, conv.weight.val(), bias(&conv.bias));
                let options = ConvOptions::new(conv.stride, [layer.zero; 2], [1; 2], 1);
                conv2d(x.reshape([n, c, h, w]), weights, bias, options).unsqueeze_dim(2)
            }
            SpatialConv::Volume(layer) => {
                let mut x = x;
                if layer.reflect > 0 {
                    let pad = (layer.reflect, layer.reflect);
                    x = x.pad([pad, pad, pad], PadMode::Reflect);
                }
                let conv = &layer.conv;
                if operations::applies_to(&x) {
                    return operations::convolution(x, conv.weight.val(), bias(&conv.bias), conv.stride[0], layer.zero);
                }
                let (weights, bias) = like(&x, conv.weight.val(), bias(&conv.bias));
                conv3d(x, weights, bias, ConvOptions::new(conv.stride, [layer.zero; 3], [1; 3], 1))
            }
        }
    }

    /// Weights `[out, in, kz, ky, kx]`; in plane mode `kz` is 1.
    pub(super) fn weights(&self) -> Tensor<5> {
        match self {
            SpatialConv::Plane(layer) => layer.conv.weight.val().unsqueeze_dim(2),
            SpatialConv::Volume(layer) => layer.conv.weight.val(),
        }
    }

    /// Doubles the image by repetition, then convolves it; for kernels of 3 with stride 1 and zero padding.
    pub(super) fn forward_upsampled(&self, x: Tensor<5>) -> Tensor<5> {
        if operations::applies_to(&x) {
            return match self {
                SpatialConv::Plane(PlaneConv { conv, .. }) => {
                    operations::upsampling_convolution(x, conv.weight.val(), bias(&conv.bias))
                }
                SpatialConv::Volume(VolumeConv { conv, .. }) => {
                    operations::upsampling_convolution(x, conv.weight.val(), bias(&conv.bias))
                }
            };
        }
        let kind = match self {
            SpatialConv::Plane(_) => SpatialKind::Plane,
            SpatialConv::Volume(_) => SpatialKind::Volume,
        };
        self.forward(upsample_nearest(kind, x))
    }
}

impl PlaneConv {
    /// Takes over weights `[out, in, ky, kx]`.
    pub(super) fn set_weights(&mut self, weights: TensorData, device: &Device) {
        self.conv.weight = Param::from_tensor(Tensor::from_data(weights, device));
    }
}

fn bias(param: &Option<Param<Tensor<1>>>) -> Option<Tensor<1>> {
    param.as_ref().map(Param::val)
}

/// Weights and bias in the precision of the image.
fn like<const D: usize>(x: &Tensor<5>, weights: Tensor<D>, bias: Option<Tensor<1>>) -> (Tensor<D>, Option<Tensor<1>>) {
    let dtype = x.dtype();
    if weights.dtype() == dtype {
        return (weights, bias);
    }
    (weights.cast(dtype), bias.map(|bias| bias.cast(dtype)))
}

/// Plane mode: slices into the batch, `[b, c, d, h, w]` → `[b·d, c, 1, h, w]`. Volume mode: unchanged.
pub(super) fn fold_slices(kind: SpatialKind, x: Tensor<5>) -> Tensor<5> {
    let [b, c, d, h, w] = x.dims();
    if kind == SpatialKind::Volume || d == 1 {
        return x;
    }
    x.permute([0, 2, 1, 3, 4]).reshape([b * d, c, 1, h, w])
}

/// The inverse of [`fold_slices`] for `depth` slices.
pub(super) fn unfold_slices(kind: SpatialKind, x: Tensor<5>, depth: usize) -> Tensor<5> {
    let [n, c, d, h, w] = x.dims();
    if kind == SpatialKind::Volume || depth == 1 {
        return x;
    }
    debug_assert_eq!(d, 1);
    x.reshape([n / depth, depth, c, h, w]).permute([0, 2, 1, 3, 4])
}

/// Doubles height and width (and depth in volume mode) by repetition.
///
/// Written with reshape and expand: its backward pass is a sum, which every backend has
/// (interpolation's backward is missing on some).
fn upsample_nearest(kind: SpatialKind, x: Tensor<5>) -> Tensor<5> {
    let [n, c, d, h, w] = x.dims();
    let repeat = |x: Tensor<5>, before: usize, length: usize, after: usize| {
        x.reshape([before, length, 1, after]).expand([before, length, 2, after])
    };
    let (x, d) = match kind {
        SpatialKind::Plane => (x, d),
        SpatialKind::Volume => (repeat(x, n * c, d, h * w).reshape([n, c, 2 * d, h, w]), 2 * d),
    };
    let x = repeat(x, n * c * d, h, w).reshape([n, c, d, 2 * h, w]);
    repeat(x, n * c * d * 2 * h, w, 1).reshape([n, c, d, 2 * h, 2 * w])
}

/// Zero mean, unit variance over the spatial axes and the channels of each group; no affine, no running statistics.
fn standardise(x: Tensor<5>, groups: usize) -> Tensor<5> {
    let [n, c, d, h, w] = x.dims();
    let dtype = x.dtype();
    // Sums over an image overflow half precision.
    let x = x.reshape([n, groups, c / groups * d * h * w]).cast(FloatDType::F32);
    let centred = x.clone() - x.mean_dim(2);
    let variance = centred.clone().square().mean_dim(2);
    (centred / (variance + NORM_EPSILON).sqrt()).reshape([n, c, d, h, w]).cast(dtype)
}
