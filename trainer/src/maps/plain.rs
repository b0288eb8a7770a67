//! Maps that ask no classifier: the translation's own, and what an explanation has to be better than.

use crate::device::values;
use anyhow::Result;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use shared::explain::{Direction, Models};
use shared::model::tensor_from_volume;
use shared::volume::Volume;

/// Translated minus original image, grey-matter density.
pub fn difference(models: &Models, image: &Volume, direction: Direction) -> Result<Vec<f32>> {
    let amount = models.amount(image, direction);
    let drawn = values(models.translated(tensor_from_volume(image, &models.device), direction, amount))?;
    let mut translated = image.with_data(drawn);
    models.finish(image, &mut translated, direction, amount);
    Ok(translated.data.iter().zip(&image.data).map(|(after, before)| after - before).collect())
}

/// Size of the image's gradient by central differences, per voxel; beyond the border its own value goes on.
pub fn edges(image: &Volume) -> Vec<f32> {
    let [nx, ny, nz] = image.shape;
    let at = |x: usize, y: usize, z: usize| image.data[x + nx * (y + ny * z)];
    let beside = |place: usize, length: usize| (place.saturating_sub(1), (place + 1).min(length - 1));
    let mut sizes = Vec::with_capacity(image.data.len());
    for z in 0..nz {
        let (below, above) = beside(z, nz);
        for y in 0..ny {
            let (behind, before) = beside(y, ny);
            for x in 0..nx {
                let (left, right) = beside(x, nx);
                let slopes = [
                    at(right, y, z) - at(left, y, z),
                    at(x, before, z) - at(x, behind, z),
                    at(x, y, above) - at(x, y, below),
                ];
                sizes.push(0.5 * slopes.iter().map(|slope| slope * slope).sum::<f32>().sqrt());
            }
        }
    }
    sizes
}

/// As many standard normal numbers.
pub fn noise(count: usize, mut random: ChaCha8Rng) -> Vec<f32> {
    (0..count).map(|_| StandardNormal.sample(&mut random)).collect()
}
