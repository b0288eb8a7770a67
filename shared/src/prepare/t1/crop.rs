//! Only the part of an image around the brain takes part in the tissue model.

use super::Template;
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
