//! A scan as if its grid lay elsewhere, for tests of the preparation.

use shared::volume::{Affine, Volume};

/// Sampled between the voxels, along all axes; by a windowed sinc, which blurs little.
pub fn half_a_voxel_aside(t1: &Volume) -> Volume {
    // Lanczos's kernel of three lobes in the middle between two voxels.
    const HALF: [f32; 3] = [0.6079, -0.1351, 0.0243];
    let sum = 2.0 * HALF.iter().sum::<f32>();
    let mut image = t1.clone();
    let mut step = 1;
    for axis in 0..3 {
        let (before, count) = (image.data.clone(), t1.shape[axis]);
        for (index, value) in image.data.iter_mut().enumerate() {
            let place = index / step % count;
            let at = |offset: isize| {
                let other = (place as isize + offset).clamp(0, count as isize - 1);
                before[(index as isize + (other - place as isize) * step as isize) as usize]
            };
            let taps = HALF
                .iter()
                .enumerate()
                .map(|(lobe, weight)| weight / sum * (at(-(lobe as isize)) + at(lobe as isize + 1)));
            *value = taps.sum::<f32>().max(0.0);
        }
        step *= count;
    }
    image.world_from_voxel = t1.world_from_voxel.compose(&Affine::from_spacing_origin([1.0; 3], [0.5; 3]));
    image
}
