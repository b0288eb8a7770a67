//! What to expect at each voxel before its intensity is looked at.

use super::super::Template;
use super::super::field::{sample_on, smooth};
use super::{CLASSES, CSF, GM, OTHER, WM};
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

/// Gm, wm, csf and other (sum 1) at each voxel of an image.
pub(in super::super) fn priors_on(
    image: &Volume,
    template: &Template,
    mni_from_world: &Affine,
) -> Option<Vec<[f32; CLASSES]>> {
    let grid = &template.gm;
    let template_from_image = grid.world_from_voxel.inverse()?.compose(mni_from_world).compose(&image.world_from_voxel);
    let on_image = |data: &[f32], sigma: f64| {
        let smoothed = Volume { data: smooth(data, grid.shape, [sigma; 3]), ..*grid };
        sample_on(&smoothed, image.shape, &template_from_image, 0.0)
    };
    let tissues = [&template.gm, &template.wm, &template.csf].map(|map| on_image(&map.data, TISSUE_SMOOTHING));
    let outline = on_image(&template.brain(), OUTLINE_SMOOTHING);
    let [possible, certain] = OUTLINE_RANGE;
    let prior = |index: usize| {
        let inside = ((outline[index] - possible) / (certain - possible)).clamp(0.0, 1.0);
        let expected: [f32; 3] = std::array::from_fn(|class| tissues[class][index] + TISSUE_FLOOR[class]);
        let sum: f32 = expected.iter().sum();
        let mut prior = [0.0; CLASSES];
        for class in [GM, WM, CSF] {
            prior[class] = expected[class] / sum * inside;
        }
        prior[OTHER] = 1.0 - inside;
        prior
    };
    Some((0..outline.len()).map(prior).collect())
}
