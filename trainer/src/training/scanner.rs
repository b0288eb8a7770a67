//! Simulated scanners (data augmentation): the same map as other scanners and preparation programs would show it,
//! sharper, smoother, with more or less grey.

use crate::statistics::gaussian::blur_slice;
use serde::{Deserialize, Serialize};

/// Standard deviation, in voxels, of the smooth part that sharpening leaves out.
const SHARPENING_VOXELS: f32 = 0.8;

/// How a scanner's maps differ from the training maps. In plane only, since there may be few slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeScanner {
    /// Standard deviation of a Gaussian, in voxels; 0 leaves the map as sharp as it is.
    #[serde(default)]
    pub blur_voxels: f32,
    /// Sharpening: this many times the difference from the map smoothed by 0.8 voxels is added.
    #[serde(default)]
    pub sharpen: f32,
    /// Densities are raised to this power, and then multiplied by `gain`.
    #[serde(default = "one")]
    pub gamma: f32,
    #[serde(default = "one")]
    pub gain: f32,
}

fn one() -> f32 {
    1.0
}

impl MadeScanner {
    /// Why these values are not possible, if they are not.
    pub fn check(&self) -> Result<(), String> {
        let fine = |value: f32| value.is_finite() && (0.0..=4.0).contains(&value);
        let above_zero = |value: f32| fine(value) && value > 0.0;
        match fine(self.blur_voxels) && fine(self.sharpen) && above_zero(self.gamma) && above_zero(self.gain) {
            true => Ok(()),
            false => Err("blur_voxels and sharpen must be 0 to 4, gamma and gain above 0 and up to 4".into()),
        }
    }

    /// Densities 0..1 (x fastest, slices of `nx` × `ny` voxels) as this scanner shows them.
    pub fn show(&self, values: &[f32], [nx, ny]: [usize; 2]) -> Vec<f32> {
        let mut shown = values.to_vec();
        for slice in shown.chunks_exact_mut(nx * ny) {
            blur_slice(slice, nx, self.blur_voxels);
            if self.sharpen > 0.0 {
                let mut smooth = slice.to_vec();
                blur_slice(&mut smooth, nx, SHARPENING_VOXELS);
                slice.iter_mut().zip(&smooth).for_each(|(value, smooth)| *value += self.sharpen * (*value - smooth));
            }
            let grey = |value: f32| (self.gain * value.clamp(0.0, 1.0).powf(self.gamma)).min(1.0);
            slice.iter_mut().for_each(|value| *value = grey(*value));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: MadeScanner = MadeScanner { blur_voxels: 0.0, sharpen: 0.0, gamma: 1.0, gain: 1.0 };

    #[test]
    fn a_ribbon_is_smoothed_sharpened_and_greyed() {
        let ribbon: Vec<f32> = (0..2 * 9 * 7).map(|index| if index % 9 == 4 { 0.8 } else { 0.2 }).collect();
        assert_eq!(PLAIN.show(&ribbon, [9, 7]), ribbon);
        let height = |scanner: MadeScanner| {
            let shown = scanner.show(&ribbon, [9, 7]);
            assert!(shown.iter().all(|value| (0.0..=1.0).contains(value)));
            shown[31] - shown[29]
        };
        let plain = height(PLAIN);
        assert!(height(MadeScanner { blur_voxels: 0.8, ..PLAIN }) < 0.7 * plain);
        assert!(height(MadeScanner { sharpen: 0.5, ..PLAIN }) > 1.1 * plain);
        let greyed = MadeScanner { gamma: 0.5, gain: 0.9, ..PLAIN }.show(&[0.25; 63], [9, 7]);
        assert!(greyed.iter().all(|value| (value - 0.45).abs() < 1e-6));
    }

    #[test]
    fn impossible_scanners_are_refused() {
        assert!(PLAIN.check().is_ok());
        assert!(MadeScanner { gamma: 0.0, ..PLAIN }.check().is_err());
        assert!(MadeScanner { blur_voxels: f32::NAN, ..PLAIN }.check().is_err());
    }
}
