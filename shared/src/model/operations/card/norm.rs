//! Normalisation with activation, and its gradient.

use super::cube::norm;
use super::tensors::{LEAST_PLACES, UNITS, channels_first, cubes, empty, images_last, like, sizes, width_of};
use burn::backend::DType;
use burn::backend::cubecl::dtype_to_storage_type;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// Groups of units that share the sums of a normalisation, at most.
const GROUPS: usize = 128;

/// The result, and the statistics `[n, channel, 2]` where it is normalised.
pub fn standardise(image: &CubeTensor, groups: usize, slope: f32) -> (CubeTensor, Option<CubeTensor>) {
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

/// The gradient of the image.
pub fn standardise_image(
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

    /// See [`norm::finish()`]; `back` are the gradient of the result and the statistics of the way there.
    fn statistics(&self, image: &CubeTensor, back: Option<(&CubeTensor, &CubeTensor)>, slope: f32) -> CubeTensor {
        let Rows { images, channels, together, places } = *self;
        let wanted = (GROUPS / images.max(1)).clamp(1, places.div_ceil(LEAST_PLACES).max(1));
        let share = places.div_ceil(wanted);
        let count = places.div_ceil(share);
        let blocks = channels.div_ceil(norm::UNITS);
        let parts = empty(image, [images, count, 2, channels], DType::F32);
        let result = empty(image, [images, channels, 2], DType::F32);
        let (gradient, statistics) = back.unwrap_or((image, &result));
        let dtype = dtype_to_storage_type(image.dtype);
        // SAFETY: each group reads its own places, and writes its own sums.
        unsafe {
            norm::sums::launch_unchecked(
                &image.client,
                CubeCount::Static(count as u32, images as u32, blocks as u32),
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
                blocks * norm::UNITS,
                back.is_some(),
                dtype,
            );
        }
        result
    }
}
