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
    /// Time the steps of a CycleGAN as the training makes them, on random images; needs no cohort.
    Training(training::TrainingBenchmarkArguments),
    /// Run bundles' reference inputs on a device, and tell how far its answers lie from the stored ones.
    Bundles(bundles::BundlesBenchmarkArguments),
    /// Train on phantoms whose ageing is known, and compare difference maps and other explanations with the truth.
    Explanations(explanations::ExplanationsBenchmarkArguments),
    /// Make heads with a known answer, sound and faulty, prepare them, and say how many end in the right place.
    Preparation(preparation::PreparationBenchmarkArguments),
    /// Make heads under IXI's names, of the ages of its spreadsheet, to rehearse `trainer thesis` with a known answer.
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
