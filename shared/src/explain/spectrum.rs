//! Power spectrum of the axial slices of a map: how coarse and how fine its structure is, whatever lies where.
//!
//! Only sums and products of 64 bits in one order, whatever the processor has: the browser finds what a program finds.

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection, FftPlannerScalar};
use std::sync::Arc;

/// Bands of spatial frequency up to half a cycle a voxel.
pub const BANDS: usize = 10;
/// Keeps the logarithm of an empty band finite.
pub const LEAST_POWER: f64 = 1e-6;
/// A band is made at most this many times stronger or weaker, in amplitude.
const MOST_GAIN: f64 = 2.0;

/// Mean power of the slices in each band, as a logarithm.
pub type LogPower = [f64; BANDS];

/// Fourier transforms of the slices of one grid.
pub struct Spectrum {
    columns: usize,
    rows: usize,
    /// Along x and along y; there, and back.
    along_x: [Arc<dyn Fft<f64>>; 2],
    along_y: [Arc<dyn Fft<f64>>; 2],
    /// Cycles a voxel at each place of a slice's spectrum, y fastest.
    cycles: Vec<f64>,
}

impl Spectrum {
    /// For slices of `columns` × `rows` voxels along x and y.
    pub fn new(columns: usize, rows: usize) -> Self {
        let mut planner = FftPlannerScalar::new();
        let mut both = |length| [FftDirection::Forward, FftDirection::Inverse].map(|way| planner.plan_fft(length, way));
        Spectrum {
            columns,
            rows,
            along_x: both(columns),
            along_y: both(rows),
            cycles: (0..columns * rows).map(|place| cycles([place / rows, place % rows], [columns, rows])).collect(),
        }
    }

    /// Of a map, x fastest; values where `inside` is false count as zero.
    pub fn log_power(&self, map: &[f32], inside: &[bool]) -> LogPower {
        let (mut power, mut places) = ([0.0; BANDS], [0.0; BANDS]);
        for (slice, inside) in self.slices(map, inside) {
            for (value, cycles) in self.there(slice, inside).iter().zip(&self.cycles) {
                if let Some(band) = band_of(*cycles) {
                    power[band] += value.norm_sqr();
                    places[band] += 1.0;
                }
            }
        }
        std::array::from_fn(|band| (power[band] / f64::max(places[band], 1.0) + LEAST_POWER).ln())
    }

    /// The same map with each band of its spectrum stronger or weaker by a difference of log power, in between linearly.
    /// Values where `inside` is false count as zero before, and mean nothing after.
    pub fn shaped(&self, map: &[f32], inside: &[bool], difference: &LogPower) -> Vec<f32> {
        let gains: Vec<f64> = self.cycles.iter().map(|cycles| gain(difference, *cycles)).collect();
        let mut shaped = Vec::with_capacity(map.len());
        for (slice, inside) in self.slices(map, inside) {
            let mut turned = self.there(slice, inside);
            turned.iter_mut().zip(&gains).for_each(|(value, gain)| *value *= gain);
            self.along_y[1].process(&mut turned);
            let mut values = transposed(&turned, self.rows);
            self.along_x[1].process(&mut values);
            let scale = 1.0 / (self.columns * self.rows) as f64;
            shaped.extend(values.iter().map(|value| (value.re * scale) as f32));
        }
        shaped
    }

    fn slices<'a>(&self, map: &'a [f32], inside: &'a [bool]) -> impl Iterator<Item = (&'a [f32], &'a [bool])> {
        let size = self.columns * self.rows;
        map.chunks_exact(size).zip(inside.chunks_exact(size))
    }

    /// The spectrum of a slice, y fastest.
    fn there(&self, slice: &[f32], inside: &[bool]) -> Vec<Complex<f64>> {
        let kept = |(&value, &inside): (&f32, &bool)| Complex::from(if inside { f64::from(value) } else { 0.0 });
        let mut values: Vec<Complex<f64>> = slice.iter().zip(inside).map(kept).collect();
        self.along_x[0].process(&mut values);
        let mut turned = transposed(&values, self.columns);
        self.along_y[0].process(&mut turned);
        turned
    }
}

/// Rows of `width` as columns.
fn transposed(values: &[Complex<f64>], width: usize) -> Vec<Complex<f64>> {
    let height = values.len() / width.max(1);
    (0..values.len()).map(|place| values[place % height * width + place / height]).collect()
}

/// Cycles a voxel at a place in the spectrum of slices of `lengths` voxels.
fn cycles(place: [usize; 2], lengths: [usize; 2]) -> f64 {
    let along = |axis: usize| place[axis].min(lengths[axis] - place[axis]) as f64 / lengths[axis] as f64;
    along(0).hypot(along(1))
}

fn band_of(cycles: f64) -> Option<usize> {
    (cycles <= 0.5).then_some(((cycles * 2.0 * BANDS as f64) as usize).min(BANDS - 1))
}

/// Band of a place in the spectrum of slices of `lengths` voxels along x and y; none in the corners.
pub fn band(place: [usize; 2], lengths: [usize; 2]) -> Option<usize> {
    band_of(cycles(place, lengths))
}

/// Factor of the amplitude at a frequency, between the middles of the two bands around it.
fn gain(difference: &LogPower, cycles: f64) -> f64 {
    let place = (cycles * 2.0 * BANDS as f64 - 0.5).clamp(0.0, (BANDS - 1) as f64);
    let below = (place as usize).min(BANDS - 2);
    let part = place - below as f64;
    let between = difference[below] * (1.0 - part) + difference[below + 1] * part;
    (between / 2.0).exp().clamp(1.0 / MOST_GAIN, MOST_GAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: [usize; 2] = [12, 10];

    /// Two slices of a wave of four cycles over twelve voxels: a third of a cycle a voxel, in the band from 0.3 to 0.35.
    fn wave() -> Vec<f32> {
        let value = |voxel: usize| (std::f32::consts::TAU * 4.0 * (voxel % 12) as f32 / 12.0).cos();
        (0..240).map(|voxel| 0.5 + 0.4 * value(voxel)).collect()
    }

    #[test]
    fn a_wave_lies_in_its_band() {
        let spectrum = Spectrum::new(SIDES[0], SIDES[1]);
        let power = spectrum.log_power(&wave(), &[true; 240]);
        let loudest = (1..BANDS).max_by(|&a, &b| power[a].total_cmp(&power[b])).unwrap();
        assert_eq!(loudest, 6, "{power:?}");
        assert_eq!(band([4, 0], SIDES), Some(6));
        assert_eq!(band([6, 5], SIDES), None);
    }

    #[test]
    fn a_band_is_made_stronger_and_the_rest_stays() {
        let spectrum = Spectrum::new(SIDES[0], SIDES[1]);
        let (map, inside) = (wave(), [true; 240]);
        let same = spectrum.shaped(&map, &inside, &[0.0; BANDS]);
        assert!(same.iter().zip(&map).all(|(after, before)| (after - before).abs() < 1e-6));
        let mut difference = [0.0; BANDS];
        // A third of a cycle lies a sixth of the way from the middle of this band to that of the next.
        difference[6] = 0.5;
        let louder = spectrum.shaped(&map, &inside, &difference);
        let factor = (0.5f32 * 5.0 / 6.0 / 2.0).exp();
        for (after, before) in louder.iter().zip(&map) {
            assert!((after - (0.5 + factor * (before - 0.5))).abs() < 1e-5, "{after} of {before}");
        }
    }

    #[test]
    fn what_lies_outside_counts_as_zero() {
        let spectrum = Spectrum::new(SIDES[0], SIDES[1]);
        let inside: Vec<bool> = (0..240).map(|voxel| voxel % 12 < 6).collect();
        let cut: Vec<f32> =
            wave().iter().zip(&inside).map(|(value, inside)| if *inside { *value } else { 0.0 }).collect();
        assert_eq!(spectrum.log_power(&wave(), &inside), spectrum.log_power(&cut, &[true; 240]));
    }
}
