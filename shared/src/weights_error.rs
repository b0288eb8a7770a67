//! Why weights cannot be written or read. Known without the networks, too: whoever tells of it need not compute.

use crate::coded;

/// Weights that cannot be written or read. `reason` is in words of the library that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    #[error("{name}: not a safetensors file ({reason}); export the bundle again")]
    Format { name: String, reason: String },
    #[error("{name}: tensor `{tensor}` is missing; the weights belong to a model with another architecture")]
    Missing { name: String, tensor: String },
    #[error("{name}: tensor `{tensor}` has shape {found:?}, but the model needs {expected:?}")]
    Shape { name: String, tensor: String, found: Vec<usize>, expected: Vec<usize> },
    #[error("{name}: tensor `{tensor}` has type {found}; only F16 and F32 can be read")]
    Type { name: String, tensor: String, found: String },
    #[error("{name}: {count} tensors do not fit any layer of the model (the first is `{first}`)")]
    Unused { name: String, count: usize, first: String },
    #[error("tensor `{tensor}` could not be read from the device: {reason}")]
    Device { tensor: String, reason: String },
}

coded!(enum WeightsError {
    Format { name, reason } => "bundle.weights.format",
    Missing { name, tensor } => "bundle.weights.missing",
    Shape { name, tensor, found: "{:?}", expected: "{:?}" } => "bundle.weights.shape",
    Type { name, tensor, found } => "bundle.weights.type",
    Unused { name, count, first } => "bundle.weights.unused",
    Device { tensor, reason } => "bundle.weights.device",
});
