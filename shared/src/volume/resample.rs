//! Sampling a volume on another grid.

use super::{Affine, Grid, Volume};

/// How far from whole voxels a shift may be to count as one: less than any use of the values would notice, more than
/// the rounding of an affine to 32 bits makes.
const WHOLE_VOXEL_TOLERANCE: f64 = 1e-3;

/// Samples a volume on a grid, with trilinear interpolation; 0 outside the volume.
///
/// Both affines must lead to the same space (MNI152 for the grids of models). Around a voxel at the edge the values
/// fall to 0 within one voxel. Where the grid is the volume's own shifted by whole voxels, values are copied bit for
/// bit. A volume whose affine cannot be inverted, or whose `data` do not fit its `shape`, has no value anywhere: 0.
/// The caller bounds the size of the grid.
pub fn resample(volume: &Volume, grid: &Grid) -> Volume {
    let consistent =
        volume.shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side)) == Some(volume.data.len());
    let data = match volume.world_from_voxel.inverse() {
        Some(voxel_from_mni) if consistent => {
            let voxel_from_grid = voxel_from_mni.compose(&grid.mni_from_voxel);
            match whole_voxel_shift(&voxel_from_grid, grid.shape) {
                Some(shift) => copy_shifted(volume, shift, grid.shape),
                None => interpolate(volume, &voxel_from_grid, grid.shape),
            }
        }
        _ => vec![0.0; grid.voxel_count()],
    };
    Volume { shape: grid.shape, data, world_from_voxel: grid.mni_from_voxel }
}

/// The shift in voxels where a transform of voxel indices is nothing else, anywhere in the grid.
fn whole_voxel_shift(voxel_from_grid: &Affine, shape: [usize; 3]) -> Option<[i64; 3]> {
    let shift = voxel_from_grid.translation().map(f64::round);
    let pure = Affine::from_spacing_origin([1.0; 3], shift);
    // In this space the millimetres of the distance are voxels.
    let near = voxel_from_grid.max_displacement_mm(&pure, shape) < WHOLE_VOXEL_TOLERANCE;
    near.then(|| shift.map(|value| value as i64))
}

fn copy_shifted(volume: &Volume, shift: [i64; 3], shape: [usize; 3]) -> Vec<f32> {
    // The index in the volume, where the shifted index lies inside it.
    let source = |axis: usize, index: usize| -> Option<usize> {
        let index = usize::try_from((index as i64).checked_add(shift[axis])?).ok()?;
        (index < volume.shape[axis]).then_some(index)
    };
    let mut data = Vec::with_capacity(shape.iter().product());
    for z in 0..shape[2] {
        for y in 0..shape[1] {
            let row = source(2, z).zip(source(1, y)).map(|(z, y)| (z * volume.shape[1] + y) * volume.shape[0]);
            data.extend((0..shape[0]).map(|x| match (row, source(0, x)) {
                (Some(row), Some(x)) => volume.data[row + x],
                _ => 0.0,
            }));
        }
    }
    data
}

fn interpolate(volume: &Volume, voxel_from_grid: &Affine, shape: [usize; 3]) -> Vec<f32> {
    let mut data = Vec::with_capacity(shape.iter().product());
    for z in 0..shape[2] {
        for y in 0..shape[1] {
            data.extend(
                (0..shape[0]).map(|x| trilinear(volume, voxel_from_grid.apply([x as f64, y as f64, z as f64]))),
            );
        }
    }
    data
}

/// Value between voxels; those outside the volume count as 0.
fn trilinear(volume: &Volume, voxel: [f64; 3]) -> f32 {
    // For each axis the voxel below and its weight; the one above has the rest.
    let mut below = [0i64; 3];
    let mut weight_above = [0.0; 3];
    for axis in 0..3 {
        let position = voxel[axis];
        // Also sends a NaN away.
        if !(position > -1.0 && position < volume.shape[axis] as f64) {
            return 0.0;
        }
        let floor = position.floor();
        below[axis] = floor as i64;
        weight_above[axis] = position - floor;
    }
    let mut sum = 0.0;
    for corner in 0..8 {
        let mut weight = 1.0;
        let mut index = 0;
        let mut stride = 1;
        for axis in 0..3 {
            let above = corner >> axis & 1;
            weight *= if above == 1 { weight_above[axis] } else { 1.0 - weight_above[axis] };
            match usize::try_from(below[axis] + above) {
                Ok(position) if position < volume.shape[axis] => index += position * stride,
                _ => weight = 0.0,
            }
            stride *= volume.shape[axis];
        }
        if weight > 0.0 {
            sum += weight * f64::from(volume.data[index]);
        }
    }
    sum as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that are a linear function of the position, which trilinear interpolation reproduces.
    fn ramp(shape: [usize; 3], world_from_voxel: Affine) -> Volume {
        let mut data = Vec::new();
        for z in 0..shape[2] {
            for y in 0..shape[1] {
                for x in 0..shape[0] {
                    let [x, y, z] = world_from_voxel.apply([x as f64, y as f64, z as f64]);
                    data.push((100.0 + x + 2.0 * y - 3.0 * z) as f32);
                }
            }
        }
        Volume { shape, data, world_from_voxel }
    }

    #[test]
    fn a_whole_voxel_shift_copies_bits_and_pads_with_zeros() {
        let mut volume = ramp([3, 4, 2], Affine::from_spacing_origin([2.0; 3], [-90.0, -126.0, 4.0]));
        volume.data[0] = 0.1 + 0.2;
        let grid =
            Grid { shape: [6, 5, 2], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-94.0, -128.0, 4.0]) };
        let out = resample(&volume, &grid);
        for z in 0..2 {
            for y in 0..5 {
                for x in 0..6 {
                    let inside = (2..5).contains(&x) && (1..5).contains(&y);
                    let expected = if inside { volume.data[(z * 4 + y - 1) * 3 + x - 2] } else { 0.0 };
                    assert_eq!(out.data[(z * 5 + y) * 6 + x].to_bits(), expected.to_bits());
                }
            }
        }
    }

    #[test]
    fn an_oblique_grid_inside_reproduces_a_ramp() {
        let volume = ramp([20, 20, 20], Affine::from_spacing_origin([1.5; 3], [-10.0; 3]));
        let turned = Affine([[0.8, -0.6, 0.0, 2.3], [0.6, 0.8, 0.0, 1.1], [0.0, 0.0, 1.0, 0.4]]);
        let grid = Grid { shape: [6, 6, 6], mni_from_voxel: turned };
        let expected = ramp(grid.shape, turned);
        for (a, b) in resample(&volume, &grid).data.iter().zip(&expected.data) {
            assert!((a - b).abs() < 1e-3, "{a} instead of {b}");
        }
    }

    #[test]
    fn outside_and_unusable_volumes_give_zeros() {
        let far = Affine::from_spacing_origin([1.0; 3], [500.5; 3]);
        let grid = Grid { shape: [4, 4, 4], mni_from_voxel: Affine::IDENTITY };
        assert_eq!(resample(&ramp([3, 3, 3], far), &grid).data, vec![0.0; 64]);
        let mut flat = ramp([3, 3, 3], Affine::IDENTITY);
        flat.world_from_voxel = Affine([[0.0; 4]; 3]);
        assert_eq!(resample(&flat, &grid).data, vec![0.0; 64]);
        let mut short = ramp([3, 3, 3], Affine::IDENTITY);
        short.data.pop();
        assert_eq!(resample(&short, &grid).data, vec![0.0; 64]);
    }
}
