//! The grid of a plan: as small as the brain allows, with sides that the networks can halve and divide into cells.

use crate::plan::facts::Field;

/// A grid, as a configuration has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedGrid {
    pub shape: [usize; 3],
    pub spacing_mm: f64,
    pub origin_mm: [f64; 3],
}

impl PlannedGrid {
    /// The smallest grid of this voxel size around the field whose sides are multiples of `units`, with `margin_voxels` on each
    /// side. Its voxels lie on those of the maps, or cover whole ones.
    pub fn around(field: &Field, spacing_mm: f64, units: [usize; 3], margin_voxels: [usize; 3]) -> Self {
        let mut grid = PlannedGrid { shape: [0; 3], spacing_mm, origin_mm: [0.0; 3] };
        // Where a voxel of the grid covers several of the maps', its centre lies between theirs.
        let between = (spacing_mm - field.spacing_mm) / 2.0;
        for axis in 0..3 {
            let needed = (field.extent_mm(axis) / spacing_mm - 1e-6).ceil() as usize + 2 * margin_voxels[axis];
            let side = needed.div_ceil(units[axis]).max(1) * units[axis];
            let middle = (field.low_mm[axis] + field.high_mm[axis]) / 2.0;
            let start = middle - spacing_mm * (side - 1) as f64 / 2.0;
            let from_lattice = field.lattice_mm[axis] + between;
            // Rather a voxel lower than one that does not lie on theirs.
            let steps = ((start - from_lattice) / field.spacing_mm + 1e-6).floor();
            grid.shape[axis] = side;
            grid.origin_mm[axis] = from_lattice + steps * field.spacing_mm;
        }
        grid
    }
}

/// The largest divisor of a side that is no larger than `most`.
pub fn divisor(side: usize, most: usize) -> usize {
    (1..=most.min(side).max(1)).rev().find(|part| side.is_multiple_of(*part)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slab_keeps_its_slices_and_gets_sides_that_divide() {
        let field = Field {
            low_mm: [-70.0, -104.0, 4.0],
            high_mm: [70.0, 72.0, 22.0],
            spacing_mm: 2.0,
            lattice_mm: [-90.0, -126.0, 4.0],
        };
        let grid = PlannedGrid::around(&field, 2.0, [8, 8, 1], [1, 1, 0]);
        assert_eq!((grid.shape, grid.origin_mm[2]), ([80, 96, 10], 4.0));
        for axis in 0..2 {
            let last = grid.origin_mm[axis] + 2.0 * (grid.shape[axis] - 1) as f64;
            assert!(grid.origin_mm[axis] <= field.low_mm[axis] - 2.0 && last >= field.high_mm[axis] + 2.0, "{grid:?}");
            assert_eq!((grid.origin_mm[axis] - field.lattice_mm[axis]).rem_euclid(2.0), 0.0);
        }
    }

    #[test]
    fn a_coarser_grid_covers_whole_voxels_of_the_maps() {
        let field =
            Field { low_mm: [-72.0; 3], high_mm: [72.0; 3], spacing_mm: 2.0, lattice_mm: [-98.0, -134.0, -72.0] };
        let grid = PlannedGrid::around(&field, 4.0, [8, 8, 4], [1; 3]);
        assert_eq!(grid.shape, [40, 40, 40]);
        // Half-way between two of the maps' voxels.
        assert!(grid.origin_mm.iter().zip(field.lattice_mm).all(|(own, map)| (own - map).rem_euclid(2.0) == 1.0));
    }

    #[test]
    fn cells_divide_a_side() {
        assert_eq!([divisor(10, 5), divisor(9, 5), divisor(7, 5), divisor(76, 4), divisor(1, 5)], [5, 3, 1, 4, 1]);
    }
}
