//! Self-checks: what a run must meet before its maps can be trusted.
//!
//! Each check rules out one way in which a CycleGAN or a classifier can look right and be wrong. A number that was not
//! measured counts as failed.

use crate::measures::summary::Summary;
use crate::training::control::Control;
use serde::Serialize;
use shared::explain::steganography_limit;

/// Smallest mean |change| relative to that of the plain group difference: below it, the translation does nothing.
pub const LEAST_CHANGE: f64 = 0.1;
/// Smallest correlation of original and translation: below it, the anatomy is lost or inverted.
pub const LEAST_SIMILARITY: f64 = 0.5;
/// Smallest number of people per group: with seven, all judged correctly, the error rate could still be one in three.
const LEAST_PEOPLE: usize = 8;
/// Smallest share of translations that the independent judge assigns to the other group, by the lower end of the
/// interval: chance level.
const LEAST_FLIPS: f64 = 0.5;
/// Smallest area under the ROC curve of a classifier worth explaining, by the lower end of the interval.
const LEAST_AUC: f64 = 0.7;
/// Smallest share of translations judged like real people of the other group (for those it is 0.9).
const LEAST_AS_REAL_ONES: f64 = 0.25;

/// One check, in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SelfCheck {
    pub name: &'static str,
    pub passed: bool,
    pub found: String,
    pub wanted: String,
    /// Remedy if it failed.
    pub remedy: String,
}

impl SelfCheck {
    fn new(name: &'static str, passed: bool, found: String, wanted: String, remedy: &str) -> Self {
        SelfCheck { name, passed, found, wanted, remedy: remedy.to_owned() }
    }

    /// `found` at least `least`; `None` fails.
    fn at_least(name: &'static str, found: Option<f64>, least: f64, remedy: &str) -> Self {
        let passed = found.is_some_and(|found| found >= least);
        SelfCheck::new(name, passed, shown(found), format!("at least {least:.2}"), remedy)
    }
}

/// For a number that is missing in runs of earlier versions, or that needs both groups.
const NOT_MEASURED: &str = "not measured (`trainer train --resume` measures what can be)";

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| NOT_MEASURED.to_owned(), |value| format!("{value:.3}"))
}

/// All checks of a run, from its numbers on held-out people and from its permuted-label control.
pub fn self_checks(summary: &Summary, control: Option<&Control>) -> Vec<SelfCheck> {
    let size = match (summary.smallest_mean_absolute_change, summary.group_mean_absolute) {
        (Some(change), Some(group)) if group > 0.0 => Some(change / group),
        _ => None,
    };
    vec![
        enough_people(summary),
        finite(summary),
        SelfCheck::at_least(
            "The classifier is better than chance (area under the ROC curve, lower end of its 95% interval)",
            summary.auc_low,
            LEAST_AUC,
            "train the classifier longer or on more people",
        ),
        permuted_labels(control),
        SelfCheck::at_least(
            "The translation does something (mean |change| over that of the plain group difference, weaker direction)",
            size,
            LEAST_CHANGE,
            "train longer, or lower lambda_change and lambda_identity",
        ),
        SelfCheck::at_least(
            "The translation keeps the anatomy and its sign (correlation of original and translation, weaker direction)",
            summary.input_output_correlation,
            LEAST_SIMILARITY,
            "raise lambda_cycle, use `output = \"bounded\"` or `\"residual\"`, lower the learning rates",
        ),
        SelfCheck::at_least(
            "The independent judge judges most translations young → old to be old (lower end of the share's 95% interval)",
            summary.judge_flip_low_young_to_old,
            LEAST_FLIPS,
            "train longer; a higher lambda_classifier helps if the classifier itself is not convinced either",
        ),
        SelfCheck::at_least(
            "The independent judge judges most translations old → young to be young (lower end of the share's 95% interval)",
            summary.judge_flip_low_old_to_young,
            LEAST_FLIPS,
            "train longer; a higher lambda_classifier helps if the classifier itself is not convinced either",
        ),
        SelfCheck::at_least(
            "The translation does not overshoot (share of translations with a probability in the range of nine in ten real people of \
             the other group, weaker direction)",
            summary.judged_as_real_ones,
            LEAST_AS_REAL_ONES,
            "lower lambda_classifier, or train for fewer steps",
        ),
        SelfCheck::new(
            "The way back undoes the change (cycle error below mean |change|)",
            summary.cycle_error < summary.mean_absolute_change,
            format!("{:.4}", summary.cycle_error),
            format!("below {:.4}", summary.mean_absolute_change),
            "raise lambda_cycle or train longer",
        ),
        hidden_patterns(summary),
    ]
}

fn enough_people(summary: &Summary) -> SelfCheck {
    SelfCheck::new(
        "Enough people were held out (the smaller group)",
        summary.smaller_group.is_some_and(|people| people >= LEAST_PEOPLE),
        summary.smaller_group.map_or_else(|| NOT_MEASURED.to_owned(), |people| people.to_string()),
        format!("at least {LEAST_PEOPLE}"),
        "hold out more people",
    )
}

/// NaN or infinity anywhere makes everything else meaningless.
fn finite(summary: &Summary) -> SelfCheck {
    let given = [
        summary.accuracy,
        summary.balanced_accuracy,
        summary.auc,
        summary.flip_young_to_old,
        summary.flip_old_to_young,
        summary.mean_map_ncc_young_to_old,
        summary.mean_map_ncc_old_to_young,
        summary.mean_absolute_change,
        summary.cycle_error,
    ];
    let optional = [
        summary.judge_flip_young_to_old,
        summary.judge_flip_old_to_young,
        summary.smallest_mean_absolute_change,
        summary.group_mean_absolute,
        summary.identity_error,
        summary.steganography_index,
        summary.input_output_correlation,
        summary.brier,
        summary.calibration_error,
    ];
    let broken = given.into_iter().chain(optional.into_iter().flatten()).filter(|value| !value.is_finite()).count();
    SelfCheck::new(
        "All measures are numbers",
        broken == 0,
        if broken == 0 { "all are".to_owned() } else { format!("{broken} are not") },
        "finite numbers only".to_owned(),
        "lower the learning rates and train again",
    )
}

fn permuted_labels(control: Option<&Control>) -> SelfCheck {
    let name = "With permuted labels the classifier is at chance: nothing leaks";
    let remedy = "look for what the folds share: the same map under two identifiers, or a step that saw all labels";
    match control {
        None => SelfCheck::new(
            name,
            false,
            "not run".to_owned(),
            "the control".to_owned(),
            "train with this version, which runs the control",
        ),
        Some(control) => {
            let [found, wanted] = control.in_words();
            SelfCheck::new(name, control.passed, found, wanted, remedy)
        }
    }
}

fn hidden_patterns(summary: &Summary) -> SelfCheck {
    let limit = steganography_limit(summary.cycle_error);
    // Without any cycle error there is nothing to hide, and no index.
    let none_needed = summary.cycle_error == 0.0;
    SelfCheck::new(
        "The way back needs no hidden pattern (steganography index)",
        none_needed || summary.steganography_index.is_some_and(|index| index <= limit),
        shown(summary.steganography_index),
        format!("at most {limit:.2}"),
        "raise return_noise, so that hidden patterns do not survive training",
    )
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::training::control::Ranking;

    /// A run that passes all checks.
    pub fn sound() -> Summary {
        Summary {
            subjects: 60,
            accuracy: 0.95,
            accuracy_interval: [0.86, 0.98],
            balanced_accuracy: 0.95,
            auc: 0.99,
            flip_young_to_old: 1.0,
            flip_old_to_young: 0.97,
            judge_flip_young_to_old: Some(0.97),
            judge_flip_old_to_young: Some(0.93),
            mean_map_ncc_young_to_old: 0.85,
            mean_map_ncc_old_to_young: 0.82,
            mean_absolute_change: 0.08,
            cycle_error: 0.02,
            smallest_mean_absolute_change: Some(0.07),
            group_mean_absolute: Some(0.11),
            identity_error: Some(0.01),
            steganography_index: Some(0.8),
            input_output_correlation: Some(0.9),
            brier: Some(0.04),
            calibration_error: Some(0.05),
            smaller_group: Some(30),
            auc_low: Some(0.97),
            judge_flip_low_young_to_old: Some(0.83),
            judge_flip_low_old_to_young: Some(0.78),
            judged_as_real_ones: Some(0.7),
            voxel_ridge: None,
            ages: None,
            comparison: None,
        }
    }

    pub fn control(passed: bool) -> Control {
        Control {
            auc: if passed { 0.52 } else { 0.9 },
            balanced_accuracy: if passed { 0.51 } else { 0.85 },
            bound_low: 0.4,
            bound_high: 0.6,
            subjects: 146,
            folds: 5,
            ranking: Some(Ranking {
                fold_auc: vec![if passed { 0.52 } else { 0.9 }; 5],
                mean_auc: if passed { 0.52 } else { 0.9 },
                bound_high: 0.62,
            }),
            passed,
        }
    }

    fn failed(summary: &Summary, control: Option<&Control>) -> Vec<&'static str> {
        self_checks(summary, control).into_iter().filter(|check| !check.passed).map(|check| check.name).collect()
    }

    #[test]
    fn a_sound_run_passes() {
        assert_eq!(failed(&sound(), Some(&control(true))), Vec::<&str>::new());
    }

    #[test]
    fn each_fault_is_found_by_its_check_alone() {
        let faults: [(&str, Summary); 12] = [
            // One old and one young person, both judged rightly, are no evidence.
            ("Enough people", Summary { smaller_group: Some(1), ..sound() }),
            ("The translation does not overshoot", Summary { judged_as_real_ones: Some(0.0), ..sound() }),
            ("The translation does not overshoot", Summary { judged_as_real_ones: None, ..sound() }),
            ("The classifier is better", Summary { auc_low: Some(0.65), ..sound() }),
            ("The translation does something", Summary { smallest_mean_absolute_change: Some(0.01), ..sound() }),
            ("The translation does something", Summary { group_mean_absolute: None, ..sound() }),
            ("The translation keeps", Summary { input_output_correlation: Some(-0.4), ..sound() }),
            (
                "The independent judge judges most translations young",
                Summary { judge_flip_low_young_to_old: Some(0.4), ..sound() },
            ),
            (
                "The independent judge judges most translations old",
                Summary { judge_flip_low_old_to_young: None, ..sound() },
            ),
            ("The way back undoes", Summary { cycle_error: 0.09, ..sound() }),
            ("The way back needs", Summary { steganography_index: Some(4.0), ..sound() }),
            ("All measures", Summary { brier: Some(f64::NAN), ..sound() }),
        ];
        for (expected, summary) in faults {
            let found = failed(&summary, Some(&control(true)));
            assert!(found.len() == 1 && found[0].starts_with(expected), "{expected}: {found:?}");
        }
        for control in [None, Some(&control(false))] {
            let found = failed(&sound(), control);
            assert!(found.len() == 1 && found[0].starts_with("With permuted labels"), "{found:?}");
        }
    }
}
