//! Fits the age estimate and the ageing curve of the age dial (how far ageing has progressed at each age): see
//! [`shared::explain::Ageing`].
//!
//! Ages are estimated by ridge regression on means of cells. Its leave-one-out predictions are nearer to the mean age
//! than they should be (regression to the mean); the regression line through them corrects this. How far ageing has
//! progressed is measured on the maps: each person's distance along the difference of the group means, without that
//! person's own contribution to it, as a monotone curve over age.

use crate::cohort::Group;
use crate::statistics::curves::{isotonic, line};
use crate::statistics::quantile_of_sorted;
use crate::statistics::ridge::{Row, each_once, ridge_regression};
use crate::training::config::AgeingConfig;
use crate::training::data::Dataset;
use crate::training::image::Image;
use anyhow::Result;
use burn::tensor::{Device, Tensor};
use shared::explain::{Ageing, Direction, Target, cell_means};
use std::collections::BTreeMap;

/// Nominal coverage: share of people whose age lies within the interval.
const COVERAGE: f64 = 0.9;

/// Width (standard deviation) over which the curve of ageing is smoothed, years.
const SMOOTHING_YEARS: f64 = 6.0;

/// Smallest slope of the predictions over age with which ages are estimated at all.
const LEAST_SLOPE: f64 = 0.1;

/// The fit, and each training subject's leave-one-out estimate of age.
pub struct FittedAgeing {
    pub ageing: Ageing,
    /// Years by the subject's index.
    left_out: BTreeMap<usize, f64>,
}

impl FittedAgeing {
    /// Amount of change, in units of the change from the mean young to the mean old, by which one subject is translated
    /// to the estimated age of another.
    pub fn amount_between(&self, young: usize, old: usize) -> f64 {
        let progress = |subject: usize| self.ageing.progress_at(self.years_left_out(subject));
        (progress(old) - progress(young)).max(0.0)
    }

    /// Amount of change, in the same units, by which a subject is translated to the mean of a group, as computed with the
    /// final bundle.
    pub fn amount_of(&self, data: &Dataset, subject: usize, group: Group) -> f64 {
        self.amount_at(self.ageing.look(&data.volume(data.images[subject].values.clone())).years, group)
    }

    fn amount_at(&self, years: f64, group: Group) -> f64 {
        let direction = if group == Group::Old { Direction::YoungToOld } else { Direction::OldToYoung };
        self.ageing.change(years, Target::Group(direction)).1
    }

    fn years_left_out(&self, subject: usize) -> f64 {
        self.left_out.get(&subject).copied().unwrap_or_default()
    }
}

/// An amount of change in the form of a generator's input, for one image.
pub fn amount_tensor(amount: f64, device: &Device) -> Tensor<5> {
    Tensor::full([1, 1, 1, 1, 1], amount as f32, device)
}

/// Fits to the training subjects and to those between the groups; `None` if somebody's age is unknown, or the maps do
/// not predict it.
pub fn fit(config: &AgeingConfig, data: &Dataset) -> Result<Option<FittedAgeing>> {
    let (subjects, mut counts) = each_once(&[Group::Young, Group::Old].map(|group| data.training(group)).concat());
    let images: Vec<&Image> = subjects.iter().map(|&index| &data.images[index]).chain(&data.between).collect();
    counts.resize(images.len(), 1.0);
    let ages: Option<Vec<f64>> = images.iter().map(|image| image.subject.age_years).collect();
    let Some(ages) = ages else { return Ok(None) };
    let row = |person: usize| {
        let features = cell_means(&data.volume(images[person].values.clone()), config.cell_voxels);
        Row { person, count: counts[person], aim: ages[person], features }
    };
    // It fails where all maps are alike.
    let Ok(ridge) = ridge_regression(&(0..images.len()).map(row).collect::<Vec<_>>(), config.ridge) else {
        return Ok(None);
    };
    let [slope, offset] = line(&ages, &ridge.left_out, &counts);
    if slope < LEAST_SLOPE {
        return Ok(None);
    }
    let curve = curve(&ages, &advance(data, &images, &counts), &counts);
    let ageing = Ageing {
        cell_voxels: config.cell_voxels,
        weights: ridge.weights.iter().map(|weight| four_digits(weight / slope)).collect(),
        bias_years: (ridge.bias - offset) / slope,
        interval_years: 0.0,
        mean_absolute_error_years: 0.0,
        ages_years: curve.iter().map(|(age, _)| *age).collect(),
        progress: curve.iter().map(|(_, progress)| *progress).collect(),
    };
    let corrected: Vec<f64> = ridge.left_out.iter().map(|answer| ageing.within((answer - offset) / slope)).collect();
    let mut errors: Vec<f64> = corrected.iter().zip(&ages).map(|(years, age)| (years - age).abs()).collect();
    errors.sort_by(f64::total_cmp);
    let n = errors.len() as f64;
    let rank = ((n + 1.0) * COVERAGE).ceil().min(n) - 1.0;
    let interval_years = quantile_of_sorted(&errors, rank / (n - 1.0)).unwrap_or_default();
    let mean_absolute_error_years = errors.iter().sum::<f64>() / n;
    // 0 is the mean of the young as they look, 1 that of the old.
    let mean = |group: Group| {
        let members = images.iter().zip(&corrected).zip(&counts);
        let members = members.filter(|((image, _), _)| image.subject.group == group);
        let (sum, count) = members.fold((0.0, 0.0), |(sum, total), ((_, years), count)| {
            (sum + ageing.progress_at(*years) * count, total + count)
        });
        sum / count
    };
    let [young, old] = [Group::Young, Group::Old].map(mean);
    if old - young <= 0.0 {
        return Ok(None);
    }
    let progress = ageing.progress.iter().map(|progress| (progress - young) / (old - young)).collect();
    let ageing = Ageing { progress, interval_years, mean_absolute_error_years, ..ageing };
    Ok(Some(FittedAgeing { ageing, left_out: subjects.into_iter().zip(corrected).collect() }))
}

/// Rounded, so that values in the file and in memory are the same.
fn four_digits(value: f64) -> f32 {
    format!("{value:.3e}").parse().unwrap_or(value as f32)
}

/// Position of each person along the difference of the group means, without its own contribution to that difference.
fn advance(data: &Dataset, images: &[&Image], counts: &[f64]) -> Vec<f64> {
    let mean = |group: Group| data.mean(&data.training(group)).data;
    let (young, old) = (mean(Group::Young), mean(Group::Old));
    let total = |group: Group| data.training(group).len() as f64;
    let (all_young, all_old) = (total(Group::Young), total(Group::Old));
    let of = |(image, &copies): (&&Image, &f64)| {
        // The own group's mean moves away from the person where it is left out.
        let (own, share) = match image.subject.group {
            Group::Young => (&young, copies / (all_young - copies).max(1.0)),
            Group::Old => (&old, -copies / (all_old - copies).max(1.0)),
            Group::Gap => (&young, 0.0),
        };
        let (mut along, mut length) = (0.0, 0.0);
        for (voxel, value) in image.values.iter().enumerate() {
            let away = f64::from(value - own[voxel]);
            let change = f64::from(old[voxel] - young[voxel]) + share * away;
            along += f64::from(value - young[voxel]) * change;
            length += change * change;
        }
        if length > 0.0 { along / length } else { 0.0 }
    };
    images.iter().zip(counts).map(of).collect()
}

/// Progress of ageing at each year of age: monotone (isotonic) regression, smoothed.
fn curve(ages: &[f64], advance: &[f64], counts: &[f64]) -> Vec<(f64, f64)> {
    let mut people: Vec<usize> = (0..ages.len()).collect();
    people.sort_by(|&a, &b| ages[a].total_cmp(&ages[b]));
    // People of one age are one point.
    let (mut points, mut means, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for same in people.chunk_by(|&a, &b| ages[a] == ages[b]) {
        let count: f64 = same.iter().map(|&person| counts[person]).sum();
        points.push(ages[same[0]]);
        means.push(same.iter().map(|&person| advance[person] * counts[person]).sum::<f64>() / count);
        weights.push(count);
    }
    let ages = points;
    let rising = isotonic(&means, &weights);
    let (youngest, oldest) = (ages.first().map_or(0.0, |age| age.floor()), ages.last().map_or(0.0, |age| age.ceil()));
    // Between two people the line from one to the other.
    let at = |years: f64| {
        let after = ages.partition_point(|age| *age < years).min(ages.len() - 1);
        let before = after.saturating_sub(1);
        let width = ages[after] - ages[before];
        let part = if width > 0.0 { ((years - ages[before]) / width).clamp(0.0, 1.0) } else { 1.0 };
        rising[before] + (rising[after] - rising[before]) * part
    };
    let years: Vec<f64> = (0..=(oldest - youngest) as usize).map(|year| youngest + year as f64).collect();
    let raw: Vec<f64> = years.iter().map(|&age| at(age)).collect();
    let smooth = |age: f64| {
        let weight = |other: f64| (-0.5 * ((age - other) / SMOOTHING_YEARS).powi(2)).exp();
        let (sum, total) = years
            .iter()
            .zip(&raw)
            .fold((0.0, 0.0), |(sum, total), (&other, value)| (sum + weight(other) * value, total + weight(other)));
        sum / total
    };
    let mut highest = f64::NEG_INFINITY;
    let never_falling = |value: f64| {
        highest = value.max(highest);
        highest
    };
    let smoothed: Vec<f64> = years.iter().map(|&age| smooth(age)).map(never_falling).collect();
    years.into_iter().zip(smoothed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::{GroupLimits, Split, Subject};
    use crate::random::random;
    use crate::training::image::Image;
    use rand::RngExt;
    use shared::volume::{Affine, Grid};

    const SHAPE: [usize; 3] = [8, 8, 4];
    const CONFIG: AgeingConfig = AgeingConfig { cell_voxels: [2, 2, 1], ridge: 0.3 };

    /// Grey matter falls from 40 years on, in the front half only.
    fn loss(age: f64) -> f64 {
        0.01 * (age - 40.0).max(0.0)
    }

    fn data(ages: impl Fn(usize) -> Option<f64>) -> Dataset {
        let image = |number: usize| {
            let true_age = 20.0 + number as f64;
            let mut random = random(11, 0, number as u64);
            let mut value = |voxel: usize| {
                let lost = if voxel / SHAPE[0] % SHAPE[1] < SHAPE[1] / 2 { loss(true_age) } else { 0.0 };
                (0.8 - lost + random.random_range(-0.1..0.1)) as f32
            };
            let values = (0..SHAPE.iter().product()).map(&mut value).collect();
            let subject = Subject {
                id: format!("sub-{number}"),
                age_years: ages(number),
                sex: None,
                group: if true_age < 50.0 { Group::Young } else { Group::Old },
                site: None,
                split: Some(Split::Train),
                gm_path: Default::default(),
            };
            Image { subject, values }
        };
        let grid = Grid { shape: SHAPE, mni_from_voxel: Affine::from_spacing_origin([4.0; 3], [0.0; 3]) };
        Dataset {
            grid,
            images: (0..61).map(image).collect(),
            groups: GroupLimits::PUBLISHED,
            between: Vec::new(),
            balance_sites: false,
        }
    }

    #[test]
    fn ages_are_told_without_a_bias_and_the_curve_bends_as_ageing_does() {
        let data = data(|number| Some(20.0 + number as f64));
        let fitted = fit(&CONFIG, &data).unwrap().unwrap();
        let ageing = &fitted.ageing;
        assert!(ageing.is_sound(SHAPE));
        // What is lost from 40 on can be told; before, nothing changes.
        let told = |number: usize| ageing.look(&data.volume(data.images[number].values.clone())).years;
        for number in [40, 50, 60] {
            assert!((told(number) - (20.0 + number as f64)).abs() < 12.0, "{} at {}", told(number), 20 + number);
        }
        let advance = |from: f64, to: f64| ageing.progress_at(to) - ageing.progress_at(from);
        assert!(advance(55.0, 75.0) > 4.0 * advance(20.0, 34.0), "{:?}", ageing.progress);
        // Within a quarter of what the maps were made with.
        let rate = |from: f64, to: f64| advance(from, to) / (loss(to) - loss(from));
        assert!((rate(50.0, 60.0) / rate(62.0, 74.0) - 1.0).abs() < 0.25);
        let errors = (0..61).filter(|&number| (told(number) - (20.0 + number as f64)).abs() <= ageing.interval_years);
        assert!(errors.count() >= 54);
    }

    #[test]
    fn pairs_are_led_as_far_as_they_are_apart_and_never_back() {
        let fitted = fit(&CONFIG, &data(|number| Some(20.0 + number as f64))).unwrap().unwrap();
        let mean = |pairs: &[(usize, usize)]| {
            pairs.iter().map(|&(young, old)| fitted.amount_between(young, old)).sum::<f64>() / pairs.len() as f64
        };
        let all: Vec<(usize, usize)> = (0..30).flat_map(|young| (30..61).map(move |old| (young, old))).collect();
        assert!((mean(&all) - 1.0).abs() < 0.05, "{}", mean(&all));
        let [near, far] = [(10, 32), (10, 58)].map(|(young, old)| fitted.amount_between(young, old));
        assert!(near < 0.6 && far > 1.4, "{near} {far}");
        assert_eq!(fitted.amount_between(60, 5), 0.0);
    }

    #[test]
    fn ages_between_the_groups_are_learned_from_too() {
        let all = data(|number| Some(20.0 + number as f64));
        let mut without = data(|number| Some(20.0 + number as f64));
        let of_45_to_49 = |image: &Image| (45.0..50.0).contains(&image.subject.age_years.unwrap());
        let (mut between, images) = std::mem::take(&mut without.images).into_iter().partition(of_45_to_49);
        without.images = images;
        let alone = fit(&CONFIG, &without).unwrap().unwrap().ageing;
        for image in &mut between {
            let image: &mut Image = image;
            image.subject.group = Group::Gap;
        }
        without.between = between;
        let with = fit(&CONFIG, &without).unwrap().unwrap().ageing;
        // The same people as in `all`, whichever group they are called.
        let told = |ageing: &Ageing| ageing.look(&all.volume(all.images[27].values.clone())).years;
        let reference = fit(&CONFIG, &all).unwrap().unwrap().ageing;
        assert!((told(&with) - told(&reference)).abs() < 1e-3, "{} {}", told(&with), told(&reference));
        assert!((told(&alone) - told(&reference)).abs() > 0.1);
    }

    #[test]
    fn without_ages_nothing_is_told() {
        assert!(fit(&CONFIG, &data(|number| (number != 7).then_some(50.0))).unwrap().is_none());
    }
}
