//! Where grey matter, white matter and the ventricles are, in MNI152 space at 2 mm: of the ICBM152 template, compiled into the
//! program, or of a label map of somebody's head.

use anyhow::{Context, anyhow};
use shared::heads::{FOURTH_VENTRICLE, HeadLabels, is_brain, is_fluid, is_grey, is_ventricle, mni_from_label};
use shared::prepare::t1;
use shared::volume::{Affine, Grid, Volume, read_nifti, resample};

/// From `static/template/`; origin and licence in its NOTICE.md.
const GM_BYTES: &[u8] = include_bytes!("../../../../static/template/icbm152_2mm_gm.nii.gz");
const WM_BYTES: &[u8] = include_bytes!("../../../../static/template/icbm152_2mm_wm.nii.gz");

/// Fluid of the template's deep white matter, where there is none: the price of 8-bit averages. Taken off.
pub(super) const FLUID_FLOOR: f32 = 0.03;

/// Tissues on one grid, x fastest, 0 to 1; what is neither grey nor white matter is fluid.
pub(super) struct Tissues {
    pub(super) shape: [usize; 3],
    pub(super) mni_from_voxel: Affine,
    pub(super) gm: Vec<f32>,
    pub(super) wm: Vec<f32>,
    /// Fluid of the lateral and third ventricles.
    pub(super) ventricle: Vec<f32>,
}

impl Tissues {
    /// Of the built-in template.
    pub(super) fn standard() -> anyhow::Result<Self> {
        let gm = read_builtin("icbm152_2mm_gm.nii.gz", GM_BYTES)?;
        let wm = read_builtin("icbm152_2mm_wm.nii.gz", WM_BYTES)?;
        if gm.shape != wm.shape || gm.data.len() != wm.data.len() {
            return Err(anyhow!("built-in template: GM and WM differ in shape; run tools/template.py again"));
        }
        let (shape, mni_from_voxel) = (gm.shape, gm.world_from_voxel);
        let fluid_of_ventricles = |index: usize| {
            let voxel = [index % shape[0], index / shape[0] % shape[1], index / (shape[0] * shape[1])];
            if !in_ventricle_box(mni_from_voxel.apply(voxel.map(|i| i as f64))) {
                return 0.0;
            }
            let fluid = (1.0 - gm.data[index] - wm.data[index]).max(0.0);
            (fluid - FLUID_FLOOR).max(0.0)
        };
        let ventricle = (0..gm.data.len()).map(fluid_of_ventricles).collect();
        Ok(Tissues { shape, mni_from_voxel, gm: gm.data, wm: wm.data, ventricle })
    }

    /// Of a label map, laid into the standard brain by its tissues and brought to the template's grid.
    pub(super) fn of_head(head: &HeadLabels, template: &t1::Template) -> Self {
        let grid = Grid { shape: template.gm.shape, mni_from_voxel: template.gm.world_from_voxel };
        let mni_from_voxel = mni_from_label(head, template).compose(&head.world_from_voxel);
        let share = |is_one: &dyn Fn(u16) -> bool| -> Vec<f32> {
            let data = head.labels.iter().map(|label| f32::from(u8::from(is_one(*label)))).collect();
            resample(&Volume::new(head.shape, data, mni_from_voxel), &grid).data
        };
        Tissues {
            shape: grid.shape,
            mni_from_voxel: grid.mni_from_voxel,
            gm: share(&is_grey),
            wm: share(&|label| is_brain(label) && !is_grey(label) && !is_fluid(label)),
            // Beside the fourth lies the cerebellum, which never changes.
            ventricle: share(&|label| is_ventricle(label) && label != FOURTH_VENTRICLE),
        }
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
