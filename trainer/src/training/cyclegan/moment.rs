//! First-moment matching: the mean translated image should be the mean image of the target group.
//!
//! Generative moment matching (Li et al. 2015), or feature matching (Salimans et al. 2016) with the image itself as the
//! feature. The mean of a small batch is too noisy, so a running mean over many steps is used. This constrains the mean
//! only: single subjects may change more or less, or elsewhere.

use crate::device;
use crate::statistics::gaussian::blur_slice;
use crate::training::augmentation::Shift;
use anyhow::{Result, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// The mean change of one direction of translation, slice by slice, and what it should be.
pub struct Moment {
    /// Share of the old mean kept when a new one comes.
    memory: f64,
    /// Difference of the group means `[1, 1, z, y, x]`, on the plain device like everything here.
    target: Tensor<5>,
    /// Running mean of G(x) − x, of the same shape.
    running: Tensor<5>,
    /// How often each slice was updated.
    updates: Vec<u64>,
}

/// Result of [`Moment::loss`].
pub struct MomentLoss {
    /// Its gradient is that of the squared distance between mean and target, the mean being taken over the memory.
    pub loss: Tensor<1>,
    /// The squared distance itself, mean over the mask: for the metrics file.
    pub shown: Tensor<1>,
}

/// The target of the mean change: `change` (x fastest), symmetric where images are mirrored at random, smoothed.
pub fn target_change(change: &[f32], shape: [usize; 3], flip: bool, blur_voxels: f64) -> Vec<f32> {
    let [nx, ny, _] = shape;
    let mut target: Vec<f32> = change.to_vec();
    if flip {
        for (row, before) in target.chunks_exact_mut(nx).zip(change.chunks_exact(nx)) {
            row.iter_mut().zip(before.iter().rev()).for_each(|(value, mirrored)| *value = (*value + mirrored) / 2.0);
        }
    }
    target.chunks_exact_mut(nx * ny).for_each(|slice| blur_slice(slice, nx, blur_voxels as f32));
    target
}

impl Moment {
    /// `target` as [`target_change`] gives it; `device` is the plain one.
    pub fn new(memory: f64, target: &[f32], shape: [usize; 3], device: &Device) -> Self {
        let [nx, ny, nz] = shape;
        Moment {
            memory,
            target: Tensor::from_data(TensorData::new(target.to_vec(), [1, 1, nz, ny, nx]), device),
            running: Tensor::zeros([1, 1, nz, ny, nx], device),
            updates: vec![0; nz],
        }
    }

    /// Updates the mean with the change G(x) − x `[n, 1, z, y, x]` of these slices and returns its distance from the
    /// target.
    ///
    /// Changes are shifted back before they enter the mean, and the distance is shifted to where each image lies.
    /// `mask` is `[1, 1, z, y, x]` of the same slices.
    pub fn loss(&mut self, change: Tensor<5>, shifts: &[Shift], slices: &[usize], mask: &Tensor<5>) -> MomentLoss {
        let found = change.clone().detach().inner();
        let count = shifts.len() as f64;
        let aligned =
            shifts.iter().enumerate().map(|(place, [x, y])| shifted(found.clone().narrow(0, place, 1), [-x, -y]));
        let mean = Tensor::<5>::cat(aligned.collect(), 0).mean_dim(0);
        let gap = self.remember(mean, slices);
        let mask = mask.clone().inner();
        let voxels = mask.clone().sum().clamp_min(1.0);
        let shown = (gap.clone().square() * mask.clone()).sum() / voxels.clone();
        let in_place = shifts.iter().map(|&shift| shifted(gap.clone(), shift)).collect();
        let pull = Tensor::<5>::cat(in_place, 0) * mask;
        let loss = (change * Tensor::from_inner(pull)).sum() * (2.0 / count) / Tensor::from_inner(voxels);
        MomentLoss { loss, shown }
    }

    /// Updates the running mean with the mean change `[1, 1, z, y, x]` of these slices, and returns its distance from
    /// the target there. All slices at once: a graphics card would start a kernel for each of them.
    fn remember(&mut self, newest: Tensor<5>, slices: &[usize]) -> Tensor<5> {
        let device = newest.device();
        // The plain mean until there are enough for a moving one.
        let keep = |&slice: &usize| {
            let updates = self.updates[slice] as f64;
            self.memory.min(updates / (updates + 1.0))
        };
        let kept: Vec<f64> = slices.iter().map(keep).collect();
        let factor = |of: fn(f64) -> f64| -> Tensor<5> {
            let values: Vec<f32> = kept.iter().map(|&keep| of(keep) as f32).collect();
            Tensor::from_data(TensorData::new(values, [1, 1, slices.len(), 1, 1]), &device)
        };
        slices.iter().for_each(|&slice| self.updates[slice] += 1);
        let running = slices_of(&self.running, slices) * factor(|keep| keep) + newest * factor(|keep| 1.0 - keep);
        self.running = with_slices(&self.running, slices, running.clone());
        running - slices_of(&self.target, slices)
    }

    /// Running mean and number of updates as safetensors.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let shape = self.running.dims().to_vec();
        let values: Vec<u8> =
            device::values(self.running.clone())?.iter().flat_map(|value| value.to_le_bytes()).collect();
        let updates: Vec<u8> = self.updates.iter().flat_map(|count| count.to_le_bytes()).collect();
        let views = [
            ("running", TensorView::new(Dtype::F32, shape, &values)?),
            ("updates", TensorView::new(Dtype::U64, vec![self.updates.len()], &updates)?),
        ];
        Ok(safetensors::serialize(views, None)?)
    }

    /// Restores what [`Moment::to_bytes`] saved.
    pub fn restore(&mut self, bytes: &[u8], device: &Device) -> Result<()> {
        let file = SafeTensors::deserialize(bytes)?;
        let running = file.tensor("running")?;
        let values: Vec<f32> =
            running.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        let dims = running.shape().to_vec();
        let depth = self.updates.len();
        ensure!(dims.len() == 5 && dims[2] == depth, "the mean change has shape {dims:?}, the grid has {depth} slices");
        self.running = Tensor::from_data(TensorData::new(values, dims), device);
        let updates = file.tensor("updates")?;
        self.updates = updates
            .data()
            .chunks_exact(8)
            .map(|b| u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
            .collect();
        ensure!(self.updates.len() == depth, "the mean change lacks the number of its updates");
        Ok(())
    }
}

/// Some slices of a whole grid `[1, 1, z, y, x]`, in order.
fn slices_of(grid: &Tensor<5>, slices: &[usize]) -> Tensor<5> {
    if is_whole(grid, slices) {
        return grid.clone();
    }
    Tensor::cat(slices.iter().map(|&slice| grid.clone().narrow(2, slice, 1)).collect(), 2)
}

/// The grid with these slices in place of its own.
fn with_slices(grid: &Tensor<5>, slices: &[usize], values: Tensor<5>) -> Tensor<5> {
    if is_whole(grid, slices) {
        return values;
    }
    let [_, _, _, height, width] = grid.dims();
    slices.iter().enumerate().fold(grid.clone(), |grid, (place, &slice)| {
        grid.slice_assign([0..1, 0..1, slice..slice + 1, 0..height, 0..width], values.clone().narrow(2, place, 1))
    })
}

fn is_whole(grid: &Tensor<5>, slices: &[usize]) -> bool {
    slices.iter().copied().eq(0..grid.dims()[2])
}

/// `[n, 1, z, y, x]` with `out(x, y) = image(x + shift[0], y + shift[1])`; zero where that lies outside.
fn shifted(image: Tensor<5>, [x, y]: Shift) -> Tensor<5> {
    along(along(image, 4, x), 3, y)
}

fn along(image: Tensor<5>, axis: usize, voxels: isize) -> Tensor<5> {
    let away = voxels.unsigned_abs();
    let mut dims = image.dims();
    let length = dims[axis];
    if away == 0 || away >= length {
        return image;
    }
    dims[axis] = away;
    let outside = Tensor::zeros(dims, &image.device());
    if voxels > 0 {
        Tensor::<5>::cat(vec![image.narrow(axis, away, length - away), outside], axis)
    } else {
        Tensor::<5>::cat(vec![outside, image.narrow(axis, 0, length - away)], axis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [usize; 3] = [5, 4, 2];

    fn image(subjects: usize, value: impl Fn(usize) -> f32) -> TensorData {
        TensorData::new((0..subjects * 20).map(value).collect::<Vec<f32>>(), [subjects, 1, 1, 4, 5])
    }

    fn scalar(tensor: Tensor<1>) -> f32 {
        tensor.into_scalar::<f32>()
    }

    #[test]
    fn the_gradient_is_that_of_the_squared_distance_of_the_means() {
        let plain = Device::flex();
        let training = plain.clone().autodiff();
        let target: Vec<f32> = (0..40).map(|voxel| voxel as f32 * 0.01).collect();
        let mut moment = Moment::new(0.9, &target, SHAPE, &plain);
        let mask = Tensor::<5>::ones([1, 1, 1, 4, 5], &plain);
        let change = Tensor::<5>::from_data(image(2, |voxel| voxel as f32 * 0.02), &training).require_grad();
        let found = moment.loss(change.clone(), &[[0, 0], [0, 0]], &[1], &mask);
        // By hand: means of the two subjects are 0.02 (v + 10), targets of slice 1 are 0.01 (v + 20).
        let gaps: Vec<f32> = (0..20).map(|v| 0.02 * (v + 10) as f32 - 0.01 * (v + 20) as f32).collect();
        let expected = gaps.iter().map(|gap| gap * gap).sum::<f32>() / 20.0;
        assert!((scalar(found.shown) - expected).abs() < 1e-6);
        let gradients = found.loss.backward();
        let gradient: Vec<f32> = change.grad(&gradients).unwrap().into_data().try_to_vec().unwrap();
        for (place, value) in gradient.iter().enumerate() {
            let by_hand = 2.0 * gaps[place % 20] / 20.0 / 2.0;
            assert!((value - by_hand).abs() < 1e-6, "{value} instead of {by_hand}");
        }
        assert_eq!(moment.updates, [0, 1]);
    }

    #[test]
    fn subjects_may_differ_if_the_mean_is_right_and_shifts_do_not_matter() {
        let plain = Device::flex();
        let mut target = vec![0.0; 40];
        target[2 + 5] = 0.5;
        let mut moment = Moment::new(0.5, &target, SHAPE, &plain);
        let mask = Tensor::<5>::ones([1, 1, 1, 4, 5], &plain);
        // One subject changes twice as much as asked for, one voxel to the left of where it belongs; the other not at all.
        let change = Tensor::from_data(image(2, |voxel| if voxel == 1 + 5 { 1.0 } else { 0.0 }), &plain);
        let found = moment.loss(change, &[[1, 0], [0, -1]], &[0], &mask);
        assert!(scalar(found.shown) < 1e-12 && scalar(found.loss).abs() < 1e-12);
    }

    #[test]
    fn the_mean_is_over_the_memory_and_survives_the_file() {
        let plain = Device::flex();
        let mut moment = Moment::new(0.75, &[0.0; 40], SHAPE, &plain);
        let mask = Tensor::<5>::ones([1, 1, 1, 4, 5], &plain);
        let add = |moment: &mut Moment, value: f32| {
            let change = Tensor::from_data(image(1, |_| value), &plain);
            scalar(moment.loss(change, &[[0, 0]], &[0], &mask).shown).sqrt()
        };
        assert!((add(&mut moment, 1.0) - 1.0).abs() < 1e-6);
        assert!((add(&mut moment, 0.0) - 0.5).abs() < 1e-6);
        let bytes = moment.to_bytes().unwrap();
        let mut restored = Moment::new(0.75, &[0.0; 40], SHAPE, &plain);
        restored.restore(&bytes, &plain).unwrap();
        for moment in [&mut moment, &mut restored] {
            assert!((add(moment, 0.0) - 1.0 / 3.0).abs() < 1e-6);
            assert!((add(moment, 0.0) - 0.25).abs() < 1e-6);
            assert!((add(moment, 0.0) - 0.1875).abs() < 1e-6);
        }
    }

    #[test]
    fn the_target_is_symmetric_where_images_are_mirrored() {
        let change: Vec<f32> = (0..40).map(|voxel| voxel as f32).collect();
        assert_eq!(target_change(&change, SHAPE, false, 0.0), change);
        let mirrored = target_change(&change, SHAPE, true, 0.0);
        assert_eq!(mirrored[..5], [2.0; 5]);
        assert!(target_change(&change, SHAPE, false, 1.0)[0] > 0.5);
    }
}
