//! Dynamic loss scaling for f16 (Micikevicius et al. 2018): losses are multiplied before the backward pass, so that small gradients do not
//! vanish in 16 bits, and the gradients divided afterwards. A step whose gradients overflow is skipped, and the factor halved.

use crate::training::precision::Precision;
use crate::training::trained::read_scalars;
use anyhow::{Result, anyhow, ensure};
use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// First factor. All are powers of two: multiplying and dividing by them rounds nothing.
const FIRST: f64 = 16384.0;
/// Steps in a row without an overflow after which the factor is doubled.
const DOUBLED_AFTER: u64 = 200;
const LARGEST: f64 = 16_777_216.0;

/// The factor of the losses, and how it came to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossScale {
    factor: f64,
    /// Steps since the last change of the factor.
    good_steps: u64,
    /// Steps skipped so far.
    skipped: u64,
}

impl LossScale {
    /// `None` where the precision has the range of f32.
    pub fn of(precision: Precision) -> Option<Self> {
        (precision == Precision::F16).then_some(LossScale { factor: FIRST, good_steps: 0, skipped: 0 })
    }

    pub fn factor(&self) -> f64 {
        self.factor
    }

    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The gradients of a network, divided by the factor; their sums are added to `sums`, tensor by tensor.
    pub fn divided<M: Module>(
        &self,
        network: &M,
        gradients: GradientsParams,
        sums: &mut Vec<Tensor<1>>,
    ) -> GradientsParams {
        let mut visitor =
            Dividing { share: 1.0 / self.factor, given: gradients, divided: GradientsParams::new(), sums };
        network.visit(&mut visitor);
        visitor.divided
    }

    /// Whether gradients with these sums are numbers, so that the step may be taken; sets the factor of the next step.
    ///
    /// # Errors
    /// They overflow without any factor, or the device failed.
    pub fn may_step(&mut self, sums: Vec<Tensor<1>>) -> Result<bool> {
        let is_finite = read_scalars(sums)?.iter().all(|sum| sum.is_finite());
        ensure!(
            is_finite || self.factor > 1.0,
            "cyclegan.precision = \"f16\": gradients are too large for it; use bf16 or f32, or lower the learning rates"
        );
        self.count(is_finite);
        Ok(is_finite)
    }

    fn count(&mut self, is_finite: bool) {
        if !is_finite {
            *self = LossScale { factor: (self.factor / 2.0).max(1.0), good_steps: 0, skipped: self.skipped + 1 };
        } else if self.good_steps + 1 == DOUBLED_AFTER {
            *self = LossScale { factor: (self.factor * 2.0).min(LARGEST), good_steps: 0, skipped: self.skipped };
        } else {
            self.good_steps += 1;
        }
    }

    /// As a file of a checkpoint.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(self)?)
    }

    /// # Errors
    /// The bytes are not those of [`LossScale::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| anyhow!("loss scale: {error}; the checkpoint is damaged"))
    }
}

struct Dividing<'a> {
    share: f64,
    given: GradientsParams,
    divided: GradientsParams,
    sums: &'a mut Vec<Tensor<1>>,
}

impl ModuleVisitor for Dividing<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.given.remove::<D>(param.id) {
            let gradient = gradient * self.share;
            self.sums.push(gradient.clone().sum());
            self.divided.register::<D>(param.id, gradient);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::nn::{Linear, LinearConfig};
    use burn::tensor::{Device, TensorData};

    #[test]
    fn only_f16_has_one() {
        assert_eq!([Precision::F32, Precision::Bf16].map(LossScale::of), [None, None]);
        assert!(LossScale::of(Precision::F16).is_some());
    }

    #[test]
    fn the_factor_halves_at_once_and_doubles_after_a_while() {
        let mut scale = LossScale::of(Precision::F16).unwrap();
        scale.count(false);
        assert_eq!((scale.factor, scale.skipped), (FIRST / 2.0, 1));
        (1..DOUBLED_AFTER).for_each(|_| scale.count(true));
        assert_eq!(scale.factor, FIRST / 2.0);
        scale.count(true);
        assert_eq!((scale.factor, scale.good_steps), (FIRST, 0));
        (0..40).for_each(|_| scale.count(false));
        assert_eq!(scale.factor, 1.0);
        (0..100 * DOUBLED_AFTER).for_each(|_| scale.count(true));
        assert_eq!(scale.factor, LARGEST);
        assert_eq!(LossScale::from_bytes(&scale.to_bytes().unwrap()).unwrap(), scale);
        assert!(LossScale::from_bytes(b"{").is_err());
    }

    #[test]
    fn gradients_are_divided_exactly_and_an_overflow_is_seen() {
        let device = Device::flex().autodiff();
        let network = LinearConfig::new(3, 1).with_bias(false).init(&device);
        let gradients = |network: &Linear, factor: f64, last: f32| {
            let image = Tensor::<2>::from_data(TensorData::new(vec![0.1f32, -0.7, last], [1, 3]), &device);
            GradientsParams::from_grads((network.forward(image).sum() * factor).backward(), network)
        };
        let mut scale = LossScale::of(Precision::F16).unwrap();
        let mut sums = Vec::new();
        let divided = scale.divided(&network, gradients(&network, scale.factor(), 0.3), &mut sums);
        let read = |gradients: &GradientsParams| {
            gradients.get::<2>(network.weight.id).unwrap().into_data().try_to_vec::<f32>().unwrap()
        };
        assert_eq!(read(&divided), read(&gradients(&network, 1.0, 0.3)));
        assert!(scale.may_step(sums).unwrap());
        let mut sums = Vec::new();
        scale.divided(&network, gradients(&network, 1.0, f32::INFINITY), &mut sums);
        assert!(!scale.may_step(sums).unwrap());
        assert_eq!((scale.factor(), scale.skipped()), (FIRST / 2.0, 1));
    }
}
