//! Realism by a small convolutional network: trained anew, it tries to distinguish translations from real maps of their
//! target group, and is tested on people left out of its training.
//!
//! It is always trained on the CPU, where the same seed gives the same weights on any number of threads. Its cost does
//! not depend on the number of people: each training has the same number of steps on the same number of slices.

use crate::device;
use crate::measures::realism::Shown;
use crate::progress::{Progress, stop_requested};
use crate::random::random;
use crate::statistics::{Estimate, roc_auc};
use crate::training::adam::adam;
use crate::training::losses::cross_entropy;
use crate::training::trained::{Trained, processor};
use anyhow::{Result, ensure};
use burn::module::{Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use shared::model::{Classifier, ClassifierConfig, GridContext, Norm, SpatialKind};
use std::collections::BTreeMap;

/// Folds of the cross-validation by person, and the fewest people on a side.
const FOLDS: usize = 3;
const LEAST_PEOPLE: usize = 5;
/// Strided 3 x 3 convolutions and channels of the first, doubled by each further one.
const LAYERS: usize = 3;
const FILTERS: usize = 8;
/// Steps of a training; people of each side and axial slices of each of them per step.
const STEPS: u64 = 300;
const PEOPLE_PER_STEP: usize = 8;
const SLICES_PER_STEP: usize = 2;
/// Axial slices of a map that are used at most, evenly spread over those that hold brain: at least this share of the
/// voxels of the fullest slice.
const MOST_SLICES: usize = 12;
const LEAST_FULL: f64 = 0.1;
/// Learning rate of the first step; it falls linearly to zero.
const RATE: f64 = 3e-3;
const SEED: u64 = 1;
/// People whose scores are computed together.
const AT_ONCE: usize = 4;
/// Streams of random numbers (see [`random`]).
const FOLD: u64 = 21;
const BATCH: u64 = 22;
const WEIGHTS: u64 = 24;

/// Trains observers on one grid.
pub struct FreshObserver<'a> {
    /// Voxels along x, y, z.
    shape: [usize; 3],
    mask: &'a [bool],
    context: GridContext,
    /// Axial slices that are used, ascending.
    slices: Vec<usize>,
}

impl<'a> FreshObserver<'a> {
    /// `mask` has the grid's voxels, x fastest; values outside it are not used.
    pub fn new(shape: [usize; 3], mask: &'a [bool], context: &GridContext) -> Self {
        FreshObserver {
            shape,
            mask,
            context: context.to_device(&Device::flex()),
            slices: slices_with_brain(shape, mask),
        }
    }

    /// Area under the ROC curve with which it distinguishes the first maps from the second: 0.5 is chance, 1 is always.
    /// `None` for too few people on a side.
    ///
    /// Only people left out of the same training are compared: each training has a scale of its own.
    ///
    /// # Errors
    /// The device failed, or a stop was asked for.
    pub fn between<'m>(&self, translated: &[Shown<'m>], real: &[Shown<'m>]) -> Result<Option<Estimate>> {
        if translated.len().min(real.len()) < LEAST_PEOPLE {
            return Ok(None);
        }
        let folds = folds(translated, real);
        let fold_of = |shown: &Shown| folds.get(&shown.person).copied().unwrap_or_default();
        let progress = Progress::new("realism", FOLDS as u64 * STEPS, 0);
        let mut people = Vec::new();
        for fold in 0..FOLDS {
            let learned = |side: &[Shown<'m>]| -> Vec<&'m [f32]> {
                side.iter().filter(|shown| fold_of(shown) != fold).map(|shown| shown.map).collect()
            };
            let network = self.train([&learned(translated), &learned(real)], fold as u64, &progress)?;
            for (side, is_translated) in [(translated, true), (real, false)] {
                let tested: Vec<&[f32]> =
                    side.iter().filter(|shown| fold_of(shown) == fold).map(|shown| shown.map).collect();
                let scores = self.scores(&network, &tested)?;
                people.extend(scores.into_iter().map(|score| Scored { score, is_translated, fold }));
            }
        }
        Ok(Estimate::of(&people, area))
    }

    fn train(&self, sides: [&[&[f32]]; 2], fold: u64, progress: &Progress) -> Result<Classifier> {
        let device = Device::flex().autodiff();
        let seed = SEED.wrapping_add(fold);
        let context = self.context.to_device(&device);
        let config = ClassifierConfig {
            refine: false,
            ..ClassifierConfig::plain(SpatialKind::Plane, FILTERS, LAYERS, Norm::None, 0.0)
        };
        let network = config.init(&processor(seed)).map(&mut Drawn { draw: random(seed, WEIGHTS, 0) });
        let mut trained = Trained::new(network, adam(0.9, 0.999, 1e-8), &device);
        for step in 0..STEPS {
            ensure!(!stop_requested(), "stopped before the realism was measured; the same command starts again");
            let mut draw = random(seed, BATCH, step);
            let [translated, real] = sides.map(|side| some_of(side, PEOPLE_PER_STEP, &mut draw));
            let mut slices = some_of(&self.slices, SLICES_PER_STEP, &mut draw);
            slices.sort_unstable();
            let labels = [vec![1.0f32; translated.len()], vec![0.0; real.len()]].concat();
            let images = self.tensor(&[translated, real].concat(), &slices, &device);
            let logits = trained.network.logit_of_slices(images, &context.slices(&slices), &slices);
            let count = labels.len();
            let loss = cross_entropy(logits, Tensor::from_data(TensorData::new(labels, [count, 1]), &device));
            let gradients = GradientsParams::from_grads(loss.backward(), &trained.network);
            trained.update(RATE * (1.0 - step as f64 / STEPS as f64), gradients);
            progress.advance();
        }
        Ok(trained.network.valid())
    }

    /// Log-odds of "translated" of each map, mean over the slices: the network's last steps are a mean over all places
    /// and a linear layer, so this is what it says of the slices together.
    fn scores(&self, network: &Classifier, maps: &[&[f32]]) -> Result<Vec<f64>> {
        let device = Device::flex();
        let context = self.context.slices(&self.slices);
        let mut scores = Vec::with_capacity(maps.len());
        for some in maps.chunks(AT_ONCE) {
            let images = self.tensor(some, &self.slices, &device);
            let logits = network.logit_of_slices(images, &context, &self.slices);
            scores.extend(device::values(logits)?.into_iter().map(f64::from));
        }
        Ok(scores)
    }

    /// Slices of maps as `[n, 1, z, y, x]`, zero outside the mask.
    fn tensor(&self, maps: &[&[f32]], slices: &[usize], device: &Device) -> Tensor<5> {
        let [nx, ny, _] = self.shape;
        let area = nx * ny;
        let mut values = Vec::with_capacity(maps.len() * slices.len() * area);
        for map in maps {
            for &z in slices {
                let inside = &self.mask[z * area..(z + 1) * area];
                let slice = map[z * area..(z + 1) * area].iter().zip(inside);
                values.extend(slice.map(|(&value, &inside)| if inside { value } else { 0.0 }));
            }
        }
        Tensor::from_data(TensorData::new(values, [maps.len(), 1, slices.len(), ny, nx]), device)
    }
}

/// Initial weights from a generator of our own (He et al. 2015), biases zero: the device's is shared by all threads.
struct Drawn {
    draw: ChaCha8Rng,
}

impl ModuleMapper for Drawn {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (dims, device) = (param.val().dims(), param.val().device());
        // Of a convolution [out, in, y, x], of the linear layer [in, out].
        let inputs: usize = match D {
            1 => return Param::from_tensor(Tensor::zeros(dims, &device)),
            2 => dims[0],
            _ => dims[1..].iter().product(),
        };
        let spread = (2.0 / inputs.max(1) as f32).sqrt();
        let normal = |_| -> f32 { StandardNormal.sample(&mut self.draw) };
        let values: Vec<f32> = (0..dims.iter().product()).map(normal).map(|value| value * spread).collect();
        Param::from_tensor(Tensor::from_data(TensorData::new(values, dims), &device))
    }
}

/// A map of a person left out of a training.
#[derive(Clone, Copy)]
struct Scored {
    score: f64,
    is_translated: bool,
    fold: usize,
}

/// Area under the ROC curve over all pairs of people of the same fold.
fn area(people: &[Scored]) -> Option<f64> {
    let (mut right, mut pairs) = (0.0, 0.0);
    for fold in 0..FOLDS {
        let (scores, is_translated): (Vec<f64>, Vec<bool>) =
            people.iter().filter(|one| one.fold == fold).map(|one| (one.score, one.is_translated)).unzip();
        let translated = is_translated.iter().filter(|&&is_translated| is_translated).count();
        let count = (translated * (scores.len() - translated)) as f64;
        if count > 0.0 {
            right += roc_auc(&scores, &is_translated)? * count;
            pairs += count;
        }
    }
    (pairs > 0.0).then(|| right / pairs)
}

/// The fold of each person, the people of each side spread evenly: whoever is on both sides is in one fold with both
/// maps.
fn folds(translated: &[Shown], real: &[Shown]) -> BTreeMap<usize, usize> {
    let mut folds = BTreeMap::new();
    let mut draw = random(SEED, FOLD, 0);
    for side in [translated, real] {
        let mut people: Vec<usize> =
            side.iter().map(|shown| shown.person).filter(|person| !folds.contains_key(person)).collect();
        people.sort_unstable();
        people.dedup();
        people.shuffle(&mut draw);
        folds.extend(people.into_iter().enumerate().map(|(place, person)| (person, place % FOLDS)));
    }
    folds
}

/// Up to `count` different elements.
fn some_of<T: Copy>(all: &[T], count: usize, draw: &mut ChaCha8Rng) -> Vec<T> {
    rand::seq::index::sample(draw, all.len(), count.min(all.len())).into_iter().map(|place| all[place]).collect()
}

/// Axial slices with enough of the mask, at most [`MOST_SLICES`] of them, evenly spread.
fn slices_with_brain([nx, ny, nz]: [usize; 3], mask: &[bool]) -> Vec<usize> {
    let counts: Vec<usize> =
        mask.chunks_exact(nx * ny).map(|slice| slice.iter().filter(|&&inside| inside).count()).collect();
    let fullest = counts.iter().copied().max().unwrap_or_default() as f64;
    let with_brain: Vec<usize> = (0..nz).filter(|&z| counts[z] as f64 >= LEAST_FULL * fullest).collect();
    let wanted = with_brain.len().min(MOST_SLICES);
    (0..wanted).map(|place| with_brain[(2 * place + 1) * with_brain.len() / (2 * wanted)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use shared::volume::{Affine, Grid};

    const SHAPE: [usize; 3] = [24, 20, 4];
    const VOXELS: usize = 24 * 20 * 4;

    /// Noise, as fine as the grid.
    fn textures(count: usize, seed: u64) -> Vec<Vec<f32>> {
        let mut draw = random(seed, 0, 0);
        (0..count).map(|_| (0..VOXELS).map(|_| draw.random_range(0.0..1.0)).collect()).collect()
    }

    /// Each voxel averaged with its neighbours along x, contrast and mean kept: only the texture differs.
    fn blurred(map: &[f32]) -> Vec<f32> {
        let at = |voxel: usize, by: isize| map[(voxel as isize + by).clamp(0, VOXELS as isize - 1) as usize];
        (0..VOXELS).map(|voxel| 0.5 + ((at(voxel, -1) + at(voxel, 0) + at(voxel, 1)) / 3.0 - 0.5) * 1.732).collect()
    }

    fn shown(maps: &[Vec<f32>], first: usize) -> Vec<Shown<'_>> {
        maps.iter().enumerate().map(|(place, map)| Shown { person: first + place, map }).collect()
    }

    fn observer(mask: &[bool]) -> FreshObserver<'_> {
        let grid = Grid { shape: SHAPE, mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [0.0; 3]) };
        let context = GridContext::everywhere(&grid, &Device::flex());
        FreshObserver::new(SHAPE, mask, &context)
    }

    #[test]
    fn blurred_copies_are_told_from_their_originals_and_equals_are_not() {
        let mask = vec![true; VOXELS];
        let observer = observer(&mask);
        let originals = textures(24, 1);
        let copies: Vec<Vec<f32>> = originals.iter().map(|map| blurred(map)).collect();
        // Copy and original are of the same person.
        let (copies, originals) = (shown(&copies, 0), shown(&originals, 0));
        let told = observer.between(&copies, &originals).unwrap().unwrap();
        assert!(told.value > 0.9 && told.interval.is_some_and(|[low, _]| low > 0.8), "{told:?}");
        let half = observer.between(&originals[..12], &originals[12..]).unwrap().unwrap();
        assert!((0.2..=0.8).contains(&half.value), "{half:?}");
        assert_eq!(observer.between(&originals[..12], &originals[12..]).unwrap(), Some(half));
        assert_eq!(observer.between(&originals[..4], &originals[4..]).unwrap(), None);
    }

    #[test]
    fn nobody_is_in_training_and_test() {
        let map = vec![0.5; VOXELS];
        let people = |range: std::ops::Range<usize>| -> Vec<Shown<'_>> {
            range.map(|person| Shown { person, map: &map }).collect()
        };
        // People 6 to 11 are on both sides.
        let (translated, real) = (people(0..12), people(6..30));
        let folds = folds(&translated, &real);
        assert_eq!(folds.len(), 30);
        for fold in 0..FOLDS {
            let count = |side: &[Shown]| side.iter().filter(|shown| folds[&shown.person] == fold).count();
            assert_eq!(count(&translated), 4);
            assert!(count(&real) >= 6, "{folds:?}");
        }
    }

    #[test]
    fn only_people_of_one_fold_are_compared() {
        let scored = |score: f64, is_translated: bool, fold: usize| Scored { score, is_translated, fold };
        // Always right within a fold; the second fold lies higher as a whole.
        let people = [scored(1.0, true, 0), scored(0.0, false, 0), scored(9.0, true, 1), scored(8.0, false, 1)];
        assert_eq!(area(&people), Some(1.0));
        assert_eq!(area(&people[..1]), None);
    }

    #[test]
    fn slices_are_spread_over_those_that_hold_brain() {
        // Slices 4 to 27 of 32 hold brain.
        let mask: Vec<bool> = (0..32).flat_map(|z| vec![(4..28).contains(&z); 4]).collect();
        let slices = slices_with_brain([2, 2, 32], &mask);
        assert_eq!(slices, (0..12).map(|place| 5 + 2 * place).collect::<Vec<_>>());
        assert_eq!(slices_with_brain([2, 2, 3], &[true; 12]), [0, 1, 2]);
    }
}
