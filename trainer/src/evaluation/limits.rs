//! Limitations of the maps, in plain words, with the numbers for these people if there are any.

use crate::measures::rims::GainsWithAge;
use shared::volume::Grid;

/// Limits that follow from the grid and from the data.
pub fn in_words(phantom: bool, grid: &Grid, gains: Option<&GainsWithAge>) -> Vec<String> {
    /// A grid lower than this misses much of the brain.
    const WHOLE_BRAIN_MM: f64 = 100.0;
    let height_mm = |z: usize| grid.mni_from_voxel.apply([0.0, 0.0, z as f64])[2];
    let (low, high) = (height_mm(0), height_mm(grid.shape[2].saturating_sub(1)));
    let mut limits = Vec::new();
    if high - low < WHOLE_BRAIN_MM {
        limits.push(format!(
            "Only the slices z = {low:.0} to {high:.0} mm were seen: the model says nothing about the rest of the brain."
        ));
    }
    if phantom {
        limits.push(
            "Synthetic subjects age by the rule that made them: this tests the method and says nothing about people."
                .into(),
        );
    } else {
        limits.push(
            "Whatever differs between the groups appears as change, including labelling, registration and scanner. In maps made \
             from three-class labels the rims of wide ventricles count as grey matter, so a gain beside the ventricles of old \
             people does not mean growth."
                .into(),
        );
        limits.extend(gains.map(gains_in_words));
    }
    limits
}

/// Change in the maps where the old seem to have more grey matter.
fn gains_in_words(gains: &GainsWithAge) -> String {
    if gains.voxels == 0 {
        return "In no voxel do the old people evaluated here have more grey matter than the young by over 0.05 in density: no such rim \
                shows.".into();
    }
    let signed = |value: Option<f64>| {
        value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:+.3}").replace('-', "−"))
    };
    let percent = |value: Option<f64>| {
        value.map_or_else(|| "no defined part".to_owned(), |value| format!("{:.0}%", value * 100.0))
    };
    format!(
        "In {} of the brain’s voxels ({}) the old people evaluated here have more grey matter than the young, by over 0.05 in density \
         ({} on average); most of these voxels are such rims. The model draws these gains too: its mean change there is {} young → old \
         and {} old → young. These voxels hold {} of all gain in the plain group difference, {} of all gain drawn young → old, and {} of \
         all loss drawn old → young.",
        gains.voxels,
        percent(Some(gains.share_of_mask)),
        signed(Some(gains.group_difference)),
        signed(gains.change.young_to_old),
        signed(gains.change.old_to_young),
        percent(gains.group_share_of_gain),
        percent(gains.share.young_to_old),
        percent(gains.share.old_to_young),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::per_direction::PerDirection;
    use shared::volume::Affine;

    #[test]
    fn rims_are_told_with_their_numbers_for_people_only() {
        let slab = Grid { shape: [4, 4, 10], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [0.0, 0.0, 4.0]) };
        let gains = GainsWithAge {
            voxels: 812,
            share_of_mask: 0.031,
            group_difference: 0.094,
            group_share_of_gain: Some(0.83),
            change: PerDirection { young_to_old: Some(0.05), old_to_young: Some(-0.061) },
            share: PerDirection { young_to_old: Some(0.7), old_to_young: None },
        };
        let people = in_words(false, &slab, Some(&gains)).join("\n");
        for expected in ["z = 4 to 22 mm", "812", "+0.094", "−0.061", "83%", "no defined part"] {
            assert!(people.contains(expected), "{expected}: {people}");
        }
        assert!(!in_words(true, &slab, Some(&gains)).join("\n").contains("812"));
        assert!(gains_in_words(&GainsWithAge { voxels: 0, ..gains }).contains("no such rim"));
    }
}
