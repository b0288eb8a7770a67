//! Exported models with their model card: the manifest, and loading from bytes.

mod held_back;
#[cfg(feature = "model")]
mod load;
mod manifest;

pub use held_back::{GroupName, HeldBack, RegionCard, RegionMoments, TableCell};
#[cfg(feature = "model")]
pub use load::{Bundle, BundleError, SelfTest, parse_manifest, sha256_hex};
pub use manifest::*;
