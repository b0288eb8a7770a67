//! The results as tables in Markdown, for people.

use crate::benchmark::explanations::arms::Arm;
use crate::benchmark::explanations::baselines::baselines;
use crate::benchmark::explanations::markdown::{UNDEFINED, table};
use crate::benchmark::explanations::quantities::Measure;
use crate::benchmark::explanations::results::{Results, Row};
use crate::benchmark::explanations::sanity::checks;
use crate::maps::Method;
use shared::explain::Direction;

const NOT_RUN: &str = "**not run**";

/// Columns of the difference map's table, in its order.
const AGAINST_BARS: [(Measure, Option<Direction>); 13] = [
    (Measure::Ncc, None),
    (Measure::NccAboveGroupMean, None),
    (Measure::NccAboveSaliency, None),
    (Measure::RegionSlope, None),
    (Measure::RegionCorrelation, None),
    (Measure::UnchangingShare, None),
    (Measure::DecoyShare, None),
    (Measure::TruthDecoyShare, None),
    (Measure::FlipRate, Some(Direction::YoungToOld)),
    (Measure::FlipRate, Some(Direction::OldToYoung)),
    (Measure::SizeRatio, None),
    (Measure::CycleError, None),
    (Measure::SteganographyIndex, None),
];

/// The whole page.
pub fn to_markdown(results: &Results) -> String {
    let mut page = format!(
        "# Explanations against a known truth\n\nSynthetic phantoms, no people. Made by trainer {} with\n\n```\n{}\n```\n\n",
        results.version, results.command
    );
    page.push_str(&format!(
        "{} subjects per group at {} mm unless the arm says otherwise; a fifth is held out and measured.\n\n",
        results.size.subjects_per_group, results.size.spacing_mm
    ));
    page.push_str(&verdict(results));
    page.push_str("\n\n");
    for arm in [Arm::Main, Arm::People, Arm::Squares] {
        page.push_str(&format!("## Explanation methods: {}\n\n", heading(results, arm)));
        page.push_str(&methods(results, arm));
    }
    page.push_str("![Agreement of each method with the truth](figure.svg)\n\n");
    page.push_str("## The difference map against its bars, by arm\n\n");
    page.push_str(&against_bars(results));
    page.push_str("## Compared with baselines that use no network\n\n");
    page.push_str(&baselines(results));
    page.push_str("## Sanity checks\n\n");
    page.push_str(&sanity(results));
    page.push_str("## What the columns mean\n\n");
    for measure in Measure::OF_MAPS.into_iter().chain(Measure::OF_CHANGES) {
        let [title, words] = measure.words();
        page.push_str(&format!("- **{title}**: {words}.\n"));
    }
    page.push_str(
        "\nIntervals are 95%: percentile bootstrap over subjects, Wilson's for flips. ✓ and ✗ say whether the number itself meets its \
         bar. Where an arm has several seeds, each subject counts with all of them.\n",
    );
    page
}

/// What was met and missed in the main arm, and what was not run, in a paragraph.
pub fn verdict(results: &Results) -> String {
    let barred: Vec<(&str, &Row, bool)> = AGAINST_BARS
        .iter()
        .filter_map(|&(measure, direction)| {
            let row = results.row(Arm::Main, Method::Difference, direction, measure)?;
            Some((measure.words()[0], row, row.met?))
        })
        .collect();
    let named = |wanted: bool| -> String {
        let names = barred.iter().filter(|(.., met)| *met == wanted).map(|(title, row, _)| {
            let direction = row.direction.map_or_else(String::new, |direction| format!(" {}", arrow(direction)));
            format!("{title}{direction} {}", with_bar(row))
        });
        let names: Vec<String> = names.collect();
        if names.is_empty() { "none".to_owned() } else { names.join("; ") }
    };
    let mut words = if barred.is_empty() {
        "**The main arm was not run: nothing is said of the difference map.**".to_owned()
    } else {
        format!("Bars of the difference map in the main arm. Met: {}. **Missed: {}.**", named(true), named(false))
    };
    let missing: Vec<&str> =
        results.arms.iter().filter(|record| !record.was_run).map(|record| record.arm.name()).collect();
    if !missing.is_empty() {
        words.push_str(&format!(" **Arms that were not run: {}.**", missing.join(", ")));
    }
    words
}

/// Name, purpose, seeds and number of subjects of an arm.
fn heading(results: &Results, arm: Arm) -> String {
    let run = results.record(arm).filter(|record| record.was_run);
    let seeds = run.map_or_else(
        || "not run".to_owned(),
        |record| {
            let seeds: Vec<String> = record.seeds.iter().map(u64::to_string).collect();
            format!("{} test subjects, seeds {}", record.subjects, seeds.join(", "))
        },
    );
    format!("{}, {} ({seeds})", arm.name(), arm.words())
}

fn methods(results: &Results, arm: Arm) -> String {
    if !results.record(arm).is_some_and(|record| record.was_run) {
        return format!("{NOT_RUN}: start the benchmark with `--arms {}`.\n\n", arm.name());
    }
    let both = [
        Measure::NccAbsolute,
        Measure::Deletion,
        Measure::Insertion,
        Measure::JudgeDeletion,
        Measure::JudgeInsertion,
        Measure::ShuffledNcc,
    ];
    let mut header = vec!["method".to_owned(), title(Measure::Ncc)];
    header.extend([Direction::YoungToOld, Direction::OldToYoung].map(|direction| arrow(direction).to_owned()));
    header.extend(both.map(title));
    header.extend(["subjects".to_owned(), "source".to_owned()]);
    let rows = Method::ALL.into_iter().map(|method| {
        let row = |direction, measure| results.row(arm, method, direction, measure);
        let agreement = row(None, Measure::Ncc);
        let mut cells = vec![method.title().to_owned(), agreement.map_or(UNDEFINED.to_owned(), with_interval)];
        for direction in [Direction::YoungToOld, Direction::OldToYoung] {
            cells.push(cell(row(Some(direction), Measure::Ncc)));
        }
        cells.extend(both.map(|measure| cell(row(None, measure))));
        cells.push(agreement.map_or(UNDEFINED.to_owned(), |row| row.n.to_string()));
        cells.push(method.paper().to_owned());
        cells
    });
    table(&header, rows)
}

fn against_bars(results: &Results) -> String {
    let mut header = vec!["arm".to_owned()];
    header.extend(AGAINST_BARS.map(|(measure, direction)| {
        let direction = direction.map_or_else(String::new, |direction| format!(" {}", arrow(direction)));
        let bar = measure.fixed_bar().map_or_else(String::new, |bar| format!("<br>{}", bar.in_words()));
        format!("{}{direction}{bar}", measure.words()[0])
    }));
    let rows = results.arms.iter().map(|record| {
        let mut cells = vec![format!("{}: {}", record.arm.name(), record.about)];
        if record.was_run {
            let row = |(measure, direction)| results.row(record.arm, Method::Difference, direction, measure);
            cells.extend(AGAINST_BARS.map(|key| cell(row(key))));
        } else {
            cells.extend(AGAINST_BARS.map(|_| NOT_RUN.to_owned()));
        }
        cells
    });
    table(&header, rows)
}

fn sanity(results: &Results) -> String {
    let header = ["check", "method", "arm", "number", "value", "subjects", "bar", "verdict"].map(str::to_owned);
    let rows = checks().into_iter().map(|check| {
        let was_run = results.record(check.arm).is_some_and(|record| record.was_run);
        let row = results.row(check.arm, check.method, None, check.measure);
        let bar = row.and_then(|row| row.bar).map_or_else(|| UNDEFINED.to_owned(), |bar| bar.in_words());
        let verdict = match row.map(|row| row.met) {
            Some(Some(true)) => "met",
            Some(Some(false)) => "**missed**",
            Some(None) => "reported",
            None if was_run => "not defined",
            None => NOT_RUN,
        };
        vec![
            check.question.to_owned(),
            check.method.title().to_owned(),
            check.arm.name().to_owned(),
            title(check.measure),
            row.map_or(UNDEFINED.to_owned(), with_interval),
            row.map_or(UNDEFINED.to_owned(), |row| row.n.to_string()),
            bar,
            verdict.to_owned(),
        ]
    });
    table(&header, rows)
}

fn title(measure: Measure) -> String {
    measure.words()[0].replace('|', "\\|")
}

fn arrow(direction: Direction) -> &'static str {
    match direction {
        Direction::YoungToOld => "young → old",
        Direction::OldToYoung => "old → young",
    }
}

/// The number alone, marked where it has a bar, with the name of the map that it was compared with where that was chosen.
fn cell(row: Option<&Row>) -> String {
    let Some(row) = row else { return UNDEFINED.to_owned() };
    let mark = match row.met {
        Some(true) => " ✓",
        Some(false) => " ✗",
        None => "",
    };
    let rival = match (row.measure, row.compared_with) {
        (Measure::NccAboveSaliency, Some(method)) => format!(" ({})", method.title()),
        _ => String::new(),
    };
    // A bar that is not the one at the head of the column.
    let own = row.bar.filter(|bar| row.measure.fixed_bar().is_some_and(|fixed| fixed != *bar));
    let own = own.map_or_else(String::new, |bar| format!(" ({})", bar.in_words()));
    format!("{}{mark}{own}{rival}", number(row.measure, row.value))
}

/// The number with its interval.
fn with_interval(row: &Row) -> String {
    let value = number(row.measure, row.value);
    match row.interval {
        Some([low, high]) => format!("{value} ({} to {})", number(row.measure, low), number(row.measure, high)),
        None => value,
    }
}

/// The number with its bar.
fn with_bar(row: &Row) -> String {
    let bar = row.bar.map_or_else(String::new, |bar| format!(" ({})", bar.in_words()));
    format!("{}{bar}", number(row.measure, row.value))
}

/// As many decimals as the measure needs; a true minus sign.
fn number(measure: Measure, value: f64) -> String {
    let decimals = match measure {
        Measure::MeanAbsolute | Measure::CycleError => 4,
        Measure::UnchangingShare | Measure::DecoyShare | Measure::TruthDecoyShare | Measure::SizeOfMain => 3,
        _ => 2,
    };
    let digits = format!("{:.decimals$}", value.abs());
    let is_zero = digits.chars().all(|digit| matches!(digit, '0' | '.'));
    if value < 0.0 && !is_zero { format!("−{digits}") } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::explanations::results::tests::example;

    #[test]
    fn tables_hold_their_numbers_and_say_what_is_missing() {
        let page = to_markdown(&example());
        for expected in [
            "## Explanation methods: main, ageing at the published rates (4 test subjects, seeds 1, 2)",
            "| Difference map | 0.85 (",
            "agreement<br>≥ 0.80",
            "0.85 ✓",
            "0.55 ✓ (SmoothGrad)",
            "size 1.50 (0.70 to 1.30)",
            "Arms that were not run: half, double, confounded, mitigated, permuted, small, large, people, squares.",
            "**not run**: start the benchmark with `--arms squares`",
            "| Without an effect the map vanishes | Difference map | no_effect | size over main's | 0.100 (",
            "≤ 0.05 | **missed** |",
            "| Half the effect: size of the map | Difference map | half | size over main's | – | – | – | **not run** |",
            "figure.svg",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
        // Every line of a table has as many cells as its header.
        let mut columns = None;
        for line in page.lines() {
            let cells = line.starts_with('|').then(|| line.replace("\\|", "").matches('|').count());
            assert!(columns.is_none() || cells.is_none() || cells == columns, "{line}");
            columns = cells;
        }
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(number(Measure::Ncc, -0.123), "−0.12");
        assert_eq!(number(Measure::Ncc, -0.001), "0.00");
        assert_eq!(number(Measure::CycleError, 0.01234), "0.0123");
    }
}
