//! Which way the voxel axes point, and reordering to RAS+.
//!
//! The voxel axes are matched to the world axes (right, anterior, superior) as a whole: the one of the six
//! permutations that agrees best with the rotation part. Reordering permutes and flips axes only; no value changes.

use super::{Affine, Volume};

/// The six ways to give three voxel axes to three world axes. The first wins a tie.
const PERMUTATIONS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Where each voxel axis points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AxisMatch {
    /// World axis (0 = x, 1 = y, 2 = z) nearest to each voxel axis.
    world_axis: [usize; 3],
    /// Whether the voxel axis runs against that world axis.
    flipped: [bool; 3],
}

impl AxisMatch {
    /// Nearest world axes of a transform; identity where it is not invertible.
    pub(super) fn of(world_from_voxel: &Affine) -> Self {
        let Some(rotation) = world_from_voxel.nearest_orthogonal() else {
            return AxisMatch { world_axis: [0, 1, 2], flipped: [false; 3] };
        };
        let agreement =
            |axes: &[usize; 3]| -> f64 { (0..3).map(|voxel_axis| rotation[axes[voxel_axis]][voxel_axis].abs()).sum() };
        let mut best = PERMUTATIONS[0];
        for candidate in &PERMUTATIONS[1..] {
            // The margin keeps rounding from deciding a tie (axes turned by exactly 45 degrees).
            if agreement(candidate) > agreement(&best) + 1e-9 {
                best = *candidate;
            }
        }
        AxisMatch {
            world_axis: best,
            flipped: std::array::from_fn(|voxel_axis| rotation[best[voxel_axis]][voxel_axis] < 0.0),
        }
    }

    fn is_ras(&self) -> bool {
        self.world_axis == [0, 1, 2] && self.flipped == [false; 3]
    }

    /// Three letters: the direction in which each voxel index grows.
    fn code(&self) -> String {
        const LETTERS: [[char; 2]; 3] = [['R', 'L'], ['A', 'P'], ['S', 'I']];
        (0..3).map(|axis| LETTERS[self.world_axis[axis]][usize::from(self.flipped[axis])]).collect()
    }
}

impl Affine {
    /// Directions in which the three input indices grow, such as "RAS" (right, anterior, superior) or "LAS".
    pub fn orientation_code(&self) -> String {
        AxisMatch::of(self).code()
    }
}

/// Permutes and flips the axes so that they point as near to right, anterior and superior as they can.
pub(super) fn to_ras(volume: Volume) -> Volume {
    let axes = AxisMatch::of(&volume.world_from_voxel);
    if axes.is_ras() {
        return volume;
    }
    let strides = [1, volume.shape[0], volume.shape[0] * volume.shape[1]];

    // For each new axis: its length, and where its first voxel and its step lie in the old data.
    let mut shape = [0; 3];
    let mut start = 0;
    let mut step = [0isize; 3];
    let mut old_from_new = Affine([[0.0; 4]; 3]);
    for (old_axis, stride) in strides.into_iter().enumerate() {
        let new_axis = axes.world_axis[old_axis];
        let length = volume.shape[old_axis];
        shape[new_axis] = length;
        if axes.flipped[old_axis] {
            let last = length.saturating_sub(1);
            start += last * stride;
            step[new_axis] = -(stride as isize);
            old_from_new.0[old_axis][new_axis] = -1.0;
            old_from_new.0[old_axis][3] = last as f64;
        } else {
            step[new_axis] = stride as isize;
            old_from_new.0[old_axis][new_axis] = 1.0;
        }
    }

    let mut data = Vec::with_capacity(volume.data.len());
    for z in 0..shape[2] {
        for y in 0..shape[1] {
            let row = start as isize + z as isize * step[2] + y as isize * step[1];
            let index = |x: usize| (row + x as isize * step[0]) as usize;
            data.extend((0..shape[0]).map(|x| volume.data[index(x)]));
        }
    }
    Volume::new(shape, data, volume.world_from_voxel.compose(&old_from_new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_plain_and_oblique_transforms() {
        let code = |rows| Affine(rows).orientation_code();
        assert_eq!(Affine::IDENTITY.orientation_code(), "RAS");
        assert_eq!(code([[-2.0, 0.0, 0.0, 90.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]]), "LAS");
        assert_eq!(code([[0.0, 0.0, 3.0, -10.0], [-3.0, 0.0, 0.0, 20.0], [0.0, 3.0, 0.0, -30.0]]), "PSR");
        // Turned by 30 degrees about z, with very uneven voxels: the size must not decide.
        assert_eq!(code([[0.87, -5.0, 0.0, 0.0], [0.5, 8.7, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]), "RAS");
    }
}
