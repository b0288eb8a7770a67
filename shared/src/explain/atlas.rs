//! Names for places: an atlas of labelled brain regions in MNI152 space.
//!
//! The files are those of `static/atlas/` (AAL, Tzourio-Mazoyer et al. 2002, doi:10.1006/nimg.2001.0978); their origin
//! and licences stand in the NOTICE.md there, and tools/atlas.py makes them.

use super::error::{AtlasError, AtlasFault};
use crate::volume::{Affine, Grid, read_nifti};
use serde::{Deserialize, Serialize};

/// Names the set of atlas files; changes whenever one of them does (a test compares their hashes).
pub const ATLAS_VERSION: &str = "aal-2002-1";

/// The farthest that [`Atlas::on_grid`] looks for a label: beyond that no name would mean anything.
const FARTHEST_REACH_MM: f64 = 10.0;

/// Part of the brain that a region belongs to, as the Desikan-Killiany atlas groups the cortex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lobe {
    #[serde(rename = "frontal")]
    Frontal,
    #[serde(rename = "parietal")]
    Parietal,
    #[serde(rename = "temporal")]
    Temporal,
    #[serde(rename = "occipital")]
    Occipital,
    #[serde(rename = "insula")]
    Insula,
    #[serde(rename = "cingulate")]
    Cingulate,
    /// Hippocampus, parahippocampal gyrus and amygdala.
    #[serde(rename = "medial temporal")]
    MedialTemporal,
    /// Caudate nucleus, putamen, pallidum and thalamus.
    #[serde(rename = "deep grey matter")]
    DeepGreyMatter,
    #[serde(rename = "cerebellum")]
    Cerebellum,
}

impl Lobe {
    /// All lobes, in the order of tables.
    pub const ALL: [Lobe; 9] = [
        Lobe::Frontal,
        Lobe::Parietal,
        Lobe::Temporal,
        Lobe::Occipital,
        Lobe::Insula,
        Lobe::Cingulate,
        Lobe::MedialTemporal,
        Lobe::DeepGreyMatter,
        Lobe::Cerebellum,
    ];

    /// The word for it, as in the atlas's table and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Lobe::Frontal => "frontal",
            Lobe::Parietal => "parietal",
            Lobe::Temporal => "temporal",
            Lobe::Occipital => "occipital",
            Lobe::Insula => "insula",
            Lobe::Cingulate => "cingulate",
            Lobe::MedialTemporal => "medial temporal",
            Lobe::DeepGreyMatter => "deep grey matter",
            Lobe::Cerebellum => "cerebellum",
        }
    }

    /// Whether its regions lie at the ventricles, whose rims must not be taken for them.
    fn borders_ventricles(self) -> bool {
        matches!(self, Lobe::MedialTemporal | Lobe::DeepGreyMatter)
    }
}

/// Side of the brain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hemisphere {
    Left,
    Right,
    /// The vermis of the cerebellum, which lies across.
    Midline,
}

impl Hemisphere {
    /// Both sides and the middle.
    pub const ALL: [Hemisphere; 3] = [Hemisphere::Left, Hemisphere::Right, Hemisphere::Midline];

    /// The word for it, as in the atlas's table and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Hemisphere::Left => "left",
            Hemisphere::Right => "right",
            Hemisphere::Midline => "midline",
        }
    }
}

/// One region of an atlas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Value of its voxels, from 1 on.
    pub label: u16,
    /// The atlas's own name, such as `Frontal_Sup_L`.
    pub name: String,
    /// The name in words, such as "Superior frontal gyrus, left".
    pub readable: String,
    pub lobe: Lobe,
    pub hemisphere: Hemisphere,
}

/// Labelled regions in MNI152 space.
#[derive(Clone, Debug)]
pub struct Atlas {
    regions: Vec<Region>,
    shape: [usize; 3],
    mni_from_voxel: Affine,
    voxel_from_mni: Affine,
    /// Label of each voxel, 0 outside all regions; x runs fastest, then y, then z.
    labels: Vec<u16>,
}

/// A step to another voxel, in voxels along x, y, z.
type Step = [isize; 3];

impl Atlas {
    /// File names below `static/atlas/`, in the order that [`Atlas::from_bytes`] takes their contents.
    pub const FILES: [&str; 2] = ["aal_2mm.nii.gz", "aal.tsv"];

    /// Reads a volume of labels (NIfTI, MNI152 millimetres) and its table of regions: tab-separated, with the columns
    /// label, name, readable, lobe, hemisphere under a line of headings.
    ///
    /// # Errors
    /// [`AtlasError`] where one cannot be read or the two do not fit together.
    pub fn from_bytes(nifti: &[u8], table: &str) -> Result<Self, AtlasError> {
        let damaged = |reason: AtlasFault| AtlasError { reason };
        let [name, table_name] = Self::FILES;
        let volume = read_nifti(name, nifti, None).and_then(|image| image.into_volume());
        let volume = volume.map_err(|error| damaged(error.into()))?;
        let regions = read_table(table_name, table).map_err(damaged)?;
        let voxel_from_mni = volume.world_from_voxel.inverse().ok_or_else(|| damaged(AtlasFault::Affine { name }))?;
        let mut labels = Vec::with_capacity(volume.data.len());
        for &value in &volume.data {
            let label = value as u16;
            let known = label == 0 || regions.iter().any(|region| region.label == label);
            if f32::from(label) != value || !known {
                return Err(damaged(AtlasFault::Label { name, value }));
            }
            labels.push(label);
        }
        Ok(Atlas { regions, shape: volume.shape, mni_from_voxel: volume.world_from_voxel, voxel_from_mni, labels })
    }

    /// All regions, by ascending label.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The region at a place in MNI152 millimetres: that of the nearest voxel. `None` outside all regions.
    pub fn at(&self, mni_mm: [f64; 3]) -> Option<&Region> {
        let label = self.labels[nearest_index(self.shape, self.voxel_from_mni.apply(mni_mm))?];
        self.regions.iter().find(|region| region.label == label)
    }

    /// Label of each voxel of a grid, by the place of its centre; 0 where there is none.
    ///
    /// The atlas follows the cortex of one brain, and grey matter of other people lies beside it too. A voxel without a
    /// label therefore takes the nearest one within `reach_mm` (0: none; at most 10), counted between centres of the
    /// atlas's voxels; of several at one distance the one farthest to the left, then to the back, then below. It stays
    /// without one where the nearest is of the deep grey matter or the medial temporal lobe: these border on ventricles
    /// and white matter, not on cortex.
    pub fn on_grid(&self, grid: &Grid, reach_mm: f64) -> Vec<u16> {
        let steps = self.steps_within(reach_mm);
        let atlas_from_grid = self.voxel_from_mni.compose(&grid.mni_from_voxel);
        places(grid.shape)
            .map(|place| match nearest_index(self.shape, atlas_from_grid.apply(place)) {
                Some(index) if self.labels[index] == 0 => self.nearest_label(index, &steps),
                Some(index) => self.labels[index],
                None => 0,
            })
            .collect()
    }

    /// How much of each region lies in the voxels of a grid that a mask marks, 0..1, in the order of
    /// [`Atlas::regions`]: a slab cuts regions, and what is said of them then holds for that part only.
    ///
    /// `mask` has one entry a voxel of the grid; voxels it does not have count as outside.
    pub fn parts_inside(&self, grid: &Grid, mask: &[bool]) -> Vec<f64> {
        let mut inside = vec![0_usize; self.regions.len()];
        let mut all = vec![0_usize; self.regions.len()];
        if let Some(grid_from_mni) = grid.mni_from_voxel.inverse() {
            let grid_from_atlas = grid_from_mni.compose(&self.mni_from_voxel);
            for (place, &label) in places(self.shape).zip(&self.labels) {
                let Some(region) = self.position(label) else { continue };
                all[region] += 1;
                let index = nearest_index(grid.shape, grid_from_atlas.apply(place));
                inside[region] += usize::from(index.and_then(|index| mask.get(index)).is_some_and(|&marked| marked));
            }
        }
        inside.iter().zip(all).map(|(&inside, all)| inside as f64 / all.max(1) as f64).collect()
    }

    /// Place of a label in [`Atlas::regions`].
    fn position(&self, label: u16) -> Option<usize> {
        self.regions.binary_search_by_key(&label, |region| region.label).ok()
    }

    /// All steps of at most this many millimetres but the one that stays, the shortest first.
    fn steps_within(&self, reach_mm: f64) -> Vec<Step> {
        let spacing_mm = self.mni_from_voxel.spacing_mm();
        let reach_mm = reach_mm.clamp(0.0, FARTHEST_REACH_MM);
        let most = spacing_mm.map(|spacing| (reach_mm / spacing).floor() as isize);
        let mut steps: Vec<(f64, Step)> = Vec::new();
        for x in -most[0]..=most[0] {
            for y in -most[1]..=most[1] {
                for z in -most[2]..=most[2] {
                    let length =
                        (x as f64 * spacing_mm[0]).hypot(y as f64 * spacing_mm[1]).hypot(z as f64 * spacing_mm[2]);
                    if length > 0.0 && length <= reach_mm {
                        steps.push((length, [x, y, z]));
                    }
                }
            }
        }
        steps.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        steps.into_iter().map(|(_, step)| step).collect()
    }

    /// The first label that one of the steps from a voxel leads to; 0 where none does.
    fn nearest_label(&self, index: usize, steps: &[Step]) -> u16 {
        let [width, height, _] = self.shape;
        let place = [index % width, index / width % height, index / (width * height)];
        let label_at = |step: &Step| {
            let mut to = [0_usize; 3];
            for axis in 0..3 {
                to[axis] = place[axis].checked_add_signed(step[axis])?;
                if to[axis] >= self.shape[axis] {
                    return None;
                }
            }
            let label = self.labels[(to[2] * height + to[1]) * width + to[0]];
            (label != 0).then_some(label)
        };
        let grows = |&label: &u16| {
            self.position(label).is_some_and(|position| !self.regions[position].lobe.borders_ventricles())
        };
        steps.iter().find_map(label_at).filter(grows).unwrap_or(0)
    }
}

/// Index of the voxel whose centre is nearest to a place given in voxels; `None` outside.
fn nearest_index(shape: [usize; 3], voxel: [f64; 3]) -> Option<usize> {
    let mut place = [0_usize; 3];
    for axis in 0..3 {
        let rounded = voxel[axis].round();
        // Also sends a NaN away.
        if !(0.0..shape[axis] as f64).contains(&rounded) {
            return None;
        }
        place[axis] = rounded as usize;
    }
    Some((place[2] * shape[1] + place[1]) * shape[0] + place[0])
}

/// Indices along x, y, z of each voxel, in the order of the data.
fn places(shape: [usize; 3]) -> impl Iterator<Item = [f64; 3]> {
    let [width, height, depth] = shape;
    (0..depth).flat_map(move |z| (0..height).flat_map(move |y| (0..width).map(move |x| [x as f64, y as f64, z as f64])))
}

/// The regions of a table, by ascending label; or what is wrong with it.
fn read_table(name: &'static str, table: &str) -> Result<Vec<Region>, AtlasFault> {
    let mut lines = table.lines();
    if lines.next() != Some("label\tname\treadable\tlobe\themisphere") {
        return Err(AtlasFault::Columns { name });
    }
    let mut regions = Vec::new();
    for line in lines {
        regions.push(read_region(line).ok_or_else(|| AtlasFault::Line { name, line: line.to_owned() })?);
    }
    regions.sort_by_key(|region| region.label);
    match regions.windows(2).find(|pair| pair[0].label == pair[1].label) {
        Some(pair) => Err(AtlasFault::Twice { name, label: pair[0].label }),
        None => Ok(regions),
    }
}

fn read_region(line: &str) -> Option<Region> {
    let fields: Vec<&str> = line.split('\t').collect();
    let &[label, name, readable, lobe, hemisphere] = fields.as_slice() else { return None };
    Some(Region {
        label: label.parse::<u16>().ok().filter(|&label| label > 0)?,
        name: name.to_owned(),
        readable: readable.to_owned(),
        lobe: Lobe::ALL.into_iter().find(|candidate| candidate.as_str() == lobe)?,
        hemisphere: Hemisphere::ALL.into_iter().find(|candidate| candidate.as_str() == hemisphere)?,
    })
}

#[cfg(test)]
mod tests;
