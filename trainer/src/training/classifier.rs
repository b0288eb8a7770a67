//! Training of a classifier, and its predictions.

use crate::device;
use crate::failure::unusable;
use crate::progress::{Progress, stop_requested};
use crate::random::random;
use crate::statistics::{Confusion, roc_auc};
use crate::training::average::{decay_at, update_average};
use crate::training::checkpoint::Checkpoint;
use crate::training::config::{AugmentationConfig, ClassifierTraining};
use crate::training::data::{Batch, Dataset, draw_slices};
use crate::training::metrics::MetricsFile;
use crate::training::prefetch::{Prefetched, with_prefetch};
use crate::training::refit::refit;
use crate::training::resample::drawn_again;
use crate::training::setting::Setting;
use crate::training::targets::Targets;
use crate::training::trained::{Files, Trained, bytes_of, load_module, processor};
use anyhow::{Result, bail};
use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use shared::model::{Classifier, GridContext};
use std::path::Path;
use std::time::{Duration, Instant};

/// Streams of random numbers (see [`random`]).
const ORDER: u64 = 1;
const AUGMENTATION: u64 = 2;

/// A checkpoint is written after each epoch, and where epochs are long, after this time.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);

/// One training of a classifier: its name, and the folder of its checkpoints and metrics.
pub struct Part<'a> {
    /// Name for messages.
    pub label: &'a str,
    pub folder: &'a Path,
    /// Continue from a checkpoint in the folder; otherwise its contents are removed.
    pub resume: bool,
    pub seed: u64,
}

/// A classifier under training.
struct Learner {
    model: Trained<Classifier>,
    average: Classifier,
}

impl Learner {
    /// The first weights come from `seed`, the same on every device.
    fn new(config: &ClassifierTraining, seed: u64, device: &Device) -> Self {
        let optimizer = AdamWConfig::new()
            .with_beta_2(0.99)
            .with_weight_decay(config.weight_decay)
            .with_grad_clipping(Some(GradientClippingConfig::Norm(1.0)))
            .init();
        let model = Trained::new(config.network.init(&processor(seed)), optimizer, device);
        let average = model.network.valid();
        Learner { model, average }
    }

    /// One step of the optimiser; the average keeps `decay` of its old weights.
    fn learn(&mut self, rate: f64, gradients: GradientsParams, decay: f64) {
        self.model.update(rate, gradients);
        self.average = update_average(self.average.clone(), &self.model.network, decay);
    }

    fn save(&self, step: u64) -> Result<Checkpoint> {
        let mut files = Files::new();
        self.model.save("model", &mut files)?;
        files.insert("average.bpk".into(), bytes_of(self.average.clone())?);
        Ok(Checkpoint { step, files })
    }

    fn load(self, checkpoint: &Checkpoint) -> Result<Self> {
        Ok(Learner {
            average: load_module(self.average, "average.bpk", checkpoint)?,
            model: self.model.load("model", checkpoint)?,
        })
    }
}

/// Trains on the given subjects, each listed once; returns the averaged weights on the plain device. With balanced
/// sites, subjects are reweighted by the groups in the targets, and for a bootstrap they are drawn: an epoch contains
/// each as often as it counts.
///
/// Everything random depends on (seed, step) alone: a training that was stopped and resumed ends as one that ran
/// through.
pub fn train_classifier(
    part: &Part,
    config: &ClassifierTraining,
    setting: &Setting,
    targets: &Targets,
    subjects: &[usize],
) -> Result<Classifier> {
    let Setting { data, augmentation, context, device, .. } = setting;
    let Part { label, folder, resume, seed } = *part;
    let is_old = |index: usize| targets.is_old(index);
    let subjects = &match config.bootstrap {
        true => drawn_again(subjects, is_old, seed),
        false => data.counted(subjects, is_old),
    };
    if subjects.is_empty() {
        return Err(unusable(format!(
            "{label}: no site has both groups to learn from; lower the number of folds, or set balance_sites = false"
        )));
    }
    let training_device = (*device).clone().autodiff();
    training_device.seed(seed);
    let context = context.to_device(&training_device);
    let mut learner = Learner::new(config, seed, &training_device);
    let mut first = 0;
    if !resume {
        Checkpoint::remove_all(folder)?;
    } else if let Some(checkpoint) = Checkpoint::newest(folder)? {
        first = checkpoint.step;
        learner = learner.load(&checkpoint)?;
        eprintln!("{label}: resumed after step {first}");
    }
    let mut metrics = MetricsFile::open(&folder.join("metrics.csv"), &["loss", "rate"], first)?;
    let steps_per_epoch = subjects.len().div_ceil(config.batch) as u64;
    let steps = steps_per_epoch * config.epochs as u64;
    let progress = Progress::new(label, steps, first);
    let mut saved = Instant::now();
    let train = |prefetched: &Prefetched<Step>| -> Result<()> {
        for step in first..steps {
            // Dropout draws from the device.
            training_device.seed(seed ^ step.rotate_left(32));
            let Step { subjects, slices, images } = prefetched.take()?;
            let images = images.on(&training_device);
            let logits = learner.model.network.logit_of_slices(images, &context.slices(&slices), &slices);
            let loss = targets.loss(logits, &subjects, config, &training_device);
            let shown = loss.clone().into_scalar::<f32>();
            if !shown.is_finite() {
                bail!(
                    "{label}: the loss is not a number at step {step}; lower its learning_rate and train into another --out"
                );
            }
            let gradients = GradientsParams::from_grads(loss.backward(), &learner.model.network);
            let rate = config.learning_rate * rate_share(step, steps);
            learner.learn(rate, gradients, decay_at(step, config.ema));
            let done = step + 1;
            metrics.append(done, &[shown, rate as f32])?;
            progress.note(&format!("loss {shown:.3}"));
            progress.advance();
            let stop = stop_requested();
            if stop || done % steps_per_epoch == 0 || saved.elapsed() >= CHECKPOINT_EVERY {
                metrics.sync()?;
                learner.save(done)?.write(folder)?;
                saved = Instant::now();
            }
            if stop {
                bail!("{label}: stopped after step {done} with a checkpoint; continue with --resume");
            }
        }
        Ok(())
    };
    with_prefetch(first..steps, |step| draw_step(config, data, augmentation, subjects, step, seed), train)?;
    if config.ridge == 0.0 { Ok(learner.average) } else { refit(learner.average, config, setting, targets, subjects) }
}

/// The batch of one step.
struct Step {
    subjects: Vec<usize>,
    slices: Vec<usize>,
    images: Batch,
}

/// The subjects in a new random order in each epoch, batch by batch; random slices of them.
fn draw_step(
    config: &ClassifierTraining,
    data: &Dataset,
    augmentation: &AugmentationConfig,
    subjects: &[usize],
    step: u64,
    seed: u64,
) -> Step {
    let steps_per_epoch = subjects.len().div_ceil(config.batch) as u64;
    let (epoch, place) = (step / steps_per_epoch, (step % steps_per_epoch) as usize);
    let mut order = subjects.to_vec();
    order.shuffle(&mut random(seed, ORDER, epoch));
    let subjects: Vec<usize> = order.into_iter().skip(place * config.batch).take(config.batch).collect();
    let mut draw = random(seed, AUGMENTATION, step);
    let slices = draw_slices(config.network.kind, config.slices, data.grid.shape[2], &mut draw);
    let images = data.gather(&subjects, Some(&slices), Some((augmentation, &mut draw)));
    Step { subjects, slices, images }
}

/// Linear warm-up over the first twentieth, then cosine annealing to zero (Loshchilov and Hutter 2017).
fn rate_share(step: u64, steps: u64) -> f64 {
    let warm_up = (step + 1) as f64 / (0.05 * steps as f64).max(1.0);
    warm_up.min(1.0) * 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos())
}

/// Probability of "old" of each image `[n, 1, z, y, x]`.
pub fn probabilities(classifier: &Classifier, images: Tensor<5>, context: &GridContext) -> Result<Vec<f32>> {
    let logits = classifier.forward(images, context).logit_old;
    device::values(sigmoid(logits))
}

/// Log-odds of "old" of each image `[n, 1, z, y, x]`.
pub fn log_odds(classifier: &Classifier, images: Tensor<5>, context: &GridContext) -> Result<Vec<f32>> {
    device::values(classifier.forward(images, context).logit_old)
}

/// Probability of "old" of each subject, unaugmented.
pub fn predict(classifier: &Classifier, setting: &Setting, subjects: &[usize]) -> Result<Vec<f32>> {
    const AT_ONCE: usize = 4;
    let mut answers = Vec::with_capacity(subjects.len());
    for batch in subjects.chunks(AT_ONCE) {
        let images = setting.data.batch(batch, None, None, setting.device);
        answers.extend(probabilities(classifier, images, setting.context)?);
    }
    Ok(answers)
}

/// Accuracy measures of a classifier's predictions; `None` if a group is missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Accuracy {
    pub subjects: usize,
    pub accuracy: Option<f64>,
    pub balanced_accuracy: Option<f64>,
    pub auc: Option<f64>,
}

/// Compares predictions with the groups in the targets.
pub fn accuracy(targets: &Targets, subjects: &[usize], answers: &[f32]) -> Accuracy {
    let is_old: Vec<bool> = subjects.iter().map(|&index| targets.is_old(index)).collect();
    let scores: Vec<f64> = answers.iter().map(|&answer| f64::from(answer)).collect();
    let confusion = Confusion::from_probabilities(&scores, &is_old);
    Accuracy {
        subjects: subjects.len(),
        accuracy: confusion.accuracy(),
        balanced_accuracy: confusion.balanced_accuracy(),
        auc: roc_auc(&scores, &is_old),
    }
}

/// Cross-validation over all subjects of the cohort: nobody is classified by a classifier that was trained on them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CrossValidation {
    #[serde(flatten)]
    pub network: Folds,
    /// The same folds with the baseline, ridge regression on the voxels; missing in runs of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voxel_ridge: Option<Folds>,
}

/// Accuracy of each fold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Folds {
    pub folds: Vec<Accuracy>,
    /// All held-out predictions together.
    pub pooled: Accuracy,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::Split;
    use crate::training::config::TrainingConfig;
    use crate::training::site_balance::tests::confounded;
    use shared::model::{ClassifierConfig, Norm, SpatialKind};

    /// One epoch of a small network in batches of eight, and how its images are augmented.
    fn config() -> (ClassifierTraining, AugmentationConfig) {
        let whole: TrainingConfig = toml::from_str(include_str!("../../tests/tiny.toml")).unwrap();
        let network = ClassifierConfig::plain(SpatialKind::Plane, 16, 1, Norm::None, 0.0);
        let config = ClassifierTraining { network, epochs: 1, batch: 8, slices: 0, ridge: 0.1, ..whole.classifier };
        (config, whole.augmentation)
    }

    /// Trains on all of the data: how many steps it took, and the predictions.
    fn trained(config: &ClassifierTraining, augmentation: &AugmentationConfig, data: &Dataset) -> (usize, Vec<f32>) {
        let device = Device::flex();
        let context = GridContext::everywhere(&data.grid, &device);
        let setting = Setting { data, augmentation, context: &context, ageing: None, device: &device };
        let folder = tempfile::tempdir().unwrap();
        let part = Part { label: "test", folder: folder.path(), resume: false, seed: 1 };
        let subjects = data.indices(Split::Train, None);
        let trained = train_classifier(&part, config, &setting, &Targets::of(data), &subjects).unwrap();
        let answers = predict(&trained, &setting, &subjects).unwrap();
        assert!(answers.iter().all(|answer| answer.is_finite()));
        let lines = std::fs::read_to_string(folder.path().join("metrics.csv")).unwrap().lines().count();
        (lines - 1, answers)
    }

    #[test]
    fn an_epoch_sees_each_subject_as_often_as_it_counts() {
        let (config, augmentation) = config();
        let mut data = confounded();
        // 32 subjects, and 48 where each of the 8 rare ones counts three times.
        for (balance_sites, steps) in [(false, 4), (true, 6)] {
            data.balance_sites = balance_sites;
            assert_eq!(trained(&config, &augmentation, &data).0, steps);
        }
    }

    #[test]
    fn people_drawn_again_make_another_classifier() {
        let (plain, augmentation) = config();
        let again = ClassifierTraining { bootstrap: true, ..plain.clone() };
        let [(steps, known), (steps_again, drawn)] =
            [plain, again].map(|config| trained(&config, &augmentation, &confounded()));
        assert_eq!([steps, steps_again], [4; 2]);
        assert_ne!(drawn, known);
    }
}
