//! From measures of subjects to numbers with intervals: every arm, seed, method, direction and measure as one row.

use crate::benchmark::explanations::arms::{Arm, Size};
use crate::benchmark::explanations::quantities::{Bar, Measure, References, Terms};
use crate::benchmark::explanations::records::{RunMeasures, SubjectMeasures};
use crate::maps::Method;
use crate::measures::comparison::Comparison;
use crate::statistics::{Interval, RESAMPLES, SEED, bootstrap_interval, wilson_interval};
use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;
use shared::explain::Direction;
use std::collections::BTreeMap;

/// Everything that a benchmark found.
#[derive(Clone, Debug, Serialize)]
pub struct Results {
    pub version: &'static str,
    /// The command line that wrote the results.
    pub command: String,
    pub size: Size,
    /// All arms, those that were not run too.
    pub arms: Vec<ArmRecord>,
    pub rows: Vec<Row>,
    /// The network beside every way without one, run by run.
    pub beside: Vec<RunComparison>,
}

/// The comparison of one run.
#[derive(Clone, Debug, Serialize)]
pub struct RunComparison {
    pub arm: Arm,
    pub seed: u64,
    pub comparison: Comparison,
}

/// What there is of an arm.
#[derive(Clone, Debug, Serialize)]
pub struct ArmRecord {
    pub arm: Arm,
    pub about: &'static str,
    pub was_run: bool,
    pub seeds: Vec<u64>,
    /// Test subjects measured.
    pub subjects: usize,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub arm: Arm,
    /// `None`: all seeds of the arm together, each subject counted with all its seeds.
    pub seed: Option<u64>,
    pub method: Method,
    /// `None`: both together.
    pub direction: Option<Direction>,
    pub measure: Measure,
    pub value: f64,
    /// 95 %: percentile bootstrap over subjects; Wilson's for flips, where translations are counted.
    pub interval: Option<Interval>,
    /// Subjects; for flips translations.
    pub n: usize,
    pub bar: Option<Bar>,
    pub met: Option<bool>,
    /// The other map, where two are compared.
    pub compared_with: Option<Method>,
}

/// What stands in which row.
#[derive(Clone, Copy)]
struct Part {
    arm: Arm,
    seed: Option<u64>,
    direction: Option<Direction>,
}

/// One subject with all its runs.
type Person<'a> = Vec<&'a SubjectMeasures>;

impl Results {
    /// All rows of these runs, in the order of arms, seeds, directions, methods and measures. `runs` are ordered by seed.
    pub fn new(runs: &[RunMeasures], size: Size, command: String) -> Self {
        let of_arm = |arm: Arm| -> Vec<&RunMeasures> { runs.iter().filter(|run| run.arm == arm).collect() };
        let main = sizes_by_subject(&of_arm(Arm::Main));
        let nobody = BTreeMap::new();
        let mut parts = Vec::new();
        for arm in Arm::ALL {
            let seeds: Vec<u64> = of_arm(arm).iter().map(|run| run.seed).collect();
            let single = seeds.iter().filter(|_| seeds.len() > 1).map(|&seed| Some(seed));
            for seed in [None].into_iter().chain(single) {
                for direction in [None, Some(Direction::YoungToOld), Some(Direction::OldToYoung)] {
                    parts.push(Part { arm, seed, direction });
                }
            }
        }
        let rows = parts.into_par_iter().flat_map_iter(|part| {
            let runs = of_arm(part.arm).into_iter().filter(|run| part.seed.is_none_or(|seed| run.seed == seed));
            let people = people(&runs.collect::<Vec<_>>(), part.direction);
            let main = if part.arm.shows_people_of_main() { &main } else { &nobody };
            rows_of(part, &people, main)
        });
        let rows = rows.collect();
        let arms = Arm::ALL.into_iter().map(|arm| record(arm, &of_arm(arm))).collect();
        let beside = runs.iter().filter_map(|run| {
            let comparison = run.comparison.clone()?;
            Some(RunComparison { arm: run.arm, seed: run.seed, comparison })
        });
        Results { version: env!("CARGO_PKG_VERSION"), command, size, arms, rows, beside: beside.collect() }
    }

    /// The row of all seeds together.
    pub fn row(&self, arm: Arm, method: Method, direction: Option<Direction>, measure: Measure) -> Option<&Row> {
        let key = (arm, None, method, direction, measure);
        self.rows.iter().find(|row| (row.arm, row.seed, row.method, row.direction, row.measure) == key)
    }

    pub fn record(&self, arm: Arm) -> Option<&ArmRecord> {
        self.arms.iter().find(|record| record.arm == arm)
    }

    /// One line a row.
    ///
    /// # Errors
    /// None that can be foreseen: the table is in memory.
    pub fn to_csv(&self) -> Result<Vec<u8>> {
        let mut table = csv::Writer::from_writer(Vec::new());
        for row in &self.rows {
            let number = |value: f64| format!("{value:.6}");
            let [low, high] = row.interval.map_or([String::new(), String::new()], |ends| ends.map(number));
            table.serialize(Line {
                arm: row.arm,
                seed: row.seed.map_or_else(|| "all".to_owned(), |seed| seed.to_string()),
                method: row.method,
                direction: row.direction.map_or("both", Direction::as_str),
                measure: row.measure,
                value: number(row.value),
                low,
                high,
                n: row.n,
            })?;
        }
        Ok(table.into_inner()?)
    }
}

/// A row as the table of numbers has it.
#[derive(Serialize)]
struct Line {
    arm: Arm,
    seed: String,
    method: Method,
    direction: &'static str,
    measure: Measure,
    value: String,
    low: String,
    high: String,
    n: usize,
}

fn record(arm: Arm, runs: &[&RunMeasures]) -> ArmRecord {
    ArmRecord {
        arm,
        about: arm.words(),
        was_run: !runs.is_empty(),
        seeds: runs.iter().map(|run| run.seed).collect(),
        subjects: people(runs, None).len(),
    }
}

/// The subjects of some runs by id, those of one direction or all.
fn people<'a>(runs: &[&'a RunMeasures], direction: Option<Direction>) -> Vec<Person<'a>> {
    let mut people: BTreeMap<&str, Person> = BTreeMap::new();
    for subject in runs.iter().flat_map(|run| &run.subjects) {
        if direction.is_none_or(|direction| subject.direction == direction) {
            people.entry(&subject.id).or_default().push(subject);
        }
    }
    people.into_values().collect()
}

/// Mean |d| and mean |δ| of each subject, over all runs.
fn sizes_by_subject<'a>(runs: &[&'a RunMeasures]) -> BTreeMap<&'a str, [f64; 2]> {
    let size = |runs: Person<'a>| {
        let count = runs.len() as f64;
        let change = runs.iter().map(|subject| subject.change.mean_absolute).sum::<f64>();
        let truth = runs.iter().filter_map(|subject| Some(subject.truth.as_ref()?.mean_absolute)).sum::<f64>();
        Some((runs.first()?.id.as_str(), [change / count, truth / count]))
    };
    people(runs, None).into_iter().filter_map(size).collect()
}

fn rows_of(part: Part, people: &[Person], main: &BTreeMap<&str, [f64; 2]>) -> Vec<Row> {
    let best_saliency = best_saliency(people);
    let references = References { best_saliency, main };
    let of_maps = Method::ALL.into_iter().flat_map(|method| Measure::OF_MAPS.map(|measure| (method, measure)));
    let of_changes = Measure::OF_CHANGES.map(|measure| (Method::Difference, measure));
    of_maps.chain(of_changes).filter_map(|(method, measure)| row(part, people, method, measure, &references)).collect()
}

/// The map of the classifier with the highest mean agreement; the first of equals.
fn best_saliency(people: &[Person]) -> Option<Method> {
    let references = References { best_saliency: None, main: &BTreeMap::new() };
    let mut best: Option<(Method, f64)> = None;
    for method in Method::ALL.into_iter().filter(|method| method.is_saliency()) {
        let found = Measure::Ncc.of(&sum(&terms_of(people, method, Measure::Ncc, &references)));
        if let Some(ncc) = found.filter(|&ncc| best.is_none_or(|(_, most)| ncc > most)) {
            best = Some((method, ncc));
        }
    }
    best.map(|(method, _)| method)
}

/// What each subject adds, all its runs together; subjects for which the measure is not defined are left out.
fn terms_of(people: &[Person], method: Method, measure: Measure, references: &References) -> Vec<Terms> {
    let of_person = |person: &Person| {
        let runs: Vec<Terms> = person.iter().filter_map(|subject| measure.terms(method, subject, references)).collect();
        (!runs.is_empty()).then(|| sum(&runs))
    };
    people.iter().filter_map(of_person).collect()
}

fn sum(terms: &[Terms]) -> Terms {
    let mut sums = [0.0; 6];
    for terms in terms {
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
    }
    sums
}

/// One row; `None` where the measure is not defined.
fn row(part: Part, people: &[Person], method: Method, measure: Measure, references: &References) -> Option<Row> {
    let terms = terms_of(people, method, measure, references);
    let sums = sum(&terms);
    let value = measure.of(&sums)?;
    let (interval, n) = if measure == Measure::FlipRate {
        let [flipped, translated] = [sums[0], sums[1]].map(|count| count.round() as usize);
        (wilson_interval(flipped, translated), translated)
    } else {
        (bootstrap_interval(&terms, RESAMPLES, SEED, |drawn| measure.of(&sum(drawn))), terms.len())
    };
    let bar = measure.bar(method, part.arm, &sums);
    let compared_with = match measure {
        Measure::NccAboveGroupMean => Some(Method::GroupMean),
        Measure::NccAboveSaliency => references.best_saliency,
        _ => None,
    };
    Some(Row {
        arm: part.arm,
        seed: part.seed,
        method,
        direction: part.direction,
        measure,
        value,
        interval,
        n,
        met: bar.map(|bar| bar.is_met_by(value)),
        bar,
        compared_with,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::benchmark::explanations::places::Sizes;
    use crate::benchmark::explanations::records::{Basis, MapMeasures};

    fn sizes(mean_absolute: f64, scale_ml: f64) -> Sizes {
        let regions_ml = vec![-scale_ml, -2.0 * scale_ml, 0.0];
        let part = Some(0.02 * mean_absolute);
        Sizes { mean_absolute, unchanging: part, decoy: part, regions_ml }
    }

    fn subject(id: &str, direction: Direction, ncc: f64, size: f64) -> SubjectMeasures {
        let map = |ncc: f64| MapMeasures {
            ncc: Some(ncc),
            ncc_absolute: Some(ncc),
            mean_absolute: size,
            site_share: None,
            by_classifier: None,
            by_judge: None,
            shuffled_ncc: Some(0.2),
        };
        let maps = BTreeMap::from([
            (Method::Difference, map(ncc)),
            (Method::GroupMean, map(ncc - 0.2)),
            (Method::GradCam, map(0.1)),
            (Method::SmoothGrad, map(0.3)),
        ]);
        SubjectMeasures {
            id: id.into(),
            direction,
            truth: Some(sizes(0.1, 1.0)),
            change: sizes(size, size / 0.1),
            maps,
            flipped: Some(true),
            cycle_error: 0.01,
            cycle_error_noise: 0.02,
            ncc_with_main: BTreeMap::new(),
        }
    }

    /// Two seeds of the main arm and one without an effect, four subjects each.
    pub fn example() -> Results {
        let run = |arm: Arm, seed: u64, size: f64| RunMeasures {
            arm,
            seed,
            basis: Basis::new(None, Vec::new()),
            regions: Vec::new(),
            subjects: (0..4)
                .map(|number| {
                    let young = number < 2;
                    let direction = if young { Direction::YoungToOld } else { Direction::OldToYoung };
                    subject(&format!("sub-{number}"), direction, 0.7 + 0.1 * seed as f64, size)
                })
                .collect(),
            comparison: None,
        };
        let runs = [run(Arm::Main, 1, 0.1), run(Arm::Main, 2, 0.2), run(Arm::NoEffect, 1, 0.015)];
        Results::new(&runs, Size { spacing_mm: 4.0, subjects_per_group: 10 }, "trainer benchmark".into())
    }

    #[test]
    fn seeds_and_directions_are_told_apart_and_put_together() {
        let results = example();
        let row = |measure, direction| results.row(Arm::Main, Method::Difference, direction, measure).cloned().unwrap();
        let both = row(Measure::Ncc, None);
        // Seeds of 0.8 and 0.9, four subjects.
        assert!((both.value - 0.85).abs() < 1e-9 && both.n == 4, "{both:?}");
        assert_eq!((both.bar, both.met), (Some(Bar::at_least(0.80)), Some(true)));
        assert_eq!(row(Measure::Ncc, Some(Direction::OldToYoung)).n, 2);
        let seeds: Vec<Option<u64>> =
            results.rows.iter().filter(|row| row.arm == Arm::Main).map(|row| row.seed).collect();
        assert!(seeds.contains(&Some(1)) && seeds.contains(&Some(2)));
        assert!(results.rows.iter().all(|row| row.arm != Arm::NoEffect || row.seed.is_none()));
        // Eight translations of four people, all flipped.
        let flips = row(Measure::FlipRate, None);
        assert_eq!((flips.value, flips.n), (1.0, 8));
        assert!(flips.interval.is_some_and(|[low, high]| low < 0.8 && high == 1.0));
    }

    #[test]
    fn the_best_map_of_the_classifier_and_the_group_mean_are_the_rivals() {
        let results = example();
        let above = |measure| results.row(Arm::Main, Method::Difference, None, measure).unwrap();
        let saliency = above(Measure::NccAboveSaliency);
        assert_eq!(saliency.compared_with, Some(Method::SmoothGrad));
        assert!((saliency.value - 0.55).abs() < 1e-9 && saliency.met == Some(true));
        assert!((above(Measure::NccAboveGroupMean).value - 0.2).abs() < 1e-9);
    }

    #[test]
    fn sizes_are_compared_with_the_main_arm_and_with_the_truth() {
        let results = example();
        // 0.015 of the mean of 0.1 and 0.2.
        let vanished = results.row(Arm::NoEffect, Method::Difference, None, Measure::SizeOfMain).unwrap();
        assert!((vanished.value - 0.1).abs() < 1e-9 && vanished.met == Some(false), "{vanished:?}");
        assert!(results.row(Arm::Main, Method::Difference, None, Measure::SizeOfMain).is_none());
        let ratio = results.row(Arm::Main, Method::Difference, None, Measure::SizeRatio).unwrap();
        assert!((ratio.value - 1.5).abs() < 1e-9 && ratio.met == Some(false));
        let slope = results.row(Arm::Main, Method::Difference, None, Measure::RegionSlope).unwrap();
        assert!((slope.value - 1.5).abs() < 1e-9, "{slope:?}");
    }

    #[test]
    fn what_was_not_run_is_recorded_and_csv_is_tidy() {
        let results = example();
        assert_eq!(results.arms.len(), Arm::ALL.len());
        assert!(results.record(Arm::Half).is_some_and(|record| !record.was_run && record.seeds.is_empty()));
        let text = String::from_utf8(results.to_csv().unwrap()).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("arm,seed,method,direction,measure,value,low,high,n"));
        assert_eq!(lines.clone().count(), results.rows.len());
        assert!(lines.any(|line| line.starts_with("no_effect,all,difference,both,size_of_main,0.100000,")), "{text}");
        let text = serde_json::to_string(&results).unwrap();
        assert_eq!(text, serde_json::to_string(&example()).unwrap());
    }
}
