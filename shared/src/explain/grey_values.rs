//! Grey values of a translation as ageing changes them: exact histogram specification (Coltuc, Bolon and Chassery 2006,
//! doi:10.1109/TIP.2005.864170), and, where it was learned, its spectrum too, in turns (Schreiber and Schmitz 1996,
//! doi:10.1103/PhysRevLett.77.635).
//!
//! A generator decides where a map gains and loses, but a whole map of its making shows values that real maps do not, and critics of
//! patches do not see that. So the voxels keep the order that the generator gave them, and take the values of the original's own
//! histogram, moved as histograms of people move from the young to the old, by as much as the image is changed. The power spectrum of the
//! slices is moved in the same way: a generator draws a little too smoothly or too sharply. An image that is
//! changed by nothing keeps its values, and so does one whose histogram is not that of a single map, such as a mean of many.

use super::Direction;
use super::spectrum::{LogPower, Spectrum};
use crate::volume::Volume;
use serde::{Deserialize, Serialize};

/// Levels of grey value from 0 to 1; the steps of files with eight bits.
pub const LEVELS: usize = 256;

/// Weight of the neighbours' mean beside the voxel's own value, where voxels are ordered: it decides between equal ones.
const NEIGHBOURS: f32 = 1e-3;

/// Times that the spectrum is moved, each followed by the histogram: after twice, another time changes nothing that counts.
const TURNS: usize = 2;

/// An image is no single map if it lacks more than this share of what a small change, [`SMALL`] times that from the young to the old,
/// takes away. Measured: 206 people 0.28 at most, means of 17 to 80 people 0.32 and more.
const MOST_LACKING: f64 = 0.3;
const SMALL: f64 = 0.25;

/// What was learned of people's histograms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GreyValues {
    /// Share of the mask's voxels at each of [`LEVELS`]: mean of the old minus mean of the young.
    pub old_minus_young: Vec<f32>,
    /// Logarithm of the slices' power in each of [`super::BANDS`]: mean of the old minus mean of the young. `None` where spectra are left
    /// as the networks draw them, and in bundles of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spectrum_old_minus_young: Option<LogPower>,
}

impl GreyValues {
    /// From the mean histograms of both groups, see [`shares`]; `None` where they do not fit.
    pub fn from_means(young: &[f64], old: &[f64]) -> Option<Self> {
        (young.len() == LEVELS && old.len() == LEVELS).then(|| GreyValues {
            old_minus_young: old.iter().zip(young).map(|(old, young)| (old - young) as f32).collect(),
            spectrum_old_minus_young: None,
        })
    }

    /// Whether it has a finite share for each level.
    pub fn is_sound(&self) -> bool {
        self.old_minus_young.len() == LEVELS
            && self.old_minus_young.iter().all(|share| share.is_finite() && share.abs() <= 1.0)
            && self.spectrum_old_minus_young.iter().flatten().all(|power| power.is_finite())
    }

    /// Gives a translation the values that its original would have, changed this way by `amount` times the change from the
    /// young to the old. Only voxels where `inside` is true take part; all three lie on one grid.
    pub fn specify(
        &self,
        original: &[f32],
        translated: &mut Volume,
        inside: &[bool],
        direction: Direction,
        amount: f64,
    ) {
        if amount == 0.0 {
            return;
        }
        let sign = if direction == Direction::YoungToOld { amount } else { -amount };
        let voxels = || (0..inside.len()).filter(|&voxel| inside[voxel]);
        let mut own: Vec<f32> = voxels().map(|voxel| original[voxel]).collect();
        let held = counts(&own);
        if !self.is_single_map(&held) {
            return;
        }
        own.sort_by(f32::total_cmp);
        let values = self.moved(&own, &held, sign);
        let shape = translated.shape;
        give(&values, ascending(&translated.data, shape, inside), translated);
        let Some(difference) = &self.spectrum_old_minus_young else { return };
        let spectrum = Spectrum::new(shape[0], shape[1]);
        let before = spectrum.log_power(original, inside);
        let wanted: LogPower = std::array::from_fn(|band| before[band] + sign * difference[band]);
        for _ in 0..TURNS {
            let shaped = spectrum.shaped(&translated.data, inside, &wanted);
            give(&values, ascending(&shaped, shape, inside), translated);
        }
    }

    /// Whether an image with so many voxels at each level has what a change either way takes away.
    fn is_single_map(&self, held: &[usize]) -> bool {
        let all = held.iter().sum::<usize>() as f64;
        [SMALL, -SMALL].into_iter().all(|amount| {
            let (mut taken, mut lacking) = (0.0, 0.0);
            for (&held, &share) in held.iter().zip(&self.old_minus_young) {
                let taken_here = (-amount * f64::from(share) * all).max(0.0);
                taken += taken_here;
                lacking += (taken_here - held as f64).max(0.0);
            }
            lacking <= MOST_LACKING * taken
        })
    }

    /// As many values as `own` (ascending, `held` of them at each level), ascending: of its histogram moved by `amount` from the
    /// young to the old.
    fn moved(&self, own: &[f32], held: &[usize], amount: f64) -> Vec<f32> {
        let count = own.len();
        let wanted = held.iter().zip(&self.old_minus_young);
        let wanted: Vec<f64> =
            wanted.map(|(&held, share)| (held as f64 + amount * f64::from(*share) * count as f64).max(0.0)).collect();
        let scale = count as f64 / wanted.iter().sum::<f64>().max(1e-9);
        let (mut level, mut below, mut first) = (0, 0.0, 0);
        let mut values = Vec::with_capacity(count);
        for rank in 0..count {
            let rank = rank as f64 + 0.5;
            // The level that holds this rank; `below`: ranks before it, `first`: the own values before it.
            while level + 1 < LEVELS && rank >= below + wanted[level] * scale {
                below += wanted[level] * scale;
                first += held[level];
                level += 1;
            }
            let width = wanted[level] * scale;
            values.push(match held[level] {
                // None of its own values lies there.
                0 => level as f32 / (LEVELS - 1) as f32,
                held => {
                    let part = ((rank - below) / width.max(1e-9)).clamp(0.0, 1.0);
                    own[first + ((part * held as f64) as usize).min(held - 1)]
                }
            });
        }
        values
    }
}

/// The voxels where `inside` is true, from the lowest to the highest.
fn ascending(map: &[f32], shape: [usize; 3], inside: &[bool]) -> Vec<usize> {
    let voxels = (0..inside.len()).filter(|&voxel| inside[voxel]);
    let mut order: Vec<(f32, usize)> = voxels.map(|voxel| (rank_value(map, shape, voxel), voxel)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    order.into_iter().map(|(_, voxel)| voxel).collect()
}

/// These voxels of a map take these values.
fn give(values: &[f32], voxels: Vec<usize>, map: &mut Volume) {
    for (voxel, value) in voxels.into_iter().zip(values) {
        map.data[voxel] = *value;
    }
}

/// Level of a value.
fn level_of(value: f32) -> usize {
    (value.clamp(0.0, 1.0) * (LEVELS - 1) as f32).round() as usize
}

fn counts(values: &[f32]) -> Vec<usize> {
    let mut counts = vec![0; LEVELS];
    values.iter().for_each(|value| counts[level_of(*value)] += 1);
    counts
}

/// Share of the voxels inside the mask at each of [`LEVELS`].
pub fn shares(values: &[f32], inside: &[bool]) -> Vec<f64> {
    let kept: Vec<f32> = values.iter().zip(inside).filter(|(_, inside)| **inside).map(|(value, _)| *value).collect();
    counts(&kept).into_iter().map(|count| count as f64 / kept.len().max(1) as f64).collect()
}

/// The value by which a voxel is ordered: its own and, a little, the mean of its neighbours along each axis.
fn rank_value(map: &[f32], [nx, ny, nz]: [usize; 3], voxel: usize) -> f32 {
    let place = [voxel % nx, voxel / nx % ny, voxel / (nx * ny)];
    let (mut sum, mut count) = (0.0, 0.0);
    for ((place, side), stride) in place.into_iter().zip([nx, ny, nz]).zip([1, nx, nx * ny]) {
        if place > 0 {
            sum += map[voxel - stride];
            count += 1.0;
        }
        if place + 1 < side {
            sum += map[voxel + stride];
            count += 1.0;
        }
    }
    map[voxel] + if count > 0.0 { NEIGHBOURS * sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Affine;

    const SHAPE: [usize; 3] = [10, 10, 10];

    fn volume(value: impl Fn(usize) -> f32) -> Volume {
        Volume::new(SHAPE, (0..1000).map(value).collect(), Affine::IDENTITY)
    }

    /// A quarter of the young is at 1, half of the old: as much less at 0.
    fn change() -> GreyValues {
        let mut old_minus_young = vec![0.0; LEVELS];
        (old_minus_young[0], old_minus_young[LEVELS - 1]) = (-0.25, 0.25);
        GreyValues { old_minus_young, spectrum_old_minus_young: None }
    }

    #[test]
    fn no_change_keeps_every_value_and_more_of_it_moves_more_of_them() {
        let original = volume(|voxel| if voxel % 4 == 0 { 1.0 } else { 0.0 });
        let inside = vec![true; 1000];
        let bright = |amount: f64| {
            let mut map = original.clone();
            change().specify(&original.data, &mut map, &inside, Direction::YoungToOld, amount);
            assert!(map.data.iter().all(|value| *value == 0.0 || *value == 1.0));
            assert!(original.data.iter().zip(&map.data).all(|(before, after)| after >= before), "the order was kept");
            map.data.iter().filter(|value| **value == 1.0).count()
        };
        assert_eq!([0.0, 0.5, 1.0, 2.0].map(bright), [250, 375, 500, 750]);
    }

    #[test]
    fn the_way_back_undoes_the_histogram() {
        let young = volume(|voxel| if voxel % 4 == 0 { 1.0 } else { 0.0 });
        let (mut map, inside) = (young.clone(), vec![true; 1000]);
        change().specify(&young.data, &mut map, &inside, Direction::YoungToOld, 1.0);
        let old = map.clone();
        change().specify(&old.data, &mut map, &inside, Direction::OldToYoung, 1.0);
        assert_eq!(shares(&map.data, &inside), shares(&young.data, &inside));
    }

    #[test]
    fn values_are_the_originals_in_the_order_of_the_translation() {
        let original = volume(|voxel| (voxel % 200) as f32 / 199.0);
        // Back to front, and outside of the mask as it is.
        let mut map = volume(|voxel| 1.0 - (voxel % 200) as f32 / 199.0);
        let before = map.clone();
        let inside: Vec<bool> = (0..1000).map(|voxel| voxel < 800).collect();
        let none = GreyValues { old_minus_young: vec![0.0; LEVELS], spectrum_old_minus_young: None };
        none.specify(&original.data, &mut map, &inside, Direction::OldToYoung, 1.0);
        assert_eq!(map.data[800..], before.data[800..]);
        for (voxel, (found, wanted)) in map.data[..800].iter().zip(&before.data).enumerate() {
            assert!((found - wanted).abs() < 0.02, "voxel {voxel}: {found} instead of {wanted}");
        }
    }

    #[test]
    fn a_mean_of_many_maps_keeps_what_the_networks_draw() {
        // Grey all over: neither black nor white to take away.
        let (grey, inside) = (volume(|voxel| 0.4 + 0.0001 * voxel as f32), vec![true; 1000]);
        let mut map = volume(|voxel| 0.3 + 0.0001 * voxel as f32);
        let drawn = map.clone();
        change().specify(&grey.data, &mut map, &inside, Direction::YoungToOld, 1.0);
        assert_eq!(map.data, drawn.data);
    }

    #[test]
    fn levels_that_the_original_lacks_are_made() {
        let mut old_minus_young = vec![0.0; LEVELS];
        (old_minus_young[0], old_minus_young[102], old_minus_young[204]) = (-0.5, 0.4, 0.1);
        let original = volume(|voxel| if voxel < 850 { 0.0 } else { 0.4 });
        let mut map = volume(|voxel| voxel as f32 / 1000.0);
        GreyValues { old_minus_young, spectrum_old_minus_young: None }.specify(
            &original.data,
            &mut map,
            &[true; 1000],
            Direction::YoungToOld,
            1.0,
        );
        let held = |wanted: f32| map.data.iter().filter(|value| (**value - wanted).abs() < 1e-6).count();
        assert_eq!([0.0, 0.4, 0.8].map(held), [350, 550, 100]);
        assert!(map.data.is_sorted());
    }

    #[test]
    fn a_translation_that_is_too_smooth_gets_the_spectrum_of_its_original_moved() {
        let shape = [32, 24, 2];
        let noise = |voxel: usize| {
            let mixed = (voxel as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            (mixed >> 40) as f32 / (1 << 24) as f32
        };
        let of = |value: &dyn Fn(usize) -> f32| Volume::new(shape, (0..1536).map(value).collect(), Affine::IDENTITY);
        let original = of(&noise);
        // With a third of the next voxel along x it is smoother.
        let smooth = of(&|voxel| (noise(voxel) + noise(voxel + 1) / 3.0) * 0.75);
        let inside: Vec<bool> = (0..1536).map(|voxel| voxel % 32 < 28).collect();
        let kept = |map: &Volume| -> Vec<f32> {
            let mut kept: Vec<f32> = (0..1536).filter(|voxel| inside[*voxel]).map(|voxel| map.data[voxel]).collect();
            kept.sort_by(f32::total_cmp);
            kept
        };
        let difference: LogPower = std::array::from_fn(|band| 0.02 * (band as f64 - 5.0));
        let spectrum = Spectrum::new(shape[0], shape[1]);
        let before = spectrum.log_power(&original.data, &inside);
        let farthest = |spectrum_old_minus_young| {
            let mut map = smooth.clone();
            let none = GreyValues { old_minus_young: vec![0.0; LEVELS], spectrum_old_minus_young };
            none.specify(&original.data, &mut map, &inside, Direction::OldToYoung, 0.5);
            assert_eq!(kept(&map), kept(&original), "the histogram is the original's");
            assert!((0..1536).all(|voxel| inside[voxel] || map.data[voxel] == smooth.data[voxel]));
            let after = spectrum.log_power(&map.data, &inside);
            let missing = |band: usize| (after[band] - (before[band] - 0.5 * difference[band])).abs();
            (0..after.len()).map(missing).fold(0.0, f64::max)
        };
        let [kept, moved] = [None, Some(difference)].map(farthest);
        assert!(kept > 0.2 && moved < 0.3 * kept, "{kept} {moved}");
    }

    #[test]
    fn unsound_files_are_told() {
        assert!(change().is_sound());
        assert!(!GreyValues { old_minus_young: vec![0.0; 3], ..change() }.is_sound());
        assert!(!GreyValues { old_minus_young: vec![f32::NAN; LEVELS], ..change() }.is_sound());
        assert!(!GreyValues { spectrum_old_minus_young: Some([f64::NAN; 10]), ..change() }.is_sound());
        assert!(GreyValues::from_means(&[0.0; 3], &[0.0; LEVELS]).is_none());
    }
}
