//! The translator: a ResNet generator (Johnson et al. 2016; Zhu et al. 2017), young → old or old → young.

use super::context::{GridContext, input_channels};
use super::deformation::{deformed, weights_of_a_voxel};
use super::dose::{Dose, DoseConfig};
use super::spatial::{ConvShape, Edge, Norm, SpatialConv, SpatialKind, fold_slices, unfold_slices};
use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// How the last layer becomes an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneratorOutput {
    /// `(tanh(M(x)) + 1) / 2`: the image is painted anew, as published.
    Direct,
    /// `clip(x + tanh(M(x)), 0, 1)` inside the mask: training starts at "no change".
    Residual,
    /// With r = tanh(M(x)), `x + r·(1 − x)` where r > 0 and `x + r·x` where r < 0, inside the mask: a share of what there is to
    /// gain or to lose. It starts at "no change", stays in 0..1 without clipping, and follows the ribbon of the one brain.
    Bounded,
    /// Tissue is moved, lost and gained, inside the mask, and the result cut to 0..1. It starts at "no change". Where
    /// ageing moves a wall or thins a ribbon, the change follows the edges of the one brain, which a share of single voxels cannot.
    Deformed,
}

impl GeneratorOutput {
    /// Channels of the last layer.
    pub fn channels(self, kind: SpatialKind) -> usize {
        match self {
            GeneratorOutput::Deformed => weights_of_a_voxel(kind),
            _ => 1,
        }
    }
}

/// Shape of a generator: c-`filters`, `downsamplings` × d, `blocks` × R, `downsamplings` × u, c-1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneratorConfig {
    pub kind: SpatialKind,
    /// Channels of the first layer; each downsampling doubles them.
    pub filters: usize,
    /// Halvings of the image size; every grid side a network works on must divide by 2 to this power.
    pub downsamplings: usize,
    pub blocks: usize,
    /// Width of the first and last kernel; 7 as published.
    pub outer_kernel: usize,
    pub edge: Edge,
    pub output: GeneratorOutput,
    /// Adds what the way down saw to the way up at each size, through a kernel of 1 (after U-Net, Ronneberger et al. 2015):
    /// fine anatomy need not pass the narrowest layer.
    #[serde(default)]
    pub skips: bool,
    /// Changes each image by an amount of its own. In volume mode, and not where the image is painted anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<DoseConfig>,
    /// A fixed transform with parameters for each voxel before the network, which sees its result and changes it: one of the baselines without a network, see
    /// [`Generator::with_start`]. It is not trained: steps on single brains would make each voxel noisy. Not for `output = "direct"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartConfig>,
}

/// A transform with parameters for each voxel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartConfig {
    /// Voxels of the grid along x, y, z.
    pub places: [usize; 3],
    pub by: StartKind,
}

/// How the transform changes a voxel's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartKind {
    /// By a line, offset + slope · value, before the network's own change.
    Line,
    /// By a share of what there is to gain or to lose, with the network's own: for `output = "bounded"`.
    Share,
    /// By tissue that is moved, lost and gained, with the network's own: for `output = "deformed"`.
    Deformation,
}

impl StartKind {
    /// Number of parameters per voxel: offset and slope, or as many as the last layer has channels, before tanh.
    pub fn parameters(self, kind: SpatialKind) -> usize {
        match self {
            StartKind::Line => 2,
            StartKind::Share => 1,
            StartKind::Deformation => weights_of_a_voxel(kind),
        }
    }
}

#[derive(Module, Debug)]
struct ResidualBlock {
    first: SpatialConv,
    second: SpatialConv,
}

/// Translates images of one group into the other.
#[derive(Module, Debug)]
pub struct Generator {
    stem: SpatialConv,
    down: Vec<SpatialConv>,
    blocks: Vec<ResidualBlock>,
    up: Vec<SpatialConv>,
    /// As many as `up`, or none.
    skips: Vec<SpatialConv>,
    head: SpatialConv,
    dose: Option<Dose>,
    /// Per-voxel parameters `[1, parameters, z, y, x]`.
    start: Option<Param<Tensor<5>>>,
    #[module(skip)]
    config: GeneratorConfig,
}

impl GeneratorConfig {
    /// New weights: N(0, 0.02); zero for the head, unless it paints the image anew.
    pub fn init(&self, device: &Device) -> Generator {
        // Mirrored borders where the reference implementation has them; the resizing layers pad with zeros there too.
        let conv = |channels: [usize; 2], kernel: usize, stride: usize, edge: Edge| ConvShape {
            kind: self.kind,
            channels,
            kernel,
            stride,
            edge,
            initializer: Initializer::Normal { mean: 0.0, std: 0.02 },
            bias: false,
        };
        let width = |level: usize| self.filters << level;
        let deepest = width(self.downsamplings);
        let block = || ResidualBlock {
            first: conv([deepest, deepest], 3, 1, self.edge).init(device),
            second: conv([deepest, deepest], 3, 1, self.edge).init(device),
        };
        let head = ConvShape {
            bias: true,
            initializer: match self.output {
                GeneratorOutput::Residual | GeneratorOutput::Bounded | GeneratorOutput::Deformed => Initializer::Zeros,
                GeneratorOutput::Direct => Initializer::Normal { mean: 0.0, std: 0.02 },
            },
            ..conv([self.filters, self.output.channels(self.kind)], self.outer_kernel, 1, self.edge)
        };
        let channels_in = input_channels(self.kind) + usize::from(self.start.is_some());
        Generator {
            stem: conv([channels_in, self.filters], self.outer_kernel, 1, self.edge).init(device),
            down: (0..self.downsamplings)
                .map(|level| conv([width(level), width(level + 1)], 3, 2, Edge::Zero).init(device))
                .collect(),
            blocks: (0..self.blocks).map(|_| block()).collect(),
            up: (0..self.downsamplings)
                .rev()
                .map(|level| conv([width(level + 1), width(level)], 3, 1, Edge::Zero).init(device))
                .collect(),
            skips: (0..self.downsamplings)
                .rev()
                .filter(|_| self.skips)
                .map(|level| conv([width(level); 2], 1, 1, Edge::Zero).init(device))
                .collect(),
            head: head.init(device),
            dose: self.dose.as_ref().map(|dose| dose.init(self.kind, device)),
            start: self.start.map(|StartConfig { places: [nx, ny, nz], by }| {
                Param::from_tensor(Tensor::zeros([1, by.parameters(self.kind), nz, ny, nx], device))
            }),
            config: self.clone(),
        }
    }
}

impl Generator {
    pub fn kind(&self) -> SpatialKind {
        self.config.kind
    }

    /// The same network with another dose; unchanged if it has none.
    pub fn with_dose(mut self, dose: Dose) -> Self {
        self.dose = self.dose.map(|_| dose);
        self
    }

    /// The same network with these per-voxel parameters of its start (all of the first, then of the second, each x fastest); unchanged
    /// if it has no start.
    pub fn with_start(mut self, parameters: Vec<f32>) -> Self {
        self.start = self.start.map(|start| {
            let data = TensorData::new(parameters, start.val().dims());
            Param::from_tensor(Tensor::from_data(data, &start.val().device()))
        });
        self
    }

    /// `image` `[b, 1, d, h, w]` in 0..1 → the translated image, same shape, 0..1.
    pub fn forward(&self, image: Tensor<5>, context: &GridContext) -> Tensor<5> {
        self.forward_by(image, context, None)
    }

    /// The same, changed by `amount` `[b, 1, 1, 1, 1]` times as much, 0 or more: 0 leaves the image as it is, and a larger amount
    /// changes it further, each voxel in the same direction, unless a start by lines opposes the network.
    /// Not for `output = "direct"`, which ignores the amount.
    pub fn forward_by(&self, image: Tensor<5>, context: &GridContext, amount: Option<Tensor<5>>) -> Tensor<5> {
        let kind = self.config.kind;
        let depth = image.dims()[2];
        let activate = |x: Tensor<5>| Norm::Instance.activate(x, 0.0);
        let dose = self.dose.as_ref().map(|dose| dose.forward(image.clone(), context));
        let in_dose = |change: Tensor<5>| match &dose {
            Some(dose) => change * dose.clone(),
            None => change,
        };
        let mut begun = image.clone();
        let mut seen_first = context.with_image(kind, image.clone());
        let mut begun_unbound = None;
        // The network sees the same start whatever the amount.
        let seen_start = match (&self.start, self.config.start) {
            (Some(start), Some(StartConfig { by: StartKind::Line, .. })) => {
                let line = context.of_grid(start.val().detach());
                let change = line.clone().narrow(1, 0, 1) + line.narrow(1, 1, 1) * image.clone();
                let change = in_dose(change * context.mask.clone());
                let seen = (image.clone() + change.clone()).clamp(0.0, 1.0);
                begun = match &amount {
                    Some(amount) => (image + change * amount.clone()).clamp(0.0, 1.0),
                    None => seen.clone(),
                };
                Some(seen)
            }
            (Some(start), _) => {
                let unbound = context.of_grid(start.val().detach());
                begun_unbound = Some(unbound.clone());
                Some(self.changed(image, unbound.tanh() * context.mask.clone()))
            }
            (None, _) => None,
        };
        if let Some(seen) = seen_start {
            seen_first = Tensor::cat(vec![seen_first, seen], 1);
        }
        let input = fold_slices(kind, seen_first);
        let mut x = activate(self.stem.forward(input.cast(context.precision)));
        let mut seen = Vec::new();
        for layer in &self.down {
            if !self.skips.is_empty() {
                seen.push(x.clone());
            }
            x = activate(layer.forward(x));
        }
        for block in &self.blocks {
            let inner = activate(block.first.forward(x.clone()));
            x = x + Norm::Instance.apply(block.second.forward(inner));
        }
        let mut skips = self.skips.iter();
        for layer in &self.up {
            x = layer.forward_upsampled(x);
            if let (Some(skip), Some(seen)) = (skips.next(), seen.pop()) {
                x = x + skip.forward(seen);
            }
            x = activate(x);
        }
        let change = unfold_slices(kind, self.head.forward(x), depth).cast(FloatDType::F32);
        let change = match begun_unbound {
            Some(begun) => change + begun,
            None => change,
        };
        if self.config.output == GeneratorOutput::Direct {
            return (change.tanh() + 1.0) / 2.0;
        }
        // In a deformation several changes add up. Only if all are multiplied by the same amount does each voxel keep its direction.
        let in_amount = |change: Tensor<5>| match &amount {
            Some(amount) => change * amount.clone(),
            None => change,
        };
        let change = match self.config.output {
            GeneratorOutput::Deformed => in_dose(in_amount(change.tanh())),
            _ if dose.is_some() => in_dose(in_amount(change).tanh()).clamp(-1.0, 1.0),
            _ => in_amount(change).tanh(),
        };
        self.changed(begun, change * context.mask.clone())
    }

    /// The image changed by `change`, which is already bounded, and 0 outside of the mask.
    fn changed(&self, image: Tensor<5>, change: Tensor<5>) -> Tensor<5> {
        match self.config.output {
            GeneratorOutput::Direct | GeneratorOutput::Residual => (image + change).clamp(0.0, 1.0),
            GeneratorOutput::Bounded => bounded(image, change),
            GeneratorOutput::Deformed => deformed(self.config.kind, image, change),
        }
    }
}

/// The image changed by a share of what there is to gain where it is positive, or to lose.
fn bounded(image: Tensor<5>, share: Tensor<5>) -> Tensor<5> {
    // Not by rectifiers: they have no gradient at 0, where training starts.
    let above = -image.clone() + 1.0;
    let room = image.clone().mask_where(share.clone().greater_elem(0.0), above);
    image + share * room
}
