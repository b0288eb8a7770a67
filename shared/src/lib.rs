//! What the trainer and the page have in common, compiled natively and to WebAssembly.
//!
//! Data flows one way: `volume → prepare → model → explain → bundle`. Nothing here opens a file or
//! blocks on a device: bytes come in, bytes and numbers go out.
//! Without the feature `model` only the parts that need no tensors are compiled (the page's thread uses those).

#![warn(clippy::unwrap_used)]

#[cfg(test)]
mod at_once;
pub mod bundle;
mod correlation;
pub mod explain;
#[cfg(feature = "heads")]
pub mod heads;
#[cfg(feature = "model")]
pub mod model;
mod network_fault;
pub mod prepare;
mod threads;
pub mod told;
pub mod volume;
mod weights_error;

pub use network_fault::{ModelsFault, NetworkFault};
pub use weights_error::WeightsError;
