//! The command line: what can be asked, and which part answers.

use crate::device::DeviceChoice;
use crate::{cohort, device, evaluation, explain, export, training};
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Trains a classifier and a CycleGAN on grey-matter maps of young and old brains, evaluates and exports them.
///
/// Exit codes: 0 done; 1 the work failed; 2 wrong usage or unusable input.
#[derive(Debug, Parser)]
#[command(name = "trainer", version, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a cohort: a folder with participants.tsv and one grey-matter map per subject.
    #[command(subcommand)]
    Cohort(CohortCommand),
    /// Train classifier, judge and CycleGAN; writes a run folder with checkpoints and metrics.
    Train(training::TrainArguments),
    /// Judge a run or a bundle on a cohort; writes report.html, report.json, figures and NIfTI maps.
    Evaluate(evaluation::EvaluateArguments),
    /// Export a finished run as a bundle: weights, model card, reference outputs, samples.
    Export(export::ExportArguments),
    /// Explain one grey-matter map: class, translation, difference map, class-activation map.
    Explain(explain::ExplainArguments),
    /// List the devices that this program can compute on.
    Devices,
}

#[derive(Debug, Subcommand)]
enum CohortCommand {
    /// Take over a BIDS-like data set of ready grey-matter maps in MNI space.
    Bids(BidsArguments),
    /// Generate synthetic subjects with known truth.
    Phantom(PhantomArguments),
}

#[derive(Debug, Args)]
struct BidsArguments {
    /// Data set with participants.tsv (age in years) and grey-matter maps.
    #[arg(long, value_name = "DIR")]
    input: PathBuf,
    /// Folder of the new cohort.
    #[arg(long, value_name = "COHORT")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct PhantomArguments {
    /// Subjects per group.
    #[arg(long, value_name = "N")]
    subjects: usize,
    /// Seed of everything random.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Voxel size in mm.
    #[arg(long, value_name = "MM", default_value_t = 2.0)]
    spacing_mm: f64,
    /// Folder of the new cohort.
    #[arg(long, value_name = "COHORT")]
    out: PathBuf,
}

/// Option that several commands share.
#[derive(Debug, Args)]
pub struct DeviceArguments {
    /// Where to compute: auto picks the best that is there.
    #[arg(long, value_enum, default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
}

/// Does what the arguments ask for.
pub fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Cohort(CohortCommand::Bids(arguments)) => cohort_bids(&arguments),
        Command::Cohort(CohortCommand::Phantom(arguments)) => cohort_phantom(&arguments),
        Command::Train(arguments) => training::run(&arguments),
        Command::Evaluate(arguments) => evaluation::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Devices => device::list(),
    }
}

fn cohort_bids(arguments: &BidsArguments) -> Result<()> {
    let summary = cohort::bids::import(&arguments.input, &arguments.out)?;
    let [young, old, gap] = summary.included;
    println!("{}: {young} young, {old} old, {gap} of 45 to 49 years", arguments.out.display());
    for excluded in &summary.excluded {
        println!("left out {}: {}", excluded.id, excluded.reason);
    }
    Ok(())
}

fn cohort_phantom(arguments: &PhantomArguments) -> Result<()> {
    let config = cohort::phantom::PhantomConfig {
        subjects_per_group: arguments.subjects,
        seed: arguments.seed,
        spacing_mm: arguments.spacing_mm,
        ..Default::default()
    };
    let summary = cohort::phantom::generate(&config, &arguments.out)?;
    println!(
        "{}: {} phantom subjects, {} of them held back with truth maps, grid {:?}",
        arguments.out.display(),
        summary.subjects,
        summary.test,
        summary.shape
    );
    Ok(())
}
