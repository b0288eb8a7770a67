//! The classifier as an ONNX graph: log-odds, probability and class-activation map of "old".

use super::graph::{Graph, Side, Value, integer, integers};
use super::layers::{Space, activated, cell_means, convolution};
use super::messages::GraphProto;
use super::values::{IMAGE, image_sides};
use anyhow::Result;
use shared::model::{ClassifierConfig, Edge, NamedParameter, POOLED_SCALE, Pooling, SpatialKind};

/// `image` → `log_odds_old`, `probability_old`, `activation_map_old`.
pub fn classifier(config: &ClassifierConfig, weights: Vec<NamedParameter>, space: &Space) -> Result<GraphProto> {
    let mut graph = Graph::new(weights);
    let kind = config.kind;
    let image = graph.input("image", &image_sides(space), IMAGE);
    let mut x = space.entry(&mut graph, kind, &image, None);
    let [mut depth, mut height, mut width] = space.sides;
    let mut channels = 0;
    for layer in 0..config.layers + usize::from(config.refine) {
        let is_strided = layer < config.layers;
        channels = config.filters << layer.min(config.layers - 1);
        let stride = if is_strided { 2 } else { 1 };
        x = convolution(&mut graph, kind, &x, &format!("layers.{layer}"), stride, Edge::Zero)?;
        x = activated(&mut graph, config.norm, &x, channels);
        // Odd kernels with half their width around: halved sides are rounded up.
        let halved = |side: usize| side.div_ceil(stride);
        (height, width) = (halved(height), halved(width));
        if kind == SpatialKind::Volume {
            depth = halved(depth);
        }
    }
    let (features, places) = match config.pooling {
        Pooling::Grid => (x, [depth, height, width]),
        Pooling::Cells { voxels, counts: [columns, rows, slices] } => {
            let cell = voxels >> config.layers;
            (cell_means(&mut graph, &x, &[cell, cell]), [slices, rows, columns])
        }
    };
    let features = space.unfolded(&mut graph, kind, &features, channels, [places[1], places[2]]);
    let [log_odds, map] = head(&mut graph, config.pooling, &features, channels, places)?;
    let probability = graph.of_one("Sigmoid", &log_odds);
    let each = [Side::Batch];
    graph.output("log_odds_old", &log_odds, &each, "log-odds of the class \"old\" against \"young\"");
    graph.output("probability_old", &probability, &each, "probability of the class \"old\"");
    let [z, y, x] = places.map(Side::Of);
    graph.output("activation_map_old", &map, &[Side::Batch, Side::Of(1), z, y, x], &about_map(config));
    graph.finish("classifier")
}

/// What the class-activation map holds, and where its positions lie.
fn about_map(config: &ClassifierConfig) -> String {
    let stride = 1 << config.layers;
    let (apart, first, sum) = match config.pooling {
        Pooling::Cells { voxels, .. } => ([1, voxels, voxels], (voxels - stride) as f32 / 2.0, "sum"),
        Pooling::Grid if config.kind == SpatialKind::Plane => ([1, stride, stride], 0.0, "mean, times 10,"),
        Pooling::Grid => ([stride; 3], 0.0, "mean, times 10,"),
    };
    format!(
        "what each place says for \"old\" (positive) or \"young\" (negative); their {sum} and a constant are the log-odds. \
         Places lie {apart:?} voxels apart along z, y, x, the first at voxel {first} of y and x"
    )
}

/// Log-odds `[b]` and map `[b, 1, z, y, x]` of features `[b, c, z, y, x]`, already means of cells where there are such.
fn head(
    graph: &mut Graph,
    pooling: Pooling,
    features: &Value,
    channels: usize,
    places: [usize; 3],
) -> Result<[Value; 2]> {
    let scale = graph.number(POOLED_SCALE as f32);
    let (weights, shape) = graph.weights("linear.weight")?;
    let (bias, _) = graph.weights("linear.bias")?;
    let [c, z, y, x] = [channels, places[0], places[1], places[2]].map(|side| side as i64);
    let (pooled, mapped, by_place) = match pooling {
        Pooling::Grid => {
            let mean = vec![integers("axes", vec![2, 3, 4]), integer("keepdims", 0)];
            let pooled = graph.node("ReduceMean", &[features], mean);
            (graph.of_two("Mul", &pooled, &scale), features.clone(), [1, c, 1, 1, 1])
        }
        Pooling::Cells { .. } => {
            let scaled = graph.of_two("Mul", features, &scale);
            (scaled.clone(), scaled, [1, c, z, y, x])
        }
    };
    let row = graph.reshaped(&pooled, &[-1, shape[0] as i64]);
    let product = graph.of_two("MatMul", &row, &weights);
    let log_odds = graph.of_two("Add", &product, &bias);
    let log_odds = graph.reshaped(&log_odds, &[-1]);
    let by_place = graph.reshaped(&weights, &by_place);
    let shares = graph.of_two("Mul", &mapped, &by_place);
    let channel = graph.integers(&[1]);
    let map = graph.node("ReduceSum", &[&shares, &channel], vec![integer("keepdims", 1)]);
    Ok([log_odds, map])
}
