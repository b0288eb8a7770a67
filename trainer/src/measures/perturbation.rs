//! Small perturbations of a translated image before it is translated back.
//!
//! A hidden pattern (steganography, see `shared::explain::steganography_index`) survives neither rounding, noise nor blur.

use crate::identity::subject_number;
use crate::random::random;
use crate::statistics::gaussian::gaussian;
use shared::explain::with_noise;
use shared::volume::Volume;

/// Standard deviation of the blur, voxels in plane.
pub const BLUR_VOXELS: f64 = 1.0;
const SEED: u64 = 2017;
/// Stream of random numbers (see [`random`]); no training uses it.
const STREAM: u64 = 90;

/// What is done to a translated image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Perturbation {
    /// Rounded to 256 levels, as an 8-bit picture stores it.
    EightBits,
    /// Gaussian noise of `NOISE_SIGMA` inside the mask, the same for a subject on every machine.
    Noise,
    /// Gaussian blur of [`BLUR_VOXELS`] in plane.
    Blur,
}

impl Perturbation {
    /// The perturbed image, densities still 0..1; `mask` is where noise falls, `id` the subject whose noise it is.
    pub fn of(self, image: &Volume, mask: &[bool], id: &str) -> Volume {
        match self {
            Perturbation::EightBits => {
                image.with_data(image.data.iter().map(|value| (value * 255.0).round() / 255.0).collect())
            }
            Perturbation::Noise => with_noise(image, mask, &mut random(SEED, STREAM, subject_number(id))),
            Perturbation::Blur => image.with_data(gaussian(&image.data, image.shape, [BLUR_VOXELS, BLUR_VOXELS, 0.0])),
        }
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
    fn perturbations_are_as_small_as_they_say() {
        let (image, mask) = (image(), vec![true; 2000]);
        let size = |kind: Perturbation| {
            let perturbed = kind.of(&image, &mask, "sub-1");
            perturbed.data.iter().zip(&image.data).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / 2000.0
        };
        // Rounding errs by a quarter of a level on average.
        assert!((size(Perturbation::EightBits) - 0.25 / 255.0).abs() < 2e-4);
        assert!((size(Perturbation::Noise) - NOISE_MEAN_SIZE).abs() < 1e-3);
        assert!(size(Perturbation::Blur) > 0.0);
    }

    #[test]
    fn noise_belongs_to_the_subject_and_stays_in_the_mask() {
        let image = image();
        let mask: Vec<bool> = (0..2000).map(|index| index < 1000).collect();
        let first = Perturbation::Noise.of(&image, &mask, "sub-1");
        assert_eq!(first, Perturbation::Noise.of(&image, &mask, "sub-1"));
        assert_ne!(first, Perturbation::Noise.of(&image, &mask, "sub-2"));
        assert_eq!(first.data[1000..], image.data[1000..]);
    }
}
