//! The CycleGAN (Zhu et al. 2017) with least-squares critics (discriminators): `step` follows the paper, this file has
//! the loop around it.

pub(super) mod draw;
mod loss_scale;
mod moment;
mod observer;
mod start;
pub(super) mod state;
pub(super) mod step;
mod watch;

pub use state::Translators;

use crate::progress::{Progress, stop_requested};
use crate::training::checkpoint::Checkpoint;
use crate::training::config::CycleGanTraining;
use crate::training::metrics::MetricsFile;
use crate::training::prefetch::{Prefetched, with_prefetch};
use crate::training::resources::{ResourceLog, Speed};
use crate::training::setting::Setting;
use anyhow::{Result, bail};
use burn::module::Module;
use draw::{Drawn, draw_batches};
use loss_scale::LossScale;
use shared::model::Classifier;
use state::State;
use std::path::Path;
use step::{Fixed, LOSSES};
use watch::Watch;

/// Trains to the last step, guided by classifiers; in the meantime it reports the first one's predictions on
/// translations. With `resume` it continues from the newest checkpoint under `folder`.
///
/// Everything random depends on (seed, step) alone and all state is in the checkpoint: a training that was killed and
/// resumed ends as one that ran through.
pub fn train_cyclegan(
    config: &CycleGanTraining,
    setting: &Setting,
    guides: &[&Classifier],
    seed: u64,
    folder: &Path,
    resume: bool,
) -> Result<(Translators, Option<Speed>)> {
    config.precision.check(setting.device)?;
    let device = setting.device.clone().autodiff();
    device.seed(seed);
    let tells_groups_apart = most_tell_groups_apart(guides);
    let mut state = State::new(config, setting, seed, &device, tells_groups_apart)?;
    if !tells_groups_apart {
        eprintln!(
            "warning: CycleGAN: most classifiers cannot tell young from old in subjects left out of their fit: there is nothing to \
             translate, and images stay as they are"
        );
        return Ok((state.average, None));
    }
    let mut first = 0;
    if !resume {
        Checkpoint::remove_all(folder)?;
    } else if let Some(checkpoint) = Checkpoint::newest(folder)? {
        first = checkpoint.step;
        state = state.load(config, &checkpoint, &device)?;
        eprintln!("CycleGAN: resumed after step {first}");
    }
    let fixed = Fixed {
        config,
        guides: guides.iter().map(|&one| one.clone().fork(&device).freeze()).collect(),
        context: setting.context.to_device(&device).in_precision(config.precision.dtype()),
        seed,
    };
    let mut metrics = MetricsFile::open(&folder.join("metrics.csv"), &LOSSES, first)?;
    let mut resources = ResourceLog::open(&folder.join("resources.csv"), first)?;
    let mut watch = Watch::open(config, setting, guides, folder, first)?;
    let progress = Progress::new("CycleGAN", config.steps, first);
    let train = |prefetched: &Prefetched<Vec<Drawn>>| -> Result<()> {
        for step in first..config.steps {
            // Noise draws from the device.
            device.seed(seed ^ step.rotate_left(32));
            let draws = prefetched.take()?.into_iter().map(|drawn| drawn.on(&device)).collect();
            let skipped = state.loss_scale.as_ref().map_or(0, LossScale::skipped);
            let losses = state.step(&fixed, draws, step)?;
            state.add_losses(losses);
            if let Some(scale) = state.loss_scale.as_ref().filter(|scale| scale.skipped() > skipped) {
                progress.say(&format!(
                    "note: step {}: gradients too large for f16; skipped, loss scale is now {}",
                    step + 1,
                    scale.factor()
                ));
            }
            let done = step + 1;
            let last = done == config.steps;
            if done % config.log_every == 0 || last {
                let means = state.take_means(((done - 1) % config.log_every + 1) as f64)?;
                if means.iter().any(|mean| !mean.is_finite()) {
                    return Err(watch.no_number(done));
                }
                metrics.append(done, &means)?;
                progress.note(&format!(
                    "adversarial {:.2}/{:.2} cycle {:.3} critics {:.2}/{:.2}",
                    means[0], means[1], means[2], means[6], means[7]
                ));
                watch.critics(done, [means[6], means[7]], &progress)?;
            }
            watch.look(done, &state.average, &progress)?;
            progress.advance();
            let stop = stop_requested();
            if done % config.checkpoint_every == 0 || last || stop {
                // A checkpoint is one to go on from.
                if !state.is_finite()? {
                    return Err(watch.no_number(done));
                }
                metrics.sync()?;
                state.save(done)?.write(folder)?;
                resources.append(done)?;
            }
            if stop && !last {
                bail!("CycleGAN: stopped after step {done} with a checkpoint; continue with --resume");
            }
        }
        Ok(())
    };
    let (data, augmentation) = (setting.data, setting.augmentation);
    with_prefetch(
        first..config.steps,
        |step| draw_batches(config, data, augmentation, setting.ageing, step, seed),
        train,
    )?;
    Ok((state.average, Some(resources.speed(config.steps))))
}

/// Whether there is anything to translate. Critics always find some difference between two groups, by chance if there
/// is no other, and a translation would show it as if it were age. A majority of the guides is required, not all: each
/// is wrong now and then.
pub fn most_tell_groups_apart(guides: &[&Classifier]) -> bool {
    let telling: Vec<bool> = guides.iter().map(|guide| !guide.tells_all_the_same()).collect();
    2 * telling.iter().filter(|telling| **telling).count() > telling.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::config::TrainingConfig;
    use burn::tensor::Device;

    #[test]
    fn most_guides_must_tell_the_groups_apart() {
        let config: TrainingConfig = toml::from_str(include_str!("../../../../configs/phantom-small.toml")).unwrap();
        let network = config.classifier.network;
        let guide =
            |weight: f32| network.init(&Device::flex()).with_linear(vec![weight; network.pooled_features()], 0.5);
        for (weights, expected) in [
            (&[1.0][..], true),
            (&[0.0], false),
            (&[1.0, 0.0], false),
            (&[1.0, 0.0, 1.0], true),
            (&[0.0, 0.0, 1.0], false),
        ] {
            let guides: Vec<Classifier> = weights.iter().map(|&weight| guide(weight)).collect();
            assert_eq!(most_tell_groups_apart(&guides.iter().collect::<Vec<_>>()), expected, "{weights:?}");
        }
    }
}
