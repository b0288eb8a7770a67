//! The input that all models take.

use super::graph::Side;
use super::layers::Space;

/// What it holds.
pub const IMAGE: &str = "grey-matter density of each voxel, 0 to 1, on the bundle's grid: [batch, 1, z, y, x]";

/// Its shape.
pub fn image_sides(space: &Space) -> [Side; 5] {
    let [z, y, x] = space.sides.map(Side::Of);
    [Side::Batch, Side::Of(1), z, y, x]
}
