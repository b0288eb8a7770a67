//! Out-of-distribution detection: the distribution of the training maps, fitted once and tested before any verdict is
//! given. A classifier that learned from simulated scanners too is asked about what such scanners show: they count for the limit.

use crate::random::random;
use crate::training::data::Dataset;
use crate::training::scanner::MadeScanner;
use anyhow::{Result, anyhow};
use nalgebra::{DMatrix, SymmetricEigen};
use rand::seq::SliceRandom;
use rayon::prelude::*;
use shared::explain::{Familiar, cell_means};

/// Side of a cell, mm, where the mask is small; larger where it would hold more cells than this.
const CELL_MM: f64 = 8.0;
const MOST_CELLS: usize = 1000;

/// Principal components with their own variance: at most this many, and at most one per this many people.
const MOST_COMPONENTS: usize = 20;
const PEOPLE_PER_COMPONENT: usize = 4;

/// Folds for measuring the distance of people outside the fit, and the share of them within the limit.
const FOLDS: usize = 10;
const WITHIN_LIMIT: f64 = 0.98;

/// Stream of random numbers (see [`random`]).
const FOLD_ORDER: u64 = 11;

/// Precision of the values stored in the bundle.
const STEPS: f32 = 1e5;

/// Fits to the maps of `subjects`, each once. The limit holds for these and for the same as `scanners` show them.
pub fn fit(data: &Dataset, subjects: &[usize], scanners: &[MadeScanner], seed: u64) -> Result<Familiar> {
    let (cell_voxels, cells) = cells(data);
    let rows: Vec<Vec<f32>> = subjects
        .par_iter()
        .map(|&index| {
            let means = cell_means(&data.volume(data.images[index].values.clone()), cell_voxels);
            cells.iter().map(|&cell| means[cell]).collect()
        })
        .collect();
    let [nx, ny, _] = data.grid.shape;
    let distances_of = |familiar: &Familiar, index: usize| -> Vec<f32> {
        let own = &data.images[index].values;
        let shown = scanners.iter().map(|scanner| scanner.show(own, [nx, ny]));
        std::iter::once(own.clone()).chain(shown).map(|map| familiar.look(&data.volume(map)).distance).collect()
    };
    let spread = |kept: &[usize]| -> Result<Familiar> {
        let rows: Vec<&[f32]> = kept.iter().map(|&row| rows[row].as_slice()).collect();
        spread(&rows, cell_voxels, &cells)
    };
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.shuffle(&mut random(seed, FOLD_ORDER, 0));
    let folds = FOLDS.min(rows.len());
    let mut distances: Vec<Vec<f32>> = Vec::with_capacity(rows.len());
    for fold in 0..folds {
        let (left, kept): (Vec<_>, Vec<_>) = order.iter().enumerate().partition(|(place, _)| place % folds == fold);
        let fitted = spread(&kept.into_iter().map(|(_, row)| *row).collect::<Vec<_>>())?;
        for (_, &row) in left {
            distances.push(distances_of(&fitted, subjects[row]));
        }
    }
    let mut all = distances.concat();
    all.sort_by(f32::total_cmp);
    let place = ((all.len() - 1) as f64 * WITHIN_LIMIT).round() as usize;
    let limit = (all[place] * 1000.0).ceil() / 1000.0;
    let beyond = distances.iter().filter(|of_person| of_person[0] > limit).count();
    let false_alarms = beyond as f32 / distances.len() as f32;
    Ok(Familiar { limit, false_alarms, ..spread(&(0..rows.len()).collect::<Vec<_>>())? })
}

/// Voxels of a cell, and the cells of which most lies in the mask.
fn cells(data: &Dataset) -> ([usize; 3], Vec<usize>) {
    let mask = data.brain_mask();
    let spacing_mm = data.grid.mni_from_voxel.spacing_mm();
    for step in 1.. {
        let side_mm = CELL_MM * f64::from(step);
        let cell_voxels = spacing_mm.map(|mm| ((side_mm / mm).round() as usize).max(1));
        let means = cell_means(&mask, cell_voxels);
        let inside = |least: f32| (0..means.len()).filter(|&cell| means[cell] > least).collect::<Vec<usize>>();
        // A small mask fills no cell.
        let cells = if inside(0.5).is_empty() { inside(0.0) } else { inside(0.5) };
        if cells.len() <= MOST_CELLS {
            return (cell_voxels, cells);
        }
    }
    unreachable!("one cell holds all voxels at last")
}

/// Mean, components and variances of the rows, without a limit yet.
fn spread(rows: &[&[f32]], cell_voxels: [usize; 3], cells: &[usize]) -> Result<Familiar> {
    let (people, count) = (rows.len(), cells.len());
    let of = |cell: usize| rows.iter().map(|row| f64::from(row[cell])).sum::<f64>() / people as f64;
    let mean: Vec<f64> = (0..count).map(of).collect();
    let away = DMatrix::from_fn(people, count, |person, cell| f64::from(rows[person][cell]) - mean[cell]);
    // As many unknowns as people: eigenvectors of the products of people give those of the cells.
    let found = SymmetricEigen::new(&away * away.transpose());
    let mut order: Vec<usize> = (0..people).collect();
    order.sort_by(|a, b| found.eigenvalues[*b].total_cmp(&found.eigenvalues[*a]));
    let wanted = MOST_COMPONENTS.min(people / PEOPLE_PER_COMPONENT).min(count.saturating_sub(1));
    let total: f64 = found.eigenvalues.iter().map(|value| value.max(0.0)).sum();
    let (mut components, mut variances, mut kept) = (Vec::new(), Vec::new(), 0.0);
    for index in order.into_iter().take(wanted).take_while(|index| found.eigenvalues[*index] > 1e-9 * total) {
        let value = found.eigenvalues[index];
        let along = away.tr_mul(&found.eigenvectors.column(index)) / value.sqrt();
        components.push(along.iter().map(|value| rounded(*value as f32)).collect::<Vec<f32>>());
        variances.push((value / people as f64) as f32);
        kept += value;
    }
    let rest_variance = ((total - kept) / people as f64 / (count - components.len()).max(1) as f64) as f32;
    if rest_variance <= 0.0 || rest_variance.is_nan() {
        return Err(anyhow!("all subjects look the same; check the maps"));
    }
    Ok(Familiar {
        cell_voxels,
        cells: cells.to_vec(),
        mean: mean.into_iter().map(|value| rounded(value as f32)).collect(),
        components,
        variances,
        rest_variance,
        limit: f32::MAX,
        false_alarms: 0.0,
    })
}

fn rounded(value: f32) -> f32 {
    (value * STEPS).round() / STEPS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::site_balance::tests::confounded;
    use rand::RngExt;

    #[test]
    fn people_are_familiar_and_what_no_one_has_is_not() {
        let mut data = confounded();
        data.grid.shape = [32, 24, 1];
        let [nx, ny, _] = data.grid.shape;
        for (number, image) in data.images.iter_mut().enumerate() {
            let mut random = random(3, 0, number as u64);
            // People differ in one slope and in noise.
            let slope = random.random_range(-0.2..0.2);
            let value = |index: usize| {
                let across = (index % nx) as f32 / nx as f32 - 0.5;
                0.5 + slope * across + random.random_range(-0.02..0.02)
            };
            image.values = (0..nx * ny).map(value).collect();
        }
        let all: Vec<usize> = (0..data.images.len()).collect();
        let familiar = fit(&data, &all, &[], 1).unwrap();
        assert!(familiar.is_sound(data.grid.shape) && familiar.false_alarms < 0.1);
        let strange = |of: &dyn Fn(usize) -> f32| {
            familiar.look(&data.volume((0..data.grid.voxel_count()).map(of).collect())).is_strange()
        };
        assert!(!strange(&|index| 0.5 + 0.15 * ((index % nx) as f32 / nx as f32 - 0.5)));
        assert!(strange(&|index| 0.5 + 0.3 * ((index / nx % ny) as f32 / ny as f32 - 0.5)));
        assert_eq!(fit(&data, &all, &[], 1).unwrap(), familiar);

        // What a scanner shows that the classifier learned from may be judged, and nothing else beside it.
        let gain = 0.9;
        let darker = |index: usize| gain * (0.5 + 0.1 * ((index % nx) as f32 / nx as f32 - 0.5));
        assert!(strange(&darker));
        let scanner = MadeScanner { blur_voxels: 0.0, sharpen: 0.0, gamma: 1.0, gain };
        let wider = fit(&data, &all, &[scanner], 1).unwrap();
        assert!(wider.limit > familiar.limit);
        let look = |of: &dyn Fn(usize) -> f32| wider.look(&data.volume((0..data.grid.voxel_count()).map(of).collect()));
        assert!(!look(&darker).is_strange() && look(&|index| 0.5 * darker(index)).is_strange());
    }
}
