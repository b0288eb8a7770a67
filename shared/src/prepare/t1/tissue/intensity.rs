//! How bright each tissue is: over the whole brain, then locally; and how bright everything else is.

use super::super::field::{percentile, smooth};
use super::blocks::Blocks;
use super::classes::{CLASSES, CSF, GM, OTHER, WM};
use crate::threads;

/// The classes that have a mean: gm, wm, csf.
pub(super) const TISSUES: usize = 3;

/// Bins of the intensities of everything else, in units of white matter, 0 to [`TOP`].
const BINS: usize = 256;
const TOP: f32 = 2.0;

/// Width (Gaussian sigma) of the local means.
const LOCAL_MM: f64 = 8.0;

/// How many voxels' worth of the whole brain's mean goes into a local mean.
const GLOBAL_WEIGHT: f32 = 1.0;

/// Pure fluid over the local mean of what is mostly fluid: sulci are so narrow that most of their voxels hold some grey matter
/// too, and a mean taken from these puts the border of the cortex too far inside (set on labelled heads, young and old).
const PURE_FLUID: f32 = 0.85;

/// Least spread of a tissue, against a collapse onto few values.
const LEAST_SPREAD: f32 = 0.04;

/// Floor of every likelihood (per bin), so that no intensity is impossible.
const FLOOR: f32 = 1e-9;

/// Intensities of the classes.
pub(super) struct Intensities {
    /// Of the whole brain.
    pub(super) means: [f32; TISSUES],
    /// Standard deviations, about the local means where there are any.
    pub(super) spread: [f32; TISSUES],
    /// Local means for each voxel, once they were estimated.
    local: Option<Vec<[f32; TISSUES]>>,
    /// Probability of each bin outside the brain.
    others: Vec<f32>,
}

impl Intensities {
    /// Medians where the priors are sure.
    pub(super) fn start(corrected: &[f32], priors: &[[f32; CLASSES]]) -> Self {
        let mut means = [0.7, 1.0, 0.35];
        for (class, mean) in means.iter_mut().enumerate() {
            let sure = corrected.iter().zip(priors).filter(|(_, prior)| prior[class] > 0.7);
            let mut values: Vec<f32> = sure.map(|(value, _)| *value).collect();
            if values.len() > 50 {
                *mean = percentile(&mut values, 0.5);
            }
        }
        Intensities { means, spread: [0.1; TISSUES], local: None, others: Vec::new() }
    }

    /// Histogram of what is not brain.
    pub(super) fn see_others(&mut self, corrected: &[f32], probability: &[[f32; CLASSES]], active: &[bool]) {
        let mut bins = vec![0f64; BINS];
        for index in (0..corrected.len()).filter(|&index| active[index]) {
            let bin = (corrected[index] / TOP * BINS as f32) as usize;
            bins[bin.min(BINS - 1)] += f64::from(probability[index][OTHER]);
        }
        let bins: Vec<f32> = bins.into_iter().map(|value| value as f32).collect();
        let smoothed = smooth(&bins, [BINS, 1, 1], [3.0, 0.0, 0.0]);
        let sum = smoothed.iter().sum::<f32>().max(1e-6);
        self.others = smoothed.into_iter().map(|value| value / sum + 1e-5).collect();
    }

    /// Probability of an intensity at a voxel under each class (per bin).
    #[inline]
    pub(super) fn likelihood(&self, index: usize, value: f32) -> [f32; CLASSES] {
        // The normal density's 1/√(2π), times the width of a bin.
        const DENSITY: f32 = 0.398_942_3 * TOP / BINS as f32;
        let means = self.local.as_ref().map_or(self.means, |local| local[index]);
        let mut likelihood = [0.0; CLASSES];
        for class in 0..TISSUES {
            let z = (value - means[class]) / self.spread[class];
            likelihood[class] = libm::expf(-0.5 * z * z) * DENSITY / self.spread[class] + FLOOR;
        }
        let position = (value / TOP * BINS as f32 - 0.5).clamp(0.0, (BINS - 1) as f32 - 1e-3);
        let bin = position as usize;
        let share = position - bin as f32;
        likelihood[OTHER] = self.others[bin] + (self.others[bin + 1] - self.others[bin]) * share;
        likelihood
    }

    /// Means and spreads over the whole brain.
    pub(super) fn update(&mut self, corrected: &[f32], probability: &[[f32; CLASSES]], active: &[bool]) {
        let sums = sums(corrected, probability, active, |_| [0.0; TISSUES]);
        for (class, [weight, first, second]) in sums.into_iter().enumerate() {
            if weight > 50.0 {
                let mean = first / weight;
                self.means[class] = mean as f32;
                self.spread[class] = (second / weight - mean * mean).max(0.0025).sqrt() as f32;
            }
        }
    }

    /// Local means, and one spread about them for all tissues.
    ///
    /// One spread, since what is left is noise and mixture: with equal spreads a voxel of two tissues goes to the one that
    /// fills more of it.
    pub(super) fn update_locally(
        &mut self,
        corrected: &[f32],
        probability: &[[f32; CLASSES]],
        active: &[bool],
        shape: [usize; 3],
        spacing_mm: [f64; 3],
    ) {
        self.update(corrected, probability, active);
        let fields = threads::map(TISSUES, |class| {
            let blocks = Blocks::sum(shape, spacing_mm, LOCAL_MM, active, |index| {
                let weight = probability[index][class];
                (weight * corrected[index], weight)
            });
            let mean = self.means[class];
            blocks.spread(active, |above, below| (above + GLOBAL_WEIGHT * mean) / (below + GLOBAL_WEIGHT))
        });
        let local: Vec<[f32; TISSUES]> = (0..corrected.len())
            .map(|index| {
                let white = fields[WM][index];
                // Grey matter is darker than white, fluid darker than grey, everywhere.
                let grey = fields[GM][index].clamp(0.5 * white, 0.93 * white);
                let fluid = PURE_FLUID * fields[CSF][index].min(0.8 * grey);
                [grey, white, fluid]
            })
            .collect();
        let sums = sums(corrected, probability, active, |index| local[index]);
        let weight: f64 = sums.iter().map(|[weight, ..]| weight).sum();
        let second: f64 = sums.iter().map(|[_, _, second]| second).sum();
        self.spread = [((second / weight.max(1.0)).sqrt() as f32).max(LEAST_SPREAD); TISSUES];
        self.local = Some(local);
    }
}

/// Weight, first and second moment of each tissue about `origin`.
fn sums(
    corrected: &[f32],
    probability: &[[f32; CLASSES]],
    active: &[bool],
    origin: impl Fn(usize) -> [f32; TISSUES] + Sync + Send,
) -> [[f64; 3]; TISSUES] {
    const PARTS: usize = 16;
    let part_len = corrected.len().div_ceil(PARTS);
    let parts = threads::map(PARTS, |part| {
        let mut sums = [[0f64; 3]; TISSUES];
        let end = ((part + 1) * part_len).min(corrected.len());
        for index in (part * part_len..end).filter(|&index| active[index]) {
            let origin = origin(index);
            for (class, [sum, first, second]) in sums.iter_mut().enumerate() {
                let weight = f64::from(probability[index][class]);
                let value = f64::from(corrected[index] - origin[class]);
                *sum += weight;
                *first += weight * value;
                *second += weight * value * value;
            }
        }
        sums
    });
    let mut sums = [[0f64; 3]; TISSUES];
    for part in &parts {
        std::iter::zip(sums.as_flattened_mut(), part.as_flattened()).for_each(|(sum, part)| *sum += part);
    }
    sums
}

/// Mean of each tissue; where there is next to nothing of it, what is usual.
pub(super) fn means(corrected: &[f32], probability: &[[f32; CLASSES]], active: &[bool]) -> [f32; TISSUES] {
    let mut usual = Intensities { means: [0.7, 1.0, 0.35], spread: [0.1; TISSUES], local: None, others: Vec::new() };
    usual.update(corrected, probability, active);
    usual.means
}

/// The gain that explains the image best, smooth over `width_mm`: local least squares of the image against the tissue
/// expected. Fluid has no say: it is the least certain class.
pub(super) fn estimate_gain(
    scaled: &[f32],
    probability: &[[f32; CLASSES]],
    active: &[bool],
    means: [f32; TISSUES],
    shape: [usize; 3],
    spacing_mm: [f64; 3],
    width_mm: f64,
) -> Vec<f32> {
    let blocks = Blocks::sum(shape, spacing_mm, width_mm, active, |index| {
        let [grey, white] = [GM, WM].map(|class| probability[index][class] * means[class]);
        ((grey + white) * scaled[index], grey * means[GM] + white * means[WM])
    });
    let least = 1e-4 * blocks.denominator.iter().copied().fold(0.0, f32::max);
    blocks.spread(active, |above, below| if below > least { (above / below).clamp(0.2, 5.0) } else { 1.0 })
}
