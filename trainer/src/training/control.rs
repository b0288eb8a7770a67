//! The permuted-label control: the same cross-validation with shuffled labels must be at chance.
//!
//! Anything else shows data leakage from training into validation, or a measure that favours one answer. There are two
//! criteria:
//!
//! - **Balanced accuracy** of the held-out predictions of all folds: chance is one half however unequal the groups are,
//!   and all subjects are used, since single folds have too few for a narrow bound. Far below one half is as suspicious
//!   as far above.
//! - **Ranking**, the area under the ROC curve of each fold, where only a mean above chance indicates leakage. It is
//!   needed because accuracy can be blind: a closed-form layer whose leave-one-out predictions run against the labels
//!   gives all subjects the same verdict (see [`crate::training::refit`]). That is common with permuted labels, and is
//!   a balanced accuracy of exactly one half whether anything leaks or not. The control therefore keeps the ranking of
//!   the fit. Each fold is ranked by itself, since their scales differ.
//!
//! Both bounds are for chance. That of the accuracy treats subjects as independent, but folds share most of their
//! training subjects, so that about one in ten correct trainings falls outside rather than one in twenty. That of the
//! ranking takes this into account.
//!
//! It cannot find one person under two names, since both get labels of their own, nor other differences between the
//! groups, such as scanners.

use crate::training::classifier::{Part, accuracy};
use crate::training::config::ClassifierTraining;
use crate::training::cross_validation::{judge_in_folds, pooled};
use crate::training::setting::Setting;
use crate::training::targets::Targets;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Two-sided 95 % of the normal distribution.
const Z_95: f64 = 1.96;

/// How much further the mean area over folds strays by chance than that of independent folds would: 1.27 to 1.35 in
/// simulations of ridge regression on noise, of 16 to 186 subjects in 2 to 5 folds.
const SHARED_TRAINING: f64 = 1.35;

/// Added to the seed, so that the control's folds and weights are its own.
const CONTROL_SEED: u64 = 7000;

/// The result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Of all held-out predictions together; folds of different scales blur it, see `ranking`.
    pub auc: f64,
    /// Of all held-out predictions together.
    pub balanced_accuracy: f64,
    /// 0.5 ± 1.96 · √(0.25 / subjects).
    pub bound_low: f64,
    pub bound_high: f64,
    pub subjects: usize,
    pub folds: usize,
    /// Controls of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranking: Option<Ranking>,
    /// Whether the balanced accuracy lies within its bound, and the ranking not above its own.
    pub passed: bool,
}

/// How the predictions of each fold rank its subjects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// Area under the ROC curve of each fold.
    pub fold_auc: Vec<f64>,
    pub mean_auc: f64,
    /// The largest mean that chance allows: 0.5 + 1.96 · 1.35 · √(Σ (old + young + 1) / (12 · old · young)) / folds,
    /// the sum being over folds.
    pub bound_high: f64,
}

/// One fold: the area under the ROC curve of its predictions, and how many of its subjects are labelled old and young.
struct Ranked {
    auc: f64,
    old: usize,
    young: usize,
}

impl Ranking {
    fn new(folds: &[Ranked]) -> Self {
        let count = folds.len().max(1) as f64;
        // The area is Mann and Whitney's U over the number of pairs; this is its variance where nothing is ranked.
        let variance = |fold: &Ranked| (fold.old + fold.young + 1) as f64 / (12 * fold.old * fold.young).max(1) as f64;
        let spread = folds.iter().map(variance).sum::<f64>().sqrt() / count;
        Ranking {
            fold_auc: folds.iter().map(|fold| fold.auc).collect(),
            mean_auc: folds.iter().map(|fold| fold.auc).sum::<f64>() / count,
            bound_high: 0.5 + Z_95 * SHARED_TRAINING * spread,
        }
    }

    /// Whether held-out subjects are ranked better than chance allows.
    pub fn leaks(&self) -> bool {
        self.mean_auc > self.bound_high
    }
}

impl Control {
    fn judged(auc: f64, balanced_accuracy: f64, subjects: usize, folds: &[Ranked]) -> Self {
        let reach = Z_95 * (0.25 / subjects.max(1) as f64).sqrt();
        let (bound_low, bound_high) = (0.5 - reach, 0.5 + reach);
        let ranking = Ranking::new(folds);
        let passed = (bound_low..=bound_high).contains(&balanced_accuracy) && !ranking.leaks();
        Control {
            auc,
            balanced_accuracy,
            bound_low,
            bound_high,
            subjects,
            folds: folds.len(),
            ranking: Some(ranking),
            passed,
        }
    }

    /// What was found, and what chance allows.
    pub fn in_words(&self) -> [String; 2] {
        let mut found = format!("balanced accuracy {:.3}", self.balanced_accuracy);
        let mut wanted = format!("{:.3} to {:.3}", self.bound_low, self.bound_high);
        if let Some(ranking) = &self.ranking {
            found.push_str(&format!(", area under the ROC curve {:.3} (mean of folds)", ranking.mean_auc));
            wanted.push_str(&format!(", at most {:.3}", ranking.bound_high));
        }
        [found, wanted]
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
    let judged = judge_in_folds(&part, &config, setting, &targets, config.permuted_folds)?;
    let ranked: Option<Vec<Ranked>> = judged
        .iter()
        .map(|fold| {
            let old = fold.subjects.iter().filter(|&&index| targets.is_old(index)).count();
            let auc = accuracy(&targets, &fold.subjects, &fold.probabilities).auc?;
            Some(Ranked { auc, old, young: fold.subjects.len() - old })
        })
        .collect();
    let (subjects, probabilities) = pooled(judged);
    let found = accuracy(&targets, &subjects, &probabilities);
    let (Some(auc), Some(balanced), Some(ranked)) = (found.auc, found.balanced_accuracy, ranked) else {
        bail!("permuted labels: a classifier gave no numbers; lower classifier.learning_rate");
    };
    let control = Control::judged(auc, balanced, subjects.len(), &ranked);
    let [found, allowed] = control.in_words();
    let verdict = if control.passed { "as" } else { "NOT as" };
    eprintln!("permuted labels: {found}; {verdict} chance allows, {allowed}");
    Ok(control)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Folds of ten old and ten young subjects each.
    fn folds(areas: &[f64]) -> Vec<Ranked> {
        areas.iter().map(|&auc| Ranked { auc, old: 10, young: 10 }).collect()
    }

    #[test]
    fn the_bound_is_the_binomial_one() {
        // 100 throws of a coin: 40.2 to 59.8 heads.
        let ranked = folds(&[0.5; 5]);
        let chance = Control::judged(0.5, 0.59, 100, &ranked);
        assert!(chance.passed && (chance.bound_low - 0.402).abs() < 1e-9 && (chance.bound_high - 0.598).abs() < 1e-9);
        assert!(!Control::judged(0.7, 0.60, 100, &ranked).passed);
        // Far below one half is no less strange than far above.
        assert!(!Control::judged(0.3, 0.39, 100, &ranked).passed);
        assert!(Control::judged(0.3, 0.39, 25, &ranked).passed);
    }

    /// All folds give their subjects the same verdict: the accuracy shows nothing, the ranking does.
    #[test]
    fn a_leak_shows_in_the_ranking_alone() {
        let leaky = Control::judged(0.5, 0.5, 80, &folds(&[0.8, 0.7, 0.75, 0.65]));
        assert!(!leaky.passed);
        // One fold: √(21 / 1200) = 0.13229; the mean of four strays half as far.
        let bound = leaky.ranking.as_ref().map(|ranking| ranking.bound_high).unwrap();
        assert!((bound - (0.5 + 1.96 * 1.35 * 0.132_29 / 2.0)).abs() < 1e-4, "{bound}");
        let [found, wanted] = leaky.in_words();
        assert!(found.contains("0.725") && wanted.ends_with("at most 0.675"), "{found}; {wanted}");
        // Single folds may stray, and ranks against the labels are no leak.
        assert!(Control::judged(0.5, 0.5, 80, &folds(&[0.75, 0.4, 0.6, 0.5])).passed);
        assert!(Control::judged(0.2, 0.5, 80, &folds(&[0.1, 0.2, 0.2, 0.3])).passed);
    }

    #[test]
    fn controls_of_earlier_versions_are_read() {
        let text = r#"{"auc": 0.52, "balanced_accuracy": 0.53, "bound_low": 0.43, "bound_high": 0.57, "folds": 5,
            "passed": true, "subjects": 186}"#;
        let control: Control = serde_json::from_str(text).unwrap();
        assert!(control.passed && control.ranking.is_none());
        assert_eq!(control.in_words(), ["balanced accuracy 0.530", "0.430 to 0.570"]);
        assert!(!serde_json::to_string(&control).unwrap().contains("ranking"));
    }
}
