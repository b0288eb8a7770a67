//! Shrinkage: the difference of the group means minus what chance explains of it.
//!
//! Two groups of a hundred differ a little everywhere by chance alone, and a translation with this target would learn
//! noise. The positive-part estimator of James and Stein (1961; Efron and Morris 1973) multiplies a difference d of
//! variance s² by max(0, 1 − s² / d²); d² and s² are means over a Gaussian neighbourhood, since a single voxel is too
//! noisy.

use crate::cohort::Group;
use crate::statistics::gaussian::gaussian;
use crate::training::data::Dataset;
use crate::training::feature::Feature;

/// Mean of old minus mean of young training subjects of a feature (x fastest), shrunk over
/// neighbourhoods of `pooling_voxels` (standard deviation, along each axis); 0 leaves it as it is.
pub fn shrunken_group_change(data: &Dataset, feature: Feature, pooling_voxels: f64) -> Vec<f32> {
    let change = data.group_change(feature);
    if pooling_voxels <= 0.0 {
        return change;
    }
    let variance = variance_of_change(data, feature);
    let around = |values: Vec<f32>| gaussian(&values, data.grid.shape, [pooling_voxels; 3]);
    let found = around(change.iter().map(|change| change * change).collect());
    let by_chance = around(variance);
    let share = |found: f32, by_chance: f32| if found > by_chance { 1.0 - by_chance / found } else { 0.0 };
    change
        .iter()
        .zip(found.iter().zip(&by_chance))
        .map(|(change, (&found, &chance))| change * share(found, chance))
        .collect()
}

/// Sampling variance of [`Dataset::group_change`], voxel by voxel: of each group's mean, added.
fn variance_of_change(data: &Dataset, feature: Feature) -> Vec<f32> {
    let mut variance = vec![0.0f64; data.grid.voxel_count()];
    for group in [Group::Young, Group::Old] {
        let subjects = data.training(group);
        let count = subjects.len() as f64;
        let mut sums = vec![[0.0f64; 2]; variance.len()];
        for &index in &subjects {
            let found = feature.of_map(&data.images[index].values, data.grid.shape);
            for (sum, value) in sums.iter_mut().zip(found) {
                let value = f64::from(value);
                *sum = [sum[0] + value, sum[1] + value * value];
            }
        }
        // Copies of one person (balanced sites) say nothing new: what counts is the number of people.
        let mut people = subjects;
        people.dedup();
        let degrees = (people.len() as f64 - 1.0).max(1.0);
        for (variance, [sum, squares]) in variance.iter_mut().zip(sums) {
            *variance += (squares / count - (sum / count).powi(2)).max(0.0) / degrees;
        }
    }
    variance.into_iter().map(|value| value as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::{GroupLimits, Split, Subject};
    use crate::random::random;
    use crate::training::image::Image;
    use rand::RngExt;
    use shared::volume::{Affine, Grid};

    /// Noise everywhere; the old have `effect` more in the front half.
    fn noisy(effect: f32) -> Dataset {
        const SHAPE: [usize; 3] = [12, 24, 12];
        let mut random = random(3, 0, 0);
        let mut image = |number: usize, group: Group| Image {
            subject: Subject {
                id: format!("sub-{number}"),
                age_years: None,
                sex: None,
                group,
                site: None,
                split: Some(Split::Train),
                gm_path: Default::default(),
            },
            values: (0..SHAPE.iter().product::<usize>())
                .map(|voxel| {
                    let is_front = voxel / SHAPE[0] % SHAPE[1] >= SHAPE[1] / 2;
                    let added = if is_front && group == Group::Old { effect } else { 0.0 };
                    random.random_range(-1.0f32..1.0) + added
                })
                .collect(),
        };
        let grid = Grid { shape: SHAPE, mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [0.0; 3]) };
        let images = (0..40).map(|number| image(number, if number < 20 { Group::Young } else { Group::Old })).collect();
        Dataset { grid, images, groups: GroupLimits::PUBLISHED, between: Vec::new(), balance_sites: false }
    }

    fn mean_absolute(values: &[f32]) -> f32 {
        values.iter().map(|value| value.abs()).sum::<f32>() / values.len() as f32
    }

    #[test]
    fn chance_vanishes_and_an_effect_stays() {
        let nothing = noisy(0.0);
        let before = mean_absolute(&nothing.group_change(Feature::Value));
        let after = mean_absolute(&shrunken_group_change(&nothing, Feature::Value, 2.0));
        assert!(after < 0.1 * before, "{after} is left of {before}");
        let effect = noisy(1.0);
        let change = shrunken_group_change(&effect, Feature::Value, 2.0);
        // Rows far from the border between the halves.
        let rows = |from: usize, to: usize| -> Vec<f32> {
            change
                .iter()
                .enumerate()
                .filter(|(voxel, _)| (from..to).contains(&(voxel / 12 % 24)))
                .map(|(_, &v)| v)
                .collect()
        };
        let (front, back) = (rows(18, 24), rows(0, 6));
        let kept = front.iter().sum::<f32>() / front.len() as f32;
        assert!((0.9..1.02).contains(&kept), "{kept} is left of 1");
        assert!(mean_absolute(&back) < 0.1 * before, "{}", mean_absolute(&back));
    }

    #[test]
    fn without_a_neighbourhood_it_is_the_plain_difference() {
        let data = noisy(0.5);
        assert_eq!(shrunken_group_change(&data, Feature::Value, 0.0), data.group_change(Feature::Value));
    }
}
