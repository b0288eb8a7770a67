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
            "cyclegan.precision = \"{name}\": this device does not support it; try {other}, or f32, which every device supports"
        )))
    }
}
