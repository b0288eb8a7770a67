//! The observer: feature matching on whole maps. Translations should have the histogram of grey values and the power
//! spectrum of slices of the target group.
//!
//! Patch critics see neither. As in feature matching (Salimans et al. 2016) the mean of some features of a map is
//! pulled towards that of the real maps; as in Fisher's discriminant (1936) the distance is measured in units of how
//! real people differ, so that this is the best linear discriminator at every step, in closed form.

use crate::device;
use crate::measures::realism::BINS;
use crate::random::random;
use crate::training::config::{AugmentationConfig, CycleGanTraining};
use crate::training::cyclegan::moment::MomentLoss;
use crate::training::data::{Dataset, draw_slices};
use crate::training::setting::Setting;
use anyhow::{Result, anyhow, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::{DMatrix, DVector};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use shared::explain::{BANDS, LEAST_POWER, band_at};
use shared::model::GridContext;
use std::f64::consts::TAU;

/// Numbers of a map.
const NUMBERS: usize = BINS + BANDS;
/// Augmented images per real one, to estimate how real maps differ.
const DRAWS: usize = 2;
/// Regularisation, added to the variances as a share of them: few people determine the covariances poorly.
const SHRINKAGE: f64 = 0.02;
/// Stream of random numbers (see [`random`]).
const REAL: u64 = 9;

/// Computes the features of maps.
pub struct Look {
    /// cos and sin for all positions and frequencies along x and along y.
    along_x: [Tensor<2>; 2],
    along_y: [Tensor<2>; 2],
    /// Share of each frequency in each band.
    bands: Tensor<2>,
    frequencies: [usize; 2],
}

impl Look {
    /// For slices of these voxels along x and y.
    pub fn new([nx, ny]: [usize; 2], device: &Device) -> Self {
        let half = nx / 2 + 1;
        let waves = |places: usize, frequencies: usize| {
            let angle = |at: usize| TAU * ((at / frequencies) * (at % frequencies)) as f64 / places as f64;
            [f64::cos, f64::sin].map(|wave| {
                let values: Vec<f32> = (0..places * frequencies).map(|at| wave(angle(at)) as f32).collect();
                Tensor::from_data(TensorData::new(values, [places, frequencies]), device)
            })
        };
        let mut bands = vec![0.0f32; half * ny * BANDS];
        let mut counts = [0.0f32; BANDS];
        for fx in 0..half {
            for fy in 0..ny {
                if let Some(band) = band_at([fx, fy], [nx, ny]) {
                    // Half of the frequencies along x stand for their mirror images too.
                    let count = if fx == 0 || 2 * fx == nx { 1.0 } else { 2.0 };
                    bands[(fx * ny + fy) * BANDS + band] = count;
                    counts[band] += count;
                }
            }
        }
        bands.iter_mut().enumerate().for_each(|(at, share)| *share /= counts[at % BANDS].max(1.0));
        Look {
            along_x: waves(nx, half),
            along_y: waves(ny, ny),
            bands: Tensor::from_data(TensorData::new(bands, [half * ny, BANDS]), device),
            frequencies: [half, ny],
        }
    }

    /// Features of maps `[n, 1, z, y, x]`: `[n, NUMBERS]`. `mask` is `[1, 1, z, y, x]` of the same slices.
    pub fn numbers(&self, maps: &Tensor<5>, mask: &Tensor<5>) -> Tensor<2> {
        Tensor::cat(vec![self.histogram(maps, mask), self.spectrum(maps, mask)], 1)
    }

    /// Each value counts for the two bins whose centres it lies between.
    fn histogram(&self, maps: &Tensor<5>, mask: &Tensor<5>) -> Tensor<2> {
        let centre = |bin: usize| (bin as f64 + 0.5) / BINS as f64;
        let [count, _, depth, height, width] = maps.dims();
        let inside = maps.clone().clamp(centre(0), centre(BINS - 1)).reshape([count, depth * height * width]);
        let mask = mask.clone().reshape([1, depth * height * width]);
        let voxels = mask.clone().sum().clamp_min(1.0).reshape([1, 1]);
        let share = |bin: usize| {
            let near = ((inside.clone() - centre(bin)).abs() * -(BINS as f64) + 1.0).clamp_min(0.0);
            (near * mask.clone()).sum_dim(1) / voxels.clone()
        };
        Tensor::cat((0..BINS).map(share).collect(), 1)
    }

    fn spectrum(&self, maps: &Tensor<5>, mask: &Tensor<5>) -> Tensor<2> {
        let [count, _, depth, height, width] = maps.dims();
        let [half, rows] = self.frequencies;
        let device = maps.device();
        let on = |wave: &Tensor<2>| wave.clone().to_device(&device);
        let slices = (maps.clone() * mask.clone()).reshape([count * depth * height, width]);
        let turned = |values: Tensor<2>| -> Tensor<2> {
            let values: Tensor<3> = values.reshape([count * depth, height, half]).swap_dims(1, 2);
            values.reshape([count * depth * half, height])
        };
        let [cosine, sine] = self.along_x.each_ref().map(|wave| turned(slices.clone().matmul(on(wave))));
        let [cos_y, sin_y] = self.along_y.each_ref().map(on);
        let real = cosine.clone().matmul(cos_y.clone()) - sine.clone().matmul(sin_y.clone());
        let imaginary = cosine.matmul(sin_y) + sine.matmul(cos_y);
        let power: Tensor<3> = (real.square() + imaginary.square()).reshape([count, depth, half * rows]);
        let power: Tensor<2> = power.mean_dim(1).reshape([count, half * rows]);
        (power.matmul(on(&self.bands)) + LEAST_POWER).log()
    }
}

/// The mean change of the features in one direction of translation, and its target.
pub struct Observer {
    memory: f64,
    /// Mean of the target group minus mean of the original group.
    target: DVector<f64>,
    /// Inverse of the covariance of real maps of the target group.
    precision: DMatrix<f64>,
    running: DVector<f64>,
    updates: u64,
}

impl Observer {
    /// Updates the mean with the features of originals and translations `[n, NUMBERS]` and returns its distance from
    /// the target.
    pub fn loss(&mut self, original: Tensor<2>, translated: Tensor<2>) -> Result<MomentLoss> {
        let change = translated - original.detach();
        let found = rows_of(change.clone().detach())?;
        let newest = mean_of(&found);
        let keep = self.memory.min(self.updates as f64 / (self.updates as f64 + 1.0));
        self.running = &self.running * keep + newest * (1.0 - keep);
        self.updates += 1;
        let gap = &self.running - &self.target;
        let pull = &self.precision * &gap;
        let device = change.device();
        let values: Vec<f32> = pull.iter().map(|&value| value as f32).collect();
        let weights = Tensor::<2>::from_data(TensorData::new(values, [1, NUMBERS]), &device);
        let loss = (change * weights).sum() * (2.0 / found.len() as f64);
        let shown = Tensor::from_data(TensorData::new(vec![gap.dot(&pull) as f32], [1]), &device.inner());
        Ok(MomentLoss { loss, shown })
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let running: Vec<u8> = self.running.iter().flat_map(|value| value.to_le_bytes()).collect();
        let updates = self.updates.to_le_bytes();
        let views = [
            ("running", TensorView::new(Dtype::F64, vec![NUMBERS], &running)?),
            ("updates", TensorView::new(Dtype::U64, vec![1], &updates)?),
        ];
        Ok(safetensors::serialize(views, None)?)
    }

    /// Restores what [`Observer::to_bytes`] saved.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<()> {
        let file = SafeTensors::deserialize(bytes)?;
        let eight = |bytes: &[u8]| bytes.try_into().unwrap_or([0; 8]);
        let running = file.tensor("running")?;
        ensure!(running.data().len() == 8 * NUMBERS, "the mean look is of another version");
        let values = running.data().chunks_exact(8).map(|bytes| f64::from_le_bytes(eight(bytes)));
        self.running = DVector::from_iterator(NUMBERS, values);
        self.updates = u64::from_le_bytes(eight(file.tensor("updates")?.data()));
        Ok(())
    }
}

/// Observers of both directions.
pub struct Observers {
    pub look: Look,
    pub young_to_old: Observer,
    pub old_to_young: Observer,
}

impl Observers {
    /// Computes the features of all training subjects, augmented and sliced as in training.
    ///
    /// # Errors
    /// The device failed, or the maps of a group are all alike.
    pub fn new(config: &CycleGanTraining, setting: &Setting, seed: u64) -> Result<Self> {
        use crate::cohort::Group;
        let Setting { data, augmentation, context, device, .. } = setting;
        let [nx, ny, _] = data.grid.shape;
        let look = Look::new([nx, ny], device);
        let of = |group| real_numbers(&look, config, data, augmentation, context, device, (group, seed));
        let (young, old) = (of(Group::Young)?, of(Group::Old)?);
        let change = mean_of(&old) - mean_of(&young);
        let observer = |target: DVector<f64>, rows: &[DVector<f64>]| -> Result<Observer> {
            Ok(Observer {
                memory: config.observer_memory,
                target,
                precision: precision_of(rows)?,
                running: DVector::zeros(NUMBERS),
                updates: 0,
            })
        };
        Ok(Observers { young_to_old: observer(change.clone(), &old)?, old_to_young: observer(-change, &young)?, look })
    }
}

fn real_numbers(
    look: &Look,
    config: &CycleGanTraining,
    data: &Dataset,
    augmentation: &AugmentationConfig,
    context: &GridContext,
    device: &Device,
    (group, seed): (crate::cohort::Group, u64),
) -> Result<Vec<DVector<f64>>> {
    let mut random = random(seed, REAL, u64::from(group == crate::cohort::Group::Old));
    let mut numbers = Vec::new();
    for index in data.training(group).into_iter().flat_map(|index| [index; DRAWS]) {
        let slices = draw_slices(config.generator.kind, config.slices, data.grid.shape[2], &mut random);
        let image = data.batch(&[index], Some(&slices), Some((augmentation, &mut random)), device);
        numbers.extend(rows_of(look.numbers(&image, &context.slices(&slices).mask))?);
    }
    Ok(numbers)
}

fn rows_of(numbers: Tensor<2>) -> Result<Vec<DVector<f64>>> {
    let values = device::values(numbers)?;
    Ok(values
        .chunks_exact(NUMBERS)
        .map(|row| DVector::from_iterator(NUMBERS, row.iter().map(|&v| f64::from(v))))
        .collect())
}

fn mean_of(rows: &[DVector<f64>]) -> DVector<f64> {
    rows.iter().fold(DVector::zeros(NUMBERS), |sum, row| sum + row) / rows.len().max(1) as f64
}

fn precision_of(rows: &[DVector<f64>]) -> Result<DMatrix<f64>> {
    let mean = mean_of(rows);
    let mut covariance = DMatrix::zeros(NUMBERS, NUMBERS);
    for row in rows {
        let apart = row - &mean;
        covariance.ger(1.0 / rows.len().max(1) as f64, &apart, &apart, 1.0);
    }
    // An empty bin differs in nobody.
    let least = 1e-9 + covariance.diagonal().max() * 1e-9;
    (0..NUMBERS).for_each(|at| covariance[(at, at)] += SHRINKAGE * covariance[(at, at)] + least);
    let factor = covariance.cholesky().ok_or_else(|| anyhow!("the maps of a group are all alike; check them"))?;
    Ok(factor.inverse())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::realism::Lens;

    const SHAPE: [usize; 3] = [12, 10, 4];

    fn map(device: &Device) -> (Vec<f32>, Tensor<5>, Tensor<5>) {
        let values: Vec<f32> = (0..480).map(|at| ((at * 7919) % 997) as f32 / 996.0).collect();
        let [nx, ny, nz] = SHAPE;
        let tensor = Tensor::from_data(TensorData::new(values.clone(), [1, 1, nz, ny, nx]), device);
        (values, tensor, Tensor::ones([1, 1, nz, ny, nx], device))
    }

    /// The features that training matches are those measured in the evaluation.
    #[test]
    fn the_numbers_are_those_of_the_measure() {
        let device = Device::flex();
        let (values, tensor, mask) = map(&device);
        let found: Vec<f32> = Look::new([12, 10], &device).numbers(&tensor, &mask).into_data().try_to_vec().unwrap();
        let inside = vec![true; 480];
        let expected = Lens::new(SHAPE, &inside).look(&values);
        for (found, expected) in found.iter().zip(expected.histogram.iter().chain(&expected.spectrum)) {
            assert!((f64::from(*found) - expected).abs() < 1e-3, "{found} instead of {expected}");
        }
    }

    #[test]
    fn shares_of_values_sum_to_one_and_lie_where_they_should() {
        let device = Device::flex();
        let (_, _, mask) = map(&device);
        let map = mask.clone() * 0.625;
        let found: Vec<f32> = Look::new([12, 10], &device).histogram(&map, &mask).into_data().try_to_vec().unwrap();
        assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((found[12] - 1.0).abs() < 1e-5, "{found:?}");
    }
}
