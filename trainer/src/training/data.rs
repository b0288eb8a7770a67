//! The cohort in memory and the random draws from it. Every draw depends on (seed, step) alone, so that a resumed
//! training sees the same data as one that ran through.

use crate::cohort::{Cohort, Group, GroupLimits, Split};
use crate::training::augmentation::{Augmentation, Shift};
use crate::training::config::AugmentationConfig;
use crate::training::feature::Feature;
use crate::training::image::Image;
use crate::training::scanner::MadeScanner;
use crate::training::site_balance;
use anyhow::Result;
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use shared::model::SpatialKind;
use shared::volume::{Grid, Volume};
use std::path::Path;

/// The people of a cohort.
pub struct Dataset {
    pub grid: Grid,
    /// All young and old ones.
    pub images: Vec<Image>,
    /// Ages of the young and the old.
    pub groups: GroupLimits,
    /// People of ages between the groups who were not excluded: used only to fit the age dial.
    pub between: Vec<Image>,
    /// Whether training subjects are reweighted as if each site had as many young as old, see
    /// [`crate::training::site_balance`].
    pub balance_sites: bool,
}

impl Dataset {
    /// Reads every subject of a cohort with its split; maps prepared by another version of our preparation than
    /// `preparation` are refused.
    pub fn load(cohort: &Cohort, grid: &Grid, preparation: &str) -> Result<Self> {
        let images = cohort
            .subjects
            .par_iter()
            .filter(|subject| subject.group != Group::Gap || subject.split != Some(Split::Test))
            .map(|subject| {
                Ok(Image { subject: subject.clone(), values: cohort.load_gm(subject, grid, preparation)?.data })
            })
            .collect::<Result<Vec<Image>>>()?;
        let (between, images) = images.into_iter().partition(|image| image.subject.group == Group::Gap);
        let groups = cohort.description.groups;
        Ok(Dataset { grid: grid.clone(), images, groups, between, balance_sites: false })
    }

    /// The same with balanced sites in all that is trained on it; `cohort` is the folder that an error names.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`] if a subject has no site, or a site has training subjects of one group only.
    pub fn with_balanced_sites(self, cohort: &Path) -> Result<Self> {
        site_balance::check(&self.images, &self.indices(Split::Train, None), cohort)?;
        Ok(Dataset { balance_sites: true, ..self })
    }

    /// `subjects` (indices, each once), each repeated as often as it counts in training: once, or as required by
    /// balanced sites, with repeats side by side. `is_old` is the label of each.
    pub fn counted(&self, subjects: &[usize], is_old: impl Fn(usize) -> bool) -> Vec<usize> {
        if self.balance_sites { site_balance::balanced(&self.images, subjects, is_old) } else { subjects.to_vec() }
    }

    /// Indices of the training subjects of a group, each as often as it counts: for draws, sums and means.
    ///
    /// [`Dataset::indices`] has each once: for numbers of people, and for those who are shown.
    pub fn training(&self, group: Group) -> Vec<usize> {
        let group_of = |index: usize| self.images[index].subject.group;
        let mut subjects = self.counted(&self.indices(Split::Train, None), |index| group_of(index) == Group::Old);
        subjects.retain(|&index| group_of(index) == group);
        subjects
    }

    /// Indices of one split, of one group or both, each once.
    pub fn indices(&self, split: Split, group: Option<Group>) -> Vec<usize> {
        (0..self.images.len())
            .filter(|&index| {
                let subject = &self.images[index].subject;
                subject.split == Some(split) && group.is_none_or(|group| subject.group == group)
            })
            .collect()
    }

    /// Voxel-wise mean over subjects, on the grid; one that is listed twice counts twice.
    pub fn mean(&self, indices: &[usize]) -> Volume {
        let mut sums = vec![0.0f64; self.grid.voxel_count()];
        for &index in indices {
            for (sum, &value) in sums.iter_mut().zip(&self.images[index].values) {
                *sum += f64::from(value);
            }
        }
        let count = indices.len().max(1) as f64;
        self.volume(sums.into_iter().map(|sum| (sum / count) as f32).collect())
    }

    /// Mean of old minus mean of young training subjects of a feature (x fastest): the target of a translation's mean
    /// change. Sites are balanced if the data set says so.
    pub fn group_change(&self, feature: Feature) -> Vec<f32> {
        let mut change = vec![0.0f64; self.grid.voxel_count()];
        for (group, sign) in [(Group::Old, 1.0), (Group::Young, -1.0)] {
            let subjects = self.training(group);
            let share = sign / subjects.len().max(1) as f64;
            for index in subjects {
                let found = feature.of_map(&self.images[index].values, self.grid.shape);
                for (sum, value) in change.iter_mut().zip(found) {
                    *sum += share * f64::from(value);
                }
            }
        }
        change.into_iter().map(|value| value as f32).collect()
    }

    /// Values as a volume on the grid.
    pub fn volume(&self, data: Vec<f32>) -> Volume {
        self.grid.volume(data)
    }

    /// Densities are multiples of this: of 1/255, as stored in files of 8 bits, or of its half or quarter after
    /// resampling half-way between voxels. `None` if they are not. A histogram with plain bins would distinguish finer
    /// values from these, whatever the image shows.
    pub fn value_step(&self) -> Option<f32> {
        const NEAR: f32 = 0.01;
        let is_whole = |steps: f32| {
            let whole = |value: &f32| (value * steps - (value * steps).round()).abs() < NEAR;
            self.images.iter().all(|image| image.values.iter().all(whole))
        };
        [255.0, 510.0, 1020.0].into_iter().find(|&steps| is_whole(steps)).map(|steps| 1.0 / steps)
    }

    /// Where a generator may change the image: a group's mean exceeds 1 % within one voxel in plane.
    ///
    /// Computed from training subjects only.
    pub fn brain_mask(&self) -> Volume {
        const LEAST_MEAN: f32 = 0.01;
        let [nx, ny, nz] = self.grid.shape;
        let mut mask = vec![0.0f32; self.grid.voxel_count()];
        for group in [Group::Young, Group::Old] {
            let mean = self.mean(&self.training(group));
            for z in 0..nz {
                for y in 0..ny {
                    for x in 0..nx {
                        if mean.data[x + nx * (y + ny * z)] <= LEAST_MEAN {
                            continue;
                        }
                        for near_y in y.saturating_sub(1)..(y + 2).min(ny) {
                            for near_x in x.saturating_sub(1)..(x + 2).min(nx) {
                                mask[near_x + nx * (near_y + ny * z)] = 1.0;
                            }
                        }
                    }
                }
            }
        }
        self.volume(mask)
    }

    /// Images as `[n, 1, z, y, x]`, each augmented; only the given slices, or all for `None`.
    pub fn batch(
        &self,
        indices: &[usize],
        slices: Option<&[usize]>,
        augmentation: Option<(&AugmentationConfig, &mut ChaCha8Rng)>,
        device: &Device,
    ) -> Tensor<5> {
        self.gather(indices, slices, augmentation).on(device)
    }

    /// Whole images as a simulated scanner shows them, not yet on a device.
    pub fn shown_by(&self, indices: &[usize], scanner: Option<&MadeScanner>) -> Batch {
        let mut batch = self.gather(indices, None, None);
        if let Some(scanner) = scanner {
            let [nx, ny, _] = self.grid.shape;
            batch.values = scanner.show(&batch.values, [nx, ny]);
        }
        batch
    }

    /// The same as [`Dataset::batch`], not yet on a device.
    pub fn gather(
        &self,
        indices: &[usize],
        slices: Option<&[usize]>,
        augmentation: Option<(&AugmentationConfig, &mut ChaCha8Rng)>,
    ) -> Batch {
        let [nx, ny, nz] = self.grid.shape;
        let all: Vec<usize> = (0..nz).collect();
        let slices = slices.unwrap_or(&all);
        let draws: Vec<Option<Augmentation>> = match augmentation {
            None => indices.iter().map(|_| None).collect(),
            Some((config, random)) => indices.iter().map(|_| Some(Augmentation::draw(config, random))).collect(),
        };
        let images: Vec<Vec<f32>> = indices
            .iter()
            .zip(&draws)
            .map(|(&index, draw)| {
                let mut values = Vec::with_capacity(slices.len() * nx * ny);
                for &z in slices {
                    let slice = &self.images[index].values[z * nx * ny..(z + 1) * nx * ny];
                    match draw {
                        None => values.extend_from_slice(slice),
                        Some(draw) => draw.apply(slice, nx, ny, &mut values),
                    }
                }
                values
            })
            .collect();
        Batch {
            values: images.concat(),
            shape: [indices.len(), 1, slices.len(), ny, nx],
            shifts: draws.iter().map(|draw| draw.as_ref().map_or([0, 0], Augmentation::shift)).collect(),
        }
    }
}

/// Images of some subjects in main memory.
pub struct Batch {
    /// x fastest.
    values: Vec<f32>,
    /// Subjects, 1, z, y, x.
    shape: [usize; 5],
    /// The in-plane shift that the augmentation gave each subject.
    pub shifts: Vec<Shift>,
}

impl Batch {
    pub fn on(self, device: &Device) -> Tensor<5> {
        Tensor::from_data(TensorData::new(self.values, self.shape), device)
    }
}

/// `count` different axial slices out of `depth`, ascending; all of them for 0 or in volume mode.
pub fn draw_slices(kind: SpatialKind, count: usize, depth: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    if kind == SpatialKind::Volume || count == 0 || count >= depth {
        return (0..depth).collect();
    }
    let mut slices = rand::seq::index::sample(random, depth, count).into_vec();
    slices.sort_unstable();
    slices
}
