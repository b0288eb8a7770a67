//! 3×4 affine transforms between voxel indices and millimetres.
//!
//! Names say what a transform does, output first: `world_from_voxel.apply(voxel)` is a world point, and
//! `a_from_b.compose(&b_from_c)` is `a_from_c`.

use serde::{Deserialize, Serialize};

/// A 3×3 matrix by rows.
pub(super) type Matrix3 = [[f64; 3]; 3];

/// An affine transform: three rows `[a, b, c, t]`, so `out = M · in + t`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine(pub [[f64; 4]; 3]);

impl Affine {
    /// The transform that changes nothing.
    pub const IDENTITY: Affine = Affine([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);

    /// Axis-aligned grid: voxel size `spacing_mm`, voxel (0,0,0) centred at `origin_mm`.
    pub fn from_spacing_origin(spacing_mm: [f64; 3], origin_mm: [f64; 3]) -> Self {
        let mut rows = [[0.0; 4]; 3];
        for axis in 0..3 {
            rows[axis][axis] = spacing_mm[axis];
            rows[axis][3] = origin_mm[axis];
        }
        Affine(rows)
    }

    /// The transform `out = matrix · in + translation`.
    pub(super) fn from_parts(matrix: Matrix3, translation: [f64; 3]) -> Self {
        Affine(std::array::from_fn(|row| {
            let [a, b, c] = matrix[row];
            [a, b, c, translation[row]]
        }))
    }

    /// Applies the transform to a point.
    pub fn apply(&self, point: [f64; 3]) -> [f64; 3] {
        self.0.map(|row| row[0] * point[0] + row[1] * point[1] + row[2] * point[2] + row[3])
    }

    /// The linear part, without the translation.
    pub(super) fn matrix(&self) -> Matrix3 {
        self.0.map(|[a, b, c, _]| [a, b, c])
    }

    /// The translation: where the point (0,0,0) goes.
    pub fn translation(&self) -> [f64; 3] {
        self.0.map(|row| row[3])
    }

    /// The transform that applies `inner` first, then `self`: `a_from_b.compose(&b_from_c)` is `a_from_c`.
    pub fn compose(&self, inner: &Affine) -> Affine {
        Affine(std::array::from_fn(|row| {
            let [a, b, c, t] = self.0[row];
            let mut out: [f64; 4] =
                std::array::from_fn(|column| a * inner.0[0][column] + b * inner.0[1][column] + c * inner.0[2][column]);
            out[3] += t;
            out
        }))
    }

    /// Determinant of the linear part: signed volume of a voxel in mm³ where the input is voxel indices.
    pub fn determinant(&self) -> f64 {
        determinant(&self.matrix())
    }

    /// Length in mm of one voxel step along each input axis.
    pub fn spacing_mm(&self) -> [f64; 3] {
        std::array::from_fn(|column| {
            let [x, y, z] = self.0.map(|row| row[column]);
            x.hypot(y).hypot(z)
        })
    }

    /// Whether every entry is finite, no axis has length zero and no two axes fall together.
    pub fn is_invertible(&self) -> bool {
        let spacing_mm = self.spacing_mm();
        // Relative to the voxel size, so that a fine grid is not taken for a flat one.
        let relative = self.determinant() / spacing_mm.iter().product::<f64>();
        self.0.iter().flatten().all(|value| value.is_finite()) && relative.abs() > 1e-6
    }

    /// The opposite transform; `None` where the linear part is singular or not finite.
    pub fn inverse(&self) -> Option<Affine> {
        if !self.is_invertible() {
            return None;
        }
        let determinant = self.determinant();
        let cofactors = cofactors(&self.matrix());
        // The inverse is the transposed cofactor matrix over the determinant.
        let matrix: Matrix3 =
            std::array::from_fn(|row| std::array::from_fn(|column| cofactors[column][row] / determinant));
        let linear = Affine::from_parts(matrix, [0.0; 3]);
        let translation = linear.apply(self.translation()).map(|value| -value);
        let inverse = Affine::from_parts(matrix, translation);
        // Huge or tiny entries can overflow on the way.
        let finite = inverse.0.iter().flatten().all(|value| value.is_finite());
        finite.then_some(inverse)
    }

    /// Largest difference between two entries of the two transforms (mm for the translation).
    pub fn max_difference(&self, other: &Affine) -> f64 {
        let pairs = self.0.iter().flatten().zip(other.0.iter().flatten());
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    /// Largest distance in mm between what the two transforms make of the corners of a grid of `shape` voxels,
    /// which is the largest distance anywhere in it.
    pub fn max_displacement_mm(&self, other: &Affine, shape: [usize; 3]) -> f64 {
        corners(shape).fold(0.0, |largest: f64, corner| {
            let (a, b) = (self.apply(corner), other.apply(corner));
            let distance = (a[0] - b[0]).hypot(a[1] - b[1]).hypot(a[2] - b[2]);
            // A NaN must not pass for "no difference".
            if distance.is_nan() { f64::INFINITY } else { largest.max(distance) }
        })
    }

    /// The orthogonal matrix nearest to the linear part with its axes scaled to length 1 (polar decomposition); it
    /// may be a reflection. `None` where the transform is not invertible.
    pub(super) fn nearest_orthogonal(&self) -> Option<Matrix3> {
        if !self.is_invertible() {
            return None;
        }
        let spacing_mm = self.spacing_mm();
        let mut matrix = self.matrix();
        for row in &mut matrix {
            for (value, length) in row.iter_mut().zip(spacing_mm) {
                *value /= length;
            }
        }
        // Newton's iteration X ← (X + X⁻ᵀ)/2 (Higham 1986) converges quadratically; unit columns need few steps.
        for _ in 0..50 {
            let determinant = determinant(&matrix);
            let cofactors = cofactors(&matrix);
            let next: Matrix3 = std::array::from_fn(|row| {
                std::array::from_fn(|column| 0.5 * (matrix[row][column] + cofactors[row][column] / determinant))
            });
            let change = next.iter().flatten().zip(matrix.iter().flatten());
            let change = change.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            matrix = next;
            if change < 1e-14 {
                break;
            }
        }
        let finite = matrix.iter().flatten().all(|value| value.is_finite());
        finite.then_some(matrix)
    }
}

/// The eight corner voxels of a grid, as indices.
fn corners(shape: [usize; 3]) -> impl Iterator<Item = [f64; 3]> {
    (0..8).map(move |corner| {
        std::array::from_fn(|axis| {
            let last = shape[axis].saturating_sub(1) as f64;
            if corner >> axis & 1 == 1 { last } else { 0.0 }
        })
    })
}

/// Determinant of a 3×3 matrix.
pub(super) fn determinant(matrix: &Matrix3) -> f64 {
    let cofactors = cofactors(matrix);
    (0..3).map(|column| matrix[0][column] * cofactors[0][column]).sum()
}

/// Matrix of signed 2×2 minors.
fn cofactors(m: &Matrix3) -> Matrix3 {
    std::array::from_fn(|row| {
        let (r1, r2) = ((row + 1) % 3, (row + 2) % 3);
        std::array::from_fn(|column| {
            let (c1, c2) = ((column + 1) % 3, (column + 2) % 3);
            m[r1][c1] * m[r2][c2] - m[r1][c2] * m[r2][c1]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBLIQUE: Affine = Affine([[1.6, -1.2, 0.0, 12.0], [1.2, 1.6, 0.3, -7.5], [0.0, 0.1, 3.0, 4.0]]);

    #[test]
    fn inverse_undoes_the_transform() {
        let inverse = OBLIQUE.inverse().unwrap();
        assert!(inverse.compose(&OBLIQUE).max_difference(&Affine::IDENTITY) < 1e-12);
        assert!(OBLIQUE.compose(&inverse).max_difference(&Affine::IDENTITY) < 1e-12);
        assert_eq!(Affine([[0.0; 4]; 3]).inverse(), None);
        assert_eq!(Affine([[f64::NAN; 4]; 3]).inverse(), None);
    }

    #[test]
    fn compose_applies_the_inner_transform_first() {
        let point = [1.0, 2.0, 3.0];
        let shift = Affine::from_spacing_origin([2.0, 3.0, 4.0], [1.0, 1.0, 1.0]);
        let (a, b) = (OBLIQUE.compose(&shift).apply(point), OBLIQUE.apply(shift.apply(point)));
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?} {b:?}");
    }

    #[test]
    fn spacing_and_determinant_of_a_flipped_grid() {
        let flipped = Affine::from_spacing_origin([-2.0, 2.0, 1.5], [90.0, -126.0, -72.0]);
        assert_eq!(flipped.spacing_mm(), [2.0, 2.0, 1.5]);
        assert_eq!(flipped.determinant(), -6.0);
    }

    #[test]
    fn nearest_orthogonal_matrix_has_orthonormal_rows() {
        let m = OBLIQUE.nearest_orthogonal().unwrap();
        for a in 0..3 {
            for b in 0..3 {
                let dot: f64 = (0..3).map(|k| m[a][k] * m[b][k]).sum();
                assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-12);
            }
        }
    }
}
