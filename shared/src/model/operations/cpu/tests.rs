//! Every operation against its definition, and every gradient against its operation.

use super::super::geometry::Geometry;
use super::norm;
use super::upsampling::Upsampling;

/// Numbers between −0.5 and 0.5 that look random.
pub fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    (0..count).map(|_| next()).collect()
}

fn inner(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

fn assert_close(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < 1e-4, "{index}: {found} instead of {expected}");
    }
}

/// The definition, one sum at a time.
fn convolved(geometry: &Geometry, image: &[f32], weights: &[f32], bias: &[f32]) -> Vec<f32> {
    let Geometry { images, channels_in, channels_out, input, kernel, stride, padding } = geometry.clone();
    let output = geometry.output();
    let mut result = Vec::new();
    for at in 0..images * channels_out * output.iter().product::<usize>() {
        let [x, rest] = [at % output[2], at / output[2]];
        let [y, rest] = [rest % output[1], rest / output[1]];
        let [z, rest] = [rest % output[0], rest / output[0]];
        let [channel, number] = [rest % channels_out, rest / channels_out];
        let mut sum = f64::from(bias[channel]);
        for tap in 0..channels_in * kernel.iter().product::<usize>() {
            let [kx, rest] = [tap % kernel[2], tap / kernel[2]];
            let [ky, rest] = [rest % kernel[1], rest / kernel[1]];
            let [kz, from] = [rest % kernel[0], rest / kernel[0]];
            let place = [z * stride[0] + kz, y * stride[1] + ky, x * stride[2] + kx];
            if (0..3).any(|axis| place[axis] < padding[axis] || place[axis] - padding[axis] >= input[axis]) {
                continue;
            }
            let [iz, iy, ix] = std::array::from_fn(|axis| place[axis] - padding[axis]);
            let voxel = (((number * channels_in + from) * input[0] + iz) * input[1] + iy) * input[2] + ix;
            let weight = channel * channels_in * kernel.iter().product::<usize>() + tap;
            sum += f64::from(image[voxel]) * f64::from(weights[weight]);
        }
        result.push(sum as f32);
    }
    result
}

/// Slices and volumes, odd sizes, strides of 1 and 2, even and odd kernels, more and fewer channels than a register block.
fn geometries() -> Vec<Geometry> {
    let geometry = |images, channels_in, channels_out, input, kernel, stride, padding| Geometry {
        images,
        channels_in,
        channels_out,
        input,
        kernel,
        stride,
        padding,
    };
    vec![
        geometry(2, 3, 5, [1, 7, 9], [1, 3, 3], [1, 1, 1], [0, 1, 1]),
        geometry(1, 2, 6, [1, 8, 12], [1, 4, 4], [1, 2, 2], [0, 1, 1]),
        geometry(1, 2, 7, [1, 9, 11], [1, 4, 4], [1, 2, 2], [0, 1, 1]),
        geometry(1, 3, 4, [5, 6, 7], [3, 3, 3], [1, 1, 1], [1, 1, 1]),
        geometry(2, 3, 9, [6, 7, 8], [3, 3, 3], [2, 2, 2], [1, 1, 1]),
        geometry(1, 5, 1, [1, 9, 31], [1, 5, 5], [1, 1, 1], [0, 2, 2]),
        geometry(1, 4, 4, [1, 6, 7], [1, 4, 4], [1, 1, 1], [0, 1, 1]),
        geometry(3, 2, 3, [1, 30, 41], [1, 3, 3], [1, 1, 1], [0, 0, 0]),
    ]
}

#[test]
fn a_convolution_and_its_gradients() {
    for geometry in geometries() {
        let voxels: usize = geometry.input.iter().product();
        let image = numbers(geometry.images * geometry.channels_in * voxels, 1);
        let places: usize = geometry.kernel.iter().product();
        let weights = numbers(geometry.channels_out * geometry.channels_in * places, 2);
        let bias = numbers(geometry.channels_out, 3);
        let found = geometry.forward(&image, &weights, Some(&bias));
        assert_close(&found, &convolved(&geometry, &image, &weights, &bias));

        // The operation is linear in image and weights, so that both gradients are its adjoints.
        let gradient = numbers(found.len(), 4);
        let along = inner(&geometry.forward(&image, &weights, None), &gradient);
        let of_image = inner(&geometry.backward_input(&gradient, &weights, None), &image);
        let of_weights = inner(&geometry.backward_weights(&image, &gradient), &weights);
        assert!((along - of_image).abs() < 1e-3, "{geometry:?}: {of_image} instead of {along}");
        assert!((along - of_weights).abs() < 1e-3, "{geometry:?}: {of_weights} instead of {along}");
    }
}

/// Doubled along the last `axes` axes.
fn doubled(image: &[f32], channels: usize, [depth, height, width]: [usize; 3], volume: bool) -> Vec<f32> {
    let grow = if volume { 2 } else { 1 };
    let mut result = Vec::new();
    for channel in 0..channels {
        for z in 0..grow * depth {
            for y in 0..2 * height {
                for x in 0..2 * width {
                    result.push(image[((channel * depth + z / grow) * height + y / 2) * width + x / 2]);
                }
            }
        }
    }
    result
}

#[test]
fn upsampling_is_doubling_and_convolving() {
    for (volume, input) in [(false, [1, 5, 7]), (true, [3, 4, 5])] {
        let (images, channels_in, channels_out) = (2, 3, 5);
        let upsampling = Upsampling::new(images, [channels_in, channels_out], input, [volume, true, true]);
        let image = numbers(images * channels_in * input.iter().product::<usize>(), 1);
        let kernel = [if volume { 3 } else { 1 }, 3, 3];
        let weights = numbers(channels_out * channels_in * kernel.iter().product::<usize>(), 2);
        let bias = numbers(channels_out, 3);
        let plain = Geometry {
            images,
            channels_in,
            channels_out,
            input: upsampling.output(),
            kernel,
            stride: [1; 3],
            padding: kernel.map(|width| width / 2),
        };
        let found = upsampling.forward(&image, &weights, Some(&bias));
        let large = doubled(&image, images * channels_in, input, volume);
        assert_close(&found, &plain.forward(&large, &weights, Some(&bias)));

        let gradient = numbers(found.len(), 4);
        assert_close(&upsampling.backward_weights(&image, &gradient), &plain.backward_weights(&large, &gradient));
        let along = inner(&upsampling.forward(&image, &weights, None), &gradient);
        let of_image = inner(&upsampling.backward_input(&gradient, &weights), &image);
        assert!((along - of_image).abs() < 1e-3, "{of_image} instead of {along}");
    }
}

#[test]
fn rows_get_zero_mean_and_unit_variance() {
    let values = numbers(3 * 50, 1);
    let (found, _) = norm::forward(&values, Some(50), 1.0);
    for row in found.chunks(50) {
        let mean = row.iter().sum::<f32>() / 50.0;
        let variance = row.iter().map(|value| value * value).sum::<f32>() / 50.0;
        assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-2, "{mean} {variance}");
    }
    let (activated, _) = norm::forward(&values, Some(50), 0.2);
    for (&plain, &activated) in found.iter().zip(&activated) {
        assert!((activated - if plain > 0.0 { plain } else { 0.2 * plain }).abs() < 1e-6);
    }
    let (kept, statistics) = norm::forward(&values, None, 0.0);
    assert!(statistics.is_empty());
    assert_close(&kept, &values.iter().map(|value| value.max(0.0)).collect::<Vec<f32>>());
}

#[test]
fn gradient_of_the_normalisation_by_differences() {
    const STEP: f32 = 1e-3;
    for row in [Some(20), None] {
        let values: Vec<f32> = numbers(40, 1).iter().map(|value| value * 10.0).collect();
        let weights = numbers(40, 2);
        let along = |values: &[f32]| inner(&norm::forward(values, row, 0.2).0, &weights);
        let (_, statistics) = norm::forward(&values, row, 0.2);
        let found = norm::backward(&values, &statistics, &weights, row, 0.2);
        for index in 0..values.len() {
            let mut moved = values.clone();
            moved[index] += STEP;
            let above = along(&moved);
            moved[index] -= 2.0 * STEP;
            let expected = (above - along(&moved)) / f64::from(2.0 * STEP);
            assert!(
                (f64::from(found[index]) - expected).abs() < 1e-2,
                "{index}: {} instead of {expected}",
                found[index]
            );
        }
    }
}

/// The extension as networks call it, beside Burn's own operations, gradients included.
#[cfg(feature = "train")]
#[test]
fn the_same_as_burns_own_operations() {
    use burn::module::Param;
    use burn::nn::PaddingConfig2d;
    use burn::nn::conv::Conv2dConfig;
    use burn::tensor::{Device, Tensor, TensorData};

    let device = Device::flex().autodiff();
    let tensor = |shape: [usize; 5], seed| {
        let values = numbers(shape.iter().product(), seed);
        Tensor::<5>::from_data(TensorData::new(values, shape), &device).require_grad()
    };
    let image = tensor([2, 3, 1, 8, 10], 1);
    let mut conv = Conv2dConfig::new([3, 4], [4, 4])
        .with_stride([2, 2])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .init(&device);
    conv.bias = Some(Param::from_tensor(Tensor::<1>::from_data(TensorData::new(numbers(4, 2), [4]), &device)));
    let bias = conv.bias.as_ref().map(Param::val);
    let theirs = conv.forward(image.clone().reshape([2, 3, 8, 10]));
    let ours = super::super::convolution(image.clone(), conv.weight.val(), bias.clone(), 2, 1);
    assert_eq!(ours.dims(), [2, 4, 1, 4, 5]);
    let values = |tensor: Tensor<1>| tensor.into_data().try_to_vec::<f32>().unwrap();
    let flat = |tensor: Tensor<5>| {
        let count = tensor.dims().iter().product::<usize>();
        values(tensor.reshape([count]))
    };
    assert_close(&flat(ours.clone()), &values(theirs.clone().reshape([2 * 4 * 20])));
    let theirs = (theirs.square() * 0.5).sum().backward();
    let ours = (ours.square() * 0.5).sum().backward();
    let bias = bias.unwrap();
    assert_close(&values(bias.grad(&ours).unwrap()), &values(bias.grad(&theirs).unwrap()));
    assert_close(
        &values(conv.weight.val().grad(&ours).unwrap().reshape([4 * 3 * 16])),
        &values(conv.weight.val().grad(&theirs).unwrap().reshape([4 * 3 * 16])),
    );
    assert_close(&flat(image.grad(&ours).unwrap()), &flat(image.grad(&theirs).unwrap()));
}
