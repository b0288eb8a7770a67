//! From the image's voxels to the template's grid.

use super::field::{FastAffine, sample_on, sample_sharply, smooth};
use super::{Content, Template};
use crate::threads;
use crate::volume::{Affine, Volume};

/// Steps that values are kept in: finer than any image tells, coarse enough that files pack well.
const STEPS: f32 = 4096.0;

/// Intensity that white matter gets in the T1 image on the template's grid.
pub(super) const WHITE: f32 = 0.75;

fn rounded(value: f32) -> f32 {
    (value * STEPS).round() / STEPS
}

/// How far around the brain a head must have been measured: Gaussian sigma of its outline in voxels, and value at the end;
/// about 4 mm.
const NEAR_VOXELS: f64 = 1.5;
const NEAR_VALUE: f32 = 0.12;

/// The cerebrum begins above this z in MNI152 mm; below are the cerebellum and the brain stem, which many fields of view cut.
const CEREBRUM_FROM_MM: f64 = -44.0;

/// How much of the brain an image shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Share of the standard brain inside the field of view.
    pub(super) brain: f64,
    /// The same of the cerebrum.
    pub(super) cerebrum: f64,
    /// Share of blank voxels, where the brain and what is next to it should be.
    pub(super) blank: f64,
}

/// Whether the voxel at a place and all about it have the blank value. One alone may have it by chance.
fn is_blank_about(image: &Volume, blank: Option<f32>, voxel: [f32; 3]) -> bool {
    let Some(blank) = blank else { return false };
    let [nx, ny, _] = image.shape;
    let about: [std::ops::RangeInclusive<usize>; 3] = std::array::from_fn(|axis| {
        let middle = voxel[axis].round().max(0.0) as usize;
        middle.saturating_sub(1)..=(middle + 1).min(image.shape[axis] - 1)
    });
    let [xs, ys, zs] = about;
    zs.into_iter().all(|z| {
        ys.clone()
            .all(|y| xs.clone().all(|x| image.data.get((z * ny + y) * nx + x).is_none_or(|value| *value == blank)))
    })
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

    /// Intensities, linearly, scaled so that white matter is [`WHITE`].
    pub(super) fn intensities(&self, data: Vec<f32>, white: f32) -> Volume {
        let image = self.on_image(data);
        let mut data = sample_on(&image, self.shape, &self.image_from_template, 0.0);
        data.iter_mut().for_each(|value| *value = rounded(*value * WHITE / white.max(1e-3)));
        self.on_template(data)
    }

    /// Values on the template's grid where they lie inside the image, 0 elsewhere.
    pub(super) fn in_view(&self, values: &[f32]) -> Vec<f32> {
        let transform = FastAffine::of(&self.image_from_template);
        let [nx, ny, _] = self.shape;
        let keep = |index: usize| {
            let voxel = transform.apply([index % nx, index / nx % ny, index / (nx * ny)].map(|index| index as f32));
            let inside = (0..3).all(|axis| voxel[axis] >= 0.0 && voxel[axis] <= (self.image_shape[axis] - 1) as f32);
            if inside { values[index] } else { 0.0 }
        };
        threads::map(values.len(), keep)
    }

    /// How much of the brain the image shows. `mask`: the brain that was found, on the template's grid.
    pub(super) fn seen(
        &self,
        whole: &Volume,
        blank: Option<f32>,
        content: Content,
        mask: &Volume,
        template: &Template,
    ) -> Seen {
        let Some(voxel_from_world) = whole.world_from_voxel.inverse() else { return Seen::default() };
        let transform = FastAffine::of(&voxel_from_world.compose(&self.world_from_template));
        let brain = template.brain();
        let near = match content {
            // A brain and the first millimetres around it are measured in a head.
            Content::Head => smooth(
                &std::iter::zip(brain, &mask.data).map(|(a, b)| a.max(*b)).collect::<Vec<f32>>(),
                self.shape,
                [NEAR_VOXELS; 3],
            ),
            // Of a stripped brain, at least its inner part.
            Content::StrippedBrain | Content::Slab => {
                let inner = smooth(brain, self.shape, [2.0 * NEAR_VOXELS; 3]);
                inner.into_iter().map(|value| value - 0.75).collect()
            }
        };
        let [nx, ny, nz] = self.shape;
        let counts = threads::map(nz, |z| {
            let [.., z_mm] = self.mni_from_voxel.apply([0.0, 0.0, z as f64]);
            let mut counts = [0u32; 6];
            for offset in 0..nx * ny {
                let index = z * nx * ny + offset;
                if brain[index] <= 0.5 && near[index] <= NEAR_VALUE {
                    continue;
                }
                let voxel = transform.apply([(offset % nx) as f32, (offset / nx) as f32, z as f32]);
                let inside = (0..3).all(|axis| voxel[axis] >= -0.5 && voxel[axis] <= whole.shape[axis] as f32 - 0.5);
                if brain[index] > 0.5 {
                    let cerebrum = z_mm >= CEREBRUM_FROM_MM;
                    counts[0] += 1;
                    counts[1] += u32::from(inside);
                    counts[2] += u32::from(cerebrum);
                    counts[3] += u32::from(cerebrum && inside);
                }
                if near[index] > NEAR_VALUE && inside {
                    counts[4] += 1;
                    counts[5] += u32::from(is_blank_about(whole, blank, voxel));
                }
            }
            counts
        });
        let sums = counts.iter().fold([0u32; 6], |sums, counts| std::array::from_fn(|i| sums[i] + counts[i]));
        let share = |part: u32, whole: u32| f64::from(part) / f64::from(whole.max(1));
        Seen { brain: share(sums[1], sums[0]), cerebrum: share(sums[3], sums[2]), blank: share(sums[5], sums[4]) }
    }

    fn on_image(&self, data: Vec<f32>) -> Volume {
        Volume::new(self.image_shape, data, self.image_world_from_voxel)
    }

    fn on_template(&self, data: Vec<f32>) -> Volume {
        Volume::new(self.shape, data, self.mni_from_voxel)
    }
}
