//! From the image's voxels to the template's grid.

use super::Template;
use super::field::{FastAffine, sample_on, sample_sharply};
use crate::threads;
use crate::volume::{Affine, Volume};

/// Steps that values are kept in: finer than any image tells, coarse enough that files pack well.
const STEPS: f32 = 4096.0;

fn rounded(value: f32) -> f32 {
    (value * STEPS).round() / STEPS
}

/// Takes maps from an image to the template's grid.
pub(super) struct Sampling {
    image_shape: [usize; 3],
    image_world_from_voxel: Affine,
    image_from_template: Affine,
    world_from_template: Affine,
    shape: [usize; 3],
    mni_from_voxel: Affine,
}

impl Sampling {
    /// `None` where the image's affine cannot be inverted.
    pub(super) fn of(image: &Volume, template: &Template, world_from_mni: &Affine) -> Option<Self> {
        let mni_from_voxel = template.gm.world_from_voxel;
        let world_from_template = world_from_mni.compose(&mni_from_voxel);
        Some(Sampling {
            image_shape: image.shape,
            image_world_from_voxel: image.world_from_voxel,
            image_from_template: image.world_from_voxel.inverse()?.compose(&world_from_template),
            world_from_template,
            shape: template.gm.shape,
            mni_from_voxel,
        })
    }

    /// Maps of gm, wm, csf and the brain mask from their values at the image's voxels, by cubic convolution, kept within
    /// 0..1; 0 outside the image. Where cubic convolution makes more than 1 of the three tissues together, they share it.
    pub(super) fn maps(&self, values: &[[f32; 4]], is_possible: &[bool]) -> [Volume; 4] {
        let transform = FastAffine::of(&self.image_from_template);
        let [nx, ny, _] = self.shape;
        let mut sampled = vec![[0f32; 4]; is_possible.len()];
        threads::fill_slices(&mut sampled, nx * ny, |z, slice| {
            for (offset, out) in slice.iter_mut().enumerate().filter(|(offset, _)| is_possible[z * nx * ny + offset]) {
                let voxel = transform.apply([(offset % nx) as f32, (offset / nx) as f32, z as f32]);
                *out = sample_sharply(values, self.image_shape, voxel).unwrap_or_default();
                out.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
                let sum = out[0] + out[1] + out[2];
                if sum > 1.0 {
                    out[..3].iter_mut().for_each(|value| *value /= sum);
                }
                out.iter_mut().for_each(|value| *value = rounded(*value));
            }
        });
        std::array::from_fn(|index| self.on_template(sampled.iter().map(|values| values[index]).collect()))
    }

    /// Intensities, linearly, scaled so that white matter is 0.75.
    pub(super) fn intensities(&self, data: Vec<f32>, white: f32) -> Volume {
        let image = self.on_image(data);
        let mut data = sample_on(&image, self.shape, &self.image_from_template, 0.0);
        data.iter_mut().for_each(|value| *value = rounded(*value * 0.75 / white.max(1e-3)));
        self.on_template(data)
    }

    /// Share of the template's brain that lies inside the whole image.
    pub(super) fn coverage(&self, whole: &Volume, template: &Template) -> f64 {
        let Some(voxel_from_world) = whole.world_from_voxel.inverse() else { return 0.0 };
        let transform = FastAffine::of(&voxel_from_world.compose(&self.world_from_template));
        let brain = template.brain();
        let [nx, ny, nz] = self.shape;
        let counts = threads::map(nz, |z| {
            let (mut all, mut covered) = (0u32, 0u32);
            for offset in (0..nx * ny).filter(|offset| brain[z * nx * ny + offset] > 0.5) {
                let voxel = transform.apply([(offset % nx) as f32, (offset / nx) as f32, z as f32]);
                let inside = (0..3).all(|axis| voxel[axis] >= -0.5 && voxel[axis] <= whole.shape[axis] as f32 - 0.5);
                all += 1;
                covered += u32::from(inside);
            }
            (all, covered)
        });
        let (all, covered) = counts.into_iter().fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
        f64::from(covered) / f64::from(all.max(1))
    }

    fn on_image(&self, data: Vec<f32>) -> Volume {
        Volume { shape: self.image_shape, data, world_from_voxel: self.image_world_from_voxel }
    }

    fn on_template(&self, data: Vec<f32>) -> Volume {
        Volume { shape: self.shape, data, world_from_voxel: self.mni_from_voxel }
    }
}
