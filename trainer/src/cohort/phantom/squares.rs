//! Squares on noise: the toy data of VA-GAN (Baumgartner et al. 2018, arXiv 1711.08998), for comparison with it.
//!
//! The young are smooth noise. The old have a square in the middle and, by subtype, one of two squares towards opposite
//! corners whose place differs from subject to subject. Numbers are those of the authors' program, save that values are
//! brought to 0..1 by a fixed factor: theirs stretches every image to its own extremes, which no truth survives.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use shared::volume::{Affine, Grid, Volume};

use crate::cohort::phantom::field;
use crate::cohort::phantom::group::{AgeGroup, draw_sex};
use crate::cohort::phantom::made::{Drawn, Made, minus, stored};

/// Pixels along each side.
const SIDE: usize = 112;

/// Pixel size in mm. Any number would do for squares; with this one the image lies within the box where the brain is
/// looked for in maps (`shared::prepare`), which it would be refused outside of.
pub(super) const SPACING_MM: f64 = 1.25;

/// Noise: sigma of the blur in pixels, and standard deviation after it.
const BLUR_PIXELS: f64 = 2.5;
const NOISE_SD: f32 = 50.0;

/// What a square adds to the noise.
const EFFECT: f64 = 100.0;

/// Half the side of each square, the distance of the outer ones from the middle along both axes, and how far they may
/// be off it, all in pixels.
const HALF_SQUARE: usize = 10;
const CORNER_OFFSET: i32 = 32;
const MOST_JITTER: i32 = 5;

/// Stored value of no noise, and the noise that one unit of stored value is.
const BASE_VALUE: f32 = 0.3;
const UNITS_PER_VALUE: f32 = 250.0;

/// One slice at z = 0 whose middle is MNI 0, 0, 0.
pub(super) fn grid() -> Grid {
    let half_mm = SPACING_MM * (SIDE - 1) as f64 / 2.0;
    Grid {
        shape: [SIDE, SIDE, 1],
        mni_from_voxel: Affine::from_spacing_origin([SPACING_MM; 3], [-half_mm, -half_mm, 0.0]),
    }
}

/// Draws a subject; the truth, for the old that are set aside, is exactly what the squares add to what is stored. The
/// young have none: nothing says which of the two subtypes they would get.
pub(super) fn make(effect: f64, group: AgeGroup, age_years: f64, is_test: bool, rng: &mut ChaCha8Rng) -> Made {
    let sex = draw_sex(rng);
    let noise = smooth_noise(rng);
    let (subtype, towards) = if rng.random_bool(0.5) { ("A", 1) } else { ("B", -1) };
    let offset: [i32; 2] =
        std::array::from_fn(|_| towards * CORNER_OFFSET + rng.random_range(-MOST_JITTER..=MOST_JITTER));
    let without = volume(noise.clone());
    let mut made = Made {
        map: without,
        truth: None,
        site_truth: None,
        at_ages: Vec::new(),
        age_years,
        sex,
        site: None,
        drawn: Drawn { pace: None, gain: None, subtype: None, truth_ages_years: None },
    };
    if group == AgeGroup::Old {
        let mut values = noise;
        for centre in [[0, 0], offset] {
            add_square(&mut values, centre, (EFFECT * effect) as f32);
        }
        let with = volume(values);
        made.truth = is_test.then(|| minus(&with, &made.map));
        made.map = with;
        made.drawn.subtype = Some(subtype);
    }
    made
}

/// Blurred white noise of the standard deviation asked for, in the units of the paper.
fn smooth_noise(rng: &mut impl Rng) -> Vec<f32> {
    let mut noise: Vec<f32> = (0..SIDE * SIDE).map(|_| StandardNormal.sample(rng)).collect();
    field::smooth(&mut noise, [SIDE, SIDE, 1], BLUR_PIXELS);
    let count = noise.len() as f64;
    let mean = noise.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let variance = noise.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
    let factor = NOISE_SD / (variance.sqrt() as f32).max(f32::MIN_POSITIVE);
    noise.iter_mut().for_each(|value| *value *= factor);
    noise
}

/// Adds a square whose centre is `offset` pixels from the middle; it always lies within the image.
fn add_square(values: &mut [f32], offset: [i32; 2], amount: f32) {
    let [x_range, y_range] = offset.map(|offset| {
        let middle = (SIDE / 2).saturating_add_signed(offset as isize);
        middle - HALF_SQUARE..middle + HALF_SQUARE
    });
    for y in y_range {
        values[y * SIDE..][x_range.clone()].iter_mut().for_each(|value| *value += amount);
    }
}

/// Values in the units of the paper as they are stored: 0..1.
fn volume(values: Vec<f32>) -> Volume {
    let Grid { shape, mni_from_voxel } = grid();
    let data = values.into_iter().map(|value| stored((BASE_VALUE + value / UNITS_PER_VALUE).clamp(0.0, 1.0))).collect();
    Volume::new(shape, data, mni_from_voxel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::GroupLimits;
    use rand::SeedableRng;

    fn made(group: AgeGroup, seed: u64) -> Made {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let age_years = group.draw_age_years(GroupLimits::PUBLISHED, &mut rng);
        make(1.0, group, age_years, true, &mut rng)
    }

    #[test]
    fn the_truth_is_two_squares_one_of_them_in_the_middle() {
        let mut subtypes = Vec::new();
        for seed in 0..12 {
            let old = made(AgeGroup::Old, seed);
            let truth = old.truth.expect("the truth of an old subject").data;
            let touched = truth.iter().filter(|&&value| value != 0.0).count();
            // A square adds 0.4; only where the noise has reached an end of the range may nothing be left of it.
            assert!((700..=800).contains(&touched), "{touched}");
            assert!(truth.iter().all(|&value| (0.0..=0.41).contains(&value)));
            let at = |x: usize, y: usize| truth[x + SIDE * y];
            let inside = (46..66).flat_map(|y| (46..66).map(move |x| at(x, y)));
            assert!(inside.sum::<f32>() / 400.0 > 0.3);
            let right_of_middle = truth.iter().enumerate().filter(|(index, _)| index % SIDE >= 66);
            let is_a = right_of_middle.map(|(_, value)| value).sum::<f32>() > 1.0;
            assert_eq!(old.drawn.subtype, Some(if is_a { "A" } else { "B" }));
            subtypes.push(is_a);
        }
        assert!(subtypes.contains(&true) && subtypes.contains(&false));
    }

    #[test]
    fn the_same_subject_without_squares_is_a_young_one() {
        let (young, old) = (made(AgeGroup::Young, 4), made(AgeGroup::Old, 4));
        let truth = old.truth.expect("truth");
        assert!(young.truth.is_none() && young.drawn.subtype.is_none());
        for ((young, old), truth) in young.map.data.iter().zip(&old.map.data).zip(&truth.data) {
            assert!((old - young - truth).abs() < 1e-6);
        }
        let (low, high) = young.map.data.iter().fold((1.0f32, 0.0f32), |(low, high), &v| (low.min(v), high.max(v)));
        assert!(low < 0.05 && high > 0.7 && high <= 1.0, "{low} to {high}");
    }
}
