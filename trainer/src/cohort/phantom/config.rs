//! Settings of a phantom cohort.

use crate::cohort::GroupLimits;
use crate::cohort::phantom::course::Course;
use serde::Serialize;

/// Settings of a phantom cohort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhantomConfig {
    /// Young and as many old subjects.
    pub subjects_per_group: usize,
    /// Any number; another one gives other people.
    pub seed: u64,
    /// Voxel size in mm, 2 to 8; squares have a size of their own.
    pub spacing_mm: f64,
    /// Times the published rates: 1 as published, 0 a cohort without any effect of age. Squares: times their height.
    pub effect: f64,
    /// Correlation (phi) of site and group, 0..=0.9; None: one site, no column `site`, no site effect.
    pub site_correlation: Option<f64>,
    /// Group and age of the training subjects dealt out anew: labels that mean nothing.
    pub permute_labels: bool,
    /// Brain or squares.
    pub kind: PhantomKind,
    /// How ageing goes on; squares do not age.
    pub course: Course,
    /// Whether test subjects are also made at each of [`crate::cohort::phantom::TRUTH_AGES_YEARS`].
    pub all_ages: bool,
    /// Ages of the young and the old.
    pub groups: GroupLimits,
}

impl Default for PhantomConfig {
    fn default() -> Self {
        PhantomConfig {
            subjects_per_group: 40,
            seed: 1,
            spacing_mm: 4.0,
            effect: 1.0,
            site_correlation: None,
            permute_labels: false,
            kind: PhantomKind::Brain,
            course: Course::Linear,
            all_ages: false,
            groups: GroupLimits::PUBLISHED,
        }
    }
}

/// What the maps show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum PhantomKind {
    /// Brains that age.
    Brain,
    /// Squares on noise, one slice: the toy data of VA-GAN (Baumgartner et al. 2018).
    Squares,
}
