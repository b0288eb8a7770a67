//! The voxels that take part in the tissue model: those around the brain only.
//!
//! Tissues of a head are told apart on the template's own voxels. On the image's, a scan whose voxels begin half a voxel
//! farther on would have other mixtures of tissues in each of them, and so another map.

use super::Template;
use super::field::{FastAffine, sample_sharply};
use crate::threads::fill_slices;
use crate::volume::{Affine, Volume};

/// Voxels kept around the template's box.
const MARGIN: f64 = 4.0;

/// The part of an image that the template's grid covers. `None` where they do not meet.
pub(super) fn around_brain(image: &Volume, template: &Template, world_from_mni: &Affine) -> Option<Volume> {
    let voxel_from_template =
        image.world_from_voxel.inverse()?.compose(world_from_mni).compose(&template.gm.world_from_voxel);
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    let brain = template.brain();
    let [nx, ny, _] = template.gm.shape;
    for index in (0..brain.len()).filter(|&index| brain[index] > 0.0) {
        let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|index| index as f64);
        for (axis, position) in voxel_from_template.apply(voxel).into_iter().enumerate() {
            low[axis] = low[axis].min(position);
            high[axis] = high[axis].max(position);
        }
    }
    let first: [usize; 3] = std::array::from_fn(|axis| (low[axis] - MARGIN).floor().max(0.0) as usize);
    let end: [usize; 3] =
        std::array::from_fn(|axis| ((high[axis] + MARGIN).ceil().max(0.0) as usize + 1).min(image.shape[axis]));
    // The random field needs neighbours on both sides.
    if (0..3).any(|axis| end[axis] < first[axis] + 3) {
        return None;
    }
    let shape: [usize; 3] = std::array::from_fn(|axis| end[axis] - first[axis]);
    let mut data = Vec::with_capacity(shape.iter().product());
    for z in first[2]..end[2] {
        for y in first[1]..end[1] {
            let row = (z * image.shape[1] + y) * image.shape[0];
            data.extend_from_slice(&image.data[row + first[0]..row + end[0]]);
        }
    }
    let shift = Affine::from_spacing_origin([1.0; 3], first.map(|index| index as f64));
    Some(Volume::new(shape, data, image.world_from_voxel.compose(&shift)))
}

/// The image on the template's grid, by cubic convolution, and which voxels it reaches. `None` where its affine cannot be
/// inverted. The affine of the result leads to the image's own millimetres.
pub(super) fn on_template(image: &Volume, template: &Template, world_from_mni: &Affine) -> Option<(Volume, Vec<bool>)> {
    let world_from_template = world_from_mni.compose(&template.gm.world_from_voxel);
    let voxel_from_template = FastAffine::of(&image.world_from_voxel.inverse()?.compose(&world_from_template));
    let shape = template.gm.shape;
    let [nx, ny, _] = shape;
    let values = image.data.as_chunks().0;
    let mut sampled = vec![None; shape.iter().product()];
    fill_slices(&mut sampled, nx * ny, |z, slice| {
        for (offset, out) in slice.iter_mut().enumerate() {
            let voxel = [offset % nx, offset / nx, z].map(|index| index as f32);
            *out = sample_sharply(values, image.shape, voxel_from_template.apply(voxel));
        }
    });
    // Next to steep edges cubic convolution reaches below the darkest value.
    let data = sampled.iter().map(|value| value.map_or(0.0, |[value]: [f32; 1]| value.max(0.0))).collect();
    Some((Volume::new(shape, data, world_from_template), sampled.iter().map(Option::is_some).collect()))
}
