//! What both kinds of networks are made of, as ONNX operators: slices in the batch, convolutions, norms, means of cells.
//!
//! Images are `[batch, channel, z, y, x]`. Plane networks work on `[batch · z, channel, y, x]`, volume networks on all five axes:
//! see `shared::model`, whose layers these are.

use super::graph::{Graph, Value, integer, integers, real, word};
use anyhow::Result;
use shared::model::{Edge, NORM_EPSILON, NORM_GROUPS, Norm, SpatialKind};

/// The grid that networks work on.
pub struct Space {
    /// Voxels along z, y, x.
    pub sides: [usize; 3],
    /// Of each slice, as plane networks see it beside the image.
    pub heights: Vec<f32>,
    /// `[1, 1, z, y, x]`, 1 where a generator may change the image.
    pub mask: Vec<f32>,
}

impl Space {
    fn depth(&self) -> usize {
        self.sides[0]
    }

    /// `[−1, …, z, y, x]` with so many axes of length 1 between.
    pub fn images(&self) -> [i64; 5] {
        let [z, y, x] = self.sides.map(|side| side as i64);
        [-1, 1, z, y, x]
    }

    /// The image as the first layer sees it, and what a network begins with behind it.
    pub fn entry(&self, graph: &mut Graph, kind: SpatialKind, image: &Value, begun: Option<&Value>) -> Value {
        if kind == SpatialKind::Volume {
            return match begun {
                Some(begun) => graph.node("Concat", &[image, begun], vec![integer("axis", 1)]),
                None => image.clone(),
            };
        }
        let [z, y, x] = self.sides.map(|side| side as i64);
        // One channel: the order of the values is that of slices in the batch already.
        let slices = graph.reshaped(image, &[-1, z, 1, y, x]);
        let heights = graph.constant(&self.heights, &[1, self.depth(), 1, 1, 1]);
        let shape = graph.of_one("Shape", &slices);
        let heights = graph.of_two("Expand", &heights, &shape);
        let together = match begun {
            Some(begun) => {
                let begun = graph.reshaped(begun, &[-1, z, 1, y, x]);
                graph.node("Concat", &[&slices, &heights, &begun], vec![integer("axis", 2)])
            }
            None => graph.node("Concat", &[&slices, &heights], vec![integer("axis", 2)]),
        };
        graph.reshaped(&together, &[-1, if begun.is_some() { 3 } else { 2 }, y, x])
    }

    /// Channels of a plane network's slices back in their images: `[b · z, c, h, w]` → `[b, c, z, h, w]`. Volumes stay.
    pub fn unfolded(
        &self,
        graph: &mut Graph,
        kind: SpatialKind,
        x: &Value,
        channels: usize,
        places: [usize; 2],
    ) -> Value {
        if kind == SpatialKind::Volume {
            return x.clone();
        }
        let [c, z, h, w] = [channels, self.depth(), places[0], places[1]].map(|side| side as i64);
        let slices = graph.reshaped(x, &[-1, z, c, h, w]);
        graph.node("Transpose", &[&slices], vec![integers("perm", vec![0, 2, 1, 3, 4])])
    }
}

/// The convolution whose weights have this name, followed by its bias where it has one.
pub fn convolution(
    graph: &mut Graph,
    kind: SpatialKind,
    x: &Value,
    layer: &str,
    stride: usize,
    edge: Edge,
) -> Result<Value> {
    let path = match kind {
        SpatialKind::Plane => format!("{layer}.Plane.conv"),
        SpatialKind::Volume => format!("{layer}.Volume.conv"),
    };
    let (weights, shape) = graph.weights(&format!("{path}.weight"))?;
    let bias = format!("{path}.bias");
    let bias = if graph.has_weights(&bias) { Some(graph.weights(&bias)?.0) } else { None };
    let axes = shape.len() - 2;
    let kernel: Vec<i64> = shape[2..].iter().map(|&side| side as i64).collect();
    let pad = (kernel[0] - 1) / 2;
    let mirrored = edge == Edge::Reflect && pad > 0;
    let x = if mirrored {
        let before: Vec<i64> = [0, 0].into_iter().chain(vec![pad; axes]).collect();
        let pads = graph.integers(&before.repeat(2));
        graph.node("Pad", &[x, &pads], vec![word("mode", "reflect")])
    } else {
        x.clone()
    };
    let pads = vec![if mirrored { 0 } else { pad }; 2 * axes];
    // Some runtimes need what the standard lets one leave out.
    let attributes = vec![
        integers("kernel_shape", kernel),
        integers("strides", vec![stride as i64; axes]),
        integers("pads", pads),
        integers("dilations", vec![1; axes]),
        integer("group", 1),
    ];
    Ok(match &bias {
        Some(bias) => graph.node("Conv", &[&x, &weights, bias], attributes),
        None => graph.node("Conv", &[&x, &weights], attributes),
    })
}

/// Zero mean and unit variance of each channel, or of groups of them.
pub fn normalised(graph: &mut Graph, norm: Norm, x: &Value, channels: usize) -> Value {
    let rows = match norm {
        Norm::None => return x.clone(),
        Norm::Instance => channels,
        Norm::Group => NORM_GROUPS,
    };
    let (ones, zeros) = (graph.constant(&vec![1.0; rows], &[rows]), graph.constant(&vec![0.0; rows], &[rows]));
    let epsilon = || vec![real("epsilon", NORM_EPSILON as f32)];
    if norm == Norm::Instance {
        return graph.node("InstanceNormalization", &[x, &ones, &zeros], epsilon());
    }
    let shape = graph.of_one("Shape", x);
    let grouped = graph.reshaped(x, &[0, rows as i64, -1]);
    let grouped = graph.node("InstanceNormalization", &[&grouped, &ones, &zeros], epsilon());
    graph.of_two("Reshape", &grouped, &shape)
}

/// The same, then the rectifier.
pub fn activated(graph: &mut Graph, norm: Norm, x: &Value, channels: usize) -> Value {
    let x = normalised(graph, norm, x, channels);
    graph.of_one("Relu", &x)
}

/// Twice the image along each axis that the network works on, by repetition.
pub fn doubled(graph: &mut Graph, kind: SpatialKind, x: &Value) -> Value {
    let scales: &[f32] = match kind {
        SpatialKind::Plane => &[1.0, 1.0, 2.0, 2.0],
        SpatialKind::Volume => &[1.0, 1.0, 2.0, 2.0, 2.0],
    };
    let scales = graph.constant(scales, &[scales.len()]);
    let attributes = vec![
        word("mode", "nearest"),
        word("coordinate_transformation_mode", "asymmetric"),
        word("nearest_mode", "floor"),
    ];
    graph.node("Resize", &[x, &Value::none(), &scales], attributes)
}

/// Means over cells of so many voxels along the last axes, side by side.
pub fn cell_means(graph: &mut Graph, x: &Value, cell: &[usize]) -> Value {
    let cell: Vec<i64> = cell.iter().map(|&side| side as i64).collect();
    graph.node("AveragePool", &[x], vec![integers("kernel_shape", cell.clone()), integers("strides", cell)])
}

/// A linear layer's one answer for each image: `[b, …]` → `[b]`.
pub fn answer(graph: &mut Graph, x: &Value, layer: &str) -> Result<Value> {
    let (weights, shape) = graph.weights(&format!("{layer}.weight"))?;
    let (bias, _) = graph.weights(&format!("{layer}.bias"))?;
    let row = graph.reshaped(x, &[-1, shape[0] as i64]);
    let product = graph.of_two("MatMul", &row, &weights);
    let answer = graph.of_two("Add", &product, &bias);
    Ok(graph.reshaped(&answer, &[-1]))
}
