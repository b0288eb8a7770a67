//! Why the engine could not do what it was asked, and what it finds doubtful.

use super::site::SiteError;
use crate::origin::FolderError;
use shared::bundle::{BundleError, ManifestError};
use shared::coded;
use shared::explain::ExplainError;
use shared::prepare::PrepareError;
use shared::prepare::t1::{T1Error, TemplateFault};
use shared::volume::{VolumeError, Warning};

/// A request that failed. `name` is the file's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EngineError {
    #[error("No model was chosen. Choose one and try again.")]
    NoModel,
    #[error("{name}: could not be read. It may have been moved or changed in the meantime; choose it again.")]
    Unreadable { name: String },
    #[error("{name}: arrived incomplete. Choose it again.")]
    Incomplete { name: String },
    #[error("manifest.json: asks for {total} bytes, more than a page can hold. Export a smaller model.")]
    BundleTooLarge { total: u64 },
    #[error(
        "{name}: this is a raw T1 image, and this page prepares such images as `{own}`; the model `{model}` was trained on \
         maps of `{other}` and would take the difference for age. Choose another model, or open a grey-matter map \
         prepared as the model’s were."
    )]
    OtherModel { name: String, own: String, model: String, other: String },
    #[error(
        "{name}: this is a raw T1 image, and only a grey-matter map can be checked. Run “Explain this image” first, then \
         check the map that its preparation gives."
    )]
    NotChecked { name: String },
    #[error("The standard brain is incomplete. Reload the page.")]
    TemplateIncomplete,
    #[error(
        "The standard brain that raw T1 images are aligned with is damaged: {reason}. Reload the page; if that does not \
         help, files may be missing from the site."
    )]
    TemplateDamaged { reason: TemplateFault },
    #[error(
        "the self-test differs from the reference result by {difference:.1e} ({allowed:.0e} is allowed), so this device \
         cannot be trusted"
    )]
    SelfTest { difference: f32, allowed: f32 },
    #[error("{name}: {reason}")]
    OfImage { name: String, reason: ExplainError },
    #[error("The page asked for something this engine does not know. Reload the page.")]
    UnknownRequest,
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Volume(#[from] VolumeError),
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    #[error(transparent)]
    T1(#[from] T1Error),
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

coded!(enum EngineError {
    NoModel {} => "bundle.none",
    Unreadable { name } => "file.unreadable",
    Incomplete { name } => "file.incomplete",
    BundleTooLarge { total } => "bundle.manifest.too_large",
    OtherModel { name, own, model, other } => "t1.other_model",
    NotChecked { name } => "t1.not_checked",
    TemplateIncomplete {} => "t1.template.incomplete",
    TemplateDamaged { reason: TemplateFault } => "site.damaged_template",
    SelfTest { difference: "{:.1e}", allowed: "{:.0e}" } => "device.self_test",
    OfImage { name, reason: ExplainError } => "explain.of_image",
    UnknownRequest {} => "page.unknown_request",
    ;
    Site(SiteError),
    Folder(FolderError),
    Volume(VolumeError),
    Prepare(PrepareError),
    T1(T1Error),
    Manifest(ManifestError),
    Bundle(BundleError),
});

impl From<ExplainError> for EngineError {
    fn from(error: ExplainError) -> Self {
        BundleError::from(error).into()
    }
}

/// What is doubtful about a file of the visitor's.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name}: {warning}.")]
pub struct FileWarning {
    pub name: String,
    pub warning: Warning,
}

coded!(struct FileWarning { name, warning: Warning } => "warning.of_file");

/// Why the engine's program broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Crash {
    /// In words of the program, or of the browser.
    #[error("{detail}")]
    Panic { detail: String },
    #[error("an unknown reason")]
    Unknown,
}

coded!(enum Crash {
    Panic { detail } => "page.crash",
    Unknown {} => "page.unknown_reason",
});
