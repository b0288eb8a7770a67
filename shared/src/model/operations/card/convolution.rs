//! Convolutions and the gradients of their images: sizes, and how the work is laid out.

use super::super::geometry::Geometry;
use super::cube::convolution::{self, Plan, arrange, gather, gather_back, halve};
use super::tensors::{UNITS, channels_first, cubes, empty, images_last, sizes, space, to_f32, width_of};
use burn::backend::DType;
use burn::backend::cubecl::dtype_to_storage_type;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Units that a card should have at least to be busy.
const BUSY: usize = 1 << 17;
/// Units that share one sum, at most.
const TOGETHER: usize = 32;

/// Sizes of a convolution.
pub fn plain(image: &CubeTensor, weights: &CubeTensor, stride: usize, padding: usize) -> Geometry {
    Geometry::new(sizes(image), weights.meta.shape(), stride, padding)
}

/// Sizes of an upsampling convolution: the input is the image as it is read, doubled along the axes that the kernel spans.
pub fn doubling(image: &CubeTensor, weights: &CubeTensor) -> Geometry {
    let small = plain(image, weights, 1, 1);
    let input = std::array::from_fn(|axis| small.input[axis] * if small.kernel[axis] > 1 { 2 } else { 1 });
    Geometry { input, ..small }
}

/// Whether the kernel spans z.
pub fn spans_z(geometry: &Geometry) -> bool {
    geometry.kernel[0] > 1
}

/// The convolved image.
pub fn forward(
    geometry: &Geometry,
    image: &CubeTensor,
    weights: &CubeTensor,
    bias: &CubeTensor,
    doubled: bool,
) -> CubeTensor {
    let source = images_last(image.clone());
    let weights = arranged(geometry, weights, false, false);
    let bias = (bias.meta.num_elements() > 0).then_some(bias);
    let channels = [geometry.channels_in, geometry.channels_out];
    gathered(geometry, &source, &weights, bias, channels, geometry.output(), doubled)
}

/// The gradient of the image as it was read.
pub fn back(geometry: &Geometry, weights: &CubeTensor, gradient: &CubeTensor) -> CubeTensor {
    let source = images_last(gradient.clone());
    let channels = [geometry.channels_out, geometry.channels_in];
    if geometry.stride == [1; 3] {
        // The same as forwards with the taps in reverse.
        let weights = arranged(geometry, weights, true, true);
        let padding = std::array::from_fn(|axis| geometry.kernel[axis] - 1 - geometry.padding[axis]);
        let turned = Geometry { padding, ..*geometry };
        return gathered(&turned, &source, &weights, None, channels, geometry.input, false);
    }
    let weights = arranged(geometry, weights, true, false);
    gathered_back(geometry, &source, &weights, channels)
}

/// See [`arrange()`].
fn arranged(geometry: &Geometry, weights: &CubeTensor, back: bool, reverse: bool) -> CubeTensor {
    let weights = into_contiguous(weights.clone());
    let arranged = empty(&weights, [weights.meta.num_elements()], DType::F32);
    let dtype = dtype_to_storage_type(weights.dtype);
    let client = weights.client.clone();
    // SAFETY: a unit beyond the last number stops.
    unsafe {
        arrange::launch_unchecked(
            &client,
            cubes(arranged.meta.num_elements()),
            CubeDim::new_1d(UNITS),
            weights.into_buffer_arg(),
            arranged.clone().into_buffer_arg(),
            geometry.channels_in as u32,
            geometry.channels_out as u32,
            geometry.taps() as u32,
            back,
            reverse,
            dtype,
        );
    }
    arranged
}

/// `source` is `[n, d, h, w, in]`, `weights` `[tap, in, out]`. On the way back there is no stride here, see [`gathered_back`].
fn gathered(
    geometry: &Geometry,
    source: &CubeTensor,
    weights: &CubeTensor,
    bias: Option<&CubeTensor>,
    [channels_in, channels_out]: [usize; 2],
    made: [usize; 3],
    doubled: bool,
) -> CubeTensor {
    let [depth, height, width] = made;
    let output = empty(source, [geometry.images, depth, height, width, channels_out], source.dtype);
    let [wide_in, wide_out] = [width_of(channels_in), width_of(channels_out)];
    let single = channels_out == 1;
    // Neighbours share what is read, but those beyond the border are made for nothing.
    let cost = |&pixels: &usize| width.div_ceil(pixels) * (pixels + 2);
    let cheapest = |most: usize| (1..=most).rev().min_by_key(cost).unwrap_or(1);
    let outputs_of = |pixels| geometry.images * depth * height * width.div_ceil(pixels) * (channels_out / wide_out);
    let mut pixels = cheapest(if single { 8 } else { 4 });
    if outputs_of(pixels) < BUSY {
        // Sums that are shared lie in memory that a group has little of.
        pixels = cheapest(4);
    }
    let outputs = outputs_of(pixels);
    let [rows, vectors] = [geometry.kernel[0] * geometry.kernel[1], channels_in / wide_in];
    let mut among = [1, 1];
    while outputs * among[0] * among[1] < BUSY && among[0] * among[1] < TOGETHER {
        if 2 * among[0] <= vectors {
            among[0] *= 2;
        } else if 2 * among[1] <= rows {
            among[1] *= 2;
        } else {
            break;
        }
    }
    let plan = Plan {
        pixels,
        among_channels: among[0],
        among_rows: among[1],
        kernel_x: geometry.kernel[2],
        stride: geometry.stride[2],
        doubled,
        doubled_z: doubled && spans_z(geometry),
        single,
        with_bias: bias.is_some(),
    };
    let bias = bias.map(|bias| to_f32(bias.clone()));
    let read: [usize; 3] = std::array::from_fn(|axis| source.meta.shape()[axis + 1]);
    // SAFETY: units beyond the last place write nothing, and places outside of the source count nothing.
    unsafe {
        gather::launch_unchecked(
            &source.client,
            cubes(outputs * among[0] * among[1]),
            CubeDim::new_1d(convolution::UNITS as u32),
            wide_in,
            wide_out,
            if single { wide_in } else { wide_out },
            source.clone().into_buffer_arg(),
            weights.clone().into_buffer_arg(),
            bias.unwrap_or_else(|| weights.clone()).into_buffer_arg(),
            output.clone().into_buffer_arg(),
            space(geometry.images, read),
            space(geometry.images, made),
            space(1, geometry.kernel),
            space(1, geometry.stride),
            space(0, geometry.padding),
            channels_in as u32,
            channels_out as u32,
            plan,
            dtype_to_storage_type(source.dtype),
        );
    }
    channels_first(output)
}

/// As [`gathered`], for the gradient of the image where there is a stride.
fn gathered_back(
    geometry: &Geometry,
    source: &CubeTensor,
    weights: &CubeTensor,
    [channels_in, channels_out]: [usize; 2],
) -> CubeTensor {
    let made = geometry.input;
    let [depth, height, width] = made;
    let [stride_z, _, stride] = geometry.stride;
    let output = empty(source, [geometry.images, depth, height, width, channels_out], source.dtype);
    let [wide_in, wide_out] = [width_of(channels_in), width_of(channels_out)];
    let rows = geometry.images * depth * height * (channels_out / wide_out);
    // Many places a unit where there are enough of them to keep the card busy.
    let pixels = [4, 2].into_iter().find(|pixels| rows * width.div_ceil(*pixels) >= BUSY / 2).unwrap_or(1);
    let units = rows * width.div_ceil(stride * pixels) * stride;
    let read: [usize; 3] = std::array::from_fn(|axis| source.meta.shape()[axis + 1]);
    // SAFETY: units beyond the last place stop, and places outside of the source count nothing.
    unsafe {
        gather_back::launch_unchecked(
            &source.client,
            cubes(units),
            CubeDim::new_1d(UNITS),
            wide_in,
            wide_out,
            source.clone().into_buffer_arg(),
            weights.clone().into_buffer_arg(),
            output.clone().into_buffer_arg(),
            space(geometry.images, read),
            space(geometry.images, made),
            space(1, geometry.kernel),
            space(0, geometry.padding),
            channels_in as u32,
            channels_out as u32,
            stride as u32,
            stride_z as u32,
            pixels,
            dtype_to_storage_type(source.dtype),
        );
    }
    channels_first(output)
}

/// The gradient of an image of `shape` that was doubled, from that of its double.
pub fn halved(
    geometry: &Geometry,
    fine: CubeTensor,
    [images, channels, depth, height, width]: [usize; 5],
) -> CubeTensor {
    let fine = images_last(fine);
    let coarse = empty(&fine, [images, depth, height, width, channels], fine.dtype);
    let wide = width_of(channels);
    let dtype = dtype_to_storage_type(fine.dtype);
    let client = fine.client.clone();
    // SAFETY: a unit beyond the last number stops, and the others read what lies within.
    unsafe {
        halve::launch_unchecked(
            &client,
            cubes(coarse.meta.num_elements() / wide),
            CubeDim::new_1d(UNITS),
            wide,
            fine.into_buffer_arg(),
            coarse.clone().into_buffer_arg(),
            space(images, [depth, height, width]),
            channels as u32,
            spans_z(geometry),
            dtype,
        );
    }
    channels_first(coarse)
}
