//! Sentences of library, worker and page that cross as values: errors, warnings, reasons, notes.
//!
//! A [`Sentence`] is made of one of the types listed here only, and `complete.rs` compares their codes with the texts of every
//! language when the program is built: none lacks a text, and none has one too many.

mod complete;
pub mod device;
pub mod engine;
pub mod maps;
pub mod site;
#[cfg(test)]
mod tests;
pub mod texts;
pub mod thrown;

use crate::dicom::DicomFault;
use crate::inputs::ChoiceError;
use crate::origin::FolderError;
use device::DeviceNote;
use engine::{Crash, EngineError, FileWarning};
use maps::MapsError;
use serde::{Deserialize, Serialize};
use shared::bundle::{Caution, Damaged, ManifestError};
use shared::explain::AtlasError;
use shared::prepare::t1::{Aspect, Failure, Meaning};
use shared::told::{Coded, Codes, Told};
use site::{CardError, SiteError};
use thrown::Thrown;

/// A sentence that every language has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sentence(Told);

impl Sentence {
    pub fn told(&self) -> &Told {
        &self.0
    }
}

macro_rules! sentences {
    ($($kind:ty),* $(,)?) => {
        $(
            impl From<$kind> for Sentence {
                fn from(said: $kind) -> Self {
                    Sentence(said.told())
                }
            }
        )*

        /// Codes of all that can be said.
        const CODES: &[&Codes] = &[$(&<$kind as Coded>::CODES),*];
    };
}

sentences!(
    Aspect,
    AtlasError,
    CardError,
    Caution,
    ChoiceError,
    Crash,
    Damaged,
    DeviceNote,
    DicomFault,
    EngineError,
    Failure,
    FileWarning,
    FolderError,
    ManifestError,
    MapsError,
    Meaning,
    SiteError,
    Thrown,
);
