//! Data augmentation: random changes of a subject's slices that keep its class (mirror, shift, grey values,
//! smoothness).

use crate::statistics::gaussian::blur_slice;
use crate::training::config::AugmentationConfig;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Voxels along x and y between an image and the one it was made from: `image(x, y) = source(x + shift[0], y + shift[1])`.
/// Of a mirrored image, the source is the mirrored one.
pub type Shift = [isize; 2];

/// One draw of the augmentation, the same for all slices of a subject.
pub struct Augmentation {
    flip: bool,
    shift: [i32; 2],
    gain: f32,
    gamma: f32,
    blur_voxels: f32,
}

impl Augmentation {
    pub fn draw(config: &AugmentationConfig, random: &mut ChaCha8Rng) -> Self {
        let reach = config.shift_voxels as i32;
        let mut drawn = Augmentation {
            flip: config.flip && random.random_bool(0.5),
            shift: [random.random_range(-reach..=reach), random.random_range(-reach..=reach)],
            gain: log_normal(config.gain, random),
            gamma: log_normal(config.gamma, random),
            blur_voxels: 0.0,
        };
        if config.blur_voxels > 0.0 && random.random_bool(0.5) {
            drawn.blur_voxels = random.random_range(0.0..config.blur_voxels);
        }
        drawn
    }

    /// See [`Shift`].
    pub fn shift(&self) -> Shift {
        let [x, y] = self.shift.map(|voxels| voxels as isize);
        [if self.flip { -x } else { x }, y]
    }

    /// Appends the changed slice (`nx` × `ny` voxels, x fastest) to `out`.
    pub fn apply(&self, slice: &[f32], nx: usize, ny: usize, out: &mut Vec<f32>) {
        let begin = out.len();
        for y in 0..ny as isize {
            for x in 0..nx as isize {
                let mirrored = if self.flip { nx as isize - 1 - x } else { x };
                let (from_x, from_y) = (mirrored + self.shift[0] as isize, y + self.shift[1] as isize);
                let inside = from_x >= 0 && from_y >= 0 && from_x < nx as isize && from_y < ny as isize;
                let value = if inside { slice[from_x as usize + nx * from_y as usize] } else { 0.0 };
                out.push((value.powf(self.gamma) * self.gain).min(1.0));
            }
        }
        blur_slice(&mut out[begin..], nx, self.blur_voxels);
    }
}

/// exp(N(0, σ²)).
fn log_normal(sigma: f32, random: &mut ChaCha8Rng) -> f32 {
    let normal: f32 = StandardNormal.sample(random);
    (sigma * normal).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// The shift that is reported is the one between the image and its source, mirrored or not.
    #[test]
    fn the_shift_leads_back_to_the_source() {
        let config = AugmentationConfig { flip: true, shift_voxels: 2, ..AugmentationConfig::NONE };
        let (nx, ny) = (9usize, 8usize);
        let mut slice = vec![0.0; nx * ny];
        slice[3 + nx * 4] = 1.0;
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut mirrored = 0;
        for _ in 0..40 {
            let draw = Augmentation::draw(&config, &mut random);
            let mut image = Vec::new();
            draw.apply(&slice, nx, ny, &mut image);
            let [x, y] = draw.shift();
            let source_x = if draw.flip { nx as isize - 1 - 3 } else { 3 };
            mirrored += usize::from(draw.flip);
            let place = (source_x - x) + nx as isize * (4 - y);
            assert_eq!(image[place as usize], 1.0, "shift {x} {y}, mirrored {}", draw.flip);
        }
        assert!(mirrored > 5 && mirrored < 35);
    }

    #[test]
    fn smoothing_is_drawn_for_half_of_the_images_and_only_where_asked_for() {
        let plain = AugmentationConfig { gain: 0.1, gamma: 0.1, ..AugmentationConfig::NONE };
        let blurred = AugmentationConfig { blur_voxels: 1.0, ..plain.clone() };
        let count = |config: &AugmentationConfig| {
            let mut random = ChaCha8Rng::seed_from_u64(2);
            (0..100).filter(|_| Augmentation::draw(config, &mut random).blur_voxels > 0.0).count()
        };
        assert_eq!(count(&plain), 0);
        assert!((30..70).contains(&count(&blurred)));
    }
}
