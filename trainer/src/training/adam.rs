//! Burn's Adam, with one kernel per tensor for its step on a graphics card.

use burn::optim::{AdamConfig, AdamState, AdaptiveMomentumState, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};
use shared::model::learning::{AdamNumbers, adam_step, learns_on_card};

/// Burn's optimiser together with its settings, which Burn keeps private.
#[derive(Clone)]
struct Adam {
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    burn: burn::optim::Adam,
}

/// An optimiser without weight decay; its state is Burn's.
pub fn adam(beta_1: f32, beta_2: f32, epsilon: f32) -> ModuleOptimizer {
    let burn = AdamConfig::new().with_beta_1(beta_1).with_beta_2(beta_2).with_epsilon(epsilon).build();
    ModuleOptimizer::from(Adam { beta_1, beta_2, epsilon, burn })
}

impl Optimizer for Adam {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        rate: f64,
        weights: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        if !learns_on_card(&weights) {
            return self.burn.step(rate, weights, gradient, state);
        }
        let (time, moments) = match state {
            Some(AdamState { momentum }) => (momentum.time + 1, [momentum.moment_1, momentum.moment_2]),
            None => (1, [weights.zeros_like(), weights.zeros_like()]),
        };
        let Adam { beta_1, beta_2, epsilon, .. } = *self;
        let spread = (1.0 - beta_2.powi(time as i32)).sqrt();
        let numbers = AdamNumbers {
            beta_1,
            beta_2,
            rate: rate as f32 * spread / (1.0 - beta_1.powi(time as i32)),
            epsilon: epsilon * spread,
        };
        let [weights, moment_1, moment_2] = adam_step(weights, gradient, moments, numbers);
        let momentum = AdaptiveMomentumState { time, moment_1, moment_2, max_moment_2: None };
        (weights, Some(AdamState { momentum }))
    }

    fn to_device<const D: usize>(state: AdamState<D>, device: &Device) -> AdamState<D> {
        <burn::optim::Adam as Optimizer>::to_device(state, device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::average::blend;
    use burn::tensor::{DeviceKind, TensorData};

    /// A software driver is enough.
    fn card() -> Device {
        Device::wgpu(DeviceKind::DefaultDevice)
    }

    fn tensor(offset: f32, device: &Device) -> Tensor<2> {
        let values: Vec<f32> = (0..600).map(|place| (place as f32 * 0.37 + offset).sin()).collect();
        Tensor::from_data(TensorData::new(values, [20, 30]), device)
    }

    fn assert_close(found: Tensor<2>, expected: Tensor<2>) {
        let read = |tensor: Tensor<2>| tensor.into_data().try_to_vec::<f32>().unwrap();
        for (found, expected) in read(found).into_iter().zip(read(expected)) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
    }

    #[test]
    fn steps_on_a_card_are_burns() {
        let adam = |beta_1, beta_2, epsilon| {
            let burn = AdamConfig::new().with_beta_1(beta_1).with_beta_2(beta_2).with_epsilon(epsilon).build();
            Adam { beta_1, beta_2, epsilon, burn }
        };
        let run = |device: &Device| {
            let (mut weights, mut state) = (tensor(0.0, device), None);
            for step in 0..4 {
                // A gradient whose numbers do not lie in order.
                let gradient = tensor(step as f32, device).reshape([30, 20]).transpose();
                (weights, state) = adam(0.5, 0.999, 1e-8).step(1e-2, weights, gradient, state);
            }
            (weights, state.unwrap().momentum)
        };
        let (found, found_state) = run(&card());
        let (expected, expected_state) = run(&Device::flex());
        assert_eq!(found_state.time, expected_state.time);
        assert_close(found, expected);
        assert_close(found_state.moment_1, expected_state.moment_1);
        assert_close(found_state.moment_2, expected_state.moment_2);
    }

    #[test]
    fn averages_on_a_card_are_the_processors() {
        let run = |device: &Device| blend(tensor(0.0, device), tensor(1.0, device), 0.998);
        assert_close(run(&card()), run(&Device::flex()));
    }
}
