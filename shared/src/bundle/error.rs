//! Why a bundle cannot be used. Every message names the file, the reason and the remedy.

use super::manifest_error::{Damaged, ManifestError};
use crate::coded;
use crate::explain::ExplainError;
use crate::volume::VolumeError;
use crate::weights_error::WeightsError;

/// A bundle that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BundleError {
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error("manifest.json names no file for `{role}`; export the bundle again")]
    MissingRole { role: String },
    #[error("{path}: not among the bundle's files; copy the whole folder")]
    MissingFile { path: String },
    #[error(transparent)]
    Damaged(#[from] Damaged),
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    Volume(#[from] VolumeError),
    #[error("{path}: has {found:?} voxels instead of the grid's {expected:?}; export the bundle again")]
    Shape { path: String, found: [usize; 3], expected: [usize; 3] },
    #[error("{path}: the data about the training images cannot be used ({reason}); export the bundle again")]
    Familiar { path: String, reason: PeopleFault },
    #[error("{path}: the data for estimating ages cannot be used ({reason}); export the bundle again")]
    Ageing { path: String, reason: PeopleFault },
    #[error("{path}: the data about grey values cannot be used ({reason}); export the bundle again")]
    GreyValues { path: String, reason: PeopleFault },
    #[error("{path}: lies {away_mm:.1} mm away from the grid; export the bundle again")]
    Place { path: String, away_mm: f64 },
    #[error(transparent)]
    Explain(#[from] ExplainError),
}

coded!(enum BundleError {
    MissingRole { role } => "bundle.manifest.role",
    MissingFile { path } => "bundle.missing_file",
    Shape { path, found: "{:?}", expected: "{:?}" } => "bundle.shape",
    Familiar { path, reason: PeopleFault } => "bundle.familiar",
    Ageing { path, reason: PeopleFault } => "bundle.ageing",
    GreyValues { path, reason: PeopleFault } => "bundle.grey_values",
    Place { path, away_mm: "{:.1}" } => "bundle.place",
    ;
    Manifest(ManifestError),
    Damaged(Damaged),
    Weights(WeightsError),
    Volume(VolumeError),
    Explain(ExplainError),
});

/// What is wrong with a file about the people that a model learned from, or about how old they look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeopleFault {
    #[error("its parts do not fit together")]
    Parts,
    /// In words of the library that reads JSON.
    #[error("{detail}")]
    Unreadable { detail: String },
}

coded!(enum PeopleFault {
    Parts {} => "bundle.familiar.parts",
    Unreadable { detail } => "bundle.familiar.unreadable",
});
