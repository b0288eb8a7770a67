//! What all parts of a training share.

use crate::training::ageing::FittedAgeing;
use crate::training::config::AugmentationConfig;
use crate::training::data::Dataset;
use burn::tensor::Device;
use shared::model::GridContext;

/// Training data and device.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub data: &'a Dataset,
    pub augmentation: &'a AugmentationConfig,
    pub context: &'a GridContext,
    /// The age dial, if configured.
    pub ageing: Option<&'a FittedAgeing>,
    /// Plain device; training uses the same device with automatic differentiation.
    pub device: &'a Device,
}
