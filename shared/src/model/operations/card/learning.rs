//! What a step does to every weight.

use super::cube::learning;
use super::tensors::{UNITS, cubes, like};
use crate::model::operations::learning::AdamNumbers;
use burn::backend::cubecl::dtype_to_storage_type;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

/// See [`learning::adam()`].
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

/// See [`learning::blend()`].
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
