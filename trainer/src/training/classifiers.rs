//! The classifiers of a run, each trained unless the run has its weights: one on all training subjects, and those of the fold ensemble.

use crate::cohort::{Split, Subject, k_folds};
use crate::files;
use crate::training::checkpoint::Checkpoint;
use crate::training::classifier::{Part, train_classifier};
use crate::training::config::ClassifierTraining;
use crate::training::out_of_memory::with_advice;
use crate::training::run_folder::{RunFolder, ensemble_part};
use crate::training::setting::Setting;
use crate::training::targets::Targets;
use anyhow::Result;
use shared::model::{Classifier, read_weights, write_weights_f16};

/// Added to the overall seed, so that no classifier of the ensemble has the initial weights of another training.
const ENSEMBLE_SEEDS: u64 = 2000;

/// Trains a classifier on all training subjects unless the run has it; the result has the exported, rounded weights.
pub fn part(
    run: &RunFolder,
    name: &str,
    config: &ClassifierTraining,
    setting: &Setting,
    seed: u64,
    resume: bool,
) -> Result<Classifier> {
    let subjects = setting.data.indices(Split::Train, None);
    train_unless_there(run, name, config, setting, &subjects, seed, resume)?;
    let path = run.weights(name);
    Ok(read_weights(config.network.init(setting.device), &path.display().to_string(), &files::read(&path)?)?)
}

/// Trains `config.ensemble` classifiers, each on the training subjects but one fold of them.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: a group has fewer training subjects than there are folds.
pub fn ensemble(
    run: &RunFolder,
    config: &ClassifierTraining,
    setting: &Setting,
    seed: u64,
    resume: bool,
) -> Result<()> {
    if config.ensemble == 0 {
        return Ok(());
    }
    let indices = setting.data.indices(Split::Train, None);
    let subjects: Vec<&Subject> = indices.iter().map(|&index| &setting.data.images[index].subject).collect();
    let seed = seed.wrapping_add(ENSEMBLE_SEEDS);
    for (number, fold) in (1..).zip(k_folds(&subjects, config.ensemble, seed)?) {
        let learned_from: Vec<usize> = fold.train.iter().map(|&place| indices[place]).collect();
        let name = ensemble_part(number);
        train_unless_there(run, &name, config, setting, &learned_from, seed.wrapping_add(number as u64), resume)?;
    }
    Ok(())
}

fn train_unless_there(
    run: &RunFolder,
    name: &str,
    config: &ClassifierTraining,
    setting: &Setting,
    subjects: &[usize],
    seed: u64,
    resume: bool,
) -> Result<()> {
    let (path, folder) = (run.weights(name), run.part(name));
    if !path.exists() {
        let part = Part { label: name, folder: &folder, resume, seed };
        let trained = with_advice(&format!("{name}.batch or {name}.slices"), || {
            train_classifier(&part, config, setting, &Targets::of(setting.data), subjects)
        })?;
        files::write(&path, &write_weights_f16(&trained)?)?;
    }
    Checkpoint::remove_all(&folder)
}
