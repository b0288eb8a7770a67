//! Training of a classifier, its answers, and its subject-level cross-validation.

use super::average::{decay_at, update_average};
use super::config::{AugmentationConfig, ClassifierTraining};
use super::data::{Dataset, draw_slices, random};
use super::initial::drawn;
use crate::cohort::{Group, Subject, k_folds};
use crate::evaluation::statistics::{Confusion, roc_auc};
use crate::progress::{Progress, stop_requested};
use anyhow::{Result, bail};
use burn::grad_clipping::GradientClippingConfig;
use burn::module::Module;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use shared::model::{Classifier, GridContext};

/// Streams of random numbers (see [`random`]).
const ORDER: u64 = 1;
const AUGMENTATION: u64 = 2;

/// What a classifier learns from and where.
pub struct Setting<'a> {
    pub data: &'a Dataset,
    pub augmentation: &'a AugmentationConfig,
    pub context: &'a GridContext,
    /// Plain device; training happens on its differentiating twin.
    pub device: &'a Device,
}

/// Trains on the given subjects; returns the averaged weights on the plain device.
pub fn train_classifier(
    label: &str,
    config: &ClassifierTraining,
    setting: &Setting,
    subjects: &[usize],
    seed: u64,
) -> Result<Classifier> {
    let Setting { data, augmentation, context, device } = setting;
    let training_device = (*device).clone().autodiff();
    training_device.seed(seed);
    let context = context.to_device(&training_device);
    let mut model = drawn(config.network.init(&training_device));
    let mut average = model.valid();
    let mut optimizer = AdamWConfig::new()
        .with_beta_2(0.99)
        .with_weight_decay(config.weight_decay)
        .with_grad_clipping(Some(GradientClippingConfig::Norm(1.0)))
        .init();
    let steps_per_epoch = subjects.len().div_ceil(config.batch) as u64;
    let steps = steps_per_epoch * config.epochs as u64;
    let progress = Progress::new(label, steps, 0);
    let mut step = 0u64;
    for epoch in 0..config.epochs as u64 {
        let mut order = subjects.to_vec();
        order.shuffle(&mut random(seed, ORDER, epoch));
        for batch in order.chunks(config.batch) {
            if stop_requested() {
                bail!("stopped; start again with --resume");
            }
            let mut draw = random(seed, AUGMENTATION, step);
            let slices = draw_slices(config.network.kind, config.slices, data.grid.shape[2], &mut draw);
            let images = data.batch(batch, Some(&slices), Some((augmentation, &mut draw)), &training_device);
            let logits = model.forward(images, &context.slices(&slices)).logit_old;
            let loss = cross_entropy(logits, labels(data, batch, &training_device));
            let shown = loss.clone().into_scalar::<f32>();
            if !shown.is_finite() {
                bail!("{label}: the loss is no number at step {step}; lower its learning_rate");
            }
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            let rate = config.learning_rate * rate_share(step, steps);
            model = optimizer.step(rate, model, gradients);
            average = update_average(average, &model, decay_at(step, config.ema));
            step += 1;
            progress.note(&format!("loss {shown:.3}"));
            progress.advance();
        }
    }
    Ok(average)
}

/// Linear warm-up over the first twentieth, then cosine annealing to zero (Loshchilov and Hutter 2017).
fn rate_share(step: u64, steps: u64) -> f64 {
    let warm_up = (step + 1) as f64 / (0.05 * steps as f64).max(1.0);
    warm_up.min(1.0) * 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos())
}

fn labels(data: &Dataset, batch: &[usize], device: &Device) -> Tensor<2> {
    let values: Vec<f32> =
        batch.iter().map(|&index| if data.images[index].subject.group == Group::Old { 1.0 } else { 0.0 }).collect();
    Tensor::from_data(TensorData::new(values, [batch.len(), 1]), device)
}

/// Mean binary cross-entropy of log-odds, in the form that does not overflow.
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let overflow_safe = (-logits.clone().abs()).exp().log1p();
    (relu(logits.clone()) - logits * targets + overflow_safe).mean()
}

/// Probability of "old" of each image `[n, 1, z, y, x]`.
pub fn probabilities(classifier: &Classifier, images: Tensor<5>, context: &GridContext) -> Result<Vec<f32>> {
    let logits = classifier.forward(images, context).logit_old;
    sigmoid(logits).into_data().try_to_vec::<f32>().map_err(|error| anyhow::anyhow!("the device failed: {error:?}"))
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

/// Accuracy measures of a classifier's answers; `None` where a group is missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Accuracy {
    pub subjects: usize,
    pub accuracy: Option<f64>,
    pub balanced_accuracy: Option<f64>,
    pub auc: Option<f64>,
}

/// Measures answers against the subjects' groups.
pub fn accuracy(data: &Dataset, subjects: &[usize], answers: &[f32]) -> Accuracy {
    let is_old: Vec<bool> = subjects.iter().map(|&index| data.images[index].subject.group == Group::Old).collect();
    let scores: Vec<f64> = answers.iter().map(|&answer| f64::from(answer)).collect();
    let confusion = Confusion::from_probabilities(&scores, &is_old);
    Accuracy {
        subjects: subjects.len(),
        accuracy: confusion.accuracy(),
        balanced_accuracy: confusion.balanced_accuracy(),
        auc: roc_auc(&scores, &is_old),
    }
}

/// Cross-validation over all subjects of the cohort: nobody is judged by a classifier that saw them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CrossValidation {
    pub folds: Vec<Accuracy>,
    /// All held-out answers together.
    pub pooled: Accuracy,
}

/// Trains one classifier a fold and judges the subjects it did not see.
pub fn cross_validate(config: &ClassifierTraining, setting: &Setting, seed: u64) -> Result<CrossValidation> {
    let data = setting.data;
    let people: Vec<&Subject> = data.images.iter().map(|image| &image.subject).collect();
    let mut folds = Vec::new();
    let (mut subjects, mut answers) = (Vec::new(), Vec::new());
    for (number, fold) in k_folds(&people, config.folds, seed)?.into_iter().enumerate() {
        let label = format!("cross-validation {}/{}", number + 1, config.folds);
        let model = train_classifier(&label, config, setting, &fold.train, seed.wrapping_add(1000 + number as u64))?;
        let found = predict(&model, setting, &fold.validation)?;
        let measured = accuracy(data, &fold.validation, &found);
        let shown = |value: Option<f64>| value.map_or("undefined".into(), |value| format!("{value:.3}"));
        eprintln!("{label}: balanced accuracy {}, AUC {}", shown(measured.balanced_accuracy), shown(measured.auc));
        folds.push(measured);
        subjects.extend(fold.validation);
        answers.extend(found);
    }
    Ok(CrossValidation { folds, pooled: accuracy(data, &subjects, &answers) })
}
