//! Maps region by region: the voxels of each region of the atlas on a model's grid, and what one subject's maps hold
//! there. Page and report count with this one piece of code.

use super::{Atlas, Region};
use crate::volume::Grid;
use serde::Serialize;
use std::collections::BTreeMap;

/// Grey matter of other people than the one of the atlas lies beside its regions too: so far it counts to the nearest.
/// On the ICBM152 template, 93 % of the grey matter then has a region, 85 % without.
const REACH_MM: f64 = 3.0;
/// A region with fewer voxels of the grid inside the mask is left out: its mean would be a matter of chance.
const FEWEST_VOXELS: usize = 20;
/// Below this mean density (0..1) a change in % of it says nothing.
const LEAST_DENSITY: f64 = 0.05;

/// The regions of an atlas on the grid of a model, inside its mask.
#[derive(Clone, Debug)]
pub struct RegionLabels {
    /// By ascending label.
    pub parts: Vec<RegionPart>,
    /// Volume of a voxel of the grid.
    pub voxel_ml: f64,
}

/// What grid and mask hold of one region.
#[derive(Clone, Debug)]
pub struct RegionPart {
    pub region: Region,
    /// Indices of its voxels in the data of a volume, ascending.
    pub voxels: Vec<usize>,
    /// 0..1, of the region in the atlas.
    pub part_of_region: f64,
}

/// Sums over the voxels of one region in one subject, in units of grey-matter density (0..1 a voxel).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RegionSum {
    pub original: f64,
    /// Of translated − original.
    pub difference: f64,
}

impl RegionSum {
    /// Mean change of density over the region's voxels, and the same in % of the region's own grey matter; the latter
    /// `None` where there is hardly any.
    pub fn change(&self, voxels: usize) -> (f64, Option<f64>) {
        let voxels = voxels as f64;
        let mean = self.difference / voxels;
        (mean, percent_of_density(mean, self.original / voxels))
    }
}

/// Change of one subject in one region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegionDifference {
    pub region: Region,
    /// Voxels of the model's grid inside its mask, and their volume.
    pub voxels: usize,
    pub volume_ml: f64,
    /// How much of the region the grid and mask hold, 0..1: the rest of the row speaks of that part only.
    pub part_of_region: f64,
    /// Mean of translated − original, in density (−1..1).
    pub mean: f64,
    /// The same in % of the original's grey matter there; `None` where there is hardly any.
    pub percent: Option<f64>,
}

impl RegionLabels {
    /// Finds the voxels of each region: those whose centre it holds, and for cortex those without a region up to 3 mm
    /// from it ([`Atlas::on_grid`]). Regions of fewer than 20 voxels are left out; all are where the mask does not fit
    /// the grid.
    pub fn new(atlas: &Atlas, grid: &Grid, mask: &[bool]) -> Self {
        let mut voxels: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        if mask.len() == grid.voxel_count() {
            for (index, label) in atlas.on_grid(grid, REACH_MM).into_iter().enumerate() {
                if label > 0 && mask[index] {
                    voxels.entry(label).or_default().push(index);
                }
            }
        }
        let whole = atlas.regions().iter().zip(atlas.parts_inside(grid, mask));
        let part = |(region, part_of_region): (&Region, f64)| {
            let voxels = voxels.remove(&region.label).filter(|voxels| voxels.len() >= FEWEST_VOXELS)?;
            Some(RegionPart { region: region.clone(), voxels, part_of_region })
        };
        RegionLabels {
            parts: whole.filter_map(part).collect(),
            voxel_ml: grid.mni_from_voxel.determinant().abs() / 1e3,
        }
    }

    /// The region that holds a voxel, given by its place in the data of a volume.
    pub fn part_at(&self, voxel: usize) -> Option<&RegionPart> {
        self.parts.iter().find(|part| part.voxels.binary_search(&voxel).is_ok())
    }

    /// Sums of one subject over each region, in the order of the regions. Both maps lie on the grid.
    pub fn sums(&self, original: &[f32], difference: &[f32]) -> Vec<RegionSum> {
        let sum = |voxels: &[usize], map: &[f32]| -> f64 {
            voxels.iter().filter_map(|&voxel| map.get(voxel)).map(|&value| f64::from(value)).sum()
        };
        let of = |part: &RegionPart| RegionSum {
            original: sum(&part.voxels, original),
            difference: sum(&part.voxels, difference),
        };
        self.parts.iter().map(of).collect()
    }

    /// One subject's change in each region, in the order of the regions. Both maps lie on the grid; `difference` is
    /// translated − original.
    pub fn differences(&self, original: &[f32], difference: &[f32]) -> Vec<RegionDifference> {
        let row = |(part, sum): (&RegionPart, RegionSum)| {
            let voxels = part.voxels.len();
            let (mean, percent) = sum.change(voxels);
            RegionDifference {
                region: part.region.clone(),
                voxels,
                volume_ml: voxels as f64 * self.voxel_ml,
                part_of_region: part.part_of_region,
                mean,
                percent,
            }
        };
        self.parts.iter().zip(self.sums(original, difference)).map(row).collect()
    }
}

/// A change in % of a mean grey-matter density (0..1); `None` where there is hardly any.
pub fn percent_of_density(change: f64, density: f64) -> Option<f64> {
    (density >= LEAST_DENSITY).then(|| 100.0 * change / density)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{Hemisphere, Lobe};
    use crate::volume::Affine;
    use std::path::Path;

    fn part(name: &str, voxels: &[usize]) -> RegionPart {
        let (name, readable) = (name.to_owned(), name.to_lowercase());
        let region = Region { label: 1, name, readable, lobe: Lobe::Frontal, hemisphere: Hemisphere::Left };
        RegionPart { region, voxels: voxels.to_vec(), part_of_region: 0.5 }
    }

    fn shipped_atlas() -> Atlas {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/atlas");
        let [nifti, table] = Atlas::FILES.map(|name| std::fs::read(folder.join(name)).unwrap());
        Atlas::from_bytes(&nifti, &String::from_utf8(table).unwrap()).unwrap()
    }

    #[test]
    fn sums_cover_the_voxels_of_a_region_only() {
        let labels =
            RegionLabels { parts: vec![part("A", &[0, 1]), part("B", &[2, 3]), part("C", &[5, 6])], voxel_ml: 0.008 };
        let sums = labels.sums(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0], &[-1.0, -2.0, -4.0, -8.0, -16.0, -32.0, -64.0]);
        let sum = |original: f64| RegionSum { original, difference: -original };
        assert_eq!(sums, [sum(3.0), sum(12.0), sum(96.0)]);
    }

    #[test]
    fn the_regions_of_one_subject_worked_out_by_hand() {
        let labels = RegionLabels { parts: vec![part("A", &[0, 1]), part("B", &[2, 3])], voxel_ml: 0.008 };
        let rows = labels.differences(&[0.75, 0.25, 0.03125, 0.0], &[-0.125, 0.0, 0.0, 0.25]);
        let [a, b] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((a.region.name.as_str(), a.voxels, a.volume_ml, a.part_of_region), ("A", 2, 0.016, 0.5));
        // A: −0.125 over two voxels of 0.5 on average. B: hardly any grey matter.
        assert_eq!((a.mean, a.percent), (-0.0625, Some(-12.5)));
        assert_eq!((b.mean, b.percent), (0.125, None));
    }

    #[test]
    fn the_shipped_atlas_on_a_slab() {
        let mni_from_voxel = Affine::from_spacing_origin([2.0; 3], [-90.0, -126.0, 4.0]);
        let (atlas, grid) = (shipped_atlas(), Grid { shape: [91, 109, 10], mni_from_voxel });
        let labels = RegionLabels::new(&atlas, &grid, &vec![true; grid.voxel_count()]);
        let found = |name: &str| labels.parts.iter().find(|part| part.region.name == name);
        // Counted apart from this program: of cortex also the fringe of 3 mm, of nuclei not.
        for (name, voxels, part_of_region) in [("Insula_L", 1359, 0.5255), ("Caudate_L", 584, 0.6200)] {
            let part = found(name).unwrap();
            assert_eq!(part.voxels.len(), voxels, "{name}");
            assert!((part.part_of_region - part_of_region).abs() < 1e-3, "{name}: {}", part.part_of_region);
        }
        assert!((labels.voxel_ml - 0.008).abs() < 1e-9);
        assert!(found("Vermis_10").is_none());
        assert!(found("Angular_R").is_none(), "17 voxels are too few");
        assert_eq!(labels.parts.len(), 54);
        assert!(RegionLabels::new(&atlas, &grid, &[true]).parts.is_empty(), "a mask that does not fit");
        assert!(RegionLabels::new(&atlas, &grid, &vec![false; grid.voxel_count()]).parts.is_empty());
    }
}
