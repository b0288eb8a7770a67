//! Why a file could not be read as an image. Every message names the file, the reason and the remedy.

use crate::coded;

/// A file that cannot be used as a volume. `name` is the name given to the reader.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VolumeError {
    #[error("{name}: the file is empty. Copy or download it again")]
    Empty { name: String },

    #[error(
        "{name}: this is a DICOM file, not NIfTI. Convert the whole series to one NIfTI file first, for example with dcm2niix"
    )]
    Dicom { name: String },

    #[error(
        "{name}: this is a text file, not an image. Use NIfTI (.nii, .nii.gz, or .hdr with .img), .mgz, .mgh or .nrrd"
    )]
    Text { name: String },

    #[error(
        "{name}: this has an Analyze 7.5 header without the NIfTI signature, so left and right are unknown. Convert \
         the original scan to NIfTI again"
    )]
    Analyze { name: String },

    #[error(
        "{name}: this is not a NIfTI, MGH or NRRD file ({reason}). Use a .nii, .nii.gz, .mgz, .mgh or .nrrd, or a .hdr with \
         its .img"
    )]
    NotNifti { name: String, reason: NotNifti },

    #[error("{name}: the gzip data are damaged ({reason}). Copy or download the file again")]
    BadGzip { name: String, reason: GzipFault },

    #[error(
        "{name}: the file is cut short: {expected_bytes} bytes are needed, at most {found_bytes} are there. Copy or \
         download it again"
    )]
    Truncated { name: String, expected_bytes: u64, found_bytes: u64 },

    #[error(
        "{name}: the header field {field} is {value}, which is not possible. The file is damaged; make it again from its \
         source"
    )]
    BadHeader { name: String, field: &'static str, value: String },

    #[error(
        "{name}: the header gives the dimensions {dims:?} ({reason}). The file is damaged; make it again from its source"
    )]
    BadDimensions { name: String, dims: Vec<i64>, reason: DimensionsFault },

    #[error(
        "{name}: the data type code {code} is not valid for images. The file is damaged; make it again from its source"
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
         wrong: correct it (in NIfTI pixdim, sform and xyzt_units), or convert the original scan again", sides(.voxel_mm)
    )]
    VoxelSize { name: String, voxel_mm: [f64; 3] },

    #[error(
        "{name}: {count} voxels are NaN or infinite. Replace them (for example with 0, using fslmaths -nan) and save \
         the image again"
    )]
    NotFinite { name: String, count: usize },

    #[error("{name}: {reason}")]
    Nrrd { name: String, reason: NrrdFault },
}

coded!(enum VolumeError {
    Empty { name } => "nifti.empty",
    Dicom { name } => "nifti.dicom",
    Text { name } => "nifti.text",
    Analyze { name } => "nifti.analyze",
    NotNifti { name, reason: NotNifti } => "nifti.not_nifti",
    BadGzip { name, reason: GzipFault } => "nifti.gzip",
    Truncated { name, expected_bytes, found_bytes } => "nifti.truncated",
    BadHeader { name, field, value } => "nifti.header",
    BadDimensions { name, dims: "{:?}", reason: DimensionsFault } => "nifti.dimensions",
    UnknownDataType { name, code } => "nifti.type.unknown",
    UnsupportedDataType { name, dtype } => "nifti.type.unsupported",
    TooLarge { name, needed_bytes, limit_bytes } => "nifti.too_large",
    MissingImage { name } => "nifti.header_alone",
    NotThreeDimensional { name, dims: "{:?}" } => "nifti.not_3d",
    VoxelSize { name, voxel_mm: (sides(voxel_mm)) } => "nifti.voxel_size",
    NotFinite { name, count } => "nifti.not_finite",
    Nrrd { name, reason: NrrdFault } => "nrrd.unusable",
});

/// Why a file is no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNifti {
    #[error("it does not start with the header of one of them")]
    Start,
    #[error("its header has the size of NIfTI-2 but not its signature")]
    Mark,
    #[error("it was altered by a transfer in text mode")]
    TextMode,
    /// In words of the library that reads NIfTI-1.
    #[error("{detail}")]
    Header { detail: String },
}

coded!(enum NotNifti {
    Start {} => "nifti.not_nifti.start",
    Mark {} => "nifti.not_nifti.mark",
    TextMode {} => "nifti.not_nifti.text_mode",
    Header { detail } => "nifti.not_nifti.header",
});

/// What is wrong with packed data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GzipFault {
    #[error("they end early")]
    Early,
    /// In words of the library that unpacks.
    #[error("{detail}")]
    Damaged { detail: String },
}

coded!(enum GzipFault {
    Early {} => "nifti.gzip.early",
    Damaged { detail } => "nifti.gzip.damaged",
});

/// What is wrong with an image's dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DimensionsFault {
    #[error("the first number counts the dimensions and must be 1 to 7")]
    Count,
    #[error("each dimension must be at least 1")]
    Length,
}

coded!(enum DimensionsFault {
    Count {} => "nifti.dimensions.count",
    Length {} => "nifti.dimensions.length",
});

/// Why an NRRD file cannot be used, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NrrdFault {
    #[error(
        "this is the header of an NRRD image whose voxels are in another file. Save the image as one .nrrd file that holds \
         both, or as .nii.gz"
    )]
    Detached,
    #[error("this is version {version} of NRRD, of which versions 1 to 5 can be read. Save the image as .nii.gz")]
    Version { version: u16 },
    #[error(
        "the NRRD header does not end within {bytes} bytes. Copy or download the file again, or save it as .nii.gz"
    )]
    NoEnd { bytes: usize },
    #[error("the NRRD header lacks the field {field}. The file is damaged; make it again from its source")]
    Missing { field: &'static str },
    #[error("the NRRD header has the field {field} twice. The file is damaged; make it again from its source")]
    Twice { field: &'static str },
    #[error(
        "the voxels are stored with the encoding {encoding}, but only raw, gzip and text can be read. Save the image with one \
         of these, or as .nii.gz"
    )]
    Encoding { encoding: String },
    #[error(
        "the NRRD header asks to skip what lies before the voxels ({field}), which is not supported. Save the image again, so \
         that the voxels follow the header, or as .nii.gz"
    )]
    Skip { field: &'static str },
    #[error(
        "this NRRD file is compressed with gzip, and so are the voxels in it. Decompress the file once, for example with gunzip"
    )]
    PackedTwice,
    #[error(
        "the voxels are stored as text, but not all of them are numbers. The file is damaged; make it again from its source"
    )]
    NoNumber,
}

coded!(enum NrrdFault {
    Detached {} => "nrrd.detached",
    Version { version } => "nrrd.version",
    NoEnd { bytes } => "nrrd.no_end",
    Missing { field } => "nrrd.missing",
    Twice { field } => "nrrd.twice",
    Encoding { encoding } => "nrrd.encoding",
    Skip { field } => "nrrd.skip",
    PackedTwice {} => "nrrd.packed_twice",
    NoNumber {} => "nrrd.no_number",
});

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
