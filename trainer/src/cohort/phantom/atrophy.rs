//! Ageing as geometry: the ribbon thins from its fluid side, the ventricles push outwards.
//!
//! Both act through a strength without a unit of its own (erosion) or in mm (push). What is asked for is a loss of
//! volume, so both are calibrated once on the undeformed template: volume is tabulated against strength, and looked
//! up backwards. Calibration is exact for the template and close (a few percent of the loss) for a deformed person.

use crate::cohort::phantom::course::{Course, ONSET_YEARS};
use crate::cohort::phantom::regions::{COUNT, REGIONS, Subtype};
use crate::cohort::phantom::template::{TEMPLATE_SPACING_MM, Template};
use shared::volume::between_or_edge;

/// Erosion of a young ribbon: some, so that a person's ribbon can also be thicker than the template's.
pub(super) const BASE_EROSION: f32 = 0.15;

/// Tabulated strengths: erosion from 0 in growing steps to 12, push in steps of 0.5 mm to 6 mm.
const STEPS: usize = 13;
const MAX_EROSION: f32 = 12.0;
const MAX_PUSH_MM: f32 = 6.0;

/// Steps in which a push is followed: at most 1 mm each.
const PUSH_STEPS: usize = 6;

/// Grey matter, and how much of the voxel is not fluid, where GM, WM and fluid compete.
///
/// The squares sharpen the template: an average of 152 people has a softer ribbon than one person has. Erosion
/// multiplies the fluid *nearby*, so grey matter goes first where it touches fluid, last beside white matter.
pub(super) fn compete([gm, wm, fluid_nearby]: [f32; 3], erosion: f32) -> (f32, f32) {
    let fluid = (1.0 - gm - wm).max(0.0);
    let (gm, wm, fluid) = (gm * gm, wm * wm, fluid * fluid + erosion * fluid_nearby * (gm + wm + fluid));
    let total = gm + wm + fluid;
    if total <= f32::MIN_POSITIVE { (0.0, 0.0) } else { (gm / total, (gm + wm) / total) }
}

/// How far somebody has aged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Atrophy {
    /// Erosion added in each region.
    pub(super) erosion: [f32; COUNT],
    /// Displacement of the ventricle walls in mm.
    pub(super) push_mm: f32,
}

/// Volume against strength, for looking strengths up.
pub(super) struct Calibration {
    /// Share of a region's grey matter that is left, by step.
    remaining: [[f64; STEPS]; COUNT],
    /// Volume of the ventricles relative to no push, by step.
    ventricle: [f64; STEPS],
}

impl Calibration {
    /// Tabulates the template: some 30 passes over the brain, a fraction of a second.
    pub(super) fn of(template: &Template) -> Self {
        let mut remaining = [[0.0; STEPS]; COUNT];
        let mut ventricle = [0.0; STEPS];
        for step in 0..STEPS {
            for brain in &template.brain {
                let (gm, _) = compete(template.tissue[brain.index], BASE_EROSION + erosion_at(step));
                for (total, weight) in remaining.iter_mut().zip(&brain.weights) {
                    total[step] += f64::from(gm * weight);
                }
                let from = source_of_push(template, brain.voxel, push_mm_at(step));
                ventricle[step] += f64::from(between_or_edge(&template.push, template.shape, from)[3]);
            }
        }
        for table in remaining.iter_mut().chain(std::iter::once(&mut ventricle)) {
            let reference = table[0].max(f64::MIN_POSITIVE);
            table.iter_mut().for_each(|value| *value /= reference);
        }
        Calibration { remaining, ventricle }
    }

    /// The state at `age_years` of someone of `subtype` who ages at `pace` times the mean rate.
    pub(super) fn atrophy(&self, course: Course, age_years: f64, pace: f64, subtype: Subtype) -> Atrophy {
        let (years, ventricles) = course.after((age_years - ONSET_YEARS).max(0.0) * pace);
        let factors = subtype.factors();
        let erosion = std::array::from_fn(|region| {
            let wanted = 1.0 - years * REGIONS[region].loss_per_year * factors[region];
            // Volumes fall with erosion: negated, they rise as `look_up` wants them.
            look_up(&self.remaining[region].map(|value| -value), -wanted, erosion_at)
        });
        let push_mm = look_up(&self.ventricle, ventricles, push_mm_at);
        Atrophy { erosion, push_mm }
    }
}

fn erosion_at(step: usize) -> f32 {
    // Squared steps: most people need little erosion, and the table should be finest there.
    MAX_EROSION * (step as f32 / (STEPS - 1) as f32).powi(2)
}

fn push_mm_at(step: usize) -> f32 {
    MAX_PUSH_MM * step as f32 / (STEPS - 1) as f32
}

/// Where the content of `position` (voxels) came from before the ventricle walls moved by `push_mm`.
///
/// The push is followed backwards in small steps: one straight step would shoot through a narrow ventricle and out
/// at its other side. So the map from new to old places never folds.
pub(super) fn source_of_push(template: &Template, position: [f32; 3], push_mm: f32) -> [f32; 3] {
    const NEGLIGIBLE: f32 = 1e-3;
    let step_voxels = push_mm / (TEMPLATE_SPACING_MM as f32 * PUSH_STEPS as f32);
    let mut position = position;
    for _ in 0..PUSH_STEPS {
        let push = between_or_edge(&template.push, template.shape, position);
        if push_mm <= 0.0 || push[..3].iter().all(|part| part.abs() < NEGLIGIBLE) {
            break;
        }
        for axis in 0..3 {
            position[axis] -= step_voxels * push[axis];
        }
    }
    position
}

/// The strength at which a rising table reaches `wanted`, between steps linear, at most the last step's.
fn look_up(rising: &[f64; STEPS], wanted: f64, strength_at: impl Fn(usize) -> f32) -> f32 {
    for step in 1..STEPS {
        if rising[step] >= wanted {
            let (low, high) = (rising[step - 1], rising[step]);
            let part = ((wanted - low) / (high - low).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0) as f32;
            return strength_at(step - 1) + part * (strength_at(step) - strength_at(step - 1));
        }
    }
    strength_at(STEPS - 1)
}
