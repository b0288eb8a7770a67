//! Does one image's explanation survive sanity checks? Three questions, answered where the image is: do the translators
//! come back without hidden messages, do they leave alone what needs no change, and do the maps need what was learned?

use super::agreement::{mean_absolute_in_mask, ncc_in_mask};
use super::run::values;
use super::steganography::{NOISE_SIGMA, steganography_index};
use super::{Direction, ExplainError, Models, Target};
use crate::model::tensor_from_volume;
use crate::volume::Volume;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

/// Seed of the noise that is added to a translation before its way back: every image gets the same.
const NOISE_SEED: u64 = 2017;
/// Parts of the work, each about as long as a translation.
const PARTS: f32 = 5.0;

/// Answers for one image. Errors and maps of change are in grey-matter density, means are over the models' mask; every
/// volume lies on the models' grid.
#[derive(Clone, Debug)]
pub struct Sanity {
    /// The way there.
    pub direction: Direction,
    /// Mean |translated − original|: what the errors are to be compared with.
    pub change: f64,
    /// Mean |there and back − original|.
    pub cycle_error: f64,
    /// The same with noise of [`NOISE_SIGMA`] added to the translation before its way back.
    pub cycle_error_noise: f64,
    /// See [`steganography_index`].
    pub steganography_index: Option<f64>,
    /// Mean |G(x) − x| of the generator that leads the other way, to where the image is already: nothing should change.
    pub identity_error: f64,
    /// Correlation of the class-activation map with the one of shuffled weights (Adebayo et al. 2018, arXiv:1810.03292).
    /// High: the map needs nothing of what was learned. `None` where a map is the same everywhere.
    pub shuffled_cam_correlation: Option<f64>,
    /// The same of the sizes of the differences.
    pub shuffled_difference_correlation: Option<f64>,
    /// There and back − original.
    pub cycle_change: Volume,
    /// G(x) − x of the generator that leads the other way.
    pub identity_change: Volume,
    /// What an explanation by the shuffled networks shows: the class-activation map, 0..1, and the difference.
    pub shuffled_cam: Volume,
    pub shuffled_difference: Volume,
}

impl Models {
    /// Checks the explanation of one grey-matter map that lies on the models' grid.
    ///
    /// Without a `target`, the group away from the class that the classifier sees. `shuffled` are the same networks
    /// with shuffled weights, on the same device. `on_fraction` hears how much is done, 0..1. Waits for the device
    /// without blocking.
    ///
    /// # Errors
    /// The image does not lie on the grid, or the device failed.
    pub async fn sanity(
        &self,
        gm: &Volume,
        target: Option<Target>,
        shuffled: &Models,
        on_fraction: &mut dyn FnMut(f32),
    ) -> Result<Sanity, ExplainError> {
        on_fraction(0.0);
        let mask = &self.inside;
        let found = self.explain(gm, target, &mut |_| {}).await?;
        let direction = found.direction;

        on_fraction(1.0 / PARTS);
        // Back by as much as there.
        let amount = found.amount;
        let cycle_change = change(&self.translate(&found.translated, direction.opposite(), amount).await?, gm);
        on_fraction(2.0 / PARTS);
        let disturbed = with_noise(&found.translated, mask, &mut same_for_all());
        let noisy_change = change(&self.translate(&disturbed, direction.opposite(), amount).await?, gm);
        on_fraction(3.0 / PARTS);
        let own_group = self.amount(gm, direction.opposite());
        let identity_change = change(&self.translate(gm, direction.opposite(), own_group).await?, gm);
        on_fraction(4.0 / PARTS);
        let target = target.unwrap_or(Target::Group(direction));
        let without = shuffled.explain(gm, Some(target), &mut |_| {}).await?;

        let (cycle_error, cycle_error_noise) = (mean_size(&cycle_change, mask), mean_size(&noisy_change, mask));
        Ok(Sanity {
            direction,
            change: mean_size(&found.difference, mask),
            cycle_error,
            cycle_error_noise,
            steganography_index: steganography_index(cycle_error, cycle_error_noise),
            identity_error: mean_size(&identity_change, mask),
            shuffled_cam_correlation: correlation_of_sizes(&found.cam, &without.cam, mask),
            shuffled_difference_correlation: correlation_of_sizes(&found.difference, &without.difference, mask),
            cycle_change,
            identity_change,
            shuffled_cam: without.cam,
            shuffled_difference: without.difference,
        })
    }

    async fn translate(&self, gm: &Volume, direction: Direction, amount: f64) -> Result<Volume, ExplainError> {
        let translated = self.translated(tensor_from_volume(gm, &self.device), direction, amount);
        Ok(self.grid.volume(values(translated).await?))
    }
}

/// Random numbers of [`NOISE_SEED`].
fn same_for_all() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(NOISE_SEED)
}

/// The image with noise of [`NOISE_SIGMA`] inside the mask, densities still 0..1.
pub fn with_noise(image: &Volume, mask: &[bool], random: &mut impl Rng) -> Volume {
    let mut noisy = |value: f32| {
        let normal: f64 = StandardNormal.sample(random);
        (value + (NOISE_SIGMA * normal) as f32).clamp(0.0, 1.0)
    };
    let data = image.data.iter().zip(mask).map(|(&value, &inside)| if inside { noisy(value) } else { value }).collect();
    image.with_data(data)
}

/// `image` − `original`, on the image's grid.
fn change(image: &Volume, original: &Volume) -> Volume {
    let data = image.data.iter().zip(&original.data).map(|(after, before)| after - before).collect();
    image.with_data(data)
}

/// Mean |map| inside the mask; 0 where the mask is empty.
fn mean_size(map: &Volume, mask: &[bool]) -> f64 {
    mean_absolute_in_mask(&map.data, mask).unwrap_or(0.0)
}

/// Correlation of |a| and |b| inside the mask, −1..1; `None` where one of them is the same everywhere.
fn correlation_of_sizes(a: &Volume, b: &Volume, mask: &[bool]) -> Option<f64> {
    let [a, b] = [a, b].map(|map| map.data.iter().map(|value| value.abs()).collect::<Vec<_>>());
    ncc_in_mask(&a, &b, mask)
}

#[cfg(test)]
mod tests {
    use super::super::inside_of;
    use super::*;
    use crate::at_once::done;
    use crate::model::{ClassifierConfig, Edge, GeneratorConfig, GeneratorOutput, GridContext, Norm, SpatialKind};
    use crate::volume::{Affine, Grid};
    use burn::tensor::Device;

    const SHAPE: [usize; 3] = [8, 8, 2];
    /// Brain is where x < 6.
    const INSIDE: usize = 96;

    /// Networks before any training: `Residual` generators change nothing, `Direct` ones everything.
    fn models(output: GeneratorOutput) -> Models {
        let device = Device::flex();
        let grid = Grid { shape: SHAPE, mni_from_voxel: Affine::from_spacing_origin([4.0; 3], [0.0; 3]) };
        let mask = volume(|index| if index % 8 < 6 { 1.0 } else { 0.0 });
        let generator = GeneratorConfig {
            kind: SpatialKind::Plane,
            filters: 4,
            downsamplings: 1,
            blocks: 1,
            outer_kernel: 3,
            edge: Edge::Zero,
            output,
            skips: false,
            dose: None,
            start: None,
        };
        Models {
            classifier: ClassifierConfig::plain(SpatialKind::Plane, 8, 1, Norm::None, 0.0).init(&device),
            young_to_old: generator.init(&device),
            old_to_young: generator.init(&device),
            context: GridContext::new(&grid, &mask, &device),
            familiar: None,
            ageing: None,
            grey_values: None,
            inside: inside_of(&mask),
            value_step: None,
            grid,
            device,
        }
    }

    fn volume(value: impl Fn(usize) -> f32) -> Volume {
        let world_from_voxel = Affine::from_spacing_origin([4.0; 3], [0.0; 3]);
        Volume::new(SHAPE, (0..128).map(value).collect(), world_from_voxel)
    }

    fn image() -> Volume {
        volume(|index| 0.3 + 0.4 * (index * 37 % 101) as f32 / 101.0)
    }

    #[test]
    fn generators_that_change_nothing_have_no_errors_but_the_noise() {
        let models = models(GeneratorOutput::Residual);
        let mut fractions = Vec::new();
        let found = done(models.sanity(&image(), None, &models, &mut |fraction| fractions.push(fraction))).unwrap();
        assert_eq!((found.change, found.cycle_error, found.identity_error), (0.0, 0.0, 0.0));
        assert!(found.identity_change.data.iter().chain(&found.cycle_change.data).all(|&change| change == 0.0));
        // The noise passes as it is: its mean size is σ √(2/π), here over 96 voxels.
        let expected = NOISE_SIGMA * (2.0 / std::f64::consts::PI).sqrt();
        assert!((found.cycle_error_noise / expected - 1.0).abs() < 0.25, "{}", found.cycle_error_noise);
        assert_eq!(found.steganography_index, None);
        // Compared with themselves: the same activation map; a difference that is zero everywhere has no correlation.
        assert!(found.shuffled_cam_correlation.is_some_and(|r| (r - 1.0).abs() < 1e-9), "{found:?}");
        assert_eq!(found.shuffled_difference_correlation, None);
        assert!(fractions.is_sorted() && fractions[0] == 0.0 && fractions.len() == PARTS as usize);
    }

    #[test]
    fn errors_are_those_of_the_networks_in_order() {
        let (models, shuffled) = (models(GeneratorOutput::Direct), models(GeneratorOutput::Direct));
        let image = image();
        let found =
            done(models.sanity(&image, Some(Target::Group(Direction::OldToYoung)), &shuffled, &mut |_| {})).unwrap();
        assert_eq!(found.direction, Direction::OldToYoung);
        let forward = |models: &Models, direction, input: &Volume| -> Volume {
            let tensor =
                models.generator(direction).forward(tensor_from_volume(input, &models.device), &models.context);
            models.grid.volume(tensor.into_data().try_to_vec().unwrap())
        };
        let there = forward(&models, Direction::OldToYoung, &image);
        let back = forward(&models, Direction::YoungToOld, &there);
        let error = |found: &Volume| {
            let inside = found.data.iter().zip(&image.data).enumerate().filter(|(index, _)| index % 8 < 6);
            inside.map(|(_, (a, b))| f64::from((a - b).abs())).sum::<f64>() / INSIDE as f64
        };
        assert!((found.cycle_error - error(&back)).abs() < 1e-6 && found.cycle_error > 0.01, "{found:?}");
        assert!((found.change - error(&there)).abs() < 1e-6, "{found:?}");
        let already_old = forward(&models, Direction::YoungToOld, &image);
        assert!((found.identity_error - error(&already_old)).abs() < 1e-6 && found.identity_error > 0.01);
        assert_eq!(found.identity_change, change(&already_old, &image));
        assert_eq!(found.steganography_index, steganography_index(found.cycle_error, found.cycle_error_noise));
        assert!(found.cycle_error != found.cycle_error_noise);
        // Other weights give another map.
        assert_eq!(found.shuffled_difference, change(&forward(&shuffled, Direction::OldToYoung, &image), &image));
        assert!(found.shuffled_difference_correlation.is_some_and(|r| r < 0.999), "{found:?}");
    }

    #[test]
    fn correlations_ignore_signs_and_what_lies_outside() {
        let mask: Vec<bool> = (0..128).map(|index| index < 4).collect();
        let map = |inside: [f32; 4]| volume(|index| inside.get(index).copied().unwrap_or(index as f32));
        let ramp = map([1.0, 2.0, 3.0, 4.0]);
        let r = |other: [f32; 4]| correlation_of_sizes(&ramp, &map(other), &mask);
        assert!(r([-0.2, 0.4, -0.6, 0.8]).is_some_and(|r| (r - 1.0).abs() < 1e-9));
        assert!(r([4.0, -3.0, 2.0, 1.0]).is_some_and(|r| (r + 1.0).abs() < 1e-9));
        assert!(r([1.0, -2.0, 2.0, 1.0]).is_some_and(|r| r.abs() < 1e-9));
        assert_eq!(r([0.1, -0.1, 0.1, 0.1]), None);
        assert_eq!(correlation_of_sizes(&ramp, &ramp, &[false; 128]), None);
    }

    #[test]
    fn noise_is_the_same_each_time_and_stays_in_the_mask() {
        let (image, mask) = (image(), (0..128).map(|index| index < 64).collect::<Vec<bool>>());
        let noisy = with_noise(&image, &mask, &mut same_for_all());
        assert_eq!(noisy, with_noise(&image, &mask, &mut same_for_all()));
        assert_eq!(noisy.data[64..], image.data[64..]);
        assert!(noisy.data[..64].iter().zip(&image.data).all(|(a, b)| a != b));
        let bounds = with_noise(&volume(|index| (index % 2) as f32), &[true; 128], &mut same_for_all());
        assert!(bounds.data.iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn an_image_off_the_grid_is_refused() {
        let models = models(GeneratorOutput::Residual);
        let small = Volume::new([2, 2, 2], vec![0.5; 8], models.grid.mni_from_voxel);
        let refusal = done(models.sanity(&small, None, &models, &mut |_| {})).unwrap_err();
        assert!(matches!(refusal, ExplainError::Shape { found: [2, 2, 2], .. }), "{refusal}");
    }
}
