//! Scanning: from intensities on the label map's grid to the numbers of a file.

use super::cut::Knife;
use super::labels::HeadLabels;
use super::random::Random;
use super::recipe::{Range, Recipe};
use super::view::View;
use crate::prepare::t1::field::{sample, smooth};
use crate::threads::fill_slices;
use crate::volume::{Affine, Volume};

/// Multiplies the gain into intensities on the label map's grid.
pub(super) fn add_bias(head: &HeadLabels, data: &mut [f32], bias: f64, seed: u64) {
    if bias <= 0.0 {
        return;
    }
    let mut random = Random::new(seed, 3);
    // Coils: a slope, a bowl, and one or two waves across the head.
    let slope = [0; 3].map(|_| random.normal());
    let bowl = [0; 3].map(|_| 0.7 * random.normal());
    let wave = [0; 3].map(|_| random.between(0.3, 0.9));
    let phase = [0; 3].map(|_| random.between(0.0, std::f64::consts::TAU));
    let strength = 0.8 * random.normal();
    let field = |index: usize| -> f32 {
        let voxel = head.voxel(index);
        let at: [f64; 3] = std::array::from_fn(|axis| 2.0 * voxel[axis] / (head.shape[axis] - 1) as f64 - 1.0);
        let plain: f64 = (0..3).map(|axis| slope[axis] * at[axis] + bowl[axis] * at[axis] * at[axis]).sum();
        let waves: f64 =
            (0..3).map(|axis| (std::f64::consts::TAU * wave[axis] * at[axis] + phase[axis]).sin()).product();
        (plain + strength * waves) as f32
    };
    let field = crate::threads::map(data.len(), field);
    let inside = || field.iter().zip(&head.labels).filter(|(_, label)| **label > 0).map(|(value, _)| *value);
    let (low, high) = inside().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    for (value, field) in data.iter_mut().zip(&field) {
        // From 1 − bias/2 to 1 + bias/2 within the head.
        let share = (field - low) / (high - low).max(1e-6) - 0.5;
        *value *= (1.0 + bias as f32 * share).max(0.1);
    }
}

/// Samples intensities on the scanner's grid, cuts, and adds noise. Zero outside what was scanned.
pub(super) fn scan(
    head: &HeadLabels,
    intensities: Vec<f32>,
    view: &View,
    label_from_world: &Affine,
    knives: &[Knife],
    recipe: &Recipe,
) -> Volume {
    let label_from_view = label_from_world.compose(&view.world_from_voxel);
    // A thick voxel is the mean over its length.
    let pieces = recipe.spacing_mm.map(|mm| (mm / head.spacing_mm()).ceil().max(1.0) as usize);
    // Air begins two voxels beyond the head where it is made clean.
    let mut near = Vec::new();
    if recipe.clean_air {
        near = head.labels.iter().map(|label| f32::from(u8::from(*label > 0))).collect();
        near = smooth(&near, head.shape, [1.0; 3]);
    }
    let painted = Volume::new(head.shape, intensities, Affine::IDENTITY);
    let [nx, ny, nz] = view.shape;
    let mut data = vec![0.0; nx * ny * nz];
    fill_slices(&mut data, nx * ny, |z, slice| {
        if !(view.first[2]..view.end[2]).contains(&z) {
            return;
        }
        let mut random = Random::new(recipe.seed, 1000 + z as u64);
        for y in view.first[1]..view.end[1] {
            for x in view.first[0]..view.end[0] {
                let place = [x as f64, y as f64, z as f64];
                let voxel = label_from_view.apply(place);
                let kept = knives.iter().all(|knife| knife.keeps(head, voxel));
                let clean = recipe.clean_air && nearest(&near, head.shape, voxel) < 0.02;
                if !kept || clean {
                    continue;
                }
                let signal = f64::from(mean_over(&painted, &label_from_view, place, pieces));
                slice[y * nx + x] = if recipe.noise > 0.0 {
                    // Rician: the length of a complex signal with noise in both parts.
                    (signal + recipe.noise * random.normal()).hypot(recipe.noise * random.normal()) as f32
                } else {
                    signal as f32
                };
            }
        }
    });
    Volume::new(view.shape, data, view.world_from_voxel)
}

fn nearest(data: &[f32], shape: [usize; 3], voxel: [f64; 3]) -> f32 {
    let rounded = voxel.map(f64::round);
    let inside = (0..3).all(|axis| rounded[axis] >= 0.0 && rounded[axis] < shape[axis] as f64);
    let [x, y, z] = rounded.map(|position| position as usize);
    if inside { data[(z * shape[1] + y) * shape[0] + x] } else { 0.0 }
}

/// Mean over a voxel of the scan that is cut into `pieces` along each axis.
fn mean_over(painted: &Volume, label_from_view: &Affine, place: [f64; 3], pieces: [usize; 3]) -> f32 {
    let mut sum = 0.0;
    let offset = |axis: usize, piece: usize| (piece as f64 + 0.5) / pieces[axis] as f64 - 0.5;
    for c in 0..pieces[2] {
        for b in 0..pieces[1] {
            for a in 0..pieces[0] {
                let part = [place[0] + offset(0, a), place[1] + offset(1, b), place[2] + offset(2, c)];
                let voxel = label_from_view.apply(part).map(|position| position as f32);
                sum += sample(painted, voxel).unwrap_or(0.0);
            }
        }
    }
    sum / pieces.iter().product::<usize>() as f32
}

/// The unit of the file: white matter at 1 becomes what the recipe says.
pub(super) fn to_range(data: &mut [f32], range: &Range) {
    match range {
        Range::Whole { top, offset } => {
            let mut bright: Vec<f32> = data.iter().copied().filter(|value| *value > 0.1).collect();
            let index = bright.len() * 99 / 100;
            // An empty scan stays empty.
            let high = if bright.is_empty() { 1.0 } else { *bright.select_nth_unstable_by(index, f32::total_cmp).1 };
            let gain = (*top as f32 - *offset as f32) / high;
            data.iter_mut().for_each(|value| *value = (*value * gain + *offset as f32).round().clamp(0.0, 32_767.0));
        }
        Range::ZScored => {
            let count = data.len() as f64;
            let mean = data.iter().map(|value| f64::from(*value)).sum::<f64>() / count;
            let variance = data.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count;
            let deviation = variance.sqrt().max(1e-6);
            data.iter_mut().for_each(|value| *value = ((f64::from(*value) - mean) / deviation) as f32);
        }
    }
}
