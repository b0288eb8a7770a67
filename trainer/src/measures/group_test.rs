//! Where do young and old differ significantly, adjusted for sex and head size? Voxel-based morphometry on the
//! evaluated people, and whether the translation changes these voxels in the same direction.

use crate::group::Group;
use crate::measures::measured::{Measured, PersonMaps};
use crate::measures::per_direction::{PerDirection, age_sign};
use crate::statistics::gaussian::gaussian;
use crate::statistics::permutation::{GroupTest, compare_groups};
use rayon::prelude::*;
use serde::Serialize;
use shared::explain::ncc_in_mask;
use std::collections::BTreeMap;

/// Together with the observed labelling, p can be as small as 0.001.
const PERMUTATIONS: usize = 999;
/// Seed of the permutations.
const SEED: u64 = 1;
/// Full width at half maximum of the Gaussian that the maps are smoothed with first, as is usual: cortical folds are
/// not at the same position in all people. (Ashburner J, Friston KJ. Voxel-based morphometry: the methods. NeuroImage
/// 2000;11:805-821, use 12 mm; 8 mm is the default of SPM.)
const SMOOTHING_FWHM_MM: f64 = 8.0;
/// Family-wise error rate.
const LEVEL: f32 = 0.05;

/// Confounds of each person, by id.
#[derive(Debug, Default)]
pub struct Confounds {
    /// `F` or `M`.
    pub sex: BTreeMap<String, String>,
    pub intracranial_ml: BTreeMap<String, f64>,
}

/// The test in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupTestResult {
    pub young: usize,
    pub old: usize,
    /// Full width at half maximum of the smoothing before.
    pub smoothing_fwhm_mm: f64,
    /// Confounds adjusted for.
    pub confounds: Vec<&'static str>,
    /// Confounds that could not be adjusted for, and why.
    pub left_out: Vec<String>,
    pub permutations: usize,
    pub seed: u64,
    pub degrees_of_freedom: usize,
    /// |t| above which a voxel differs significantly (5 %, corrected for multiple comparisons); `None` if there are too
    /// few permutations for that.
    pub threshold_t: Option<f32>,
    /// Voxels of the brain, and those where the old have significantly less or more.
    pub voxels: usize,
    pub old_have_less: usize,
    pub old_have_more: usize,
    /// Correlation of the mean translation, with the sign of ageing, with t.
    pub translation_with_t: PerDirection<Option<f64>>,
    /// Share of the significant voxels where the mean translation has the same sign.
    pub translation_same_way: PerDirection<Option<f64>>,
}

/// The test, with its maps on the models' grid: t (0 outside the brain) and corrected p (1 outside).
pub struct Tested {
    pub result: GroupTestResult,
    pub t: Vec<f32>,
    pub p: Vec<f32>,
}

impl GroupTestResult {
    /// For the terminal.
    pub fn in_words(&self) -> String {
        let confounds = if self.confounds.is_empty() { "nothing".to_owned() } else { self.confounds.join(" and ") };
        format!(
            "group test: of {} voxels the old have significantly less in {} and more in {} (5%, corrected; adjusted for {confounds})",
            self.voxels, self.old_have_less, self.old_have_more
        )
    }
}

/// Tests old against young. `None` if maps of single people were not kept, or too few people are left.
pub fn test_groups(measured: &Measured, confounds: &Confounds) -> Option<Tested> {
    if measured.people.len() != measured.subjects.len() || measured.people.is_empty() {
        return None;
    }
    let inside: Vec<usize> = (0..measured.mask.len()).filter(|&index| measured.mask[index]).collect();
    let grid = &measured.maps.first()?.maps.original;
    let sigma_mm = SMOOTHING_FWHM_MM / (8.0 * std::f64::consts::LN_2).sqrt();
    let sigma_voxels = grid.world_from_voxel.spacing_mm().map(|size_mm| sigma_mm / size_mm);
    let smoothed = |person: &PersonMaps| -> Vec<f32> {
        let map = gaussian(&person.original, grid.shape, sigma_voxels);
        inside.iter().map(|&index| map[index]).collect()
    };
    let values: Vec<Vec<f32>> = measured.people.par_iter().map(smoothed).collect();
    let values: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
    let is_old: Vec<bool> = measured.subjects.iter().map(|subject| subject.group == Group::Old).collect();
    let (columns, names, left_out) = columns(measured, confounds);
    let found = compare_groups(&values, &is_old, &columns, PERMUTATIONS, SEED)?;

    let spread = |values: &[f32], outside: f32| {
        let mut map = vec![outside; measured.mask.len()];
        inside.iter().zip(values).for_each(|(&index, value)| map[index] = *value);
        map
    };
    let (t, p) = (spread(&found.t, 0.0), spread(&found.p, 1.0));
    let old = is_old.iter().filter(|old| **old).count();
    let sure = |sign: f32| found.t.iter().zip(&found.p).filter(|(t, p)| **p <= LEVEL && **t * sign > 0.0).count();
    let result = GroupTestResult {
        young: is_old.len() - old,
        old,
        smoothing_fwhm_mm: SMOOTHING_FWHM_MM,
        confounds: names,
        left_out,
        permutations: PERMUTATIONS,
        seed: SEED,
        degrees_of_freedom: found.degrees_of_freedom,
        threshold_t: found.threshold.is_finite().then_some(found.threshold),
        voxels: inside.len(),
        old_have_less: sure(-1.0),
        old_have_more: sure(1.0),
        translation_with_t: PerDirection::from_fn(|direction| {
            let ageing = as_ageing(measured, direction)?;
            ncc_in_mask(&ageing, &t, &measured.mask)
        }),
        translation_same_way: PerDirection::from_fn(|direction| {
            let ageing = as_ageing(measured, direction)?;
            same_way(&found, &inside, &ageing)
        }),
    };
    Some(Tested { result, t, p })
}

/// The mean translation, positive where ageing adds.
fn as_ageing(measured: &Measured, direction: shared::explain::Direction) -> Option<Vec<f32>> {
    let sign = age_sign(direction);
    Some(measured.maps(direction)?.maps.difference.data.iter().map(|value| value * sign).collect())
}

fn same_way(found: &GroupTest, inside: &[usize], ageing: &[f32]) -> Option<f64> {
    let sure = (0..inside.len()).filter(|&place| found.p[place] <= LEVEL);
    let (same, all) = sure.fold((0usize, 0usize), |(same, all), place| {
        (same + usize::from(ageing[inside[place]] * found.t[place] > 0.0), all + 1)
    });
    (all > 0).then(|| same as f64 / all as f64)
}

/// The confounds that are known for everybody, their names, and those left out with the reason.
fn columns(measured: &Measured, confounds: &Confounds) -> (Vec<Vec<f64>>, Vec<&'static str>, Vec<String>) {
    let (mut columns, mut names, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    let mut add = |name: &'static str, of: &dyn Fn(&str) -> Option<f64>| {
        let values: Vec<Option<f64>> = measured.subjects.iter().map(|subject| of(&subject.id)).collect();
        let missing = values.iter().filter(|value| value.is_none()).count();
        let known: Vec<f64> = values.into_iter().flatten().collect();
        if missing > 0 {
            let all = measured.subjects.len();
            left_out.push(if missing == all {
                format!("{name}: not known")
            } else {
                format!("{name}: not known of {missing} of {all}")
            });
        } else if known.windows(2).all(|pair| pair[0] == pair[1]) {
            left_out.push(format!("{name}: the same in all"));
        } else {
            names.push(name);
            columns.push(known);
        }
    };
    add("sex", &|id| confounds.sex.get(id).map(|sex| f64::from(u8::from(sex == "F"))));
    add("intracranial volume", &|id| confounds.intracranial_ml.get(id).copied());
    (columns, names, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::measured::{GroupMeans, SubjectResult};
    use shared::explain::{Direction, Explanation};
    use shared::volume::{Affine, Volume};

    const VOXELS: usize = 30;

    /// Ten young and ten old; voxel 3 loses, voxel 5 gains with age, by the voxel's number of each person otherwise the same up to noise.
    fn measured() -> Measured {
        let value = |person: usize, voxel: usize| {
            let mixed = (person as u32 * 7919 + voxel as u32 * 104_729).wrapping_mul(2_654_435_761);
            let noise = ((mixed ^ mixed >> 15).wrapping_mul(2_246_822_519) >> 22) as f32 / 10_240.0;
            let change =
                if person < 10 { 0.0 } else { [0.0, 0.3, -0.3][usize::from(voxel == 5) + 2 * usize::from(voxel == 3)] };
            0.5 + noise + change
        };
        let group = |person: usize| if person < 10 { Group::Young } else { Group::Old };
        let direction = |person: usize| if person < 10 { Direction::YoungToOld } else { Direction::OldToYoung };
        let subjects =
            (0..20).map(|person| SubjectResult::example(&format!("sub-{person}"), group(person), direction(person)));
        let people = (0..20).map(|person| PersonMaps {
            original: (0..VOXELS).map(|voxel| value(person, voxel)).collect(),
            difference: vec![0.0; VOXELS],
            as_equal: None,
        });
        // Voxels so large that smoothing changes next to nothing.
        let large = Affine::from_spacing_origin([40.0; 3], [0.0; 3]);
        let volume = |data: Vec<f32>| Volume::new([VOXELS, 1, 1], data, large);
        let means = |direction, loss: f32| {
            let mut change = vec![0.0; VOXELS];
            (change[3], change[5]) = (loss, -loss);
            let empty = volume(vec![0.0; VOXELS]);
            GroupMeans {
                maps: Explanation {
                    direction,
                    original: empty.clone(),
                    translated: empty.clone(),
                    difference: volume(change),
                    cam: empty,
                    probability_old_before: 0.5,
                    probability_old_after: 0.5,
                    familiarity: None,
                    age: None,
                    amount: 1.0,
                },
                subjects: 10,
            }
        };
        Measured {
            subjects: subjects.collect(),
            maps: vec![means(Direction::YoungToOld, -0.2), means(Direction::OldToYoung, 0.2)],
            mask: (0..VOXELS).map(|voxel| voxel != 0).collect(),
            people: people.collect(),
            regional: None,
        }
    }

    #[test]
    fn what_differs_is_found_and_the_translation_goes_the_same_way() {
        let measured = measured();
        let mut confounds = Confounds::default();
        for (index, subject) in measured.subjects.iter().enumerate() {
            confounds.sex.insert(subject.id.clone(), ["F", "M"][index % 2].to_owned());
            if index > 0 {
                confounds.intracranial_ml.insert(subject.id.clone(), 1400.0 + index as f64);
            }
        }
        let tested = test_groups(&measured, &confounds).expect("enough people");
        let found = &tested.result;
        assert_eq!((found.young, found.old, found.voxels), (10, 10, VOXELS - 1));
        assert_eq!((found.old_have_less, found.old_have_more), (1, 1));
        assert_eq!(found.confounds, ["sex"]);
        assert_eq!(found.left_out, ["intracranial volume: not known of 1 of 20"]);
        assert_eq!(found.degrees_of_freedom, 17);
        assert!(tested.t[3] < -5.0 && tested.p[3] <= 0.05 && tested.p[0] == 1.0);
        for direction in [Direction::YoungToOld, Direction::OldToYoung] {
            assert_eq!(*found.translation_same_way.get(direction), Some(1.0));
            assert!(found.translation_with_t.get(direction).is_some_and(|ncc| ncc > 0.8));
        }
    }

    #[test]
    fn without_maps_of_single_people_there_is_no_test() {
        let unknown = Measured { people: Vec::new(), ..measured() };
        assert!(test_groups(&unknown, &Confounds::default()).is_none());
    }
}
