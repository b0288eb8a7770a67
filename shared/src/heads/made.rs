//! Makes a head from a label map and a recipe, with everything that is known of it.

use super::atrophy::with_atrophy;
use super::cut::Knife;
use super::fault::Fault;
use super::labels::{HeadLabels, is_brain, is_grey};
use super::paint::paint;
use super::recipe::Recipe;
use super::scan::{add_bias, scan, to_range};
use super::view::view;
use crate::volume::{Affine, Volume};

/// A made scan, and the truth about it.
pub struct MadeHead {
    /// Name of the label map.
    pub name: String,
    pub recipe: Recipe,
    /// The scan as a file would have it: its axes in any order. World: the made head's RAS+ millimetres.
    pub image: Volume,
    /// From the label map's millimetres to the scan's.
    pub made_from_label: Affine,
    /// The labels with the recipe's atrophy, in the label map's own place.
    pub labels: HeadLabels,
    /// The known brain, on the labels' grid: tissue, ventricles, and the fluid up to [`BRAIN_FLUID_MM`] around them.
    pub brain: Vec<bool>,
}

/// Fluid this near to the brain counts as brain, as in the masks that programs make: furrows, but not the spine.
pub const BRAIN_FLUID_MM: f64 = 5.0;

impl MadeHead {
    /// Makes the head. `mni_from_label` is the known place of the label map; only recipes that bring a head to the
    /// standard brain use it.
    pub fn new(head: &HeadLabels, recipe: &Recipe, mni_from_label: &Affine) -> Self {
        let seed = recipe.seed;
        let labels = with_atrophy(head, recipe.atrophy, seed);
        let made_from_label = recipe.pose.made_from_label(middle(head), mni_from_label);
        let view = view(head, recipe, &made_from_label);
        let mut painted = labels.clone();
        let mut knives = vec![Knife::of(&recipe.cut, &labels)];
        if let Some(fault) = &recipe.fault {
            fault.change_labels(&mut painted);
            knives.push(fault.knife(&labels));
        }
        let mut intensities = paint(&painted, &recipe.contrast, recipe.smoothing_mm, seed);
        if let Some(fault) = &recipe.fault {
            fault.change_intensities(&labels, &mut intensities);
        }
        add_bias(head, &mut intensities, recipe.bias, seed);
        // A pose has an inverse: sizes are far from zero.
        let label_from_world = made_from_label.compose(&head.world_from_voxel).inverse().unwrap_or(Affine::IDENTITY);
        let mut image = scan(&labels, intensities, &view, &label_from_world, &knives, recipe);
        if recipe.fault == Some(Fault::BackToFront) {
            reverse_rows(&mut image);
        }
        to_range(&mut image.data, &recipe.range);
        let image = reordered(&image, recipe.order, recipe.backwards);
        MadeHead {
            name: head.name.clone(),
            recipe: recipe.clone(),
            image,
            made_from_label,
            brain: labels.brain_with_fluid(BRAIN_FLUID_MM),
            labels,
        }
    }

    /// Where the scan belongs in the standard brain, given the known place of its label map.
    pub fn mni_from_made(&self, mni_from_label: &Affine) -> Affine {
        let label_from_made = self.made_from_label.inverse().unwrap_or(Affine::IDENTITY);
        mni_from_label.compose(&label_from_made)
    }

    /// From the scan's millimetres to the label map's voxels.
    pub fn label_voxel_from_made(&self) -> Affine {
        let made_from_voxel = self.made_from_label.compose(&self.labels.world_from_voxel);
        made_from_voxel.inverse().unwrap_or(Affine::IDENTITY)
    }

    /// The known brain: 1 inside, on the scan's own grid, whether or not the scan shows it.
    pub fn brain_mask(&self) -> Volume {
        self.mask(|index| self.brain[index])
    }

    /// Grey matter: the same.
    pub fn grey_mask(&self) -> Volume {
        self.mask(|index| is_grey(self.labels.labels[index]))
    }

    fn mask(&self, holds: impl Fn(usize) -> bool + Sync + Send) -> Volume {
        let label_from_voxel = self.label_voxel_from_made().compose(&self.image.world_from_voxel);
        let [nx, ny, _] = self.image.shape;
        let mut data = vec![0.0; self.image.data.len()];
        crate::threads::fill_slices(&mut data, nx * ny, |z, slice| {
            for (offset, value) in slice.iter_mut().enumerate() {
                let voxel = [offset % nx, offset / nx, z].map(|index| index as f64);
                let index = self.labels.index_at(label_from_voxel.apply(voxel));
                *value = f32::from(u8::from(index.is_some_and(&holds)));
            }
        });
        self.image.with_data(data)
    }
}

/// Middle of the brain in the label map's millimetres.
fn middle(head: &HeadLabels) -> [f64; 3] {
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for index in (0..head.labels.len()).filter(|index| is_brain(head.labels[*index])) {
        let voxel = head.voxel(index);
        (0..3).for_each(|axis| sum[axis] += voxel[axis]);
        count += 1.0;
    }
    head.world_from_voxel.apply(sum.map(|sum| sum / f64::max(count, 1.0)))
}

/// Exchanges front and back of the data alone.
fn reverse_rows(image: &mut Volume) {
    let [nx, ny, _] = image.shape;
    image.data.chunks_mut(nx * ny).for_each(|slice| {
        let turned: Vec<f32> = slice.chunks(nx).rev().flatten().copied().collect();
        slice.copy_from_slice(&turned);
    });
}

/// The same image with its axes in another order and direction.
fn reordered(image: &Volume, order: [usize; 3], backwards: [bool; 3]) -> Volume {
    let strides = [1, image.shape[0], image.shape[0] * image.shape[1]];
    let shape = order.map(|axis| image.shape[axis]);
    let mut old_from_new = Affine([[0.0; 4]; 3]);
    for (new, &old) in order.iter().enumerate() {
        (old_from_new.0[old][new], old_from_new.0[old][3]) =
            if backwards[new] { (-1.0, (image.shape[old] - 1) as f64) } else { (1.0, 0.0) };
    }
    let place = |new: usize, index: usize| {
        let old = order[new];
        strides[old] * if backwards[new] { image.shape[old] - 1 - index } else { index }
    };
    let mut data = Vec::with_capacity(image.data.len());
    for z in 0..shape[2] {
        for y in 0..shape[1] {
            let row = place(2, z) + place(1, y);
            data.extend((0..shape[0]).map(|x| image.data[row + place(0, x)]));
        }
    }
    Volume::new(shape, data, image.world_from_voxel.compose(&old_from_new))
}
