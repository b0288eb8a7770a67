//! Exported models with their model card: the manifest, and loading from bytes.

mod error;
mod group_limits;
mod hash;
mod held_back;
#[cfg(feature = "model")]
mod load;
mod manifest;
mod manifest_error;
mod sample;

pub use error::{BundleError, PeopleFault};
pub use group_limits::GroupLimits;
pub use hash::sha256_hex;
pub use held_back::{CLOSE_CALL, GroupName, HeldBack, RegionCard, RegionMoments, THESIS_TABLE_1, TableCell};
#[cfg(feature = "model")]
pub use load::{Bundle, SelfTest};
pub use manifest::*;
pub use manifest_error::{Caution, Damaged, ManifestError, ManifestFault};
pub use sample::{AgeStop, MEAN_SAMPLE, Sample};
