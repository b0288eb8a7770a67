//! Volumes in RAS+ millimetres: reading NIfTI, MGH and NRRD, writing NIfTI, orientation, resampling to a grid.

mod affine;
mod between;
mod decode;
mod error;
mod facts;
mod fields;
mod formats;
mod gzip;
mod header;
mod header_facts;
mod mgh;
mod nifti1;
mod nifti2;
mod nrrd;
mod orientation;
mod reader;
mod resample;
mod spatial;
mod warning;
mod writer;

pub use affine::Affine;
pub use between::{between, between_or_edge};
pub use error::{DimensionsFault, GzipFault, NotNifti, NrrdFault, VolumeError};
pub use facts::{ByteOrder, Format, MAX_UNPACKED_BYTES, START_BYTES};
pub use formats::SINGLE_FILE_ENDINGS;
pub use reader::{FileStart, NiftiImage, check_start, read_nifti};
pub(crate) use resample::{WHOLE_VOXEL_TOLERANCE, value_at};
pub use resample::{resample, sample_at_centres};
use serde::{Deserialize, Serialize};
pub use warning::{LengthUnit, Warning};
pub use writer::{Space, write_nifti, write_nifti_gz, write_nifti_gz_in, write_nifti_gz_in_steps, write_nifti_in};

/// A 3-D image in RAS+ order.
///
/// `data` holds `shape[0] * shape[1] * shape[2]` values, x (left to right) running fastest, then y
/// (posterior to anterior), then z (inferior to superior): exactly a row-major `[z, y, x]` array.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// Number of voxels along x, y, z.
    pub shape: [usize; 3],
    /// Scaled values, x fastest.
    pub data: Vec<f32>,
    /// Voxel indices to RAS+ millimetres (MNI millimetres where the image is registered).
    pub world_from_voxel: Affine,
}

impl Volume {
    /// A volume of `shape` voxels. `data`: one value each, x fastest.
    pub fn new(shape: [usize; 3], data: Vec<f32>, world_from_voxel: Affine) -> Self {
        Volume { shape, data, world_from_voxel }
    }

    /// Other values on the same grid.
    pub fn with_data(&self, data: Vec<f32>) -> Self {
        Volume::new(self.shape, data, self.world_from_voxel)
    }

    /// Whether there are voxels, as many as the shape says, and an affine that can be inverted.
    pub(crate) fn is_sound(&self) -> bool {
        let voxels = self.shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
        voxels == Some(self.data.len()) && !self.data.is_empty() && self.world_from_voxel.inverse().is_some()
    }
}

/// Shape and affine a model works on. A *slab* is a grid of few axial slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Number of voxels along x, y, z.
    pub shape: [usize; 3],
    /// Voxel indices to MNI152 millimetres (RAS+).
    pub mni_from_voxel: Affine,
}

impl Grid {
    /// A volume on this grid.
    pub fn volume(&self, data: Vec<f32>) -> Volume {
        Volume::new(self.shape, data, self.mni_from_voxel)
    }

    /// Number of voxels.
    pub fn voxel_count(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Index of the first voxel, x fastest, of every line along an axis of a volume of so many voxels.
pub fn line_starts(shape: [usize; 3], axis: usize) -> impl Iterator<Item = usize> {
    let inner: usize = shape[..axis].iter().product();
    let outer: usize = shape[axis + 1..].iter().product();
    (0..outer).flat_map(move |block| (0..inner).map(move |offset| block * inner * shape[axis] + offset))
}
