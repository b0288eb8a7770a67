//! Small disturbances of a translated image before it is translated back.
//!
//! A hidden pattern (steganography, see `shared::explain::steganography_index`) survives neither rounding, noise nor blur.

use crate::identity::subject_hash;
use crate::random::random;
use crate::statistics::gaussian::gaussian;
use rand_distr::{Distribution, StandardNormal};
use shared::explain::NOISE_SIGMA;
use shared::volume::Volume;

/// Standard deviation of the blur, voxels in plane.
pub const BLUR_VOXELS: f64 = 1.0;
const SEED: u64 = 2017;
/// Stream of random numbers (see [`random`]); no training uses it.
const STREAM: u64 = 90;

/// Kind of disturbance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// Rounded to 256 levels, as an 8-bit picture stores it.
    EightBits,
    /// Gaussian noise of [`NOISE_SIGMA`] inside the mask, the same for a subject on every machine.
    Noise,
    /// Gaussian blur of [`BLUR_VOXELS`] in plane.
    Blur,
}

impl Disturbance {
    /// The disturbed image, densities still 0..1; `mask` is where noise falls, `id` the subject whose noise it is.
    pub fn of(self, image: &Volume, mask: &[bool], id: &str) -> Volume {
        let data = match self {
            Disturbance::EightBits => image.data.iter().map(|value| (value * 255.0).round() / 255.0).collect(),
            Disturbance::Noise => {
                let number = u64::from_str_radix(&subject_hash(id), 16).unwrap_or(0);
                let mut random = random(SEED, STREAM, number);
                let mut noisy = |value: f32| {
                    let normal: f64 = StandardNormal.sample(&mut random);
                    (value + (NOISE_SIGMA * normal) as f32).clamp(0.0, 1.0)
                };
                image.data.iter().zip(mask).map(|(&value, &inside)| if inside { noisy(value) } else { value }).collect()
            }
            Disturbance::Blur => gaussian(&image.data, image.shape, [BLUR_VOXELS, BLUR_VOXELS, 0.0]),
        };
        image.with_data(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::explain::NOISE_MEAN_SIZE;
    use shared::volume::Affine;

    fn image() -> Volume {
        let data = (0..2000).map(|index| 0.3 + 0.4 * (index % 97) as f32 / 97.0).collect();
        Volume::new([20, 20, 5], data, Affine::IDENTITY)
    }

    #[test]
    fn disturbances_are_as_small_as_they_say() {
        let (image, mask) = (image(), vec![true; 2000]);
        let size = |kind: Disturbance| {
            let disturbed = kind.of(&image, &mask, "sub-1");
            disturbed.data.iter().zip(&image.data).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / 2000.0
        };
        // Rounding errs by a quarter of a level on average.
        assert!((size(Disturbance::EightBits) - 0.25 / 255.0).abs() < 2e-4);
        assert!((size(Disturbance::Noise) - NOISE_MEAN_SIZE).abs() < 1e-3);
        assert!(size(Disturbance::Blur) > 0.0);
    }

    #[test]
    fn noise_belongs_to_the_subject_and_stays_in_the_mask() {
        let image = image();
        let mask: Vec<bool> = (0..2000).map(|index| index < 1000).collect();
        let first = Disturbance::Noise.of(&image, &mask, "sub-1");
        assert_eq!(first, Disturbance::Noise.of(&image, &mask, "sub-1"));
        assert_ne!(first, Disturbance::Noise.of(&image, &mask, "sub-2"));
        assert_eq!(first.data[1000..], image.data[1000..]);
    }
}
