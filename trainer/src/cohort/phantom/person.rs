//! One phantom person: everything about them that is drawn at random, and their GM map at any age.
//!
//! Nothing here but the age differs between the groups. The same person at two ages has the same anatomy, gain, bias
//! field and noise, voxel by voxel: the difference of the two maps is the exact effect of age. First comes the tissue
//! at an age, then what a scanner makes of it.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use shared::volume::between_or_edge;

use crate::cohort::phantom::atrophy::{BASE_EROSION, Calibration, compete, source_of_push};
use crate::cohort::phantom::course::Course;
use crate::cohort::phantom::field;
use crate::cohort::phantom::group::draw_sex;
use crate::cohort::phantom::regions::Subtype;
use crate::cohort::phantom::template::{BrainVoxel, TEMPLATE_SPACING_MM, Template};

/// Spread of the pace of ageing: log-normal, exp(N(0, 0.3²)).
const PACE_LOG_SD: f64 = 0.3;

/// Shape differences left after affine registration: (knot spacing, standard deviation) in mm per axis. The first
/// moves lobes and makes the halves unequal, the second moves single folds. Both stay free of folding: the steepest
/// displacement gradient is about 4 standard deviations x 1.7 / knot spacing, well below 1.
const DEFORMATIONS_MM: [(f64, f64); 2] = [(40.0, 2.5), (16.0, 1.0)];

/// Remaining difference in size, per axis.
const SCALE_SD: f64 = 0.012;

/// Centre of scaling, MNI mm: about the middle of the brain.
const SCALE_CENTRE_MM: [f64; 3] = [0.0, -18.0, 10.0];

/// Thickness of the ribbon: knot spacing in mm and spread of the logarithm of the base erosion.
const THICKNESS: (f64, f64) = (30.0, 0.5);

/// Spread of the logarithm of the erosion in the decoy, and its median.
const DECOY: (f64, f64) = (1.0, 0.4);

/// Gain of the whole map (scanner and segmentation), normal.
const GAIN: (f64, f64) = (0.95, 0.022);

/// Standard deviation of each of the two parts of the noise in a 2 mm voxel of grey matter, before smoothing.
const NOISE_SD: f64 = 0.08;

/// Share of it where there is tissue without grey matter: Rician noise has a positive mean, and white matter must not
/// glow.
const NOISE_SHARE_OUTSIDE_GM: f32 = 0.3;

/// Bias field, what is left of it after correction: knot spacing in mm and spread of the logarithm of its gain.
const BIAS: (f64, f64) = (60.0, 0.03);

/// What is random about a person.
pub(super) struct Person {
    pub(super) age_years: f64,
    pub(super) sex: &'static str,
    course: Course,
    /// Pace of ageing relative to the mean.
    pub(super) pace: f64,
    /// Factor on the whole map.
    pub(super) gain: f64,
    /// Which regions age faster.
    pub(super) subtype: Subtype,
    /// Uniform in 0..1: decides on the scanner, where there are two.
    pub(super) site_draw: f64,
    decoy_erosion: f32,
    /// For each brain voxel: where in the template its content comes from, in voxels.
    sources: Vec<[f32; 3]>,
    /// For each brain voxel: base erosion.
    base_erosion: Vec<f32>,
    /// For each brain voxel: the two normal parts of the noise where there is nothing but grey matter.
    noise: Vec<[f32; 2]>,
    /// For each brain voxel: factor on the signal.
    bias: Vec<f32>,
}

impl Person {
    /// Draws a person of an age; the same generator state gives the same person. New draws go to the end, so that the anatomy of
    /// a seed stays what it was.
    pub(super) fn draw(template: &Template, age_years: f64, course: Course, rng: &mut impl Rng) -> Self {
        let sex = draw_sex(rng);
        let pace = (PACE_LOG_SD * normal(rng)).exp() * course.pace_of(sex);
        let gain = GAIN.0 + GAIN.1 * normal(rng);
        let decoy_erosion = (DECOY.1 * (DECOY.0 * normal(rng)).exp()) as f32;
        let sources = draw_sources(template, rng);
        let mut smooth = vec![0.0f32; template.tissue.len()];
        field::add_random_smooth(&mut smooth, template.shape, voxels(THICKNESS.0), THICKNESS.1, rng);
        let base_erosion = template.brain.iter().map(|brain| BASE_EROSION * smooth[brain.index].exp()).collect();
        let mut noise: Vec<[f32; 2]> = template.brain.iter().map(|_| [(NOISE_SD * normal(rng)) as f32, 0.0]).collect();

        smooth.fill(0.0);
        field::add_random_smooth(&mut smooth, template.shape, voxels(BIAS.0), BIAS.1, rng);
        let bias = template.brain.iter().map(|brain| smooth[brain.index].exp()).collect();
        noise.iter_mut().for_each(|parts| parts[1] = (NOISE_SD * normal(rng)) as f32);
        let subtype = if rng.random_bool(0.5) { Subtype::Frontal } else { Subtype::Posterior };
        let site_draw = rng.random();
        Person {
            age_years,
            sex,
            course,
            pace,
            gain,
            subtype,
            site_draw,
            decoy_erosion,
            sources,
            base_erosion,
            noise,
            bias,
        }
    }

    /// Grey matter and how much of the voxel is not fluid at an age, for each brain voxel, 0..1.
    ///
    /// `effect` scales the years of ageing: 1 as published, 0 for a cohort without any effect.
    pub(super) fn tissue(
        &self,
        template: &Template,
        calibration: &Calibration,
        age_years: f64,
        effect: f64,
    ) -> Vec<[f32; 2]> {
        let atrophy = calibration.atrophy(self.course, age_years, self.pace * effect, self.subtype);
        let drawn = self.sources.iter().zip(&self.base_erosion);
        let tissue_of = |brain: &BrainVoxel, source: [f32; 3], base: f32| {
            let from = source_of_push(template, source, atrophy.push_mm);
            let tissue = between_or_edge(&template.tissue, template.shape, from);
            let aged: f32 = brain.weights.iter().zip(&atrophy.erosion).map(|(weight, erosion)| weight * erosion).sum();
            let (gm, solid) = compete(tissue, base + aged + brain.decoy * self.decoy_erosion);
            [gm, solid]
        };
        template.brain.iter().zip(drawn).map(|(brain, (&source, &base))| tissue_of(brain, source, base)).collect()
    }

    /// GM map of `tissue` (as [`Self::tissue`] gives it), on the template's grid, 0..1, smoothed by a Gaussian of
    /// `smoothing_mm`; `scanner_gain` is the scanner's factor on the signal of each brain voxel.
    ///
    /// Noise is Rician, the magnitude of two normal parts, as in magnitude images (Gudbjartsson and Patz 1995).
    pub(super) fn scan(
        &self,
        template: &Template,
        tissue: &[[f32; 2]],
        scanner_gain: &[f32],
        smoothing_mm: f64,
    ) -> Vec<f32> {
        let gain = self.gain as f32;
        let mut map = vec![0.0f32; template.tissue.len()];
        let aged = template.brain.iter().zip(tissue);
        let drawn = self.bias.iter().zip(scanner_gain).zip(&self.noise);
        for ((brain, &[gm, solid]), ((bias, scanner), &[along, across])) in aged.zip(drawn) {
            let signal = gain * bias * scanner * gm;
            let amplitude = solid * (NOISE_SHARE_OUTSIDE_GM + (1.0 - NOISE_SHARE_OUTSIDE_GM) * gm);
            map[brain.index] = ((signal + amplitude * along).powi(2) + (amplitude * across).powi(2)).sqrt();
        }
        field::smooth(&mut map, template.shape, voxels(smoothing_mm));
        map.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        map
    }
}

/// Where each brain voxel's content comes from: itself, scaled, plus smooth random displacements.
fn draw_sources(template: &Template, rng: &mut impl Rng) -> Vec<[f32; 3]> {
    let mut sources: Vec<[f32; 3]> = template.brain.iter().map(|brain| brain.voxel).collect();
    let mut displacement = vec![0.0f32; template.tissue.len()];
    for axis in 0..3 {
        displacement.fill(0.0);
        for (knot_mm, sd_mm) in DEFORMATIONS_MM {
            field::add_random_smooth(&mut displacement, template.shape, voxels(knot_mm), voxels(sd_mm), rng);
        }
        let scale = (SCALE_SD * normal(rng)) as f32;
        let centre = voxels(SCALE_CENTRE_MM[axis] - template.mni_from_voxel.0[axis][3]) as f32;
        for (source, brain) in sources.iter_mut().zip(&template.brain) {
            source[axis] += scale * (brain.voxel[axis] - centre) + displacement[brain.index];
        }
    }
    sources
}

/// Millimetres as voxels of the template.
fn voxels(mm: f64) -> f64 {
    mm / TEMPLATE_SPACING_MM
}

fn normal(rng: &mut impl Rng) -> f64 {
    StandardNormal.sample(rng)
}
