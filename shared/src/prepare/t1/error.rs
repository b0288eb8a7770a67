//! Why a T1 image cannot be prepared. Every message names the file, the reason and the remedy.

use super::failure::{Failure, failures};
use super::quality::Quality;
use crate::coded;
use crate::told::{Code, Coded, Codes, Told, Value};
use crate::volume::VolumeError;

/// An image of which no grey-matter map can be made. `name` is the name given to the preparation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum T1Error {
    #[error("{name}: {reason}")]
    Unsuitable { name: String, reason: Unsuitable },

    #[error("{name}: the preparation failed its quality control: {}. Look at the QC picture; only T1-weighted scans of \
             a whole adult head can be used", .quality.reasons.join("; "))]
    Quality { name: String, quality: Box<Quality> },

    #[error("the preparation template is damaged: {reason}. Download it again, or make it with tools/template.py")]
    Template { reason: TemplateFault },

    #[error("the preparation was cancelled")]
    Cancelled,
}

/// By hand: the reasons in a quality are English, as its file has them, and are told from its measures.
impl Coded for T1Error {
    const CODES: Codes = Codes {
        own: &[
            Code { name: "t1.unsuitable", places: &["name", "reason"] },
            Code { name: "t1.quality", places: &["name", "reasons"] },
            Code { name: "t1.template", places: &["reason"] },
            Code { name: "t1.cancelled", places: &[] },
        ],
        inner: &[&[&Unsuitable::CODES, &Failure::CODES, &TemplateFault::CODES]],
    };

    fn told(&self) -> Told {
        let name = |name: &String| ("name".to_owned(), Value::Text(name.clone()));
        let (code, values) = match self {
            T1Error::Unsuitable { name: of, reason } => {
                ("t1.unsuitable", vec![name(of), ("reason".to_owned(), Value::Told(reason.told()))])
            }
            T1Error::Quality { name: of, quality } => {
                let reasons = failures(&quality.measures).iter().map(Coded::told).collect();
                ("t1.quality", vec![name(of), ("reasons".to_owned(), Value::List(reasons))])
            }
            T1Error::Template { reason } => ("t1.template", vec![("reason".to_owned(), Value::Told(reason.told()))]),
            T1Error::Cancelled => ("t1.cancelled", Vec::new()),
        };
        Told { code: code.to_owned(), english: self.to_string(), values }
    }
}

/// Why an image is plainly no T1 scan of a head.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unsuitable {
    #[error("the voxels do not fit the shape, or the affine cannot be inverted. Write the image again from its source")]
    Damaged,

    #[error(
        "{count} voxels are NaN or infinite. Replace them (for example with 0, using fslmaths -nan) and save the \
         image again"
    )]
    NotFinite { count: usize },

    #[error("every voxel is {value}, so the image is empty. Check the step that made it")]
    Constant { value: f32 },

    #[error(
        "the voxels are {length_mm:.1} mm long, too coarse to see the cortex ({limit_mm} mm at most). Use a 3-D T1 scan"
    )]
    Coarse { length_mm: f64, limit_mm: f64 },

    #[error(
        "the voxels are {length_mm:.4} mm long; those of brain scans are {limit_mm} mm or more. Correct the voxel size \
         in the header"
    )]
    Fine { length_mm: f64, limit_mm: f64 },

    #[error(
        "the image is {extent_mm:.0} mm long along one axis; a scan of a whole brain is {low_mm} to {high_mm} mm long. \
         Use a scan of the whole head, with its voxel size in the header"
    )]
    Extent { extent_mm: f64, low_mm: f64, high_mm: f64 },

    /// Of slices that do not look like the standard brain at their place.
    #[error(
        "the image is {extent_mm:.0} mm long along one axis; a scan of a whole brain is {low_mm} to {high_mm} mm long. \
         Use a scan of the whole head, with its voxel size in the header. A few slices of a brain can be prepared only if \
         they are in MNI152 space already, and these are not"
    )]
    MisplacedSlab { extent_mm: f64, low_mm: f64, high_mm: f64 },

    #[error(
        "the image consists of flat patches: a label map, a mask or a segmentation. Use the T1-weighted scan itself"
    )]
    Flat,

    #[error(
        "neighbouring voxels are unrelated (correlation {correlation:.2}; in a head it is above {limit}): this is noise. \
         Use a T1-weighted scan of a head"
    )]
    Noise { correlation: f64, limit: f64 },

    #[error("no brain was found where it should be. Use a T1-weighted scan of a whole head")]
    NoBrain,
}

coded!(enum Unsuitable {
    Damaged {} => "t1.damaged",
    NotFinite { count } => "t1.not_finite",
    Constant { value } => "t1.constant",
    Coarse { length_mm: "{:.1}", limit_mm } => "t1.coarse",
    Fine { length_mm: "{:.4}", limit_mm } => "t1.fine",
    Extent { extent_mm: "{:.0}", low_mm, high_mm } => "t1.extent",
    MisplacedSlab { extent_mm: "{:.0}", low_mm, high_mm } => "t1.extent.slab",
    Flat {} => "t1.flat",
    Noise { correlation: "{:.2}", limit } => "t1.noise",
    NoBrain {} => "t1.no_brain",
});

/// What is wrong with the template's files.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TemplateFault {
    #[error(transparent)]
    Volume(#[from] VolumeError),
    #[error("files are missing")]
    Files,
    #[error("the tissue maps are on different grids")]
    Grids,
    #[error("the head template does not have six tissues")]
    Heads,
    #[error("an affine cannot be inverted")]
    Affine,
}

coded!(enum TemplateFault {
    Files {} => "t1.template.files",
    Grids {} => "t1.template.grid",
    Heads {} => "t1.template.heads",
    Affine {} => "t1.template.affine",
    ;
    Volume(VolumeError),
});
