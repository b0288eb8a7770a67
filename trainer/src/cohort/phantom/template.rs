//! The anatomy the phantom starts from: the ICBM152 template at 2 mm, compiled into the program.
//!
//! GM + WM + CSF = 1 at every voxel: what is neither grey nor white matter counts as fluid, outside the head too.

use anyhow::{Context, anyhow};
use shared::volume::{Affine, Volume, read_nifti};

use crate::cohort::phantom::field;
use crate::cohort::phantom::regions;

/// From `static/template/`; origin and licence in its NOTICE.md.
const GM_BYTES: &[u8] = include_bytes!("../../../../static/template/icbm152_2mm_gm.nii.gz");
const WM_BYTES: &[u8] = include_bytes!("../../../../static/template/icbm152_2mm_wm.nii.gz");

/// Voxel size of the template in mm.
pub(super) const TEMPLATE_SPACING_MM: f64 = 2.0;

/// How far fluid reaches into the tissue beside it (Gaussian sigma): the depth over which thinning acts.
const FLUID_REACH_MM: f64 = 2.0;

/// Fluid of the template's deep white matter, where there is none: the price of 8-bit averages. Taken off.
const FLUID_FLOOR: f32 = 0.03;

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
    /// Unpacks the built-in maps.
    pub(super) fn load() -> anyhow::Result<Self> {
        let gm = read_builtin("icbm152_2mm_gm.nii.gz", GM_BYTES)?;
        let wm = read_builtin("icbm152_2mm_wm.nii.gz", WM_BYTES)?;
        if gm.shape != wm.shape || gm.data.len() != wm.data.len() {
            return Err(anyhow!("built-in template: GM and WM differ in shape; run tools/template.py again"));
        }
        let (shape, mni_from_voxel) = (gm.shape, gm.world_from_voxel);
        let voxels = |mm: f64| mm / TEMPLATE_SPACING_MM;
        let fluid: Vec<f32> = gm.data.iter().zip(&wm.data).map(|(g, w)| (1.0 - g - w).max(0.0)).collect();

        let mut near_brain: Vec<f32> = fluid.iter().map(|fluid| 1.0 - fluid).collect();
        field::smooth(&mut near_brain, shape, voxels(6.0));
        let mut ventricle = vec![0.0f32; fluid.len()];
        let mut brain = Vec::new();
        for index in 0..fluid.len() {
            let voxel = [index % shape[0], index / shape[0] % shape[1], index / (shape[0] * shape[1])];
            let point_mm = mni_from_voxel.apply(voxel.map(|i| i as f64));
            if in_ventricle_box(point_mm) {
                ventricle[index] = (fluid[index] - FLUID_FLOOR).max(0.0);
            }
            // About 9 mm around the brain: farther out no deformation brings any tissue.
            if near_brain[index] > 0.01 {
                brain.push(BrainVoxel {
                    index,
                    voxel: voxel.map(|i| i as f32),
                    weights: regions::weights(point_mm),
                    decoy: regions::decoy_weight(point_mm),
                });
            }
        }
        let push = push_field(&ventricle, shape);
        // Thinning comes from outside; what the ventricles take, they take by pushing.
        let mut nearby: Vec<f32> = fluid.iter().zip(&ventricle).map(|(fluid, inner)| fluid - inner).collect();
        field::smooth(&mut nearby, shape, voxels(FLUID_REACH_MM));
        let tissue = (0..fluid.len()).map(|i| [gm.data[i], wm.data[i], (nearby[i] - FLUID_FLOOR).max(0.0)]).collect();
        Ok(Template { shape, mni_from_voxel, tissue, push, brain })
    }
}

/// A map compiled into the program.
fn read_builtin(name: &str, bytes: &[u8]) -> anyhow::Result<Volume> {
    read_nifti(name, bytes, None)
        .and_then(shared::volume::NiftiImage::into_volume)
        .with_context(|| format!("built-in {name}; run tools/template.py and build again"))
}

/// Whether fluid at this point (MNI mm) belongs to the lateral and third ventricles, judged from the template:
/// clear of the cisterns behind and below, the fissure between the hemispheres and the lateral fissure.
fn in_ventricle_box(point_mm: [f64; 3]) -> bool {
    let [x, y, z] = [point_mm[0].abs(), point_mm[1], point_mm[2]];
    let horns_and_body = (-30.0..28.0).contains(&y) && x < 25.0 && (3.0..32.0).contains(&z);
    let trigone = (-52.0..-22.0).contains(&y) && (8.0..36.0).contains(&x) && (-2.0..28.0).contains(&z);
    let third = (-26.0..4.0).contains(&y) && x < 6.0 && (-6.0..12.0).contains(&z);
    horns_and_body || trigone || third
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
