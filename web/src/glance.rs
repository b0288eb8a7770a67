//! An image as it came, before anything is done to it: its three middle slices as pictures.
//!
//! They lie along the image's own axes, from left to right, back to front and below to above, in its own millimetres: nothing
//! is registered, so they are never laid over maps of another space.

use shared::volume::Volume;

/// The planes, in the order of the slices.
pub const PLANES: [Plane; 3] = [
    Plane { id: "axial", across: 0, up: 1 },
    Plane { id: "coronal", across: 0, up: 2 },
    Plane { id: "sagittal", across: 1, up: 2 },
];
/// Most pixels along a side.
const MOST_PIXELS: f64 = 256.0;
/// Shares of the values that are drawn black and white: a few bright vessels must not darken all else.
const BLACK_SHARE: f64 = 0.005;
const WHITE_SHARE: f64 = 0.995;

/// A plane of an image.
pub struct Plane {
    /// In the document.
    pub id: &'static str,
    /// The axis from left to right in the picture, and the one from bottom to top; 0..3 for x, y, z.
    across: usize,
    up: usize,
}

impl Plane {
    /// The letters of its left, right, top and bottom edge.
    pub fn letters(&self, is_radiological: bool) -> [&'static str; 4] {
        let ends = [["L", "R"], ["P", "A"], ["I", "S"]];
        let [left, right] = ends[self.across];
        let [bottom, top] = ends[self.up];
        if self.is_mirrored(is_radiological) { [right, left, top, bottom] } else { [left, right, top, bottom] }
    }

    /// Whether the patient's left is on the right.
    pub fn is_mirrored(&self, is_radiological: bool) -> bool {
        is_radiological && self.across == 0
    }
}

/// A slice as a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    pub width: usize,
    pub height: usize,
    /// 8-bit RGBA, from the top left.
    pub rgba: Vec<u8>,
}

/// The middle slices of the planes, in one scale of greys. A pixel has the same size in millimetres in all of them.
pub fn middle_slices(volume: &Volume) -> [Slice; 3] {
    let spacing_mm = volume.world_from_voxel.spacing_mm().map(|mm| if mm.is_normal() { mm } else { 1.0 });
    let size_mm: [f64; 3] = std::array::from_fn(|axis| volume.shape[axis] as f64 * spacing_mm[axis]);
    let longest_mm = size_mm.into_iter().fold(0.0, f64::max);
    let pixel_mm = (longest_mm / MOST_PIXELS).max(spacing_mm.into_iter().fold(f64::INFINITY, f64::min));
    let values = PLANES.map(|plane| sampled(volume, &plane, spacing_mm, size_mm, pixel_mm));
    let mut all: Vec<f32> = values.iter().flat_map(|(_, values)| values).copied().filter(|v| v.is_finite()).collect();
    all.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| all.get(((all.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or_default();
    let (black, white) = (at(BLACK_SHARE), at(WHITE_SHARE));
    let grey = |value: f32| {
        let share = (value - black) / (white - black);
        // What is no number is black, and all of an image that is the same everywhere.
        if share.is_finite() { (share.clamp(0.0, 1.0) * 255.0).round() as u8 } else { 0 }
    };
    values.map(|([width, height], values)| {
        let rgba = values.into_iter().map(grey).flat_map(|grey| [grey, grey, grey, 255]).collect();
        Slice { width, height, rgba }
    })
}

/// Values of a middle slice, between voxels in proportion, and its width and height.
fn sampled(
    volume: &Volume,
    plane: &Plane,
    spacing_mm: [f64; 3],
    size_mm: [f64; 3],
    pixel_mm: f64,
) -> ([usize; 2], Vec<f32>) {
    let [nx, ny, _] = volume.shape;
    let steps = [1, nx, nx * ny];
    let pixels = |axis: usize| ((size_mm[axis] / pixel_mm).round() as usize).clamp(1, MOST_PIXELS as usize);
    let [width, height] = [plane.across, plane.up].map(pixels);
    let start = 3 - plane.across - plane.up;
    let start = (volume.shape[start] / 2) * steps[start];
    // The two voxels of an axis between which the middle of a pixel lies, as steps in the data, and how far it is.
    let between = |axis: usize, pixel: usize, count: usize| {
        let last = volume.shape[axis].saturating_sub(1) as f64;
        let voxel = ((pixel as f64 + 0.5) / count as f64 * size_mm[axis] / spacing_mm[axis] - 0.5).clamp(0.0, last);
        let next = (voxel.floor() + 1.0).min(last);
        ([voxel.floor(), next].map(|voxel| voxel as usize * steps[axis]), voxel.fract() as f32)
    };
    let columns: Vec<_> = (0..width).map(|column| between(plane.across, column, width)).collect();
    let mut values = Vec::with_capacity(width * height);
    for row in 0..height {
        let ([below, above], up) = between(plane.up, height - 1 - row, height);
        for &([left, right], along) in &columns {
            let value = |step: usize| volume.data.get(start + step).copied().unwrap_or_default();
            let mixed = |at: usize| value(at + left) * (1.0 - along) + value(at + right) * along;
            values.push(mixed(below) * (1.0 - up) + mixed(above) * up);
        }
    }
    ([width, height], values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::volume::Affine;

    fn volume(shape: [usize; 3], spacing_mm: [f64; 3], value: impl Fn([usize; 3]) -> f32) -> Volume {
        let [nx, ny, nz] = shape;
        let places = (0..nx * ny * nz).map(|index| [index % nx, index / nx % ny, index / (nx * ny)]);
        Volume::new(shape, places.map(value).collect(), Affine::from_spacing_origin(spacing_mm, [3.0; 3]))
    }

    fn at(slice: &Slice, column: usize, row: usize) -> u8 {
        slice.rgba[4 * (column + slice.width * row)]
    }

    #[test]
    fn slices_lie_as_their_letters_say() {
        // Bright to the right, in front and above.
        for axis in 0..3 {
            let ramp = volume([20, 24, 28], [2.0; 3], |place| place[axis] as f32);
            for (slice, plane) in middle_slices(&ramp).iter().zip(&PLANES) {
                let [left, right] = [at(slice, 0, slice.height / 2), at(slice, slice.width - 1, slice.height / 2)];
                let [top, bottom] = [at(slice, slice.width / 2, 0), at(slice, slice.width / 2, slice.height - 1)];
                assert_eq!(right > left, plane.across == axis, "{} along {axis}: {left} {right}", plane.id);
                assert_eq!(top > bottom, plane.up == axis, "{} along {axis}: {bottom} {top}", plane.id);
            }
        }
        assert_eq!(PLANES[0].letters(false), ["L", "R", "A", "P"]);
        assert_eq!(PLANES[0].letters(true), ["R", "L", "A", "P"]);
        assert_eq!(PLANES[1].letters(true), ["R", "L", "S", "I"]);
        assert_eq!(PLANES[2].letters(true), ["P", "A", "S", "I"]);
    }

    #[test]
    fn pixels_are_square_whatever_the_voxels_are() {
        let thick = volume([256, 256, 24], [1.0, 1.0, 5.0], |[x, ..]| x as f32);
        let sizes = middle_slices(&thick).map(|slice| [slice.width, slice.height]);
        assert_eq!(sizes, [[256, 256], [256, 120], [256, 120]]);
        let large = volume([600, 300, 2], [0.5, 0.5, 0.5], |[x, ..]| x as f32);
        let sizes = middle_slices(&large).map(|slice| [slice.width, slice.height]);
        assert_eq!(sizes, [[256, 128], [256, 1], [128, 1]]);
    }

    #[test]
    fn what_is_no_number_or_the_same_everywhere_is_black() {
        let odd = volume([8, 8, 8], [1.0; 3], |place| if place == [4, 4, 4] { f32::NAN } else { place[0] as f32 });
        let [axial, ..] = middle_slices(&odd);
        assert_eq!((at(&axial, 4, 3), at(&axial, 7, 3)), (0, 255));
        let blank = volume([3, 1, 2], [1.0; 3], |_| 7.0);
        assert!(middle_slices(&blank).iter().all(|slice| slice.rgba.chunks(4).all(|pixel| pixel == [0, 0, 0, 255])));
    }
}
