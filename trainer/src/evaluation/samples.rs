//! Images that a bundle may show to everyone: group means of real people, single subjects of phantoms only.

use crate::cohort::{Cohort, Group, Split, phantom};
use crate::evaluation::held_back::{FEWEST_PEOPLE, counts, held_back, shown_singly};
use crate::files;
use crate::measures::measured::Measured;
use crate::measures::per_direction::age_sign;
use crate::measures::truth;
use crate::training::data::Dataset;
use crate::training::run_folder::{RunFolder, SampleRecord};
use anyhow::Result;
use shared::bundle::{GroupName, MEAN_SAMPLE, TableCell};
use shared::volume::{Volume, write_nifti_gz};
use std::path::Path;

/// Writes all samples with their list, and what the bundle says of the held-out subjects, which names the samples that
/// show each case. `tested` are the measurements on `data`'s subjects with these indices.
pub fn write(
    run: &RunFolder,
    folder: &Path,
    cohort: &Cohort,
    data: &Dataset,
    held_back_subjects: &[usize],
    tested: &Measured,
) -> Result<()> {
    let is_phantom = cohort.description.phantom;
    let mut said = held_back(tested, is_phantom);
    let mut samples = Samples { run, list: Vec::new() };
    // A single image shows more than a mean: where there is one, it comes first.
    if is_phantom {
        for index in shown_singly(&said.table, &tested.subjects) {
            let result = &tested.subjects[index];
            let id = result.id.trim_start_matches("sub-");
            let first_of_group = format!("phantom-{}", result.group);
            let is_first = samples.list.iter().all(|sample| sample.id != first_of_group);
            let sample = if is_first { first_of_group } else { format!("phantom-{}", id.to_lowercase()) };
            if let Some(mut change) = truth::on_grid(&phantom::truth_path(folder, &result.id), &data.grid)? {
                change.iter_mut().for_each(|value| *value *= age_sign(result.direction));
                let bytes = write_nifti_gz(&data.volume(change), "AgeLens phantom truth")?;
                files::write(&run.sample_truth(&sample), &bytes)?;
            }
            for years in phantom::TRUTH_AGES_YEARS {
                let path = phantom::age_truth_path(folder, &result.id, years);
                if path.exists() {
                    files::write(&run.sample_truth_at(&sample, years), &files::read(&path)?)?;
                }
            }
            for cell in said.table.iter_mut().filter(|cell| counts(cell, result)) {
                cell.samples.push(sample.clone());
            }
            let image = data.volume(data.images[held_back_subjects[index]].values.clone());
            samples.add(sample, format!("Phantom {id}, {}, held out", result.group), result.group, &image)?;
        }
    }
    for group in [Group::Young, Group::Old] {
        let title = format!(
            "Mean of {} {group} {}{}",
            data.indices(Split::Train, Some(group)).len(),
            if is_phantom { "phantoms" } else { "people" },
            if data.balance_sites { ", sites balanced" } else { "" }
        );
        samples.add(format!("{MEAN_SAMPLE}{group}"), title, group, &data.mean(&data.training(group)))?;
    }
    // Only before translation: what becomes of a mean is not the mean of what becomes of the people.
    let may_be_shown =
        |cell: &&mut TableCell| !is_phantom && cell.translated.is_none() && cell.subjects >= FEWEST_PEOPLE;
    for cell in said.table.iter_mut().filter(may_be_shown) {
        let people: Vec<usize> = held_back_subjects
            .iter()
            .zip(&tested.subjects)
            .filter(|(_, result)| counts(cell, result))
            .map(|(&index, _)| index)
            .collect();
        let (group, judged) = (cell.group.as_str(), cell.judged.as_str());
        let sample = format!("{MEAN_SAMPLE}held-back-{group}-judged-{judged}");
        let title = format!("Mean of the {} held-out {group} people judged {judged}", people.len());
        let group = if cell.group == GroupName::Young { Group::Young } else { Group::Old };
        samples.add(sample.clone(), title, group, &data.mean(&people))?;
        cell.samples.push(sample);
    }
    files::write_json(&run.samples(), &samples.list)?;
    files::write_json(&run.held_back(), &said)
}

/// The samples of a run so far.
struct Samples<'a> {
    run: &'a RunFolder,
    list: Vec<SampleRecord>,
}

impl Samples<'_> {
    fn add(&mut self, id: String, title: String, group: Group, volume: &Volume) -> Result<()> {
        files::write(&self.run.sample(&id), &write_nifti_gz(volume, "AgeLens sample")?)?;
        self.list.push(SampleRecord { id, title, group });
        Ok(())
    }
}
