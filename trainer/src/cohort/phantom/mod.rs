//! The phantom cohort: synthetic GM maps with ages, whose effect of age is known exactly.
//!
//! Each person is the ICBM152 template, or somebody's label map (`anatomy`), deformed at random, with ribbon thickness, gain, bias field and noise of their
//! own (`person`), aged by thinning of the ribbon and widening of the ventricles (`atrophy`) at the published regional
//! rates (`regions`). Nuisance does not depend on the group, unless a second scanner is asked for (`scanner`). Another
//! kind is squares on noise (`squares`). What always holds: the same settings give the same bytes, on any number of
//! threads, and person *n* of a group is the same whatever the number of persons.
//!
//! Next to the test subjects lies the truth: the same person with the same noise, old minus young, as it would be
//! stored; one of the two is the subject's own map. `truth/subjects.tsv` holds what else was drawn, `truth/regions.tsv`
//! the rates. A phantom is never a real person's image, and says so. `docs/phantom.md` has every number.

mod about;
mod anatomy;
mod atrophy;
mod brain;
mod config;
mod course;
mod field;
mod group;
mod made;
mod person;
mod places;
mod regions;
mod scanner;
mod shares;
mod squares;
mod subject;
mod template;
mod tissues;

use std::path::Path;

use anyhow::ensure;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use shared::heads::HeadLabels;

use self::anatomy::{Anatomies, SPLIT_STREAM, TEST_FRACTION};
use self::group::{OLDEST_YEARS, YOUNGEST_YEARS};
use self::regions::{REGIONS, Region, Subtype};
use self::subject::{Writer, Written};
use crate::cohort::{Group, GroupLimits, PARTICIPANTS_FILE, Split, files, table};
use crate::failure::unusable;
use crate::progress::{Progress, stop_requested};
use crate::random::random_of;
pub use config::{PhantomConfig, PhantomKind};
pub use course::Course;
pub use places::{DIAL_AGES_YEARS, TRUTH_AGES_YEARS, TRUTH_FOLDER, age_truth_path, grid, site_truth_path, truth_path};
pub use shares::{decoy_shares, region_shares};

/// Stream of the seed that belongs to no person: the labels that are shuffled.
const LABELS_STREAM: u64 = u64::MAX;

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhantomSummary {
    /// Subjects in all.
    pub subjects: usize,
    /// Of these set aside for testing.
    pub test: usize,
    /// Of those with a truth map: all, or the old only where the maps show squares.
    pub truths: usize,
    /// Voxels of every map along x, y, z.
    pub shape: [usize; 3],
}

/// Writes a phantom cohort to `out`, one map per thread at a time; progress goes to stderr. `heads`: label maps whose anatomy
/// the phantoms have; none: the standard brain's.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: settings out of range, or `out` holds something other than a phantom of the
/// same settings. Other errors: a file cannot be written.
pub fn generate(config: &PhantomConfig, heads: &[HeadLabels], out: &Path) -> anyhow::Result<PhantomSummary> {
    check(config, heads)?;
    // First, so that an interrupted folder can be recognised and finished; the table, which makes it a cohort, last.
    about::claim(out, config, heads)?;

    let count = config.subjects_per_group;
    let anatomies = Anatomies::of(heads, config.seed)?;
    let is_test = draw_test(config, &anatomies);
    let progress = Progress::new("phantom subjects", 2 * count as u64, 0);
    let mut written: Vec<(usize, Written)> = Vec::new();
    // One after the other: each takes some 50 MB.
    for anatomy in 0..anatomies.count().min(count) {
        let writer = Writer::new(config, &anatomies, anatomy, out)?;
        let numbers = (0..2 * count).filter(|number| anatomies.of_person(number % count) == anatomy);
        let part: Vec<(usize, Written)> = numbers
            .collect::<Vec<usize>>()
            .into_par_iter()
            .map(|number| {
                ensure!(!stop_requested(), "stopped before all subjects were made; the same command starts again");
                let written = writer.write(number, is_test[number])?;
                progress.advance();
                Ok((number, written))
            })
            .collect::<anyhow::Result<_>>()?;
        written.extend(part);
    }
    written.sort_by_key(|(number, _)| *number);
    let written: Vec<Written> = written.into_iter().map(|(_, written)| written).collect();

    write_latent(out, &written)?;
    if config.kind == PhantomKind::Brain {
        write_rates(out, config.effect)?;
    }
    let test = is_test.iter().filter(|&&test| test).count();
    let truths = written.iter().filter(|written| written.has_truth).count();
    let mut rows: Vec<table::NewRow> = written.into_iter().map(|written| written.row).collect();
    if config.permute_labels {
        deal_labels_anew(&mut rows, config.seed);
    }
    table::write(&out.join(PARTICIPANTS_FILE), &rows)?;
    Ok(PhantomSummary { subjects: rows.len(), test, truths, shape: grid(config.kind, config.spacing_mm).shape })
}

/// Refuses settings that make no sense.
fn check(config: &PhantomConfig, heads: &[HeadLabels]) -> anyhow::Result<()> {
    if heads.len() == 1 {
        return Err(unusable(format!(
            "{}: only one label map; give at least two, so that the models are tested on heads they were not trained on",
            heads[0].name
        )));
    }
    if !heads.is_empty() && config.kind == PhantomKind::Squares {
        return Err(unusable("squares have no anatomy; leave out --labels"));
    }
    if config.subjects_per_group < heads.len() {
        return Err(unusable(format!(
            "{} subjects per group and {} label maps: give at least one subject per group for each label map, so that some are held \
             out",
            config.subjects_per_group,
            heads.len()
        )));
    }
    if !(1..=4999).contains(&config.subjects_per_group) {
        return Err(unusable(format!("{} subjects per group: give 1 to 4999", config.subjects_per_group)));
    }
    if config.kind == PhantomKind::Brain && !(2.0..=8.0).contains(&config.spacing_mm) {
        return Err(unusable(format!("voxels of {} mm: give 2 to 8 mm", config.spacing_mm)));
    }
    if !(0.0..=3.0).contains(&config.effect) {
        return Err(unusable(format!("effect {}: give 0 (none) to 3; 1 is the published rate", config.effect)));
    }
    let GroupLimits { young_below_years, old_from_years } = config.groups;
    if young_below_years <= YOUNGEST_YEARS || old_from_years > OLDEST_YEARS {
        return Err(unusable(format!(
            "--groups {}: phantoms are {YOUNGEST_YEARS} to {OLDEST_YEARS} years old, so that a group would be empty; give limits between these \
             ages",
            config.groups
        )));
    }
    if config.kind == PhantomKind::Squares && (config.all_ages || config.course != Course::Linear) {
        return Err(unusable("squares do not age; leave out --all-ages and --course"));
    }
    match (config.site_correlation, config.kind) {
        (Some(_), PhantomKind::Squares) => {
            Err(unusable("squares have one site; leave out the correlation of site and group"))
        }
        (Some(correlation), _) if !(0.0..=0.9).contains(&correlation) => Err(unusable(format!(
            "correlation of site and group {correlation}: give 0 to 0.9, so that both groups are in both scanners"
        ))),
        _ => Ok(()),
    }
}

/// Who is set aside for testing: those with an anatomy that is, else the same share of each group, drawn by the seed.
fn draw_test(config: &PhantomConfig, anatomies: &Anatomies) -> Vec<bool> {
    let count = config.subjects_per_group;
    let test_count = (count as f64 * TEST_FRACTION).round() as usize;
    let mut rng = random_of(config.seed, SPLIT_STREAM);
    [(), ()]
        .iter()
        .flat_map(|()| {
            let mut is_test: Vec<bool> = (0..count).map(|place| place < test_count).collect();
            is_test.shuffle(&mut rng);
            let by_person = is_test.into_iter().enumerate();
            by_person
                .map(|(place, drawn)| anatomies.is_test(anatomies.of_person(place)).unwrap_or(drawn))
                .collect::<Vec<bool>>()
        })
        .collect()
}

fn is_training(row: &table::NewRow) -> bool {
    row.split == Some(Split::Train)
}

/// Shuffles group and age, as pairs, among the training subjects.
fn deal_labels_anew(rows: &mut [table::NewRow], seed: u64) {
    let mut labels: Vec<(Group, f64)> =
        rows.iter().filter(|row| is_training(row)).map(|row| (row.group, row.age_years)).collect();
    labels.shuffle(&mut random_of(seed, LABELS_STREAM));
    for (row, (group, age_years)) in rows.iter_mut().filter(|row| is_training(row)).zip(labels) {
        (row.group, row.age_years) = (group, age_years);
    }
}

/// What else was drawn of each subject, and the ages between which the truth is the change.
fn write_latent(out: &Path, written: &[Written]) -> anyhow::Result<()> {
    let number =
        |value: Option<f64>, digits: usize| value.map_or("n/a".to_owned(), |value| format!("{value:.digits$}"));
    let lines = written.iter().map(|Written { row, drawn, .. }| {
        let [young_age, old_age] = drawn.truth_ages_years.map_or([None; 2], |ages| ages.map(Some));
        vec![
            row.id.clone(),
            number(drawn.pace, 4),
            number(drawn.gain, 4),
            drawn.subtype.unwrap_or("n/a").to_owned(),
            number(young_age, 1),
            number(old_age, 1),
        ]
    });
    let header = ["participant_id", "pace", "gain", "subtype", "young_age", "old_age"];
    files::write_tsv(&out.join(TRUTH_FOLDER).join("subjects.tsv"), &header, lines)
}

/// Grey matter that each region loses per year, of both subtypes.
fn write_rates(out: &Path, effect: f64) -> anyhow::Result<()> {
    let [frontal, posterior] = [Subtype::Frontal, Subtype::Posterior].map(Subtype::factors);
    let lines = REGIONS.iter().enumerate().map(|(region, Region { name, loss_per_year, .. })| {
        let rate = loss_per_year * effect;
        let of_subtype = |factor: f64| format!("{:.6}", rate * factor);
        vec![(*name).to_owned(), format!("{rate}"), of_subtype(frontal[region]), of_subtype(posterior[region])]
    });
    let header = ["region", "loss_per_year", "loss_per_year_frontal_subtype", "loss_per_year_posterior_subtype"];
    files::write_tsv(&out.join(TRUTH_FOLDER).join("regions.tsv"), &header, lines)
}

#[cfg(test)]
mod tests;
