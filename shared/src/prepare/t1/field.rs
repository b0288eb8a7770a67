//! Smoothing, halving and sampling of whole volumes, in 32 bits and in any number of threads: several passes over millions of voxels a
//! scan, in the browser too. Beyond the border the outermost value goes on; percentiles are values that occur.

use crate::threads::fill_slices;
use crate::volume::{Affine, Volume, between};

/// Values between voxels; `None` outside the centres of the outermost voxels.
#[inline(always)]
pub(crate) fn sample(volume: &Volume, voxel: [f32; 3]) -> Option<f32> {
    between(volume.data.as_chunks().0, volume.shape, voxel).map(|[value]| value)
}

/// An affine as 32-bit rows, for millions of points.
#[derive(Clone, Copy, Debug)]
pub(super) struct FastAffine([[f32; 4]; 3]);

impl FastAffine {
    pub(super) fn of(affine: &Affine) -> Self {
        FastAffine(affine.0.map(|row| row.map(|value| value as f32)))
    }

    #[inline]
    pub(super) fn apply(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        self.0.map(|[a, b, c, t]| a * x + b * y + c * z + t)
    }
}

/// Values of `volume` at the voxels of another grid; `outside` where it has none.
pub(super) fn sample_on(volume: &Volume, shape: [usize; 3], voxel_from_target: &Affine, outside: f32) -> Vec<f32> {
    let transform = FastAffine::of(voxel_from_target);
    let mut out = vec![outside; shape.iter().product()];
    fill_slices(&mut out, shape[0] * shape[1], |z, slice| {
        for (index, value) in slice.iter_mut().enumerate() {
            let (x, y) = (index % shape[0], index / shape[0]);
            *value = sample(volume, transform.apply([x as f32, y as f32, z as f32])).unwrap_or(outside);
        }
    });
    out
}

/// Several maps at once between voxels, by cubic convolution, which blurs less than the linear one; `None` outside the
/// centres of the outermost voxels.
///
/// Keys RG. Cubic convolution interpolation for digital image processing. IEEE Trans Acoust 1981;29:1153-1160.
pub(super) fn sample_sharply<const N: usize>(
    maps: &[[f32; N]],
    shape: [usize; 3],
    voxel: [f32; 3],
) -> Option<[f32; N]> {
    let mut indices = [[0usize; 4]; 3];
    let mut weights = [[0f32; 4]; 3];
    for axis in 0..3 {
        let last = shape[axis] - 1;
        if !(voxel[axis] >= 0.0 && voxel[axis] <= last as f32) {
            return None;
        }
        let below = voxel[axis] as usize;
        let t = voxel[axis] - below as f32;
        indices[axis] = [below.saturating_sub(1), below, (below + 1).min(last), (below + 2).min(last)];
        weights[axis] = [
            ((-0.5 * t + 1.0) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1.0,
            ((-1.5 * t + 2.0) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ];
    }
    let [xs, ys, zs] = indices;
    let [along_x, along_y, along_z] = weights;
    let mut out = [0.0; N];
    for (z, weight_z) in zs.into_iter().zip(along_z) {
        for (y, weight_y) in ys.into_iter().zip(along_y) {
            let row = &maps[(z * shape[1] + y) * shape[0]..][..shape[0]];
            for (x, weight_x) in xs.into_iter().zip(along_x) {
                let weight = weight_z * weight_y * weight_x;
                out.iter_mut().zip(row[x]).for_each(|(out, value)| *out += weight * value);
            }
        }
    }
    Some(out)
}

/// Gaussian smoothing; sigma in voxels for each axis. Beyond the border the outermost value goes on.
pub(crate) fn smooth(data: &[f32], shape: [usize; 3], sigma_voxels: [f64; 3]) -> Vec<f32> {
    let mut data = data.to_vec();
    for (axis, sigma_voxels) in sigma_voxels.into_iter().enumerate() {
        smooth_along(&mut data, shape, axis, sigma_voxels);
    }
    data
}

/// One axis of [`smooth`].
pub(super) fn smooth_along(data: &mut Vec<f32>, shape: [usize; 3], axis: usize, sigma_voxels: f64) {
    if changes_anything(sigma_voxels) && shape[axis] > 1 {
        *data = convolve(data, shape, axis, &gaussian(sigma_voxels));
    }
}

/// A narrower Gaussian than this changes nothing.
fn changes_anything(sigma_voxels: f64) -> bool {
    sigma_voxels > 0.05
}

/// Slices at `count` places along z of a volume smoothed along z, whose slices `read` writes: large images are brought to few
/// slices here, and never copied as a whole. Between two slices linearly; beyond the outermost ones these go on.
pub(super) fn smooth_and_sample_along_z(
    read: impl Fn(usize, &mut [f32]) + Sync + Send,
    shape: [usize; 3],
    sigma_voxels: f64,
    count: usize,
    place: impl Fn(usize) -> f64 + Sync + Send,
) -> Vec<f32> {
    let slice_len = shape[0] * shape[1];
    let last = shape[2] - 1;
    // Half of it is a slice as it is.
    let half = if changes_anything(sigma_voxels) && last > 0 { gaussian(sigma_voxels) } else { vec![1.0] };
    let mut out = vec![0.0; slice_len * count];
    fill_slices(&mut out, slice_len, |z, slice| {
        let at = place(z).clamp(0.0, last as f64);
        let below = (at as usize).min(last.saturating_sub(1));
        let above = (below + 1).min(last);
        // All slices that the two take part of.
        let first = below.saturating_sub(half.len() - 1);
        let end = (above + half.len()).min(last + 1);
        let mut near = vec![0.0; slice_len * (end - first)];
        near.chunks_exact_mut(slice_len).zip(first..end).for_each(|(slice, z)| read(z, slice));
        let plane = |z: usize| &near[(z - first) * slice_len..][..slice_len];
        add_smoothed_slice(slice, plane, last, below, &half);
        let mut next = vec![0.0; slice_len];
        add_smoothed_slice(&mut next, plane, last, above, &half);
        let share = (at - below as f64) as f32;
        slice.iter_mut().zip(next).for_each(|(value, next)| *value += (next - *value) * share);
    });
    out
}

/// Adds the slice `z` of a volume smoothed along z with a symmetric kernel.
fn add_smoothed_slice<'a>(out: &mut [f32], plane: impl Fn(usize) -> &'a [f32], last: usize, z: usize, half: &[f32]) {
    add_rows(out, plane(z), plane(z), 0.5 * half[0]);
    for (step, weight) in half.iter().enumerate().skip(1) {
        add_rows(out, plane(z.saturating_sub(step)), plane((z + step).min(last)), *weight);
    }
}

/// Half of a symmetric kernel, the centre first; sums to 1 as a whole.
fn gaussian(sigma: f64) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil() as usize;
    let half: Vec<f64> = (0..=radius).map(|step| libm::exp(-0.5 * (step as f64 / sigma).powi(2))).collect();
    let sum = 2.0 * half.iter().sum::<f64>() - half[0];
    half.iter().map(|value| (value / sum) as f32).collect()
}

/// One axis of a separable convolution with a symmetric kernel.
fn convolve(data: &[f32], shape: [usize; 3], axis: usize, half: &[f32]) -> Vec<f32> {
    let [nx, ny, _] = shape;
    let slice_len = nx * ny;
    let last = shape[axis] - 1;
    let mut out = vec![0.0; data.len()];
    fill_slices(&mut out, slice_len, |z, slice| match axis {
        0 => {
            let radius = half.len() - 1;
            let mut padded = vec![0.0; nx + 2 * radius];
            for (row, out) in slice.chunks_mut(nx).enumerate() {
                let input = &data[z * slice_len + row * nx..][..nx];
                padded[..radius].fill(input[0]);
                padded[radius..radius + nx].copy_from_slice(input);
                padded[radius + nx..].fill(input[nx - 1]);
                add_rows(out, input, input, 0.5 * half[0]);
                for (step, weight) in half.iter().enumerate().skip(1) {
                    add_rows(out, &padded[radius - step..][..nx], &padded[radius + step..][..nx], *weight);
                }
            }
        }
        1 => {
            for (y, out) in slice.chunks_mut(nx).enumerate() {
                let row = |y: usize| &data[z * slice_len + y * nx..][..nx];
                add_rows(out, row(y), row(y), 0.5 * half[0]);
                for (step, weight) in half.iter().enumerate().skip(1) {
                    add_rows(out, row(y.saturating_sub(step)), row((y + step).min(last)), *weight);
                }
            }
        }
        _ => add_smoothed_slice(slice, |z| &data[z * slice_len..][..slice_len], last, z, half),
    });
    out
}

fn add_rows(out: &mut [f32], a: &[f32], b: &[f32], weight: f32) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out += weight * (a + b);
    }
}

/// Half the resolution: smoothed with (1/4, 1/2, 1/4) along each axis, then every second voxel.
pub(super) fn halve(volume: &Volume) -> Volume {
    let mut data = volume.data.clone();
    for axis in 0..3 {
        if volume.shape[axis] > 1 {
            data = convolve(&data, volume.shape, axis, &[0.5, 0.25]);
        }
    }
    let shape = volume.shape.map(|count| count.div_ceil(2));
    let mut out = vec![0.0; shape.iter().product()];
    fill_slices(&mut out, shape[0] * shape[1], |z, slice| {
        for (index, value) in slice.iter_mut().enumerate() {
            let (x, y) = (index % shape[0], index / shape[0]);
            *value = data[(2 * z * volume.shape[1] + 2 * y) * volume.shape[0] + 2 * x];
        }
    });
    let doubled = Affine::from_spacing_origin([2.0; 3], [0.0; 3]);
    Volume::new(shape, out, volume.world_from_voxel.compose(&doubled))
}

/// The value below which a share of the (finite) values lies.
pub(super) fn percentile(values: &mut [f32], share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let index = ((values.len() - 1) as f64 * share).round() as usize;
    *values.select_nth_unstable_by(index, f32::total_cmp).1
}
