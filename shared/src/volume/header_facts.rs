//! What a NIfTI header says that reading needs: place, scaling and kind of the voxels, with what is doubtful about it.

use super::facts::{Facts, Storage, Stored};
use super::header::Header;
use super::{Format, Warning, spatial};

impl Header {
    /// What the header says, with what is doubtful about it.
    pub(super) fn facts(self) -> Facts {
        let (world_from_voxel, mut warnings) = spatial::world_from_voxel(&self);
        let data_offset = self.data_offset();
        if data_offset != self.vox_offset {
            warnings.push(Warning::Offset { offset: self.vox_offset, start: data_offset });
        }
        let scaling = self.scaling(&mut warnings);
        Facts {
            format: Format::Nifti,
            version: self.version,
            single_file: self.single_file,
            byte_order: self.byte_order,
            dtype: self.dtype,
            voxel_mm: self.pixdim[1..=self.dims.len()].to_vec(),
            storage: Storage::Plain,
            data_offset,
            scaling,
            stored: Stored {
                scl_slope: self.scl_slope,
                scl_inter: self.scl_inter,
                vox_offset: self.vox_offset,
                qform_code: self.qform_code,
                sform_code: self.sform_code,
            },
            world_from_voxel,
            warnings,
            description: self.description,
            dims: self.dims,
        }
    }

    /// Slope and intercept, or `None` where the header asks for no scaling or for one that changes nothing.
    fn scaling(&self, warnings: &mut Vec<Warning>) -> Option<(f64, f64)> {
        let slope = self.scl_slope;
        if slope == 0.0 || !slope.is_finite() {
            return None;
        }
        let inter = if self.scl_inter.is_finite() {
            self.scl_inter
        } else {
            warnings.push(Warning::Intercept { value: self.scl_inter });
            0.0
        };
        ((slope, inter) != (1.0, 0.0)).then_some((slope, inter))
    }
}
