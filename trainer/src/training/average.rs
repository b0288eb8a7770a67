//! Exponential moving average of a network's weights, kept beside the training copy.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use shared::model::learning;

/// `average = decay · average + (1 − decay) · current`, weight by weight.
///
/// Both are the same network: `average` on the plain device, `current` under training. Weights pair by identifier.
pub fn update_average<M: Module>(average: M, current: &M, decay: f64) -> M {
    let mut collector = Collector { weights: GradientsParams::new() };
    current.visit(&mut collector);
    average.map(&mut Blend { weights: collector.weights, decay })
}

/// Decay that grows from 0.1 towards `decay`, so that the random initial weights are soon forgotten.
pub fn decay_at(step: u64, decay: f64) -> f64 {
    decay.min((1.0 + step as f64) / (10.0 + step as f64))
}

struct Collector {
    // A container of tensors of any rank by parameter identifier.
    weights: GradientsParams,
}

impl ModuleVisitor for Collector {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.weights.register(param.id, param.val().inner());
    }
}

struct Blend {
    weights: GradientsParams,
    decay: f64,
}

impl ModuleMapper for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.weights.remove::<D>(param.id) {
            None => param,
            Some(current) => {
                let decay = self.decay;
                param.map(|average| blend(average, current, decay))
            }
        }
    }
}

/// `decay · average + (1 − decay) · current`, on a graphics card in one kernel.
pub fn blend<const D: usize>(average: Tensor<D>, current: Tensor<D>, decay: f64) -> Tensor<D> {
    if learning::learns_on_card(&average) {
        return learning::blended(average, current, decay as f32);
    }
    average * decay + current * (1.0 - decay)
}
