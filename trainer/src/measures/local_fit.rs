//! A deformation without a network: for each voxel, the weights of what is deformable that turn the mean of one group into that of the other.
//!
//! One voxel cannot tell its weights from one difference. They are fitted by ridge regression over a Gaussian neighbourhood, where they are
//! taken to be the same.

use crate::statistics::gaussian::gaussian;
use anyhow::{Result, anyhow};
use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;
use shared::model::{SpatialKind, deformable, weights_of_a_voxel};

/// Standard deviation of the neighbourhood.
const NEIGHBOURHOOD_VOXELS: f64 = 0.85;
/// Strength of the ridge, in units of the mean of the squares.
const RIDGE: f64 = 0.1;
/// The same in absolute terms, where nothing is.
const LEAST_RIDGE: f64 = 1e-6;

/// What is deformable in a map (x fastest, `shape` voxels along x, y, z): number by number, each x fastest.
///
/// # Errors
/// The tensor could not be read back.
pub fn deformable_of_map(kind: SpatialKind, map: &[f32], [nx, ny, nz]: [usize; 3]) -> Result<Vec<f32>> {
    let image = Tensor::<5>::from_data(TensorData::new(map.to_vec(), [1, 1, nz, ny, nx]), &Device::flex());
    deformable(kind, image).into_data().try_to_vec().map_err(|error| anyhow!("{error:?}"))
}

/// Mean over maps of what is deformable.
///
/// # Errors
/// As [`deformable_of_map`].
pub fn mean_deformable(kind: SpatialKind, maps: &[&[f32]], shape: [usize; 3]) -> Result<Vec<f32>> {
    let voxels: usize = shape.iter().product();
    let mut sums = vec![0.0f64; voxels * weights_of_a_voxel(kind)];
    for map in maps {
        for (sum, value) in sums.iter_mut().zip(deformable_of_map(kind, map, shape)?) {
            *sum += f64::from(value);
        }
    }
    Ok(sums.into_iter().map(|sum| (sum / maps.len().max(1) as f64) as f32).collect())
}

/// Weights of each voxel, number by number, each x fastest; 0 outside of the mask. `means` are those of [`mean_deformable`] of the own group,
/// `change` the mean of the other less that of the own.
pub fn fit(kind: SpatialKind, means: &[f32], change: &[f32], mask: &[bool], shape: [usize; 3]) -> Vec<f32> {
    let (voxels, count) = (mask.len(), weights_of_a_voxel(kind));
    let inside = |values: &[f32]| -> Vec<f32> {
        values.iter().zip(mask).map(|(&value, &inside)| if inside { value } else { 0.0 }).collect()
    };
    let voxels_inside = mask.iter().filter(|inside| **inside).count().max(1) as f64;
    // Each number in units of its size: the ridge treats all alike.
    let scaled: Vec<(f32, Vec<f32>)> = means
        .chunks(voxels)
        .map(|values| {
            let values = inside(values);
            let squares: f64 = values.iter().map(|value| f64::from(*value).powi(2)).sum();
            let size = (squares / voxels_inside).sqrt() as f32;
            let size = if size > 0.0 { size } else { 1.0 };
            (size, values.iter().map(|value| value / size).collect())
        })
        .collect();
    let around = |a: &[f32], b: &[f32]| -> Vec<f32> {
        let products: Vec<f32> = a.iter().zip(b).map(|(a, b)| a * b).collect();
        gaussian(&products, shape, [NEIGHBOURHOOD_VOXELS; 3])
    };
    let pairs: Vec<(usize, usize)> = (0..count).flat_map(|row| (0..=row).map(move |column| (row, column))).collect();
    let products: Vec<Vec<f32>> =
        pairs.par_iter().map(|&(row, column)| around(&scaled[row].1, &scaled[column].1)).collect();
    let change = inside(change);
    let aims: Vec<Vec<f32>> = scaled.par_iter().map(|(_, values)| around(values, &change)).collect();
    let weights_of = |voxel: usize| -> Vec<f32> {
        if !mask[voxel] {
            return vec![0.0; count];
        }
        let mut squares = DMatrix::<f64>::zeros(count, count);
        for (&(row, column), products) in pairs.iter().zip(&products) {
            let product = f64::from(products[voxel]);
            squares[(row, column)] = product;
            squares[(column, row)] = product;
        }
        let ridge = RIDGE * squares.trace() / count as f64 + LEAST_RIDGE;
        (0..count).for_each(|at| squares[(at, at)] += ridge);
        let aim = DVector::from_fn(count, |at, _| f64::from(aims[at][voxel]));
        let Some(factor) = squares.cholesky() else { return vec![0.0; count] };
        factor.solve(&aim).iter().zip(&scaled).map(|(weight, (size, _))| *weight as f32 / size).collect()
    };
    let by_voxel: Vec<Vec<f32>> = (0..voxels).into_par_iter().map(weights_of).collect();
    (0..count).flat_map(|at| by_voxel.iter().map(move |weights| weights[at])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wall whose place differs between people, in a box of 16 x 6 x 6 voxels.
    fn wall(at: f32) -> Vec<f32> {
        (0..16 * 6 * 6).map(|voxel| 1.0 / (1.0 + ((voxel % 16) as f32 - at).exp())).collect()
    }

    #[test]
    fn a_wall_that_moves_is_moved_where_it_stands_in_the_one_brain() {
        let (kind, shape) = (SpatialKind::Volume, [16, 6, 6]);
        let young: Vec<Vec<f32>> = (0..9).map(|n| wall(6.5 + 0.25 * n as f32)).collect();
        let old: Vec<Vec<f32>> = (0..9).map(|n| wall(6.0 + 0.25 * n as f32)).collect();
        let slices = |maps: &[Vec<f32>]| {
            mean_deformable(kind, &maps.iter().map(Vec::as_slice).collect::<Vec<_>>(), shape).unwrap()
        };
        let (means, aims) = (slices(&young), slices(&old));
        let mask = vec![true; means.len() / weights_of_a_voxel(kind)];
        let change: Vec<f32> = aims.iter().zip(&means).take(mask.len()).map(|(aim, mean)| aim - mean).collect();
        let weights = fit(kind, &means, &change, &mask, shape);
        for place in [6.5, 8.5] {
            let numbers = deformable_of_map(kind, &wall(place), shape).unwrap();
            let row =
                |values: &dyn Fn(usize) -> f32| -> Vec<f32> { (0..16).map(|x| values(x + 16 * (3 + 6 * 3))).collect() };
            let drawn = row(&|voxel| {
                (0..weights_of_a_voxel(kind))
                    .map(|at| weights[at * mask.len() + voxel] * numbers[at * mask.len() + voxel])
                    .sum()
            });
            let (before, after) = (wall(place), wall(place - 0.5));
            let true_change = row(&|voxel| after[voxel] - before[voxel]);
            let same_for_all = row(&|voxel| change[voxel]);
            let error = |found: &[f32]| -> f32 { found.iter().zip(&true_change).map(|(a, b)| (a - b).powi(2)).sum() };
            assert!(error(&drawn) < 0.5 * error(&same_for_all), "{place}: {drawn:?} for {true_change:?}");
        }
    }
}
