//! The phantom cohort: synthetic GM maps with ages, whose effect of age is known exactly.
//!
//! Each person is the ICBM152 template, deformed at random, with ribbon thickness, gain and noise of their own
//! (`person`), aged by thinning of the ribbon and widening of the ventricles (`atrophy`) at the published regional rates
//! (`regions`). Nuisance does not depend on the group. What always holds: the same settings give the same bytes, on any
//! number of threads, and person *n* of a group is the same whatever the number of persons.
//!
//! Next to the test subjects lies the truth: the same person and noise at 70 minus at 30 years, as it would be
//! stored. `truth/subjects.tsv` holds what else was drawn, `truth/regions.tsv` the rates. A phantom is never a real person's image, and says so.

mod atrophy;
mod field;
mod person;
mod regions;
mod template;

use std::path::Path;

use anyhow::Context;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde_json::json;
use shared::volume::{Affine, Grid, Volume, resample, write_nifti_gz};

use self::atrophy::Calibration;
use self::person::{AgeRange, Person};
use self::regions::REGIONS;
use self::template::Template;
use super::{Group, PARTICIPANTS_FILE, Split, description, files, table};
use crate::failure::unusable;
use crate::progress::Progress;

/// Ages in years between which the truth is the change.
pub const TRUTH_AGES_YEARS: [f64; 2] = [30.0, 70.0];

/// Folder of the truth in a phantom cohort.
pub const TRUTH_FOLDER: &str = "truth";

/// Share of each group that is set aside for testing.
const TEST_FRACTION: f64 = 0.2;

/// Stored values are multiples of this, as in 8-bit maps: finer would be noise, and packs badly.
const STORED_STEP: f32 = 1.0 / 255.0;

/// Smoothing per voxel size: sigma 0.9 mm at 2 mm, as the usual lightly smoothed density maps have.
const SMOOTHING_PER_SPACING: f64 = 0.45;

/// Corner (voxel 0, 0, 0) and extent in mm of every output grid: at 2 mm the usual 91 x 109 x 91.
const CORNER_MM: [f64; 3] = [-90.0, -126.0, -72.0];
const EXTENT_MM: [f64; 3] = [180.0, 216.0, 180.0];

/// Version of this recipe; raised whenever the same settings would give other maps.
const RECIPE: u32 = 1;

/// Settings of a phantom cohort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhantomConfig {
    /// Young and as many old subjects.
    pub subjects_per_group: usize,
    /// Any number; another one gives other people.
    pub seed: u64,
    /// Voxel size in mm, 2 to 8.
    pub spacing_mm: f64,
    /// Times the published rates: 1 as published, 0 a cohort without any effect of age.
    pub effect: f64,
}

impl Default for PhantomConfig {
    fn default() -> Self {
        PhantomConfig { subjects_per_group: 40, seed: 1, spacing_mm: 4.0, effect: 1.0 }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhantomSummary {
    /// Subjects in all.
    pub subjects: usize,
    /// Of these set aside for testing, each with a truth map.
    pub test: usize,
    /// Voxels of every map along x, y, z.
    pub shape: [usize; 3],
}

/// The grid of phantom maps with voxels of `spacing_mm`.
pub fn grid(spacing_mm: f64) -> Grid {
    Grid {
        shape: EXTENT_MM.map(|extent_mm| (extent_mm / spacing_mm + 1e-9) as usize + 1),
        mni_from_voxel: Affine::from_spacing_origin([spacing_mm; 3], CORNER_MM),
    }
}

/// Writes a phantom cohort to `out`, one map per thread at a time; progress goes to stderr.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: settings out of range, or `out` holds something other than a phantom of the
/// same settings. Other errors: a file cannot be written.
pub fn generate(config: &PhantomConfig, out: &Path) -> anyhow::Result<PhantomSummary> {
    check(config)?;
    let recipe = json!({
        "phantom": true,
        "recipe": RECIPE,
        "subjects_per_group": config.subjects_per_group,
        "seed": config.seed,
        "spacing_mm": config.spacing_mm,
        "effect": config.effect,
    });
    check_folder(out, &recipe)?;
    // First, so that an interrupted folder can be recognised and finished; the table, which makes it a cohort, last.
    describe(out, &recipe)?;

    let template = Template::load()?;
    let calibration = Calibration::of(&template);
    let writer = Writer { config, out, template: &template, calibration: &calibration, grid: grid(config.spacing_mm) };
    let count = config.subjects_per_group;
    let is_test = draw_test(config);
    let progress = Progress::new("phantom subjects", 2 * count as u64, 0);
    let written: Vec<Written> = (0..2 * count)
        .into_par_iter()
        .map(|number| {
            let written = writer.write(number, is_test[number]);
            progress.advance();
            written
        })
        .collect::<anyhow::Result<_>>()?;

    let latent = written
        .iter()
        .map(|written| vec![written.row.id.clone(), format!("{:.4}", written.pace), format!("{:.4}", written.gain)]);
    files::write_tsv(&out.join(TRUTH_FOLDER).join("subjects.tsv"), &["participant_id", "pace", "gain"], latent)?;
    let rates =
        REGIONS.iter().map(|region| vec![region.name.to_owned(), format!("{}", region.loss_per_year * config.effect)]);
    files::write_tsv(&out.join(TRUTH_FOLDER).join("regions.tsv"), &["region", "loss_per_year"], rates)?;
    let rows: Vec<table::NewRow> = written.into_iter().map(|written| written.row).collect();
    table::write(&out.join(PARTICIPANTS_FILE), &rows)?;
    let test = is_test.iter().filter(|&&test| test).count();
    Ok(PhantomSummary { subjects: rows.len(), test, shape: writer.grid.shape })
}

/// Refuses settings that make no sense.
fn check(config: &PhantomConfig) -> anyhow::Result<()> {
    if !(1..=4999).contains(&config.subjects_per_group) {
        return Err(unusable(format!("{} subjects per group: give 1 to 4999", config.subjects_per_group)));
    }
    if !(2.0..=8.0).contains(&config.spacing_mm) {
        return Err(unusable(format!("voxels of {} mm: give 2 to 8 mm", config.spacing_mm)));
    }
    if !(0.0..=3.0).contains(&config.effect) {
        return Err(unusable(format!("effect {}: give 0 (none) to 3; 1 is the published rate", config.effect)));
    }
    Ok(())
}

/// Refuses a folder that holds anything but a phantom of the same settings.
fn check_folder(out: &Path, recipe: &serde_json::Value) -> anyhow::Result<()> {
    let is_empty = match std::fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(unusable(format!("{}: not a usable folder ({error})", out.display()))),
    };
    let found = description::read_value(out).ok().flatten();
    if is_empty || found.is_some_and(|value| &value["AgeLens"] == recipe) {
        return Ok(());
    }
    Err(unusable(format!(
        "{}: not empty, and not a phantom cohort of the same settings; name a new folder or empty this one",
        out.display()
    )))
}

fn describe(out: &Path, recipe: &serde_json::Value) -> anyhow::Result<()> {
    let extra = json!({
        "License": "Synthetic. Made from the ICBM152 template: its permission notice (static/template/NOTICE.md) goes along",
        "HowToAcknowledge": "Synthetic phantom, not real people. Made from the ICBM152 2009a symmetric template, \
            Copyright (C) 1993-2004 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological Institute, \
            McGill University.",
        "ReferencesAndLinks": ["https://doi.org/10.1016/j.neuroimage.2010.07.033"],
        "AgeLens": recipe,
    });
    let how_made = "ICBM152 GM/WM, random smooth deformation, ribbon thickness, gain and noise per subject; \
        age as thinning of the ribbon and widening of the ventricles; truth/ holds 70 y minus 30 y of the same subject";
    description::write(out, "AgeLens phantom cohort (synthetic)", how_made, &extra)
}

/// Who is set aside for testing: the same share of each group, drawn by the seed.
fn draw_test(config: &PhantomConfig) -> Vec<bool> {
    let count = config.subjects_per_group;
    let test_count = (count as f64 * TEST_FRACTION).round() as usize;
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    [(), ()]
        .iter()
        .flat_map(|()| {
            let mut is_test: Vec<bool> = (0..count).map(|place| place < test_count).collect();
            is_test.shuffle(&mut rng);
            is_test
        })
        .collect()
}

/// One finished subject.
struct Written {
    row: table::NewRow,
    pace: f64,
    gain: f64,
}

/// What is the same for all subjects.
struct Writer<'a> {
    config: &'a PhantomConfig,
    out: &'a Path,
    template: &'a Template,
    calibration: &'a Calibration,
    grid: Grid,
}

impl Writer<'_> {
    /// Draws, renders and writes subject `number` (the young come first).
    fn write(&self, number: usize, is_test: bool) -> anyhow::Result<Written> {
        let count = self.config.subjects_per_group;
        let (group, range) = if number < count { (Group::Young, AgeRange::Young) } else { (Group::Old, AgeRange::Old) };
        let mut rng = ChaCha8Rng::seed_from_u64(self.config.seed);
        // Streams of one seed never overlap; 0 is the split's. Even and odd keep a person's number free of the count.
        let in_group = (number % count) as u64;
        rng.set_stream(1 + 2 * in_group + u64::from(group == Group::Old));
        let person = Person::draw(self.template, range, &mut rng);
        let id = format!("sub-PH{:04}", number + 1);

        let map = self.render(&person, person.age_years);
        let name = format!("{id}_space-MNI152NLin2009aSym_res-{}{}.nii.gz", self.res_label(), files::GM_SUFFIX);
        self.save(&map, &self.out.join(&id).join("anat").join(name), "AgeLens phantom GM, synthetic")?;
        if is_test {
            let [young, old] = TRUTH_AGES_YEARS.map(|age_years| self.render(&person, age_years));
            let change = Volume { data: old.data.iter().zip(&young.data).map(|(o, y)| o - y).collect(), ..old };
            let name = format!("{id}_desc-oldMinusYoung_GM.nii.gz");
            self.save(&change, &self.out.join(TRUTH_FOLDER).join(name), "AgeLens phantom truth, 70 y - 30 y")?;
        }
        let row = table::NewRow {
            id,
            age_years: person.age_years,
            sex: Some(person.sex.to_owned()),
            group,
            site: None,
            split: Some(if is_test { Split::Test } else { Split::Train }),
        };
        Ok(Written { row, pace: person.pace, gain: person.gain })
    }

    /// The person's map at an age on the output grid, in stored precision.
    fn render(&self, person: &Person, age_years: f64) -> Volume {
        let smoothing_mm = SMOOTHING_PER_SPACING * self.config.spacing_mm;
        let data = person.render(self.template, self.calibration, age_years, self.config.effect, smoothing_mm);
        let fine = Volume { shape: self.template.shape, data, world_from_voxel: self.template.mni_from_voxel };
        let mut map = resample(&fine, &self.grid);
        map.data.iter_mut().for_each(|value| *value = (*value / STORED_STEP).round() * STORED_STEP);
        map
    }

    fn save(&self, volume: &Volume, path: &Path, about: &str) -> anyhow::Result<()> {
        let bytes = write_nifti_gz(volume, about).with_context(|| format!("{}: cannot be packed", path.display()))?;
        crate::files::write(path, &bytes)
    }

    /// Voxel size as a BIDS label: letters and digits only.
    fn res_label(&self) -> String {
        self.config.spacing_mm.to_string().replace('.', "p")
    }
}

#[cfg(test)]
mod tests;
