//! The anatomy that phantoms are made from: tissues at 2 mm, and what is derived from them.
//!
//! GM + WM + CSF = 1 at every voxel: what is neither grey nor white matter counts as fluid, outside the head too.

use shared::volume::Affine;

use crate::cohort::phantom::field;
use crate::cohort::phantom::regions;
use crate::cohort::phantom::tissues::{FLUID_FLOOR, Tissues};

/// Voxel size of the template in mm.
pub(super) const TEMPLATE_SPACING_MM: f64 = 2.0;

/// How far fluid reaches into the tissue beside it (Gaussian sigma): the depth over which thinning acts.
const FLUID_REACH_MM: f64 = 2.0;

/// How far the push of the growing ventricles reaches (Gaussian sigma). Small enough to tell the two halves apart: the
/// septum between them is squeezed from both sides rather than stretched.
const PUSH_REACH_MM: f64 = 3.0;

/// Template maps and what is derived from them, all on one grid, x fastest.
pub(super) struct Template {
    pub(super) shape: [usize; 3],
    pub(super) mni_from_voxel: Affine,
    /// GM, WM, fluid nearby other than the ventricles' (0..1).
    pub(super) tissue: Vec<[f32; 3]>,
    /// Push away from the ventricles, length 0..1, and the ventricle's own probability.
    pub(super) push: Vec<[f32; 4]>,
    /// Voxels in or near the brain with their regional weights; all others are 0 in every phantom.
    pub(super) brain: Vec<BrainVoxel>,
}

/// A voxel in or near the brain.
pub(super) struct BrainVoxel {
    pub(super) index: usize,
    pub(super) voxel: [f32; 3],
    pub(super) weights: [f32; regions::COUNT],
    pub(super) decoy: f32,
}

impl Template {
    /// What follows from the tissues.
    pub(super) fn of(tissues: Tissues) -> Self {
        let Tissues { shape, mni_from_voxel, gm, wm, ventricle } = tissues;
        let voxels = |mm: f64| mm / TEMPLATE_SPACING_MM;
        let fluid: Vec<f32> = gm.iter().zip(&wm).map(|(g, w)| (1.0 - g - w).max(0.0)).collect();

        let mut near_brain: Vec<f32> = fluid.iter().map(|fluid| 1.0 - fluid).collect();
        field::smooth(&mut near_brain, shape, voxels(6.0));
        let mut brain = Vec::new();
        // About 9 mm around the brain: farther out no deformation brings any tissue.
        for index in (0..fluid.len()).filter(|&index| near_brain[index] > 0.01) {
            let voxel = [index % shape[0], index / shape[0] % shape[1], index / (shape[0] * shape[1])];
            let point_mm = mni_from_voxel.apply(voxel.map(|i| i as f64));
            brain.push(BrainVoxel {
                index,
                voxel: voxel.map(|i| i as f32),
                weights: regions::weights(point_mm),
                decoy: regions::decoy_weight(point_mm),
            });
        }
        let push = push_field(&ventricle, shape);
        // Thinning comes from outside; what the ventricles take, they take by pushing.
        let mut nearby: Vec<f32> = fluid.iter().zip(&ventricle).map(|(fluid, inner)| fluid - inner).collect();
        field::smooth(&mut nearby, shape, voxels(FLUID_REACH_MM));
        let tissue = (0..fluid.len()).map(|i| [gm[i], wm[i], (nearby[i] - FLUID_FLOOR).max(0.0)]).collect();
        Template { shape, mni_from_voxel, tissue, push, brain }
    }
}

/// Downhill direction of the smoothed ventricles: points away from them, about 1 at their walls, fading with distance.
fn push_field(ventricle: &[f32], shape: [usize; 3]) -> Vec<[f32; 4]> {
    let mut smoothed = ventricle.to_vec();
    field::smooth(&mut smoothed, shape, PUSH_REACH_MM / TEMPLATE_SPACING_MM);
    let strides = [1, shape[0], shape[0] * shape[1]];
    let gradients: Vec<[f32; 3]> = (0..smoothed.len())
        .map(|index| {
            std::array::from_fn(|axis| {
                let place = index / strides[axis] % shape[axis];
                if place == 0 || place + 1 == shape[axis] {
                    return 0.0;
                }
                0.5 * (smoothed[index + strides[axis]] - smoothed[index - strides[axis]])
            })
        })
        .collect();
    let length = |g: &[f32; 3]| g.iter().map(|v| v * v).sum::<f32>().sqrt();
    let steepest = gradients.iter().map(length).fold(f32::MIN_POSITIVE, f32::max);
    // Dividing by the slope itself would push everything equally, however far; a constant added keeps the fading
    // and still lets thin horns widen nearly as much as the wide trigone.
    let floor = 0.3 * steepest;
    gradients
        .iter()
        .zip(ventricle)
        .map(|(gradient, &ventricle)| {
            let scale = -1.3 / (length(gradient) + floor);
            [gradient[0] * scale, gradient[1] * scale, gradient[2] * scale, ventricle]
        })
        .collect()
}
