//! Allowed ranges of the numbers of a configuration: with values outside, a training would run to the end with
//! meaningless results.

use crate::training::config::{AugmentationConfig, ClassifierTraining, CycleGanTraining, TrainingConfig};
use std::ops::Bound::{self, Excluded, Included};
use std::ops::RangeBounds;

/// A field by its full name, its value, and where that may lie.
type Field<'a> = (&'a str, f64, (Bound<f64>, Bound<f64>));

const SHARE: (Bound<f64>, Bound<f64>) = (Included(0.0), Included(1.0));
const SHARE_BELOW_ONE: (Bound<f64>, Bound<f64>) = (Included(0.0), Excluded(1.0));
const RATE: (Bound<f64>, Bound<f64>) = (Excluded(0.0), Included(1.0));
const WEIGHT: (Bound<f64>, Bound<f64>) = (Included(0.0), Included(1e4));
const VOXELS: (Bound<f64>, Bound<f64>) = (Included(0.0), Included(16.0));
const COUNT: (Bound<f64>, Bound<f64>) = (Included(0.0), Included(1e9));
const COUNT_FROM_ONE: (Bound<f64>, Bound<f64>) = (Included(1.0), Included(1e9));

/// The first number outside its range, by its full name, with the range.
pub fn check(config: &TrainingConfig) -> Result<(), String> {
    let shape = config.grid.shape.map(|side| ("shape", side as f64, (Included(1.0), Included(512.0))));
    let origin = config.grid.origin_mm.map(|mm| ("origin_mm", mm, (Included(-500.0), Included(500.0))));
    let spacing = ("spacing_mm", config.grid.spacing_mm, (Included(0.25), Included(20.0)));
    let fraction = ("test_fraction", config.test_fraction, (Excluded(0.0), Excluded(1.0)));
    all("grid.", &[&shape[..], &origin[..], &[spacing]].concat())?;
    all("", &[fraction])?;
    all("augmentation.", &of_augmentation(&config.augmentation))?;
    all("classifier.", &of_classifier(&config.classifier))?;
    all("judge.", &of_classifier(&config.judge))?;
    for guide in &config.guides {
        all("guides.", &of_classifier(guide))?;
    }
    if let Some(ageing) = &config.ageing {
        let cells = ageing.cell_voxels.map(|side| ("cell_voxels", side as f64, (Included(1.0), Included(512.0))));
        all("ageing.", &[&cells[..], &[("ridge", ageing.ridge, (Excluded(0.0), Included(1e4)))]].concat())?;
    }
    all("cyclegan.", &of_cyclegan(&config.cyclegan))?;
    weights_of_losses("", &toml::Table::try_from(config).map_err(|error| error.to_string())?)?;
    match &config.cyclegan.augmentation {
        Some(augmentation) => all("cyclegan.augmentation.", &of_augmentation(augmentation)),
        None => Ok(()),
    }
}

/// The weights of all losses: whatever is named `lambda_…`, in any table.
fn weights_of_losses(path: &str, table: &toml::Table) -> Result<(), String> {
    for (name, value) in table {
        let lists = value.as_array().into_iter().flatten().filter_map(toml::Value::as_table);
        for inner in value.as_table().into_iter().chain(lists) {
            weights_of_losses(&format!("{path}{name}."), inner)?;
        }
        if let Some(weight) = value.as_float().filter(|_| name.starts_with("lambda_")) {
            all(path, &[(name, weight, WEIGHT)])?;
        }
    }
    Ok(())
}

fn all(table: &str, fields: &[Field]) -> Result<(), String> {
    match fields.iter().find(|(_, value, range)| !range.contains(value)) {
        Some((name, value, range)) => Err(format!("{table}{name} is {value}, and must be {}", in_words(range))),
        None => Ok(()),
    }
}

fn in_words((low, high): &(Bound<f64>, Bound<f64>)) -> String {
    let low = match low {
        Excluded(low) => format!("above {low}"),
        Included(low) => format!("{low} or more"),
        Bound::Unbounded => String::new(),
    };
    match high {
        Excluded(high) => format!("{low} and below {high}"),
        Included(high) => format!("{low} and at most {high}"),
        Bound::Unbounded => low,
    }
}

fn of_augmentation(augmentation: &AugmentationConfig) -> Vec<Field<'static>> {
    vec![
        ("gain", f64::from(augmentation.gain), SHARE),
        ("gamma", f64::from(augmentation.gamma), SHARE),
        ("blur_voxels", f64::from(augmentation.blur_voxels), VOXELS),
    ]
}

fn of_classifier(classifier: &ClassifierTraining) -> Vec<Field<'static>> {
    vec![
        ("epochs", classifier.epochs as f64, COUNT),
        ("batch", classifier.batch as f64, COUNT_FROM_ONE),
        ("learning_rate", classifier.learning_rate, RATE),
        ("weight_decay", f64::from(classifier.weight_decay), SHARE),
        ("ema", classifier.ema, SHARE_BELOW_ONE),
        ("label_smoothing", classifier.label_smoothing, (Included(0.0), Excluded(0.5))),
        ("age_logits_per_decade", classifier.age_logits_per_decade, (Excluded(0.0), Included(100.0))),
        ("ridge", classifier.ridge, (Included(0.0), Included(1e9))),
    ]
}

fn of_cyclegan(cyclegan: &CycleGanTraining) -> Vec<Field<'static>> {
    vec![
        ("steps", cyclegan.steps as f64, COUNT_FROM_ONE),
        ("batch", cyclegan.batch as f64, COUNT_FROM_ONE),
        ("accumulate", cyclegan.accumulate as f64, COUNT_FROM_ONE),
        ("learning_rate_generator", cyclegan.learning_rate_generator, RATE),
        ("learning_rate_discriminator", cyclegan.learning_rate_discriminator, RATE),
        ("beta_1", f64::from(cyclegan.beta_1), SHARE_BELOW_ONE),
        ("beta_2", f64::from(cyclegan.beta_2), SHARE_BELOW_ONE),
        ("decay_from", cyclegan.decay_from, SHARE),
        ("observer_memory", cyclegan.observer_memory, SHARE_BELOW_ONE),
        ("moment_decay_from", cyclegan.moment_decay_from, SHARE),
        ("moment_end", cyclegan.moment_end, SHARE),
        ("moment_memory", cyclegan.moment_memory, SHARE_BELOW_ONE),
        ("moment_shrinkage_voxels", cyclegan.moment_shrinkage_voxels, VOXELS),
        ("moment_blur_voxels", cyclegan.moment_blur_voxels, VOXELS),
        ("return_noise", cyclegan.return_noise, SHARE),
        ("pool", cyclegan.pool as f64, COUNT),
        ("ema", cyclegan.ema, SHARE_BELOW_ONE),
        ("checkpoint_every", cyclegan.checkpoint_every as f64, COUNT_FROM_ONE),
        ("log_every", cyclegan.log_every as f64, COUNT_FROM_ONE),
        ("discriminator.layers", cyclegan.discriminator.layers as f64, (Included(1.0), Included(8.0))),
        ("discriminator.filters", cyclegan.discriminator.filters as f64, (Included(1.0), Included(512.0))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_mean_nothing_are_refused_by_name() {
        let text = include_str!("../../tests/tiny.toml");
        let sound: TrainingConfig = toml::from_str(text).unwrap();
        assert_eq!(check(&sound), Ok(()));
        type Spoil = fn(&mut TrainingConfig);
        let spoilt: [(Spoil, &str); 9] = [
            (|config| config.cyclegan.learning_rate_generator = -0.001, "cyclegan.learning_rate_generator is -0.001"),
            (|config| config.classifier.learning_rate = f64::NAN, "classifier.learning_rate is NaN"),
            (|config| config.judge.ema = 1.0, "judge.ema is 1, and must be 0 or more and below 1"),
            (|config| config.cyclegan.lambda_cycle = f64::INFINITY, "cyclegan.lambda_cycle is inf"),
            (
                |config| config.judge.lambda_age = 2e4,
                "judge.lambda_age is 20000, and must be 0 or more and at most 10000",
            ),
            (|config| config.cyclegan.decay_from = 1.5, "cyclegan.decay_from"),
            (|config| config.augmentation.gain = -1.0, "augmentation.gain"),
            (|config| config.grid.spacing_mm = 0.0, "grid.spacing_mm"),
            (|config| config.test_fraction = 1.0, "test_fraction is 1, and must be above 0 and below 1"),
        ];
        for (spoil, said) in spoilt {
            let mut config = sound.clone();
            spoil(&mut config);
            let found = check(&config).unwrap_err();
            assert!(found.starts_with(said), "{found}");
        }
    }
}
