//! Initial weights, drawn immediately.
//!
//! Burn draws a parameter when it is first used. A copy that is frozen before that shares the draw with the original
//! network, and freezes it too: a critic would never be trained. So every network is drawn before it is copied.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// The same network with all its weights in place.
pub fn drawn<M: Module>(network: M) -> M {
    network.visit(&mut Touch);
    network
}

struct Touch;

impl ModuleVisitor for Touch {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        param.val();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::LinearConfig;
    use burn::tensor::Device;

    #[test]
    fn freezing_a_copy_leaves_the_network_free() {
        let network = drawn(LinearConfig::new(2, 1).init(&Device::flex().autodiff()));
        let frozen = network.clone().freeze();
        assert!(network.weight.val().is_require_grad());
        assert!(!frozen.weight.val().is_require_grad());
    }
}
