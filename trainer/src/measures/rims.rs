//! Voxels where old people seem to have *more* grey matter: mostly rims of wide ventricles and lesions, segmented as
//! grey matter by mistake. The report says how much of each map lies there.

use crate::measures::measured::Measured;
use crate::measures::per_direction::PerDirection;
use crate::measures::per_direction::age_sign;
use serde::Serialize;

/// Difference old − young, grey-matter density, above which a voxel counts as one that gains with age.
const LEAST_GAIN: f32 = 0.05;

/// Voxels whose plain group difference old − young exceeds +0.05, and the change in the maps there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GainsWithAge {
    pub voxels: usize,
    /// Share of the mask.
    pub share_of_mask: f64,
    /// Mean old − young there, grey-matter density; slightly too large, since the voxels were selected for being large.
    pub group_difference: f64,
    /// Part of all gain of the plain group difference that lies there.
    pub group_share_of_gain: Option<f64>,
    /// Mean of the mean difference map there, grey-matter density.
    pub change: PerDirection<Option<f64>>,
    /// Part of all gain of a map that lies there (young → old); of all loss for old → young, where loss is expected.
    pub share: PerDirection<Option<f64>>,
}

/// `None` if a group is missing or the mask is empty.
pub fn gains_with_age(measured: &Measured) -> Option<GainsWithAge> {
    let plain = measured.group_difference()?.data;
    let brain = measured.mask.iter().filter(|&&inside| inside).count();
    let gains: Vec<bool> =
        plain.iter().zip(&measured.mask).map(|(&value, &inside)| inside && value > LEAST_GAIN).collect();
    let voxels = gains.iter().filter(|&&gain| gain).count();
    let map = |direction| measured.maps(direction).map(|means| means.maps.difference.data.as_slice());
    (brain > 0).then(|| GainsWithAge {
        voxels,
        share_of_mask: voxels as f64 / brain as f64,
        group_difference: mean_where(&plain, &gains).unwrap_or(0.0),
        group_share_of_gain: share_of_positive(&plain, 1.0, &gains, &measured.mask),
        change: PerDirection::from_fn(|direction| mean_where(map(direction)?, &gains)),
        share: PerDirection::from_fn(|direction| {
            share_of_positive(map(direction)?, age_sign(direction), &gains, &measured.mask)
        }),
    })
}

fn mean_where(map: &[f32], chosen: &[bool]) -> Option<f64> {
    let values = || map.iter().zip(chosen).filter(|(_, chosen)| **chosen).map(|(&value, _)| f64::from(value));
    let count = values().count();
    (count > 0).then(|| values().sum::<f64>() / count as f64)
}

/// Sum of the positive values of `sign · map` in `part`, over that in `mask`; `None` where nothing is positive.
fn share_of_positive(map: &[f32], sign: f32, part: &[bool], mask: &[bool]) -> Option<f64> {
    let sum = |chosen: &[bool]| -> f64 {
        let values = map.iter().zip(chosen).filter(|(_, chosen)| **chosen);
        values.map(|(&value, _)| f64::from((sign * value).max(0.0))).sum()
    };
    let all = sum(mask);
    (all > 0.0).then(|| sum(part) / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_means_by_hand() {
        let mask = [true, true, true, true, false];
        let part = [true, true, false, false, false];
        let map = [0.3, -0.1, 0.1, -0.4, 9.0];
        assert!(mean_where(&map, &part).is_some_and(|mean| (mean - 0.1).abs() < 1e-7));
        assert!(share_of_positive(&map, 1.0, &part, &mask).is_some_and(|share| (share - 0.75).abs() < 1e-6));
        assert!(share_of_positive(&map, -1.0, &part, &mask).is_some_and(|share| (share - 0.2).abs() < 1e-6));
        assert_eq!(share_of_positive(&[-1.0; 5], 1.0, &part, &mask), None);
        assert_eq!(mean_where(&map, &[false; 5]), None);
    }
}
