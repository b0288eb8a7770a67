//! Applies the models to held-out subjects: verdicts of classifier and judge, maps, cycle and identity errors.

use crate::cohort::Group;
use crate::device;
use crate::measures::measured::{GroupMeans, Measured, PersonMaps, Regional, SubjectResult};
use crate::measures::perturbation::Perturbation;
use crate::measures::regions::atlas;
use crate::progress::{Progress, stop_requested};
use crate::statistics::quantile_of_sorted;
use crate::training::classifier::{log_odds, probabilities};
use crate::training::data::Dataset;
use crate::training::run_folder::LoadedModels;
use anyhow::{Context, Result, ensure};
use shared::explain::{Direction, Explanation, RegionLabels, Target, mean_absolute_in_mask, ncc_in_mask, sigmoid};
use shared::model::tensor_from_volume;
use shared::volume::Volume;
use std::collections::BTreeMap;

/// Maps of single people are kept up to this much memory; beyond it, none are.
const KEPT_BYTES: usize = 1 << 30;

/// Translates each of the given subjects into the other group, with verdicts before and after.
pub fn measure(loaded: &LoadedModels, data: &Dataset, subjects: &[usize]) -> Result<Measured> {
    let models = &loaded.models;
    let mask = &models.inside;
    let error = |image: &Volume, original: &Volume| {
        let differences: Vec<f32> = image.data.iter().zip(&original.data).map(|(a, b)| a - b).collect();
        mean_absolute_in_mask(&differences, mask).unwrap_or(0.0)
    };
    let labels = RegionLabels::new(&atlas()?, &models.grid, mask);
    let mut per_subject = Vec::new();
    let progress = Progress::new("translating", subjects.len() as u64, 0);
    let mut results = Vec::new();
    let mut people = Vec::new();
    let keep = subjects.len() * 3 * models.grid.voxel_count() * size_of::<f32>() <= KEPT_BYTES;
    let equals = ages_of_equals(loaded, data, subjects);
    let mut sums = [Sums { count: 0, total: None }, Sums { count: 0, total: None }];
    for &index in subjects {
        ensure!(!stop_requested(), "stopped before all subjects were measured; the same command starts again");
        let image = &data.images[index];
        let subject = &image.subject;
        let original = data.volume(image.values.clone());
        let (direction, sum) = match subject.group {
            Group::Young => (Direction::YoungToOld, 0),
            _ => (Direction::OldToYoung, 1),
        };
        let found = pollster::block_on(models.explain(&original, Some(Target::Group(direction)), &mut |_| {}))
            .with_context(|| format!("subject {}", subject.id))?;
        let judge = |volume: &Volume| -> Result<Option<f32>> {
            let Some(judge) = &loaded.judge else { return Ok(None) };
            let tensor = tensor_from_volume(volume, &models.device);
            Ok(probabilities(judge, tensor, &models.context)?.first().copied())
        };
        let back = direction.opposite();
        let cycle_error = |translated: &Volume| -> Result<f64> {
            // Back by as much as there.
            let mut returned = translate(loaded, translated, back, found.amount)?;
            models.match_histogram(translated, &mut returned, back, found.amount);
            Ok(error(&returned, &original))
        };
        let perturbed = |kind: Perturbation| cycle_error(&kind.of(&found.translated, mask, &subject.id));
        let turned = match (found.age, equals.get(&index)) {
            (Some(age), Some(&years)) => Turned::by(loaded, &original, age.years, years)?,
            _ => None,
        };
        results.push(SubjectResult {
            id: subject.id.clone(),
            group: subject.group,
            age_years: subject.age_years,
            direction,
            probability_old_before: found.probability_old_before,
            probability_old_after: found.probability_old_after,
            judge_before: judge(&original)?,
            age_told_years: found.age.map(|age| age.years),
            age_interval_years: found.age.map(|age| age.interval_years),
            voxel_ridge_before: loaded.voxel_ridge.as_ref().and_then(|ridge| ridge.probability_old(&original.data)),
            ensemble_before: by_ensemble(loaded, &original)?,
            judge_after: judge(&found.translated)?,
            mean_absolute_change: mean_absolute_in_mask(&found.difference.data, mask).unwrap_or(0.0),
            cycle_error: cycle_error(&found.translated)?,
            cycle_error_8_bit: perturbed(Perturbation::EightBits)?,
            cycle_error_noise: perturbed(Perturbation::Noise)?,
            cycle_error_blur: perturbed(Perturbation::Blur)?,
            dial_change: turned.as_ref().map(|turned| error(&turned.direct, &original)),
            composition_error: turned.as_ref().map(|turned| error(&turned.in_two_steps, &turned.direct)),
            null_error: turned.as_ref().map(|turned| error(&turned.to_own_age, &original)),
            identity_error: error(&translate(loaded, &original, back, models.amount(&original, back))?, &original),
            similarity: ncc_in_mask(&original.data, &found.translated.data, mask).unwrap_or(0.0),
        });
        per_subject.push((direction, labels.sums(&original.data, &found.difference.data)));
        if keep {
            let as_equal = turned.map(|turned| {
                let mut equal = turned.direct;
                models.round_change(&original, &mut equal);
                equal.data
            });
            people.push(PersonMaps { original: original.data, difference: found.difference.data.clone(), as_equal });
        }
        sums[sum].add(found);
        progress.advance();
    }
    Ok(Measured {
        subjects: results,
        maps: sums.into_iter().filter_map(Sums::means).collect(),
        mask: mask.clone(),
        people,
        regional: Some(Regional { labels, per_subject }),
    })
}

/// Probability of "old" from the mean of the log-odds of the fold ensemble; `None` where there is none.
fn by_ensemble(loaded: &LoadedModels, volume: &Volume) -> Result<Option<f32>> {
    let mut sum = 0.0;
    for member in &loaded.ensemble {
        let tensor = tensor_from_volume(volume, &loaded.models.device);
        let answer = log_odds(member, tensor, &loaded.models.context)?.first().copied();
        sum += answer.filter(|odds| odds.is_finite()).context("the fold ensemble: an answer is not a number")?;
    }
    Ok((!loaded.ensemble.is_empty()).then(|| sigmoid(sum / loaded.ensemble.len() as f32)))
}

/// Target age of each subject: the estimated age of the person of the same rank in the other group (ranked by estimated
/// age). Empty if the models estimate no ages.
fn ages_of_equals(loaded: &LoadedModels, data: &Dataset, subjects: &[usize]) -> BTreeMap<usize, f64> {
    let told = |&index: &usize| {
        let years = loaded.models.age(&data.volume(data.images[index].values.clone()))?.years;
        Some((index, years))
    };
    let (young, old): (Vec<_>, Vec<_>) =
        subjects.iter().filter_map(told).partition(|(index, _)| data.images[*index].subject.group == Group::Young);
    let sorted = |mut members: Vec<(usize, f64)>| {
        members.sort_by(|a, b| a.1.total_cmp(&b.1));
        members
    };
    let (young, old) = (sorted(young), sorted(old));
    let of = |own: &[(usize, f64)], others: &[(usize, f64)]| -> Vec<(usize, f64)> {
        let years: Vec<f64> = others.iter().map(|(_, years)| *years).collect();
        let rank = |place: usize| (place as f64 + 0.5) / own.len() as f64;
        own.iter()
            .enumerate()
            .filter_map(|(place, (index, _))| Some((*index, quantile_of_sorted(&years, rank(place))?)))
            .collect()
    };
    of(&young, &old).into_iter().chain(of(&old, &young)).collect()
}

/// The image translated in this direction by this amount, not rounded to the steps of the maps.
pub fn translate(loaded: &LoadedModels, volume: &Volume, direction: Direction, amount: f64) -> Result<Volume> {
    let models = &loaded.models;
    let image = models.translated(tensor_from_volume(volume, &models.device), direction, amount);
    Ok(models.grid.volume(device::values(image)?))
}

/// A person translated by the age dial to an age in several ways; not rounded, so that no error is one of steps.
struct Turned {
    direct: Volume,
    /// First to the age halfway, then by the dial's amount from that age to the target: it is not estimated anew.
    in_two_steps: Volume,
    /// To the age that the person is estimated to have.
    to_own_age: Volume,
}

impl Turned {
    /// `None` if the models have no dial.
    fn by(loaded: &LoadedModels, original: &Volume, own_years: f64, target_years: f64) -> Result<Option<Self>> {
        let Some(ageing) = &loaded.models.ageing else { return Ok(None) };
        let turn = |image: &Volume, from_years: f64, to_years: f64| {
            let (direction, amount) = ageing.change(from_years, Target::Years(to_years));
            let mut turned = translate(loaded, image, direction, amount)?;
            loaded.models.match_histogram(image, &mut turned, direction, amount);
            anyhow::Ok(turned)
        };
        let halfway_years = (own_years + target_years) / 2.0;
        Ok(Some(Turned {
            direct: turn(original, own_years, target_years)?,
            in_two_steps: turn(&turn(original, own_years, halfway_years)?, halfway_years, target_years)?,
            to_own_age: turn(original, own_years, own_years)?,
        }))
    }
}

/// Running sums of one direction's explanations.
struct Sums {
    count: usize,
    total: Option<Explanation>,
}

impl Sums {
    fn add(&mut self, found: Explanation) {
        self.count += 1;
        let Some(total) = &mut self.total else {
            self.total = Some(found);
            return;
        };
        total.probability_old_before += found.probability_old_before;
        total.probability_old_after += found.probability_old_after;
        for (sum, part) in
            volumes_of(total).into_iter().zip([&found.original, &found.translated, &found.difference, &found.cam])
        {
            sum.data.iter_mut().zip(&part.data).for_each(|(sum, value)| *sum += value);
        }
    }

    fn means(self) -> Option<GroupMeans> {
        let count = self.count as f32;
        let mut maps = self.total?;
        maps.probability_old_before /= count;
        maps.probability_old_after /= count;
        for volume in volumes_of(&mut maps) {
            volume.data.iter_mut().for_each(|value| *value /= count);
        }
        Some(GroupMeans { maps, subjects: self.count })
    }
}

fn volumes_of(maps: &mut Explanation) -> [&mut Volume; 4] {
    [&mut maps.original, &mut maps.translated, &mut maps.difference, &mut maps.cam]
}
