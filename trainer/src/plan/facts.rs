//! What a plan goes by: how many people there are, where their maps lie, and what the machine is.

use crate::cohort::{Cohort, Group, GroupLimits, Split, Subject};
use crate::device::{self, DeviceChoice};
use crate::failure::unusable;
use crate::files;
use crate::training::LEAST_SUBJECTS;
use anyhow::Result;
use burn::tensor::Device;
use rayon::prelude::*;
use shared::volume::{Volume, read_nifti};
use std::path::Path;

/// People whose maps are looked at; more tell the same.
const LOOKED_AT: usize = 40;
/// Density above which a voxel counts as brain.
const BRAIN_ABOVE: f32 = 0.2;
/// Share of the people whose brains a limit holds.
const SHARE_INSIDE: f64 = 0.9;

/// Facts of a cohort and a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub cohort_name: String,
    pub phantom: bool,
    /// Whether the maps were prepared from T1 images by this program.
    pub prepared_here: bool,
    /// Young and old people.
    pub people: [usize; 2],
    /// Fewest people of a group to learn from.
    pub fewest_to_train: usize,
    /// Whether the cohort's table says who is held out.
    pub has_split: bool,
    /// Young and old people whose age is not known.
    pub unknown_ages: usize,
    pub field: Field,
    /// Whether a graphics card computes.
    pub on_card: bool,
    pub device_name: String,
}

/// Where grey matter lies in the maps, in MNI millimetres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// Centres of the lowest and highest voxel along x, y, z that hold brain.
    pub low_mm: [f64; 3],
    pub high_mm: [f64; 3],
    /// Finest voxel of the maps.
    pub spacing_mm: f64,
    /// Centre of a voxel of the maps: where their lattice lies.
    pub lattice_mm: [f64; 3],
}

impl Facts {
    /// Whether maps come from heads: people's, or made ones that were prepared as people's are.
    pub fn is_like_people(&self) -> bool {
        !self.phantom || self.prepared_here
    }
}

/// Share of a group that is set aside where the table does not say who.
pub const TEST_FRACTION: f64 = 0.2;

impl Facts {
    /// Looks at a cohort and at the device that was chosen.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: the cohort or a map cannot be read, or a group is missing.
    pub fn look(folder: &Path, choice: DeviceChoice) -> Result<(Facts, Cohort, Device)> {
        let cohort = Cohort::open(folder)?;
        let (device, device_name) = device::choose(choice)?;
        let subjects = cohort.young_and_old();
        let of = |group: Group| subjects.iter().filter(move |subject| subject.group == group);
        let people = [Group::Young, Group::Old].map(|group| of(group).count());
        if let Some(missing) = [Group::Young, Group::Old].into_iter().find(|group| of(*group).count() == 0) {
            let GroupLimits { young_below_years, old_from_years } = cohort.description.groups;
            return Err(unusable(format!(
                "{}: no {missing} subject; a plan needs both groups (young below {young_below_years} years, old from {old_from_years})",
                folder.display()
            )));
        }
        let has_split = subjects.iter().any(|subject| subject.split.is_some());
        let to_train = |group: Group| match has_split {
            true => of(group).filter(|subject| subject.split != Some(Split::Test)).count(),
            false => (of(group).count() as f64 * (1.0 - TEST_FRACTION)).round() as usize,
        };
        let fewest_to_train = to_train(Group::Young).min(to_train(Group::Old));
        if fewest_to_train < LEAST_SUBJECTS {
            return Err(unusable(format!(
                "{}: {fewest_to_train} subjects of a group to train on, {LEAST_SUBJECTS} are needed; add subjects",
                folder.display()
            )));
        }
        let facts = Facts {
            cohort_name: cohort.description.name.clone(),
            phantom: cohort.description.phantom,
            prepared_here: cohort.description.prepared_here,
            people,
            fewest_to_train,
            has_split,
            unknown_ages: subjects.iter().filter(|subject| subject.age_years.is_none()).count(),
            field: Field::of(&subjects)?,
            on_card: !device::is_processor(&device),
            device_name,
        };
        Ok((facts, cohort, device))
    }
}

impl Field {
    /// The field that holds the brains of most of these people.
    fn of(subjects: &[&Subject]) -> Result<Field> {
        // Spread over the table, which may be sorted by anything.
        let step = subjects.len().div_ceil(LOOKED_AT).max(1);
        let some: Vec<&&Subject> = subjects.iter().step_by(step).collect();
        let fields: Vec<Field> = some.par_iter().map(|subject| read(&subject.gm_path)).collect::<Result<_>>()?;
        let outward = |values: &mut Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values[((values.len() - 1) as f64 * SHARE_INSIDE).round() as usize]
        };
        let along = |axis: usize| {
            let mut highs: Vec<f64> = fields.iter().map(|field| field.high_mm[axis]).collect();
            let mut lows: Vec<f64> = fields.iter().map(|field| -field.low_mm[axis]).collect();
            [-outward(&mut lows), outward(&mut highs)]
        };
        let limits = [0, 1, 2].map(along);
        let finest = fields.iter().min_by(|a, b| a.spacing_mm.total_cmp(&b.spacing_mm));
        let Some(finest) = finest else { return Err(unusable("the cohort has no map; add subjects")) };
        Ok(Field { low_mm: limits.map(|[low, _]| low), high_mm: limits.map(|[_, high]| high), ..*finest })
    }

    /// Of one map.
    fn of_map(volume: &Volume) -> Option<Field> {
        let spacing = volume.world_from_voxel.spacing_mm();
        let (mut low_mm, mut high_mm) = ([f64::MAX; 3], [f64::MIN; 3]);
        let [nx, ny, _] = volume.shape;
        for (index, _) in volume.data.iter().enumerate().filter(|(_, value)| **value > BRAIN_ABOVE) {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|place| place as f64);
            let place = volume.world_from_voxel.apply(voxel);
            for axis in 0..3 {
                low_mm[axis] = low_mm[axis].min(place[axis]);
                high_mm[axis] = high_mm[axis].max(place[axis]);
            }
        }
        let is_empty = low_mm[0] > high_mm[0];
        let lattice_mm = volume.world_from_voxel.apply([0.0; 3]);
        let spacing_mm = spacing.into_iter().fold(f64::MAX, f64::min);
        (!is_empty).then_some(Field { low_mm, high_mm, spacing_mm, lattice_mm })
    }

    /// From the lowest voxel's lower side to the highest voxel's upper one.
    pub fn extent_mm(&self, axis: usize) -> f64 {
        self.high_mm[axis] - self.low_mm[axis] + self.spacing_mm
    }
}

fn read(path: &Path) -> Result<Field> {
    let name = path.display().to_string();
    let image = read_nifti(&name, &files::read(path)?, None).map_err(|error| unusable(error.to_string()))?;
    let volume = image.into_volume().map_err(|error| unusable(error.to_string()))?;
    Field::of_map(&volume)
        .ok_or_else(|| unusable(format!("{name}: holds no grey matter; prepare it again, or leave the subject out")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::volume::Affine;

    #[test]
    fn the_field_is_where_the_brain_is() {
        let mut volume =
            Volume::new([5, 4, 3], vec![0.0; 60], Affine::from_spacing_origin([2.0; 3], [-4.0, -3.0, 10.0]));
        assert_eq!(Field::of_map(&volume), None);
        // Voxels (1, 1, 0) and (3, 2, 1).
        volume.data[6] = 0.9;
        volume.data[33] = 0.9;
        let field = Field::of_map(&volume).unwrap();
        assert_eq!((field.low_mm, field.high_mm), ([-2.0, -1.0, 10.0], [2.0, 1.0, 12.0]));
        assert_eq!((field.extent_mm(2), field.spacing_mm, field.lattice_mm), (4.0, 2.0, [-4.0, -3.0, 10.0]));
    }
}
