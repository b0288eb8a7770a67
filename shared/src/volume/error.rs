//! Why a file could not be read as an image. Every message names the file, the reason and the remedy.

/// A file that cannot be used as a volume. `name` is the name given to the reader.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VolumeError {
    #[error("{name}: the file is empty. Copy or download it again")]
    Empty { name: String },

    #[error(
        "{name}: this is a DICOM file, not NIfTI. Convert the whole series to one NIfTI file first, for example with dcm2niix"
    )]
    Dicom { name: String },

    #[error("{name}: this is a text file, not an image. Use a NIfTI file (.nii, .nii.gz, or .hdr with .img)")]
    Text { name: String },

    #[error(
        "{name}: this has an Analyze 7.5 header without the NIfTI signature, so left and right are unknown. Convert \
         the original scan to NIfTI again"
    )]
    Analyze { name: String },

    #[error("{name}: this is not a NIfTI file ({reason}). Use a .nii, a .nii.gz, or a .hdr with its .img")]
    NotNifti { name: String, reason: String },

    #[error("{name}: the gzip data are damaged ({reason}). Copy or download the file again")]
    BadGzip { name: String, reason: String },

    #[error(
        "{name}: the file is cut short: {expected_bytes} bytes are needed, at most {found_bytes} are there. Copy or \
         download it again"
    )]
    Truncated { name: String, expected_bytes: u64, found_bytes: u64 },

    #[error(
        "{name}: the header field {field} is {value}, which is not possible in a NIfTI file. The file is damaged; make \
         it again from its source"
    )]
    BadHeader { name: String, field: &'static str, value: String },

    #[error(
        "{name}: the header gives the dimensions {dims:?} ({reason}). The file is damaged; make it again from its source"
    )]
    BadDimensions { name: String, dims: Vec<i64>, reason: String },

    #[error(
        "{name}: the data type code {code} is not one of NIfTI's. The file is damaged; make it again from its source"
    )]
    UnknownDataType { name: String, code: i64 },

    #[error(
        "{name}: voxels of type {dtype} hold more than one plain number. Save the image with one real value per voxel \
         (for example float32)"
    )]
    UnsupportedDataType { name: String, dtype: &'static str },

    #[error(
        "{name}: the image would need {needed_bytes} bytes of memory, but the limit is {limit_bytes}. Crop it or \
         resample it to a coarser grid"
    )]
    TooLarge { name: String, needed_bytes: u64, limit_bytes: u64 },

    #[error("{name}: this is only the header of a .hdr/.img pair. Add the .img file of the same name")]
    MissingImage { name: String },

    #[error(
        "{name}: a single 3-D volume is needed, but the image has the dimensions {dims:?}. Extract one volume first (for example with fslroi)"
    )]
    NotThreeDimensional { name: String, dims: Vec<usize> },

    #[error(
        "{name}: the header gives voxels of {} mm, which no head scan has. The unit or the size in the header is \
         wrong: correct it (pixdim, sform and xyzt_units), or convert the original scan again", sides(.voxel_mm)
    )]
    VoxelSize { name: String, voxel_mm: [f64; 3] },

    #[error(
        "{name}: {count} voxels are NaN or infinite. Replace them (for example with 0, using fslmaths -nan) and save \
         the image again"
    )]
    NotFinite { name: String, count: usize },
}

/// Sizes to three significant digits: `0.003 x 0.003 x 0.003`.
fn sides(voxel_mm: &[f64; 3]) -> String {
    let side = |value: f64| {
        if !(1e-6..1e7).contains(&value) {
            return format!("{value:.0e}");
        }
        let digits = (2.0 - value.log10().floor()).max(0.0) as usize;
        let text = format!("{value:.digits$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    voxel_mm.map(side).join(" x ")
}
