//! Smooth random fields, with lines between knots: a made head needs no smoother ones, such as phantoms have.

use super::random::Random;

/// A random field of mean about 0 and standard deviation about 1 whose blobs have a width of `knot_voxels`: normal
/// numbers at every knot, lines between them.
pub(super) fn random_field(shape: [usize; 3], knot_voxels: f64, random: &mut Random) -> Vec<f32> {
    let knots = shape.map(|count| (count as f64 / knot_voxels).ceil() as usize + 2);
    let values: Vec<f32> = (0..knots.iter().product()).map(|_| random.normal() as f32).collect();
    // What the lines between knots leave of the standard deviation: (2/3)^(3/2).
    let gain = 1.0 / 0.544;
    let place = |index: usize| {
        let position = index as f64 / knot_voxels;
        (position as usize, position.fract() as f32)
    };
    let between = |a: f32, b: f32, share: f32| a + (b - a) * share;
    let along_x: Vec<(usize, f32)> = (0..shape[0]).map(place).collect();
    let mut field = Vec::with_capacity(shape.iter().product());
    for (z, fz) in (0..shape[2]).map(place) {
        for (y, fy) in (0..shape[1]).map(place) {
            // The knots of this row first: most of the work is along x.
            let row: Vec<f32> = (0..knots[0])
                .map(|x| {
                    let at = |y: usize, z: usize| values[(z * knots[1] + y) * knots[0] + x];
                    gain * between(between(at(y, z), at(y + 1, z), fy), between(at(y, z + 1), at(y + 1, z + 1), fy), fz)
                })
                .collect();
            field.extend(along_x.iter().map(|(x, share)| between(row[*x], row[x + 1], *share)));
        }
    }
    field
}
