//! Two scanners: what the one adds to every map, whoever lies in it. Their difference is known exactly, as ageing is.
//!
//! Sizes are a choice of ours, of the order of what is left between scanners after a common preparation: large enough
//! for a classifier to tell the scanners apart, smaller than forty years of ageing.

use crate::cohort::phantom::group::AgeGroup;
use crate::cohort::phantom::template::Template;

/// Gain of scanner B relative to A.
const GAIN_B: f64 = 0.96;

/// Fixed pattern of scanner B: gain at the front of the brain, and as much loss at its back.
const PATTERN_B: f64 = 0.04;

/// Middle and half the length of the pattern, MNI mm along y (back to front): the brain reaches from -108 to 74 mm.
const PATTERN_MIDDLE_MM: f64 = -17.0;
const PATTERN_HALF_LENGTH_MM: f64 = 91.0;

/// How much larger scanner B's Gaussian smoothing is (sigma).
const MORE_SMOOTHING_B_MM: f64 = 0.5;

/// What a scanner adds.
pub(super) struct Scanner {
    /// Name of the site in the table of subjects.
    pub(super) site: &'static str,
    /// For each brain voxel of the template: factor on the signal.
    pub(super) gain: Vec<f32>,
    /// Added to the sigma of the smoothing.
    pub(super) more_smoothing_mm: f64,
}

impl Scanner {
    /// The scanner of cohorts with one site: changes nothing.
    pub(super) fn a(template: &Template) -> Self {
        Scanner { site: "A", gain: vec![1.0; template.brain.len()], more_smoothing_mm: 0.0 }
    }

    /// The other one: darker, brighter in front than behind, blurred.
    pub(super) fn b(template: &Template) -> Self {
        let gain_at = |voxel: [f32; 3]| {
            let [_, y_mm, _] = template.mni_from_voxel.apply(voxel.map(f64::from));
            let quarter_turns = (y_mm - PATTERN_MIDDLE_MM) / PATTERN_HALF_LENGTH_MM;
            (GAIN_B * (1.0 + PATTERN_B * (quarter_turns * std::f64::consts::FRAC_PI_2).sin())) as f32
        };
        let gain = template.brain.iter().map(|brain| gain_at(brain.voxel)).collect();
        Scanner { site: "B", gain, more_smoothing_mm: MORE_SMOOTHING_B_MM }
    }
}

/// Chance of somebody of `group` to lie in scanner B, so that site and group have the correlation (phi) asked for.
pub(super) fn probability_of_b(group: AgeGroup, correlation: f64) -> f64 {
    match group {
        AgeGroup::Old => 0.5 * (1.0 + correlation),
        AgeGroup::Young => 0.5 * (1.0 - correlation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn site_and_group_have_the_correlation_asked_for() {
        for correlation in [0.0, 0.5, 0.9] {
            let [young, old] = [AgeGroup::Young, AgeGroup::Old].map(|group| probability_of_b(group, correlation));
            // Phi of a 2 x 2 table with equal groups, from its four shares.
            let (n11, n10, n01, n00) = (old / 2.0, (1.0 - old) / 2.0, young / 2.0, (1.0 - young) / 2.0);
            let margins: f64 = (n11 + n10) * (n01 + n00) * (n11 + n01) * (n10 + n00);
            assert!(((n11 * n00 - n10 * n01) / margins.sqrt() - correlation).abs() < 1e-12);
        }
    }
}
