//! Tensors of a graphics card as the kernels take them, and how many units a kernel needs.

use super::cube::SpaceLaunch;
use burn::backend::DType;
use burn::tensor::Shape;
use burn_cubecl::kernel::{cast, into_contiguous};
use burn_cubecl::ops::permute;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::CubeCount;

/// Units of a group where each makes its own number of the result.
pub const UNITS: u32 = 256;
/// Groups of units that share a long sum, at most; and the places that one takes, at least.
pub const GROUPS: usize = 512;
pub const LEAST_PLACES: usize = 128;

/// `[n, c, d, h, w]` in the order `[n, d, h, w, c]`; copied only where it does not lie so.
pub fn images_last(image: CubeTensor) -> CubeTensor {
    let [n, c, d, h, w] = sizes(&image);
    if c == 1 && image.is_contiguous() {
        return lying(image, [n, d, h, w, c]);
    }
    into_contiguous(permute(image, &[0, 2, 3, 4, 1]))
}

/// The other way round: another view of the same numbers.
pub fn channels_first(image: CubeTensor) -> CubeTensor {
    let [n, d, h, w, c] = image.meta.shape().dims();
    if c == 1 { lying(image, [n, c, d, h, w]) } else { permute(image, &[0, 4, 1, 2, 3]) }
}

/// The same numbers in the same order under another shape.
pub fn lying(tensor: CubeTensor, shape: impl Into<Vec<usize>>) -> CubeTensor {
    let CubeTensor { client, handle, device, dtype, .. } = tensor;
    CubeTensor::new_contiguous(client, device, Shape::from(shape.into()), handle, dtype)
}

/// `[n, c, d, h, w]`.
pub fn sizes(image: &CubeTensor) -> [usize; 5] {
    image.meta.shape().dims()
}

/// Numbers in order, not yet written, where `beside` lies.
pub fn empty(beside: &CubeTensor, shape: impl Into<Vec<usize>>, dtype: DType) -> CubeTensor {
    let shape = Shape::from(shape.into());
    let handle = beside.client.empty(shape.num_elements() * dtype.size());
    CubeTensor::new_contiguous(beside.client.clone(), beside.device.clone(), shape, handle, dtype)
}

/// In order and in single precision.
pub fn to_f32(tensor: CubeTensor) -> CubeTensor {
    let tensor = if tensor.dtype == DType::F32 { tensor } else { cast(tensor, DType::F32) };
    into_contiguous(tensor)
}

pub fn like(image: &CubeTensor) -> CubeTensor {
    empty(image, image.meta.shape().to_vec(), image.dtype)
}

/// Channels that a unit takes at once.
pub fn width_of(channels: usize) -> usize {
    if channels.is_multiple_of(4) { 4 } else { 1 }
}

/// Groups of [`UNITS`], in rows where they are more than one axis may have.
pub fn cubes(units: usize) -> CubeCount {
    const MOST: usize = 65_535;
    let groups = units.div_ceil(UNITS as usize).max(1);
    let rows = groups.div_ceil(MOST);
    CubeCount::Static(groups.div_ceil(rows) as u32, rows as u32, 1)
}

pub fn space(count: usize, [z, y, x]: [usize; 3]) -> SpaceLaunch {
    SpaceLaunch::new(count as u32, z as u32, y as u32, x as u32)
}
