//! The critic of one group: a 70×70 PatchGAN (Isola et al. 2017), trained with least squares (Mao et al. 2017).

use super::context::{GridContext, input_channels};
use super::spatial::{ConvShape, Edge, Norm, SpatialConv, SpatialKind, fold_slices};
use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// Shape of a discriminator: kernels of 4; `layers` strided ones (3 gives 70×70 patches), then two of stride 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiscriminatorConfig {
    pub kind: SpatialKind,
    /// Channels of the first layer; doubled by each further one, up to 8 times.
    pub filters: usize,
    pub layers: usize,
    /// Of all but the first and last layer. Instance norm hides the overall amount of grey matter from the critic.
    pub norm: Norm,
    /// Voxels along x, y, z of the critic's position input: a map beside the image, initialised with the mean of its group. What is
    /// realistic in one region need not be so in another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<[usize; 3]>,
}

/// Tells real images of a group from translated ones, patch by patch.
#[derive(Module, Debug)]
pub struct Discriminator {
    layers: Vec<SpatialConv>,
    /// `[1, 1, z, y, x]`.
    places: Option<Param<Tensor<5>>>,
    #[module(skip)]
    config: DiscriminatorConfig,
}

impl DiscriminatorConfig {
    /// New weights: N(0, 0.02).
    pub fn init(&self, device: &Device) -> Discriminator {
        let width = |level: usize| self.filters * (1 << level).min(8);
        let conv = |channels: [usize; 2], stride: usize| {
            ConvShape {
                kind: self.kind,
                channels,
                kernel: 4,
                stride,
                edge: Edge::Zero,
                initializer: Initializer::Normal { mean: 0.0, std: 0.02 },
                bias: true,
            }
            .init(device)
        };
        let channels_in = input_channels(self.kind) + usize::from(self.places.is_some());
        let mut layers = vec![conv([channels_in, width(0)], 2)];
        for level in 1..self.layers {
            layers.push(conv([width(level - 1), width(level)], 2));
        }
        layers.push(conv([width(self.layers - 1), width(self.layers)], 1));
        layers.push(conv([width(self.layers), 1], 1));
        let places = self.places.map(|[nx, ny, nz]| Param::from_tensor(Tensor::zeros([1, 1, nz, ny, nx], device)));
        Discriminator { layers, places, config: self.clone() }
    }
}

impl Discriminator {
    /// The same network with this map (x fastest) as its position input; unchanged if it has none.
    pub fn with_places(mut self, mean: &[f32]) -> Self {
        self.places = self.places.map(|places| {
            let data = TensorData::new(mean.to_vec(), places.val().dims());
            Param::from_tensor(Tensor::from_data(data, &places.val().device()))
        });
        self
    }

    /// `image` `[b, 1, d, h, w]` → one score a patch (1 = real, 0 = translated); in plane mode the slices lie in the batch.
    pub fn forward(&self, image: Tensor<5>, context: &GridContext) -> Tensor<5> {
        let kind = self.config.kind;
        let mut seen = context.with_image(kind, image.clone());
        if let Some(places) = &self.places {
            seen = Tensor::cat(vec![seen, context.of_grid(places.val()).expand(image.dims())], 1);
        }
        let mut x = fold_slices(kind, seen).cast(context.precision);
        let last = self.layers.len() - 1;
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            if index == last {
                break;
            }
            let norm = if index == 0 { Norm::None } else { self.config.norm };
            x = norm.activate(x, 0.2);
        }
        x.cast(FloatDType::F32)
    }
}
