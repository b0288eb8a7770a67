//! Maps from gradients of the classifier's log-odds of "old" by the voxels of its image, averaged over many images.

use crate::device::values;
use anyhow::{Context, Result};
use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use shared::explain::Models;

/// Noisy copies of SmoothGrad, and steps of integrated gradients.
const COPIES: usize = 16;
/// Standard deviation of SmoothGrad's noise as a share of the image's range; the paper finds 0.1 to 0.2 good.
const NOISE_SHARE: f32 = 0.15;
/// Images that are differentiated together.
const AT_ONCE: usize = 4;

/// SmoothGrad (Smilkov et al. 2017): the mean gradient over copies with normal noise inside the mask.
pub fn smooth_grad(models: &Models, image: &[f32], mask: &[bool], mut random: ChaCha8Rng) -> Result<Vec<f32>> {
    let (low, high) =
        image.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
    let sigma = NOISE_SHARE * (high - low);
    let mut noisy = |value: f32| {
        let normal: f32 = StandardNormal.sample(&mut random);
        value + sigma * normal
    };
    mean_gradient(models, |_| {
        image.iter().zip(mask).map(|(&value, &inside)| if inside { noisy(value) } else { value }).collect()
    })
}

/// Integrated gradients (Sundararajan et al. 2017, eq. 3) from an image of zeros, by the midpoints of equal steps: over all voxels
/// they add up to what the image adds to the log-odds.
pub fn integrated_gradients(models: &Models, image: &[f32]) -> Result<Vec<f32>> {
    let mean = mean_gradient(models, |step| {
        let share = (step as f32 + 0.5) / COPIES as f32;
        image.iter().map(|value| share * value).collect()
    })?;
    Ok(mean.iter().zip(image).map(|(slope, value)| slope * value).collect())
}

/// Mean over [`COPIES`] images of the gradient of the log-odds of "old", voxel by voxel; `copy` makes each of them, x fastest.
fn mean_gradient(models: &Models, mut copy: impl FnMut(usize) -> Vec<f32>) -> Result<Vec<f32>> {
    let device = models.device.clone().autodiff();
    // Frozen: weights need no gradients, and nothing is dropped.
    let classifier = models.classifier.clone().fork(&device).freeze();
    let context = models.context.to_device(&device);
    let [nx, ny, nz] = models.grid.shape;
    let mut sums = vec![0.0f64; models.grid.voxel_count()];
    for first in (0..COPIES).step_by(AT_ONCE) {
        let copies: Vec<Vec<f32>> = (first..COPIES.min(first + AT_ONCE)).map(&mut copy).collect();
        let data = TensorData::new(copies.concat(), [copies.len(), 1, nz, ny, nx]);
        let images = Tensor::<5>::from_data(data, &device).require_grad();
        // Images do not see each other: each has the gradient of its own answer.
        let gradients = classifier.forward(images.clone(), &context).logit_old.sum().backward();
        let gradient = images.grad(&gradients).context("the classifier's answer does not depend on its image")?;
        for of_copy in values(gradient)?.chunks_exact(sums.len()) {
            sums.iter_mut().zip(of_copy).for_each(|(sum, &slope)| *sum += f64::from(slope));
        }
    }
    Ok(sums.into_iter().map(|sum| (sum / COPIES as f64) as f32).collect())
}
