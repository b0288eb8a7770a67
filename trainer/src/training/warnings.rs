//! Early warnings: known failures of a CycleGAN, reported during the training, with the remedy.
//!
//! Each kind is reported once per run and kept in `warnings.json`.

use crate::files;
use crate::training::config::CycleGanTraining;
use crate::training::validation::Numbers;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Share of the steps after which translations are checked: before, a residual generator still does nothing and a
/// direct one still draws noise.
const JUDGED_FROM: f64 = 0.25;
/// Change below this share of the difference between the groups counts as none.
const LEAST_CHANGE_SHARE: f64 = 0.1;
/// A translated brain is still the same brain: its correlation with the original is near 1.
const LEAST_CORRELATION: f64 = 0.2;
/// Translations of different subjects that differ less than this share of what the subjects do are all the same image.
const LEAST_SPREAD: f64 = 0.2;
/// Loss of a critic that is always right; one that guesses has 0.25.
const CRITIC_LOSS_OF_A_WINNER: f32 = 0.01;
/// Lines of metrics in a row that this must last.
const WINNING_LINES: u32 = 5;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    DoNothing,
    Inversion,
    Collapse,
    CriticWins,
    CycleFails,
    NoNumber,
}

/// One warning, as reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    pub kind: Kind,
    pub step: u64,
    pub message: String,
}

/// The warnings of one training.
pub struct Warnings {
    path: PathBuf,
    issued: Vec<Warning>,
    /// Lines of metrics in a row in which a critic was always right: of old, of young.
    winning: [u32; 2],
}

impl Warnings {
    /// Warnings up to step `first` are kept; a file that cannot be read is started again.
    pub fn open(path: &Path, first: u64) -> Result<Self> {
        let before: Vec<Warning> =
            std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let issued = before.into_iter().filter(|warning| warning.step <= first).collect();
        let warnings = Warnings { path: path.into(), issued, winning: [0, 0] };
        files::write_json(&warnings.path, &warnings.issued)?;
        Ok(warnings)
    }

    /// Keeps those of a new kind and returns them, to be reported.
    pub fn add(&mut self, found: Vec<Warning>) -> Result<Vec<Warning>> {
        let mut new = Vec::new();
        for warning in found {
            if self.issued.iter().all(|issued| issued.kind != warning.kind) {
                self.issued.push(warning.clone());
                new.push(warning);
            }
        }
        if !new.is_empty() {
            files::write_json(&self.path, &self.issued)?;
        }
        Ok(new)
    }

    /// Checks the critics' losses (of old, of young) of one line of metrics.
    pub fn of_critics(&mut self, step: u64, losses: [f32; 2], config: &CycleGanTraining) -> Vec<Warning> {
        for (count, loss) in self.winning.iter_mut().zip(losses) {
            *count = if loss < CRITIC_LOSS_OF_A_WINNER { *count + 1 } else { 0 };
        }
        let Some(which) = self.winning.iter().position(|&count| count >= WINNING_LINES) else { return Vec::new() };
        let message = format!(
            "the critic (discriminator) of {} images is always right (loss {:.4} over {WINNING_LINES} lines of metrics) and teaches \
             nothing; lower cyclegan.learning_rate_discriminator (now {:e}) or cyclegan.discriminator.filters (now {})",
            ["old", "young"][which],
            losses[which],
            config.learning_rate_discriminator,
            config.discriminator.filters
        );
        vec![Warning { kind: Kind::CriticWins, step, message }]
    }
}

/// Checks numbers of held-out subjects (young → old, old → young); `typical_change` is the mean absolute difference of
/// the group means, grey-matter units.
pub fn of_validation(step: u64, numbers: [Numbers; 2], typical_change: f64, config: &CycleGanTraining) -> Vec<Warning> {
    if (step as f64) < JUDGED_FROM * config.steps as f64 {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut warn = |kind, message| found.push(Warning { kind, step, message });
    for (direction, numbers) in ["young to old", "old to young"].into_iter().zip(numbers) {
        let least_change = LEAST_CHANGE_SHARE * typical_change;
        if numbers.change < least_change {
            warn(
                Kind::DoNothing,
                format!(
                    "{direction}: the generator does next to nothing (mean change {:.5}, the groups differ by {typical_change:.5}); \
                     raise cyclegan.lambda_moment (now {}) or lambda_classifier (now {}), or lower lambda_change (now {}) or lambda_cycle (now {})",
                    numbers.change,
                    config.lambda_moment,
                    config.lambda_classifier,
                    config.lambda_change,
                    config.lambda_cycle
                ),
            );
        }
        if numbers.correlation < LEAST_CORRELATION {
            warn(
                Kind::Inversion,
                format!(
                    "{direction}: translations do not resemble their originals (correlation {:.2}), contrast may be inverted; \
                     set cyclegan.generator.output = \"bounded\" or raise lambda_change (now {}) or lambda_identity (now {})",
                    numbers.correlation, config.lambda_change, config.lambda_identity
                ),
            );
        }
        if numbers.spread < LEAST_SPREAD {
            warn(
                Kind::Collapse,
                format!(
                    "{direction}: all subjects are translated to nearly the same image (their spread is {:.2} of the originals'); \
                     raise cyclegan.lambda_cycle (now {}), or lower learning_rate_generator (now {:e})",
                    numbers.spread, config.lambda_cycle, config.learning_rate_generator
                ),
            );
        }
        if numbers.change >= least_change && numbers.cycle_error > numbers.change {
            warn(
                Kind::CycleFails,
                format!(
                    "{direction}: the way back does not undo the way there (cycle error {:.5}, change {:.5}); \
                     raise cyclegan.lambda_cycle (now {}) or lower return_noise (now {})",
                    numbers.cycle_error, numbers.change, config.lambda_cycle, config.return_noise
                ),
            );
        }
    }
    found
}

/// Training cannot go on. `good` is the newest checkpoint: none is written with weights that are not finite.
pub fn no_number(step: u64, good: Option<&Path>, config: &CycleGanTraining) -> Warning {
    let from = match good {
        Some(path) => format!(
            "the checkpoint {} is from before; lower these values in the configuration and in the run's config.toml \
             alike, and continue with --resume",
            path.display()
        ),
        None => "there is no checkpoint from before; lower these values and train into another --out".into(),
    };
    let message = format!(
        "a loss or a weight is not a number after step {step}: lower cyclegan.learning_rate_generator (now {:e}), \
         learning_rate_discriminator (now {:e}) or the largest lambda; {from}",
        config.learning_rate_generator, config.learning_rate_discriminator
    );
    Warning { kind: Kind::NoNumber, step, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::config::TrainingConfig;

    const SOUND: Numbers =
        Numbers { change: 0.03, cycle_error: 0.01, flipped: 1.0, correlation: 0.95, spread: 0.9, ncc: 0.7 };

    fn config() -> CycleGanTraining {
        let config: TrainingConfig = toml::from_str(include_str!("../../../configs/oasis1-slab.toml")).unwrap();
        CycleGanTraining { steps: 100, ..config.cyclegan }
    }

    fn kinds(step: u64, numbers: [Numbers; 2]) -> Vec<Kind> {
        of_validation(step, numbers, 0.04, &config()).into_iter().map(|warning| warning.kind).collect()
    }

    #[test]
    fn each_failure_has_its_warning_and_a_sound_training_none() {
        assert!(kinds(50, [SOUND, SOUND]).is_empty());
        let failures = [
            (Numbers { change: 0.001, cycle_error: 0.0, correlation: 1.0, ..SOUND }, Kind::DoNothing),
            (Numbers { correlation: -0.8, ..SOUND }, Kind::Inversion),
            (Numbers { spread: 0.05, ..SOUND }, Kind::Collapse),
            (Numbers { cycle_error: 0.04, ..SOUND }, Kind::CycleFails),
        ];
        for (numbers, kind) in failures {
            assert_eq!(kinds(50, [SOUND, numbers]), [kind]);
            assert!(kinds(10, [SOUND, numbers]).is_empty(), "too early to say");
        }
        // One subject alone has no spread: nothing is said of it.
        assert!(kinds(50, [Numbers { spread: f64::NAN, ..SOUND }, SOUND]).is_empty());
    }

    #[test]
    fn a_warning_names_the_number_and_the_value_to_change() {
        let nothing = Numbers { change: 0.001, ..SOUND };
        let told = &of_validation(50, [nothing, SOUND], 0.04, &config())[0].message;
        assert!(told.contains("young to old") && told.contains("0.00100") && told.contains("lambda_moment"), "{told}");
        let stop = no_number(7, Some(Path::new("run/cyclegan/step-00000004")), &config()).message;
        assert!(stop.contains("step-00000004") && stop.contains("learning_rate_generator"), "{stop}");
    }

    #[test]
    fn a_critic_must_win_for_long_and_each_kind_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("warnings.json");
        let config = config();
        let mut warnings = Warnings::open(&path, 0).unwrap();
        let mut told = Vec::new();
        for (step, loss) in [0.001, 0.001, 0.2, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001].into_iter().enumerate() {
            let found = warnings.of_critics(step as u64, [0.2, loss], &config);
            told.extend(warnings.add(found).unwrap());
        }
        assert_eq!(told.len(), 1);
        assert!(told[0].step == 7 && told[0].message.contains("young"), "{told:?}");
        // A resume from before forgets it, one from later does not tell it again.
        assert!(Warnings::open(&path, 7).unwrap().add(told.clone()).unwrap().is_empty());
        assert_eq!(Warnings::open(&path, 6).unwrap().add(told.clone()).unwrap(), told);
    }
}
