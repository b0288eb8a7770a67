//! The CycleGAN (Zhu et al. 2017) with least-squares critics: one step reads like the paper, then the loop around it.

use super::average::{decay_at, update_average};
use super::checkpoint::Checkpoint;
use super::classifier::{Setting, cross_entropy};
use super::config::CycleGanTraining;
use super::data::{draw_slices, random};
use super::initial::drawn;
use super::metrics::MetricsFile;
use super::pool::{ImagePool, Remembered};
use crate::cohort::{Group, Split};
use crate::progress::{Progress, stop_requested};
use anyhow::{Result, bail};
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::store::ModuleRecord;
use burn::tensor::{Bytes, Device, Distribution, Tensor, Transaction};
use rand::seq::index;
use shared::model::{Classifier, Discriminator, Generator, GridContext};
use std::collections::BTreeMap;
use std::path::Path;

/// Stream of random numbers (see [`random`]).
const DRAW: u64 = 3;

/// Names of the losses, as in the metrics file.
const LOSSES: [&str; 8] = [
    "adversarial_young_to_old",
    "adversarial_old_to_young",
    "cycle",
    "identity",
    "classifier",
    "change",
    "critic_old",
    "critic_young",
];

/// The exported result: averaged generators on the plain device.
pub struct Translators {
    pub young_to_old: Generator,
    pub old_to_young: Generator,
}

/// A network under training with its optimiser.
struct Trained<M> {
    network: M,
    optimizer: ModuleOptimizer,
}

impl<M: Module> Trained<M> {
    fn update(&mut self, rate: f64, gradients: GradientsParams) {
        self.network = self.optimizer.step(rate, self.network.clone(), gradients);
    }

    fn save(&self, name: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
        files.insert(format!("{name}.bpk"), bytes_of(self.network.valid())?);
        let state = self.optimizer.into_bytes().map_err(|error| anyhow::anyhow!("{name}: {error:?}"))?;
        files.insert(format!("{name}.optimizer.bpk"), state.to_vec());
        Ok(())
    }

    fn load(self, name: &str, checkpoint: &Checkpoint) -> Result<Self> {
        let network = load_module(self.network, &format!("{name}.bpk"), checkpoint)?;
        let bytes = Bytes::from_bytes_vec(checkpoint.file(&format!("{name}.optimizer.bpk"))?);
        let optimizer = self.optimizer.from_bytes(bytes).map_err(|error| anyhow::anyhow!("{name}: {error:?}"))?;
        Ok(Trained { network, optimizer })
    }
}

/// All that changes while training.
struct State {
    young_to_old: Trained<Generator>,
    old_to_young: Trained<Generator>,
    critic_old: Trained<Discriminator>,
    critic_young: Trained<Discriminator>,
    average: Translators,
    pool_old: ImagePool,
    pool_young: ImagePool,
}

/// What one step sees: the same slices of young and of old subjects.
struct Draw {
    young: Tensor<5>,
    old: Tensor<5>,
    slices: Vec<usize>,
}

impl State {
    fn new(config: &CycleGanTraining, device: &Device) -> Self {
        let adam = || AdamConfig::new().with_beta_1(config.beta_1).with_beta_2(config.beta_2).with_epsilon(1e-8).init();
        let generator = || Trained { network: drawn(config.generator.init(device)), optimizer: adam() };
        let critic = || Trained { network: drawn(config.discriminator.init(device)), optimizer: adam() };
        let (young_to_old, old_to_young) = (generator(), generator());
        let average =
            Translators { young_to_old: young_to_old.network.valid(), old_to_young: old_to_young.network.valid() };
        State {
            young_to_old,
            old_to_young,
            critic_old: critic(),
            critic_young: critic(),
            average,
            pool_old: ImagePool::new(config.pool),
            pool_young: ImagePool::new(config.pool),
        }
    }

    /// One step of the paper's algorithm: generators against frozen critics, then critics on real and remembered images.
    ///
    /// Returns the losses in the order of [`LOSSES`].
    fn step(
        &mut self,
        config: &CycleGanTraining,
        judge: &Classifier,
        full: &GridContext,
        draw: Draw,
        step: u64,
        seed: u64,
    ) -> Vec<Tensor<1>> {
        let Draw { young, old, slices } = draw;
        let context = full.slices(&slices);
        let rate_share = rate_share(step, config);
        let returning = |image: Tensor<5>| {
            if config.return_noise == 0.0 {
                return image;
            }
            let noise = image.random_like(Distribution::Normal(0.0, config.return_noise));
            image + noise * context.mask.clone()
        };

        // Generators.
        let (to_old, to_young) = (&self.young_to_old.network, &self.old_to_young.network);
        let critic_old = self.critic_old.network.clone().freeze();
        let critic_young = self.critic_young.network.clone().freeze();
        let fake_old = to_old.forward(young.clone(), &context);
        let fake_young = to_young.forward(old.clone(), &context);
        let adversarial_old = (critic_old.forward(fake_old.clone(), &context) - 1.0).square().mean();
        let adversarial_young = (critic_young.forward(fake_young.clone(), &context) - 1.0).square().mean();
        let zero = || Tensor::<1>::zeros([1], &young.device());
        let weighted = |weight: f64, loss: &dyn Fn() -> Tensor<1>| if weight > 0.0 { loss() } else { zero() };
        let distance = |a: Tensor<5>, b: Tensor<5>| (a - b).abs().mean();
        let cycle = weighted(config.lambda_cycle, &|| {
            distance(to_young.forward(returning(fake_old.clone()), &context), young.clone())
                + distance(to_old.forward(returning(fake_young.clone()), &context), old.clone())
        });
        let identity = weighted(config.lambda_identity, &|| {
            distance(to_old.forward(old.clone(), &context), old.clone())
                + distance(to_young.forward(young.clone(), &context), young.clone())
        });
        let classified = weighted(config.lambda_classifier, &|| {
            let seen_old = judge.forward(fake_old.clone(), &context).logit_old;
            let seen_young = judge.forward(fake_young.clone(), &context).logit_old;
            cross_entropy(seen_old.clone(), seen_old.ones_like())
                + cross_entropy(seen_young.clone(), seen_young.zeros_like())
        });
        let change = weighted(config.lambda_change, &|| {
            distance(fake_old.clone(), young.clone()) + distance(fake_young.clone(), old.clone())
        });
        let loss = adversarial_old.clone()
            + adversarial_young.clone()
            + cycle.clone() * config.lambda_cycle
            + identity.clone() * config.lambda_identity
            + classified.clone() * config.lambda_classifier
            + change.clone() * config.lambda_change;
        let mut gradients = loss.backward();
        let for_old = GradientsParams::from_module(&mut gradients, to_old);
        let for_young = GradientsParams::from_module(&mut gradients, to_young);
        let rate = config.learning_rate_generator * rate_share;
        self.young_to_old.update(rate, for_old);
        self.old_to_young.update(rate, for_young);

        // Critics.
        let mut random = random(seed, DRAW + 1, step);
        let mut criticise =
            |critic: &mut Trained<Discriminator>, pool: &mut ImagePool, real: Tensor<5>, fake: Tensor<5>| {
                let newest = Remembered { image: fake.detach(), slices: slices.clone() };
                let shown = pool.exchange(newest, &mut random);
                let on_real = (critic.network.forward(real, &context) - 1.0).square().mean();
                let on_fake = critic.network.forward(shown.image, &full.slices(&shown.slices)).square().mean();
                let loss = (on_real + on_fake) * 0.5;
                let gradients = GradientsParams::from_grads(loss.backward(), &critic.network);
                critic.update(config.learning_rate_discriminator * rate_share, gradients);
                loss.detach()
            };
        let on_old = criticise(&mut self.critic_old, &mut self.pool_old, old.clone(), fake_old);
        let on_young = criticise(&mut self.critic_young, &mut self.pool_young, young.clone(), fake_young);

        let decay = decay_at(step, config.ema);
        self.average = Translators {
            young_to_old: update_average(self.average.young_to_old.clone(), &self.young_to_old.network, decay),
            old_to_young: update_average(self.average.old_to_young.clone(), &self.old_to_young.network, decay),
        };
        let generator_losses = [adversarial_old, adversarial_young, cycle, identity, classified, change];
        generator_losses.into_iter().map(Tensor::detach).chain([on_old, on_young]).collect()
    }

    fn save(&self, step: u64) -> Result<Checkpoint> {
        let mut files = BTreeMap::new();
        self.young_to_old.save("young_to_old", &mut files)?;
        self.old_to_young.save("old_to_young", &mut files)?;
        self.critic_old.save("critic_old", &mut files)?;
        self.critic_young.save("critic_young", &mut files)?;
        files.insert("average_young_to_old.bpk".into(), bytes_of(self.average.young_to_old.clone())?);
        files.insert("average_old_to_young.bpk".into(), bytes_of(self.average.old_to_young.clone())?);
        files.insert("pool_old.safetensors".into(), self.pool_old.to_bytes()?);
        files.insert("pool_young.safetensors".into(), self.pool_young.to_bytes()?);
        Ok(Checkpoint { step, files })
    }

    fn load(self, config: &CycleGanTraining, checkpoint: &Checkpoint, device: &Device) -> Result<Self> {
        let average = Translators {
            young_to_old: load_module(self.average.young_to_old, "average_young_to_old.bpk", checkpoint)?,
            old_to_young: load_module(self.average.old_to_young, "average_old_to_young.bpk", checkpoint)?,
        };
        let pool = |name: &str| ImagePool::from_bytes(config.pool, &checkpoint.file(name)?, device);
        Ok(State {
            young_to_old: self.young_to_old.load("young_to_old", checkpoint)?,
            old_to_young: self.old_to_young.load("old_to_young", checkpoint)?,
            critic_old: self.critic_old.load("critic_old", checkpoint)?,
            critic_young: self.critic_young.load("critic_young", checkpoint)?,
            average,
            pool_old: pool("pool_old.safetensors")?,
            pool_young: pool("pool_young.safetensors")?,
        })
    }
}

/// Trains to the last step, from the newest checkpoint under `folder` where `resume` says so.
pub fn train_cyclegan(
    config: &CycleGanTraining,
    setting: &Setting,
    classifier: &Classifier,
    seed: u64,
    folder: &Path,
    resume: bool,
) -> Result<Translators> {
    let device = setting.device.clone().autodiff();
    let full = setting.context.to_device(&device);
    let guide = classifier.clone().fork(&device).freeze();
    device.seed(seed);
    let mut state = State::new(config, &device);
    let mut first = 0;
    if let Some(checkpoint) = if resume { Checkpoint::newest(folder)? } else { None } {
        first = checkpoint.step;
        state = state.load(config, &checkpoint, &device)?;
        eprintln!("CycleGAN: resumed after step {first}");
    }
    let mut metrics = MetricsFile::open(&folder.join("metrics.csv"), &LOSSES, first)?;
    let mut sums: Vec<Tensor<1>> = Vec::new();
    let progress = Progress::new("CycleGAN", config.steps, first);
    for step in first..config.steps {
        device.seed(seed ^ step.rotate_left(32));
        let draw = draw(config, setting, step, seed, &device);
        let losses = state.step(config, &guide, &full, draw, step, seed);
        sums =
            if sums.is_empty() { losses } else { sums.into_iter().zip(losses).map(|(sum, loss)| sum + loss).collect() };
        let done = step + 1;
        if done % config.log_every == 0 || done == config.steps {
            let count = ((done - 1) % config.log_every + 1) as f64;
            let means = read_means(std::mem::take(&mut sums), count)?;
            if means.iter().any(|mean| !mean.is_finite()) {
                bail!("a loss is no number at step {done}; resume from the checkpoint with lower learning rates");
            }
            metrics.append(done, &means)?;
            progress.note(&format!(
                "adversarial {:.2}/{:.2} cycle {:.3} critics {:.2}/{:.2}",
                means[0], means[1], means[2], means[6], means[7]
            ));
        }
        progress.advance();
        let stop = stop_requested();
        if done % config.checkpoint_every == 0 || done == config.steps || stop {
            state.save(done)?.write(folder)?;
        }
        if stop && done < config.steps {
            bail!("stopped after step {done} with a checkpoint; go on with --resume");
        }
    }
    Ok(state.average)
}

/// Random subjects of both groups and, in plane mode, random slices of them.
fn draw(config: &CycleGanTraining, setting: &Setting, step: u64, seed: u64, device: &Device) -> Draw {
    let data = setting.data;
    let mut random = random(seed, DRAW, step);
    let slices = draw_slices(config.generator.kind, config.slices, data.grid.shape[2], &mut random);
    let mut images = |group: Group| {
        let subjects = data.indices(Split::Train, Some(group));
        let chosen: Vec<usize> = index::sample(&mut random, subjects.len(), config.batch.min(subjects.len()))
            .into_iter()
            .map(|position| subjects[position])
            .collect();
        data.batch(&chosen, Some(&slices), Some((setting.augmentation, &mut random)), device)
    };
    let young = images(Group::Young);
    let old = images(Group::Old);
    Draw { young, old, slices }
}

/// Learning rates: constant, then linear to zero from `decay_from` on.
fn rate_share(step: u64, config: &CycleGanTraining) -> f64 {
    let from = config.decay_from * config.steps as f64;
    let left = config.steps as f64 - from;
    if left <= 0.0 { 1.0 } else { 1.0 - ((step as f64 - from).max(0.0) / left).min(1.0) }
}

fn read_means(sums: Vec<Tensor<1>>, count: f64) -> Result<Vec<f32>> {
    let transaction = sums.into_iter().fold(Transaction::default(), |all, sum| all.register(sum / count));
    let mut means = Vec::new();
    for data in transaction.try_execute().map_err(|error| anyhow::anyhow!("the device failed: {error:?}"))? {
        let value = data.convert::<f32>().try_to_vec::<f32>();
        means.extend(value.map_err(|error| anyhow::anyhow!("the device failed: {error:?}"))?);
    }
    Ok(means)
}

fn bytes_of<M: Module>(module: M) -> Result<Vec<u8>> {
    let bytes = module.into_record().into_bytes().map_err(|error| anyhow::anyhow!("weights: {error:?}"))?;
    Ok(bytes.to_vec())
}

fn load_module<M: Module>(module: M, name: &str, checkpoint: &Checkpoint) -> Result<M> {
    let bytes = Bytes::from_bytes_vec(checkpoint.file(name)?);
    ModuleRecord::from_bytes(bytes)
        .and_then(|record| module.try_load_record(record))
        .map_err(|error| anyhow::anyhow!("{name}: {error:?}; the checkpoint belongs to another configuration"))
}
