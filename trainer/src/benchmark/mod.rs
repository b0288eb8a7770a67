//! `trainer benchmark`: how long parts of the program take on this machine, how well maps explain what is
//! known, and how many heads are prepared as they should be.

mod bundles;
mod explanations;
mod preparation;
mod preparation_table;
mod rehearsal;
mod training;

use anyhow::Result;

/// What can be measured.
#[derive(Debug, clap::Subcommand)]
pub enum BenchmarkCommand {
    /// Time the training steps of a CycleGAN on random images; needs no cohort.
    Training(training::TrainingBenchmarkArguments),
    /// Run bundles' reference inputs on a device, and compare its results with the stored ones.
    Bundles(bundles::BundlesBenchmarkArguments),
    /// Train on phantoms whose ageing is known, and compare difference maps and other explanations with the ground truth.
    Explanations(explanations::ExplanationsBenchmarkArguments),
    /// Make synthetic head scans, sound and faulty, prepare them, and count how many are aligned or refused correctly.
    Preparation(preparation::PreparationBenchmarkArguments),
    /// Make synthetic head scans with IXI's file names and ages, to rehearse `trainer thesis` with a known truth.
    Rehearsal(rehearsal::RehearsalArguments),
}

/// Measures what was asked for.
pub fn run(command: &BenchmarkCommand) -> Result<()> {
    match command {
        BenchmarkCommand::Training(arguments) => training::run(arguments),
        BenchmarkCommand::Bundles(arguments) => bundles::run(arguments),
        BenchmarkCommand::Explanations(arguments) => explanations::run(arguments),
        BenchmarkCommand::Preparation(arguments) => preparation::run(arguments),
        BenchmarkCommand::Rehearsal(arguments) => rehearsal::run(arguments),
    }
}
