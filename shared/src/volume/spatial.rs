//! From header fields to the affine: sform first, then qform, else a guess from the voxel size, as nibabel does. Unlike
//! nibabel, metres and micrometres are turned into millimetres where the header names them.
//!
//! The transform chosen is always invertible; whatever had to be passed over is told as a warning.

use super::Affine;
use super::affine::{Matrix3, determinant};
use super::header::Header;
use super::warning::{LengthUnit, Warning};

/// Sides in mm that a voxel of a head's image may have, with room to spare; whatever lies beyond is in another unit, or
/// damaged.
const VOXEL_MM: std::ops::RangeInclusive<f64> = 0.05..=25.0;

/// Whether voxels of these sides in mm can be those of a scan of a head.
pub(super) fn is_voxel_of_a_head(sides_mm: [f64; 3]) -> bool {
    sides_mm.iter().all(|side_mm| VOXEL_MM.contains(side_mm))
}

/// Chooses the transform from voxel indices to RAS+ millimetres, and says what is doubtful about it.
pub(super) fn world_from_voxel(header: &Header) -> (Affine, Vec<Warning>) {
    let mut warnings = Vec::new();
    let sform = (header.sform_code != 0).then_some(Affine(header.sform_rows));
    let qform = (header.qform_code != 0).then(|| qform_affine(header));
    if header.sform_code == 0 && header.qform_code == 0 {
        warnings.push(Warning::NoForm);
    }
    let unit = unit_of(header);
    let mut usable = |form: &'static str, affine: Option<Affine>| {
        let affine = affine?;
        if affine.inverse().is_none() {
            warnings.push(Warning::BadForm { form });
            return None;
        }
        match in_mm(unit, &affine) {
            Some(in_mm) => Some(in_mm),
            None => {
                warnings.push(Warning::Units { unit, form });
                Some(affine)
            }
        }
    };
    let sform = usable("sform", sform);
    let qform = usable("qform", qform);

    if let (Some(sform), Some(qform)) = (&sform, &qform) {
        let distance_mm = sform.max_displacement_mm(qform, header.space_shape());
        let voxel_mm = sform.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
        // A tenth of a voxel is more than rounding makes and less than any resampling would show.
        if distance_mm > 0.1 * voxel_mm {
            warnings.push(Warning::FormsDisagree { distance_mm });
        }
    }
    let guess = || {
        let affine = guessed(header.voxel_stored(), header.space_shape());
        in_mm(unit, &affine).unwrap_or(affine)
    };
    (sform.or(qform).unwrap_or_else(guess), warnings)
}

/// The unit of a header's lengths: millimetres where it names none.
fn unit_of(header: &Header) -> LengthUnit {
    match header.space_unit_code {
        1 => LengthUnit::Metres,
        3 => LengthUnit::Micrometres,
        _ => LengthUnit::Millimetres,
    }
}

/// A transform to a unit as one to millimetres; `None` where voxels of a head would come out impossibly small or large, so
/// that the unit must be a mistake of the writer.
fn in_mm(unit: LengthUnit, affine: &Affine) -> Option<Affine> {
    if unit == LengthUnit::Millimetres {
        return Some(*affine);
    }
    let in_mm = Affine::from_spacing_origin([unit.in_mm(); 3], [0.0; 3]).compose(affine);
    is_voxel_of_a_head(in_mm.spacing_mm()).then_some(in_mm)
}

/// Voxel sizes that can be computed with: positive, 1 where the header has none.
fn safe_voxel_mm(stored: [f64; 3]) -> [f64; 3] {
    stored.map(f64::abs).map(|size| if (1e-6..1e6).contains(&size) { size } else { 1.0 })
}

/// nibabel's fallback for voxels of the size stored: x flipped, the centre of the image at the origin.
pub(super) fn guessed(stored_mm: [f64; 3], shape: [usize; 3]) -> Affine {
    let mut spacing_mm = safe_voxel_mm(stored_mm);
    spacing_mm[0] = -spacing_mm[0];
    let origin_mm = std::array::from_fn(|axis| -0.5 * (shape[axis] - 1) as f64 * spacing_mm[axis]);
    Affine::from_spacing_origin(spacing_mm, origin_mm)
}

/// Transform of the quaternion, the voxel size and the offset ("method 2" of the NIfTI-1 standard).
fn qform_affine(header: &Header) -> Affine {
    let mut spacing_mm = safe_voxel_mm(header.voxel_stored());
    if header.pixdim[0] < 0.0 {
        spacing_mm[2] = -spacing_mm[2];
    }
    let rotation = rotation_from_quaternion(header.quaternion_bcd);
    let matrix = rotation.map(|row| std::array::from_fn(|axis| row[axis] * spacing_mm[axis]));
    Affine::from_parts(matrix, header.qform_offset_mm)
}

/// Rotation matrix of the unit quaternion whose last three numbers are given; the first is positive.
fn rotation_from_quaternion([b, c, d]: [f64; 3]) -> Matrix3 {
    let length = b.hypot(c).hypot(d);
    // Rounded numbers may be a little longer than 1.
    let shrink = if length > 1.0 { 1.0 / length } else { 1.0 };
    let [b, c, d] = [b, c, d].map(|value| value * shrink);
    let a = (1.0 - (b * b + c * c + d * d)).max(0.0).sqrt();
    [
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ]
}

/// What a qform stores of an affine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Qform {
    /// 1, or −1 where the third axis is mirrored (`pixdim[0]`).
    pub handedness: f64,
    pub quaternion_bcd: [f64; 3],
}

impl Qform {
    /// The nearest qform; `None` where the affine cannot be inverted or is sheared, which no qform can say.
    pub(super) fn of(affine: &Affine) -> Option<Qform> {
        let mut rotation = affine.nearest_orthogonal()?;
        let handedness = determinant(&rotation).signum();
        for row in &mut rotation {
            row[2] *= handedness;
        }
        let mut spacing_mm = affine.spacing_mm();
        spacing_mm[2] *= handedness;
        let matrix = rotation.map(|row| std::array::from_fn(|axis| row[axis] * spacing_mm[axis]));
        let unsheared = Affine::from_parts(matrix, affine.translation());
        let largest_mm = affine.spacing_mm().into_iter().fold(0.0, f64::max);
        if unsheared.max_difference(affine) > 1e-4 * largest_mm {
            return None;
        }
        Some(Qform { handedness, quaternion_bcd: quaternion_from_rotation(&rotation) })
    }
}

/// The last three numbers of the unit quaternion of a rotation, its first being positive.
fn quaternion_from_rotation(r: &Matrix3) -> [f64; 3] {
    // Four times the square of each number; the largest is the safe one to divide by.
    let squares = [
        1.0 + r[0][0] + r[1][1] + r[2][2],
        1.0 + r[0][0] - r[1][1] - r[2][2],
        1.0 - r[0][0] + r[1][1] - r[2][2],
        1.0 - r[0][0] - r[1][1] + r[2][2],
    ];
    let largest = (1..4).fold(0, |best, index| if squares[index] > squares[best] { index } else { best });
    // Rows of 4·q·qᵀ: each is the quaternion times four times its number of that index.
    let (ab, ac, ad) = (r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1]);
    let (bc, bd, cd) = (r[0][1] + r[1][0], r[0][2] + r[2][0], r[1][2] + r[2][1]);
    let row = match largest {
        0 => [squares[0], ab, ac, ad],
        1 => [ab, squares[1], bc, bd],
        2 => [ac, bc, squares[2], cd],
        _ => [ad, bd, cd, squares[3]],
    };
    let length = 2.0 * squares[largest].sqrt();
    let sign = if row[0] < 0.0 { -1.0 } else { 1.0 };
    [row[1], row[2], row[3]].map(|value| sign * value / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quaternions_survive_the_way_through_the_matrix() {
        for bcd in [
            [0.0, 0.0, 0.0],
            [1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.0, 0.0, 1.0],
            [0.5, -0.5, 0.5],
            [0.1, -0.7, 0.2],
            [-0.6, 0.0, 0.8],
        ] {
            let back = quaternion_from_rotation(&rotation_from_quaternion(bcd));
            // Half turns (first number 0) have two quaternions of opposite sign: compare the rotations.
            let (a, b) = (rotation_from_quaternion(bcd), rotation_from_quaternion(back));
            let difference = a.iter().flatten().zip(b.iter().flatten());
            let difference = difference.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            // Close to a half turn the first number is the root of a difference near 0.
            assert!(difference < 1e-7, "{bcd:?} became {back:?}");
        }
    }

    #[test]
    fn a_sheared_affine_has_no_qform() {
        let sheared = Affine([[2.0, 0.5, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0]]);
        assert_eq!(Qform::of(&sheared), None);
        let flipped = Affine::from_spacing_origin([-2.0, 2.0, 2.0], [90.0, -126.0, -72.0]);
        assert_eq!(Qform::of(&flipped).map(|qform| qform.handedness), Some(-1.0));
    }
}
