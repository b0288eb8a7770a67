//! From a cohort and a machine to a configuration with a reason for each value.
//!
//! A recipe that was measured (configs/) is the start; grid, cells, folds, steps and what else depends on the people and the machine
//! are set anew. The step is timed on this machine, so that the time and the memory that are told were measured.

mod document;
mod facts;
mod grid;
mod recipe;

use crate::device::DeviceChoice;
use crate::failure::unusable;
use crate::training::benchmark::{device_memory_mib, peak_memory_mib, step_for_benchmark};
use crate::training::config::TrainingConfig;
use crate::training::data::Dataset;
use crate::training::overrides::Override;
use anyhow::{Context, Result};
use burn::tensor::Device;
use facts::Facts;
use recipe::{Recipe, Wishes};
use shared::prepare::PREPARATION_VERSION;
use std::path::PathBuf;

/// Steps that are timed, and those before them that are not.
const TIMED: u64 = 3;
const WARMUP: u64 = 2;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    pub cohort: PathBuf,
    pub device: DeviceChoice,
    /// Edge of a voxel; `None` leaves it to the plan.
    pub spacing_mm: Option<f64>,
    pub seed: Option<u64>,
    /// The CycleGAN shall be trained within so many hours.
    pub hours: Option<f64>,
    /// Time steps on this machine, so that time and memory can be told.
    pub timed: bool,
}

/// A planned configuration.
pub struct Plan {
    /// The file, with a reason behind each value.
    pub text: String,
    /// What to expect, for people.
    pub in_words: Vec<String>,
}

/// Plans a training.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the cohort cannot be planned for, or what is wished for does not fit together. Other errors: the device
/// failed.
pub fn plan(order: &Order) -> Result<Plan> {
    let (facts, cohort, device) = Facts::look(&order.cohort, order.device)?;
    let mut recipe = recipe::recipe(&facts, Wishes { spacing_mm: order.spacing_mm, seed: order.seed })?;
    let config = checked(&recipe)?;
    // As a training would read them: better refused now than then.
    Dataset::load(&cohort, &config.grid.grid(), PREPARATION_VERSION).map_err(|error| {
        let spacing_mm = recipe.grid.spacing_mm;
        unusable(format!(
            "{error:#}; that is on a grid of {spacing_mm} mm; give another --spacing-mm, or correct the map"
        ))
    })?;
    let times = order.timed.then(|| timed(&config, &device)).transpose()?;
    let mut fewer = None;
    if let (Some(times), Some(hours)) = (&times, order.hours) {
        fewer = recipe::within(&mut recipe, times.step_s, hours)?;
    }
    let mut said = about(&facts, &recipe);
    if let Some((_, hours)) = fewer.zip(order.hours) {
        said.push(format!("Fewer steps than wanted: {hours} hours were given."));
    }
    if facts.unknown_ages > 0 {
        let all: usize = facts.people.iter().sum();
        said.push(format!("No age dial: {} of {all} ages are unknown.", facts.unknown_ages));
    }
    if let Some(times) = times {
        said.push(times.in_words(recipe.steps));
    } else {
        said.push(
            "Not timed: `trainer benchmark training --config FILE` measures seconds per step and memory.".to_owned(),
        );
    }
    let mut lines =
        vec![format!("Planned by `trainer plan` {} for this cohort and machine.", env!("CARGO_PKG_VERSION"))];
    lines.extend(said.iter().cloned());
    recipe.document.say_first(&lines);
    checked(&recipe)?;
    Ok(Plan { text: recipe.document.text(), in_words: said })
}

/// Whether there are such settings, before there is a plan that they change.
///
/// # Errors
/// [`crate::failure::UnusableInput`] names the first that is none, or has no value of its kind.
pub fn check_overrides(overrides: &[Override]) -> Result<()> {
    for one in overrides {
        let mut document: toml::Table = toml::from_str(recipe::WHOLE_BRAIN).context("a recipe is broken")?;
        let tried = one
            .apply(&mut document)
            .and_then(|()| document.try_into::<TrainingConfig>().map_err(|error| error.message().to_owned()));
        tried.map_err(|reason| unusable(format!("--set {}: {reason}; see the files in configs/", one.key)))?;
    }
    Ok(())
}

/// The configuration as a training would read it.
fn checked(recipe: &Recipe) -> Result<TrainingConfig> {
    let config: TrainingConfig = toml::from_str(&recipe.document.text()).context("the plan is not a configuration")?;
    config
        .check()
        .map_err(|reason| unusable(format!("no plan for this cohort: {reason}; give another --spacing-mm")))?;
    Ok(config)
}

fn about(facts: &Facts, recipe: &Recipe) -> Vec<String> {
    let [young, old] = facts.people;
    let kind = match (facts.phantom, facts.prepared_here) {
        (true, false) => "phantoms (synthetic)",
        (true, true) => "synthetic heads, prepared by this program",
        (false, true) => "people, T1 images prepared by this program",
        (false, false) => "people, maps of other software",
    };
    let [nx, ny, nz] = recipe.grid.shape;
    vec![
        format!("Cohort: {}, {young} young and {old} old {kind}.", facts.cohort_name),
        format!("Device: {}.", facts.device_name),
        format!("Grid: {nx} x {ny} x {nz} voxels of {} mm; {} steps.", recipe.grid.spacing_mm, recipe.steps),
    ]
}

/// What a few steps took here.
struct Times {
    step_s: f64,
    memory_mib: Option<f64>,
    card_mib: Option<f64>,
}

fn timed(config: &TrainingConfig, device: &Device) -> Result<Times> {
    eprintln!("timing {} steps on this machine", TIMED + WARMUP);
    let mut seconds = step_for_benchmark(config, device, TIMED, WARMUP)?.seconds;
    seconds.sort_by(f64::total_cmp);
    let step_s = seconds[seconds.len() / 2];
    Ok(Times { step_s, memory_mib: peak_memory_mib(), card_mib: device_memory_mib(device) })
}

impl Times {
    fn in_words(&self, steps: u64) -> String {
        let minutes = self.step_s * steps as f64 / 60.0;
        let time =
            if minutes < 90.0 { format!("{minutes:.0} minutes") } else { format!("{:.1} hours", minutes / 60.0) };
        let memory = self.memory_mib.map_or(String::new(), |mib| format!(", {mib:.0} MiB of memory"));
        let card = self.card_mib.map_or(String::new(), |mib| format!(", {mib:.0} MiB of the card's memory"));
        format!(
            "Expected: {time} for the CycleGAN ({:.3} s per step, the median of {TIMED} timed here{memory}{card}); classifiers and folds \
             come on top.",
            self.step_s
        )
    }
}
