//! Quality control: numbers of a finished preparation, thresholds with their reasons, one score.

use super::aspect::{Aspect, Meaning};
use super::detail::fine_detail;
use super::failure::{Failure, failures};
use super::quality::{Measure, Quality};
use super::sampling::Seen;
use super::tissue::{CSF, GM, WM};
use super::{Template, register};
use crate::correlation::pearson;
use crate::volume::{Affine, Volume};

/// Share of blank voxels up to which a brain counts as whole; see the measure's meaning.
const MOST_BLANK: f64 = 0.015;
const MOST_BLANK_IN_STRIPPED: f64 = 0.06;

/// What the quality is measured on; volumes on the template's grid.
pub(super) struct Findings<'a> {
    pub(super) template: &'a Template,
    /// 1 in the standard brain; in a slab, only where the image lies.
    pub(super) brain: &'a [f32],
    pub(super) world_from_mni: &'a Affine,
    /// How the brain was registered; `None` for a slab, which lay in its place already.
    pub(super) placed: Option<&'a register::Found>,
    pub(super) tissues: [&'a Volume; 3],
    pub(super) mask: &'a Volume,
    pub(super) t1: &'a Volume,
    /// How much of the brain the image shows.
    pub(super) seen: Seen,
    /// Whether the image is of a brain without its skull.
    pub(super) stripped: bool,
    /// Mean intensity of gm, wm, csf.
    pub(super) means: [f32; 3],
    /// Spread of a tissue, same unit.
    pub(super) spread: f32,
}

/// Measures a finished preparation.
pub(super) fn measure(findings: &Findings) -> Quality {
    let mut measures = Vec::new();
    let mut add = |aspect: Aspect, value: f64, low: Option<f64>, high: Option<f64>, good: f64| {
        let meaning = Meaning(aspect).to_string();
        measures.push(Measure { name: aspect.name().to_owned(), value, low, high, good, meaning });
    };
    let brain = findings.brain;
    add(
        Aspect::BrainSimilarity,
        correlation(&findings.t1.data, &findings.template.t1.data, brain),
        Some(0.3),
        None,
        0.65,
    );
    if let Some(placed) = findings.placed {
        add(Aspect::RegistrationSimilarity, placed.similarity, Some(0.4), None, 0.6);
        add(Aspect::BackToFront, placed.better_turned, None, Some(0.0), -0.2);
    }
    add(Aspect::MaskOverlap, dice(&findings.mask.data, brain), Some(0.9), None, 0.97);
    if findings.placed.is_some() {
        add(Aspect::Coverage, findings.seen.brain, Some(0.88), None, 1.0);
        add(Aspect::CerebrumCoverage, findings.seen.cerebrum, Some(0.98), None, 1.0);
    }
    let most_blank = if findings.stripped { MOST_BLANK_IN_STRIPPED } else { MOST_BLANK };
    add(Aspect::BlankShare, findings.seen.blank, None, Some(most_blank), 0.0);
    let litres_from_mni =
        findings.world_from_mni.determinant() * findings.mask.world_from_voxel.determinant().abs() / 1e6;
    let volume: f64 = findings.mask.data.iter().filter(|value| **value >= 0.5).count() as f64 * litres_from_mni;
    if findings.placed.is_some() {
        add(Aspect::BrainVolumeLitres, volume, Some(0.6), Some(3.0), 1.4);
    }
    let sums = findings.tissues.map(|map| map.data.iter().map(|value| f64::from(*value)).sum::<f64>());
    let tissue = (sums[GM] + sums[WM]).max(1e-9);
    add(Aspect::GreyMatterShare, sums[GM] / tissue, Some(0.4), Some(0.75), 0.58);
    add(Aspect::FluidShare, sums[CSF] / (tissue + sums[CSF]).max(1e-9), None, Some(0.45), 0.2);
    let [grey, white, fluid] = findings.means.map(f64::from);
    let steps = |difference: f64| difference / f64::from(findings.spread).max(1e-9);
    add(Aspect::WhiteOverGrey, steps(white - grey), Some(1.0), Some(12.0), 2.5);
    add(Aspect::GreyOverFluid, steps(grey - fluid), Some(1.0), Some(16.0), 5.0);
    let detail = fine_detail(findings.t1, &findings.template.ready().outline, brain);
    add(Aspect::FineDetail, detail, Some(0.035), None, 0.07);
    let (scales, shear) = scales_and_shear(findings.world_from_mni);
    let [smallest, _, largest] = scales;
    // A brain of 0.83 litres has 0.68; one that small in a scanner that is off by a tenth would be refused.
    add(Aspect::SmallestScale, smallest, Some(0.65), Some(1.35), 0.95);
    add(Aspect::LargestScale, largest, Some(0.75), Some(1.4), 1.05);
    add(Aspect::Shear, shear, None, Some(0.15), 0.04);
    let reasons: Vec<String> = failures(&measures).iter().map(Failure::to_string).collect();
    let score = measures.iter().map(Measure::score).fold(1.0, f64::min);
    Quality { passed: reasons.is_empty(), score, measures, reasons }
}

/// Correlation where `inside` is above one half; 0 where it is not defined.
fn correlation(a: &[f32], b: &[f32], inside: &[f32]) -> f64 {
    let pairs = a.iter().zip(b).zip(inside).filter(|(_, inside)| **inside > 0.5);
    pearson(pairs.map(|((a, b), _)| (f64::from(*a), f64::from(*b)))).unwrap_or(0.0)
}

/// Dice overlap of two maps, each at one half.
fn dice(a: &[f32], b: &[f32]) -> f64 {
    let both = std::iter::zip(a, b).filter(|(a, b)| **a >= 0.5 && **b >= 0.5).count();
    let each = a.iter().chain(b).filter(|value| **value >= 0.5).count();
    2.0 * both as f64 / each.max(1) as f64
}

/// Lengths of the affine's axes in order of size, and the largest cosine between two of them.
fn scales_and_shear(affine: &Affine) -> ([f64; 3], f64) {
    let mut scales = affine.spacing_mm();
    let cosine = |a: usize, b: usize| {
        affine.0.iter().map(|row| row[a] * row[b]).sum::<f64>() / (scales[a] * scales[b]).max(1e-12)
    };
    let shear = cosine(0, 1).abs().max(cosine(0, 2).abs()).max(cosine(1, 2).abs());
    scales.sort_by(f64::total_cmp);
    (scales, shear)
}
