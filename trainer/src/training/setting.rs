//! What is the same for all that learns in a run.

use crate::training::ageing::FittedAgeing;
use crate::training::config::AugmentationConfig;
use crate::training::data::Dataset;
use burn::tensor::Device;
use shared::model::GridContext;

/// What a classifier learns from and where.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub data: &'a Dataset,
    pub augmentation: &'a AugmentationConfig,
    pub context: &'a GridContext,
    /// How old people look, where that is learned.
    pub ageing: Option<&'a FittedAgeing>,
    /// Plain device; training happens on its differentiating twin.
    pub device: &'a Device,
}
