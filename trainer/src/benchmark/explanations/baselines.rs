//! The network beside every way of translation without one, as a table of each run, with what is asked for.

use crate::benchmark::explanations::markdown::{UNDEFINED, table};
use crate::benchmark::explanations::quantities::Bar;
use crate::benchmark::explanations::results::{Results, RunComparison};
use crate::measures::comparison::WayNumbers;
use crate::measures::per_direction::PerDirection;
use crate::statistics::Estimate;
use shared::explain::Direction;

/// A column: its heading, what it takes from a way, and what is asked of the network in the main arm.
type Column = (&'static str, fn(&WayNumbers) -> PerDirection<Option<Estimate>>, Option<Bar>);

fn columns() -> [Column; 9] {
    let at_least = |least| Some(Bar::at_least(least));
    let at_most = |most| Some(Bar::at_most(most));
    [
        ("agreement with the truth", |way| way.truth_ncc, at_least(0.85)),
        ("individual part", |way| way.individual_ncc, at_least(0.70)),
        ("change in own group", |way| way.leaves_alone, at_most(0.15)),
        ("distinguished by grey values", |way| way.realism.map(|found| found.histogram), at_most(0.65)),
        ("distinguished by spatial frequencies", |way| way.realism.map(|found| found.spectrum), at_most(0.65)),
        ("mean map", |way| way.mean_map_ncc, None),
        ("mean map, others", |way| way.mean_map_ncc_with_others, None),
        ("judge flips", |way| way.judge_flips, None),
        ("amount with age", |way| way.amount_with_age, None),
    ]
}

/// All runs, one table each.
pub fn baselines(results: &Results) -> String {
    let mut text = String::from(
        "Numbers are young → old and old → young, with 95% intervals over subjects. Agreement: mean correlation of each subject's map with \
         its true change. Individual part: the same of map − mean map and truth − mean truth. Change in own group: mean |change| of subjects \
         who already belong to the target group, relative to the others. Distinguished by grey values, by spatial frequencies: area \
         under the ROC curve with which a logistic regression distinguishes translations from real maps, by histograms and spectra; \
         0.5 is chance. Mean map: correlation with the plain group difference; others: with the difference computed from all other \
         subjects, so that making everybody alike is not rewarded.\n\n",
    );
    if results.beside.is_empty() {
        text.push_str("**not run**\n\n");
    }
    results.beside.iter().for_each(|run| text.push_str(&of_run(run)));
    text
}

fn of_run(run: &RunComparison) -> String {
    let comparison = &run.comparison;
    let columns = columns();
    let mut header = vec![format!("{}, seed {}", run.arm.name(), run.seed)];
    header.extend(columns.iter().map(|(name, ..)| (*name).to_owned()));
    let mut rows =
        vec![std::iter::once("required".to_owned()).chain(columns.iter().map(|(.., bar)| words(*bar))).collect()];
    for (way, title) in comparison.ways.iter().zip(comparison.titles()) {
        let cells = columns.iter().map(|(_, of, bar)| {
            let found = of(way);
            // What is asked for is asked of the network.
            let bar = bar.filter(|_| way.way.is_none() && run.arm.has_effect());
            [found.young_to_old, found.old_to_young].map(|found| cell(found, bar)).join("<br>")
        });
        rows.push(std::iter::once(title.to_owned()).chain(cells).collect());
    }
    let real = comparison.real_against_real;
    let null = |of: fn(&crate::measures::realism::Realism) -> Option<Estimate>| {
        [Direction::YoungToOld, Direction::OldToYoung].map(|direction| cell(of(real.get(direction)), None)).join("<br>")
    };
    let mut last = vec!["real maps against real maps".to_owned(); 1];
    last.extend(["", "", ""].map(str::to_owned));
    last.extend([null(|real| real.histogram), null(|real| real.spectrum)]);
    last.extend(["", "", "", ""].map(str::to_owned));
    rows.push(last);
    let leads: Vec<String> = comparison.leads_in_words().into_iter().map(|lead| format!("{lead}.")).collect();
    format!("{}{}\n\n", table(&header, rows.into_iter()), leads.join(" "))
}

fn words(bar: Option<Bar>) -> String {
    bar.map_or_else(String::new, |bar| bar.in_words())
}

fn cell(found: Option<Estimate>, bar: Option<Bar>) -> String {
    let Some(Estimate { value, interval }) = found else { return UNDEFINED.to_owned() };
    let range = interval.map_or_else(String::new, |[low, high]| format!(" ({low:.2} to {high:.2})"));
    let verdict = bar.map_or("", |bar| if bar.is_met_by(value) { " ✓" } else { " ✗" });
    format!("{value:.2}{range}{verdict}")
}
