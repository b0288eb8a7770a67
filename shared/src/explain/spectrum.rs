//! Power spectrum of the axial slices of a map: how coarse and how fine its structure is, whatever lies where.
//!
//! Slices are surrounded with zeros up to powers of two: transforms of these lengths take little code, which counts in the page. Only sums
//! and products of 64 bits in one order, whatever the processor has: the browser finds what a program finds.

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection, algorithm::Radix4};

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
    /// Lengths along x and y with the zeros.
    wide: usize,
    high: usize,
    /// Along x and along y; there, and back.
    along_x: [Radix4<f64>; 2],
    along_y: [Radix4<f64>; 2],
    /// Cycles a voxel at each place of a slice's transform, y fastest.
    cycles: Vec<f64>,
}

/// Transform of a slice, y fastest.
type Transform = Vec<Complex<f64>>;

impl Spectrum {
    /// For slices of `columns` × `rows` voxels along x and y.
    pub fn new(columns: usize, rows: usize) -> Self {
        let [wide, high] = [columns, rows].map(usize::next_power_of_two);
        let both = |length| [FftDirection::Forward, FftDirection::Inverse].map(|way| Radix4::new(length, way));
        Spectrum {
            columns,
            rows,
            wide,
            high,
            along_x: both(wide),
            along_y: both(high),
            cycles: (0..wide * high).map(|place| cycles_at([place / high, place % high], [wide, high])).collect(),
        }
    }

    /// Of a map, x fastest; values where `inside` is false count as zero.
    pub fn log_power(&self, map: &[f32], inside: &[bool]) -> LogPower {
        self.log_power_of(&self.transforms(map, inside))
    }

    /// The same map with each band made stronger or weaker towards `wanted`, in between smoothly. Values where `inside` is
    /// false count as zero, and are zero after.
    pub fn shaped(&self, map: &[f32], inside: &[bool], wanted: &LogPower) -> Vec<f32> {
        let mut transforms = self.transforms(map, inside);
        let now = self.log_power_of(&transforms);
        let difference: LogPower = std::array::from_fn(|band| wanted[band] - now[band]);
        let gains: Vec<f64> = self.cycles.iter().map(|cycles| gain(&difference, *cycles)).collect();
        let scale = 1.0 / (self.wide * self.high) as f64;
        let mut shaped = Vec::with_capacity(map.len());
        for transform in &mut transforms {
            transform.iter_mut().zip(&gains).for_each(|(value, gain)| *value *= gain);
            self.along_y[1].process(transform);
            let mut values = transposed(transform, self.high);
            self.along_x[1].process(&mut values);
            let rows = values.chunks_exact(self.wide).take(self.rows);
            shaped.extend(rows.flat_map(|row| &row[..self.columns]).map(|value| (value.re * scale) as f32));
        }
        shaped.iter_mut().zip(inside).filter(|(_, inside)| !**inside).for_each(|(value, _)| *value = 0.0);
        shaped
    }

    fn log_power_of(&self, transforms: &[Transform]) -> LogPower {
        let (mut power, mut places) = ([0.0; BANDS], [0.0; BANDS]);
        for transform in transforms {
            for (value, cycles) in transform.iter().zip(&self.cycles) {
                if let Some(band) = band_of(*cycles) {
                    power[band] += value.norm_sqr();
                    places[band] += 1.0;
                }
            }
        }
        std::array::from_fn(|band| (power[band] / f64::max(places[band], 1.0) + LEAST_POWER).ln())
    }

    fn transforms(&self, map: &[f32], inside: &[bool]) -> Vec<Transform> {
        let size = self.columns * self.rows;
        let slices = map.chunks_exact(size).zip(inside.chunks_exact(size));
        let transform = |(slice, inside): (&[f32], &[bool])| {
            let mut values = vec![Complex::new(0.0, 0.0); self.wide * self.high];
            for (voxel, (value, inside)) in slice.iter().zip(inside).enumerate() {
                if *inside {
                    values[voxel / self.columns * self.wide + voxel % self.columns] = f64::from(*value).into();
                }
            }
            self.along_x[0].process(&mut values);
            let mut turned = transposed(&values, self.wide);
            self.along_y[0].process(&mut turned);
            turned
        };
        slices.map(transform).collect()
    }
}

/// Band of a place along x and y in the transform of slices with sides of so many voxels; none in the corners.
pub fn band_at(place: [usize; 2], sides: [usize; 2]) -> Option<usize> {
    band_of(cycles_at(place, sides))
}

/// Cycles a voxel at a place of a slice's transform.
fn cycles_at([x, y]: [usize; 2], [nx, ny]: [usize; 2]) -> f64 {
    let along = |place: usize, length: usize| place.min(length - place) as f64 / length as f64;
    along(x, nx).hypot(along(y, ny))
}

/// Band of a spatial frequency in cycles a voxel; none above half a cycle, in the corners of a slice's transform.
fn band_of(cycles: f64) -> Option<usize> {
    (cycles <= 0.5).then_some(((cycles * 2.0 * BANDS as f64) as usize).min(BANDS - 1))
}

/// Rows of `width` as columns.
fn transposed(values: &[Complex<f64>], width: usize) -> Transform {
    let height = values.len() / width.max(1);
    (0..values.len()).map(|place| values[place % height * width + place / height]).collect()
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

    const SIDES: [usize; 2] = [16, 10];

    /// Two slices of a wave of six cycles over sixteen voxels, in the band from 0.35 to 0.4, whose middle it is.
    fn wave() -> Vec<f32> {
        let value = |voxel: usize| (std::f32::consts::TAU * 6.0 * (voxel % 16) as f32 / 16.0).cos();
        (0..320).map(|voxel| 0.4 * value(voxel)).collect()
    }

    #[test]
    fn a_wave_lies_in_its_band() {
        let power = Spectrum::new(SIDES[0], SIDES[1]).log_power(&wave(), &[true; 320]);
        let loudest = (0..BANDS).max_by(|&a, &b| power[a].total_cmp(&power[b]));
        assert_eq!(loudest, Some(7), "{power:?}");
    }

    #[test]
    fn what_is_wanted_already_stays_and_a_band_is_made_stronger() {
        let spectrum = Spectrum::new(SIDES[0], SIDES[1]);
        let (map, inside) = (wave(), [true; 320]);
        let now = spectrum.log_power(&map, &inside);
        let same = spectrum.shaped(&map, &inside, &now);
        assert!(same.iter().zip(&map).all(|(after, before)| (after - before).abs() < 1e-6));
        let louder = spectrum.shaped(&map, &inside, &now.map(|power| power + 0.5));
        let factor = 0.25f32.exp();
        assert!(louder.iter().zip(&map).all(|(after, before)| (after - factor * before).abs() < 1e-5));
        let mut wanted = now;
        wanted[7] += 0.1;
        let found = spectrum.log_power(&spectrum.shaped(&map, &inside, &wanted), &inside);
        assert!(found[7] > now[7] + 0.05 && found[7] < now[7] + 0.15, "{} {}", now[7], found[7]);
    }

    #[test]
    fn what_lies_outside_counts_as_zero() {
        let spectrum = Spectrum::new(SIDES[0], SIDES[1]);
        let inside: Vec<bool> = (0..320).map(|voxel| voxel % 16 < 6).collect();
        let cut: Vec<f32> =
            wave().iter().zip(&inside).map(|(value, inside)| if *inside { *value } else { 0.0 }).collect();
        assert_eq!(spectrum.log_power(&wave(), &inside), spectrum.log_power(&cut, &[true; 320]));
    }
}
