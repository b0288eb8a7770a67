//! Class-activation maps on the grid of the image.

use crate::volume::{Grid, Volume};

/// Coarse activations of one image, as read from the last convolution.
pub struct CoarseMap {
    /// Cells along x, y, z.
    pub shape: [usize; 3],
    /// x fastest.
    pub values: Vec<f32>,
    /// Voxels between neighbouring cells along x, y, z.
    pub stride: [usize; 3],
    /// Voxel on which cell 0 is centred, along x, y, z; it may lie between voxels.
    pub first: [f32; 3],
}

/// The positive part as [`signed_map_on_grid`] enlarges it, divided by its maximum: relative, 0..1 in this image.
///
/// All zero where no cell is positive.
pub fn relative_map_on_grid(map: &CoarseMap, grid: &Grid) -> Volume {
    let values = map.values.iter().map(|value| value.max(0.0)).collect();
    let mut enlarged = signed_map_on_grid(&CoarseMap { values, ..*map }, grid);
    let largest = enlarged.data.iter().copied().fold(0.0f32, f32::max);
    if largest > 0.0 {
        for value in &mut enlarged.data {
            *value /= largest;
        }
    }
    enlarged
}

/// Trilinear enlargement to `grid` with both signs, in the map's own unit. Beyond the last cell the border's value goes on.
pub fn signed_map_on_grid(map: &CoarseMap, grid: &Grid) -> Volume {
    let along = |axis: usize| -> Vec<(usize, usize, f32)> {
        let (stride, cells) = (map.stride[axis] as f32, map.shape[axis]);
        (0..grid.shape[axis])
            .map(|voxel| neighbours(((voxel as f32 - map.first[axis]) / stride).max(0.0), cells))
            .collect()
    };
    let axes = [0, 1, 2].map(along);
    let [nx, ny, _] = map.shape;
    let cell = |x: usize, y: usize, z: usize| map.values[x + nx * (y + ny * z)];
    let mut data = Vec::with_capacity(grid.voxel_count());
    for &(z0, z1, fz) in &axes[2] {
        for &(y0, y1, fy) in &axes[1] {
            for &(x0, x1, fx) in &axes[0] {
                let along_x = |y: usize, z: usize| cell(x0, y, z) * (1.0 - fx) + cell(x1, y, z) * fx;
                let along_y = |z: usize| along_x(y0, z) * (1.0 - fy) + along_x(y1, z) * fy;
                data.push(along_y(z0) * (1.0 - fz) + along_y(z1) * fz);
            }
        }
    }
    grid.volume(data)
}

/// The two cells beside a position, counted in cells, and the weight of the second.
fn neighbours(position: f32, cells: usize) -> (usize, usize, f32) {
    let last = cells - 1;
    let first = (position as usize).min(last);
    (first, (first + 1).min(last), position - first as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Affine;

    fn grid(shape: [usize; 3]) -> Grid {
        Grid { shape, mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [0.0; 3]) }
    }

    #[test]
    fn a_cell_lies_on_its_voxel_and_fades_linearly() {
        let map = CoarseMap { shape: [3, 1, 1], values: vec![0.0, 4.0, -2.0], stride: [4, 1, 1], first: [0.0; 3] };
        let enlarged = relative_map_on_grid(&map, &grid([11, 1, 1]));
        assert_eq!(enlarged.data, [0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn both_signs_are_kept_in_their_unit() {
        let map = CoarseMap { shape: [3, 1, 1], values: vec![0.0, 4.0, -2.0], stride: [2, 1, 1], first: [0.0; 3] };
        let enlarged = signed_map_on_grid(&map, &grid([6, 1, 1]));
        assert_eq!(enlarged.data, [0.0, 2.0, 4.0, 1.0, -2.0, -2.0]);
    }

    #[test]
    fn a_first_cell_between_voxels_lies_there() {
        let map = CoarseMap { shape: [2, 1, 1], values: vec![1.0, -3.0], stride: [4, 1, 1], first: [1.5, 0.0, 0.0] };
        let enlarged = signed_map_on_grid(&map, &grid([8, 1, 1]));
        assert_eq!(enlarged.data, [1.0, 1.0, 0.5, -0.5, -1.5, -2.5, -3.0, -3.0]);
    }

    #[test]
    fn nothing_positive_gives_an_empty_map() {
        let map = CoarseMap { shape: [1, 1, 1], values: vec![-1.0], stride: [1, 1, 1], first: [0.0; 3] };
        assert!(relative_map_on_grid(&map, &grid([2, 2, 2])).data.iter().all(|&value| value == 0.0));
    }
}
