//! All state that changes while a CycleGAN trains, and how it is saved and restored.

use crate::cohort::Group;
use crate::failure::unusable;
use crate::training::adam::adam;
use crate::training::average::update_average;
use crate::training::checkpoint::Checkpoint;
use crate::training::config::CycleGanTraining;
use crate::training::cyclegan::loss_scale::LossScale;
use crate::training::cyclegan::moment::{Moment, target_change};
use crate::training::cyclegan::observer::Observers;
use crate::training::cyclegan::start;
use crate::training::dose;
use crate::training::feature::Feature;
use crate::training::pool::ImagePool;
use crate::training::setting::Setting;
use crate::training::shrinkage::shrunken_group_change;
use crate::training::trained::{Files, Trained, bytes_of, load_module, processor, read_scalars, weight_sums};
use anyhow::{Result, anyhow};
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use shared::model::{Discriminator, Generator, SpatialKind};

/// In a checkpoint.
const LOSS_SCALE: &str = "loss_scale.json";

/// Generators of both directions.
pub struct Translators {
    pub young_to_old: Generator,
    pub old_to_young: Generator,
}

/// First-moment matching of a feature, in both directions.
pub struct Moments {
    /// One of [`crate::training::cyclegan::step::LOSSES`], and the weight of the loss.
    pub name: &'static str,
    pub weight: f64,
    pub feature: Feature,
    pub young_to_old: Moment,
    pub old_to_young: Moment,
}

pub struct State {
    pub young_to_old: Trained<Generator>,
    pub old_to_young: Trained<Generator>,
    pub critic_old: Trained<Discriminator>,
    pub critic_young: Trained<Discriminator>,
    /// Averaged generators (exponential moving average) on the plain device: the result.
    pub average: Translators,
    pub pool_old: ImagePool,
    pub pool_young: ImagePool,
    /// One for each feature whose weight is not 0.
    pub moments: Vec<Moments>,
    /// Absent where `lambda_observer` is 0.
    pub observers: Option<Observers>,
    /// Only in f16.
    pub loss_scale: Option<LossScale>,
    /// Sums of the losses since the last line of metrics; empty right after one.
    sums: Vec<Tensor<1>>,
}

/// Gradients of one step, network by network.
pub struct Gradients {
    pub young_to_old: GradientsParams,
    pub old_to_young: GradientsParams,
    pub critic_old: GradientsParams,
    pub critic_young: GradientsParams,
}

impl State {
    /// `device` is the differentiating one; the first weights come from `seed`, the same on every device. `has_effect`:
    /// whether the groups differ at all; otherwise the generators begin with "no change" whatever the configuration
    /// says.
    pub fn new(
        config: &CycleGanTraining,
        setting: &Setting,
        seed: u64,
        device: &Device,
        has_effect: bool,
    ) -> Result<Self> {
        let processor = &processor(seed);
        let adam = || adam(config.beta_1, config.beta_2, 1e-8);
        let (mut to_old, mut to_young) = (config.generator.init(processor), config.generator.init(processor));
        if let Some(cells) = &config.generator.dose {
            let fitted = dose::fit(cells, config.generator.kind, setting)?;
            to_old = to_old.with_dose(fitted.young_to_old.fork(processor));
            to_young = to_young.with_dose(fitted.old_to_young.fork(processor));
        }
        if has_effect && let Some(start) = config.generator.start {
            let [there, back] = start::numbers(start.by, config, setting)?;
            to_old = to_old.with_start(there);
            to_young = to_young.with_start(back);
        }
        let critic = |group: Group| {
            let mut critic = config.discriminator.init(processor);
            if config.discriminator.places.is_some() {
                critic = critic.with_places(&setting.data.mean(&setting.data.training(group)).data);
            }
            Trained::new(critic, adam(), device)
        };
        let (young_to_old, old_to_young) =
            (Trained::new(to_old, adam(), device), Trained::new(to_young, adam(), device));
        let average =
            Translators { young_to_old: young_to_old.network.valid(), old_to_young: old_to_young.network.valid() };
        Ok(State {
            young_to_old,
            old_to_young,
            critic_old: critic(Group::Old),
            critic_young: critic(Group::Young),
            average,
            pool_old: ImagePool::new(config.pool),
            pool_young: ImagePool::new(config.pool),
            moments: matched(config).into_iter().map(|one| moments(config, setting, one)).collect(),
            observers: (config.lambda_observer > 0.0).then(|| Observers::new(config, setting, seed)).transpose()?,
            loss_scale: LossScale::of(config.precision),
            sums: Vec::new(),
        })
    }

    /// The gradients without the loss scale; `None` if they overflowed, and the step must be skipped.
    pub fn unscaled(&mut self, gradients: Gradients) -> Result<Option<Gradients>> {
        let Some(scale) = &mut self.loss_scale else { return Ok(Some(gradients)) };
        let mut sums = Vec::new();
        let divided = Gradients {
            young_to_old: scale.divided(&self.young_to_old.network, gradients.young_to_old, &mut sums),
            old_to_young: scale.divided(&self.old_to_young.network, gradients.old_to_young, &mut sums),
            critic_old: scale.divided(&self.critic_old.network, gradients.critic_old, &mut sums),
            critic_young: scale.divided(&self.critic_young.network, gradients.critic_young, &mut sums),
        };
        Ok(scale.may_step(sums)?.then_some(divided))
    }

    /// Moves the averaged generators towards the current ones.
    pub fn update_average(&mut self, decay: f64) {
        let Translators { young_to_old, old_to_young } = &self.average;
        self.average = Translators {
            young_to_old: update_average(young_to_old.clone(), &self.young_to_old.network, decay),
            old_to_young: update_average(old_to_young.clone(), &self.old_to_young.network, decay),
        };
    }

    /// Adds a step's losses to those since the last line of metrics.
    pub fn add_losses(&mut self, losses: Vec<Tensor<1>>) {
        let sums = std::mem::take(&mut self.sums);
        self.sums =
            if sums.is_empty() { losses } else { sums.into_iter().zip(losses).map(|(sum, loss)| sum + loss).collect() };
    }

    /// Means over the `count` steps since the last line of metrics, which begin anew.
    pub fn take_means(&mut self, count: f64) -> Result<Vec<f32>> {
        read_scalars(std::mem::take(&mut self.sums).into_iter().map(|sum| sum / count).collect())
    }

    /// Whether all losses since the last line and all weights are finite.
    pub fn is_finite(&self) -> Result<bool> {
        let mut sums = self.sums.clone();
        sums.extend(weight_sums(&self.young_to_old.network));
        sums.extend(weight_sums(&self.old_to_young.network));
        sums.extend(weight_sums(&self.critic_old.network));
        sums.extend(weight_sums(&self.critic_young.network));
        Ok(read_scalars(sums)?.iter().all(|sum| sum.is_finite()))
    }

    /// Everything that the steps after `step` depend on, apart from configuration, data and seed.
    pub fn save(&self, step: u64) -> Result<Checkpoint> {
        let mut files = Files::new();
        self.young_to_old.save("young_to_old", &mut files)?;
        self.old_to_young.save("old_to_young", &mut files)?;
        self.critic_old.save("critic_old", &mut files)?;
        self.critic_young.save("critic_young", &mut files)?;
        files.insert("average_young_to_old.bpk".into(), bytes_of(self.average.young_to_old.clone())?);
        files.insert("average_old_to_young.bpk".into(), bytes_of(self.average.old_to_young.clone())?);
        files.insert("pool_old.safetensors".into(), self.pool_old.to_bytes()?);
        files.insert("pool_young.safetensors".into(), self.pool_young.to_bytes()?);
        for moments in &self.moments {
            files.insert(moments.file("young_to_old"), moments.young_to_old.to_bytes()?);
            files.insert(moments.file("old_to_young"), moments.old_to_young.to_bytes()?);
        }
        if let Some(observers) = &self.observers {
            files.insert("observer_young_to_old.safetensors".into(), observers.young_to_old.to_bytes()?);
            files.insert("observer_old_to_young.safetensors".into(), observers.old_to_young.to_bytes()?);
        }
        if let Some(scale) = &self.loss_scale {
            files.insert(LOSS_SCALE.into(), scale.to_bytes()?);
        }
        let sums: Vec<u8> = read_scalars(self.sums.clone())?.iter().flat_map(|sum| sum.to_le_bytes()).collect();
        files.insert("losses.f32".into(), sums);
        Ok(Checkpoint { step, files })
    }

    pub fn load(self, config: &CycleGanTraining, checkpoint: &Checkpoint, device: &Device) -> Result<Self> {
        let average = Translators {
            young_to_old: load_module(self.average.young_to_old, "average_young_to_old.bpk", checkpoint)?,
            old_to_young: load_module(self.average.old_to_young, "average_old_to_young.bpk", checkpoint)?,
        };
        let pool = |name: &str| ImagePool::from_bytes(config.pool, &checkpoint.file(name)?, device);
        let mut moments = self.moments;
        for moments in &mut moments {
            let plain = device.clone().inner();
            moments.young_to_old.restore(&checkpoint.file(&moments.file("young_to_old"))?, &plain)?;
            moments.old_to_young.restore(&checkpoint.file(&moments.file("old_to_young"))?, &plain)?;
        }
        let mut observers = self.observers;
        if let Some(observers) = &mut observers {
            observers.young_to_old.restore(&checkpoint.file("observer_young_to_old.safetensors")?)?;
            observers.old_to_young.restore(&checkpoint.file("observer_old_to_young.safetensors")?)?;
        }
        let loss_scale = match &self.loss_scale {
            // Its moments would be of another scale.
            Some(_) if !checkpoint.files.contains_key(LOSS_SCALE) => {
                return Err(unusable(
                    "this training in f16 was begun by an earlier AgeLens; finish it with that one, or choose another --out",
                ));
            }
            Some(_) => Some(LossScale::from_bytes(&checkpoint.file(LOSS_SCALE)?)?),
            None => None,
        };
        let sums = checkpoint.file("losses.f32")?;
        let sum = |b: &[u8]| -> Result<Tensor<1>> {
            let bytes: [u8; 4] = b.try_into().map_err(|_| anyhow!("losses.f32 is cut short"))?;
            Ok(Tensor::from_data(TensorData::new(vec![f32::from_le_bytes(bytes)], [1]), device))
        };
        Ok(State {
            young_to_old: self.young_to_old.load("young_to_old", checkpoint)?,
            old_to_young: self.old_to_young.load("old_to_young", checkpoint)?,
            critic_old: self.critic_old.load("critic_old", checkpoint)?,
            critic_young: self.critic_young.load("critic_young", checkpoint)?,
            average,
            pool_old: pool("pool_old.safetensors")?,
            pool_young: pool("pool_young.safetensors")?,
            moments,
            observers,
            loss_scale,
            sums: sums.chunks(4).map(sum).collect::<Result<_>>()?,
        })
    }
}

impl Moments {
    /// In a checkpoint.
    fn file(&self, direction: &str) -> String {
        match self.feature {
            Feature::Neighbours(axis) => format!("{}_{axis}_{direction}.safetensors", self.name),
            _ => format!("{}_{direction}.safetensors", self.name),
        }
    }
}

/// The matched features, with the name and the weight of their losses. In plane mode single slices are drawn: they have
/// no neighbours along z.
fn matched(config: &CycleGanTraining) -> Vec<(&'static str, f64, Feature)> {
    let axes = if config.generator.kind == SpatialKind::Volume { 3 } else { 2 };
    let neighbours = (0..axes).map(|axis| ("neighbours", config.lambda_neighbours, Feature::Neighbours(axis)));
    let single =
        [("moment", config.lambda_moment, Feature::Value), ("greyness", config.lambda_greyness, Feature::Greyness)];
    single.into_iter().chain(neighbours).filter(|(_, weight, _)| *weight > 0.0).collect()
}

fn moments(
    config: &CycleGanTraining,
    setting: &Setting,
    (name, weight, feature): (&'static str, f64, Feature),
) -> Moments {
    let shape = setting.data.grid.shape;
    let change = shrunken_group_change(setting.data, feature, config.moment_shrinkage_voxels);
    let older = target_change(&change, shape, setting.augmentation.flip, config.moment_blur_voxels);
    let younger: Vec<f32> = older.iter().map(|change| -change).collect();
    Moments {
        name,
        weight,
        feature,
        young_to_old: Moment::new(config.moment_memory, &older, shape, setting.device),
        old_to_young: Moment::new(config.moment_memory, &younger, shape, setting.device),
    }
}
