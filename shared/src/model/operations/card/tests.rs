//! Every operation beside the processor's, forwards and back. Needs a Vulkan driver; a software one will do.

use crate::model::operations::cpu::tests::numbers;
use crate::model::operations::{convolution, standardise_and_activate, upsampling_convolution};
use burn::tensor::{Device, DeviceKind, Tensor, TensorData};

fn card() -> Device {
    Device::wgpu(DeviceKind::DefaultDevice)
}

/// Drawn on the processor, differentiated on the device.
fn drawn<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
    let count = shape.iter().product();
    Tensor::from_data(TensorData::new(numbers(count, seed), shape), &device.clone().autodiff()).require_grad()
}

fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

fn assert_close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(1.0f32, |most, value| most.max(value.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < 2e-5 * size, "{what}, {index}: {found} instead of {expected}");
    }
}

/// The result, and the gradients of image, weights and bias under a weighted sum of the result.
fn all<const D: usize>(
    image: [usize; 5],
    weights: [usize; D],
    device: &Device,
    operation: impl Fn(Tensor<5>, Tensor<D>, Option<Tensor<1>>) -> Tensor<5>,
) -> [Vec<f32>; 4] {
    let (image, bias) = (drawn(image, 1, device), drawn([weights[0]], 3, device));
    let weights = drawn(weights, 2, device);
    let result = operation(image.clone(), weights.clone(), Some(bias.clone()));
    let pull = drawn(result.dims(), 4, device).detach();
    let gradients = (result.clone() * pull).sum().backward();
    [
        read(result),
        read(image.grad(&gradients).unwrap()),
        read(weights.grad(&gradients).unwrap()),
        read(bias.grad(&gradients).unwrap()),
    ]
}

fn compare<const D: usize>(
    name: &str,
    image: [usize; 5],
    weights: [usize; D],
    operation: impl Fn(Tensor<5>, Tensor<D>, Option<Tensor<1>>) -> Tensor<5> + Copy,
) {
    let found = all(image, weights, &card(), operation);
    let expected = all(image, weights, &Device::flex(), operation);
    for (part, (found, expected)) in ["result", "image", "weights", "bias"].into_iter().zip(found.iter().zip(&expected))
    {
        assert_close(&format!("{name}: {part} of {image:?} by {weights:?}"), found, expected);
    }
}

#[test]
fn convolutions_of_slices_are_the_processors() {
    // Odd sizes, strides of 1 and 2, even and odd kernels, channels that fill a vector and that do not.
    for (image, weights, stride, padding) in [
        ([2, 3, 1, 7, 9], [5, 3, 3, 3], 1, 1),
        ([2, 1, 1, 20, 24], [16, 1, 5, 5], 1, 2),
        ([1, 16, 1, 9, 31], [1, 16, 5, 5], 1, 2),
        ([2, 4, 1, 9, 11], [8, 4, 4, 4], 2, 1),
        ([3, 8, 1, 12, 10], [20, 8, 3, 3], 2, 1),
        ([1, 2, 1, 30, 41], [3, 2, 3, 3], 1, 0),
        ([1, 64, 1, 6, 5], [70, 64, 4, 4], 1, 1),
    ] {
        compare("slices", image, weights, |x, w, b| convolution(x, w, b, stride, padding));
    }
}

#[test]
fn convolutions_of_volumes_are_the_processors() {
    for (image, weights, stride, padding) in [
        ([1, 3, 5, 6, 7], [4, 3, 3, 3, 3], 1, 1),
        ([2, 4, 6, 7, 8], [12, 4, 3, 3, 3], 2, 1),
        ([1, 1, 12, 10, 14], [16, 1, 5, 5, 5], 1, 2),
        ([1, 16, 9, 8, 7], [32, 16, 4, 4, 4], 2, 1),
        ([1, 4, 5, 4, 6], [1, 4, 4, 4, 4], 1, 1),
    ] {
        compare("volumes", image, weights, |x, w, b| convolution(x, w, b, stride, padding));
    }
}

#[test]
fn doubled_images_are_the_processors() {
    compare("slices", [2, 8, 1, 5, 7], [4, 8, 3, 3], upsampling_convolution);
    compare("volumes", [1, 4, 3, 4, 5], [8, 4, 3, 3, 3], upsampling_convolution);
}

#[test]
fn many_places_a_unit_are_the_processors() {
    // Large enough for four neighbours a unit, both ways and with a stride.
    compare("wide", [4, 4, 1, 130, 131], [16, 4, 3, 3], |x, w, b| convolution(x, w, b, 1, 1));
    compare("strided", [4, 16, 1, 262, 259], [16, 16, 4, 4], |x, w, b| convolution(x, w, b, 2, 1));
}

#[test]
fn normalisation_is_the_processors() {
    for (shape, groups, slope) in [
        ([2, 8, 1, 9, 11], 8, 0.0f32),
        ([2, 16, 1, 9, 11], 8, 0.2),
        ([1, 32, 5, 6, 7], 32, 1.0),
        // Channels that do not divide the units of a group, and more than those.
        ([2, 24, 1, 17, 9], 8, 0.2),
        ([1, 320, 1, 5, 6], 8, 0.2),
        ([1, 260, 1, 5, 6], 260, 0.0),
        ([3, 8, 1, 4, 4], 0, 0.2),
    ] {
        let run = |device: &Device| {
            // A mean that is large beside the spread, other in each channel.
            let image = drawn(shape, 1, device);
            let level = drawn([1, shape[1], 1, 1, 1], 5, device).detach() * 30.0;
            let result = standardise_and_activate(image.clone() * 0.5 + level, groups, slope);
            let pull = drawn(shape, 4, device).detach();
            let gradients = (result.clone() * pull).sum().backward();
            [read(result), read(image.grad(&gradients).unwrap())]
        };
        for (part, (found, expected)) in
            ["result", "gradient"].into_iter().zip(run(&card()).iter().zip(&run(&Device::flex())))
        {
            let size = expected.iter().fold(1.0f32, |most, value| most.max(value.abs()));
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 2e-4 * size, "{part} of {shape:?}: {found} for {expected}");
            }
        }
    }
}
