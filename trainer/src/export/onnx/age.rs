//! How old a map looks, and by how much it is changed on the way to a target age: see `shared::explain::Ageing`.

use super::graph::{Graph, Side, Value, integer, word};
use super::layers::{Space, cell_means};
use super::messages::GraphProto;
use super::values::{IMAGE, image_sides};
use anyhow::Result;
use shared::explain::{Ageing, Direction, MOST_CHANGE};

/// `image` → `age_years`.
pub fn age(ageing: &Ageing, space: &Space) -> Result<GraphProto> {
    let mut graph = Graph::new(Vec::new());
    let image = graph.input("image", &image_sides(space), IMAGE);
    let years = look(&mut graph, ageing, space, &image);
    let about = format!(
        "estimated age, years; the true age of nine of ten people lies within {:.1} years of it",
        ageing.interval_years
    );
    graph.output("age_years", &years, &[Side::Batch], &about);
    graph.finish("age")
}

/// Age of images `[b, 1, z, y, x]`: `[b]`, within the ages learned from.
fn look(graph: &mut Graph, ageing: &Ageing, space: &Space, image: &Value) -> Value {
    let [cx, cy, cz] = ageing.cell_voxels;
    let cell = [cz, cy, cx];
    let missing = [0, 1, 2].map(|axis| space.sides[axis].next_multiple_of(cell[axis]) - space.sides[axis]);
    let mut filled = image.clone();
    let mut shares = None;
    if missing != [0; 3] {
        // The last cells may hold fewer voxels: filled up with zeros, their means are too small by as much.
        let pads: Vec<i64> = [0; 7].into_iter().chain(missing.map(|side| side as i64)).collect();
        let pads = graph.integers(&pads);
        filled = graph.node("Pad", &[image, &pads], vec![word("mode", "constant")]);
        shares = Some(fill_shares(space.sides, cell));
    }
    let means = cell_means(graph, &filled, &cell);
    let cells = ageing.weights.len();
    let mut row = graph.reshaped(&means, &[-1, cells as i64]);
    if let Some(shares) = shares {
        let shares = graph.constant(&shares, &[1, cells]);
        row = graph.of_two("Mul", &row, &shares);
    }
    let weights = graph.constant(&ageing.weights, &[1, cells]);
    let parts = graph.of_two("Mul", &row, &weights);
    let axis = graph.integers(&[1]);
    let sum = graph.node("ReduceSum", &[&parts, &axis], vec![integer("keepdims", 0)]);
    let bias = graph.number(ageing.bias_years as f32);
    let years = graph.of_two("Add", &sum, &bias);
    match ageing.range_years() {
        Some([youngest, oldest]) => graph.clipped(&years, youngest as f32, oldest as f32),
        None => years,
    }
}

/// By how much the mean of each cell filled up with zeros is too small, x fastest.
fn fill_shares(sides: [usize; 3], cell: [usize; 3]) -> Vec<f32> {
    let along = |axis: usize| -> Vec<f32> {
        (0..sides[axis].div_ceil(cell[axis]))
            .map(|at| cell[axis] as f32 / cell[axis].min(sides[axis] - at * cell[axis]) as f32)
            .collect()
    };
    let [z, y, x] = [0, 1, 2].map(along);
    z.iter().flat_map(|z| y.iter().flat_map(|y| x.iter().map(move |x| z * y * x)).collect::<Vec<f32>>()).collect()
}

/// How far ageing has come at ages `[b]`: `[b]`. Each part of the curve gives its rise, as far as the age has come in it.
fn progress_at(graph: &mut Graph, ageing: &Ageing, years: &Value) -> Value {
    let parts: Vec<[f64; 3]> = ageing
        .ages_years
        .windows(2)
        .zip(ageing.progress.windows(2))
        .map(|(ages, progress)| [ages[0], ages[1] - ages[0], progress[1] - progress[0]])
        .collect();
    let shape = [1, parts.len()];
    let [from, lengths, rises] = [0, 1, 2].map(|at| parts.iter().map(|part| part[at] as f32).collect::<Vec<f32>>());
    let column = graph.reshaped(years, &[-1, 1]);
    let (from, lengths, rises) =
        (graph.constant(&from, &shape), graph.constant(&lengths, &shape), graph.constant(&rises, &shape));
    let past = graph.of_two("Sub", &column, &from);
    let come = graph.of_two("Div", &past, &lengths);
    let come = graph.clipped(&come, 0.0, 1.0);
    let risen = graph.of_two("Mul", &come, &rises);
    let axis = graph.integers(&[1]);
    let sum = graph.node("ReduceSum", &[&risen, &axis], vec![integer("keepdims", 0)]);
    let first = graph.number(ageing.progress.first().copied().unwrap_or_default() as f32);
    graph.of_two("Add", &sum, &first)
}

/// By how many times the change from the young to the old images `[b, 1, z, y, x]` are changed that are led this way to the
/// target ages `[b]`: `[b]`. A target that is not a number is the mean of the group there; one that lies the other way is no change.
pub fn amount(
    graph: &mut Graph,
    ageing: &Ageing,
    space: &Space,
    image: &Value,
    target: &Value,
    direction: Direction,
) -> Value {
    let years = look(graph, ageing, space, image);
    let own = progress_at(graph, ageing, &years);
    let there = progress_at(graph, ageing, target);
    let is_group = graph.of_one("IsNaN", target);
    let (group, sign) = match direction {
        Direction::YoungToOld => (1.0, 1.0),
        Direction::OldToYoung => (0.0, -1.0),
    };
    let group = graph.number(group);
    let there = graph.node("Where", &[&is_group, &group, &there], Vec::new());
    let further = graph.of_two("Sub", &there, &own);
    let sign = graph.number(sign);
    let further = graph.of_two("Mul", &further, &sign);
    graph.clipped(&further, 0.0, MOST_CHANGE as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_at_the_border_are_scaled_by_what_they_lack() {
        // Two slices of 3 x 5 voxels in cells of 2 x 2 x 2: the last column holds 1 of 2, the last row 1 of 2.
        assert_eq!(fill_shares([2, 3, 5], [2, 2, 2]), [1.0, 1.0, 2.0, 2.0, 2.0, 4.0]);
    }
}
