//! Sampling a volume on another grid.

use super::{Affine, Grid, Volume};

/// How far from whole voxels a shift may be to count as one: less than any use of the values would notice, more than
/// the rounding of an affine to 32 bits makes. The same in voxels for what still counts as inside.
pub(crate) const WHOLE_VOXEL_TOLERANCE: f64 = 1e-3;

/// How much coarser than the volume's voxels a grid may be before values between its points are looked at, too.
const AS_FINE: f64 = 1.05;

/// Most samples along one axis of a grid's voxel: 8 mm from voxels of half a millimetre.
const MOST_SAMPLES: usize = 16;

/// Samples a volume on a grid, with trilinear interpolation; 0 outside the volume.
///
/// Both affines must lead to the same space (MNI152 for the grids of models). A volume reaches as far as its voxels do,
/// half a voxel beyond the centres of the outer ones; there the outer voxel's value holds. Where the grid is coarser
/// than the volume, each of its voxels gets the mean over its extent, as a scan of such voxels would: single points
/// would leave out what lies between them. Where the grid is the volume's own shifted by whole voxels, values are copied
/// bit for bit. A volume whose affine cannot be inverted, or whose `data` do not fit its `shape`, has no value anywhere:
/// 0. The caller bounds the size of the grid.
pub fn resample(volume: &Volume, grid: &Grid) -> Volume {
    sample(volume, grid, |voxel_from_grid| {
        // Length of a step of the grid in voxels of the volume.
        voxel_from_grid.spacing_mm().map(|steps| match steps > AS_FINE {
            // The cast saturates.
            true => ((steps - (AS_FINE - 1.0)).ceil() as usize).clamp(1, MOST_SAMPLES),
            false => 1,
        })
    })
}

/// The same at the centres of the grid's voxels alone, whatever lies between them: for volumes that were smoothed for
/// the grid already.
pub fn sample_at_centres(volume: &Volume, grid: &Grid) -> Volume {
    sample(volume, grid, |_| [1; 3])
}

/// `samples`: how many samples each voxel of the grid takes along its axes.
fn sample(volume: &Volume, grid: &Grid, samples: impl Fn(&Affine) -> [usize; 3]) -> Volume {
    let data = match volume.world_from_voxel.inverse() {
        Some(voxel_from_mni) if volume.is_sound() => {
            let voxel_from_grid = voxel_from_mni.compose(&grid.mni_from_voxel);
            match whole_voxel_shift(&voxel_from_grid, grid.shape) {
                Some(shift) => copy_shifted(volume, shift, grid.shape),
                None => interpolate(volume, &voxel_from_grid, grid.shape, samples(&voxel_from_grid)),
            }
        }
        _ => vec![0.0; grid.voxel_count()],
    };
    grid.volume(data)
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

/// For each voxel of the grid the mean of samples spread evenly over it.
fn interpolate(volume: &Volume, voxel_from_grid: &Affine, shape: [usize; 3], samples: [usize; 3]) -> Vec<f32> {
    let offsets = offsets(samples, voxel_from_grid);
    let mut data = Vec::with_capacity(shape.iter().product());
    for z in 0..shape[2] {
        for y in 0..shape[1] {
            data.extend((0..shape[0]).map(|x| {
                let centre = voxel_from_grid.apply([x as f64, y as f64, z as f64]);
                mean_around(volume, centre, &offsets)
            }));
        }
    }
    data
}

/// Where the samples lie, in voxels of the volume from the centre of the grid's voxel.
fn offsets([nx, ny, nz]: [usize; 3], voxel_from_grid: &Affine) -> Vec<[f64; 3]> {
    let place = |index: usize, count: usize| (index as f64 + 0.5) / count as f64 - 0.5;
    let origin = voxel_from_grid.translation();
    let mut offsets = Vec::with_capacity(nx * ny * nz);
    for z in 0..nz {
        for y in 0..ny {
            for x in 0..nx {
                let point = voxel_from_grid.apply([place(x, nx), place(y, ny), place(z, nz)]);
                offsets.push(std::array::from_fn(|axis| point[axis] - origin[axis]));
            }
        }
    }
    offsets
}

/// Mean of the samples that lie inside the volume; 0 where the centre does not.
fn mean_around(volume: &Volume, centre: [f64; 3], offsets: &[[f64; 3]]) -> f32 {
    let Some(at_centre) = trilinear(volume, centre) else { return 0.0 };
    if offsets.len() == 1 {
        return at_centre as f32;
    }
    let (mut sum, mut count) = (0.0, 0u32);
    for offset in offsets {
        if let Some(value) = trilinear(volume, std::array::from_fn(|axis| centre[axis] + offset[axis])) {
            sum += value;
            count += 1;
        }
    }
    if count == 0 { at_centre as f32 } else { (sum / f64::from(count)) as f32 }
}

/// Value at a place in voxels, linearly between their centres; `None` outside the volume. The volume must be sound.
pub(crate) fn value_at(volume: &Volume, voxel: [f64; 3]) -> Option<f64> {
    volume.is_sound().then(|| trilinear(volume, voxel))?
}

/// Value between voxels; beyond the centres of the outer ones theirs. `None` outside the volume.
fn trilinear(volume: &Volume, voxel: [f64; 3]) -> Option<f64> {
    // For each axis the voxel below and the weight of the one above.
    let mut below = [0; 3];
    let mut weight_above = [0.0; 3];
    for axis in 0..3 {
        let last = volume.shape[axis] as f64 - 1.0;
        let inside = -0.5 - WHOLE_VOXEL_TOLERANCE..=last + 0.5 + WHOLE_VOXEL_TOLERANCE;
        // Also sends a NaN away.
        if !inside.contains(&voxel[axis]) {
            return None;
        }
        let position = voxel[axis].clamp(0.0, last);
        below[axis] = position as usize;
        weight_above[axis] = position - below[axis] as f64;
    }
    let [nx, ny, _] = volume.shape;
    let mut sum = 0.0;
    for corner in 0..8 {
        let mut weight = 1.0;
        let mut place = below;
        for axis in 0..3 {
            if corner >> axis & 1 == 1 {
                weight *= weight_above[axis];
                place[axis] += 1;
            } else {
                weight *= 1.0 - weight_above[axis];
            }
        }
        // A weight of 0 also keeps away from the voxel after the last.
        if weight > 0.0 {
            sum += weight * f64::from(volume.data[(place[2] * ny + place[1]) * nx + place[0]]);
        }
    }
    Some(sum)
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
        Volume::new(shape, data, world_from_voxel)
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

    /// A fine pattern of black and white: what a map of the cortex is to a coarse grid.
    fn ribbons(shape: [usize; 3]) -> Volume {
        let data = (0..shape.iter().product::<usize>())
            .map(|index| {
                let [x, y, z] = [index % shape[0], index / shape[0] % shape[1], index / (shape[0] * shape[1])];
                f32::from(((x * 7 + y * 3) % 5 + z % 3) % 3 == 0)
            })
            .collect();
        Volume::new(shape, data, Affine::from_spacing_origin([2.0; 3], [0.0; 3]))
    }

    #[test]
    fn a_coarser_grid_gets_means_and_not_every_other_voxel() {
        let volume = ribbons([24, 24, 24]);
        // Voxels of 4 mm over pairs of voxels: the mean of eight.
        let grid = Grid { shape: [12; 3], mni_from_voxel: Affine::from_spacing_origin([4.0; 3], [1.0; 3]) };
        let coarse = resample(&volume, &grid);
        for z in 0..12 {
            for y in 0..12 {
                for x in 0..12 {
                    let eight = (0..8).map(|corner| {
                        let at = |index: usize, axis: usize| 2 * index + (corner >> axis & 1);
                        volume.data[(at(z, 2) * 24 + at(y, 1)) * 24 + at(x, 0)]
                    });
                    let mean = eight.sum::<f32>() / 8.0;
                    assert!((coarse.data[(z * 12 + y) * 12 + x] - mean).abs() < 1e-6);
                }
            }
        }
        // Centred on voxels, as 4 mm grids of MNI maps are: a quarter, a half, a quarter. Constant stays constant.
        let centred = Grid { shape: [11; 3], mni_from_voxel: Affine::from_spacing_origin([4.0; 3], [2.0; 3]) };
        let flat = volume.with_data(vec![0.7; 24 * 24 * 24]);
        assert!(resample(&flat, &centred).data.iter().all(|value| (value - 0.7).abs() < 1e-6));
        let points = sample_at_centres(&volume, &centred).data;
        assert!(points.iter().all(|value| [0.0, 1.0].contains(value)), "points are single voxels");
        let means = resample(&volume, &centred).data;
        let average = |data: &[f32]| data.iter().sum::<f32>() / data.len() as f32;
        assert!((average(&means) - average(&volume.data)).abs() < 0.02);
    }

    #[test]
    fn a_volume_reaches_to_the_ends_of_its_voxels() {
        // One voxel of 3 mm, seen at 1 mm: three points are inside, none beside it.
        let volume = Volume::new([1; 3], vec![0.8], Affine::from_spacing_origin([3.0; 3], [0.0; 3]));
        let grid = Grid { shape: [5, 1, 1], mni_from_voxel: Affine::from_spacing_origin([1.0; 3], [-2.0, 0.0, 0.0]) };
        assert_eq!(resample(&volume, &grid).data, [0.0, 0.8, 0.8, 0.8, 0.0]);
        // Exactly at the end of the voxels, as a slab of 3 mm on a grid of 2 mm can be.
        let edge = Grid { shape: [1; 3], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [1.5, -1.5, 1.5]) };
        assert_eq!(resample(&volume, &edge).data, [0.8]);
    }
}
