//! The dose: a scale factor of the change, one per image. Those who have aged more have more to lose.
//!
//! The position of a subject between the groups is estimated from the image by ridge regression of age on the means of
//! cells. The predictions vary within a group for two reasons: how far each person has aged, and differences between
//! people at any age. The second is estimated by the variance of the other group around its own regression on age. As
//! in empirical Bayes (Efron and Morris 1973), the share max(0, 1 − variance of the other group around its regression
//! line / variance of the own group) of a subject's deviation from the mean of its group is attributed to ageing, and
//! added to the change; the rest is not. If the young vary no more than old people of one age, all young are changed
//! alike. All predictions are leave-one-out.

use crate::cohort::Group;
use crate::device;
use crate::statistics::ridge::{Row, each_once, ridge_regression};
use crate::training::data::Dataset;
use crate::training::setting::Setting;
use anyhow::Result;
use shared::model::{Dose, DoseConfig, SpatialKind};

/// Penalty of the regression, in units of the mean squared length of a subject's distance from the mean.
const PENALTY: f64 = 0.3;

/// Doses of both directions.
pub struct Doses {
    pub young_to_old: Dose,
    pub old_to_young: Dose,
}

/// Fits the doses to the training subjects.
pub fn fit(config: &DoseConfig, kind: SpatialKind, setting: &Setting) -> Result<Doses> {
    let Setting { data, device, .. } = setting;
    let (subjects, counts) = each_once(&[Group::Young, Group::Old].map(|group| data.training(group)).concat());
    let aims = aims(data, &subjects);
    let cells = cells(config, kind, setting, &subjects)?;
    let row = |(person, features)| Row { person, count: counts[person], aim: aims[person], features };
    let ridge = ridge_regression(&cells.into_iter().enumerate().map(row).collect::<Vec<_>>(), PENALTY)?;
    let members = |group: Group| -> Vec<usize> {
        let is_member = |place: &usize| data.images[subjects[*place]].subject.group == group;
        (0..subjects.len()).filter(is_member).collect()
    };
    let [young, old] = [Group::Young, Group::Old].map(|group| {
        let members = members(group);
        let of = |values: &[f64]| -> Vec<f64> { members.iter().map(|&place| values[place]).collect() };
        Scatter::of(&of(&ridge.left_out), &of(&aims), &of(&counts))
    });
    let distance = old.mean - young.mean;
    // Growth of the dose with the answer.
    let slope = |own: &Scatter, other: &Scatter| {
        let at_any_age = other.around_age / own.variance;
        if distance > 0.0 && at_any_age < 1.0 { (1.0 - at_any_age) / distance } else { 0.0 }
    };
    // A line of the answer that is 0 at the mean.
    let dose = |slope: f64, mean: f64| {
        let weights = ridge.weights.iter().map(|weight| (weight * slope) as f32).collect();
        config.init(kind, device).with_linear(weights, ((ridge.bias - mean) * slope) as f32)
    };
    // Who is older than most of the old has more to lose, and who is older than most of the young less to become old.
    Ok(Doses {
        young_to_old: dose(-slope(&young, &old), young.mean),
        old_to_young: dose(slope(&old, &young), old.mean),
    })
}

/// The target of the regression: the age in years; if anybody's is unknown, the group.
fn aims(data: &Dataset, subjects: &[usize]) -> Vec<f64> {
    let ages: Option<Vec<f64>> = subjects.iter().map(|&index| data.images[index].subject.age_years).collect();
    ages.unwrap_or_else(|| {
        subjects.iter().map(|&index| f64::from(u8::from(data.images[index].subject.group == Group::Old))).collect()
    })
}

/// Means of the cells of each subject.
fn cells(config: &DoseConfig, kind: SpatialKind, setting: &Setting, subjects: &[usize]) -> Result<Vec<Vec<f32>>> {
    let of = |&index: &usize| {
        let image = setting.data.batch(&[index], None, None, setting.device);
        device::values(config.means(kind, image))
    };
    subjects.iter().map(of).collect()
}

/// Mean and variance of the predictions of a group.
struct Scatter {
    mean: f64,
    variance: f64,
    /// Variance around the regression line on age.
    around_age: f64,
}

impl Scatter {
    /// Of predictions for people of these ages, with weights.
    fn of(answers: &[f64], ages: &[f64], counts: &[f64]) -> Self {
        let total: f64 = counts.iter().sum();
        let mean = |values: &[f64]| values.iter().zip(counts).map(|(value, count)| value * count).sum::<f64>() / total;
        let (mean_answer, mean_age) = (mean(answers), mean(ages));
        let covariance = |a: &[f64], mean_a: f64, b: &[f64], mean_b: f64| {
            let products: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).collect();
            mean(&products)
        };
        let variance = covariance(answers, mean_answer, answers, mean_answer);
        let with_age = covariance(answers, mean_answer, ages, mean_age);
        let of_age = covariance(ages, mean_age, ages, mean_age);
        let explained = if of_age > 0.0 { with_age * with_age / of_age } else { 0.0 };
        Scatter { mean: mean_answer, variance, around_age: variance - explained }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::{GroupLimits, Split, Subject};
    use crate::random::random;
    use crate::training::config::AugmentationConfig;
    use crate::training::image::Image;
    use burn::tensor::{Device, Tensor};
    use rand::RngExt;
    use shared::model::GridContext;
    use shared::volume::{Affine, Grid};

    const SHAPE: [usize; 3] = [8, 8, 4];
    const CELLS: DoseConfig = DoseConfig { voxels: 4, counts: [2, 2, 1] };

    /// Grey matter is lost by 0.005 a year from 20 on; people differ at any age by up to `nuisance` in every voxel alike.
    fn image(age: f64, nuisance: f64, number: usize) -> Image {
        let mut random = random(7, 0, number as u64);
        let level = 0.8 - 0.005 * (age - 20.0) + random.random_range(-1.0..1.0) * nuisance;
        let subject = Subject {
            id: format!("sub-{number}"),
            age_years: Some(age),
            sex: None,
            group: if age < 45.0 { Group::Young } else { Group::Old },
            site: None,
            split: Some(Split::Train),
            gm_path: Default::default(),
        };
        let values = (0..SHAPE.iter().product()).map(|_| (level + random.random_range(-0.02..0.02)) as f32).collect();
        Image { subject, values }
    }

    /// Young are 25 to 34, old 50 to 89 years old.
    fn doses(nuisance: f64) -> (Doses, Device) {
        let device = Device::flex();
        let age = |number: usize| if number < 40 { 25.0 + (number % 10) as f64 } else { 10.0 + number as f64 };
        let images = (0..80).map(|number| image(age(number), nuisance, number)).collect();
        let data =
            Dataset { grid: grid(), images, groups: GroupLimits::PUBLISHED, between: Vec::new(), balance_sites: false };
        let context = context(&device);
        let augmentation = &AugmentationConfig::NONE;
        let setting = Setting { data: &data, augmentation, context: &context, ageing: None, device: &device };
        (fit(&CELLS, SpatialKind::Volume, &setting).unwrap(), device)
    }

    fn grid() -> Grid {
        Grid { shape: SHAPE, mni_from_voxel: Affine::from_spacing_origin([4.0; 3], [0.0; 3]) }
    }

    fn context(device: &Device) -> GridContext {
        GridContext::everywhere(&grid(), device)
    }

    /// Dose of an image without anything of its own.
    fn dose(dose: &Dose, age: f64, device: &Device) -> f32 {
        let level = (0.8 - 0.005 * (age - 20.0)) as f32;
        let image = Tensor::full([1, 1, SHAPE[2], SHAPE[1], SHAPE[0]], level, device);
        dose.forward(image, &context(device)).into_scalar::<f32>()
    }

    #[test]
    fn who_has_aged_more_is_changed_more() {
        let (doses, device) = doses(0.0);
        let [early, mean, late] = [50.0, 69.5, 89.0].map(|age| dose(&doses.old_to_young, age, &device));
        // From the mean of the young, 29.5: 20.5, 40 and 59.5 years of loss, over 40.
        for (found, years) in [(early, 20.5), (mean, 40.0), (late, 59.5)] {
            assert!((found - years / 40.0).abs() < 0.12, "{early} {mean} {late}");
        }
        // To the mean of the old, 69.5: 44.5 and 35.5 years.
        for (age, years) in [(25.0, 44.5), (34.0, 35.5)] {
            let found = dose(&doses.young_to_old, age, &device);
            assert!((found - years / 40.0).abs() < 0.06, "{found} at {age}");
        }
    }

    #[test]
    fn what_people_differ_in_at_any_age_is_left() {
        let (doses, device) = doses(0.2);
        let [early, late] = [50.0, 89.0].map(|age| dose(&doses.old_to_young, age, &device));
        assert!(late - early < 0.6, "{early} {late}");
        // The young scatter no more than people of one age do.
        let [youngest, oldest] = [25.0, 34.0].map(|age| dose(&doses.young_to_old, age, &device));
        assert!((youngest - oldest).abs() < 0.02, "{youngest} {oldest}");
    }
}
