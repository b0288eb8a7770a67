//! What to expect at each voxel before its intensity is looked at.

use super::super::field::{FastAffine, sample, smooth};
use super::classes::{CLASSES, CSF, GM, OTHER, WM};
use crate::threads::fill_slices;
use crate::volume::{Affine, Volume};

/// Smoothing (Gaussian sigma, voxels of 2 mm) of the tissue maps: people's folds do not lie where the template's do.
const TISSUE_SMOOTHING: f64 = 1.5;

/// Probability of each tissue anywhere in the brain, before the template speaks.
const TISSUE_FLOOR: [f32; 3] = [0.02, 0.02, 0.01];

/// Smoothing of the brain's outline, voxels.
const OUTLINE_SMOOTHING: f64 = 1.0;

/// The smoothed outline's value at which brain becomes possible, and certain. Both below one half: the intensities can
/// take voxels away from a brain that is a little too large, but not find what lies outside.
const OUTLINE_RANGE: [f32; 2] = [0.05, 0.6];

/// The share of the 20 heads in the expected tissues; the rest is from the average brain of young people. The heads are young
/// and old, and someone has said what their deep grey matter is, where intensities hardly tell.
const HEAD_SHARE: f32 = 0.5;

/// What counts of the heads' probability to be inside the skull, beyond the standard brain.
const SKULL_SHARE: f32 = 0.9;

/// The template's maps, smoothed once for all images and places.
pub(in super::super) struct Priors {
    mni_from_voxel: Affine,
    tissues: [Volume; 3],
    /// Probability of brain or the fluid around it.
    inside: Volume,
}

impl Priors {
    /// From gm, wm and csf of the standard brain and the tissues of `heads` on its grid. `brain`: 1 inside the standard brain.
    pub(in super::super) fn of(maps: [&Volume; 3], heads: &[Volume; 6], brain: &[f32]) -> Self {
        let like = maps[0];
        let smoothed = |data: &[f32], sigma: f64| like.with_data(smooth(data, like.shape, [sigma; 3]));
        let outline = smoothed(brain, OUTLINE_SMOOTHING);
        let share_of = |index: usize, class: usize| {
            let sum: f32 = heads.iter().map(|head| head.data[index]).sum();
            if sum > 0.5 { heads[class].data[index] / sum } else { 0.0 }
        };
        let mut tissues = maps.map(|map| smoothed(&map.data, TISSUE_SMOOTHING));
        let [possible, certain] = OUTLINE_RANGE;
        let mut inside = outline.clone();
        for index in 0..brain.len() {
            let standard = ((outline.data[index] - possible) / (certain - possible)).clamp(0.0, 1.0);
            let shares: [f32; 3] = std::array::from_fn(|class| share_of(index, class));
            let skull: f32 = shares.iter().sum();
            inside.data[index] = standard.max(SKULL_SHARE * skull);
            let sum: f32 = tissues.iter().map(|map| map.data[index]).sum::<f32>().max(1e-3);
            for (map, share) in tissues.iter_mut().zip(shares) {
                map.data[index] = (1.0 - HEAD_SHARE) * map.data[index] / sum + HEAD_SHARE * share / skull.max(1e-3);
            }
        }
        Priors { mni_from_voxel: like.world_from_voxel, tissues, inside }
    }

    /// Where on the template's grid brain is possible, or within a cubic kernel's reach of where it is.
    pub(in super::super) fn is_possible(&self) -> Vec<bool> {
        self.inside.data.iter().map(|value| *value > 0.0).collect()
    }

    /// Gm, wm, csf and other (sum 1) at each voxel of an image; `None` where an affine cannot be inverted.
    pub(in super::super) fn on(&self, image: &Volume, mni_from_world: &Affine) -> Option<Vec<[f32; CLASSES]>> {
        let template_from_mni = self.mni_from_voxel.inverse()?;
        let template_from_image =
            FastAffine::of(&template_from_mni.compose(mni_from_world).compose(&image.world_from_voxel));
        let [nx, ny, _] = image.shape;
        let mut priors = vec![[0.0, 0.0, 0.0, 1.0]; image.shape.iter().product()];
        fill_slices(&mut priors, nx * ny, |z, slice| {
            for (offset, prior) in slice.iter_mut().enumerate() {
                let voxel = [(offset % nx) as f32, (offset / nx) as f32, z as f32];
                *prior = self.at(template_from_image.apply(voxel));
            }
        });
        Some(priors)
    }

    fn at(&self, template_voxel: [f32; 3]) -> [f32; CLASSES] {
        let inside = sample(&self.inside, template_voxel).unwrap_or(0.0);
        let mut prior = [0.0; CLASSES];
        prior[OTHER] = 1.0 - inside;
        if inside > 0.0 {
            let expected: [f32; 3] = std::array::from_fn(|class| {
                sample(&self.tissues[class], template_voxel).unwrap_or(0.0) + TISSUE_FLOOR[class]
            });
            let sum: f32 = expected.iter().sum();
            for class in [GM, WM, CSF] {
                prior[class] = expected[class] / sum * inside;
            }
        }
        prior
    }
}
