//! The report in plain words: headline, key findings, and the warnings that follow from the numbers.
//!
//! Nothing is measured here; each warning gives the value and what it means for the reader.

use crate::evaluation::checks::{LEAST_CHANGE, LEAST_SIMILARITY};
use crate::evaluation::report::data::ReportData;
use crate::group::GroupLimits;
use crate::measures::balance::SexBalance;
use crate::statistics::{Interval, share};
use serde::Serialize;
use shared::explain::{Direction, steganography_limit};

const DIRECTIONS: [Direction; 2] = [Direction::YoungToOld, Direction::OldToYoung];

/// Below this correlation with the reference a map is called weak; below zero, inverted.
const WEAK_NCC: f64 = 0.5;
/// A change smaller than this share of the group difference counts as none, larger than the second as too much.
const SIZE_RANGE: [f64; 2] = [LEAST_CHANGE, 1.5];
/// Correlation of input and output above which nothing was done, below which the anatomy was lost.
const KEPT_RANGE: [f64; 2] = [LEAST_SIMILARITY, 0.998];
/// Largest plausible gap between classifier and judge.
const JUDGE_GAP: f64 = 0.15;
/// Fewer people than this in a group leave wide intervals.
const FEW_PEOPLE: usize = 20;

/// A key number.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub value: String,
    pub label: String,
    pub detail: String,
}

/// The report in two sentences: can the classifier distinguish the groups, and does the translation convince it.
pub fn headline(data: &ReportData) -> [String; 2] {
    let confusion = data.classifier.confusion;
    let people = if data.data.phantom { "phantoms" } else { "people" };
    let unseen = if data.data.held_out { format!("{people} it had never seen") } else { people.to_owned() };
    let flip = |direction| percent(data.translation.get(direction).flip_rate);
    [
        format!(
            "The classifier judges {} of {} {unseen} correctly as young or old.",
            confusion.right(),
            confusion.total()
        ),
        format!(
            "It judges {} of the young brains old after translation young → old, and {} of the old brains young after translation old → young.",
            flip(Direction::YoungToOld),
            flip(Direction::OldToYoung)
        ),
    ]
}

/// What must be read beside the thesis's numbers, where the groups are not the thesis's.
pub fn other_groups(limits: GroupLimits) -> Option<String> {
    let GroupLimits { young_below_years, old_from_years } = GroupLimits::PUBLISHED;
    (!limits.are_published()).then(|| {
        format!(
            "The thesis’s groups, below {young_below_years} and from {old_from_years} years, are not those of this report: its numbers are of \
             other ages."
        )
    })
}

/// The four numbers that matter most.
pub fn findings(data: &ReportData) -> Vec<Finding> {
    let confusion = data.classifier.confusion;
    let mut findings = vec![Finding {
        value: percent(data.classifier.accuracy),
        label: "Judged correctly".to_owned(),
        detail: format!(
            "{} of {}; 95% interval {}",
            confusion.right(),
            confusion.total(),
            percent_interval(data.classifier.accuracy_interval)
        ),
    }];
    for direction in DIRECTIONS {
        let translation = data.translation.get(direction);
        let (name, aim) = names(direction);
        findings.push(Finding {
            value: percent(translation.flip_rate),
            label: format!("{name}: judged {aim}"),
            detail: format!(
                "95% interval {}; before translation {}",
                percent_interval(translation.flip_interval),
                percent(judged_aim_before(data, direction))
            ),
        });
    }
    let (reference, agreement) = match &data.difference.truth_ncc {
        Some(truth) => ("the known truth", truth),
        None => ("the real group difference", &data.difference.mean_map_ncc),
    };
    // That of the group difference says nothing of a truth.
    let ceiling = data
        .difference
        .group_ncc_ceiling
        .filter(|_| data.difference.truth_ncc.is_none())
        .map(|ceiling| format!("; another sample of this size would reach {ceiling:.2}"))
        .unwrap_or_default();
    let (value, missing) = both_numbers(agreement.young_to_old, agreement.old_to_young);
    findings.push(Finding {
        value,
        label: format!("Agreement of the maps with {reference}"),
        detail: format!("Correlation, young → old and old → young; 1 is identical, 0 unrelated{ceiling}{missing}"),
    });
    findings
}

/// A number of each direction, short enough for a card, and the text for undefined values.
fn both_numbers(young_to_old: Option<f64>, old_to_young: Option<f64>) -> (String, &'static str) {
    const MISSING: &str = ". Not defined where nobody was translated, or where a map is the same everywhere";
    let short = |value: Option<f64>| if value.is_some() { number(value) } else { "–".to_owned() };
    match (young_to_old, old_to_young) {
        (None, None) => ("not defined".to_owned(), MISSING),
        (Some(_), Some(_)) => (format!("{} · {}", short(young_to_old), short(old_to_young)), ""),
        _ => (format!("{} · {}", short(young_to_old), short(old_to_young)), MISSING),
    }
}

/// Warnings that follow from the numbers, most serious first.
pub fn warnings(data: &ReportData) -> Vec<String> {
    let mut warnings = Vec::new();
    if !data.data.held_out {
        warnings.push("Some of the evaluated people took part in training, so all numbers look better than they would for new people.".to_owned());
    }
    let confusion = data.classifier.confusion;
    let guessing = share(confusion.old().max(confusion.young()), confusion.total());
    if let (Some([low, _]), Some(guessing)) = (data.classifier.accuracy_interval, guessing)
        && low <= guessing
    {
        warnings.push(
            "The classifier is not reliably better than always guessing the larger group: its maps then explain nothing."
                .to_owned(),
        );
    }
    for direction in DIRECTIONS {
        warnings.extend(of_direction(data, direction));
    }
    warnings.extend(of_cycle(data));
    if confusion.old().min(confusion.young()) < FEW_PEOPLE {
        warnings.push(format!(
            "Only {} old and {} young were evaluated; the intervals are wide.",
            confusion.old(),
            confusion.young()
        ));
    }
    warnings.extend(data.subjects.sex_balance.iter().filter_map(of_sex));
    warnings.extend(of_control(data));
    warnings
}

fn of_direction(data: &ReportData, direction: Direction) -> Vec<String> {
    let (name, aim) = names(direction);
    let translation = data.translation.get(direction);
    let mut warnings = Vec::new();
    if let (Some([low, _]), Some(before)) = (translation.flip_interval, judged_aim_before(data, direction))
        && low <= before
    {
        warnings.push(format!("{name}: translation does not reliably change the classifier's verdict; hardly more images are judged {aim} than before."));
    }
    let independent = data.translation_independent_judge.as_ref().and_then(|judge| judge.get(direction).flip_rate);
    if let (Some(own), Some(other)) = (translation.flip_rate, independent)
        && own - other > JUDGE_GAP
    {
        warnings.push(format!(
            "{name}: an independent judge (a second classifier) judges only {} {aim}, the classifier itself {}: part of the change convinces this classifier only.",
            percent(Some(other)),
            percent(Some(own))
        ));
    }
    if let (Some(size), Some(group)) =
        (*data.difference.mean_absolute.get(direction), data.difference.group_mean_absolute)
        && group > 0.0
    {
        let ratio = size / group;
        if ratio < SIZE_RANGE[0] {
            warnings.push(format!(
                "{name}: the model does almost nothing; its change is {} of the difference between the groups.",
                percent(Some(ratio))
            ));
        } else if ratio > SIZE_RANGE[1] {
            warnings.push(format!("{name}: the change is {ratio:.1} times the difference between the groups: the model draws more than ageing."));
        }
    }
    let kept = data.difference.input_output_correlation.and_then(|correlation| *correlation.get(direction));
    match kept {
        Some(kept) if kept < KEPT_RANGE[0] => {
            warnings.push(format!("{name}: the translated image no longer resembles its original (correlation {kept:.2}); anatomy is lost or inverted."));
        }
        Some(kept) if kept > KEPT_RANGE[1] => {
            warnings.push(format!(
                "{name}: the translated image is almost identical to its original (correlation {kept:.3})."
            ));
        }
        _ => {}
    }
    let reference =
        if data.difference.truth_ncc.is_some() { "the known truth" } else { "the difference between the groups" };
    let agreement = data.difference.truth_ncc.unwrap_or(data.difference.mean_map_ncc);
    match *agreement.get(direction) {
        Some(ncc) if ncc < 0.0 => warnings.push(format!(
            "{name}: the map points the wrong way (correlation {} with {reference}).",
            number(Some(ncc))
        )),
        Some(ncc) if ncc < WEAK_NCC => warnings.push(format!(
            "{name}: the map agrees only weakly with {reference} (correlation {}); do not interpret single regions.",
            number(Some(ncc))
        )),
        _ => {}
    }
    warnings
}

fn of_cycle(data: &ReportData) -> Option<String> {
    let cycle = data.cycle.as_ref()?;
    let index = cycle.steganography_index.as_ref()?;
    let fragile = |direction: Direction| match (*index.get(direction), *cycle.mean_absolute_error.get(direction)) {
        (Some(index), Some(clean)) => index > steganography_limit(clean),
        _ => false,
    };
    DIRECTIONS.into_iter().any(fragile).then(|| {
        "Translating back fails once the translated image is slightly disturbed: the model may hide the original in faint patterns instead of undoing ageing.".to_owned()
    })
}

fn of_control(data: &ReportData) -> Option<String> {
    let control = data.permuted_labels.as_ref()?;
    if control.passed {
        return None;
    }
    let does = match control.ranking.as_ref().filter(|ranking| ranking.leaks()) {
        Some(ranking) => {
            format!("ranks people it has not seen by those labels (area under the ROC curve {:.2})", ranking.mean_auc)
        }
        None => format!("reaches a balanced accuracy of {}", percent(Some(control.balanced_accuracy))),
    };
    Some(format!(
        "Trained on permuted labels, the classifier still {does}: people or labels leak between training and test."
    ))
}

fn of_sex(balance: &SexBalance) -> Option<String> {
    let whom = if balance.part == "train" { "training subjects" } else { "subjects evaluated here" };
    balance.is_unequal().then(|| {
        format!(
            "Young and old {whom} differ in sex as well as in age ({} and {} are women; Fisher’s exact test, p = {}); the maps may partly show that.",
            percent(balance.women_young),
            percent(balance.women_old),
            three(balance.p_value)
        )
    })
}

/// Share judged as the target group before translation.
fn judged_aim_before(data: &ReportData, direction: Direction) -> Option<f64> {
    let confusion = data.classifier.confusion;
    match direction {
        Direction::YoungToOld => share(confusion.young_judged_old, confusion.young()),
        Direction::OldToYoung => share(confusion.old_judged_young, confusion.old()),
    }
}

fn names(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::YoungToOld => ("Young → old", "old"),
        Direction::OldToYoung => ("Old → young", "young"),
    }
}

/// `88%`; with a decimal where rounding would claim none or all.
pub fn percent(share: Option<f64>) -> String {
    match share {
        None => "not defined".to_owned(),
        Some(share) => format!("{}%", percent_digits(share)),
    }
}

/// `78–94%`.
pub fn percent_interval(interval: Option<Interval>) -> String {
    interval.map_or_else(
        || "not defined".to_owned(),
        |[low, high]| format!("{}–{}%", percent_digits(low), percent_digits(high)),
    )
}

fn percent_digits(share: f64) -> String {
    let rounded = (share * 100.0).round();
    let claims_too_much = (rounded == 0.0 && share > 0.0) || (rounded == 100.0 && share < 1.0);
    if claims_too_much { format!("{:.1}", share * 100.0) } else { format!("{rounded:.0}") }
}

/// Three decimals with a real minus; a small p-value as `< 0.001`.
pub fn three(value: Option<f64>) -> String {
    match value {
        None => "not defined".to_owned(),
        Some(value) if value > 0.0 && value < 0.0005 => "< 0.001".to_owned(),
        Some(value) => format!("{value:.3}").replace('-', "−"),
    }
}

/// A change with its sign, three decimals; a dash for none.
pub fn signed(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:+.3}").replace('-', "−"))
}

/// A change in %, given in %, with its sign; a dash for none.
pub fn signed_percent(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:+.decimals$}%").replace('-', "−"))
}

/// Two decimals with a real minus.
pub fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:.2}").replace('-', "−"))
}

/// Years of age, to a tenth.
pub fn years(value: Option<f64>) -> String {
    value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:.1}").replace('-', "−"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::checks::tests::control;
    use crate::measures::per_direction::PerDirection;

    #[test]
    fn percentages_never_claim_all_or_none_by_rounding() {
        assert_eq!(percent(Some(0.997)), "99.7%");
        assert_eq!(percent(Some(0.003)), "0.3%");
        assert_eq!(percent(Some(1.0)), "100%");
        assert_eq!(percent(Some(0.884)), "88%");
        assert_eq!(percent(None), "not defined");
        assert_eq!(percent_interval(Some([0.0, 0.161])), "0–16%");
        assert_eq!(number(Some(-0.4)), "−0.40");
        assert_eq!([three(Some(0.0001)), three(Some(0.0346)), signed(None)], ["< 0.001", "0.035", "–"]);
        assert_eq!(signed_percent(Some(-0.47), 2), "−0.47%");
    }

    #[test]
    fn what_is_not_defined_is_said_once() {
        assert_eq!(both_numbers(Some(0.85), Some(-0.3)), ("0.85 · −0.30".to_owned(), ""));
        let (value, missing) = both_numbers(None, None);
        assert!(value == "not defined" && missing.contains("the same everywhere"));
        let (value, missing) = both_numbers(None, Some(0.5));
        assert!(value == "– · 0.50" && !missing.is_empty());
    }

    #[test]
    fn a_thesis_like_result_gives_no_warning() {
        let data = crate::evaluation::report::tests::example_data();
        assert!(warnings(&data).is_empty(), "{:?}", warnings(&data));
        assert_eq!(
            headline(&data)[0],
            "The classifier judges 349 of 366 people it had never seen correctly as young or old."
        );
    }

    #[test]
    fn bad_results_are_called_bad() {
        let mut data = crate::evaluation::report::tests::example_data();
        data.difference.mean_absolute.young_to_old = Some(0.005);
        data.difference.mean_map_ncc.old_to_young = Some(-0.3);
        data.translation.old_to_young = crate::evaluation::report::Translation::new(Direction::OldToYoung, 170, 13);
        data.data.held_out = false;
        data.cycle = Some(crate::evaluation::report::CycleResult {
            mean_absolute_error: PerDirection::from_fn(|_| Some(0.01)),
            after_8_bit_rounding: None,
            after_noise: Some(PerDirection::from_fn(|_| Some(0.05))),
            after_blur: None,
            steganography_index: Some(PerDirection::from_fn(|_| Some(4.0))),
            identity_error: None,
        });
        data.subjects.sex_balance = vec![SexBalance::new("train", [90, 10], [50, 50])];
        data.permuted_labels = Some(control(false));
        let text = warnings(&data).join("\n");
        for expected in [
            "took part in training",
            "almost nothing",
            "wrong way",
            "does not reliably change",
            "faint patterns",
            "differ in sex",
            "ranks people it has not seen",
        ] {
            assert!(text.contains(expected), "missing {expected:?} in:\n{text}");
        }
    }
}
