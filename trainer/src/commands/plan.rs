//! `trainer plan`: a configuration for a cohort and this machine.

use crate::device::DeviceArguments;
use crate::failure::unusable;
use crate::files;
use crate::plan::{Order, plan};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Options of `trainer plan`.
#[derive(Debug, clap::Args)]
pub struct PlanArguments {
    /// Cohort: a folder with participants.tsv and grey-matter maps.
    #[arg(long, value_name = "COHORT")]
    cohort: PathBuf,
    /// File for the configuration; if not given, the configuration is printed.
    #[arg(long, value_name = "FILE.toml")]
    out: Option<PathBuf>,
    /// Replace FILE.toml if it exists.
    #[arg(long, requires = "out")]
    force: bool,
    /// Voxel size in mm [default: 2 for slabs and on graphics cards, 4 for whole brains on a CPU].
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    spacing_mm: Option<f64>,
    /// Random seed for split, weights and order.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Train the CycleGAN for at most this many hours, with fewer steps if needed.
    #[arg(long, value_name = "HOURS", conflicts_with = "untimed", allow_negative_numbers = true)]
    hours: Option<f64>,
    /// Do not time any steps: no estimate of time and memory.
    #[arg(long)]
    untimed: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// Plans, and writes or prints the configuration.
pub fn run(arguments: &PlanArguments) -> Result<()> {
    if let Some(out) = arguments.out.as_deref().filter(|out| out.exists()) {
        may_replace(out, arguments.force)?;
    }
    check_wishes(arguments.spacing_mm, arguments.hours)?;
    let planned = plan(&Order {
        cohort: arguments.cohort.clone(),
        device: arguments.device.device,
        spacing_mm: arguments.spacing_mm,
        seed: arguments.seed,
        hours: arguments.hours,
        timed: !arguments.untimed,
    })?;
    match &arguments.out {
        Some(out) => {
            files::write(out, planned.text.as_bytes())?;
            planned.in_words.iter().for_each(|line| println!("{line}"));
            println!("{}", out.display());
        }
        None => print!("{}", planned.text),
    }
    Ok(())
}

/// Only a configuration is replaced, and only where that is asked for.
fn may_replace(out: &Path, force: bool) -> Result<()> {
    let shown = out.display();
    if out.is_dir() {
        return Err(unusable(format!(
            "{shown}: is a folder; give a file, such as {}",
            out.join("mine.toml").display()
        )));
    }
    if !force {
        return Err(unusable(format!("{shown}: is there already; add --force to replace it")));
    }
    let text = String::from_utf8_lossy(&files::read(out)?).into_owned();
    if !text.contains("[cyclegan]") {
        return Err(unusable(format!("{shown}: is not a configuration, so it is not replaced; give another file")));
    }
    Ok(())
}

/// Whether a voxel size and a time are such.
///
/// # Errors
/// [`crate::failure::UnusableInput`] says what they may be.
pub(super) fn check_wishes(spacing_mm: Option<f64>, hours: Option<f64>) -> Result<()> {
    if hours.is_some_and(|hours| !(hours > 0.0 && hours.is_finite())) {
        return Err(unusable("--hours must be above 0"));
    }
    if spacing_mm.is_some_and(|mm| !(0.25..=20.0).contains(&mm)) {
        return Err(unusable("--spacing-mm must be 0.25 to 20"));
    }
    Ok(())
}
