//! What is said of a cohort as a whole.

use crate::cohort::GroupLimits;
use serde_json::Value;
use std::path::Path;

/// What is said of a cohort as a whole.
pub(super) struct About<'a> {
    /// Of the source.
    pub(super) source: &'a Path,
    pub(super) name: &'a str,
    pub(super) how_made: &'a str,
    pub(super) groups: GroupLimits,
    /// Further fields of the description: licence, acknowledgement, our own.
    pub(super) fields: &'a Value,
}
