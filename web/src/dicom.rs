//! DICOM files that a visitor brings: which series they hold, which is opened, and what is said of them.

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::coded;

/// What the converter made of the files.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Converted {
    /// Why it made nothing of them, where it did not.
    pub error: Option<Remark>,
    /// The likeliest T1 image first.
    #[serde(default)]
    pub series: Vec<Series>,
}

/// One volume of a series.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Series {
    /// A file name made of the series' number and description.
    pub name: String,
    /// Voxels along each axis.
    pub shape: Vec<usize>,
    pub spacing_mm: Vec<f64>,
    pub warnings: Vec<Remark>,
}

/// Something that the converter noticed, or why it failed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Remark {
    pub code: String,
    #[serde(default)]
    pub values: Map<String, Value>,
    /// The volume is of no use to a model.
    #[serde(default)]
    pub serious: bool,
}

impl Series {
    /// Name, voxels and their size, for a list: "3_T1_MPRAGE · 256 × 256 × 176 · 1.0 × 1.0 × 1.0 mm".
    pub fn in_words(&self) -> String {
        let stem = self.name.strip_suffix(".nii").unwrap_or(&self.name);
        let shape: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        let spacing: Vec<String> = self.spacing_mm.iter().map(|mm| format!("{mm:.1}")).collect();
        format!("{stem} · {} · {} mm", shape.join(" × "), spacing.join(" × "))
    }

    /// Why it cannot be explained, where it cannot.
    pub fn fault(&self) -> Option<DicomFault> {
        self.warnings.iter().find(|remark| remark.serious).map(|remark| remark.told(&self.name))
    }

    /// What is worth knowing of it all the same.
    pub fn notes(&self) -> impl Iterator<Item = DicomFault> + '_ {
        self.warnings.iter().filter(|remark| !remark.serious).map(|remark| remark.told(&self.name))
    }
}

/// Why DICOM files give no image, and what to know of one that they give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DicomFault {
    #[error("None of these files holds an image ({files} looked at). Choose the folder or the zip of the scan.")]
    None { files: String },
    #[error("{name}: this zip cannot be unpacked. Unpack it yourself, and choose the folder.")]
    Zip { name: String },
    #[error("{name}: unpacked, this would be {megabytes} MB; the limit is {limit} MB. Choose the T1 series alone.")]
    Bomb { name: String, megabytes: String, limit: String },
    #[error("{files} files are more than this page can read ({limit}). Choose the folder of the T1 series.")]
    TooMany { files: String, limit: String },
    #[error("{name}: the file is cut short. Copy the scan from its disc or archive again.")]
    CutFile { name: String },
    #[error("The files could not be converted ({detail}). Convert them with dcm2niix, and open the .nii file.")]
    Failed { detail: String },
    #[error("The converter could not be loaded. Check the connection and try again.")]
    Load,
    #[error(
        "{name}: slices are missing ({found} of {expected} are there), so the head would be too short. Export the series \
         again, as a whole."
    )]
    MissingSlices { name: String, found: String, expected: String },
    #[error("{name}: its slices are unevenly spaced. Choose another series of the same scan.")]
    UnevenSlices { name: String },
    #[error("{name}: {volumes} volumes, as in a time series. Choose a single T1-weighted volume.")]
    FourDimensional { name: String, volumes: String },
    #[error("{name}: too few slices ({slices}). Choose a T1-weighted series of the whole head.")]
    FewSlices { name: String, slices: String },
    #[error("{name}: a localiser, used only to position the scan. Choose a T1-weighted series of the whole head.")]
    Localiser { name: String },
    #[error("{name}: an image of modality {modality}, not MR. Choose a T1-weighted MR series.")]
    NotMr { name: String, modality: String },
    #[error("{name}: {megabytes} MB is more than this page can read. Choose one 3-D series.")]
    TooLarge { name: String, megabytes: String },
    #[error("{name}: {slices} slices appear twice; each is used once.")]
    DuplicateSlices { name: String, slices: String },
    #[error("{name}: {found} of {expected} images are there; an end of the head may be missing.")]
    CutShort { name: String, found: String, expected: String },
    #[error("{name}: the series mixes {stacks} kinds of images; they were separated.")]
    Mixed { name: String, stacks: String },
    #[error("{name}: the converter had problems with some of the files. Check the image carefully.")]
    Partly { name: String },
}

coded!(enum DicomFault {
    None { files } => "dicom.none",
    Zip { name } => "dicom.zip",
    Bomb { name, megabytes, limit } => "dicom.bomb",
    TooMany { files, limit } => "dicom.too_many",
    CutFile { name } => "dicom.cut_file",
    Failed { detail } => "dicom.failed",
    Load {} => "dicom.load",
    MissingSlices { name, found, expected } => "dicom.missing_slices",
    UnevenSlices { name } => "dicom.uneven_slices",
    FourDimensional { name, volumes } => "dicom.four_dimensional",
    FewSlices { name, slices } => "dicom.few_slices",
    Localiser { name } => "dicom.localiser",
    NotMr { name, modality } => "dicom.not_mr",
    TooLarge { name, megabytes } => "dicom.too_large",
    DuplicateSlices { name, slices } => "dicom.duplicate_slices",
    CutShort { name, found, expected } => "dicom.cut_short",
    Mixed { name, stacks } => "dicom.mixed_series",
    Partly { name } => "dicom.partly",
});

impl Remark {
    /// As a sentence of every language; `name` is that of the series, where it speaks of one.
    pub fn told(&self, name: &str) -> DicomFault {
        let value = |key: &str| match self.values.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.as_f64().map_or_else(String::new, whole),
            _ => "?".to_owned(),
        };
        let name = name.to_owned();
        match self.code.as_str() {
            "dicom.none" => DicomFault::None { files: value("files") },
            "dicom.zip" => DicomFault::Zip { name: value("file") },
            "dicom.bomb" => DicomFault::Bomb {
                name: value("file"),
                megabytes: value("unpacked_megabytes"),
                limit: value("limit_megabytes"),
            },
            "dicom.too_many" => DicomFault::TooMany { files: value("files"), limit: value("limit") },
            "dicom.cut_file" => DicomFault::CutFile { name: value("file") },
            "dicom.load" => DicomFault::Load,
            "dicom.missing_slices" => {
                DicomFault::MissingSlices { name, found: value("found"), expected: value("expected") }
            }
            "dicom.uneven_slices" => DicomFault::UnevenSlices { name },
            "dicom.four_dimensional" => DicomFault::FourDimensional { name, volumes: value("volumes") },
            "dicom.few_slices" => DicomFault::FewSlices { name, slices: value("slices") },
            "dicom.localiser" => DicomFault::Localiser { name },
            "dicom.not_mr" => DicomFault::NotMr { name, modality: value("modality") },
            "dicom.too_large" => DicomFault::TooLarge { name, megabytes: value("megabytes") },
            "dicom.duplicate_slices" => DicomFault::DuplicateSlices { name, slices: value("slices") },
            "dicom.cut_short" => DicomFault::CutShort { name, found: value("found"), expected: value("expected") },
            "dicom.mixed_series" => DicomFault::Mixed { name, stacks: value("stacks") },
            "dicom.partly" => DicomFault::Partly { name },
            other => DicomFault::Failed { detail: other.to_owned() },
        }
    }
}

/// A number of things or megabytes; halves of either help nobody.
fn whole(number: f64) -> String {
    format!("{number:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVERTED: &str = r#"{"series": [
        {"name": "3_T1_MPRAGE.nii", "description": "T1", "modality": "MR", "shape": [256, 256, 176],
         "spacing_mm": [1, 1, 1.04], "warnings": [{"code": "dicom.duplicate_slices", "values": {"slices": 2}, "serious": false}],
         "likely_t1": true},
        {"name": "1_loc.nii", "description": "", "modality": "MR", "shape": [256, 256, 3], "spacing_mm": [1, 1, 10],
         "warnings": [{"code": "dicom.localiser", "values": {}, "serious": true}], "likely_t1": false}],
        "failed": [], "left_out": 1}"#;

    #[test]
    fn series_are_told_and_unfit_ones_give_their_reason() {
        let converted: Converted = serde_json::from_str(CONVERTED).unwrap();
        let [t1, localiser] = &converted.series[..] else { panic!("{converted:?}") };
        assert_eq!(t1.in_words(), "3_T1_MPRAGE · 256 × 256 × 176 · 1.0 × 1.0 × 1.0 mm");
        assert_eq!(t1.fault(), None);
        assert_eq!(
            t1.notes().next().unwrap().to_string(),
            "3_T1_MPRAGE.nii: 2 slices appear twice; each is used once."
        );
        assert!(localiser.fault().unwrap().to_string().starts_with("1_loc.nii: a localiser"));
    }

    #[test]
    fn faults_of_files_name_them_and_unknown_ones_stay_readable() {
        let told = |text: &str| serde_json::from_str::<Remark>(text).unwrap().told("").to_string();
        assert!(
            told(r#"{"code": "dicom.zip", "values": {"file": "a.zip", "reason": "locked"}}"#).starts_with("a.zip:")
        );
        let bomb = r#"{"code": "dicom.bomb", "values": {"file": "b.zip", "unpacked_megabytes": 5000.4, "limit_megabytes": 2000}}"#;
        assert!(told(bomb).contains("5000 MB; the limit is 2000 MB"), "{}", told(bomb));
        assert!(told(r#"{"code": "dicom.new"}"#).contains("(dicom.new)"));
    }
}
