//! Where a phantom's voxels and files lie.

use crate::cohort::phantom::config::PhantomKind;
use crate::cohort::phantom::squares;
use shared::volume::{Affine, Grid};
use std::path::{Path, PathBuf};

/// Folder of the truth in a phantom cohort.
pub const TRUTH_FOLDER: &str = "truth";

/// Corner (voxel 0, 0, 0) and extent in mm of every grid of brains: at 2 mm the usual 91 x 109 x 91.
const CORNER_MM: [f64; 3] = [-90.0, -126.0, -72.0];
const EXTENT_MM: [f64; 3] = [180.0, 216.0, 180.0];

/// The grid of phantom maps; squares have one of their own, whatever the voxel size asked for.
pub fn grid(kind: PhantomKind, spacing_mm: f64) -> Grid {
    match kind {
        PhantomKind::Brain => Grid {
            shape: EXTENT_MM.map(|extent_mm| (extent_mm / spacing_mm + 1e-9) as usize + 1),
            mni_from_voxel: Affine::from_spacing_origin([spacing_mm; 3], CORNER_MM),
        },
        PhantomKind::Squares => squares::grid(),
    }
}

/// The truth of a test subject: old minus young, the same person.
pub fn truth_path(cohort: &Path, id: &str) -> PathBuf {
    cohort.join(TRUTH_FOLDER).join(format!("{id}_desc-oldMinusYoung_GM.nii.gz"))
}

/// Ages at which the age dial is tested; whole years.
pub const DIAL_AGES_YEARS: [u32; 7] = [25, 35, 45, 55, 65, 75, 85];

/// Ages for which there is a truth: these, and those between at which a page stops the dial.
pub const TRUTH_AGES_YEARS: [u32; 14] = [20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85];

/// What age changes in a test subject from its own age to another one, one of [`TRUTH_AGES_YEARS`].
pub fn age_truth_path(cohort: &Path, id: &str, age_years: u32) -> PathBuf {
    cohort.join(TRUTH_FOLDER).join(format!("{id}_desc-at{age_years}MinusOwn_GM.nii.gz"))
}

/// Where there are two sites, the truth of a test subject's scanner: B minus A, the same person at their own age.
pub fn site_truth_path(cohort: &Path, id: &str) -> PathBuf {
    cohort.join(TRUTH_FOLDER).join(format!("{id}_desc-siteBMinusSiteA_GM.nii.gz"))
}
