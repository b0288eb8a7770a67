//! Exported models with their model card: the manifest, and loading from bytes.

#[cfg(feature = "model")]
mod load;
mod manifest;

#[cfg(feature = "model")]
pub use load::{Bundle, BundleError, SelfTest, parse_manifest, sha256_hex};
pub use manifest::*;
