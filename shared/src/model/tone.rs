//! One curve of grey values for all voxels, that never falls: translations are dark and bright as often as real maps are.
//!
//! It is fitted by matching of histograms over all maps of a group (Gonzalez and Woods 2018, section 3.3), and does not learn with
//! the layers: critics of patches do not see how often a value occurs in a whole map.

use super::context::GridContext;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// Values that 0, 1/steps, 2/steps .. 1 become; between two the line.
#[derive(Module, Debug)]
pub struct Tone {
    /// `[steps + 1]`.
    values: Param<Tensor<1>>,
}

impl Tone {
    /// Every value stays.
    pub fn identity(steps: usize, device: &Device) -> Self {
        let values: Vec<f32> = (0..=steps).map(|step| step as f32 / steps as f32).collect();
        Tone { values: Param::from_tensor(Tensor::from_data(TensorData::new(values, [steps + 1]), device)) }
    }

    /// With these values, as many as there are.
    pub fn with_values(self, values: Vec<f32>) -> Self {
        let (shape, device) = (self.values.val().dims(), self.values.val().device());
        Tone { values: Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), &device)) }
    }

    /// `image` `[b, 1, d, h, w]` in 0..1 on the curve, inside the mask; `amount` `[b, 1, 1, 1, 1]` from 0, as it is, to 1 and more.
    pub fn forward(&self, image: Tensor<5>, context: &GridContext, amount: Option<Tensor<5>>) -> Tensor<5> {
        let values = self.values.val().detach();
        let steps = values.dims()[0] - 1;
        let shape = image.dims();
        let place = image.clone() * steps as f64;
        let below = place.clone().detach().floor().clamp(0.0, (steps - 1) as f64);
        let index = below.clone().int().reshape([shape.iter().product::<usize>()]);
        let low = values.clone().select(0, index.clone()).reshape(shape);
        let high = values.select(0, index + 1).reshape(shape);
        let change = low.clone() + (place - below) * (high - low) - image.clone();
        let change = change * context.mask.clone();
        match amount {
            Some(amount) => image + change * amount.clamp(0.0, 1.0),
            None => image + change,
        }
    }
}
