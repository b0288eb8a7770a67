//! Phantoms have a known truth: the change of each test subject from its own age to the age that represents the other
//! group. Maps are compared with it.

use crate::files;
use crate::measures::measured::Measured;
use crate::measures::per_direction::PerDirection;
use crate::measures::per_direction::age_sign;
use crate::statistics::mean_sd;
use anyhow::Result;
use shared::explain::{mean_absolute_in_mask, ncc_in_mask};
use shared::volume::{Grid, read_nifti, resample};
use std::path::{Path, PathBuf};

/// Agreement of single maps with the truth, means over subjects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TruthMeasures {
    /// Signed NCC of a subject's map with its true change, within the mask.
    pub ncc: PerDirection<Option<f64>>,
    /// Mean |map| over mean |true change|, each over all subjects: 1 is the correct size for a change from the own age
    /// to the age that represents the other group. A mean of single ratios would be dominated by subjects with little
    /// true change.
    pub size_ratio: PerDirection<Option<f64>>,
}

/// Compares each subject's map with the truth, whose file `truth_of` names by the subject's id; `None` if there is no
/// truth, or no map was kept.
///
/// # Errors
/// A truth map cannot be read.
pub fn compare(truth_of: impl Fn(&str) -> PathBuf, measured: &Measured, grid: &Grid) -> Result<Option<TruthMeasures>> {
    let mut found = PerDirection { young_to_old: Vec::new(), old_to_young: Vec::new() };
    for (subject, person) in measured.subjects.iter().zip(&measured.people) {
        let Some(old_minus_young) = on_grid(&truth_of(&subject.id), grid)? else { continue };
        let sign = age_sign(subject.direction);
        let truth: Vec<f32> = old_minus_young.iter().map(|value| sign * value).collect();
        found.get_mut(subject.direction).push((
            ncc_in_mask(&person.difference, &truth, &measured.mask),
            sizes(&person.difference, &truth, &measured.mask),
        ));
    }
    let nobody = found.young_to_old.is_empty() && found.old_to_young.is_empty();
    let ncc = PerDirection::from_fn(|direction| {
        let values: Vec<f64> = found.get(direction).iter().filter_map(|one| one.0).collect();
        mean_sd(&values).map(|summary| summary.mean)
    });
    let size_ratio = PerDirection::from_fn(|direction| {
        let sizes = found.get(direction).iter().filter_map(|one| one.1);
        let (map, truth) = sizes.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        (truth > 0.0).then_some(map / truth)
    });
    Ok((!nobody).then_some(TruthMeasures { ncc, size_ratio }))
}

/// A map of the truth on `grid`, x fastest, in grey-matter density, as old − young or site B − site A; `None` if there
/// is no such file: not every subject has a truth.
///
/// # Errors
/// The file cannot be read.
pub fn on_grid(path: &Path, grid: &Grid) -> Result<Option<Vec<f32>>> {
    if !path.exists() {
        return Ok(None);
    }
    let volume = read_nifti(&path.display().to_string(), &files::read(path)?, None)?.into_volume()?;
    Ok(Some(resample(&volume, grid).data))
}

/// Mean |map| and mean |truth| in the mask.
fn sizes(map: &[f32], truth: &[f32], mask: &[bool]) -> Option<(f64, f64)> {
    Some((mean_absolute_in_mask(map, mask)?, mean_absolute_in_mask(truth, mask)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::Group;
    use crate::measures::measured::{PersonMaps, SubjectResult};
    use shared::explain::Direction;
    use shared::volume::{Affine, write_nifti_gz};

    #[test]
    fn a_map_that_is_half_the_truth_is_found_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let grid = Grid { shape: [4, 3, 2], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [0.0; 3]) };
        let truth: Vec<f32> = (0..24).map(|voxel| -0.01 * voxel as f32).collect();
        let truth_of = |id: &str| folder.path().join(format!("{id}.nii.gz"));
        let path = truth_of("sub-1");
        let volume = grid.volume(truth.clone());
        files::write(&path, &write_nifti_gz(&volume, "truth").unwrap()).unwrap();
        let subject = |id: &str| SubjectResult::example(id, Group::Old, Direction::OldToYoung);
        let maps = || PersonMaps {
            original: vec![0.0; 24],
            difference: truth.iter().map(|v| -0.5 * v).collect(),
            as_equal: None,
        };
        let measured = |id: &str| Measured {
            subjects: vec![subject(id)],
            maps: Vec::new(),
            mask: vec![true; 24],
            people: vec![maps()],
            regional: None,
        };
        let found = compare(truth_of, &measured("sub-1"), &grid).unwrap().unwrap();
        assert!(found.ncc.old_to_young.is_some_and(|ncc| (ncc - 1.0).abs() < 1e-4), "{found:?}");
        assert!(found.size_ratio.old_to_young.is_some_and(|ratio| (ratio - 0.5).abs() < 1e-4));
        assert_eq!(found.ncc.young_to_old, None);
        assert_eq!(compare(truth_of, &measured("sub-2"), &grid).unwrap(), None);
    }
}
