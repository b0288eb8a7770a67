//! The age dial of a bundle's samples, turned beforehand: a page shows these ages at once, before its model is there.

use crate::bundle_folder::open_bundle;
use crate::cohort::phantom::{TRUTH_AGES_YEARS, age_truth_path};
use crate::cohort::{Cohort, Subject};
use crate::export::files::{Files, read_volume};
use crate::export::keep::keep_manifest;
use crate::failure::unusable;
use crate::measures::truth;
use crate::progress::Progress;
use anyhow::Result;
use burn::tensor::Device;
use shared::bundle::{AgeStop, FileEntry, Manifest};
use shared::explain::{Ageing, Models, Target};
use shared::volume::Volume;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The dial is stopped at multiples of this, years.
const EVERY_YEARS: usize = 5;

/// Step in which changes are kept where the maps have none of their own, grey-matter density: the eye sees no smaller one.
const STEP: f32 = 0.001;

/// Leads a sample to every age at which the dial is stopped; none where the models have no dial. `truth_at` names the file of a
/// phantom's true change to an age, which need not exist.
pub fn stop(
    bundle: &mut Files,
    models: &Models,
    id: &str,
    original: &Volume,
    truth_at: impl Fn(u32) -> Option<PathBuf>,
) -> Result<Vec<AgeStop>> {
    let Some(range) = models.ageing.as_ref().and_then(Ageing::range_years) else { return Ok(Vec::new()) };
    let step = models.value_step.unwrap_or(STEP);
    let mut stops = Vec::new();
    for years in ages(range) {
        let target = Target::Years(f64::from(years));
        let found = pollster::block_on(models.explain(original, Some(target), &mut |_| {}))?;
        let role = |part: &str| format!("sample/{id}/at{years}/{part}");
        bundle.add_change(&role("difference"), &found.difference, step)?;
        let known = match truth_at(u32::from(years)).filter(|path| path.exists()) {
            Some(path) => truth::on_grid(&path, &models.grid)?,
            None => None,
        };
        let truth = match known {
            Some(change) => {
                bundle.add_change(&role("truth"), &original.with_data(change), step)?;
                Some(role("truth"))
            }
            None => None,
        };
        stops.push(AgeStop {
            years,
            direction: found.direction,
            amount: found.amount,
            probability_old_after: found.probability_old_after,
            difference: role("difference"),
            truth,
        });
    }
    Ok(stops)
}

/// Whole ages within a range of years at which the dial is stopped.
fn ages([youngest, oldest]: [f64; 2]) -> impl Iterator<Item = u8> {
    (0..=u8::MAX).step_by(EVERY_YEARS).filter(move |&years| (youngest..=oldest).contains(&f64::from(years)))
}

/// Turns the dial of all samples of an existing bundle anew, on the CPU. In a `cohort` of phantoms at all ages those that the
/// samples show are known again by their maps, and get their truth.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: no sound bundle or cohort, or models without an age dial. Other errors: a file cannot be written, or
/// it was stopped by Ctrl-C.
pub fn renew(folder: &Path, cohort: Option<&Path>) -> Result<()> {
    let (bundle, _) = open_bundle(folder, &Device::flex())?;
    let (models, mut manifest) = (bundle.models, bundle.manifest);
    if manifest.dial_years.is_none() {
        return Err(unusable(format!(
            "{}: its models have no age dial; train with `ageing` in the configuration",
            folder.display()
        )));
    }
    let phantoms = match cohort {
        Some(path) => with_truth(path, &models, &manifest)?,
        None => Vec::new(),
    };
    let older = stopped_before(&mut manifest);
    let mut files = Files {
        out: folder,
        entries: std::mem::take(&mut manifest.files),
        if_stopped: "stopped before all ages of the dial were computed; the bundle is whole, as it was before; the same command starts again",
    };
    let progress = Progress::new("translating to each age", manifest.samples.len() as u64, 0);
    for sample in &mut manifest.samples {
        let Some(entry) = files.entries.get(&sample.original) else {
            return Err(unusable(format!(
                "{}: lacks the image of the sample {}; export again",
                folder.display(),
                sample.id
            )));
        };
        let original = read_volume(&folder.join(&entry.path))?;
        let phantom = phantoms.iter().find(|(_, map)| map.data == original.data).map(|(id, _)| id);
        let truth_at = |years| Some(age_truth_path(cohort?, phantom?, years));
        sample.stops = stop(&mut files, &models, &sample.id, &original, truth_at)?;
        progress.advance();
    }
    manifest.files = files.entries;
    keep_manifest(folder, &manifest, &older)?;
    println!("{}: the ages of the dial were computed again", folder.display());
    Ok(())
}

/// Takes the files of earlier stops out of a manifest.
fn stopped_before(manifest: &mut Manifest) -> BTreeMap<String, FileEntry> {
    let mut older = BTreeMap::new();
    for stop in manifest.samples.iter_mut().flat_map(|sample| sample.stops.drain(..)) {
        for role in std::iter::once(stop.difference).chain(stop.truth) {
            older.extend(manifest.files.remove_entry(&role));
        }
    }
    older
}

/// The phantoms of a cohort whose change to other ages is known, with their maps as the models see them.
fn with_truth(folder: &Path, models: &Models, manifest: &Manifest) -> Result<Vec<(String, Volume)>> {
    let cohort = Cohort::open(folder)?;
    let is_known =
        |subject: &&Subject| TRUTH_AGES_YEARS.iter().any(|&age| age_truth_path(folder, &subject.id, age).exists());
    let known: Vec<&Subject> = cohort.subjects.iter().filter(is_known).collect();
    if known.is_empty() {
        return Err(unusable(format!(
            "{}: holds no phantom whose change to other ages is known; make the cohort with `cohort phantom --all-ages`",
            folder.display()
        )));
    }
    let map = |subject: &&Subject| {
        let map = cohort.load_gm(subject, &models.grid, &manifest.preparation_version)?;
        Ok((subject.id.clone(), map))
    };
    known.iter().map(map).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dial_is_stopped_within_its_range_only() {
        let found = |range| ages(range).collect::<Vec<u8>>();
        assert_eq!(found([20.0, 40.0]), [20, 25, 30, 35, 40]);
        assert_eq!(found([20.5, 39.9]), [25, 30, 35]);
        assert_eq!(found([21.0, 24.0]), Vec::<u8>::new());
    }
}
