//! A generator as an ONNX graph, with all that it does to an image beside its layers: start, dose, curve of grey values, and
//! where the bundle has an age dial, the way to a target age.

use super::age::amount;
use super::graph::{Graph, Side, Value, integer, integers};
use super::layers::{Space, activated, answer, cell_means, convolution, doubled, normalised};
use super::messages::GraphProto;
use super::values::{IMAGE, image_sides};
use anyhow::Result;
use shared::explain::{Ageing, Direction};
use shared::model::{
    DoseConfig, Edge, GeneratorConfig, GeneratorOutput, LEAST_DOSE, MOST_DOSE, NEIGHBOURHOOD, NamedParameter, Norm,
    SMOOTHING, SpatialKind, StartConfig, StartKind, moving_axes,
};

/// `image` and, with an age dial, `target_age_years` → `translated`, and `amount`.
pub fn generator(
    config: &GeneratorConfig,
    weights: Vec<NamedParameter>,
    space: &Space,
    dial: Option<&Ageing>,
    direction: Direction,
) -> Result<GraphProto> {
    let mut graph = Graph::new(weights);
    let image = graph.input("image", &image_sides(space), IMAGE);
    let amount_each = dial.map(|ageing| {
        let target = graph.input("target_age_years", &[Side::Batch], TARGET);
        amount(&mut graph, ageing, space, &image, &target, direction)
    });
    let amount = amount_each.as_ref().map(|amount| graph.reshaped(amount, &[-1, 1, 1, 1, 1]));
    let mut translation = Translation { graph, config, space, image, mask: None, amount, dose: None };
    translation.dose = translation.dose()?;
    let translated = translation.translated()?;
    let mut graph = translation.graph;
    graph.output(
        "translated",
        &translated,
        &image_sides(space),
        "the image as it would look in the other group, or at the target age; as `image`",
    );
    if let Some(amount) = amount_each {
        let about = "how many times the change from the mean of the young to that of the old was asked for; 0 leaves the image as it is";
        graph.output("amount", &amount, &[Side::Batch], about);
    }
    graph.finish(direction.as_str())
}

/// What the target age means.
const TARGET: &str = "age to translate each image to, in years; NaN: the mean of the target group. An age on the other side of the \
    estimated age changes nothing: use the other generator for it";

/// The graph of one generator in the making, and what most of its parts need. Tensors are `[batch, 1, z, y, x]`.
struct Translation<'a> {
    graph: Graph,
    config: &'a GeneratorConfig,
    space: &'a Space,
    image: Value,
    /// Made when it is first asked for: what is painted anew has none.
    mask: Option<Value>,
    /// `[b, 1, 1, 1, 1]`; `None` without a dial.
    amount: Option<Value>,
    /// `[b, 1, 1, 1, 1]`.
    dose: Option<Value>,
}

/// What is there before the layers have said anything.
struct Begun {
    image: Value,
    /// What the first layer sees behind the image.
    seen: Option<Value>,
    /// What is added to the change that the layers ask for, before its bound.
    unbound: Option<Value>,
}

impl Translation<'_> {
    fn translated(&mut self) -> Result<Value> {
        let begun = self.begun()?;
        let mut change = self.layers(begun.seen.as_ref())?;
        if let Some(unbound) = &begun.unbound {
            change = self.graph.of_two("Add", &change, unbound);
        }
        if self.config.output == GeneratorOutput::Direct {
            change = self.graph.of_one("Tanh", &change);
            let (one, half) = (self.graph.number(1.0), self.graph.number(0.5));
            let raised = self.graph.of_two("Add", &change, &one);
            return Ok(self.graph.of_two("Mul", &raised, &half));
        }
        if self.config.output == GeneratorOutput::Deformed {
            change = self.graph.of_one("Tanh", &change);
            change = self.times_amount(change);
            change = self.in_dose(change);
        } else {
            change = self.times_amount(change);
            change = self.graph.of_one("Tanh", &change);
            if self.dose.is_some() {
                change = self.in_dose(change);
                change = self.graph.clipped(&change, -1.0, 1.0);
            }
        }
        let change = self.masked(&change);
        Ok(self.changed(&begun.image, &change))
    }

    /// The image changed by what the layers ask for, inside its bounds.
    fn changed(&mut self, image: &Value, change: &Value) -> Value {
        match self.config.output {
            GeneratorOutput::Direct | GeneratorOutput::Residual => {
                let sum = self.graph.of_two("Add", image, change);
                self.graph.clipped(&sum, 0.0, 1.0)
            }
            GeneratorOutput::Bounded => self.bounded(image, change),
            GeneratorOutput::Deformed => self.deformed(image, change),
        }
    }

    fn masked(&mut self, change: &Value) -> Value {
        let [z, y, x] = self.space.sides;
        let mask = self.mask.get_or_insert_with(|| self.graph.constant(&self.space.mask, &[1, 1, z, y, x]));
        self.graph.of_two("Mul", change, mask)
    }

    fn in_dose(&mut self, change: Value) -> Value {
        match &self.dose {
            Some(dose) => self.graph.of_two("Mul", &change, dose),
            None => change,
        }
    }

    fn times_amount(&mut self, change: Value) -> Value {
        match &self.amount {
            Some(amount) => self.graph.of_two("Mul", &change, amount),
            None => change,
        }
    }

    /// The image changed by a share of what there is to gain, or to lose.
    fn bounded(&mut self, image: &Value, share: &Value) -> Value {
        let graph = &mut self.graph;
        let (zero, one) = (graph.number(0.0), graph.number(1.0));
        let gains = graph.of_two("Greater", share, &zero);
        let above = graph.of_two("Sub", &one, image);
        let room = graph.node("Where", &[&gains, &above, image], Vec::new());
        let change = graph.of_two("Mul", share, &room);
        graph.of_two("Add", image, &change)
    }

    /// The image with its tissue moved, lost and gained.
    fn deformed(&mut self, image: &Value, weights: &Value) -> Value {
        let axes = moving_axes(self.config.kind);
        let reach = |dim: usize| usize::from(axes.contains(&dim));
        let sides = [2, 3, 4].map(|dim| 2 * reach(dim) + 1);
        // Along one axis, from the voxel before to the voxel after; the middle alone along the others.
        let line = |dim: usize, values: [f32; 3]| if reach(dim) == 1 { values.to_vec() } else { vec![1.0] };
        let kernel = |lines: [Vec<f32>; 3]| -> Vec<f32> {
            let [z, y, x] = &lines;
            z.iter().flat_map(|z| y.iter().flat_map(move |y| x.iter().map(move |x| z * y * x))).collect()
        };
        let smoothing = |share: f64| {
            let side = share as f32 / 2.0;
            kernel([2, 3, 4].map(|dim| line(dim, [side, 1.0 - share as f32, side])))
        };
        let slope = |axis: usize| {
            kernel([2, 3, 4].map(|dim| line(dim, if dim == axis { [-0.5, 0.0, 0.5] } else { [0.0, 1.0, 0.0] })))
        };
        let slopes: Vec<f32> = axes.iter().flat_map(|&axis| slope(axis)).collect();
        let graph = &mut self.graph;
        let pads: Vec<i64> = [2, 3, 4].map(|dim| reach(dim) as i64).repeat(2);
        let mut convolved = |x: &Value, values: &[f32], outputs: usize| {
            let weights = graph.constant(values, &[outputs, 1, sides[0], sides[1], sides[2]]);
            let shape = sides.map(|side| side as i64).to_vec();
            let attributes = vec![integers("kernel_shape", shape), integers("pads", pads.clone())];
            graph.node("Conv", &[x, &weights], attributes)
        };
        let smooth = convolved(image, &smoothing(SMOOTHING), 1);
        let around = convolved(image, &smoothing(NEIGHBOURHOOD), 1);
        let slopes = convolved(&smooth, &slopes, axes.len());
        let one = graph.number(1.0);
        let above = graph.of_two("Sub", &one, image);
        let beside = graph.of_two("Mul", &smooth, &above);
        let above = graph.of_two("Sub", &one, &around);
        let thin = graph.of_two("Mul", image, &above);
        let numbers = graph.node("Concat", &[image, &beside, &thin, &slopes], vec![integer("axis", 1)]);
        let weighted = graph.of_two("Mul", weights, &numbers);
        let along = graph.integers(&[1]);
        let change = graph.node("ReduceSum", &[&weighted, &along], vec![integer("keepdims", 1)]);
        let sum = graph.of_two("Add", image, &change);
        graph.clipped(&sum, 0.0, 1.0)
    }

    /// Factor of the change of each image.
    fn dose(&mut self) -> Result<Option<Value>> {
        let Some(DoseConfig { voxels, .. }) = &self.config.dose else { return Ok(None) };
        let thickness = if self.config.kind == SpatialKind::Volume { *voxels } else { 1 };
        let graph = &mut self.graph;
        let means = cell_means(graph, &self.image, &[thickness, *voxels, *voxels]);
        let one = graph.number(1.0);
        let linear = answer(graph, &means, "dose.linear")?;
        let factor = graph.of_two("Add", &linear, &one);
        let factor = graph.clipped(&factor, LEAST_DOSE as f32, MOST_DOSE as f32);
        Ok(Some(graph.reshaped(&factor, &[-1, 1, 1, 1, 1])))
    }

    /// The start: the voxel-wise transform before the layers.
    fn begun(&mut self) -> Result<Begun> {
        let image = self.image.clone();
        let Some(StartConfig { by, .. }) = self.config.start else {
            return Ok(Begun { image, seen: None, unbound: None });
        };
        let (start, _) = self.graph.weights("start")?;
        if by != StartKind::Line {
            let bound = self.graph.of_one("Tanh", &start);
            let bound = self.masked(&bound);
            let seen = self.changed(&image, &bound);
            return Ok(Begun { image, seen: Some(seen), unbound: Some(start) });
        }
        let graph = &mut self.graph;
        let [offset, slope] = [0, 1].map(|at| {
            let at = graph.integers(&[at]);
            graph.node("Gather", &[&start, &at], vec![integer("axis", 1)])
        });
        let sloped = graph.of_two("Mul", &slope, &image);
        let change = graph.of_two("Add", &offset, &sloped);
        let change = self.masked(&change);
        let change = self.in_dose(change);
        // The layers see the same start whatever the amount.
        let seen = self.graph.of_two("Add", &image, &change);
        let seen = self.graph.clipped(&seen, 0.0, 1.0);
        let begun = match self.amount.clone() {
            Some(amount) => {
                let change = self.graph.of_two("Mul", &change, &amount);
                let begun = self.graph.of_two("Add", &image, &change);
                self.graph.clipped(&begun, 0.0, 1.0)
            }
            None => seen.clone(),
        };
        Ok(Begun { image: begun, seen: Some(seen), unbound: None })
    }

    /// The change that the layers ask for, before its bounds.
    fn layers(&mut self, begun: Option<&Value>) -> Result<Value> {
        let GeneratorConfig { kind, filters, downsamplings, blocks, edge, skips, .. } = *self.config;
        let (graph, norm) = (&mut self.graph, Norm::Instance);
        let width = |level: usize| filters << level;
        let input = self.space.entry(graph, kind, &self.image, begun);
        let stem = convolution(graph, kind, &input, "stem", 1, edge)?;
        let mut x = activated(graph, norm, &stem, filters);
        let mut seen = Vec::new();
        for level in 0..downsamplings {
            seen.push(x.clone());
            x = convolution(graph, kind, &x, &format!("down.{level}"), 2, Edge::Zero)?;
            x = activated(graph, norm, &x, width(level + 1));
        }
        let deepest = width(downsamplings);
        for block in 0..blocks {
            let inner = convolution(graph, kind, &x, &format!("blocks.{block}.first"), 1, edge)?;
            let inner = activated(graph, norm, &inner, deepest);
            let inner = convolution(graph, kind, &inner, &format!("blocks.{block}.second"), 1, edge)?;
            let inner = normalised(graph, norm, &inner, deepest);
            x = graph.of_two("Add", &x, &inner);
        }
        for (at, level) in (0..downsamplings).rev().enumerate() {
            x = doubled(graph, kind, &x);
            x = convolution(graph, kind, &x, &format!("up.{at}"), 1, Edge::Zero)?;
            if let Some(seen) = seen.pop().filter(|_| skips) {
                let skip = convolution(graph, kind, &seen, &format!("skips.{at}"), 1, Edge::Zero)?;
                x = graph.of_two("Add", &x, &skip);
            }
            x = activated(graph, norm, &x, width(level));
        }
        let change = convolution(graph, kind, &x, "head", 1, edge)?;
        let channels = self.config.output.channels(kind) as i64;
        if channels == 1 {
            return Ok(graph.reshaped(&change, &self.space.images()));
        }
        let [z, y, x] = self.space.sides.map(|side| side as i64);
        Ok(match kind {
            SpatialKind::Volume => graph.reshaped(&change, &[-1, channels, z, y, x]),
            SpatialKind::Plane => {
                let stack = graph.reshaped(&change, &[-1, z, channels, y, x]);
                graph.node("Transpose", &[&stack], vec![integers("perm", vec![0, 2, 1, 3, 4])])
            }
        })
    }
}
