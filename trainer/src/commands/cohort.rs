//! `trainer cohort`: IXI, a BIDS-like data set, or phantoms become a cohort.

use crate::cohort::{self, CohortSummary, GroupLimits, Shard};
use crate::prepare::read_labels;
use crate::progress;
use anyhow::Result;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum CohortCommand {
    /// Draw equal groups from the IXI data set and prepare their T1 images.
    Ixi(IxiArguments),
    /// Import a BIDS-like data set: ready grey-matter maps in MNI space are copied, raw T1 images are prepared.
    Bids(BidsArguments),
    /// Generate synthetic subjects with known truth.
    Phantom(PhantomArguments),
}

#[derive(Debug, Args)]
pub struct BidsArguments {
    /// Data set with participants.tsv (age in years, or in the unit that participants.json names) and, for each participant, a grey-matter map or a T1 image.
    #[arg(long, value_name = "DIR")]
    input: PathBuf,
    /// Folder for the new cohort; participants already finished in it are skipped.
    #[arg(long, value_name = "COHORT")]
    out: PathBuf,
    /// What to use if a participant has both: the ready grey-matter map (if it is in MNI space) or the T1 image.
    #[arg(long = "use", value_enum, default_value_t = cohort::bids::Use::Gm)]
    prefer: cohort::bids::Use,
    #[command(flatten)]
    limits: GroupArguments,
    #[command(flatten)]
    part: ShardArguments,
}

#[derive(Debug, Args)]
pub struct IxiArguments {
    /// Folder with the T1 images, at any depth: IXI012-HH-1211-T1.nii.gz, as published, or sub-IXI012_T1w.nii.gz.
    #[arg(long, value_name = "DIR")]
    t1: PathBuf,
    /// The spreadsheet with ages and sex, as published.
    #[arg(long, value_name = "IXI.xls")]
    demographics: PathBuf,
    /// Folder for the new cohort; subjects already finished in it are skipped.
    #[arg(long, value_name = "COHORT")]
    out: PathBuf,
    #[command(flatten)]
    part: ShardArguments,
    /// Seed for drawing the subjects.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Number of training subjects in each group.
    #[arg(long, value_name = "N", default_value_t = 183)]
    train_per_group: usize,
    /// Number of held-out test subjects in each group.
    #[arg(long, value_name = "N", default_value_t = 50)]
    test_per_group: usize,
    #[command(flatten)]
    limits: GroupArguments,
}

/// The two groups; everything made from the cohort goes by them.
#[derive(Debug, Args)]
pub struct GroupArguments {
    /// Ages of the groups, whole years: 40:60 means young below 40 and old from 60; people between are left out.
    #[arg(long, value_name = "YOUNG:OLD", default_value_t)]
    pub groups: GroupLimits,
}

/// Part of the work, for jobs that run side by side.
#[derive(Debug, Args)]
pub(super) struct ShardArguments {
    /// Process only part I of N of the subjects, such as 3/20, and write no tables; when all parts are done, run the same
    /// command without --shard to write the tables and the report.
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
}

#[derive(Debug, Args)]
pub struct PhantomArguments {
    /// Subjects in each group: 40 means 40 young and 40 old.
    #[arg(long, visible_alias = "subjects-per-group", value_name = "N")]
    subjects: usize,
    /// Random seed.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Voxel size in mm; ignored for squares.
    #[arg(long, value_name = "MM", default_value_t = 2.0)]
    spacing_mm: f64,
    /// Multiple of the published rates of ageing: 0 makes a cohort in which age changes nothing.
    #[arg(long, value_name = "TIMES", default_value_t = 1.0)]
    effect: f64,
    /// Two scanners, the second used more often for the old: correlation (phi) of site and group, 0 to 0.9.
    #[arg(long, value_name = "R")]
    site_correlation: Option<f64>,
    /// Shuffle group and age among the training subjects, so that they carry no information.
    #[arg(long)]
    permute_labels: bool,
    /// What the maps show.
    #[arg(long, value_enum, default_value_t = cohort::phantom::PhantomKind::Brain)]
    kind: cohort::phantom::PhantomKind,
    /// How ageing progresses over the years.
    #[arg(long, value_enum, default_value_t)]
    course: cohort::phantom::Course,
    /// Folder of whole-head label maps (.nii.gz, FreeSurfer's numbers in the brain): phantoms have their anatomy in place of
    /// the template's, and a fifth of the heads is for testing only.
    #[arg(long, value_name = "DIR")]
    labels: Option<PathBuf>,
    /// Also make each test subject at 25, 35 .. 85 years, to check an age dial.
    #[arg(long)]
    all_ages: bool,
    #[command(flatten)]
    limits: GroupArguments,
    /// Folder for the new cohort.
    #[arg(long, value_name = "COHORT")]
    out: PathBuf,
}

/// Makes the cohort that was asked for.
pub fn run(command: CohortCommand) -> Result<()> {
    match command {
        CohortCommand::Ixi(arguments) => cohort_ixi(arguments),
        CohortCommand::Bids(arguments) => cohort_bids(&arguments),
        CohortCommand::Phantom(arguments) => cohort_phantom(&arguments),
    }
}

fn cohort_bids(arguments: &BidsArguments) -> Result<()> {
    progress::stop_on_ctrl_c()?;
    let summary = cohort::bids::import(&cohort::bids::BidsConfig {
        input: &arguments.input,
        out: &arguments.out,
        shard: arguments.part.shard,
        prefer: arguments.prefer,
        groups: arguments.limits.groups,
    })?;
    tell(&summary, &arguments.out, &arguments.part, arguments.limits.groups);
    for excluded in &summary.excluded {
        println!("left out {}: {}", excluded.id, excluded.reason);
    }
    Ok(())
}

fn cohort_ixi(arguments: IxiArguments) -> Result<()> {
    progress::stop_on_ctrl_c()?;
    let config = cohort::ixi::IxiConfig {
        t1: arguments.t1,
        demographics: arguments.demographics,
        out: arguments.out.clone(),
        shard: arguments.part.shard,
        seed: arguments.seed,
        train_per_group: arguments.train_per_group,
        test_per_group: arguments.test_per_group,
        groups: arguments.limits.groups,
    };
    let summary = cohort::ixi::make(&config)?;
    tell(&summary, &arguments.out, &arguments.part, config.groups);
    // Hundreds are not drawn or have no image: only those whose own image was the reason are named here.
    let (broken, others): (Vec<_>, Vec<_>) = summary.excluded.iter().partition(|excluded| excluded.file.is_some());
    for excluded in broken {
        println!("left out {}: {}", excluded.id, excluded.reason);
    }
    if !others.is_empty() {
        println!("left out {} more: excluded.tsv says why", others.len());
    }
    Ok(())
}

/// How many subjects are in the cohort, and what there is to know about it.
fn tell(summary: &CohortSummary, out: &Path, part: &ShardArguments, groups: GroupLimits) {
    let [young, old, gap] = summary.included;
    let whole = match part.shard {
        Some(_) => " in this part; without --shard the tables are written",
        None => "",
    };
    let gap = groups.between().map_or_else(String::new, |between| format!(", {gap} of {between} years"));
    println!("{}: {young} young, {old} old{gap}{whole}", out.display());
    if summary.already_there > 0 {
        println!("{} of them already existed", summary.already_there);
    }
    for note in &summary.notes {
        eprintln!("note: {note}");
    }
}

fn cohort_phantom(arguments: &PhantomArguments) -> Result<()> {
    progress::stop_on_ctrl_c()?;
    let config = cohort::phantom::PhantomConfig {
        subjects_per_group: arguments.subjects,
        seed: arguments.seed,
        spacing_mm: arguments.spacing_mm,
        effect: arguments.effect,
        site_correlation: arguments.site_correlation,
        permute_labels: arguments.permute_labels,
        kind: arguments.kind,
        course: arguments.course,
        all_ages: arguments.all_ages,
        groups: arguments.limits.groups,
    };
    let heads = arguments.labels.as_deref().map(read_labels).transpose()?.unwrap_or_default();
    let summary = cohort::phantom::generate(&config, &heads, &arguments.out)?;
    println!(
        "{}: {} phantom subjects ({} of each group), {} of them held out, {} with truth maps, grid {:?}",
        arguments.out.display(),
        summary.subjects,
        arguments.subjects,
        summary.test,
        summary.truths,
        summary.shape
    );
    Ok(())
}
