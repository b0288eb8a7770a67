//! Ages within a group: how far somebody is from the group's mean, and how maps vary with it.

use super::data::Dataset;
use crate::cohort::{Group, Split};

/// Age of each image in standard deviations from the mean of its group's training subjects, each counting as often as
/// it does; 0 where the age is unknown or all are of one age.
pub fn age_scores(data: &Dataset) -> Vec<f32> {
    let age_years = |index: usize| data.images[index].subject.age_years;
    let mut scores = vec![0.0; data.images.len()];
    for group in [Group::Young, Group::Old] {
        let ages: Vec<f64> = data.training(group).into_iter().filter_map(age_years).collect();
        let count = ages.len().max(1) as f64;
        let mean = ages.iter().sum::<f64>() / count;
        let sd = (ages.iter().map(|age| (age - mean).powi(2)).sum::<f64>() / count).sqrt();
        if sd > 0.0 {
            for index in data.indices(Split::Train, Some(group)) {
                scores[index] = age_years(index).map_or(0.0, |age| ((age - mean) / sd) as f32);
            }
        }
    }
    scores
}

/// Mean over the training subjects of a group of score times map (x fastest): the change of the map over one standard
/// deviation of age, as a straight line through the subjects gives it.
pub fn change_with_age(data: &Dataset, group: Group) -> Vec<f32> {
    let scores = age_scores(data);
    let subjects = data.training(group);
    let mut sums = vec![0.0f64; data.grid.voxel_count()];
    for &index in &subjects {
        let score = f64::from(scores[index]) / subjects.len() as f64;
        for (sum, &value) in sums.iter_mut().zip(&data.images[index].values) {
            *sum += score * f64::from(value);
        }
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::data::Image;
    use crate::cohort::Subject;
    use shared::volume::{Affine, Grid};

    /// Voxel 0 loses 0.01 a year, voxel 1 is the same in all.
    fn ageing() -> Dataset {
        let grid = Grid { shape: [2, 1, 1], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [0.0; 3]) };
        let image = |number: usize, age_years: Option<f64>, group| Image {
            subject: Subject {
                id: format!("sub-{number}"),
                age_years,
                sex: None,
                group,
                site: None,
                split: Some(Split::Train),
                gm_path: Default::default(),
            },
            values: vec![1.0 - 0.01 * age_years.unwrap_or(50.0) as f32, 0.5],
        };
        let old = [50.0, 60.0, 70.0, 80.0].into_iter().enumerate();
        let mut images: Vec<Image> = old.map(|(n, age)| image(n, Some(age), Group::Old)).collect();
        images.push(image(9, Some(30.0), Group::Young));
        Dataset { grid, images, balance_sites: false }
    }

    #[test]
    fn a_loss_with_age_is_found_in_its_size() {
        let data = ageing();
        let scores = age_scores(&data);
        // Deviations of -15, -5, 5, 15 years have a standard deviation of √125.
        assert!((scores[3] - 15.0 / 125f32.sqrt()).abs() < 1e-5, "{scores:?}");
        assert_eq!(scores[4], 0.0, "one age alone has no spread");
        let change = change_with_age(&data, Group::Old);
        assert!((change[0] + 0.01 * 125f32.sqrt()).abs() < 1e-5 && change[1].abs() < 1e-6, "{change:?}");
        assert_eq!(change_with_age(&data, Group::Young), [0.0, 0.0]);
    }

    #[test]
    fn somebody_without_an_age_says_nothing_of_it() {
        let mut data = ageing();
        data.images[0].subject.age_years = None;
        assert_eq!(age_scores(&data)[0], 0.0);
    }
}
