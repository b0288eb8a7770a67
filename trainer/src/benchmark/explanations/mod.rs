//! `trainer benchmark explanations`: difference maps and saliency maps against phantoms whose change is known.
//!
//! arms (`arms`) → cohorts and trainings (`runs`) → measures of each subject (`measures`, with `places`, `faithfulness` and
//! `sanity`) → rows with intervals and bars (`quantities`, `results`) → `tables` and `figure`. What is there is not done again:
//! the results speak of everything in the folder, whichever command made it.

mod arms;
mod baselines;
mod faithfulness;
mod figure;
mod markdown;
mod measures;
mod places;
mod quantities;
mod records;
mod results;
mod runs;
mod sanity;
mod shuffled;
mod tables;

use crate::device::DeviceChoice;
use crate::queue::{self, QueueFolder};
use crate::{device, files, progress};
use anyhow::Result;
use arms::{Arm, Size};
use burn::tensor::Device;
use measures::measure;
use records::{Basis, RunMeasures};
use results::Results;
use runs::{Plan, Run};
use std::path::PathBuf;

/// Subjects of each group, at most, with maps of the classifier in a quick benchmark.
const QUICK_SALIENCY_PER_GROUP: usize = 8;

/// Options of `trainer benchmark explanations`.
#[derive(Debug, clap::Args)]
pub struct ExplanationsBenchmarkArguments {
    /// Training configuration for brains [default: configs/benchmark-explanations.toml, with --quick configs/phantom-quick.toml].
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Training configuration for squares.
    #[arg(long, value_name = "FILE.toml", default_value = "configs/phantom-squares.toml")]
    squares_config: PathBuf,
    /// Folder for cohorts, trainings and results; what is finished in it is skipped.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Minutes instead of hours: few coarse phantoms, arms main and no_effect, one seed, unless other options say otherwise.
    #[arg(long)]
    quick: bool,
    /// Number of trainings of the main arm, with seeds from 1 [default: 3, with --quick 1].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// Arms (variants of the experiment) to run [default: all, with --quick main,no_effect].
    #[arg(long, value_enum, value_delimiter = ',', value_name = "ARM,...")]
    arms: Vec<Arm>,
    /// Voxel size of the brains in mm [default: 4, with --quick 6].
    #[arg(long, value_name = "MM")]
    spacing_mm: Option<f64>,
    /// Subjects in each group, unless the arm sets it [default: 183, with --quick 24].
    #[arg(long, value_name = "N")]
    subjects: Option<usize>,
    /// Folder of whole-head label maps (.nii.gz, FreeSurfer's numbers in the brain) for the arm `people`, which is left out
    /// without it.
    #[arg(long, value_name = "DIR")]
    labels: Option<PathBuf>,
    /// Print results.json to stdout.
    #[arg(long)]
    json: bool,
    /// Where to compute, as in `trainer train`. Several cards, such as cuda:0,cuda:1, train one run each at a time; the first measures.
    #[arg(long = "device", value_name = "DEVICE,...", value_delimiter = ',', default_value = "auto")]
    devices: Vec<DeviceChoice>,
}

impl ExplanationsBenchmarkArguments {
    fn plan(&self) -> Plan {
        let (config, spacing_mm, subjects) = if self.quick {
            ("configs/phantom-quick.toml", 6.0, 24)
        } else {
            ("configs/benchmark-explanations.toml", 4.0, 183)
        };
        Plan {
            out: self.out.clone(),
            size: Size {
                spacing_mm: self.spacing_mm.unwrap_or(spacing_mm),
                subjects_per_group: self.subjects.unwrap_or(subjects),
            },
            config: self.config.clone().unwrap_or_else(|| config.into()),
            squares_config: self.squares_config.clone(),
            labels: self.labels.clone(),
            device: self.devices[0],
        }
    }

    /// Arms and seeds in the order in which they are run: the main arm first, others are compared with it.
    fn wanted(&self) -> Vec<(Arm, u64)> {
        let by_default: &[Arm] = if self.quick { &[Arm::Main, Arm::NoEffect] } else { &Arm::ALL };
        let arms = if self.arms.is_empty() { by_default } else { &self.arms };
        let seeds = self.seeds.unwrap_or(if self.quick { 1 } else { 3 });
        let seeds_of = |arm: Arm| 1..=if arm == Arm::Main { seeds } else { 1 };
        // Asked for by name it is refused without label maps.
        let can_run = |arm: &Arm| !arm.needs_label_maps() || self.labels.is_some() || !self.arms.is_empty();
        let wanted = Arm::ALL.into_iter().filter(|arm| arms.contains(arm) && can_run(arm));
        wanted.flat_map(|arm| seeds_of(arm).map(move |seed| (arm, seed))).collect()
    }
}

/// Runs what is wanted and missing, and writes the results of all that is in the folder.
pub fn run(arguments: &ExplanationsBenchmarkArguments) -> Result<()> {
    let plan = arguments.plan();
    plan.claim()?;
    progress::stop_on_ctrl_c()?;
    if arguments.devices.len() > 1 {
        train_side_by_side(&plan, arguments)?;
    }
    let (device, _) = device::choose(plan.device)?;
    let saliency_per_group = arguments.quick.then_some(QUICK_SALIENCY_PER_GROUP);
    for (arm, seed) in arguments.wanted() {
        let run = plan.run(arm, seed);
        run.make_cohort()?;
        run.train()?;
        measure_unless_there(&run, saliency_per_group, &device)?;
    }
    write(&plan, arguments.json)
}

/// Trains what is wanted and missing, each training on a device of its own.
fn train_side_by_side(plan: &Plan, arguments: &ExplanationsBenchmarkArguments) -> Result<()> {
    queue::check_devices(&arguments.devices)?;
    let mut jobs = Vec::new();
    for (arm, seed) in arguments.wanted() {
        let run = plan.run(arm, seed);
        // Before the trainings, as several runs share one.
        run.make_cohort()?;
        jobs.extend(run.job()?);
    }
    if jobs.is_empty() {
        Ok(())
    } else {
        queue::run(&jobs, &arguments.devices, &QueueFolder::open(&plan.out.join("queue"))?, &mut |_| Ok(()))
    }
}

/// Measures a run, unless that was done in the same way before.
fn measure_unless_there(run: &Run, saliency_per_group: Option<usize>, device: &Device) -> Result<()> {
    let main_trained = |seed: &u64| run.of_main(*seed).is_trained();
    // Main's own seeds are compared with those before them, so that each pair counts once.
    let compared_with: Vec<u64> = match run.arm {
        Arm::Main => (1..run.seed).filter(main_trained).collect(),
        Arm::Permuted => [1].into_iter().filter(main_trained).collect(),
        _ => Vec::new(),
    };
    let basis = Basis::new(saliency_per_group, compared_with);
    if run.read_measures().is_some_and(|there| there.basis == basis) {
        return Ok(());
    }
    eprintln!("{}: measuring", run.label());
    run.write_measures(&measure(run, basis, device)?)
}

/// Writes tables and figure of all measures in the folder.
fn write(plan: &Plan, as_json: bool) -> Result<()> {
    let seeds = |arm: Arm| (1..).map_while(move |seed| plan.run(arm, seed).read_measures());
    // From the files, also what was measured just now: the same numbers whenever the results are written.
    let runs: Vec<RunMeasures> =
        Arm::ALL.into_iter().flat_map(seeds).filter(|measures| measures.basis.is_current()).collect();
    let results = Results::new(&runs, plan.size, std::env::args().collect::<Vec<_>>().join(" "));
    let path = |name: &str| plan.out.join(name);
    files::write_json(&path("results.json"), &results)?;
    files::write(&path("results.csv"), &results.to_csv()?)?;
    files::write(&path("results.md"), tables::to_markdown(&results).as_bytes())?;
    files::write(&path("figure.svg"), figure::figure(&results)?.as_bytes())?;
    if as_json {
        println!("{}", String::from_utf8_lossy(&files::read(&path("results.json"))?));
    } else {
        println!("{}", tables::verdict(&results));
        println!("{}", path("results.md").display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        arguments: ExplanationsBenchmarkArguments,
    }

    fn parsed(options: &[&str]) -> ExplanationsBenchmarkArguments {
        let words = [&["benchmark", "--out", "there"][..], options].concat();
        Command::try_parse_from(words).unwrap().arguments
    }

    #[test]
    fn what_is_run_by_default_and_on_demand() {
        let all = parsed(&[]);
        assert_eq!(all.wanted().len(), 3 + Arm::ALL.len() - 2, "all but `people`, for want of label maps");
        assert_eq!(parsed(&["--labels", "maps"]).wanted().len(), 3 + Arm::ALL.len() - 1);
        assert_eq!(parsed(&["--arms", "people"]).wanted(), [(Arm::People, 1)]);
        assert_eq!(all.wanted()[..4], [(Arm::Main, 1), (Arm::Main, 2), (Arm::Main, 3), (Arm::NoEffect, 1)]);
        assert_eq!(all.plan().size, Size { spacing_mm: 4.0, subjects_per_group: 183 });
        let quick = parsed(&["--quick"]);
        assert_eq!(quick.wanted(), [(Arm::Main, 1), (Arm::NoEffect, 1)]);
        assert_eq!(quick.plan().size, Size { spacing_mm: 6.0, subjects_per_group: 24 });
        assert_eq!(quick.plan().config, PathBuf::from("configs/phantom-quick.toml"));
        // In the benchmark's order, whatever the command's.
        let some = parsed(&["--quick", "--arms", "half,main", "--seeds", "2", "--subjects", "9"]);
        assert_eq!(some.wanted(), [(Arm::Main, 1), (Arm::Main, 2), (Arm::Half, 1)]);
        assert_eq!(some.plan().size.subjects_per_group, 9);
    }

    #[test]
    fn results_of_an_empty_folder_say_that_nothing_was_run() {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan { out: folder.path().into(), ..parsed(&[]).plan() };
        write(&plan, false).unwrap();
        let page = std::fs::read_to_string(folder.path().join("results.md")).unwrap();
        assert!(page.contains("The main arm was not run") && page.contains("Arms that were not run: main, no_effect"));
        for name in ["results.json", "results.csv", "figure.svg"] {
            assert!(folder.path().join(name).exists(), "{name}");
        }
    }
}
