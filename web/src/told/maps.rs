//! Why maps do not belong together.

use shared::coded;
use shared::volume::VolumeError;

/// Maps that cannot be shown. `name` is that of a file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MapsError {
    #[error(transparent)]
    Volume(#[from] VolumeError),
    #[error(
        "{name}: lies on a different grid ({found:?} voxels) from {other} ({expected:?}). Export the bundle again."
    )]
    OtherGrid { name: String, found: [usize; 3], other: String, expected: [usize; 3] },
    #[error(
        "{name}: lies on a different grid ({found:?} voxels) from the maps ({expected:?}). Export the bundle again."
    )]
    TruthOnOtherGrid { name: String, found: [usize; 3], expected: [usize; 3] },
    #[error("{name}: its orientation cannot be inverted. Export the bundle again.")]
    Orientation { name: String },
}

coded!(enum MapsError {
    OtherGrid { name, found: "{:?}", other, expected: "{:?}" } => "bundle.map.grid",
    TruthOnOtherGrid { name, found: "{:?}", expected: "{:?}" } => "bundle.map.truth",
    Orientation { name } => "bundle.map.orientation",
    ;
    Volume(VolumeError),
});
