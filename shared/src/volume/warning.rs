//! What is doubtful about a file that can be read all the same.

use crate::coded;

/// A doubt about a file, as a sentence without its full stop.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Warning {
    #[error("vox_offset is {offset}, inside the header; the voxels are read from byte {start} on")]
    Offset { offset: u64, start: u64 },

    #[error("scl_inter is {value}; 0 is used")]
    Intercept { value: f64 },

    #[error("{bytes} bytes after the end of the gzip data are not part of it and are ignored")]
    AfterGzip { bytes: usize },

    #[error("neither sform nor qform is set: orientation and position are guessed, and left and right may be swapped")]
    NoForm,

    #[error(
        "the header of this MGH file gives no orientation (goodRASFlag): that of FreeSurfer's files is assumed, and left and \
         right may be swapped"
    )]
    NoRas,

    #[error(
        "the header of this NRRD file does not say where right, front and top are (space, space directions): orientation and \
         position are guessed, and left and right may be swapped"
    )]
    NoSpace,

    /// `form`: `sform`, `qform`, `vox2ras` or `space directions`, as its format calls it.
    #[error("{form} is set but cannot be inverted, so it is ignored")]
    BadForm { form: &'static str },

    #[error(
        "the header gives lengths in {unit}, but the {form} makes sense only in millimetres, so millimetres are used"
    )]
    Units { unit: LengthUnit, form: &'static str },

    #[error("sform and qform disagree by up to {distance_mm:.1} mm; the sform is used")]
    FormsDisagree { distance_mm: f64 },

    #[error(
        "values exceed 1, as in modulated maps; they are clipped to 0 to 1, the range that the models were trained on"
    )]
    Modulated,
}

coded!(enum Warning {
    Offset { offset, start } => "warning.offset",
    Intercept { value } => "warning.intercept",
    AfterGzip { bytes } => "warning.after_gzip",
    NoForm {} => "warning.no_form",
    NoRas {} => "warning.no_ras",
    NoSpace {} => "warning.no_space",
    BadForm { form } => "warning.bad_form",
    Units { unit: LengthUnit, form } => "warning.units",
    FormsDisagree { distance_mm: "{:.1}" } => "warning.forms_disagree",
    Modulated {} => "warning.modulated",
});

/// The unit of length that a header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthUnit {
    #[error("metres")]
    Metres,
    #[error("millimetres")]
    Millimetres,
    #[error("micrometres")]
    Micrometres,
}

coded!(enum LengthUnit {
    Metres {} => "unit.metres",
    Millimetres {} => "unit.millimetres",
    Micrometres {} => "unit.micrometres",
});

impl LengthUnit {
    pub(super) fn in_mm(self) -> f64 {
        match self {
            LengthUnit::Metres => 1000.0,
            LengthUnit::Millimetres => 1.0,
            LengthUnit::Micrometres => 0.001,
        }
    }
}
