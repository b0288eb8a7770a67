//! Sex and head size of the evaluated people, for the group test.

use crate::cohort::{Cohort, intracranial_ml};
use crate::measures::group_test::{Confounds, Tested, test_groups};
use crate::measures::measured::Measured;
use anyhow::Result;
use std::path::Path;

/// Tests old against young among the measured people of a cohort.
///
/// # Errors
/// The cohort's table cannot be read.
pub fn test(cohort: &Cohort, folder: &Path, measured: &Measured) -> Result<Option<Tested>> {
    let sex = cohort.subjects.iter().filter_map(|subject| Some((subject.id.clone(), subject.sex.clone()?)));
    let confounds = Confounds { sex: sex.collect(), intracranial_ml: intracranial_ml(folder)?.unwrap_or_default() };
    Ok(test_groups(measured, &confounds))
}
