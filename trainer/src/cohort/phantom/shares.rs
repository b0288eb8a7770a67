//! The phantom's regions on the grid of a model: for measuring where a map shows change.

use rayon::prelude::*;
use shared::volume::Grid;

use crate::cohort::phantom::regions::{self, COUNT, REGIONS};

/// Least weight of a voxel in a region that never changes: the borders are soft, and what lies on them does change.
const LEAST_UNCHANGING_WEIGHT: f32 = 0.95;

/// How much each voxel of a grid belongs to each region of the brain phantom.
pub struct RegionShares {
    /// By region: its name.
    pub names: Vec<&'static str>,
    /// By region: nothing ever changes there.
    pub never_changes: Vec<bool>,
    /// `[region][voxel]`, x fastest, 0 to 1; a voxel's shares add up to 1 or less. Regions that never change have only
    /// voxels that belong to them by at least 95 %.
    pub shares: Vec<Vec<f32>>,
}

/// The regions on any grid in MNI mm.
pub fn region_shares(grid: &Grid) -> RegionShares {
    let weights: Vec<[f32; COUNT]> = at_each_voxel(grid, regions::weights);
    let shares_of = |region: usize| -> Vec<f32> {
        let least = if REGIONS[region].never_changes { LEAST_UNCHANGING_WEIGHT } else { 0.0 };
        weights.iter().map(|weights| if weights[region] < least { 0.0 } else { weights[region] }).collect()
    };
    RegionShares {
        names: REGIONS.iter().map(|region| region.name).collect(),
        never_changes: REGIONS.iter().map(|region| region.never_changes).collect(),
        shares: (0..COUNT).map(shares_of).collect(),
    }
}

/// How much each voxel of a grid in MNI mm belongs to the decoy (0 to 1, x fastest): people differ there at any age.
/// The decoy lies within the regions and ages as they do.
pub fn decoy_shares(grid: &Grid) -> Vec<f32> {
    at_each_voxel(grid, regions::decoy_weight)
}

/// A function of the place (MNI mm) at each voxel, x fastest.
fn at_each_voxel<T: Send>(grid: &Grid, value_at: impl Fn([f64; 3]) -> T + Sync) -> Vec<T> {
    let [nx, ny, _] = grid.shape;
    (0..grid.voxel_count())
        .into_par_iter()
        .map(|index| {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|i| i as f64);
            value_at(grid.mni_from_voxel.apply(voxel))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::volume::Affine;

    /// Voxels of 8 mm that are not those of the phantom itself.
    fn coarse_grid() -> Grid {
        let mni_from_voxel = Affine::from_spacing_origin([8.0; 3], [-94.0, -130.0, -74.0]);
        Grid { shape: [24, 28, 22], mni_from_voxel }
    }

    #[test]
    fn shares_cover_the_grid_and_leave_out_the_borders_of_what_never_changes() {
        let grid = coarse_grid();
        let found = region_shares(&grid);
        assert_eq!((found.names.len(), found.shares.len()), (COUNT, COUNT));
        let unchanging: Vec<&str> =
            found.names.iter().zip(&found.never_changes).filter_map(|(name, never)| never.then_some(*name)).collect();
        assert_eq!(unchanging, ["cerebellum"]);
        let mut whole = 0;
        for voxel in 0..grid.voxel_count() {
            let total: f32 = found.shares.iter().map(|shares| shares[voxel]).sum();
            assert!((0.0..=1.0 + 1e-5).contains(&total), "{total}");
            whole += usize::from(total > 0.99);
            let cerebellum = found.shares[COUNT - 1][voxel];
            assert!(cerebellum == 0.0 || cerebellum >= LEAST_UNCHANGING_WEIGHT);
        }
        assert!(2 * whole > grid.voxel_count(), "most voxels are shared out completely: {whole}");
        assert!(found.shares[COUNT - 1].iter().any(|&share| share > 0.99));
    }

    #[test]
    fn the_decoy_is_small_and_lies_in_the_left_temporal_pole() {
        let grid = coarse_grid();
        let decoy = decoy_shares(&grid);
        let [nx, ny, _] = grid.shape;
        // The voxel next to (-42, 12, -28) mm.
        let (x, y, z) = (7, 18, 6);
        assert!(decoy[x + nx * (y + ny * z)] > 0.9);
        assert!(decoy.iter().sum::<f32>() < 0.01 * grid.voxel_count() as f32);
        assert!(decoy[(nx - 1 - x) + nx * (y + ny * z)] < 0.01, "right half");
    }
}
