//! Twelve numbers for an affine: shifts, turns, scales and shears about the middle of the brain.
//!
//! All numbers have the same unit, so that one search step suits all of them: a change of 1 moves the brain's surface
//! by about 1 mm.

use crate::volume::Affine;

/// Middle of the brain in MNI152 mm, about which turns and scales go.
const CENTRE_MNI_MM: [f64; 3] = [0.0, -18.0, 8.0];

/// Distance from the middle at which a turn or scale of one unit moves by 1 mm.
const LEVER_MM: f64 = 70.0;

/// Shift (mm) x, y, z; turn about x, y, z; logarithm of the scale along x, y, z; shear xy, xz, yz. The last nine are
/// times [`LEVER_MM`].
pub(super) type Placement = [f64; 12];

/// Logarithms of the scales of ordinary heads (person over template) along x, y, z: the standard brain is larger than most,
/// above all from top to bottom.
const USUAL_SCALES: [f64; 3] = [-0.08, -0.06, -0.17];

/// The placement of an unturned head of the usual size with the middle of its brain at `world_mm`.
pub(super) fn at(world_mm: [f64; 3]) -> Placement {
    let mut placement = [0.0; 12];
    (0..3).for_each(|axis| placement[6 + axis] = LEVER_MM * USUAL_SCALES[axis]);
    placement[..3].copy_from_slice(&world_mm);
    placement
}

/// The transform from MNI152 mm to the image's mm that a placement describes.
pub(super) fn world_from_mni(p: &Placement) -> Affine {
    let turn = |axis: usize, angle: f64| {
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
        let mut matrix = Affine::IDENTITY;
        matrix.0[a][a] = cos;
        matrix.0[a][b] = -sin;
        matrix.0[b][a] = sin;
        matrix.0[b][b] = cos;
        matrix
    };
    let lever = |index: usize| p[index] / LEVER_MM;
    let mut stretch = Affine::IDENTITY;
    for axis in 0..3 {
        stretch.0[axis][axis] = libm::exp(lever(6 + axis));
    }
    let mut shear = Affine::IDENTITY;
    shear.0[0][1] = lever(9);
    shear.0[0][2] = lever(10);
    shear.0[1][2] = lever(11);
    let to_centre = Affine::from_spacing_origin([1.0; 3], CENTRE_MNI_MM.map(|value| -value));
    let from_centre = Affine::from_spacing_origin([1.0; 3], [p[0], p[1], p[2]]);
    let turns = turn(2, lever(5)).compose(&turn(1, lever(4))).compose(&turn(0, lever(3)));
    from_centre.compose(&turns).compose(&stretch).compose(&shear).compose(&to_centre)
}

/// The placement after half a turn about the long axis of the head.
pub(super) fn back_to_front(p: &Placement) -> Placement {
    let mut turned = *p;
    turned[5] += core::f64::consts::PI * LEVER_MM;
    // Half a turn about z, brought from the right of the other turns and the shears to their left.
    for index in [3, 4, 10, 11] {
        turned[index] = -turned[index];
    }
    turned
}

/// How far from an ordinary head a placement is, in squared standard deviations: heads differ from the usual one by
/// about 12 % in scale, along all axes nearly alike, and hardly by shear (the variances of SPM's affine priors, rounded).
pub(super) fn oddity(p: &Placement) -> f64 {
    let lever = |index: usize| p[index] / LEVER_MM;
    let scales: [f64; 3] = std::array::from_fn(|axis| lever(6 + axis) - USUAL_SCALES[axis]);
    let mean = scales.iter().sum::<f64>() / 3.0;
    let spread: f64 = scales.iter().map(|scale| ((scale - mean) / 0.05).powi(2)).sum();
    let shears: f64 = (9..12).map(|index| (lever(index) / 0.04).powi(2)).sum();
    (mean / 0.12).powi(2) + spread + shears
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_to_front_is_half_a_turn_in_the_head() {
        let p = [3.0, -4.0, 5.0, 6.0, -7.0, 8.0, -9.0, 4.0, -12.0, 1.0, -2.0, 3.0];
        let (straight, turned) = (world_from_mni(&p), world_from_mni(&back_to_front(&p)));
        let [x, y, z] = CENTRE_MNI_MM;
        let (a, b) = (straight.apply([x + 30.0, y - 40.0, z + 20.0]), turned.apply([x - 30.0, y + 40.0, z + 20.0]));
        assert!((0..3).all(|axis| (a[axis] - b[axis]).abs() < 1e-9), "{a:?} {b:?}");
    }
}
