//! What the models do to subjects they never saw: answers of both judges, maps, cycle error.

use super::statistics::{Confusion, Interval, mean_absolute_in_mask, ncc_in_mask, roc_auc, share, wilson_interval};
use crate::cohort::Group;
use crate::progress::Progress;
use crate::training::classifier::probabilities;
use crate::training::data::Dataset;
use crate::training::run_folder::LoadedModels;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use shared::explain::{Direction, Explanation};
use shared::model::{tensor_from_volume, volume_from_tensor};
use shared::volume::Volume;

/// One subject, translated into the other group.
#[derive(Clone, Debug, Serialize)]
pub struct SubjectResult {
    pub id: String,
    pub group: Group,
    pub age_years: Option<f64>,
    pub direction: Direction,
    /// Probability of "old" by the bundle's classifier, and by the independent judge.
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    pub judge_before: Option<f32>,
    pub judge_after: Option<f32>,
    /// Mean |translated − original| inside the mask, grey-matter units.
    pub mean_absolute_change: f64,
    /// Mean |there and back − original| inside the mask, grey-matter units.
    pub cycle_error: f64,
    /// Correlation of original and translated image inside the mask.
    pub similarity: f64,
}

/// Means over the subjects of one group, translated into the other.
pub struct GroupMeans {
    pub maps: Explanation,
    pub subjects: usize,
}

/// Everything measured on a set of subjects.
pub struct Measured {
    pub subjects: Vec<SubjectResult>,
    /// Young → old, then old → young; a group without subjects is left out.
    pub maps: Vec<GroupMeans>,
    pub mask: Vec<bool>,
}

/// Counts of one direction after translation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    pub judged_old: usize,
    pub judged_young: usize,
}

/// The numbers of a model card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub subjects: usize,
    pub accuracy: f64,
    pub accuracy_interval: Interval,
    pub balanced_accuracy: f64,
    pub auc: f64,
    /// By the bundle's classifier.
    pub flip_young_to_old: f64,
    pub flip_old_to_young: f64,
    /// By the judge that the CycleGAN never saw.
    pub judge_flip_young_to_old: Option<f64>,
    pub judge_flip_old_to_young: Option<f64>,
    /// NCC of the mean difference map with the plain difference of the groups' means.
    pub mean_map_ncc_young_to_old: f64,
    pub mean_map_ncc_old_to_young: f64,
    pub mean_absolute_change: f64,
    pub cycle_error: f64,
}

/// Translates each of the given subjects into the other group and judges before and after.
pub fn measure(loaded: &LoadedModels, data: &Dataset, subjects: &[usize]) -> Result<Measured> {
    let models = &loaded.models;
    let mask_values = models.context.mask.clone().into_data().try_to_vec::<f32>();
    let mask: Vec<bool> = mask_values
        .map_err(|error| anyhow::anyhow!("the device failed: {error:?}"))?
        .iter()
        .map(|&m| m > 0.5)
        .collect();
    let progress = Progress::new("translating", subjects.len() as u64, 0);
    let mut results = Vec::new();
    let mut sums = [Sums { count: 0, total: None }, Sums { count: 0, total: None }];
    for &index in subjects {
        let image = &data.images[index];
        let subject = &image.subject;
        let original = data.volume(image.values.clone());
        let (direction, sum) = match subject.group {
            Group::Young => (Direction::YoungToOld, 0),
            _ => (Direction::OldToYoung, 1),
        };
        let found = pollster::block_on(models.explain(&original, Some(direction), &mut |_| {}))
            .with_context(|| format!("subject {}", subject.id))?;
        let judge = |volume: &Volume| -> Result<Option<f32>> {
            let Some(judge) = &loaded.judge else { return Ok(None) };
            let tensor = tensor_from_volume(volume, &models.device);
            Ok(probabilities(judge, tensor, &models.context)?.first().copied())
        };
        let back = translate(loaded, &found.translated, opposite(direction))?;
        let there_and_back: Vec<f32> = back.data.iter().zip(&original.data).map(|(b, o)| b - o).collect();
        results.push(SubjectResult {
            id: subject.id.clone(),
            group: subject.group,
            age_years: subject.age_years,
            direction,
            probability_old_before: found.probability_old_before,
            probability_old_after: found.probability_old_after,
            judge_before: judge(&original)?,
            judge_after: judge(&found.translated)?,
            mean_absolute_change: mean_absolute_in_mask(&found.difference.data, &mask).unwrap_or(0.0),
            cycle_error: mean_absolute_in_mask(&there_and_back, &mask).unwrap_or(0.0),
            similarity: ncc_in_mask(&original.data, &found.translated.data, &mask).unwrap_or(0.0),
        });
        sums[sum].add(found);
        progress.advance();
    }
    Ok(Measured { subjects: results, maps: sums.into_iter().filter_map(Sums::means).collect(), mask })
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::YoungToOld => Direction::OldToYoung,
        Direction::OldToYoung => Direction::YoungToOld,
    }
}

fn translate(loaded: &LoadedModels, volume: &Volume, direction: Direction) -> Result<Volume> {
    let models = &loaded.models;
    let generator = match direction {
        Direction::YoungToOld => &models.young_to_old,
        Direction::OldToYoung => &models.old_to_young,
    };
    let image = generator.forward(tensor_from_volume(volume, &models.device), &models.context);
    let values =
        image.into_data().try_to_vec::<f32>().map_err(|error| anyhow::anyhow!("the device failed: {error:?}"))?;
    Ok(volume_from_tensor(values, &models.grid))
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

impl Measured {
    pub fn maps(&self, direction: Direction) -> Option<&GroupMeans> {
        self.maps.iter().find(|means| means.maps.direction == direction)
    }

    /// Mean old − mean young of the measured subjects: what the groups differ in without any model.
    pub fn group_difference(&self) -> Option<Volume> {
        let young = &self.maps(Direction::YoungToOld)?.maps.original;
        let old = &self.maps(Direction::OldToYoung)?.maps.original;
        let data = old.data.iter().zip(&young.data).map(|(old, young)| old - young).collect();
        Some(Volume { data, ..old.clone() })
    }

    /// NCC of a direction's mean difference with the plain group difference of the same sign.
    pub fn map_ncc(&self, direction: Direction) -> Option<f64> {
        let sign = match direction {
            Direction::YoungToOld => 1.0,
            Direction::OldToYoung => -1.0,
        };
        let plain: Vec<f32> = self.group_difference()?.data.iter().map(|value| value * sign).collect();
        ncc_in_mask(&self.maps(direction)?.maps.difference.data, &plain, &self.mask)
    }

    /// Answers before translation against the true groups.
    pub fn confusion(&self, answer: impl Fn(&SubjectResult) -> Option<f32>) -> Option<(Confusion, Option<f64>)> {
        let answers: Vec<f64> = self.subjects.iter().map(|s| answer(s).map(f64::from)).collect::<Option<_>>()?;
        let is_old: Vec<bool> = self.subjects.iter().map(|subject| subject.group == Group::Old).collect();
        Some((Confusion::from_probabilities(&answers, &is_old), roc_auc(&answers, &is_old)))
    }

    /// How the translated images of one direction are judged.
    pub fn judged(&self, direction: Direction, answer: impl Fn(&SubjectResult) -> Option<f32>) -> Option<Judged> {
        let answers: Vec<f32> =
            self.subjects.iter().filter(|s| s.direction == direction).map(answer).collect::<Option<_>>()?;
        let judged_old = answers.iter().filter(|&&probability| probability >= 0.5).count();
        Some(Judged { judged_old, judged_young: answers.len() - judged_old })
    }

    /// Mean of a number over all subjects.
    pub fn mean(&self, value: impl Fn(&SubjectResult) -> f64) -> f64 {
        self.subjects.iter().map(value).sum::<f64>() / self.subjects.len().max(1) as f64
    }

    /// The numbers of the model card; what is undefined for want of subjects is 0.
    pub fn summary(&self) -> Summary {
        let (confusion, auc) = self.confusion(|s| Some(s.probability_old_before)).unwrap_or_default();
        let by_classifier = |s: &SubjectResult| Some(s.probability_old_after);
        let by_judge = |s: &SubjectResult| s.judge_after;
        let rate = |direction, judged: Option<Judged>| judged.and_then(|judged| judged.flip_rate(direction));
        let (there, back) = (Direction::YoungToOld, Direction::OldToYoung);
        Summary {
            subjects: self.subjects.len(),
            accuracy: confusion.accuracy().unwrap_or(0.0),
            accuracy_interval: wilson_interval(confusion.right(), confusion.total()).unwrap_or([0.0, 1.0]),
            balanced_accuracy: confusion.balanced_accuracy().unwrap_or(0.0),
            auc: auc.unwrap_or(0.0),
            flip_young_to_old: rate(there, self.judged(there, by_classifier)).unwrap_or(0.0),
            flip_old_to_young: rate(back, self.judged(back, by_classifier)).unwrap_or(0.0),
            judge_flip_young_to_old: rate(there, self.judged(there, by_judge)),
            judge_flip_old_to_young: rate(back, self.judged(back, by_judge)),
            mean_map_ncc_young_to_old: self.map_ncc(there).unwrap_or(0.0),
            mean_map_ncc_old_to_young: self.map_ncc(back).unwrap_or(0.0),
            mean_absolute_change: self.mean(|s| s.mean_absolute_change),
            cycle_error: self.mean(|s| s.cycle_error),
        }
    }
}

impl Judged {
    /// Share of translations that are judged as the group they were translated to.
    pub fn flip_rate(&self, direction: Direction) -> Option<f64> {
        let right = match direction {
            Direction::YoungToOld => self.judged_old,
            Direction::OldToYoung => self.judged_young,
        };
        share(right, self.judged_old + self.judged_young)
    }
}

impl Summary {
    /// One paragraph for the terminal.
    pub fn in_words(&self) -> String {
        let judge = match (self.judge_flip_young_to_old, self.judge_flip_old_to_young) {
            (Some(there), Some(back)) => format!(" (independent judge {there:.2} and {back:.2})"),
            _ => String::new(),
        };
        format!(
            "{} held-back subjects: accuracy {:.3} (95 % {:.3} to {:.3}), balanced {:.3}, AUC {:.3}; \
             translations judged as the other group: young to old {:.2}, old to young {:.2}{judge}; \
             NCC of the mean difference with the plain group difference {:.2} and {:.2}; \
             mean change {:.4}, cycle error {:.4} (grey-matter units)",
            self.subjects,
            self.accuracy,
            self.accuracy_interval[0],
            self.accuracy_interval[1],
            self.balanced_accuracy,
            self.auc,
            self.flip_young_to_old,
            self.flip_old_to_young,
            self.mean_map_ncc_young_to_old,
            self.mean_map_ncc_old_to_young,
            self.mean_absolute_change,
            self.cycle_error,
        )
    }
}
