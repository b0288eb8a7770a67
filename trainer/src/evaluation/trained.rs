//! The last part of a training: the evaluation on held-out people.

use crate::cohort::Split;
use crate::cohort::phantom::truth_path;
use crate::evaluation::{compare, measure, samples};
use crate::files;
use crate::training::{self, Order};
use anyhow::Result;

/// Trains, then evaluates on the held-out subjects and writes what a bundle will show of them.
///
/// # Errors
/// As [`training::train`].
pub fn train_and_measure(order: &Order) -> Result<()> {
    let trained = training::train(order)?;
    let (run, data) = (&trained.run, &trained.data);
    let loaded = run.load(&trained.device)?;
    let held_back = data.indices(Split::Test, None);
    let tested = measure::measure(&loaded, data, &held_back)?;
    samples::write(run, &order.cohort, &trained.cohort, data, &held_back, &tested)?;
    let mut summary = tested.summary();
    let truth_of = |id: &str| trained.cohort.description.phantom.then(|| truth_path(&order.cohort, id));
    summary.comparison = compare::compare(&loaded, &tested, &compare::learned_from(data), truth_of)?;
    // Last: a run that has it is finished.
    files::write_json(&run.test(), &summary)?;
    eprintln!("{}", summary.in_words());
    if let Some(comparison) = &summary.comparison {
        eprintln!("{}", comparison.in_words());
    }
    Ok(())
}
