//! Which way the voxel axes point, and reordering to RAS+.
//!
//! The voxel axes are matched to the world axes (right, anterior, superior) as a whole: the one of the six
//! permutations that agrees best with the rotation part. Reordering permutes and flips axes only; no value changes.

use super::{Affine, Volume};
use crate::threads::fill_slices;

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

/// Permutes and flips the axes so that they point as near to right, anterior and superior as they can. In place: a fine
/// image is hundreds of megabytes large.
pub(super) fn to_ras(volume: Volume) -> Volume {
    let AxisMatch { world_axis: mut axes, mut flipped } = AxisMatch::of(&volume.world_from_voxel);
    if axes.is_sorted() && flipped == [false; 3] {
        return volume;
    }
    let Volume { mut shape, mut data, world_from_voxel } = volume;
    let mut old_from_new = Affine([[0.0; 4]; 3]);
    for (old_axis, row) in old_from_new.0.iter_mut().enumerate() {
        row[axes[old_axis]] = if flipped[old_axis] { -1.0 } else { 1.0 };
        row[3] = if flipped[old_axis] { shape[old_axis].saturating_sub(1) as f64 } else { 0.0 };
    }
    // Neighbouring axes are exchanged until they are in order.
    while let Some(first) = [0, 1].into_iter().find(|&first| axes[first] > axes[first + 1]) {
        match first {
            0 => exchange_xy(&mut data, shape),
            _ => exchange_yz(&mut data, shape),
        }
        axes.swap(first, first + 1);
        flipped.swap(first, first + 1);
        shape.swap(first, first + 1);
    }
    for axis in (0..3).filter(|&axis| flipped[axis]) {
        flip(&mut data, shape, axis);
    }
    Volume::new(shape, data, world_from_voxel.compose(&old_from_new))
}

/// Each slice transposed.
fn exchange_xy(data: &mut [f32], [nx, ny, _]: [usize; 3]) {
    fill_slices(data, nx * ny, |_, slice| {
        let old = slice.to_vec();
        for (x, row) in slice.chunks_exact_mut(ny).enumerate() {
            row.iter_mut().zip(old[x..].iter().step_by(nx)).for_each(|(new, old)| *new = *old);
        }
    });
}

/// Rows change places: that of (y, z) goes to (z, y). Each circle of rows is walked once.
fn exchange_yz(data: &mut [f32], [nx, ny, nz]: [usize; 3]) {
    let mut done = vec![false; ny * nz];
    for start in 0..ny * nz {
        // The row at `start` is exchanged with each place of its circle in turn.
        let mut place = start;
        while !done[place] {
            done[place] = true;
            place = place % ny * nz + place / ny;
            if place != start {
                let (low, high) = (start.min(place) * nx, start.max(place) * nx);
                let (before, after) = data.split_at_mut(high);
                before[low..low + nx].swap_with_slice(&mut after[..nx]);
            }
        }
    }
}

/// The image back to front along one axis.
fn flip(data: &mut [f32], shape: [usize; 3], axis: usize) {
    // Of what is turned around as a whole.
    let piece: usize = shape[..axis].iter().product();
    for row in data.chunks_exact_mut(piece * shape[axis]) {
        if piece == 1 {
            row.reverse();
            continue;
        }
        let (before, after) = row.split_at_mut(shape[axis] / 2 * piece);
        let pieces = before.chunks_exact_mut(piece).zip(after.rchunks_exact_mut(piece));
        pieces.for_each(|(before, after)| before.swap_with_slice(after));
    }
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
    #[test]
    fn every_value_stays_where_it_is_in_the_world() {
        let shape = [2, 3, 5];
        let data: Vec<f32> = (0..30u8).map(f32::from).collect();
        for axes in PERMUTATIONS {
            for signs in 0..8 {
                let mut rows = [[0.0, 0.0, 0.0, 4.0], [0.0, 0.0, 0.0, -7.0], [0.0, 0.0, 0.0, 9.0]];
                for axis in 0..3 {
                    rows[axes[axis]][axis] = if signs >> axis & 1 == 1 { -1.0 } else { 1.0 };
                }
                let old = Volume::new(shape, data.clone(), Affine(rows));
                let new = to_ras(old.clone());
                assert_eq!(new.world_from_voxel.orientation_code(), "RAS");
                let old_from_new = old.world_from_voxel.inverse().unwrap().compose(&new.world_from_voxel);
                let [nx, ny, nz] = new.shape;
                for (index, value) in new.data.iter().enumerate() {
                    let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|index| index as f64);
                    let [x, y, z] = old_from_new.apply(voxel).map(|index| index.round() as usize);
                    assert_eq!(*value, old.data[(z * shape[1] + y) * shape[0] + x], "{axes:?} {signs}");
                }
                assert_eq!(nx * ny * nz, 30);
            }
        }
    }
}
