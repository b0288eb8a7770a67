//! The permuted-label control: the same cross-validation with labels that mean nothing must come out at chance.
//!
//! Anything else says that subjects leak from training into validation. Accuracy is judged balanced and over all folds
//! pooled: guessing then gives one half however unequal the groups are, and all subjects count, where single folds hold
//! too few for a narrow bound. One sound training in twenty falls outside the bound by chance.

use super::classifier::{Part, Setting, accuracy};
use super::config::ClassifierTraining;
use super::cross_validation::{judge_in_folds, pooled};
use super::targets::Targets;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Two-sided 95 % of the normal distribution.
const Z_95: f64 = 1.96;

/// Added to the seed, so that the control's folds and weights are its own.
const CONTROL_SEED: u64 = 7000;

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    pub auc: f64,
    /// Of all held-out answers together.
    pub balanced_accuracy: f64,
    /// 0.5 ± 1.96 · √(0.25 / subjects).
    pub bound_low: f64,
    pub bound_high: f64,
    pub subjects: usize,
    pub folds: usize,
    /// Whether the balanced accuracy lies within the bound.
    pub passed: bool,
}

impl Control {
    fn judged(auc: f64, balanced_accuracy: f64, subjects: usize, folds: usize) -> Self {
        let reach = Z_95 * (0.25 / subjects.max(1) as f64).sqrt();
        let (bound_low, bound_high) = (0.5 - reach, 0.5 + reach);
        let passed = (bound_low..=bound_high).contains(&balanced_accuracy);
        Control { auc, balanced_accuracy, bound_low, bound_high, subjects, folds, passed }
    }
}

/// Cross-validates with labels permuted among all subjects.
pub fn permuted_label_control(
    folder: &Path,
    resume: bool,
    config: &ClassifierTraining,
    setting: &Setting,
    seed: u64,
) -> Result<Control> {
    let seed = seed.wrapping_add(CONTROL_SEED);
    let mut config = config.clone();
    if config.permuted_epochs > 0 {
        config.epochs = config.permuted_epochs;
    }
    let targets = Targets::permuted(setting.data, seed);
    let part = Part { label: "permuted labels", folder, resume, seed };
    let folds = config.permuted_folds;
    let (subjects, probabilities) = pooled(judge_in_folds(&part, &config, setting, &targets, folds)?);
    let found = accuracy(&targets, &subjects, &probabilities);
    let (Some(auc), Some(balanced)) = (found.auc, found.balanced_accuracy) else {
        bail!("permuted labels: a classifier gave no numbers; lower classifier.learning_rate");
    };
    let control = Control::judged(auc, balanced, subjects.len(), folds);
    eprintln!(
        "permuted labels: balanced accuracy {balanced:.3}, {} {:.3} to {:.3} that chance allows",
        if control.passed { "within the" } else { "OUTSIDE the" },
        control.bound_low,
        control.bound_high
    );
    Ok(control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_binomial_one() {
        // 100 throws of a coin: 40.2 to 59.8 heads.
        let chance = Control::judged(0.5, 0.59, 100, 5);
        assert!(chance.passed && (chance.bound_low - 0.402).abs() < 1e-9 && (chance.bound_high - 0.598).abs() < 1e-9);
        assert!(!Control::judged(0.7, 0.60, 100, 5).passed);
        // Far below one half is no less strange than far above.
        assert!(!Control::judged(0.3, 0.39, 100, 5).passed);
        assert!(Control::judged(0.3, 0.39, 25, 5).passed);
    }
}
