//! Applies the baselines, the judge and the observer, so that every table compares them with the network.

use crate::group::Group;
use crate::measures::comparison::{Compared, Comparison};
use crate::measures::measured::Measured;
use crate::measures::truth;
use crate::training::classifier::probabilities;
use crate::training::data::Dataset;
use crate::training::fresh_observer::FreshObserver;
use crate::training::image::Image;
use crate::training::run_folder::LoadedModels;
use anyhow::Result;
use shared::model::tensor_from_volume;
use std::path::PathBuf;

/// Compares the network's translations with the baselines, which are fitted to the maps of people in the training data.
/// `truth_of` names the file of a subject's true change, which only phantoms have.
///
/// # Errors
/// A truth map cannot be read, or the device failed.
pub fn compare(
    loaded: &LoadedModels,
    measured: &Measured,
    learned: &[&Image],
    truth_of: impl Fn(&str) -> Option<PathBuf>,
) -> Result<Option<Comparison>> {
    let models = &loaded.models;
    let maps = |group: Group| -> Vec<&[f32]> {
        let members = learned.iter().filter(|image| image.subject.group == group);
        members.map(|image| image.values.as_slice()).collect()
    };
    let truth = |id: &str| truth_of(id).map_or(Ok(None), |path| truth::on_grid(&path, &models.grid));
    let compared = Compared {
        measured,
        shape: models.grid.shape,
        kind: models.young_to_old.kind(),
        learned: [maps(Group::Young), maps(Group::Old)],
        truths: measured.subjects.iter().map(|subject| truth(&subject.id)).collect::<Result<_>>()?,
    };
    let observer = FreshObserver::new(models.grid.shape, &measured.mask, &models.context);
    let judges_old = |map: &[f32]| {
        let Some(judge) = &loaded.judge else { return Ok(None) };
        let volume = models.grid.volume(map.to_vec());
        let tensor = tensor_from_volume(&volume, &models.device);
        Ok(probabilities(judge, tensor, &models.context)?.first().map(|&old| old >= 0.5))
    };
    compared.numbers(judges_old, |translated, real| observer.between(translated, real))
}

/// The training images of a run.
pub fn learned_from(data: &Dataset) -> Vec<&Image> {
    data.indices(crate::cohort::Split::Train, None).into_iter().map(|index| &data.images[index]).collect()
}
