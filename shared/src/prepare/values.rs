//! Do the values look like a grey-matter map, wherever it lies?

use super::PrepareError;
use super::likeness::{HIGHEST_PROBABILITY, not_a_tissue_map};
use crate::volume::Volume;
use std::collections::BTreeSet;

/// Interpolation by splines undershoots a little; this much below 0 is forgiven.
const LOWEST_VALUE: f32 = -0.01;
/// Up to so many different whole numbers are labels: an atlas or a segmentation. A raw image has more.
const MOST_LABELS: usize = 64;

/// Refuses what is damaged, empty, a label map, or not in 0..1. Modulated maps may go beyond 1: their values are amounts,
/// and are cut to 1 where a model sees them.
pub(super) fn check(name: &str, volume: &Volume) -> Result<(), PrepareError> {
    let name = || name.to_owned();
    if !volume.is_sound() {
        return Err(PrepareError::Damaged { name: name() });
    }
    let count = volume.data.iter().filter(|value| !value.is_finite()).count();
    if count > 0 {
        return Err(PrepareError::NotFinite { name: name(), count });
    }
    let min = volume.data.iter().copied().fold(f32::INFINITY, f32::min);
    let max = volume.data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if max - min < 1e-6 {
        return Err(PrepareError::Constant { name: name(), value: min });
    }
    if let Some(count) = label_count(&volume.data) {
        return Err(PrepareError::LabelMap { name: name(), count });
    }
    let scan = || not_a_tissue_map(volume);
    if max > HIGHEST_PROBABILITY
        && let Some(reason) = scan()
    {
        return Err(PrepareError::TooHigh { name: name(), max, reason });
    }
    if min < LOWEST_VALUE {
        // One broken voxel makes no scan of a map, and none makes a map of a scan.
        return Err(match scan() {
            Some(reason) => PrepareError::LikeScan { name: name(), reason },
            None => PrepareError::Negative { name: name(), min },
        });
    }
    Ok(())
}

/// Refuses a scan whose values were scaled to those of a map.
pub(super) fn check_likeness(name: &str, volume: &Volume) -> Result<(), PrepareError> {
    match not_a_tissue_map(volume) {
        Some(reason) => Err(PrepareError::LikeScan { name: name.to_owned(), reason }),
        None => Ok(()),
    }
}

/// How many different values there are, if all are whole numbers and few.
fn label_count(data: &[f32]) -> Option<usize> {
    let mut labels = BTreeSet::new();
    for value in data {
        if value.fract() != 0.0 {
            return None;
        }
        // Whole floats beyond the range of i64 saturate: still a label, if ever.
        labels.insert(*value as i64);
        if labels.len() > MOST_LABELS {
            return None;
        }
    }
    Some(labels.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Affine;

    fn volume(data: Vec<f32>) -> Volume {
        Volume::new([data.len(), 1, 1], data, Affine::IDENTITY)
    }

    #[test]
    fn each_kind_of_wrong_value_has_its_error() {
        type Expected = fn(&PrepareError) -> bool;
        let cases: [(Vec<f32>, Expected); 7] = [
            (vec![], |error| matches!(error, PrepareError::Damaged { .. })),
            (vec![0.5, f32::NAN, f32::INFINITY], |error| matches!(error, PrepareError::NotFinite { count: 2, .. })),
            (vec![0.3; 8], |error| matches!(error, PrepareError::Constant { .. })),
            (vec![0.0, 1.0, 1.0], |error| matches!(error, PrepareError::LabelMap { count: 2, .. })),
            (vec![0.0, 207.0, 4.0], |error| matches!(error, PrepareError::LabelMap { count: 3, .. })),
            (vec![0.0, 812.5, 4.0], |error| matches!(error, PrepareError::TooHigh { .. })),
            (vec![-0.4, 0.9, 0.2], |error| matches!(error, PrepareError::LikeScan { .. })),
        ];
        for (data, expected) in cases {
            let error = check("map.nii", &volume(data.clone())).unwrap_err();
            assert!(expected(&error), "{data:?} gave {error}");
            assert!(error.to_string().starts_with("map.nii: "));
        }
        for good in [[-0.005, 0.4, 1.04], [0.0, 0.4, 1.7]] {
            assert_eq!(check("map.nii", &volume(good.to_vec())), Ok(()));
        }
        let mut one_below = vec![0.25; 5000];
        (one_below[7], one_below[8]) = (-0.4, 0.9);
        let error = check("map.nii", &volume(one_below)).unwrap_err();
        assert!(matches!(error, PrepareError::Negative { .. }), "{error}");
    }
}
