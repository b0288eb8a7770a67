//! Where a change lies: in the phantom's regions, where nothing ever changes, in the decoy, on the scanner's pattern.

use crate::cohort::phantom::{decoy_shares, region_shares};
use serde::{Deserialize, Serialize};
use shared::explain::{masked, mean_absolute_in_mask};
use shared::volume::Grid;

/// How much of a change lies where. Regions exist on brains only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// Mean |change|.
    pub mean_absolute: f64,
    /// Sums of |change| over what never changes and over the decoy, divided by the voxels of the mask: parts of the mean.
    pub unchanging: Option<f64>,
    pub decoy: Option<f64>,
    /// Grey matter gained in each region, ml; negative where it is lost.
    pub regions_ml: Vec<f64>,
}

/// The phantom's places on the models' grid, as shares of each voxel.
pub struct Places {
    /// Of the regions.
    pub names: Vec<String>,
    regions: Vec<Vec<f32>>,
    unchanging: Vec<f32>,
    decoy: Vec<f32>,
    voxel_ml: f64,
}

impl Places {
    pub fn new(grid: &Grid) -> Self {
        let found = region_shares(grid);
        let mut unchanging = vec![0.0f32; grid.voxel_count()];
        for (shares, _) in found.shares.iter().zip(&found.never_changes).filter(|(_, never)| **never) {
            unchanging.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
        }
        Places {
            names: found.names.iter().map(|name| (*name).to_owned()).collect(),
            regions: found.shares,
            unchanging,
            decoy: decoy_shares(grid),
            voxel_ml: grid.mni_from_voxel.determinant().abs() / 1e3,
        }
    }
}

impl Sizes {
    /// Of a change in grey-matter density, x fastest, inside the mask.
    pub fn of(change: &[f32], mask: &[bool], places: Option<&Places>) -> Self {
        let weighed =
            |shares: &[f32]| -> Vec<f32> { change.iter().zip(shares).map(|(change, share)| change * share).collect() };
        let part = |shares: &[f32]| mean_absolute_in_mask(&weighed(shares), mask).unwrap_or(0.0);
        let sum = |shares: &[f32]| masked(&weighed(shares), mask).sum::<f64>();
        Sizes {
            mean_absolute: mean_absolute_in_mask(change, mask).unwrap_or(0.0),
            unchanging: places.map(|places| part(&places.unchanging)),
            decoy: places.map(|places| part(&places.decoy)),
            regions_ml: places.map_or_else(Vec::new, |places| {
                places.regions.iter().map(|shares| sum(shares) * places.voxel_ml).collect()
            }),
        }
    }
}

/// Least squares d ≈ a·δ_age + b·δ_site, and of what both explain the part that follows the site:
/// |b|‖δ_site‖₁ / (|a|‖δ_age‖₁ + |b|‖δ_site‖₁). `None` where the two cannot be told apart or nothing is explained.
pub fn site_share(map: &[f32], age: &[f32], site: &[f32], mask: &[bool]) -> Option<f64> {
    let dot = |a: &[f32], b: &[f32]| masked(a, mask).zip(masked(b, mask)).map(|(a, b)| a * b).sum::<f64>();
    let (age_age, site_site, age_site) = (dot(age, age), dot(site, site), dot(age, site));
    let determinant = age_age * site_site - age_site * age_site;
    if determinant <= 1e-9 * age_age * site_site {
        return None;
    }
    let (map_age, map_site) = (dot(map, age), dot(map, site));
    let of_age = (map_age * site_site - map_site * age_site) / determinant;
    let of_site = (map_site * age_age - map_age * age_site) / determinant;
    let size = |map: &[f32]| masked(map, mask).map(f64::abs).sum::<f64>();
    let (by_age, by_site) = (of_age.abs() * size(age), of_site.abs() * size(site));
    (by_age + by_site > 0.0).then(|| by_site / (by_age + by_site))
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::volume::Affine;

    #[test]
    fn the_part_of_the_site_is_found() {
        let mask = [true, true, true, true, false];
        let (age, site): ([f32; 5], [f32; 5]) = ([1.0, 1.0, 0.0, 1.0, 9.0], [0.0, 2.0, 2.0, 0.0, 9.0]);
        let mix = |a: f32, b: f32| -> Vec<f32> { age.iter().zip(&site).map(|(x, y)| a * x + b * y).collect() };
        let share = |map: &[f32]| site_share(map, &age, &site, &mask);
        // ‖δ_age‖₁ = 3, ‖δ_site‖₁ = 4: 0.5 · 4 of 1 · 3 + 0.5 · 4.
        assert!(share(&mix(1.0, -0.5)).is_some_and(|share| (share - 0.4).abs() < 1e-6));
        assert!(share(&mix(2.0, 0.0)).is_some_and(|share| share.abs() < 1e-6));
        assert_eq!(share(&[0.0; 5]), None);
        assert_eq!(site_share(&age, &age, &age, &mask), None);
        assert_eq!(site_share(&age, &[0.0; 5], &site, &mask), None);
    }

    /// A change of −0.1 everywhere on voxels of 8 mm, 0.512 ml each.
    #[test]
    fn an_even_change_is_shared_out_as_the_places_are() {
        let mni_from_voxel = Affine::from_spacing_origin([8.0; 3], [-94.0, -130.0, -74.0]);
        let grid = Grid { shape: [24, 28, 22], mni_from_voxel };
        let places = Places::new(&grid);
        let count = grid.voxel_count();
        let sizes = Sizes::of(&vec![-0.1; count], &vec![true; count], Some(&places));
        assert!((sizes.mean_absolute - 0.1).abs() < 1e-6);
        assert_eq!(sizes.regions_ml.len(), places.names.len());
        let cerebellum = places.names.iter().position(|name| name == "cerebellum").unwrap();
        // The mean over the mask of |change| × share, and the sum of change × share in ml, speak of the same voxels.
        let ml = sizes.unchanging.unwrap() * count as f64 * 0.512;
        assert!(ml > 1.0 && (ml + sizes.regions_ml[cerebellum]).abs() < 1e-3 * ml, "{ml}");
        assert!(sizes.decoy.is_some_and(|decoy| decoy > 0.0 && decoy < 0.01));
        let without = Sizes::of(&[0.5, -0.3], &[true, true], None);
        assert!(without.unchanging.is_none() && without.regions_ml.is_empty());
    }
}
