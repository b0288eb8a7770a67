//! The four maps of one explanation, as the page shows and describes them, and the truth where it is known.
//!
//! All lie on one grid; reading refuses anything else.

use crate::told::maps::MapsError;
use shared::explain::{mean_absolute_in_mask, ncc_in_mask};
use shared::volume::{Affine, Volume, read_nifti, write_nifti};

/// Names of the maps, in the order used everywhere: in messages, on the page and in its scripting interface.
pub const MAP_NAMES: [&str; 4] = ["original", "translated", "difference", "cam"];

/// A change of grey matter that is worth counting, in grey-matter units.
const NOTABLE_CHANGE: f32 = 0.05;
/// Ends that the colours of the difference map may have, in grey-matter units.
const NICE_LIMITS: [f32; 9] = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0];
/// Share of the changed voxels that may lie beyond the ends of the colours.
const CLIPPED_SHARE: f64 = 0.005;

/// Original, translated, difference and class-activation map on one grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    volumes: [Volume; 4],
    /// The true change of a phantom, the same way as the difference map.
    truth: Option<Volume>,
    voxel_from_mni: Affine,
}

/// How a difference map goes with the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Correlation of both over the mask, −1..1.
    pub correlation: f64,
    /// Sum of |difference| over sum of |truth|.
    pub size_ratio: f64,
}

/// Extreme changes of the difference map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangeSummary {
    /// Most negative change and its place, MNI mm; None where nothing falls.
    pub loss: Option<(f32, [f64; 3])>,
    /// Most positive change and its place, MNI mm; None where nothing rises.
    pub gain: Option<(f32, [f64; 3])>,
    /// Share of the voxels with grey matter that change by more than 0.05, 0..1.
    pub changed_share: f64,
    /// Mean change over the voxels with grey matter.
    pub mean: f64,
}

impl Maps {
    /// Reads four `.nii` or `.nii.gz` files in the order of [`MAP_NAMES`]; `names` are for messages.
    pub fn read(names: [&str; 4], files: [&[u8]; 4]) -> Result<Self, MapsError> {
        let read = |index: usize| read_volume(names[index], files[index]);
        let volumes = [read(0)?, read(1)?, read(2)?, read(3)?];
        Self::new(names, volumes)
    }

    /// Checks that all four volumes lie on the grid of the first.
    pub fn new(names: [&str; 4], volumes: [Volume; 4]) -> Result<Self, MapsError> {
        let first = &volumes[0];
        for (name, volume) in names.iter().zip(&volumes).skip(1) {
            let same_place = first.world_from_voxel.max_difference(&volume.world_from_voxel) < 1e-3;
            if volume.shape != first.shape || !same_place {
                return Err(MapsError::OtherGrid {
                    name: (*name).to_owned(),
                    found: volume.shape,
                    other: names[0].to_owned(),
                    expected: first.shape,
                });
            }
        }
        let voxel_from_mni =
            first.world_from_voxel.inverse().ok_or_else(|| MapsError::Orientation { name: names[0].to_owned() })?;
        Ok(Maps { volumes, truth: None, voxel_from_mni })
    }

    /// The same with the true change, a `.nii` or `.nii.gz` file on the same grid.
    pub fn with_truth(mut self, name: &str, file: &[u8]) -> Result<Self, MapsError> {
        let truth = read_volume(name, file)?;
        if truth.shape != self.shape() {
            return Err(MapsError::TruthOnOtherGrid {
                name: name.to_owned(),
                found: truth.shape,
                expected: self.shape(),
            });
        }
        self.truth = Some(truth);
        Ok(self)
    }

    /// The same image and activation map with another change, a `.nii` or `.nii.gz` file on the same grid; its truth is not known.
    pub fn changed_by(&self, name: &str, file: &[u8]) -> Result<Self, MapsError> {
        let [original, _, _, cam] = &self.volumes;
        let difference = read_volume(name, file)?;
        let changed = original.data.iter().zip(&difference.data).map(|(before, change)| before + change).collect();
        let names = [MAP_NAMES[0], MAP_NAMES[1], name, MAP_NAMES[3]];
        Maps::new(names, [original.clone(), original.with_data(changed), difference, cam.clone()])
    }

    /// The same maps with other difference and activation maps, which lie on the same grid.
    pub fn with_others(&self, difference: &[u8], cam: &[u8]) -> Result<Self, MapsError> {
        let [original, translated, ..] = &self.volumes;
        let [_, _, difference_name, cam_name] = MAP_NAMES;
        let (difference, cam) = (read_volume(difference_name, difference)?, read_volume(cam_name, cam)?);
        Maps::new(MAP_NAMES, [original.clone(), translated.clone(), difference, cam])
    }

    /// Grey-matter density of the original, x fastest.
    pub fn original(&self) -> &[f32] {
        &self.volumes[0].data
    }

    /// Change of density, x fastest.
    pub fn difference(&self) -> &[f32] {
        &self.volumes[2].data
    }

    /// How the difference map goes with the truth, inside the mask (x fastest); None without a truth, or where one of
    /// them is the same everywhere.
    pub fn agreement(&self, mask: &[bool]) -> Option<Agreement> {
        let truth = &self.truth.as_ref()?.data;
        let correlation = ncc_in_mask(self.difference(), truth, mask)?;
        let size_ratio = mean_absolute_in_mask(self.difference(), mask)? / mean_absolute_in_mask(truth, mask)?;
        Some(Agreement { correlation, size_ratio })
    }

    /// Values of the map at this place of the order, x fastest; the truth is the fifth.
    pub fn values(&self, index: usize) -> Option<&[f32]> {
        self.volumes.get(index).or(self.truth.as_ref().filter(|_| index == MAP_NAMES.len())).map(|map| &*map.data)
    }

    /// Number of voxels along x, y, z.
    pub fn shape(&self) -> [usize; 3] {
        self.volumes[0].shape
    }

    /// The maps as uncompressed `.nii` files, exact to the bit.
    pub fn to_nifti(&self) -> [Vec<u8>; 4] {
        std::array::from_fn(|index| write_nifti(&self.volumes[index], &format!("AgeLens {}", MAP_NAMES[index])))
    }

    /// Whether the true change is known.
    pub fn has_truth(&self) -> bool {
        self.truth.is_some()
    }

    /// The truth as an uncompressed `.nii` file.
    pub fn truth_to_nifti(&self) -> Option<Vec<u8>> {
        self.truth.as_ref().map(|truth| write_nifti(truth, "AgeLens truth"))
    }

    /// Some voxels, given by their places in the data, as an uncompressed `.nii` file: 1 there and 0 elsewhere.
    pub fn mask_to_nifti(&self, voxels: &[usize]) -> Vec<u8> {
        let Volume { shape, world_from_voxel, .. } = self.volumes[0];
        let mut mask = Volume::new(shape, vec![0.0; self.original().len()], world_from_voxel);
        for &voxel in voxels {
            if let Some(value) = mask.data.get_mut(voxel) {
                *value = 1.0;
            }
        }
        write_nifti(&mask, "AgeLens region")
    }

    /// First and last voxel centre along x, y, z in MNI mm, and the step between voxels.
    ///
    /// Holds for grids along the axes, as all bundles' are.
    pub fn extent_mm(&self) -> [(f64, f64, f64); 3] {
        let mni_from_voxel = &self.volumes[0].world_from_voxel;
        let first = mni_from_voxel.apply([0.0; 3]);
        let last = mni_from_voxel.apply(self.shape().map(|side| side as f64 - 1.0));
        let step = mni_from_voxel.spacing_mm();
        std::array::from_fn(|axis| (first[axis].min(last[axis]), first[axis].max(last[axis]), step[axis]))
    }

    /// Values of the four maps in the voxel that holds a point in MNI mm; None outside the grid.
    pub fn values_at(&self, mni_mm: [f64; 3]) -> Option<[f32; 4]> {
        let index = self.index_at(mni_mm)?;
        let value = |map: usize| self.volumes[map].data.get(index).copied();
        Some([value(0)?, value(1)?, value(2)?, value(3)?])
    }

    /// The true change there.
    pub fn truth_at(&self, mni_mm: [f64; 3]) -> Option<f32> {
        self.truth.as_ref()?.data.get(self.index_at(mni_mm)?).copied()
    }

    /// Place in the data of the voxel that holds a point; None outside the grid.
    pub fn index_at(&self, mni_mm: [f64; 3]) -> Option<usize> {
        let voxel = self.voxel_from_mni.apply(mni_mm).map(f64::round);
        let [nx, ny, nz] = self.shape();
        let inside = voxel.iter().zip([nx, ny, nz]).all(|(&index, side)| index >= 0.0 && index < side as f64);
        let [x, y, z] = voxel.map(|index| index as usize);
        inside.then_some(x + nx * (y + ny * z))
    }

    /// Symmetric end of the difference map's colours, in grey-matter units, and whether some voxels lie beyond it.
    pub fn difference_limit(&self) -> (f32, bool) {
        let mut sizes: Vec<f32> =
            self.volumes[2].data.iter().map(|change| change.abs()).filter(|&size| size > 1e-6).collect();
        if sizes.is_empty() {
            return (NICE_LIMITS[0], false);
        }
        let rank = ((sizes.len() - 1) as f64 * (1.0 - CLIPPED_SHARE)) as usize;
        let (_, &mut most, above) = sizes.select_nth_unstable_by(rank, f32::total_cmp);
        let limit = NICE_LIMITS.into_iter().find(|&limit| limit >= most).unwrap_or(1.0);
        (limit, above.iter().any(|&size| size > limit))
    }

    /// Place of the largest change among voxels given by their places in the data, MNI mm: a loss where these lose in total, else
    /// a gain.
    pub fn largest_change_of(&self, voxels: &[usize]) -> Option<[f64; 3]> {
        let change = |index: &usize| self.difference().get(*index).copied().unwrap_or_default();
        let total: f32 = voxels.iter().map(change).sum();
        let sign = if total < 0.0 { -1.0 } else { 1.0 };
        // Of equal ones the first, so that it is always the same.
        let largest = voxels.iter().rev().max_by(|a, b| (sign * change(a)).total_cmp(&(sign * change(b))))?;
        let [nx, ny, _] = self.shape();
        let voxel = [largest % nx, largest / nx % ny, largest / (nx * ny)].map(|index| index as f64);
        Some(self.volumes[0].world_from_voxel.apply(voxel))
    }

    /// Place of the largest change, MNI mm; the middle of the grid where nothing changes.
    pub fn largest_change_mm(&self) -> [f64; 3] {
        let summary = self.summary();
        let largest = [summary.loss, summary.gain].into_iter().flatten().max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
        let middle = || self.volumes[0].world_from_voxel.apply(self.shape().map(|side| (side / 2) as f64));
        largest.map_or_else(middle, |(_, place)| place)
    }

    /// What changes where.
    pub fn summary(&self) -> ChangeSummary {
        let [original, translated, difference, _] = &self.volumes;
        let (mut loss, mut gain) = ((0.0, 0), (0.0, 0));
        let (mut matter, mut changed, mut sum) = (0usize, 0usize, 0.0);
        let pairs = original.data.iter().zip(&translated.data).zip(&difference.data);
        for (index, ((before, after), &change)) in pairs.enumerate() {
            if change < loss.0 {
                loss = (change, index);
            }
            if change > gain.0 {
                gain = (change, index);
            }
            if before.max(*after) > NOTABLE_CHANGE {
                matter += 1;
                changed += usize::from(change.abs() > NOTABLE_CHANGE);
                sum += f64::from(change);
            }
        }
        let [nx, ny, _] = self.shape();
        let place = |index: usize| {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|index| index as f64);
            difference.world_from_voxel.apply(voxel)
        };
        let found = |(change, index): (f32, usize)| (change != 0.0).then(|| (change, place(index)));
        let count = matter.max(1) as f64;
        ChangeSummary { loss: found(loss), gain: found(gain), changed_share: changed as f64 / count, mean: sum / count }
    }
}

/// The volume of a `.nii` or `.nii.gz` file; `name` is for messages.
pub fn read_volume(name: &str, file: &[u8]) -> Result<Volume, MapsError> {
    Ok(read_nifti(name, file, None)?.into_volume()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4×3×2 voxels of 2 mm, voxel (0,0,0) at (-4, -10, 6).
    fn maps(change: impl Fn(usize) -> f32) -> Maps {
        let grid = Affine::from_spacing_origin([2.0; 3], [-4.0, -10.0, 6.0]);
        let volume = |value: &dyn Fn(usize) -> f32| Volume::new([4, 3, 2], (0..24).map(value).collect(), grid);
        let volumes = [
            volume(&|_| 0.5),
            volume(&|index| 0.5 + change(index)),
            volume(&change),
            volume(&|index| index as f32 / 23.0),
        ];
        Maps::new(MAP_NAMES, volumes).unwrap()
    }

    #[test]
    fn reads_what_it_writes() {
        let maps = maps(|index| if index == 5 { -0.25 } else { 0.0 });
        let files = maps.to_nifti();
        let again = Maps::read(MAP_NAMES, [&files[0], &files[1], &files[2], &files[3]]).unwrap();
        assert_eq!(again, maps);
    }

    #[test]
    fn takes_another_change() {
        let maps = maps(|index| if index == 5 { -0.25 } else { 0.0 });
        let mut change = maps.volumes[2].clone();
        (change.data[5], change.data[7]) = (0.0, 0.125);
        let file = shared::volume::write_nifti_gz_in_steps(&change, 0.125, "").unwrap();
        let other = maps.changed_by("x", &file).unwrap();
        assert_eq!((other.original(), other.difference()), (maps.original(), &change.data[..]));
        assert_eq!((other.volumes[1].data[5], other.volumes[1].data[7]), (0.5, 0.625));
        assert_eq!(other.volumes[3], maps.volumes[3]);
        change.shape = [2, 3, 4];
        assert!(maps.changed_by("x.nii", &write_nifti(&change, "")).unwrap_err().to_string().starts_with("x.nii: "));
    }

    #[test]
    fn finds_the_voxel_of_a_point() {
        let maps = maps(|index| if index == 5 { -0.25 } else { 0.0 });
        // Voxel (1, 1, 0).
        assert_eq!(maps.values_at([-2.0, -8.0, 6.0]), Some([0.5, 0.25, -0.25, 5.0 / 23.0]));
        assert_eq!(maps.values_at([-1.1, -8.9, 6.9]), maps.values_at([-2.0, -8.0, 6.0]));
        assert_eq!(maps.values_at([-5.2, -8.0, 6.0]), None);
        assert_eq!(maps.values_at([-2.0, -8.0, 9.2]), None);
        assert_eq!(maps.values_at([f64::NAN; 3]), None);
        assert_eq!(maps.extent_mm()[0], (-4.0, 2.0, 2.0));
    }

    #[test]
    fn the_truth_is_compared_inside_the_mask() {
        let plain = maps(|index| index as f32 / 100.0);
        assert_eq!(plain.agreement(&[true; 24]), None);
        // Half the change, but for the last voxel, which lies outside the mask.
        let mut truth = plain.volumes[2].clone();
        truth.data.iter_mut().for_each(|value| *value /= 2.0);
        truth.data[23] = -9.0;
        let mut mask = [true; 24];
        mask[23] = false;
        let maps = plain.with_truth("truth", &write_nifti(&truth, "")).unwrap();
        let found = maps.agreement(&mask).unwrap();
        assert!((found.correlation - 1.0).abs() < 1e-6 && (found.size_ratio - 2.0).abs() < 1e-6, "{found:?}");
        assert!(maps.agreement(&[true; 24]).unwrap().correlation < 0.0);
        assert_eq!(maps.truth_at([-2.0, -8.0, 6.0]), Some(0.025));
    }

    #[test]
    fn the_largest_change_of_a_region_goes_its_way() {
        // All in all these lose, though the largest change of one voxel is a gain.
        let maps = maps(|index| [-0.2, -0.3, 0.4, -0.1, 0.0][index.min(4)]);
        assert_eq!(maps.largest_change_of(&[0, 1, 2, 3]), Some([-2.0, -10.0, 6.0]));
        assert_eq!(maps.largest_change_of(&[0, 2]), Some([0.0, -10.0, 6.0]));
        assert_eq!(maps.largest_change_of(&[4, 5]), Some([-4.0, -8.0, 6.0]));
        assert_eq!(maps.largest_change_of(&[]), None);
    }

    #[test]
    fn summarises_changes() {
        let summary = maps(|index| [0.0, -0.3, 0.1][index.min(2) * usize::from(index < 3)]).summary();
        assert_eq!(summary.loss, Some((-0.3, [-2.0, -10.0, 6.0])));
        assert_eq!(summary.gain, Some((0.1, [0.0, -10.0, 6.0])));
        assert!((summary.changed_share - 2.0 / 24.0).abs() < 1e-9);
        assert!((summary.mean + 0.2 / 24.0).abs() < 1e-6);
        assert_eq!(maps(|_| 0.0).summary().loss, None);
        let change = |index: usize| [0.0, 0.1, -0.3][index % 3 * usize::from(index < 3)];
        assert_eq!(maps(change).largest_change_mm(), [0.0, -10.0, 6.0]);
        assert_eq!(maps(|_| 0.0).largest_change_mm(), [0.0, -8.0, 8.0]);
    }

    #[test]
    fn chooses_symmetric_limits() {
        assert_eq!(maps(|_| 0.0).difference_limit(), (0.02, false));
        assert_eq!(maps(|index| -(index as f32) / 100.0).difference_limit(), (0.3, false));
        assert_eq!(maps(|_| 0.04).difference_limit(), (0.05, false));
    }

    #[test]
    fn refuses_maps_of_different_grids() {
        let maps = maps(|_| 0.0);
        let mut volumes = maps.volumes.clone();
        volumes[3].shape = [2, 3, 4];
        let message = Maps::new(["a", "b", "c", "d"], volumes).unwrap_err().to_string();
        assert!(message.starts_with("d: lies on a different grid"), "{message}");
    }
}
