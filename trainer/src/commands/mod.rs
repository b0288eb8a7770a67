//! The command line: what can be asked, and which part answers. One file a subcommand.

mod bids;
mod cohort;
mod evaluate;
mod explain;
mod export;
mod plan;
mod prepare;
mod queue;
mod thesis;
mod train;

use crate::queue::Step;
use crate::{benchmark, device};
use anyhow::Result;
use clap::{Parser, Subcommand};

/// Prepares T1 images, trains a classifier and a CycleGAN on grey-matter maps of young and old brains, evaluates and
/// exports them.
///
/// Exit codes: 0 done; 1 the work failed; 2 wrong usage or unusable input; 3 stopped cleanly, as asked for by Ctrl-C or SIGTERM.
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
    Cohort(cohort::CohortCommand),
    /// Make grey-matter, white-matter and CSF maps in MNI space from one raw T1-weighted image.
    Prepare(prepare::PrepareArguments),
    /// Write a training configuration for a cohort and this machine, with the reason for each value.
    Plan(plan::PlanArguments),
    /// Train the classifier, the judge (a second, independent classifier) and the CycleGAN; writes a run folder with checkpoints and metrics.
    Train(train::TrainArguments),
    /// Evaluate a run or a bundle on a cohort; writes report.html, report.json, figures and NIfTI maps.
    Evaluate(evaluate::EvaluateArguments),
    /// Export a finished run as a bundle: weights, model card, reference outputs, samples.
    Export(export::ExportArguments),
    /// Everything in one command: from the IXI download to the report and a web page with the new model.
    Thesis(thesis::ThesisArguments),
    /// Work through a list of command lines on several devices: ensembles of seeds, arms of an experiment.
    Queue(queue::QueueArguments),
    /// Run as a BIDS App: prepare (and explain) every T1 image of a BIDS data set, as BIDS derivatives; then make group tables.
    Bids(bids::BidsArguments),
    /// Explain one grey-matter map, or every map in a folder: class, translation, difference map, class-activation map.
    Explain(explain::ExplainArguments),
    /// List the devices that this program can compute on, and which one `--device auto` chooses and why.
    Devices,
    /// Benchmarks: time training on this machine, check devices, measure explanations and preparation against a known truth.
    #[command(subcommand)]
    Benchmark(benchmark::BenchmarkCommand),
}

/// Does what the arguments ask for.
pub fn run(arguments: Arguments) -> Result<()> {
    match arguments.command {
        Command::Prepare(arguments) => prepare::run(&arguments),
        Command::Cohort(command) => cohort::run(command),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Thesis(arguments) => thesis::run(arguments),
        Command::Train(arguments) => train::run(arguments),
        Command::Queue(arguments) => queue::run(&arguments, step_of),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Bids(arguments) => bids::run(arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Devices => device::list(),
        Command::Benchmark(command) => benchmark::run(&command),
    }
}

/// Understands the words of a command line for a queue, which gives it a device where it takes one.
fn step_of(words: &[String]) -> Result<Step, String> {
    let parsed = |more: &[&str]| {
        let words = words.iter().map(String::as_str);
        Arguments::try_parse_from(["trainer"].into_iter().chain(words).chain(more.iter().copied()))
    };
    let (parsed, takes_device) = match parsed(&["--device", "cpu"]) {
        Ok(parsed) => (Ok(parsed), true),
        Err(_) => (parsed(&[]), false),
    };
    let begun = match parsed {
        Ok(Arguments { command: Command::Queue(_) }) => return Err("a queue cannot do a queue".into()),
        Ok(Arguments { command: Command::Train(arguments) }) => Some(arguments.begun()),
        Ok(_) => None,
        // The first paragraph says what is wrong, those after it how the command is used.
        Err(error) => return Err(error.to_string().split("\n\n").next().unwrap_or_default().trim().to_owned()),
    };
    Ok(Step { words: words.to_vec(), takes_device, begun })
}
