//! `trainer benchmark`: how long parts of the program take on this machine.

mod training;

use anyhow::Result;

/// What can be timed.
#[derive(Debug, clap::Subcommand)]
pub enum BenchmarkCommand {
    /// Time the steps of a CycleGAN as the training makes them, on random images; needs no cohort.
    Training(training::TrainingBenchmarkArguments),
}

/// Times what was asked for.
pub fn run(command: &BenchmarkCommand) -> Result<()> {
    match command {
        BenchmarkCommand::Training(arguments) => training::run(arguments),
    }
}
