//! Why an explanation failed, and why an atlas cannot be used.

use crate::coded;
use crate::volume::VolumeError;

/// An explanation that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    #[error("the image has {found:?} voxels, but the model works on {expected:?}; fit it to the model's grid first")]
    Shape { found: [usize; 3], expected: [usize; 3] },
    #[error("results could not be read from the device ({reason})")]
    Device { reason: DeviceFault },
    #[error("the device returned values that are not numbers")]
    NotFinite,
    #[error("this model estimates no ages; choose a direction instead of an age, or a model that estimates ages")]
    NoDial,
}

coded!(enum ExplainError {
    Shape { found: "{:?}", expected: "{:?}" } => "explain.shape",
    Device { reason: DeviceFault } => "explain.device",
    NotFinite {} => "explain.not_finite",
    NoDial {} => "explain.no_dial",
});

/// Why a device gives no results.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceFault {
    #[error("an empty answer")]
    NoAnswer,
    /// In words of the library that computes.
    #[error("{detail}")]
    Other { detail: String },
}

coded!(enum DeviceFault {
    NoAnswer {} => "explain.device.empty",
    Other { detail } => "explain.device.other",
});

/// An atlas that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the atlas is damaged: {reason}. Download it again, or make it with tools/atlas.py")]
pub struct AtlasError {
    pub reason: AtlasFault,
}

coded!(struct AtlasError { reason: AtlasFault } => "atlas.damaged");

/// What is wrong with an atlas's files; `name` is that of one of them.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AtlasFault {
    #[error(transparent)]
    Volume(#[from] VolumeError),
    #[error("{name}: its affine cannot be inverted")]
    Affine { name: &'static str },
    #[error("{name}: the voxel value {value} is not a label in the table")]
    Label { name: &'static str, value: f32 },
    #[error("{name}: its columns are not label, name, readable, lobe, hemisphere")]
    Columns { name: &'static str },
    #[error("{name}: the line `{line}` does not describe a region")]
    Line { name: &'static str, line: String },
    #[error("{name}: the label {label} appears twice")]
    Twice { name: &'static str, label: u16 },
}

coded!(enum AtlasFault {
    Affine { name } => "atlas.affine",
    Label { name, value } => "atlas.label",
    Columns { name } => "atlas.columns",
    Line { name, line } => "atlas.line",
    Twice { name, label } => "atlas.twice",
    ;
    Volume(VolumeError),
});
