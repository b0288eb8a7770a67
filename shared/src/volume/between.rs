//! Values of a field between the voxels of its grid, linearly, in 32 bits: for millions of places.
//!
//! [`resample`](super::resample()), which makes the maps that models see, is apart: it weighs the eight voxels in 64 bits, and
//! its outer voxels reach as far as they are wide.

/// Channels at a place in voxels; `None` outside the centres of the outermost voxels, and where `values` do not fit `shape`.
/// `values`: the channels of each voxel, x fastest.
#[inline(always)]
pub fn between<const C: usize>(values: &[[f32; C]], shape: [usize; 3], voxel: [f32; 3]) -> Option<[f32; C]> {
    let [nx, ny, nz] = shape;
    let inside = |position: f32, count: usize| position >= 0.0 && position <= count as f32 - 1.0;
    let is_inside = inside(voxel[0], nx) && inside(voxel[1], ny) && inside(voxel[2], nz);
    (is_inside && values.len() >= nx * ny * nz).then(|| within(values, shape, voxel))
}

/// The same where the outermost values go on beyond their centres.
///
/// # Panics
/// `values` are fewer than `shape` has voxels.
#[inline]
pub fn between_or_edge<const C: usize>(values: &[[f32; C]], shape: [usize; 3], voxel: [f32; 3]) -> [f32; C] {
    within(values, shape, std::array::from_fn(|axis| voxel[axis].clamp(0.0, (shape[axis] - 1) as f32)))
}

/// For places within the outermost centres.
#[inline(always)]
fn within<const C: usize>(values: &[[f32; C]], [nx, ny, nz]: [usize; 3], voxel: [f32; 3]) -> [f32; C] {
    // The last voxel is reached with weight 1 from the one before.
    let below = |position: f32, count: usize| (position as usize).min(count.saturating_sub(2));
    let (x, y, z) = (below(voxel[0], nx), below(voxel[1], ny), below(voxel[2], nz));
    let (fx, fy, fz) = (voxel[0] - x as f32, voxel[1] - y as f32, voxel[2] - z as f32);
    let (dx, dy, dz) = (usize::from(nx > 1), if ny > 1 { nx } else { 0 }, if nz > 1 { nx * ny } else { 0 });
    let first = (z * ny + y) * nx + x;
    let mixed =
        |a: &[f32; C], b: &[f32; C], share: f32| -> [f32; C] { std::array::from_fn(|c| a[c] + (b[c] - a[c]) * share) };
    let along_x = |start: usize| -> [f32; C] {
        let (a, b) = (&values[start], &values[start + dx]);
        std::array::from_fn(|c| a[c] + (b[c] - a[c]) * fx)
    };
    let near = mixed(&along_x(first), &along_x(first + dy), fy);
    let far = mixed(&along_x(first + dz), &along_x(first + dy + dz), fy);
    mixed(&near, &far, fz)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [usize; 3] = [5, 4, 3];

    /// Three ramps, along x, y and z.
    fn ramps() -> Vec<[f32; 3]> {
        (0..60).map(|index| [index % 5, index / 5 % 4, index / 20].map(|place| place as f32)).collect()
    }

    #[test]
    fn values_lie_in_proportion_and_end_at_the_outermost_centres() {
        let near = |found: [f32; 3], expected: [f32; 3]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
        for voxel in [[0.25, 2.5, 1.9], [4.0, 3.0, 2.0], [0.0; 3]] {
            assert!(between(&ramps(), SHAPE, voxel).is_some_and(|found| near(found, voxel)), "{voxel:?}");
            assert!(near(between_or_edge(&ramps(), SHAPE, voxel), voxel));
        }
        for voxel in [[-0.1, 0.0, 0.0], [0.0, 3.1, 0.0], [0.0, 0.0, f32::NAN]] {
            assert_eq!(between(&ramps(), SHAPE, voxel), None);
        }
        assert_eq!(between_or_edge(&ramps(), SHAPE, [-8.0, 1.0, 99.0]), [0.0, 1.0, 2.0]);
        assert_eq!(between(&ramps()[..59], SHAPE, [4.0, 3.0, 2.0]), None);
        assert_eq!(between::<1>(&[], [0; 3], [0.0; 3]), None);
        // A single slice.
        let slice = [[0.0, 1.0], [2.0, 1.0], [4.0, 1.0], [6.0, 1.0]];
        assert_eq!(between_or_edge(&slice, [2, 2, 1], [0.5, 0.5, 0.0]), [3.0, 1.0]);
        assert_eq!(between_or_edge(&slice, [2, 2, 1], [-3.0, 9.0, 0.0]), [4.0, 1.0]);
    }
}
