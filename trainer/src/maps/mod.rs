//! Ways to explain one subject, all as maps of one kind: what would change on the way to the other group.
//!
//! Every map is positive where grey matter grows on that way (old − young for a young subject, young − old for an old one) and
//! zero outside the mask. Maps of the classifier are of the log-odds of the group at the way's end: an image that follows them
//! comes closer to it, so their signs compare with those of a change. Their units differ: compare shapes, not sizes.

mod activation;
mod gradients;
mod plain;
#[cfg(test)]
mod tests;

use crate::failure::unusable;
use crate::identity::subject_number;
use crate::measures::per_direction::age_sign;
use crate::random::random;
use anyhow::{Context, Result, ensure};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use shared::explain::{Direction, Models};
use shared::volume::Volume;

/// Streams of random numbers (see [`random`]).
const NOISE: u64 = 91;
const CHANCE: u64 = 92;

/// A way to explain: one map for one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Translated minus original image.
    Difference,
    /// Difference of the training groups' means: the same for everybody.
    GroupMean,
    /// Class-activation map; over cells HiResCAM's, summed over each cell.
    ClassActivation,
    /// The last convolution's activations, weighed by the means of their gradients; both signs.
    GradCam,
    /// Mean gradient over noisy copies of the image.
    SmoothGrad,
    /// Image times the mean gradient on the straight way from zero to it.
    IntegratedGradients,
    /// Size of the image's own gradient; lost on the way to old.
    Edges,
    /// Normal noise.
    Random,
}

impl Method {
    pub const ALL: [Method; 8] = [
        Method::Difference,
        Method::GroupMean,
        Method::ClassActivation,
        Method::GradCam,
        Method::SmoothGrad,
        Method::IntegratedGradients,
        Method::Edges,
        Method::Random,
    ];

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Method::Difference => "Difference map",
            Method::GroupMean => "Group mean map",
            Method::ClassActivation => "Class activation",
            Method::GradCam => "Grad-CAM",
            Method::SmoothGrad => "SmoothGrad",
            Method::IntegratedGradients => "Integrated gradients",
            Method::Edges => "Edge detector",
            Method::Random => "Random",
        }
    }

    /// Where it comes from, in short.
    pub fn paper(self) -> &'static str {
        match self {
            Method::Difference => "Zhu et al. 2017, arXiv:1703.10593",
            Method::GroupMean => "Ashburner and Friston 2000, doi:10.1006/nimg.2000.0582",
            Method::ClassActivation => {
                "Zhou et al. 2016, arXiv:1512.04150; over cells Draelos and Carin 2020, arXiv:2011.08891"
            }
            Method::GradCam => "Selvaraju et al. 2017, arXiv:1610.02391, without its ReLU",
            Method::SmoothGrad => "Smilkov et al. 2017, arXiv:1706.03825",
            Method::IntegratedGradients => "Sundararajan et al. 2017, arXiv:1703.01365",
            Method::Edges => "control, as in Adebayo et al. 2018, arXiv:1810.03292",
            Method::Random => "control: chance",
        }
    }

    /// A map of the classifier, not of the data or the translation.
    pub fn is_saliency(self) -> bool {
        match self {
            Method::ClassActivation | Method::GradCam | Method::SmoothGrad | Method::IntegratedGradients => true,
            Method::Difference | Method::GroupMean | Method::Edges | Method::Random => false,
        }
    }

    /// Its maps come from a network, or are the known case that asks none (edges).
    pub fn is_checked_by_shuffling(self) -> bool {
        self.is_saliency() || matches!(self, Method::Difference | Method::Edges)
    }
}

/// What maps are made from.
pub struct Explainer<'a> {
    pub models: &'a Models,
    /// Mean of old minus mean of young training subjects, grey-matter density on the models' grid, x fastest.
    pub group_change: &'a [f32],
    pub seed: u64,
}

impl Explainer<'_> {
    /// The map of one subject on its way in `direction`, as long as the grid has voxels, x fastest.
    ///
    /// `image` is grey-matter density on the models' grid. Noise depends on the seed and on `subject_id` alone.
    ///
    /// # Errors
    /// The image or the group change does not lie on the grid, or the device fails or computes what is no number.
    pub fn map(&self, method: Method, image: &Volume, direction: Direction, subject_id: &str) -> Result<Vec<f32>> {
        self.signed(method, image, direction, subject_id)
            .with_context(|| format!("{} of subject {subject_id}", method.title()))
    }

    fn signed(&self, method: Method, image: &Volume, direction: Direction, subject_id: &str) -> Result<Vec<f32>> {
        let grid = &self.models.grid;
        if image.shape != grid.shape || image.data.len() != grid.voxel_count() {
            return Err(unusable(format!(
                "the image has {:?} voxels, but the models work on {:?}; bring it onto their grid first",
                image.shape, grid.shape
            )));
        }
        let mask = &self.models.inside;
        // Old − young, but for the difference map, which has the sign of its way already, and for noise, which has none.
        let (towards_old, sign) = match method {
            Method::Difference => (plain::difference(self.models, image, direction)?, 1.0),
            Method::Random => (plain::noise(mask.len(), self.random(CHANCE, subject_id)), 1.0),
            Method::GroupMean => (self.group_change.to_vec(), age_sign(direction)),
            Method::ClassActivation => (activation::class_activation(self.models, image)?, age_sign(direction)),
            Method::GradCam => (activation::grad_cam(self.models, image)?, age_sign(direction)),
            Method::SmoothGrad => {
                let random = self.random(NOISE, subject_id);
                (gradients::smooth_grad(self.models, &image.data, mask, random)?, age_sign(direction))
            }
            Method::IntegratedGradients => {
                (gradients::integrated_gradients(self.models, &image.data)?, age_sign(direction))
            }
            Method::Edges => (plain::edges(image), -age_sign(direction)),
        };
        ensure!(
            towards_old.len() == mask.len(),
            "the map has {} values, but the grid has {} voxels; give the group change on the models' grid",
            towards_old.len(),
            mask.len()
        );
        let map: Vec<f32> =
            towards_old.iter().zip(mask).map(|(&value, &inside)| if inside { sign * value } else { 0.0 }).collect();
        ensure!(
            map.iter().all(|value| value.is_finite()),
            "the device returned values that are not numbers; use --device cpu"
        );
        Ok(map)
    }

    /// Numbers of one subject, the same on every machine.
    fn random(&self, stream: u64, subject_id: &str) -> ChaCha8Rng {
        random(self.seed, stream, subject_number(subject_id))
    }
}
