//! Geometry of brain pictures: which slices, which crop, which value lies under a pixel.
//!
//! Everything is in RAS+ millimetres (MNI where the maps are registered), so maps of different grids can share a figure.
//! Pictures are neurological: the subject's left is on the left; front and top are up.

use anyhow::{Result, ensure};
use shared::volume::Volume;

/// Density from which a voxel counts as brain.
const BRAIN_DENSITY: f32 = 0.05;

/// Room around the brain, mm.
const MARGIN_MM: f64 = 5.0;

/// Reads a volume by position. Its axes are those of RAS+, as on every grid a model works on.
#[derive(Clone, Copy)]
pub struct Sampler<'a> {
    volume: &'a Volume,
    /// Voxel size, mm.
    pub spacing_mm: [f64; 3],
    /// Centre of voxel (0, 0, 0), mm.
    pub origin_mm: [f64; 3],
}

impl<'a> Sampler<'a> {
    /// Refuses a volume whose data do not fill its shape or whose axes are rotated or flipped.
    pub fn new(volume: &'a Volume) -> Result<Self> {
        let voxels: usize = volume.shape.iter().product();
        ensure!(
            voxels > 0 && volume.data.len() == voxels,
            "a map for a figure holds {} values, but its shape {:?} needs {voxels}",
            volume.data.len(),
            volume.shape
        );
        let rows = volume.world_from_voxel.0;
        let aligned = (0..3).all(|row| {
            let spacing = rows[row][row];
            spacing.is_finite()
                && spacing > 0.0
                && (0..3).all(|column| column == row || rows[row][column].abs() < 1e-4 * spacing)
        });
        ensure!(
            aligned,
            "a map for a figure is not on an axis-aligned RAS+ grid ({rows:?}); resample it to the model's grid first"
        );
        let diagonal = |axis: usize| rows[axis][axis];
        Ok(Sampler {
            volume,
            spacing_mm: std::array::from_fn(diagonal),
            origin_mm: std::array::from_fn(|axis| rows[axis][3]),
        })
    }

    /// Value at a point, linear between voxels; `None` beyond the outermost voxels' edges.
    pub fn at(&self, point_mm: [f64; 3]) -> Option<f32> {
        let mut low = [0usize; 3];
        let mut part = [0.0f32; 3];
        for axis in 0..3 {
            let last = (self.volume.shape[axis] - 1) as f64;
            let position = (point_mm[axis] - self.origin_mm[axis]) / self.spacing_mm[axis];
            if !(-0.5..=last + 0.5).contains(&position) {
                return None;
            }
            let position = position.clamp(0.0, last);
            low[axis] = position.floor() as usize;
            part[axis] = (position - position.floor()) as f32;
        }
        let mut value = 0.0;
        for corner in 0..8usize {
            let mut weight = 1.0;
            let mut index = [0usize; 3];
            for axis in 0..3 {
                let upper = corner >> axis & 1;
                weight *= if upper == 1 { part[axis] } else { 1.0 - part[axis] };
                index[axis] = (low[axis] + upper).min(self.volume.shape[axis] - 1);
            }
            // A NaN next door must not spread to points that do not touch it.
            if weight > 0.0 {
                value += weight * self.value(index);
            }
        }
        Some(value)
    }

    /// Value of a voxel.
    pub fn value(&self, [x, y, z]: [usize; 3]) -> f32 {
        let [width, height, _] = self.volume.shape;
        self.volume.data[(z * height + y) * width + x]
    }

    /// Centre of a voxel, mm.
    pub fn centre_mm(&self, voxel: [usize; 3]) -> [f64; 3] {
        std::array::from_fn(|axis| self.origin_mm[axis] + voxel[axis] as f64 * self.spacing_mm[axis])
    }

    /// All voxels, x fastest.
    fn voxels(&self) -> impl Iterator<Item = ([usize; 3], f32)> + '_ {
        let [width, height, _] = self.volume.shape;
        self.volume
            .data
            .iter()
            .enumerate()
            .map(move |(index, &value)| ([index % width, index / width % height, index / (width * height)], value))
    }

    /// Heights (z, mm) of at most `count` axial slices, evenly through the part of the volume that holds brain,
    /// lowest first. Slices with only a tip of it are not chosen.
    pub fn axial_slices_mm(&self, count: usize) -> Vec<f64> {
        let slice_voxels = self.volume.shape[0] * self.volume.shape[1];
        let holds_brain = |z: &usize| {
            let slice = &self.volume.data[z * slice_voxels..(z + 1) * slice_voxels];
            slice.iter().filter(|&&density| density > BRAIN_DENSITY).count() * 50 > slice_voxels
        };
        let slices: Vec<usize> = (0..self.volume.shape[2]).filter(holds_brain).collect();
        let count = count.min(slices.len());
        (0..count)
            // The middle of each of `count` equal parts.
            .map(|part| slices[(2 * part + 1) * slices.len() / (2 * count)])
            .map(|z| self.centre_mm([0, 0, z])[2])
            .collect()
    }

    /// Box around the brain with a margin, `[low, high]` for x, y, z in mm, within the volume. The whole volume where nothing is brain.
    pub fn brain_box_mm(&self) -> [[f64; 2]; 3] {
        let mut low = self.volume.shape;
        let mut high = [0usize; 3];
        for (voxel, density) in self.voxels() {
            if density > BRAIN_DENSITY {
                for axis in 0..3 {
                    low[axis] = low[axis].min(voxel[axis]);
                    high[axis] = high[axis].max(voxel[axis]);
                }
            }
        }
        if low[0] > high[0] {
            (low, high) = ([0; 3], self.volume.shape.map(|length| length - 1));
        }
        let (low_mm, high_mm) = (self.centre_mm(low), self.centre_mm(high));
        let last_mm = self.centre_mm(self.volume.shape.map(|length| length - 1));
        std::array::from_fn(|axis| {
            let half_voxel = self.spacing_mm[axis] / 2.0;
            [
                (low_mm[axis] - MARGIN_MM).max(self.origin_mm[axis] - half_voxel),
                (high_mm[axis] + MARGIN_MM).min(last_mm[axis] + half_voxel),
            ]
        })
    }

    /// The lowest and the highest finite value with their places; `None` where nothing is finite.
    pub fn extremes(&self) -> Option<[Extreme; 2]> {
        let finite = || self.voxels().filter(|(_, value)| value.is_finite());
        let place = |(voxel, value): ([usize; 3], f32)| Extreme { value, mni_mm: self.centre_mm(voxel) };
        let lowest = finite().min_by(|a, b| a.1.total_cmp(&b.1)).map(place)?;
        let highest = finite().max_by(|a, b| a.1.total_cmp(&b.1)).map(place)?;
        Some([lowest, highest])
    }
}

/// A value and where it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extreme {
    pub value: f32,
    pub mni_mm: [f64; 3],
}

/// A cut through the brain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    Axial,
    Coronal,
    Sagittal,
}

impl Plane {
    /// Axes shown to the right and upwards, and the axis cut across: 0 x, 1 y, 2 z.
    pub fn axes(self) -> (usize, usize, usize) {
        match self {
            Plane::Axial => (0, 1, 2),
            Plane::Coronal => (0, 2, 1),
            Plane::Sagittal => (1, 2, 0),
        }
    }

    /// Letters of the picture's left and right edge.
    pub fn edge_letters(self) -> (&'static str, &'static str) {
        if self == Plane::Sagittal { ("P", "A") } else { ("L", "R") }
    }

    /// Letters of the picture's upper and lower edge: front and back, or above and below.
    pub fn upright_letters(self) -> (&'static str, &'static str) {
        if self == Plane::Axial { ("A", "P") } else { ("S", "I") }
    }

    /// The plane's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Plane::Axial => "axial",
            Plane::Coronal => "coronal",
            Plane::Sagittal => "sagittal",
        }
    }
}

/// `+4` or `−12`: a coordinate as people write it.
pub fn signed_mm(value_mm: f64) -> String {
    let rounded = if (value_mm - value_mm.round()).abs() < 0.05 {
        format!("{:.0}", value_mm.abs())
    } else {
        format!("{:.1}", value_mm.abs())
    };
    match rounded.as_str() {
        "0" | "0.0" => "0".to_owned(),
        _ if value_mm < 0.0 => format!("−{rounded}"),
        _ => format!("+{rounded}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::volume::Affine;

    fn ramp() -> Volume {
        let shape = [4, 5, 6];
        let affine = Affine::from_spacing_origin([2.0, 2.0, 3.0], [-4.0, -6.0, 10.0]);
        let mut data = Vec::new();
        for z in 0..6 {
            for y in 0..5 {
                for x in 0..4 {
                    data.push((x + 10 * y + 100 * z) as f32);
                }
            }
        }
        Volume::new(shape, data, affine)
    }

    #[test]
    fn reads_by_position() {
        let volume = ramp();
        let sampler = Sampler::new(&volume).unwrap();
        assert_eq!(sampler.at([-4.0, -6.0, 10.0]), Some(0.0));
        assert_eq!(sampler.at([-3.0, -4.0, 13.0]), Some(110.5));
        assert_eq!(sampler.at([2.9, 2.0, 25.0]), Some(543.0));
        assert_eq!(sampler.at([3.1, 2.0, 25.0]), None);
        assert_eq!(sampler.at([f64::NAN, 0.0, 0.0]), None);
    }

    #[test]
    fn chooses_slices_evenly_and_never_more_than_there_are() {
        let volume = ramp();
        let sampler = Sampler::new(&volume).unwrap();
        assert_eq!(sampler.axial_slices_mm(6), [10.0, 13.0, 16.0, 19.0, 22.0, 25.0]);
        assert_eq!(sampler.axial_slices_mm(3), [13.0, 19.0, 25.0]);
        assert_eq!(sampler.axial_slices_mm(99).len(), 6);
        assert!(sampler.axial_slices_mm(0).is_empty());
    }

    #[test]
    fn refuses_what_it_cannot_place() {
        let mut flipped = ramp();
        flipped.world_from_voxel.0[0][0] = -2.0;
        assert!(Sampler::new(&flipped).is_err());
        let mut short = ramp();
        short.data.pop();
        assert!(Sampler::new(&short).is_err());
    }

    #[test]
    fn finds_extremes_and_box() {
        let mut volume = ramp();
        volume.data.iter_mut().for_each(|value| *value = 0.0);
        assert_eq!(Sampler::new(&volume).unwrap().brain_box_mm(), [[-5.0, 3.0], [-7.0, 3.0], [8.5, 26.5]]);
        volume.data[1 + 4 * (2 + 5 * 3)] = 0.5;
        volume.data[0] = f32::NAN;
        let sampler = Sampler::new(&volume).unwrap();
        let [_, highest] = sampler.extremes().unwrap();
        assert_eq!((highest.value, highest.mni_mm), (0.5, [-2.0, -2.0, 19.0]));
        assert_eq!(sampler.brain_box_mm(), [[-5.0, 3.0], [-7.0, 3.0], [14.0, 24.0]]);
    }

    #[test]
    fn writes_coordinates_with_sign() {
        assert_eq!([4.0, -12.0, 0.0, -0.01, 1.5].map(signed_mm), ["+4", "−12", "0", "0", "+1.5"]);
    }
}
