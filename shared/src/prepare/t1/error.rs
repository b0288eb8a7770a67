//! Why a T1 image cannot be prepared. Every message names the file, the reason and the remedy.

use super::quality::Quality;

/// An image of which no grey-matter map can be made. `name` is the name given to the preparation.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum T1Error {
    #[error("{name}: {reason}")]
    Unsuitable { name: String, reason: String },

    #[error("{name}: the preparation failed its quality control: {}. Look at the QC picture; only T1-weighted scans of \
             a whole adult head can be used", .quality.reasons.join("; "))]
    Quality { name: String, quality: Box<Quality> },

    #[error("the preparation template is damaged: {reason}. Download it again, or make it with tools/template.py")]
    Template { reason: String },

    #[error("the preparation was cancelled")]
    Cancelled,
}
