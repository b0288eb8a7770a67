//! The three networks, for slices and for volumes: one implementation serves both.
//!
//! Tensors are `[batch, channel, depth, height, width]` = `[subject, channel, z, y, x]`. A spatial layer is
//! either *plane* (2-D kernels, every axial slice on its own) or *volume* (3-D kernels); the configuration
//! chooses, see [`SpatialKind`].

mod bounds;
mod classifier;
mod context;
mod deformation;
mod discriminator;
mod dose;
mod generator;
mod inside;
mod linear;
mod operations;
mod shuffle;
mod spatial;
mod weights;

pub use crate::weights_error::WeightsError;
pub use classifier::{Classifier, ClassifierConfig, ClassifierOutput, FirstFilters, POOLED_SCALE, Pooling};
pub use context::{GridContext, tensor_from_volume};
pub use deformation::{NEIGHBOURHOOD, SMOOTHING, deformable, moving_axes, weights_of_a_voxel};
pub use discriminator::{Discriminator, DiscriminatorConfig};
pub use dose::{Dose, DoseConfig, LEAST_DOSE, MOST_DOSE};
pub use generator::{Generator, GeneratorConfig, GeneratorOutput, StartConfig, StartKind};
pub use inside::ClassifierParts;
#[cfg(feature = "card")]
pub use operations::learning;
pub use shuffle::shuffle_weights;
pub use spatial::{Edge, NORM_EPSILON, NORM_GROUPS, Norm, SpatialKind};
pub use weights::{NamedParameter, named_parameters, read_weights, write_weights_f16};

use serde::{Deserialize, Serialize};

/// Shapes of the networks of a bundle, as stored in its manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    pub classifier: ClassifierConfig,
    /// The second classifier that judges translations.
    pub judge: ClassifierConfig,
    pub generator: GeneratorConfig,
}
