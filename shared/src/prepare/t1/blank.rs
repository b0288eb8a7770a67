//! What of an image was never measured, and what its lowest intensity is.
//!
//! Programs fill margins, faces that they removed and everything around a stripped brain with one value, mostly 0. In an image
//! that was shifted or standardised that value may lie anywhere.

use super::field::percentile;
use crate::threads::fill_slices;
use crate::volume::{Affine, Volume};

/// Least share of the voxels on the image's faces that have the blank value.
const FACE_SHARE: f64 = 0.2;
/// Least share of the whole image.
const IMAGE_SHARE: f64 = 0.02;
/// Share of the measured voxels below the lowest intensity, where no blank value tells it.
const LOW_SHARE: f64 = 0.002;
/// So many values are enough for a percentile.
const MOST_VALUES: usize = 1 << 25;

/// The value of what was not measured, if there is one.
pub(super) fn blank_value(image: &Volume) -> Option<f32> {
    let mut face: Vec<f32> = faces(image).collect();
    face.sort_by(f32::total_cmp);
    let longest = face.chunk_by(|a, b| a == b).max_by_key(|run| run.len())?;
    let value = longest[0];
    let count = image.data.iter().filter(|other| **other == value).count();
    let enough = longest.len() as f64 >= FACE_SHARE * face.len() as f64
        && count as f64 >= IMAGE_SHARE * image.data.len() as f64
        && count < image.data.len();
    enough.then_some(value)
}

/// Values of the outermost voxels.
fn faces(image: &Volume) -> impl Iterator<Item = f32> {
    let [nx, ny, nz] = image.shape;
    let on_face = move |index: &usize| {
        let (x, y, z) = (index % nx, index / nx % ny, index / (nx * ny));
        x == 0 || x + 1 == nx || y == 0 || y + 1 == ny || z == 0 || z + 1 == nz
    };
    (0..image.data.len()).filter(on_face).map(|index| image.data[index])
}

/// Share of the outermost voxels that were measured.
pub(super) fn measured_share_of_faces(image: &Volume, blank: Option<f32>) -> f64 {
    let (count, measured) = faces(image)
        .fold((0u64, 0u64), |(count, measured), value| (count + 1, measured + u64::from(Some(value) != blank)));
    measured as f64 / count.max(1) as f64
}

/// Volume of what was measured, in litres.
pub(super) fn measured_litres(image: &Volume, blank: Option<f32>) -> f64 {
    let count = image.data.iter().filter(|value| Some(**value) != blank).count();
    count as f64 * image.world_from_voxel.determinant().abs() / 1e6
}

/// An image without blank margins, its lowest intensity at 0, and so its blank voxels: shift and scale of intensities, and
/// how much nothing there is around a head, change nothing of what follows. A view: fine images are large.
#[derive(Clone, Copy)]
pub(super) struct Tidy<'a> {
    image: &'a Volume,
    blank: Option<f32>,
    lowest: f32,
    /// Voxel of the image that lies at [`margin`](Self::margin) along each axis.
    first: [usize; 3],
    /// Voxels of the blank that stay.
    margin: usize,
    pub shape: [usize; 3],
    pub world_from_voxel: Affine,
    /// What stands where there is nothing.
    nothing: f32,
}

impl<'a> Tidy<'a> {
    pub(super) fn of(image: &'a Volume, blank: Option<f32>, margin: usize) -> Self {
        let [nx, ny, _] = image.shape;
        let (mut first, mut end) = ([0; 3], image.shape);
        if let Some(blank) = blank {
            (first, end) = (image.shape, [0; 3]);
            for index in (0..image.data.len()).filter(|&index| image.data[index] != blank) {
                let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
                for axis in 0..3 {
                    first[axis] = first[axis].min(voxel[axis]);
                    end[axis] = end[axis].max(voxel[axis] + 1);
                }
            }
        }
        let shape = std::array::from_fn(|axis| end[axis] - first[axis] + 2 * margin);
        let origin = first.map(|index| index as f64 - margin as f64);
        let world_from_voxel = image.world_from_voxel.compose(&Affine::from_spacing_origin([1.0; 3], origin));
        let lowest = lowest(image, blank);
        Tidy { image, blank, lowest, first, margin, shape, world_from_voxel, nothing: 0.0 }
    }

    /// An image without margins whose lowest intensity is 0 already.
    #[cfg(test)]
    pub(super) fn as_it_is(image: &'a Volume) -> Self {
        let &Volume { shape, world_from_voxel, .. } = image;
        Tidy { image, blank: None, lowest: 0.0, first: [0; 3], margin: 0, shape, world_from_voxel, nothing: 0.0 }
    }

    /// The same with another value where there is nothing.
    pub(super) fn with_nothing(self, nothing: f32) -> Self {
        Tidy { nothing, ..self }
    }

    /// Writes a slice.
    pub(super) fn slice(&self, z: usize, out: &mut [f32]) {
        out.fill(self.nothing);
        let margin = self.margin;
        if z < margin || z + margin >= self.shape[2] {
            return;
        }
        let [nx, ny, _] = self.image.shape;
        let width = self.shape[0] - 2 * margin;
        let rows = out.chunks_exact_mut(self.shape[0]).skip(margin).take(self.shape[1] - 2 * margin);
        for (y, row) in rows.enumerate() {
            let from = ((z - margin + self.first[2]) * ny + y + self.first[1]) * nx + self.first[0];
            for (out, value) in row[margin..].iter_mut().zip(&self.image.data[from..from + width]) {
                if Some(*value) != self.blank && *value > self.lowest {
                    *out = value - self.lowest;
                }
            }
        }
    }

    /// All slices, one after the other.
    pub(super) fn for_each_slice(&self, mut look: impl FnMut(&[f32])) {
        let mut slice = vec![0.0; self.shape[0] * self.shape[1]];
        for z in 0..self.shape[2] {
            self.slice(z, &mut slice);
            look(&slice);
        }
    }

    pub(super) fn volume(&self) -> Volume {
        let mut data = vec![0.0; self.shape.iter().product()];
        fill_slices(&mut data, self.shape[0] * self.shape[1], |z, slice| self.slice(z, slice));
        Volume::new(self.shape, data, self.world_from_voxel)
    }
}

/// The blank value where nothing is lower, otherwise what nearly all that was measured is above.
fn lowest(image: &Volume, blank: Option<f32>) -> f32 {
    let least = image.data.iter().copied().fold(f32::INFINITY, f32::min);
    if blank == Some(least) {
        return least;
    }
    let step = image.data.len().div_ceil(MOST_VALUES);
    let measured = image.data.iter().step_by(step).copied().filter(|value| Some(*value) != blank);
    percentile(&mut measured.collect::<Vec<f32>>(), LOW_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ball of waves in nothing.
    fn ball(of: impl Fn(f32) -> f32, nothing: f32) -> Volume {
        let value = |index: usize| {
            let voxel = [index % 30, index / 30 % 30, index / 900].map(|index| index as f32 - 14.0);
            let radius = voxel.iter().map(|value| value * value).sum::<f32>().sqrt();
            if radius < 9.0 { of(100.0 + 50.0 * (voxel[0] + 0.3 * voxel[1]).sin()) } else { nothing }
        };
        let data = (0..27_000).map(value).collect();
        Volume::new([30; 3], data, Affine::from_spacing_origin([2.0; 3], [-30.0; 3]))
    }

    #[test]
    fn shift_scale_and_margins_change_nothing() {
        let plain = ball(|value| value, 0.0);
        assert_eq!(blank_value(&plain), Some(0.0));
        let first = Tidy::of(&plain, Some(0.0), 1).volume();
        assert_eq!(first.shape, [19; 3]);
        assert_eq!(first.world_from_voxel.apply([0.0; 3]), [-20.0; 3]);
        let shifted = ball(|value| value + 5000.0, 5000.0);
        let second = Tidy::of(&shifted, blank_value(&shifted), 1).volume();
        assert_eq!(second.shape, first.shape);
        assert!(first.data.iter().zip(&second.data).all(|(a, b)| (a - b).abs() < 0.01));
        // Standardised inside only: the blank value lies in the middle.
        let standard = ball(|value| (value - 100.0) / 35.0, 0.0);
        let third = Tidy::of(&standard, blank_value(&standard), 1).volume();
        assert!(third.data[0] == 0.0 && third.data.iter().all(|value| (0.0..=3.0).contains(value)));
    }
}
