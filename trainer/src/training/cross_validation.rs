//! Subject-level cross-validation: one classifier per fold, each tested on the subjects it was not trained on.

use crate::cohort::k_folds;
use crate::files;
use crate::training::checkpoint::Checkpoint;
use crate::training::classifier::{CrossValidation, Folds, Part, accuracy, predict, train_classifier};
use crate::training::config::ClassifierTraining;
use crate::training::data::Dataset;
use crate::training::setting::Setting;
use crate::training::targets::Targets;
use crate::training::voxel_ridge::VoxelRidge;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Added to the overall seed, so that no fold has the initial weights of another training.
const FOLD_SEEDS: u64 = 1000;

/// Subjects of one fold with their probabilities of "old" from a classifier that was not trained on them.
pub struct Judged {
    pub subjects: Vec<usize>,
    pub probabilities: Vec<f32>,
    /// Indices of the training subjects of this fold.
    pub learned_from: Vec<usize>,
}

/// The same on disk, so that a finished fold is not repeated.
#[derive(Serialize, Deserialize)]
struct Answers {
    subjects: Vec<String>,
    probabilities: Vec<f32>,
}

/// Trains one classifier per fold and classifies the subjects it was not trained on. Folds are by person: with balanced
/// sites, some count several times, but only within the training part of a fold.
///
/// Fold N keeps its checkpoints, metrics and predictions in `fold-N` of the part's folder.
pub fn judge_in_folds(
    part: &Part,
    config: &ClassifierTraining,
    setting: &Setting,
    targets: &Targets,
    folds: usize,
) -> Result<Vec<Judged>> {
    let mut judged = Vec::new();
    for (number, fold) in k_folds(&targets.subjects(), folds, part.seed)?.into_iter().enumerate() {
        let label = format!("{} {}/{folds}", part.label, number + 1);
        let folder = part.folder.join(format!("fold-{}", number + 1));
        let path = folder.join("answers.json");
        let subjects: Vec<String> =
            fold.validation.iter().map(|&index| setting.data.images[index].subject.id.clone()).collect();
        let known = if part.resume { read(&path, &subjects) } else { None };
        let probabilities = match known {
            Some(probabilities) => probabilities,
            None => {
                let seed = part.seed.wrapping_add(FOLD_SEEDS + number as u64);
                let one = Part { label: &label, folder: &folder, resume: part.resume, seed };
                let model = train_classifier(&one, config, setting, targets, &fold.train)?;
                let probabilities = predict(&model, setting, &fold.validation)?;
                let answers = Answers { subjects, probabilities };
                files::write_json(&path, &answers)?;
                answers.probabilities
            }
        };
        Checkpoint::remove_all(&folder)?;
        let found = accuracy(targets, &fold.validation, &probabilities);
        let shown = |value: Option<f64>| value.map_or("undefined".into(), |value| format!("{value:.3}"));
        eprintln!("{label}: balanced accuracy {}, AUC {}", shown(found.balanced_accuracy), shown(found.auc));
        judged.push(Judged { subjects: fold.validation, probabilities, learned_from: fold.train });
    }
    Ok(judged)
}

/// Cross-validation with the subjects' own groups.
pub fn cross_validate(
    folder: &Path,
    resume: bool,
    config: &ClassifierTraining,
    setting: &Setting,
    seed: u64,
) -> Result<CrossValidation> {
    let part = Part { label: "cross-validation", folder, resume, seed };
    let targets = Targets::of(setting.data);
    let judged = judge_in_folds(&part, config, setting, &targets, config.folds)?;
    let mut by_voxels = Vec::new();
    for fold in &judged {
        by_voxels.push(judge_by_voxels(setting.data, &targets, fold)?);
    }
    let voxel_ridge = Some(Folds::of(&targets, by_voxels));
    Ok(CrossValidation { network: Folds::of(&targets, judged), voxel_ridge })
}

/// The baseline, ridge regression on the voxels, in the same fold.
fn judge_by_voxels(data: &Dataset, targets: &Targets, fold: &Judged) -> Result<Judged> {
    let ridge = VoxelRidge::fit(data, targets, &data.counted(&fold.learned_from, |index| targets.is_old(index)))?;
    let answer = |&index: &usize| ridge.probability_old(&data.images[index].values).unwrap_or(0.5);
    let probabilities = fold.subjects.iter().map(answer).collect();
    Ok(Judged { subjects: fold.subjects.clone(), probabilities, learned_from: fold.learned_from.clone() })
}

impl Folds {
    fn of(targets: &Targets, judged: Vec<Judged>) -> Self {
        let folds = judged.iter().map(|fold| accuracy(targets, &fold.subjects, &fold.probabilities)).collect();
        let (subjects, probabilities) = pooled(judged);
        Folds { folds, pooled: accuracy(targets, &subjects, &probabilities) }
    }
}

/// All folds together.
pub fn pooled(folds: Vec<Judged>) -> (Vec<usize>, Vec<f32>) {
    let (mut subjects, mut probabilities) = (Vec::new(), Vec::new());
    for fold in folds {
        subjects.extend(fold.subjects);
        probabilities.extend(fold.probabilities);
    }
    (subjects, probabilities)
}

/// Predictions of a finished fold, if they are complete and belong to these subjects.
fn read(path: &Path, subjects: &[String]) -> Option<Vec<f32>> {
    if !path.exists() {
        return None;
    }
    let answers = files::read(path).ok().and_then(|bytes| serde_json::from_slice::<Answers>(&bytes).ok());
    match answers {
        Some(answers) if answers.subjects == subjects && answers.probabilities.len() == subjects.len() => {
            Some(answers.probabilities)
        }
        _ => {
            eprintln!("warning: {}: damaged or of other subjects; this fold is done again", path.display());
            None
        }
    }
}
