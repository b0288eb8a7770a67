//! Tests the age dial on phantoms at the ages for which there is a truth.

use crate::cohort::phantom::{DIAL_AGES_YEARS, age_truth_path};
use crate::evaluation::measure::translate;
use crate::measures::dial::{ChangeAt, DialNumbers, PersonTurned};
use crate::measures::truth;
use crate::progress::Progress;
use crate::training::data::Dataset;
use crate::training::image::Image;
use crate::training::run_folder::LoadedModels;
use anyhow::Result;
use shared::explain::{Ageing, Target};
use std::path::Path;

/// `None` if the models have no dial, or the cohort has no truth at other ages.
///
/// # Errors
/// A truth map cannot be read, or the device failed.
pub fn measure(loaded: &LoadedModels, data: &Dataset, mask: &[bool], cohort: &Path) -> Result<Option<DialNumbers>> {
    let Some(ageing) = &loaded.models.ageing else { return Ok(None) };
    let has_truth = |image: &&Image| age_truth_path(cohort, &image.subject.id, DIAL_AGES_YEARS[0]).exists();
    let images: Vec<&Image> = data.images.iter().filter(has_truth).collect();
    if images.is_empty() {
        return Ok(None);
    }
    let progress = Progress::new("translating to each age", images.len() as u64, 0);
    let mut people = Vec::new();
    for image in images {
        people.extend(turn(loaded, ageing, data, image, mask, cohort)?);
        progress.advance();
    }
    Ok(DialNumbers::of(&people))
}

/// Translates one phantom to all ages; `None` if its age is unknown.
fn turn(
    loaded: &LoadedModels,
    ageing: &Ageing,
    data: &Dataset,
    image: &Image,
    mask: &[bool],
    cohort: &Path,
) -> Result<Option<PersonTurned>> {
    let models = &loaded.models;
    let Some(own_years) = image.subject.age_years else { return Ok(None) };
    let original = data.volume(image.values.clone());
    let looks_years = ageing.look(&original).years;
    let (mut drawn, mut truths) = (Vec::new(), Vec::new());
    for age_years in DIAL_AGES_YEARS {
        let path = age_truth_path(cohort, &image.subject.id, age_years);
        let Some(change) = truth::on_grid(&path, &models.grid)? else { return Ok(None) };
        let years = f64::from(age_years);
        truths.push(ChangeAt { years, change });
        let (direction, amount) = ageing.change(looks_years, Target::Years(years));
        let mut translated = translate(loaded, &original, direction, amount)?;
        // Not rounded to steps of the maps: a small change in the right direction is one.
        models.match_histogram(&original, &mut translated, direction, amount);
        let change = translated.data.iter().zip(&original.data).map(|(after, before)| after - before).collect();
        drawn.push(ChangeAt { years, change });
    }
    Ok(Some(PersonTurned::of(own_years, looks_years, &drawn, &truths, mask)))
}
