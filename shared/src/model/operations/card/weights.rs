//! The gradients of a convolution's weights and bias.

use super::super::geometry::Geometry;
use super::convolution::spans_z;
use super::cube::weights::{self, Tile, add_shares, pad, shares};
use super::tensors::{GROUPS, LEAST_PLACES, UNITS, cubes, empty, images_last, lying, sizes, space, to_f32, width_of};
use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Cube, DType};
use burn_cubecl::ops::permute;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Of the weights, and of the bias where `with_bias`, in single precision.
pub fn gradient_of_weights(
    geometry: &Geometry,
    image: &CubeTensor,
    weights: &CubeTensor,
    gradient: &CubeTensor,
    doubled: bool,
    with_bias: bool,
) -> (CubeTensor, Option<CubeTensor>) {
    let Geometry { channels_in, channels_out, input, kernel, stride, padding, .. } = *geometry;
    let output = geometry.output();
    let of_weights = empty(image, weights.meta.shape().to_vec(), DType::F32);
    // Written to where image and gradient are in their own places, which costs nothing.
    let of_bias = empty(image, [channels_out], DType::F32);
    // One row would leave most units without work: image and gradient change places.
    let swapped = channels_out == 1 && channels_in > 1 && stride == [1; 3] && !doubled;
    if swapped {
        let padding: [usize; 3] = std::array::from_fn(|axis| kernel[axis] - 1 - padding[axis]);
        let read = std::array::from_fn(|axis| output[axis] + 2 * padding[axis]);
        let seen = padded(geometry, gradient, channels_out, padding, read, false);
        let across = Across { read, made: input, channels: [channels_out, channels_in] };
        across.add(geometry, seen, images_last(image.clone()), &of_weights, &of_bias, true);
        let sum = || Cube::float_sum_dims(to_f32(gradient.clone()), &[0, 2, 3, 4]);
        return (of_weights, with_bias.then(|| lying(sum(), [channels_out])));
    }
    // With its border around it, so that no tap reads outside.
    let read = std::array::from_fn(|axis| input[axis] + 2 * padding[axis]);
    let seen = padded(geometry, image, channels_in, padding, read, doubled);
    let across = Across { read, made: output, channels: [channels_in, channels_out] };
    across.add(geometry, seen, images_last(gradient.clone()), &of_weights, &of_bias, false);
    (of_weights, with_bias.then_some(of_bias))
}

/// See [`pad()`].
fn padded(
    geometry: &Geometry,
    image: &CubeTensor,
    channels: usize,
    padding: [usize; 3],
    made: [usize; 3],
    doubled: bool,
) -> CubeTensor {
    let [images, _, depth, height, width] = sizes(image);
    let [z, y, x] = made;
    let padded = empty(image, [images, z, y, x, channels], image.dtype);
    let lies = permute(image.clone(), &[0, 2, 3, 4, 1]);
    let mut strides = SequenceArg::new();
    lies.meta.strides().iter().for_each(|&stride| strides.push(stride as u32));
    // SAFETY: a unit beyond the last number stops, and places outside of the image are not read.
    unsafe {
        pad::launch_unchecked(
            &image.client,
            cubes(padded.meta.num_elements()),
            CubeDim::new_1d(UNITS),
            lies.into_buffer_arg(),
            padded.clone().into_buffer_arg(),
            space(images, [depth, height, width]),
            space(images, made),
            space(0, padding),
            strides,
            channels as u32,
            doubled,
            spans_z(geometry),
            dtype_to_storage_type(image.dtype),
        );
    }
    padded
}

/// The product of image and gradient over all places: what lies on either side of it.
struct Across {
    /// Sizes of the image with its border, and of the gradient.
    read: [usize; 3],
    made: [usize; 3],
    /// Of both.
    channels: [usize; 2],
}

impl Across {
    /// See [`shares()`] and [`add_shares()`].
    fn add(
        &self,
        geometry: &Geometry,
        image: CubeTensor,
        gradient: CubeTensor,
        of_weights: &CubeTensor,
        of_bias: &CubeTensor,
        swapped: bool,
    ) {
        let Across { read, made, channels: [channels_in, channels_out] } = *self;
        let client = image.client.clone();
        let tile = Tile::of(channels_in, channels_out);
        let columns = geometry.taps() * channels_in + 1;
        let places = geometry.images * made.iter().product::<usize>();
        let [across, down] = [columns.div_ceil(tile.columns), channels_out.div_ceil(tile.rows)];
        let wanted = (GROUPS / (across * down)).clamp(1, places.div_ceil(LEAST_PLACES).max(1));
        let share = places.div_ceil(wanted).next_multiple_of(tile.places);
        let count = places.div_ceil(share);
        let parts = empty(&image, [count, channels_out, columns], DType::F32);
        let dtype = dtype_to_storage_type(image.dtype);
        // SAFETY: places beyond the last are taken for the last and count nothing, and columns beyond the last for the first.
        unsafe {
            shares::launch_unchecked(
                &client,
                CubeCount::Static(across as u32, down as u32, count as u32),
                CubeDim::new_1d(weights::UNITS as u32),
                width_of(channels_in),
                width_of(channels_out),
                image.into_buffer_arg(),
                gradient.into_buffer_arg(),
                parts.clone().into_buffer_arg(),
                space(geometry.images, read),
                space(geometry.images, made),
                space(1, geometry.kernel),
                space(1, geometry.stride),
                channels_in as u32,
                channels_out as u32,
                share as u32,
                tile,
                dtype,
            );
            add_shares::launch_unchecked(
                &client,
                cubes(channels_out * columns),
                CubeDim::new_1d(UNITS),
                parts.into_buffer_arg(),
                of_weights.clone().into_buffer_arg(),
                of_bias.clone().into_buffer_arg(),
                channels_in as u32,
                channels_out as u32,
                geometry.taps() as u32,
                count as u32,
                swapped,
            );
        }
    }
}
