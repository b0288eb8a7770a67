//! Accuracy of a classifier on people from other scanners and sites, for the model card: counts only.

use crate::cohort::{Cohort, Group};
use crate::evaluation::subjects;
use crate::failure::unusable;
use crate::progress::stop_requested;
use crate::training::classifier::probabilities;
use crate::training::seen::Seen;
use crate::training::voxel_ridge::VoxelRidge;
use anyhow::{Context, Result, ensure};
use shared::bundle::{GroupLimits, GroupName, Strangers};
use shared::explain::{ExplainError, Models};
use shared::model::tensor_from_volume;
use std::path::Path;

/// Whose answers are counted.
pub struct Judging<'a> {
    pub models: &'a Models,
    /// What the answers are held against, whatever the groups of the cohort are.
    pub groups: GroupLimits,
    pub preparation_version: &'a str,
    pub seen: &'a Seen,
    pub voxel_ridge: Option<&'a VoxelRidge>,
}

/// Classifies every young and old subject of a cohort that the models were not trained on.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no usable cohort, nobody in it to classify, somebody whose group cannot be told, or a map that does not fit.
/// Other errors: an answer that is no number, or stopped by Ctrl-C.
pub fn judge(folder: &Path, judging: &Judging) -> Result<Strangers> {
    let &Judging { models, groups, preparation_version, seen, voxel_ridge } = judging;
    let mut cohort = Cohort::open(folder)?;
    cohort.group_by(groups, folder)?;
    let people = subjects::choose(&cohort, seen, &models.grid, preparation_version)?.data;
    if people.images.is_empty() {
        return Err(unusable(format!(
            "{}: nobody below {} or from {} years on who is not a training subject; give another cohort",
            folder.display(),
            groups.young_below_years,
            groups.old_from_years
        )));
    }
    let mut found = Strangers {
        description: cohort.description.name.clone(),
        subjects: people.images.len(),
        right: 0,
        wrong: 0,
        no_verdict: 0,
        voxel_ridge_right: voxel_ridge.map(|_| 0),
    };
    for (judged, image) in people.images.iter().enumerate() {
        ensure!(
            !stop_requested(),
            "{}: stopped after {judged} of {} people; nothing was written; the same command starts again",
            folder.display(),
            people.images.len()
        );
        let (person, gm) = (&image.subject, people.volume(image.values.clone()));
        let tensor = tensor_from_volume(&gm, &models.device);
        let probability = number(probabilities(&models.classifier, tensor, &models.context)?.first().copied())
            .with_context(|| format!("{}: {}", folder.display(), person.id))?;
        let familiarity = models.familiar.as_ref().map(|familiar| familiar.look(&gm));
        let truth = if person.group == Group::Old { GroupName::Old } else { GroupName::Young };
        match GroupName::told(probability, familiarity) {
            None => found.no_verdict += 1,
            Some(told) if told == truth => found.right += 1,
            Some(_) => found.wrong += 1,
        }
        let by_voxels = voxel_ridge.and_then(|ridge| ridge.probability_old(&gm.data));
        if let (Some(right), Some(probability)) = (&mut found.voxel_ridge_right, by_voxels) {
            *right += usize::from(GroupName::judged(probability) == truth);
        }
        eprintln!(
            "{}: {truth}, P(old) {:.3}{}",
            person.id,
            probability,
            familiarity.map_or(String::new(), |f| format!(", distance {:.2} (limit {:.2})", f.distance, f.limit)),
            truth = truth.as_str()
        );
    }
    Ok(found)
}

/// The probability, where the classifier gave one: whatever else it gave must not count as a person without a verdict.
fn number(probability: Option<f32>) -> Result<f32, ExplainError> {
    probability.filter(|probability| probability.is_finite()).ok_or(ExplainError::NotFinite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_no_number_is_not_counted_as_no_verdict() {
        assert_eq!(number(Some(0.5)).map(|half| GroupName::told(half, None)), Ok(None));
        for none in [None, Some(f32::NAN), Some(f32::INFINITY)] {
            assert!(number(none).is_err_and(|error| error.to_string().contains("not numbers")), "{none:?}");
        }
    }
}
