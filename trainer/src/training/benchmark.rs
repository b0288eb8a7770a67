//! The training's own step on random images, timed: for `trainer benchmark training`.

use crate::cohort::{Group, GroupLimits, Split, Subject};
use crate::random::random;
use crate::training::config::TrainingConfig;
use crate::training::cyclegan::draw::draw_batches;
use crate::training::cyclegan::state::State;
use crate::training::cyclegan::step::{Fixed, LOSSES};
use crate::training::data::Dataset;
use crate::training::image::Image;
use crate::training::initial::drawn;
pub(crate) use crate::training::resources::{device_memory_mib, peak_memory_mib};
use crate::training::setting::Setting;
use crate::training::trained::{processor, read_scalars};
use anyhow::{Result, anyhow};
use burn::module::Module;
use burn::tensor::Device;
use rand::RngExt;
use shared::model::GridContext;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

/// Random subjects of each group, at least; a step needs `batch` of them.
const LEAST_SUBJECTS: usize = 4;
/// Stream of random numbers (see [`random`]); no training uses it.
const STREAM: u64 = 80;

/// Results of the steps of [`step_for_benchmark`].
pub(crate) struct Steps {
    pub seconds: Vec<f64>,
    /// Of the first step, if it is not among those.
    pub first_s: Option<f64>,
    /// Losses of the last step by name.
    pub losses: BTreeMap<&'static str, f32>,
}

/// `steps` steps of a new CycleGAN, after `warmup` that are not counted.
///
/// A step is all that the training does with given images: forward and backward pass, the optimisers of all four
/// networks, image pools, moving averages. Drawing the images is not included: the training does that ahead. `device`
/// is the one without automatic differentiation.
pub(crate) fn step_for_benchmark(config: &TrainingConfig, device: &Device, steps: u64, warmup: u64) -> Result<Steps> {
    config.cyclegan.precision.check(device)?;
    let data = random_subjects(config);
    let context = GridContext::everywhere(&data.grid, device);
    let augmentation = config.cyclegan.augmentation.as_ref().unwrap_or(&config.augmentation);
    let setting = Setting { data: &data, augmentation, context: &context, ageing: None, device };
    let training_device = device.clone().autodiff();
    training_device.seed(config.seed);
    let fixed = Fixed {
        config: &config.cyclegan,
        guides: vec![drawn(config.classifier.network.init(&processor(config.seed))).fork(&training_device).freeze()],
        context: context.to_device(&training_device).in_precision(config.cyclegan.precision.dtype()),
        seed: config.seed,
    };
    let mut state = State::new(&config.cyclegan, &setting, config.seed, &training_device, true)?;
    let (mut seconds, mut first_s, mut losses) = (Vec::new(), None, Vec::new());
    for step in 0..warmup + steps {
        let drawn = draw_batches(&config.cyclegan, &data, augmentation, None, step, config.seed);
        let draws = drawn.into_iter().map(|drawn| drawn.on(&training_device)).collect();
        let began = Instant::now();
        // A graphics card works behind the program: the clock is read when it has caught up.
        losses = read_scalars(state.step(&fixed, draws, step)?)?;
        device.sync().map_err(|error| anyhow!("the device failed: {error:?}"))?;
        let took = began.elapsed().as_secs_f64();
        if step >= warmup {
            seconds.push(took);
        } else if step == 0 {
            first_s = Some(took);
        }
    }
    Ok(Steps { seconds, first_s, losses: LOSSES.into_iter().zip(losses).collect() })
}

/// Subjects of both groups whose voxels are drawn between 0 and 1.
fn random_subjects(config: &TrainingConfig) -> Dataset {
    let grid = config.grid.grid();
    let mut random = random(config.seed, STREAM, 0);
    let each = config.cyclegan.batch.max(LEAST_SUBJECTS);
    let images = (0..2 * each)
        .map(|number| Image {
            subject: Subject {
                id: format!("sub-random{number}"),
                age_years: None,
                sex: None,
                group: if number < each { Group::Young } else { Group::Old },
                site: None,
                split: Some(Split::Train),
                gm_path: PathBuf::new(),
            },
            values: (0..grid.voxel_count()).map(|_| random.random_range(0.0f32..1.0)).collect(),
        })
        .collect();
    Dataset { grid, images, groups: GroupLimits::PUBLISHED, between: Vec::new(), balance_sites: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_steps_are_timed_as_were_asked_for() {
        let config: TrainingConfig = toml::from_str(include_str!("../../tests/tiny.toml")).unwrap();
        let seconds = step_for_benchmark(&config, &Device::flex(), 2, 1).unwrap().seconds;
        assert!(seconds.len() == 2 && seconds.iter().all(|&step| step > 0.0), "{seconds:?}");
    }
}
