//! The operations on a graphics card, as kernels of CubeCL: CUDA, Vulkan and Metal run the same ones.
//!
//! Burn without its timing of many kernels convolves directly, and computes the gradient of the weights as a convolution by the
//! whole image, which takes most of a training step. Here images lie as `[n, d, h, w, c]`, and what is returned is a view of that;
//! the sums are in single precision, whatever the images are in.

mod convolution;
mod learning;
mod norm;
mod weights;

use super::kernels::Kernels;
use super::learning::AdamNumbers;
use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Cube, DType};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::permute;
use burn_cubecl::tensor::CubeTensor;
use convolution::{Plan, arrange, gather, gather_back, halve};
use cubecl::prelude::*;
use weights::{Tile, add_shares, pad, shares};

/// Units of a group where each makes its own number of the result.
const UNITS: u32 = 256;
/// Units that a card should have at least to be busy.
const BUSY: usize = 1 << 17;
/// Units that share one sum, at most.
const TOGETHER: usize = 32;
/// Groups of units that share the gradient of weights, or the sums of a normalisation, at most; and the places that one takes, at least.
const GROUPS: usize = 512;
const GROUPS_OF_SUMS: usize = 128;
const LEAST_PLACES: usize = 128;

/// Number of images and voxels along z, y, x; or one number for each axis.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub struct Space {
    pub count: u32,
    pub z: u32,
    pub y: u32,
    pub x: u32,
}

/// Sizes of a convolution; axes are z, y, x.
struct Geometry {
    images: usize,
    channels_in: usize,
    channels_out: usize,
    /// As it is read: doubled where that is asked for.
    input: [usize; 3],
    kernel: [usize; 3],
    stride: [usize; 3],
    padding: [usize; 3],
    /// Whether the kernel spans z.
    volume: bool,
}

impl Geometry {
    /// Stride and padding hold along the axes that the weights have: a slice's kernel leaves z alone.
    fn new(image: &CubeTensor, weights: &CubeTensor, stride: usize, padding: usize, doubled: bool) -> Self {
        let [images, channels_in, depth, height, width] = sizes(image);
        let of = weights.meta.shape();
        let volume = of.num_dims() == 5;
        let along = |value: usize, other: usize| if volume { [value; 3] } else { [other, value, value] };
        let by = if doubled { along(2, 1) } else { [1; 3] };
        Geometry {
            images,
            channels_in,
            channels_out: of[0],
            input: [depth * by[0], height * by[1], width * by[2]],
            kernel: if volume { [of[2], of[3], of[4]] } else { [1, of[2], of[3]] },
            stride: along(stride, 1),
            padding: along(padding, 0),
            volume,
        }
    }

    fn output(&self) -> [usize; 3] {
        std::array::from_fn(|axis| {
            (self.input[axis] + 2 * self.padding[axis] - self.kernel[axis]) / self.stride[axis] + 1
        })
    }

    fn taps(&self) -> usize {
        self.kernel.iter().product()
    }
}

impl Kernels for Cube {
    /// Mean and 1 / standard deviation `[n, channel, 2]` in single precision; nothing where only activated.
    type Statistics = Option<CubeTensor>;

    fn convolution(
        image: &CubeTensor,
        weights: &CubeTensor,
        bias: &CubeTensor,
        stride: usize,
        padding: usize,
    ) -> CubeTensor {
        let geometry = Geometry::new(image, weights, stride, padding, false);
        forward(&geometry, image, weights, bias, false)
    }

    fn convolution_image(
        image: &CubeTensor,
        weights: &CubeTensor,
        gradient: &CubeTensor,
        stride: usize,
        padding: usize,
    ) -> CubeTensor {
        back(&Geometry::new(image, weights, stride, padding, false), weights, gradient)
    }

    fn convolution_weights(
        image: &CubeTensor,
        weights: &CubeTensor,
        gradient: &CubeTensor,
        stride: usize,
        padding: usize,
    ) -> [CubeTensor; 2] {
        gradient_of_weights(&Geometry::new(image, weights, stride, padding, false), image, weights, gradient, false)
    }

    fn upsampling(image: &CubeTensor, weights: &CubeTensor, bias: &CubeTensor) -> CubeTensor {
        let geometry = Geometry::new(image, weights, 1, 1, true);
        forward(&geometry, image, weights, bias, true)
    }

    fn upsampling_image(image: &CubeTensor, weights: &CubeTensor, gradient: &CubeTensor) -> CubeTensor {
        let geometry = Geometry::new(image, weights, 1, 1, true);
        let fine = images_last(back(&geometry, weights, gradient));
        let [images, channels, depth, height, width] = sizes(image);
        let coarse = empty(&fine, [images, depth, height, width, channels], fine.dtype);
        let wide = width_of(channels);
        let count = coarse.meta.num_elements() / wide;
        // SAFETY: a unit beyond the last number stops, and the others read what lies within.
        unsafe {
            halve::launch_unchecked(
                &fine.client,
                cubes(count),
                CubeDim::new_1d(UNITS),
                wide,
                fine.clone().into_buffer_arg(),
                coarse.clone().into_buffer_arg(),
                space(images, [depth, height, width]),
                channels as u32,
                geometry.volume,
                dtype_to_storage_type(fine.dtype),
            );
        }
        channels_first(coarse)
    }

    fn upsampling_weights(image: &CubeTensor, weights: &CubeTensor, gradient: &CubeTensor) -> [CubeTensor; 2] {
        gradient_of_weights(&Geometry::new(image, weights, 1, 1, true), image, weights, gradient, true)
    }

    fn standardise(image: &CubeTensor, groups: usize, slope: f32) -> (CubeTensor, Option<CubeTensor>) {
        let rows = Rows::new(image, groups);
        let image = images_last(image.clone());
        let statistics = (groups > 0).then(|| rows.statistics(&image, None, slope));
        let result = like(&image);
        let wide = width_of(rows.channels);
        let given = statistics.as_ref().unwrap_or(&image).clone();
        // SAFETY: a unit beyond the last number stops, and the others read what lies within.
        unsafe {
            norm::apply::launch_unchecked(
                &image.client,
                cubes(result.meta.num_elements() / wide),
                CubeDim::new_1d(UNITS),
                wide,
                image.clone().into_buffer_arg(),
                given.into_buffer_arg(),
                result.clone().into_buffer_arg(),
                rows.places as u32,
                rows.channels as u32,
                slope,
                groups > 0,
                dtype_to_storage_type(image.dtype),
            );
        }
        (channels_first(result), statistics)
    }

    fn standardise_image(
        image: &CubeTensor,
        statistics: &Option<CubeTensor>,
        gradient: &CubeTensor,
        groups: usize,
        slope: f32,
    ) -> CubeTensor {
        let rows = Rows::new(image, groups);
        let image = images_last(image.clone());
        let gradient = images_last(gradient.clone());
        let means = statistics.as_ref().map(|statistics| rows.statistics(&image, Some((&gradient, statistics)), slope));
        let result = like(&image);
        let wide = width_of(rows.channels);
        let given = statistics.as_ref().unwrap_or(&image).clone();
        // SAFETY: a unit beyond the last number stops, and the others read what lies within.
        unsafe {
            norm::apply_back::launch_unchecked(
                &image.client,
                cubes(result.meta.num_elements() / wide),
                CubeDim::new_1d(UNITS),
                wide,
                image.clone().into_buffer_arg(),
                gradient.into_buffer_arg(),
                given.clone().into_buffer_arg(),
                means.unwrap_or(given).into_buffer_arg(),
                result.clone().into_buffer_arg(),
                rows.places as u32,
                rows.channels as u32,
                slope,
                statistics.is_some(),
                dtype_to_storage_type(image.dtype),
            );
        }
        channels_first(result)
    }
}

fn forward(
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
fn back(geometry: &Geometry, weights: &CubeTensor, gradient: &CubeTensor) -> CubeTensor {
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

/// See [`arrange`].
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

/// `source` is `[n, d, h, w, in]`, `weights` `[tap, in, out]`.
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
    let stride = if channels_in == geometry.channels_in { geometry.stride } else { [1; 3] };
    // Neighbours share what is read, but those beyond the border are made for nothing.
    let neighbours = 1..=if single { 8 } else { 4 };
    let cost = |&pixels: &usize| width.div_ceil(pixels) * (pixels + 2);
    let pixels = neighbours.rev().min_by_key(cost).unwrap_or(1);
    let outputs = geometry.images * depth * height * width.div_ceil(pixels) * (channels_out / wide_out);
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
        stride: stride[2],
        doubled,
        doubled_z: doubled && geometry.volume,
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
            space(1, stride),
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

/// Of weights and bias, in single precision.
fn gradient_of_weights(
    geometry: &Geometry,
    image: &CubeTensor,
    weights: &CubeTensor,
    gradient: &CubeTensor,
    doubled: bool,
) -> [CubeTensor; 2] {
    let Geometry { images, channels_in, channels_out, input, kernel, stride, padding, .. } = *geometry;
    let output = geometry.output();
    let of_weights = empty(image, weights.meta.shape().to_vec(), DType::F32);
    // One row would leave most units without work: image and gradient change places.
    let swapped = channels_out == 1 && channels_in > 1 && stride == [1; 3] && !doubled;
    if swapped {
        let padding: [usize; 3] = std::array::from_fn(|axis| kernel[axis] - 1 - padding[axis]);
        let read = std::array::from_fn(|axis| output[axis] + 2 * padding[axis]);
        let seen = padded(geometry, gradient, channels_out, padding, read, false);
        let across = Across { read, made: input, channels: [channels_out, channels_in] };
        let of_bias = to_f32(Cube::float_sum(gradient.clone()));
        across.add(geometry, seen, images_last(image.clone()), &of_weights, &of_bias, true);
        return [of_weights, of_bias];
    }
    // With its border around it, so that no tap reads outside.
    let read = std::array::from_fn(|axis| input[axis] + 2 * padding[axis]);
    let seen = padded(geometry, image, channels_in, padding, read, doubled);
    let across = Across { read, made: output, channels: [channels_in, channels_out] };
    let of_bias = empty(image, [channels_out], DType::F32);
    debug_assert_eq!(images, seen.meta.shape()[0]);
    across.add(geometry, seen, images_last(gradient.clone()), &of_weights, &of_bias, false);
    [of_weights, of_bias]
}

/// See [`pad`].
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
            geometry.volume,
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
    /// See [`shares`] and [`add_shares`].
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
        let wanted = (GROUPS / (across * down)).clamp(1, places.div_ceil(LEAST_PLACES));
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

/// Sizes of a normalisation.
struct Rows {
    images: usize,
    channels: usize,
    /// Channels that share a mean.
    together: usize,
    places: usize,
}

impl Rows {
    fn new(image: &CubeTensor, groups: usize) -> Self {
        let [images, channels, depth, height, width] = sizes(image);
        Rows { images, channels, together: channels / groups.max(1), places: depth * height * width }
    }

    /// See [`norm::finish`]; `back` are the gradient of the result and the statistics of the way there.
    fn statistics(&self, image: &CubeTensor, back: Option<(&CubeTensor, &CubeTensor)>, slope: f32) -> CubeTensor {
        let Rows { images, channels, together, places } = *self;
        let wanted = (GROUPS_OF_SUMS / images).clamp(1, places.div_ceil(LEAST_PLACES));
        let share = places.div_ceil(wanted);
        let count = places.div_ceil(share);
        let parts = empty(image, [images, count, 2, channels], DType::F32);
        let result = empty(image, [images, channels, 2], DType::F32);
        let (gradient, statistics) = back.unwrap_or((image, &result));
        let dtype = dtype_to_storage_type(image.dtype);
        // SAFETY: each group reads its own places, and writes its own sums.
        unsafe {
            norm::sums::launch_unchecked(
                &image.client,
                CubeCount::Static(count as u32, images as u32, 1),
                CubeDim::new_1d(norm::UNITS as u32),
                image.clone().into_buffer_arg(),
                gradient.clone().into_buffer_arg(),
                statistics.clone().into_buffer_arg(),
                parts.clone().into_buffer_arg(),
                places as u32,
                channels as u32,
                share as u32,
                slope,
                back.is_some(),
                dtype,
            );
            norm::finish::launch_unchecked(
                &image.client,
                CubeCount::Static(images as u32, 1, 1),
                CubeDim::new_1d(norm::UNITS as u32),
                image.clone().into_buffer_arg(),
                parts.into_buffer_arg(),
                result.clone().into_buffer_arg(),
                places as u32,
                channels as u32,
                together as u32,
                count as u32,
                back.is_some(),
                dtype,
            );
        }
        result
    }
}

/// See [`learning::adam`].
pub fn adam(
    weights: CubeTensor,
    gradient: CubeTensor,
    first: CubeTensor,
    second: CubeTensor,
    numbers: AdamNumbers,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let [weights, gradient, first, second] = [weights, gradient, first, second].map(into_contiguous);
    let made = [like(&weights), like(&weights), like(&weights)];
    let [new_weights, new_first, new_second] = made.clone().map(CubeTensor::into_buffer_arg);
    let dtype = dtype_to_storage_type(weights.dtype);
    let client = weights.client.clone();
    let AdamNumbers { beta_1, beta_2, rate, epsilon } = numbers;
    // SAFETY: a unit beyond the last number stops.
    unsafe {
        learning::adam::launch_unchecked(
            &client,
            cubes(weights.meta.num_elements()),
            CubeDim::new_1d(UNITS),
            weights.into_buffer_arg(),
            gradient.into_buffer_arg(),
            first.into_buffer_arg(),
            second.into_buffer_arg(),
            new_weights,
            new_first,
            new_second,
            beta_1,
            beta_2,
            rate,
            epsilon,
            dtype,
        );
    }
    let [weights, first, second] = made;
    (weights, first, second)
}

/// See [`learning::blend`].
pub fn blend(average: CubeTensor, newest: CubeTensor, decay: f32) -> CubeTensor {
    let [average, newest] = [average, newest].map(into_contiguous);
    let blended = like(&average);
    let dtype = dtype_to_storage_type(average.dtype);
    let client = average.client.clone();
    // SAFETY: a unit beyond the last number stops.
    unsafe {
        learning::blend::launch_unchecked(
            &client,
            cubes(average.meta.num_elements()),
            CubeDim::new_1d(UNITS),
            average.into_buffer_arg(),
            newest.into_buffer_arg(),
            blended.clone().into_buffer_arg(),
            decay,
            dtype,
        );
    }
    blended
}

/// `[n, c, d, h, w]` in the order `[n, d, h, w, c]`; copied only where it does not lie so.
fn images_last(image: CubeTensor) -> CubeTensor {
    let [n, c, d, h, w] = sizes(&image);
    if c == 1 && image.is_contiguous() {
        return lying(image, [n, d, h, w, c]);
    }
    into_contiguous(permute(image, &[0, 2, 3, 4, 1]))
}

/// The other way round: another view of the same numbers.
fn channels_first(image: CubeTensor) -> CubeTensor {
    let [n, d, h, w, c] = image.meta.shape().dims();
    if c == 1 { lying(image, [n, c, d, h, w]) } else { permute(image, &[0, 4, 1, 2, 3]) }
}

/// The same numbers in the same order under another shape.
fn lying(tensor: CubeTensor, shape: [usize; 5]) -> CubeTensor {
    let CubeTensor { client, handle, device, dtype, .. } = tensor;
    CubeTensor::new_contiguous(client, device, burn::tensor::Shape::from(shape.to_vec()), handle, dtype)
}

/// `[n, c, d, h, w]`.
fn sizes(image: &CubeTensor) -> [usize; 5] {
    image.meta.shape().dims()
}

/// Numbers in order, not yet written, where `beside` lies.
fn empty(beside: &CubeTensor, shape: impl Into<Vec<usize>>, dtype: DType) -> CubeTensor {
    let shape = burn::tensor::Shape::from(shape.into());
    let handle = beside.client.empty(shape.num_elements() * dtype.size());
    CubeTensor::new_contiguous(beside.client.clone(), beside.device.clone(), shape, handle, dtype)
}

fn to_f32(tensor: CubeTensor) -> CubeTensor {
    if tensor.dtype == DType::F32 { tensor } else { burn_cubecl::kernel::cast(tensor, DType::F32) }
}

fn like(image: &CubeTensor) -> CubeTensor {
    empty(image, image.meta.shape().to_vec(), image.dtype)
}

/// Channels that a unit takes at once.
fn width_of(channels: usize) -> usize {
    if channels.is_multiple_of(4) { 4 } else { 1 }
}

/// Groups of [`UNITS`], in rows where they are more than one axis may have.
fn cubes(units: usize) -> CubeCount {
    const MOST: usize = 65_535;
    let groups = units.div_ceil(UNITS as usize).max(1);
    let rows = groups.div_ceil(MOST);
    CubeCount::Static(groups.div_ceil(rows) as u32, rows as u32, 1)
}

fn space(count: usize, [z, y, x]: [usize; 3]) -> SpaceLaunch {
    SpaceLaunch::new(count as u32, z as u32, y as u32, x as u32)
}

#[cfg(test)]
mod tests;
