//! Which tissue is in each voxel? A mixture model of intensities with the template's priors and a Markov random field,
//! estimated in turns with the image's smooth gain (bias field) by expectation and maximisation.
//!
//! - Van Leemput K, Maes F, Vandermeulen D, Suetens P. Automated model-based tissue classification of MR images of the
//!   brain. IEEE Trans Med Imaging 1999;18:897-908: mixture, gain and random field in turns.
//! - Ashburner J, Friston KJ. Unified segmentation. NeuroImage 2005;26:839-851: tissue priors inside the mixture.
//! - Dahnke R, Ziegler G, Gaser C. Local adaptive segmentation. Human Brain Mapping 2012 (CAT12): the mean intensity of a
//!   tissue differs between regions (thalamus and cortex), so each tissue gets local means.

mod blocks;
mod classes;
mod intensity;
pub(super) mod priors;

use super::T1Error;
use super::field::percentile;
use super::step::{Progress, Step, report};
use crate::threads;
use crate::volume::Volume;
pub(super) use classes::{CLASSES, CSF, GM, OTHER, WM};
use intensity::{Intensities, TISSUES, estimate_gain};
pub(super) use priors::Priors;

/// Rounds with the priors alone: they bring the gain near enough for the mixture to take hold.
const PRIOR_ROUNDS: usize = 3;
/// Rounds of the mixture that also estimate the gain.
const GAIN_ROUNDS: usize = 4;
/// Rounds of the mixture in all; the later ones estimate local means of the tissues instead of the gain.
const ROUNDS: usize = 11;

/// Widths (Gaussian sigma) of the gain: wide while only the priors are known, later as fine as N4's last level.
const FIRST_GAIN_MM: f64 = 20.0;
const GAIN_MM: f64 = 8.0;

/// Pull of one neighbour towards its own tissue, and towards its side of the brain's border.
const TISSUE_PULL: f32 = 0.25;
const BORDER_PULL: f32 = 0.6;

/// In the last round tissues are taken to spread more widely by this factor than the mixture finds. Voxels of 2 mm at the border of
/// two tissues hold both; with the found spread nearly all of them would be called one or the other, and a little noise or
/// a shift of half a voxel would turn them over.
const MIXED_SPREAD: f32 = 2.0;

/// Tissues of an image, on its grid.
pub(super) struct Tissues {
    /// Gm, wm, csf, other; sums to 1.
    pub(super) probability: Vec<[f32; CLASSES]>,
    /// The image over its gain, in units of white matter.
    pub(super) corrected: Vec<f32>,
    /// Mean intensity of gm, wm, csf over the whole brain, in the same units.
    pub(super) means: [f32; TISSUES],
    /// Spread about the local means.
    pub(super) spread: f32,
}

/// Finds the tissues of `image` (about 2 mm), given `priors` for each of its voxels.
pub(super) async fn segment(
    image: &Volume,
    priors: &[[f32; CLASSES]],
    progress: &mut impl Progress,
) -> Result<Tissues, T1Error> {
    let (shape, spacing_mm) = (image.shape, image.world_from_voxel.spacing_mm());
    let Rough { active, scaled, mut corrected } = Rough::of(image, priors);
    step(progress, 0.2).await?;

    let mut intensities = Intensities::start(&corrected, priors);
    let mut probability = priors.to_vec();
    for round in 0..ROUNDS {
        let pull = if round == 0 { [0.0; 2] } else { [TISSUE_PULL, BORDER_PULL] };
        intensities.see_others(&corrected, &probability, &active);
        if round + 1 == ROUNDS {
            intensities.spread.iter_mut().for_each(|spread| *spread *= MIXED_SPREAD);
        }
        probability = expect(&intensities, &corrected, priors, &probability, &active, shape, pull);
        if round < GAIN_ROUNDS {
            intensities.update(&corrected, &probability, &active);
            let gain = estimate_gain(&scaled, &probability, &active, intensities.means, shape, spacing_mm, GAIN_MM);
            divide(&mut corrected, &scaled, &gain);
        } else {
            intensities.update_locally(&corrected, &probability, &active, shape, spacing_mm);
        }
        step(progress, 0.2 + 0.8 * (round + 1) as f32 / ROUNDS as f32).await?;
    }
    Ok(Tissues { probability, corrected, means: intensities.means, spread: intensities.spread[WM] })
}

/// Where the image does not reach, nothing is expected.
pub(super) fn expect_nothing_outside(priors: &mut [[f32; CLASSES]], in_view: &[bool]) {
    let outside = std::iter::zip(priors, in_view).filter(|(_, in_view)| !**in_view);
    outside.for_each(|(prior, _)| *prior = [0.0, 0.0, 0.0, 1.0]);
}

/// An image whose gain was estimated from the priors alone.
struct Rough {
    /// Where brain is possible.
    active: Vec<bool>,
    /// The image in units of white matter.
    scaled: Vec<f32>,
    /// The same over its gain.
    corrected: Vec<f32>,
}

impl Rough {
    fn of(image: &Volume, priors: &[[f32; CLASSES]]) -> Self {
        let active: Vec<bool> = priors.iter().map(|prior| prior[OTHER] < 0.999).collect();
        let scaled = in_units_of_white_matter(image, priors);
        let mut corrected = scaled.clone();
        for _ in 0..PRIOR_ROUNDS {
            // What is far too dark or bright for tissue (vessels, bone, fat under a misplaced prior) has no say.
            let trimmed: Vec<[f32; CLASSES]> = std::iter::zip(priors, &corrected)
                .map(|(prior, value)| if (0.15..1.5).contains(value) { *prior } else { [0.0, 0.0, 0.0, 1.0] })
                .collect();
            let means = intensity::means(&corrected, &trimmed, &active);
            let spacing_mm = image.world_from_voxel.spacing_mm();
            let gain = estimate_gain(&scaled, &trimmed, &active, means, image.shape, spacing_mm, FIRST_GAIN_MM);
            divide(&mut corrected, &scaled, &gain);
        }
        Rough { active, scaled, corrected }
    }
}

/// The image over its gain as the priors alone tell it: enough to register it, not to tell tissues apart.
pub(super) fn correct_roughly(image: &Volume, priors: &[[f32; CLASSES]]) -> Volume {
    image.with_data(Rough::of(image, priors).corrected)
}

async fn step(progress: &mut impl Progress, share: f32) -> Result<(), T1Error> {
    report(progress, Step::Segment, share).await
}

/// The image over the median of what is surely white matter.
fn in_units_of_white_matter(image: &Volume, priors: &[[f32; CLASSES]]) -> Vec<f32> {
    let sure = image.data.iter().zip(priors).filter(|(_, prior)| prior[WM] > 0.8);
    let mut white: Vec<f32> = sure.map(|(value, _)| *value).collect();
    let white = percentile(&mut white, 0.5).max(f32::MIN_POSITIVE);
    image.data.iter().map(|value| (value / white).clamp(0.0, 4.0)).collect()
}

fn divide(corrected: &mut [f32], scaled: &[f32], gain: &[f32]) {
    for ((corrected, scaled), gain) in corrected.iter_mut().zip(scaled).zip(gain) {
        *corrected = scaled / gain;
    }
}

/// The expectation step: probabilities from priors, intensities and the neighbours of the round before (mean field).
fn expect(
    intensities: &Intensities,
    corrected: &[f32],
    priors: &[[f32; CLASSES]],
    before: &[[f32; CLASSES]],
    active: &[bool],
    shape: [usize; 3],
    [tissue_pull, border_pull]: [f32; 2],
) -> Vec<[f32; CLASSES]> {
    let [nx, ny, nz] = shape;
    let mut after = vec![[0.0, 0.0, 0.0, 1.0]; before.len()];
    threads::fill_slices(&mut after, nx * ny, |z, slice| {
        for (offset, out) in slice.iter_mut().enumerate() {
            let index = z * nx * ny + offset;
            if !active[index] {
                continue;
            }
            let (x, y) = (offset % nx, offset / nx);
            let mut near = [0f32; CLASSES];
            // At the image's border the voxel itself stands for the neighbour that is not there.
            let next = |is_there: bool, other: usize| if is_there { other } else { index };
            for other in [
                next(x > 0, index.wrapping_sub(1)),
                next(x + 1 < nx, index + 1),
                next(y > 0, index.wrapping_sub(nx)),
                next(y + 1 < ny, index + nx),
                next(z > 0, index.wrapping_sub(nx * ny)),
                next(z + 1 < nz, index + nx * ny),
            ] {
                (0..CLASSES).for_each(|class| near[class] += before[other][class]);
            }
            let near_brain = near[GM] + near[WM] + near[CSF];
            let likelihood = intensities.likelihood(index, corrected[index]);
            let mut sum = 0.0;
            for class in 0..CLASSES {
                let side = if class == OTHER { near[OTHER] } else { near_brain };
                let pull = tissue_pull * near[class] + (border_pull - tissue_pull) * side;
                out[class] = priors[index][class] * likelihood[class] * libm::expf(pull);
                sum += out[class];
            }
            if sum > 1e-30 {
                out.iter_mut().for_each(|value| *value /= sum);
            } else {
                *out = priors[index];
            }
        }
    });
    after
}
