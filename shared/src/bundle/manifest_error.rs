//! Why a manifest cannot be read, why a file is not the one it names, and what must be said beside a verdict.

use crate::coded;
use crate::network_fault::ModelsFault;

/// A manifest that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("manifest.json: {reason}; export the bundle again with this version")]
pub struct ManifestError {
    pub reason: ManifestFault,
}

coded!(struct ManifestError { reason: ManifestFault } => "bundle.manifest");

/// What is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestFault {
    /// In words of the library that reads JSON.
    #[error("{detail}")]
    Unreadable { detail: String },
    #[error("version {found}, but at most version {wanted} can be read")]
    Version { found: u32, wanted: u32 },
    #[error("its grid is empty, too large or flat")]
    Grid,
    #[error("the step between the values of its maps is not valid")]
    Step,
    #[error("the ages that bound its groups are not valid")]
    Groups,
    #[error("the age range of its dial is not valid")]
    Dial,
    #[error("its files have {bytes} bytes, but at most {limit} are allowed")]
    Bytes { bytes: u64, limit: u64 },
    #[error("the path {path} points outside the bundle")]
    Path { path: String },
    #[error("it has no reference output to test a device with")]
    Reference,
    #[error(transparent)]
    Models(#[from] ModelsFault),
}

coded!(enum ManifestFault {
    Unreadable { detail } => "bundle.manifest.unreadable",
    Version { found, wanted } => "bundle.manifest.version",
    Grid {} => "bundle.manifest.grid",
    Step {} => "bundle.manifest.step",
    Groups {} => "bundle.manifest.groups",
    Dial {} => "bundle.manifest.dial",
    Bytes { bytes, limit } => "bundle.manifest.bytes",
    Path { path } => "bundle.manifest.path",
    Reference {} => "bundle.manifest.reference",
    ;
    Models(ModelsFault),
});

impl From<ManifestFault> for ManifestError {
    fn from(reason: ManifestFault) -> Self {
        ManifestError { reason }
    }
}

impl ManifestError {
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        ManifestFault::Unreadable { detail: error.to_string() }.into()
    }
}

/// A file of a bundle that is not what its manifest says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: damaged (SHA-256 {found} instead of {expected}); download the bundle again")]
pub struct Damaged {
    pub path: String,
    pub found: String,
    pub expected: String,
}

coded!(struct Damaged { path, found, expected } => "bundle.damaged");

/// Why a verdict may be wrong, to be read beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Caution {
    #[error("This image is a synthetic phantom, but the model was trained on people: its verdict means nothing here")]
    Phantom,
    #[error(
        "This model was trained on maps made in a different way from this scan’s map, and may mistake that difference \
         for age. Do not rely on its verdict here"
    )]
    OtherMaps,
}

coded!(enum Caution {
    Phantom {} => "caution.phantom",
    OtherMaps {} => "caution.other_maps",
});
