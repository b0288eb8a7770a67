//! Quality control: numbers of a finished preparation, thresholds with their reasons, one score.

use super::quality::{Measure, Quality};
use super::sampling::Seen;
use super::tissue::{CSF, GM, WM};
use super::{Template, register};
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
    let mut add = |name: &str, value: f64, low: Option<f64>, high: Option<f64>, good: f64, meaning: &str| {
        measures.push(Measure { name: name.into(), value, low, high, good, meaning: meaning.into() });
    };
    let brain = findings.brain;
    add(
        "brain_similarity",
        correlation(&findings.t1.data, &findings.template.t1.data, brain),
        Some(0.3),
        None,
        0.65,
        "Correlation of the corrected image with the template's T1 inside the brain. Well-aligned young brains reach \
         0.6 to 0.8, old ones with wide ventricles 0.4 to 0.6.",
    );
    if let Some(placed) = findings.placed {
        add(
            "registration_similarity",
            placed.similarity,
            Some(0.4),
            None,
            0.6,
            "Mean correlation, in blocks of 2 cm, with the standard brain. Well-aligned young heads reach 0.6 to 0.8, \
             old ones 0.44 to 0.6. If the outline runs along the scalp, or the brain is stretched by a tenth, it is \
             less than 0.4.",
        );
        add(
            "back_to_front",
            placed.better_turned,
            None,
            Some(0.0),
            -0.2,
            "How much better the head would match if it were turned back to front. Above 0, the header has front and \
             back swapped.",
        );
    }
    add(
        "mask_overlap",
        dice(&findings.mask.data, brain),
        Some(0.9),
        None,
        0.97,
        "Dice overlap of the brain mask with the template's. Well-aligned brains reach 0.95 to 0.99.",
    );
    if findings.placed.is_some() {
        add(
            "coverage",
            findings.seen.brain,
            Some(0.88),
            None,
            1.0,
            "Share of the standard brain that lies inside the field of view. Many scans end within the cerebellum \
             (0.97).",
        );
        add(
            "cerebrum_coverage",
            findings.seen.cerebrum,
            Some(0.98),
            None,
            1.0,
            "Share of the standard cerebrum that lies inside the field of view: a cropped brain could be mistaken for \
             a shrunken one.",
        );
    }
    add(
        "blank_share",
        findings.seen.blank,
        None,
        Some(if findings.stripped { MOST_BLANK_IN_STRIPPED } else { MOST_BLANK }),
        0.0,
        "Share of voxels without a measurement (all of one value) in the brain and within 4 mm of it. Removing the \
         face leaves none there; above 0.015, part of the brain is cut off. In a skull-stripped image, only the inner \
         part of the brain counts: a tight mask leaves up to 0.04 there, a missing part more than 0.1.",
    );
    let litres_from_mni =
        findings.world_from_mni.determinant() * findings.mask.world_from_voxel.determinant().abs() / 1e6;
    let volume: f64 = findings.mask.data.iter().filter(|value| **value >= 0.5).count() as f64 * litres_from_mni;
    if findings.placed.is_some() {
        add(
            "brain_volume_litres",
            volume,
            Some(0.6),
            Some(3.0),
            1.4,
            "Volume of the brain mask in the person's own space. Adults have 1.0 to 1.9 litres; the limits leave room \
             for scanners whose scale is off by a tenth.",
        );
    }
    let sums = findings.tissues.map(|map| map.data.iter().map(|value| f64::from(*value)).sum::<f64>());
    let tissue = (sums[GM] + sums[WM]).max(1e-9);
    add(
        "grey_matter_share",
        sums[GM] / tissue,
        Some(0.4),
        Some(0.75),
        0.58,
        "Share of grey matter in grey and white matter together. In adults it is 0.5 to 0.65.",
    );
    add(
        "fluid_share",
        sums[CSF] / (tissue + sums[CSF]).max(1e-9),
        None,
        Some(0.45),
        0.2,
        "Share of cerebrospinal fluid in the brain mask. In adults it is 0.1 to 0.3, in old people with wide sulci up \
         to 0.4.",
    );
    let [grey, white, fluid] = findings.means.map(f64::from);
    let steps = |difference: f64| difference / f64::from(findings.spread).max(1e-9);
    add(
        "white_over_grey",
        steps(white - grey),
        Some(1.0),
        Some(12.0),
        2.5,
        "How much brighter white matter is than grey matter, in standard deviations of one tissue. In T1-weighted \
         scans it is 2 to 5, in T2-weighted or inverted images negative.",
    );
    add(
        "grey_over_fluid",
        steps(grey - fluid),
        Some(1.0),
        Some(16.0),
        5.0,
        "How much brighter grey matter is than cerebrospinal fluid, in standard deviations of one tissue. In \
         T1-weighted scans it is 3 to 7.",
    );
    let (scales, shear) = scales_and_shear(findings.world_from_mni);
    let [smallest, _, largest] = scales;
    add(
        "smallest_scale",
        smallest,
        // A brain of 0.83 litres has 0.68; one that small in a scanner that is off by a tenth would be refused.
        Some(0.65),
        Some(1.35),
        0.95,
        "Smallest scaling factor of the affine (person relative to template). For heads it is 0.8 to 1.2.",
    );
    add(
        "largest_scale",
        largest,
        Some(0.75),
        Some(1.4),
        1.05,
        "Largest scaling factor of the affine (person relative to template). For heads it is 0.8 to 1.2.",
    );
    add(
        "shear",
        shear,
        None,
        Some(0.15),
        0.04,
        "Largest cosine between two axes of the affine. For heads it is close to 0.",
    );
    let reasons: Vec<String> = measures.iter().filter(|measure| !measure.passed()).map(failure).collect();
    let score = measures.iter().map(Measure::score).fold(1.0, f64::min);
    Quality { passed: reasons.is_empty(), score, measures, reasons }
}

/// Why a measure failed, as a plain sentence with its value and limit.
fn failure(measure: &Measure) -> String {
    let too_low = measure.low.is_some_and(|low| measure.value < low);
    let what = match (measure.name.as_str(), too_low) {
        ("brain_similarity", _) => {
            "what lies where the brain should be does not look like a brain in a T1-weighted scan"
        }
        ("registration_similarity", _) => "the head could not be aligned with the standard brain",
        ("back_to_front", _) => "the head lies back to front: check the axes in the header",
        ("mask_overlap", _) => "what was taken for the brain does not have the shape of one",
        ("coverage", _) => "the image does not contain the whole brain",
        ("cerebrum_coverage", _) => "the image cuts off a part of the cerebrum",
        ("blank_share", _) => "a part of the brain, or of what lies next to it, is blank: it was cut off or removed",
        ("brain_volume_litres", true) => {
            "the brain would be smaller than any adult's: check the voxel size in the header"
        }
        ("brain_volume_litres", false) => {
            "the brain would be larger than any adult's: check the voxel size in the header"
        }
        ("grey_matter_share", _) => "the amounts of grey and white matter are not those of a brain",
        ("fluid_share", _) => "too much of the brain would be cerebrospinal fluid",
        ("white_over_grey", _) => "white matter is not brighter than grey matter, as it is in a T1-weighted scan",
        ("grey_over_fluid", _) => {
            "grey matter is not brighter than cerebrospinal fluid, as it is in a T1-weighted scan"
        }
        ("smallest_scale" | "largest_scale", _) => {
            "the head would have an impossible size: check the voxel size in the header"
        }
        ("shear", _) => "the head would be sheared",
        _ => "a measure is beyond its limit",
    };
    let name = Measure::name_in_words(&measure.name);
    let (value, limit) = match (measure.low, measure.high) {
        _ if !measure.value.is_finite() => (measure.value.to_string(), "not a number".to_owned()),
        (Some(low), _) if too_low => (told_apart(measure.value, low), format!("at least {low} is needed")),
        (_, Some(high)) => (told_apart(measure.value, high), format!("at most {high} is allowed")),
        _ => (measure.value.to_string(), "not a number".to_owned()),
    };
    [what, ": ", &name, " is ", &value, " (", &limit, ")"].concat()
}

/// A value with two decimals, or as many more as it needs to look different from the limit.
fn told_apart(value: f64, limit: f64) -> String {
    (2..=6)
        .map(|digits| (format!("{value:.digits$}"), format!("{limit:.digits$}")))
        .find(|(value, limit)| value != limit)
        .map_or_else(|| format!("{value:e}"), |(value, _)| value)
}

/// Pearson's correlation where `inside` is above one half.
fn correlation(a: &[f32], b: &[f32], inside: &[f32]) -> f64 {
    let pairs = || {
        std::iter::zip(a, b)
            .zip(inside)
            .filter(|(_, inside)| **inside > 0.5)
            .map(|((a, b), _)| (f64::from(*a), f64::from(*b)))
    };
    let count = pairs().count().max(1) as f64;
    let (mean_a, mean_b) = pairs().fold((0.0, 0.0), |(x, y), (a, b)| (x + a / count, y + b / count));
    let (ab, aa, bb) = pairs().fold((0.0, 0.0, 0.0), |(ab, aa, bb), (a, b)| {
        let (a, b) = (a - mean_a, b - mean_b);
        (ab + a * b, aa + a * a, bb + b * b)
    });
    if aa > 0.0 && bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_a_sentence_whose_numbers_differ() {
        for (value, word) in
            [(0.39999, "0.39999 (at least 0.4 "), (0.2, "0.20 (at least 0.4 "), (f64::NAN, "not a number")]
        {
            let measure = Measure {
                name: "registration_similarity".into(),
                value,
                low: Some(0.4),
                high: None,
                good: 0.6,
                meaning: String::new(),
            };
            let said = failure(&measure);
            assert!(said.starts_with("the head could not be aligned") && said.contains(word), "{said}");
        }
    }
}
