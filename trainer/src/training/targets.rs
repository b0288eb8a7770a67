//! Training targets of a classifier: the group of each subject, and how far its age is from the boundary between the
//! groups.

use crate::cohort::{Group, Subject};
use crate::random::random;
use crate::training::config::ClassifierTraining;
use crate::training::data::Dataset;
use crate::training::losses::{cross_entropy, huber};
use burn::tensor::{Device, Tensor, TensorData};
use rand::seq::SliceRandom;

/// Stream of random numbers (see [`random`]).
const PERMUTATION: u64 = 5;

/// Group and age of each subject of a data set, by index: its own, or permuted ones.
pub struct Targets {
    subjects: Vec<Subject>,
    /// Boundary between the groups.
    boundary_years: f64,
    permuted: bool,
}

impl Targets {
    /// Each subject's own group and age.
    pub fn of(data: &Dataset) -> Self {
        Targets {
            subjects: data.images.iter().map(|image| image.subject.clone()).collect(),
            boundary_years: data.groups.boundary_years(),
            permuted: false,
        }
    }

    /// Groups and ages permuted among the subjects, both together: there is nothing to learn but chance.
    pub fn permuted(data: &Dataset, seed: u64) -> Self {
        let Targets { subjects: own, boundary_years, .. } = Self::of(data);
        let mut donors: Vec<usize> = (0..own.len()).collect();
        donors.shuffle(&mut random(seed, PERMUTATION, 0));
        let subjects = own
            .iter()
            .zip(donors)
            .map(|(subject, donor)| Subject {
                group: own[donor].group,
                age_years: own[donor].age_years,
                ..subject.clone()
            })
            .collect();
        Targets { subjects, boundary_years, permuted: true }
    }

    /// Whether groups and ages are permuted.
    pub fn are_permuted(&self) -> bool {
        self.permuted
    }

    /// All subjects, with their target group and age.
    pub fn subjects(&self) -> Vec<&Subject> {
        self.subjects.iter().collect()
    }

    pub fn is_old(&self, index: usize) -> bool {
        self.subjects[index].group == Group::Old
    }

    /// Target of the linear fit: decades from the boundary, limited to ±1.5; +1 (old) or −1 (young) if the age is not
    /// known.
    pub fn decades(&self, index: usize) -> f64 {
        const MOST: f64 = 1.5;
        let sign = if self.is_old(index) { 1.0 } else { -1.0 };
        self.subjects[index].age_years.map_or(sign, |years| ((years - self.boundary_years) / 10.0).clamp(-MOST, MOST))
    }

    /// Loss of the log-odds `[n, 1]` of "old" of `batch`: cross-entropy with smoothed labels, and the age term.
    pub fn loss(&self, logits: Tensor<2>, batch: &[usize], config: &ClassifierTraining, device: &Device) -> Tensor<1> {
        let column = |value: &dyn Fn(usize) -> f32| -> Tensor<2> {
            let values: Vec<f32> = batch.iter().map(|&index| value(index)).collect();
            Tensor::from_data(TensorData::new(values, [batch.len(), 1]), device)
        };
        let smoothing = config.label_smoothing as f32;
        let labels = column(&|index| if self.is_old(index) { 1.0 - smoothing } else { smoothing });
        let loss = cross_entropy(logits.clone(), labels);
        let known = batch.iter().filter(|&&index| self.subjects[index].age_years.is_some()).count();
        if config.lambda_age == 0.0 || known == 0 {
            return loss;
        }
        let decades = column(&|index| {
            self.subjects[index].age_years.map_or(0.0, |years| ((years - self.boundary_years) / 10.0) as f32)
        });
        let has_age = column(&|index| if self.subjects[index].age_years.is_some() { 1.0 } else { 0.0 });
        let age = (huber(logits / config.age_logits_per_decade - decades) * has_age).sum() / known as f64;
        loss + age * config.lambda_age
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::GroupLimits;
    use crate::training::image::Image;
    use shared::model::{ClassifierConfig, Norm, SpatialKind};
    use shared::volume::{Affine, Grid};

    fn data() -> Dataset {
        let image = |number: usize| {
            let age = 20.0 + number as f64;
            let subject = Subject {
                id: format!("sub-{number:02}"),
                age_years: (number != 3).then_some(age),
                sex: None,
                group: Group::of_age(age, GroupLimits::PUBLISHED),
                site: None,
                split: None,
                gm_path: Default::default(),
            };
            Image { subject, values: vec![0.0] }
        };
        let grid = Grid { shape: [1, 1, 1], mni_from_voxel: Affine::from_spacing_origin([1.0; 3], [0.0; 3]) };
        // 20 young of 20 to 39 years, 20 old of 60 to 79.
        Dataset {
            grid,
            images: (0..20).chain(40..60).map(image).collect(),
            groups: GroupLimits::PUBLISHED,
            between: Vec::new(),
            balance_sites: false,
        }
    }

    fn config(lambda_age: f64, label_smoothing: f64) -> ClassifierTraining {
        ClassifierTraining {
            network: ClassifierConfig::plain(SpatialKind::Plane, 1, 1, Norm::None, 0.0),
            epochs: 1,
            batch: 1,
            slices: 0,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            ema: 0.0,
            label_smoothing,
            lambda_age,
            age_logits_per_decade: 2.0,
            ridge: 0.0,
            scanners: Vec::new(),
            bootstrap: false,
            folds: 0,
            permuted_folds: 0,
            permuted_epochs: 0,
            ensemble: 0,
        }
    }

    #[test]
    fn a_permutation_keeps_the_groups_sizes_and_little_of_the_labels() {
        let data = data();
        let (own, permuted) = (Targets::of(&data), Targets::permuted(&data, 1));
        assert!(permuted.are_permuted() && !own.are_permuted());
        let old = |targets: &Targets| (0..40).filter(|&index| targets.is_old(index)).count();
        assert_eq!((old(&own), old(&permuted)), (20, 20));
        let kept = (0..40).filter(|&index| own.is_old(index) == permuted.is_old(index)).count();
        assert!((8..32).contains(&kept), "{kept} of 40 labels are as before");
        assert_eq!(permuted.subjects, Targets::permuted(&data, 1).subjects);
        assert_ne!(permuted.subjects, Targets::permuted(&data, 2).subjects);
        // Age goes with the group, the identity stays.
        for (index, subject) in permuted.subjects.iter().enumerate() {
            assert_eq!(subject.id, data.images[index].subject.id);
            assert!(subject.age_years.is_none_or(|age| Group::of_age(age, GroupLimits::PUBLISHED) == subject.group));
        }
    }

    #[test]
    fn the_loss_by_hand() {
        let (data, device) = (data(), Device::flex());
        let targets = Targets::of(&data);
        let loss = |logit: f32, index: usize, config: ClassifierTraining| {
            let logits = Tensor::from_data(TensorData::new(vec![logit], [1, 1]), &device);
            targets.loss(logits, &[index], &config, &device).into_scalar::<f32>()
        };
        let entropy =
            |logit: f32, label: f32| (1.0 + (-logit).exp()).ln() * label + (1.0 + logit.exp()).ln() * (1.0 - label);
        // Index 39 is 79 years old: 3.15 decades beyond 47.5 years, 6.3 in log-odds.
        assert!((loss(2.0, 39, config(0.0, 0.0)) - entropy(2.0, 1.0)).abs() < 1e-5);
        assert!((loss(2.0, 39, config(0.0, 0.1)) - entropy(2.0, 0.9)).abs() < 1e-5);
        assert!((loss(6.3, 39, config(1.0, 0.0)) - entropy(6.3, 1.0)).abs() < 1e-5);
        assert!((loss(2.0, 39, config(0.5, 0.0)) - entropy(2.0, 1.0) - 0.5 * (2.15 - 0.5)).abs() < 1e-5);
        // 3.4 decades beyond 45 years, where groups as 30:60 part.
        let other = Targets::of(&Dataset { groups: "30:60".parse().unwrap(), ..data });
        assert_eq!((targets.decades(19), other.decades(19)), (-0.85, -0.6));
        // Index 3 has no age, and so no such term.
        assert!((loss(2.0, 3, config(0.5, 0.0)) - entropy(2.0, 0.0)).abs() < 1e-5);
    }
}
