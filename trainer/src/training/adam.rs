//! Adam as Burn has it, whose step is one kernel for each tensor where it runs on a graphics card.

use burn::optim::{AdamConfig, AdamState, AdaptiveMomentumState, ModuleOptimizer, Optimizer};
use burn::tensor::{Device, Tensor};
use shared::model::learning::{AdamNumbers, adam_step, learns_on_card};

/// Burn's optimiser with its numbers, which it keeps to itself.
#[derive(Clone)]
struct Adam {
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    burn: burn::optim::Adam,
}

/// An optimiser without decay of weights; its state is Burn's.
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
