//! Mixed precision: layers in half precision, everything that sums or remembers in single (Micikevicius et al. 2018).

use crate::failure::unusable;
use anyhow::Result;
use burn::tensor::{Device, FloatDType};
use serde::{Deserialize, Serialize};

/// What generators and critics compute their layers in. Weights, optimisers, norms, losses and the classifiers stay in f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    #[default]
    F32,
    /// 11 bits, 6e-8 to 65,504: gradients are scaled so as not to vanish.
    F16,
    /// 8 bits and the range of f32.
    Bf16,
}

impl Precision {
    pub fn dtype(self) -> FloatDType {
        match self {
            Precision::F32 => FloatDType::F32,
            Precision::F16 => FloatDType::F16,
            Precision::Bf16 => FloatDType::BF16,
        }
    }

    /// Factor of the losses before the backward pass. A mean over an image of 100,000 voxels gives each a gradient of 1e-5, and
    /// what reaches the first layers is smaller yet. Adam does not see the factor where its epsilon grows by it too.
    pub fn loss_scale(self) -> f64 {
        match self {
            Precision::F16 => 1024.0,
            Precision::F32 | Precision::Bf16 => 1.0,
        }
    }

    /// Fails where the device does not have it.
    pub fn check(self, device: &Device) -> Result<()> {
        if device.supports_dtype(self.dtype()) {
            return Ok(());
        }
        let [name, other] = match self {
            Precision::F16 => ["f16", "bf16"],
            Precision::Bf16 => ["bf16", "f16"],
            Precision::F32 => ["f32", "another device"],
        };
        Err(unusable(format!(
            "cyclegan.precision = \"{name}\": this device does not compute in it; try {other}, or f32, which all have"
        )))
    }
}
