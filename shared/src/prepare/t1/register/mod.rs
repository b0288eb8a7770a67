//! Where is the brain? Twelve-parameter affine registration of a whole head to the standard brain.
//!
//! From coarse to fine: many rough placements of the head at 8 mm, the best of them improved at 8, 4 and 2 mm. The target
//! is a whole head, since against a brain without skull a whole head ends in the wrong place.

mod nearby;
mod placement;
mod powell;
mod similarity;
mod starts;
pub(super) mod targets;

use super::field::{halve, percentile, smooth};
use super::step::{Progress, Step, report};
use super::{T1Error, Template, TemplateFault};
use crate::threads;
use crate::volume::{Affine, Volume};
use placement::{Placement, oddity, world_from_mni};
use powell::Best;
use similarity::{Match, Source, Target, similarity};

/// What a squared standard deviation of oddity costs in correlation.
const ODDITY_COST: f64 = 0.003;

/// Correlation at 4 mm below which a head may lie elsewhere: of 34 people in their place 33 have more, heads beside it had 0.34 at most.
const GOOD_FIT: f64 = 0.45;

/// A round that gains less has come to the end of its directions.
const LEAST_GAIN: f64 = 5e-6;

/// Smoothing (Gaussian sigma, voxels) of the finest image for the last registration. Linear interpolation blurs most in the middle between voxels,
/// so that a sharp image has little summits of correlation wherever the two grids meet, and the search would end on one or another.
const EVEN_BLUR: f64 = 0.8;

/// A head that was found.
pub(super) struct Found {
    pub(super) placement: Placement,
    pub(super) world_from_mni: Affine,
    /// Mean correlation of the blocks with the standard T1 at the end.
    pub(super) similarity: f64,
    /// How much better the head matches when it is turned back to front.
    pub(super) better_turned: f64,
}

/// Registers a head; `image` has voxels of about 2 mm. `visible`: the same on the same grid, what was not measured and air at about 0.
pub(super) async fn register_head(
    image: &Volume,
    visible: &Volume,
    template: &Template,
    progress: &mut impl Progress,
) -> Result<Found, T1Error> {
    let images = pyramid(image);
    let visible = pyramid(visible);
    let high = high_intensity(&visible[1]);
    let levels = Levels::of(&template.ready().targets.levels, &images, high)?;
    let score = |level: usize, stride: usize, p: &Placement| levels.score(level, stride, p);

    // 8 mm: a rough placement at every turn, shift and size that a head may have.
    let rough = starts::rough(&visible[2], 0.15 * high);
    let place = |index: usize| Best { at: rough[index], value: score(2, 2, &rough[index]) };
    let mut bests = in_parts(progress, [0.0, 0.15], rough.len(), PLACEMENTS_AT_ONCE, &place).await?;
    keep_best(&mut bests, 60);
    let rigid = directions(&RIGID_AND_SIZE);
    let climbed = |index: usize| climb(bests[index], &rigid, 6.0, 3, &|p| score(2, 2, p));
    bests = in_parts(progress, [0.15, 0.35], bests.len(), CLIMBS_AT_ONCE, &climbed).await?;
    keep_best(&mut bests, 16);
    let affine = directions(&AFFINE);
    let climbed = |index: usize| climb(bests[index], &affine, 3.0, 2, &|p| score(2, 1, p));
    bests = in_parts(progress, [0.35, 0.45], bests.len(), CLIMBS_AT_ONCE, &climbed).await?;
    keep_best(&mut bests, 6);

    // 4 mm, then 2 mm.
    let climbed = |index: usize| climb(bests[index], &affine, 2.0, 2, &|p| score(1, 3, p));
    bests = in_parts(progress, [0.45, 0.6], bests.len(), CLIMBS_AT_ONCE, &climbed).await?;
    if bests.iter().all(|best| best.value < GOOD_FIT) {
        keep_best(&mut bests, 3);
        let others = nearby::around(&bests);
        let place = |index: usize| Best { at: others[index], value: score(1, 4, &others[index]) };
        let mut others = in_parts(progress, [0.6, 0.6], others.len(), PLACEMENTS_AT_ONCE, &place).await?;
        nearby::keep_distinct(&mut others, 30, 6.0);
        let climbed = |index: usize| climb(others[index], &rigid, 4.0, 3, &|p| score(1, 4, p));
        others = in_parts(progress, [0.6, 0.6], others.len(), CLIMBS_AT_ONCE, &climbed).await?;
        nearby::keep_distinct(&mut others, 6, 3.0);
        let climbed = |index: usize| climb(others[index], &affine, 2.0, 2, &|p| score(1, 3, p));
        bests.extend(in_parts(progress, [0.6, 0.6], others.len(), CLIMBS_AT_ONCE, &climbed).await?);
    }
    keep_best(&mut bests, 1);
    let mut best = bests[0];
    let mut along = affine.clone();
    for (round, (level, stride, size_mm)) in
        [(1, 3, 2.0), (1, 3, 1.5), (1, 2, 1.0), (0, 8, 0.7)].into_iter().enumerate()
    {
        best = levels.round(best, &mut along, level, stride, size_mm);
        report(progress, Step::Register, 0.6 + 0.1 * round as f32).await?;
    }
    let turned = Best { at: placement::back_to_front(&best.at), value: 0.0 };
    let turned = climb(turned, &rigid, 6.0, 3, &|p| score(2, 2, p));
    report(progress, Step::Register, 0.95).await?;
    let turned = climb(turned, &affine, 3.0, 2, &|p| score(2, 1, p));
    let better_turned = score(2, 1, &turned.at) - score(2, 1, &best.at);
    let world_from_mni = world_from_mni(&best.at);
    let similarity = levels.compare(1, 1, &world_from_mni).correlation;
    Ok(Found { placement: best.at, world_from_mni, similarity, better_turned })
}

/// How much is done between two reports, which are when a visitor of the page may cancel: it has one thread. What comes out
/// does not depend on it.
const PLACEMENTS_AT_ONCE: usize = if cfg!(target_arch = "wasm32") { 200 } else { 3000 };
const CLIMBS_AT_ONCE: usize = if cfg!(target_arch = "wasm32") { 1 } else { 16 };

/// `work` for each of `count` numbers, told as the registration's share `from` to `to`.
async fn in_parts(
    progress: &mut impl Progress,
    [from, to]: [f32; 2],
    count: usize,
    at_once: usize,
    work: &(impl Fn(usize) -> Best<12> + Sync),
) -> Result<Vec<Best<12>>, T1Error> {
    let mut done = Vec::with_capacity(count);
    while done.len() < count {
        let first = done.len();
        done.extend(threads::map(at_once.min(count - first), |index| work(first + index)));
        let share = done.len() as f32 / count as f32;
        report(progress, Step::Register, from + (to - from) * share).await?;
    }
    Ok(done)
}

/// Improves a placement by the brain and a ring around it: `image` is about 2 mm and even in gain.
pub(super) async fn register_brain(
    image: &Volume,
    template: &Template,
    start: &Found,
    progress: &mut impl Progress,
) -> Result<Found, T1Error> {
    let even = image.with_data(smooth(&image.data, image.shape, [EVEN_BLUR; 3]));
    let images = [even, halve(image)];
    let high = high_intensity(&images[1]);
    let levels = Levels::of(&template.ready().targets.brain, &images, high)?;
    let mut best = Best { at: start.placement, value: 0.0 };
    // Until nothing is left to gain, also along new directions: what stops on the way ends elsewhere for the least change of the image.
    let stages = [(1, 2, 2.0, 2), (1, 1, 1.0, 12), (0, 4, 0.5, 16)];
    for (index, (level, stride, first_size_mm, most_rounds)) in stages.into_iter().enumerate() {
        let mut affine = directions(&AFFINE);
        let mut size_mm = first_size_mm;
        let mut starts_anew = false;
        for round in 0..most_rounds {
            let before = levels.score(level, stride, &best.at);
            best = levels.round(best, &mut affine, level, stride, size_mm);
            size_mm = f64::max(0.7 * size_mm, 0.2);
            let share = (index as f32 + (round + 1) as f32 / most_rounds as f32) / stages.len() as f32;
            report(progress, Step::Mask, share).await?;
            let gains = best.value - before >= LEAST_GAIN;
            if !gains && starts_anew {
                break;
            }
            // Powell's directions may have become so alike that no way leads on.
            starts_anew = !gains;
            if starts_anew {
                affine = directions(&AFFINE);
                size_mm = first_size_mm;
            }
        }
    }
    let world_from_mni = world_from_mni(&best.at);
    let similarity = levels.compare(1, 1, &world_from_mni).correlation;
    Ok(Found { placement: best.at, world_from_mni, similarity, better_turned: start.better_turned })
}

/// Template and image at the same resolutions, the finest first.
struct Levels<'a> {
    targets: &'a [Target],
    sources: Vec<Source>,
}

impl<'a> Levels<'a> {
    fn of(targets: &'a [Target], images: &[Volume], high: f32) -> Result<Self, T1Error> {
        let sources = images.iter().map(|image| Source::of(image, high)).collect();
        Option::map(sources, |sources| Levels { targets, sources })
            .ok_or(T1Error::Template { reason: TemplateFault::Affine })
    }

    fn compare(&self, level: usize, stride: usize, world_from_mni: &Affine) -> Match {
        similarity(&self.targets[level], &self.sources[level], world_from_mni, stride)
    }

    /// What the search makes as high as it can.
    fn score(&self, level: usize, stride: usize, p: &Placement) -> f64 {
        self.compare(level, stride, &world_from_mni(p)).score() - ODDITY_COST * oddity(p)
    }

    /// One round of Powell's search at a level.
    fn round(&self, mut best: Best<12>, along: &mut [Placement], level: usize, stride: usize, step: f64) -> Best<12> {
        // Values of another level do not compare.
        best.value = self.score(level, stride, &best.at);
        powell::round(best, along, step, &|p| self.score(level, stride, p))
    }
}

/// Shifts, turns and one size.
const RIGID_AND_SIZE: [&[usize]; 7] = [&[0], &[1], &[2], &[3], &[4], &[5], &[6, 7, 8]];

/// All twelve, the size first as a whole.
const AFFINE: [&[usize]; 13] = [&[0], &[1], &[2], &[3], &[4], &[5], &[6, 7, 8], &[6], &[7], &[8], &[9], &[10], &[11]];

/// Unit directions along which the given numbers change together.
fn directions(sets: &[&[usize]]) -> Vec<Placement> {
    let direction = |set: &&[usize]| {
        let mut direction = [0.0; 12];
        set.iter().for_each(|&index| direction[index] = 1.0 / (set.len() as f64).sqrt());
        direction
    };
    sets.iter().map(direction).collect()
}

/// Up to `rounds` rounds of Powell's search, each with two thirds of the step before.
fn climb(
    mut best: Best<12>,
    along: &[Placement],
    first_step: f64,
    rounds: usize,
    score: &impl Fn(&Placement) -> f64,
) -> Best<12> {
    let mut along = along.to_vec();
    let mut size = first_step;
    best.value = score(&best.at);
    for _ in 0..rounds {
        best = powell::round(best, &mut along, size, score);
        size *= 0.67;
    }
    best
}

fn keep_best(bests: &mut Vec<Best<12>>, count: usize) {
    bests.sort_by(|a, b| b.value.total_cmp(&a.value));
    bests.truncate(count);
}

/// The volume and its halves: three resolutions, the finest first.
fn pyramid(volume: &Volume) -> [Volume; 3] {
    let half = halve(volume);
    let quarter = halve(&half);
    [volume.clone(), half, quarter]
}

/// An intensity near the brightest of the head, such as fat.
fn high_intensity(image: &Volume) -> f32 {
    let top = percentile(&mut image.data.clone(), 0.999);
    let mut head: Vec<f32> = image.data.iter().copied().filter(|value| *value > 0.1 * top).collect();
    percentile(&mut head, 0.98)
}
