//! Fits how grey values change from the young to the old: the difference of the mean histograms of both groups' training
//! maps, and of their mean spectra, see [`shared::explain::GreyValues`].

use crate::cohort::Group;
use crate::training::data::Dataset;
use anyhow::{Result, anyhow};
use shared::explain::{GreyValues, Spectrum, shares};

/// Fits to the training subjects of both groups; sites are balanced as elsewhere. With `spectra`, the change of these too.
///
/// # Errors
/// A group has nobody: a fault of the program, since a training needs people of both.
pub fn fit(data: &Dataset, inside: &[bool], spectra: bool) -> Result<GreyValues> {
    let [columns, rows, _] = data.grid.shape;
    let spectrum = Spectrum::new(columns, rows);
    let power = |values: &[f32]| spectrum.log_power(values, inside).to_vec();
    let means = |of: &dyn Fn(&[f32]) -> Vec<f64>| [Group::Young, Group::Old].map(|group| mean(data, group, of));
    let [young, old] = means(&|values| shares(values, inside));
    let spectrum_old_minus_young = spectra.then(|| {
        let [young, old] = means(&power);
        std::array::from_fn(|band| old[band] - young[band])
    });
    GreyValues::from_means(&young, &old)
        .map(|fitted| GreyValues { spectrum_old_minus_young, ..fitted })
        .filter(GreyValues::is_sound)
        .ok_or_else(|| anyhow!("grey values cannot be counted"))
}

/// Mean of what `of` says of each training map of a group.
fn mean(data: &Dataset, group: Group, of: &dyn Fn(&[f32]) -> Vec<f64>) -> Vec<f64> {
    let people = data.training(group);
    let mut mean = Vec::new();
    for &index in &people {
        let found = of(&data.images[index].values);
        mean.resize(found.len(), 0.0);
        mean.iter_mut().zip(found).for_each(|(mean, value)| *mean += value / people.len() as f64);
    }
    mean
}
