//! Realism of translations: newly fitted classifiers ("observers") try to distinguish translations from real maps of
//! their target group, and are tested on people left out of their fit.
//!
//! An observer sees properties of a whole map, not positions: its histogram of grey values, or the power spectrum of
//! its slices. A third, a small network ([`crate::training`] has it), sees the slices themselves. For comparison the
//! same is done for real maps of one group against other real maps of it.

use crate::group::Group;
use crate::measures::per_direction::PerDirection;
use crate::statistics::Estimate;
use crate::statistics::logistic::left_out_auc;
use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};
use serde::{Deserialize, Serialize};
use shared::explain::{BANDS, Direction, LEAST_POWER, band_at};
use std::sync::Arc;

/// Bins of the histogram from 0 to 1.
pub const BINS: usize = 20;
const SEED: u64 = 1;

/// Features of a whole map.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Share of the mask's voxels in each bin of grey value; neighbouring bins overlap.
    pub histogram: Vec<f64>,
    /// Logarithm of the mean power of the axial slices in each band.
    pub spectrum: Vec<f64>,
}

/// Areas under the ROC curve: 0.5 is chance (cannot be distinguished from real maps), 1 is always. `None` for too few
/// people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Realism {
    pub histogram: Option<Estimate>,
    pub spectrum: Option<Estimate>,
    /// By a small convolutional network; for the network's translations and for real maps. Missing in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnn: Option<Estimate>,
}

/// A map as an observer sees it, x fastest.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// Maps of the same person have the same number.
    pub person: usize,
    pub map: &'a [f32],
}

/// Computes the features of maps on one grid.
pub struct Lens<'a> {
    shape: [usize; 3],
    mask: &'a [bool],
    along_x: Arc<dyn Fft<f32>>,
    along_y: Arc<dyn Fft<f32>>,
    /// Band of each frequency of a slice's spectrum; none in the corners.
    bands: Vec<Option<usize>>,
}

impl<'a> Lens<'a> {
    /// `mask` has the grid's voxels, x fastest.
    pub fn new(shape: [usize; 3], mask: &'a [bool]) -> Self {
        let mut planner = FftPlanner::new();
        let [nx, ny, _] = shape;
        Lens {
            shape,
            mask,
            along_x: planner.plan_fft_forward(nx),
            along_y: planner.plan_fft_forward(ny),
            bands: (0..nx * ny).map(|index| band_at([index % nx, index / nx], [nx, ny])).collect(),
        }
    }

    /// Of a map of the grid, x fastest; values outside the mask are not used.
    pub fn look(&self, map: &[f32]) -> Look {
        Look { histogram: self.histogram(map), spectrum: self.spectrum(map) }
    }

    /// Of many maps at once.
    pub fn looks(&self, maps: &[&[f32]]) -> Vec<Look> {
        maps.par_iter().map(|map| self.look(map)).collect()
    }

    /// Each value counts for the two bins whose centres it lies between. With plain bins the steps in which maps are
    /// stored, such as 1/255, fall unevenly into them, and this alone would distinguish any computed map from a stored
    /// one.
    fn histogram(&self, map: &[f32]) -> Vec<f64> {
        let mut counts = vec![0.0; BINS];
        for (&value, _) in map.iter().zip(self.mask).filter(|(_, inside)| **inside) {
            let place = (f64::from(value) * BINS as f64 - 0.5).clamp(0.0, (BINS - 1) as f64);
            let below = (place as usize).min(BINS - 2);
            let above = place - below as f64;
            counts[below] += 1.0 - above;
            counts[below + 1] += above;
        }
        let all: f64 = counts.iter().sum();
        counts.into_iter().map(|count| count / all.max(1.0)).collect()
    }

    fn spectrum(&self, map: &[f32]) -> Vec<f64> {
        let [nx, ny, nz] = self.shape;
        let mut power = [0.0f64; BANDS];
        let mut places = [0.0f64; BANDS];
        let mut turned = vec![Complex::new(0.0, 0.0); nx * ny];
        for (slice, mask) in map.chunks_exact(nx * ny).zip(self.mask.chunks_exact(nx * ny)) {
            let inside = |(&value, &inside): (&f32, &bool)| Complex::new(if inside { value } else { 0.0 }, 0.0);
            let mut values: Vec<Complex<f32>> = slice.iter().zip(mask).map(inside).collect();
            self.along_x.process(&mut values);
            for (index, value) in values.into_iter().enumerate() {
                turned[(index % nx) * ny + index / nx] = value;
            }
            self.along_y.process(&mut turned);
            for (index, value) in turned.iter().enumerate() {
                if let Some(band) = self.bands[(index % ny) * nx + index / ny] {
                    power[band] += f64::from(value.norm_sqr());
                    places[band] += 1.0;
                }
            }
        }
        debug_assert_eq!(map.len(), nx * ny * nz);
        power.iter().zip(&places).map(|(power, places)| (power / places.max(1.0) + LEAST_POWER).ln()).collect()
    }
}

impl Realism {
    /// How well each observer distinguishes the first set from the second.
    pub fn between(translated: &[Look], real: &[Look]) -> Self {
        let area = |part: fn(&Look) -> &Vec<f64>| {
            let rows = |looks: &[Look]| looks.iter().map(|look| part(look).clone()).collect::<Vec<_>>();
            left_out_auc(&rows(translated), &rows(real), SEED)
        };
        Realism { histogram: area(|look| &look.histogram), spectrum: area(|look| &look.spectrum), cnn: None }
    }
}

/// Features of real maps by group: of evaluated people, and of people in the training data.
#[derive(Clone, Debug, Default)]
pub struct RealLooks {
    pub evaluated: [Vec<Look>; 2],
    pub learned: [Vec<Look>; 2],
}

impl RealLooks {
    /// All real maps of the target group of a direction.
    pub fn of_target(&self, direction: Direction) -> Vec<Look> {
        let group = target(direction);
        self.evaluated[group].iter().chain(&self.learned[group]).cloned().collect()
    }

    /// Evaluated people against training subjects: the value expected from sampling alone.
    pub fn null(&self) -> PerDirection<Realism> {
        PerDirection::from_fn(|direction| {
            let group = target(direction);
            Realism::between(&self.evaluated[group], &self.learned[group])
        })
    }
}

/// Index of a group in pairs of young and old.
pub fn place_of(group: Group) -> usize {
    usize::from(group == Group::Old)
}

/// Index of a direction's target group in pairs of young and old.
pub fn target(direction: Direction) -> usize {
    usize::from(direction == Direction::YoungToOld)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const SHAPE: [usize; 3] = [12, 10, 4];
    const VOXELS: usize = 480;

    #[test]
    fn a_wave_lies_in_its_band_and_values_in_their_bins() {
        let mask = vec![true; VOXELS];
        let lens = Lens::new(SHAPE, &mask);
        // Four cycles over twelve voxels: a third of a cycle a voxel, in the band from 0.3 to 0.35.
        let wave: Vec<f32> = (0..VOXELS)
            .map(|voxel| 0.5 + 0.4 * (std::f32::consts::TAU * 4.0 * (voxel % 12) as f32 / 12.0).cos())
            .collect();
        let look = lens.look(&wave);
        let bands = &look.spectrum[1..];
        let loudest = (0..bands.len()).max_by(|&a, &b| bands[a].total_cmp(&bands[b])).unwrap() + 1;
        assert_eq!(loudest, 6, "{:?}", look.spectrum);
        assert!((look.histogram.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        // A third of the voxels is 0.9, the rest 0.3: in the two bins around.
        let share = |bins: std::ops::Range<usize>| look.histogram[bins].iter().sum::<f64>();
        assert!((share(5..7) - 2.0 / 3.0).abs() < 1e-9 && (share(17..19) - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_steps_in_which_maps_are_stored_tell_nothing() {
        let mask = vec![true; VOXELS];
        let lens = Lens::new(SHAPE, &mask);
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut draw = |is_stored: bool| -> Look {
            let value = |_| {
                let value: f32 = random.random_range(0.0..1.0);
                if is_stored { (value * 255.0).round() / 255.0 } else { value }
            };
            lens.look(&(0..VOXELS).map(value).collect::<Vec<f32>>())
        };
        let stored: Vec<Look> = (0..60).map(|_| draw(true)).collect();
        let computed: Vec<Look> = (0..60).map(|_| draw(false)).collect();
        let told = Realism::between(&computed, &stored).histogram.unwrap().value;
        assert!((told - 0.5).abs() < 0.15, "{told}");
    }

    #[test]
    fn smoothed_maps_are_told_from_sharp_ones_and_equals_are_not() {
        let mask = vec![true; VOXELS];
        let lens = Lens::new(SHAPE, &mask);
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut draw = || -> Vec<f32> { (0..VOXELS).map(|_| random.random_range(0.0..1.0)).collect() };
        let sharp: Vec<Vec<f32>> = (0..40).map(|_| draw()).collect();
        let others: Vec<Vec<f32>> = (0..40).map(|_| draw()).collect();
        let smooth: Vec<Vec<f32>> =
            (0..40).map(|_| draw().chunks(2).flat_map(|pair| [(pair[0] + pair[1]) / 2.0; 2]).collect()).collect();
        let looks = |maps: &[Vec<f32>]| -> Vec<Look> { maps.iter().map(|map| lens.look(map)).collect() };
        let value = |found: Option<Estimate>| found.unwrap().value;
        let told = Realism::between(&looks(&smooth), &looks(&sharp));
        assert!(value(told.histogram) > 0.95 && value(told.spectrum) > 0.95, "{told:?}");
        let equal = Realism::between(&looks(&others), &looks(&sharp));
        assert!((value(equal.histogram) - 0.5).abs() < 0.2 && (value(equal.spectrum) - 0.5).abs() < 0.2);
    }
}
