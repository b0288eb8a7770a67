//! Other positions, sizes, fields of view, orders of axes, noise and gain of the same head.

use crate::data::Person;
use crate::random::Random;
use shared::volume::{Affine, Grid, Volume, read_nifti, resample, write_nifti};
use std::fmt;

/// What is done to a head.
pub struct Perturbation {
    turns_degrees: [f64; 3],
    shift_mm: [f64; 3],
    scale: f64,
    /// Field of view cut to the brain and 5 mm around it.
    cropped: bool,
    /// Standard deviation, as a share of the head's bright intensities.
    noise: f64,
    /// Largest change of the gain to either side, and its direction.
    gain: f64,
    gain_way: [f64; 3],
    /// Order of the axes in the file and which of them run backwards.
    order: [usize; 3],
    backwards: [bool; 3],
    seed: u64,
    /// From the original millimetres to the perturbed ones.
    pub moved_from_world: Affine,
}

impl Perturbation {
    pub fn draw(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
        let turns_degrees = [0; 3].map(|_| random.between(-30.0, 30.0));
        let shift_mm = [0; 3].map(|_| random.between(-40.0, 40.0));
        let scale = random.between(0.85, 1.15);
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let cropped = random.between(0.0, 1.0) < 0.3;
        let noise = if random.between(0.0, 1.0) < 0.5 { random.between(0.0, 0.06) } else { 0.0 };
        let gain = if random.between(0.0, 1.0) < 0.5 { 0.3 } else { 0.0 };
        let gain_way = [0; 3].map(|_| random.between(-1.0, 1.0));
        let order = orders[(random.between(0.0, 6.0) as usize).min(5)];
        let backwards = [0; 3].map(|_| random.between(0.0, 1.0) < 0.5);
        let mut moved = Affine::from_spacing_origin([scale; 3], shift_mm);
        for (axis, degrees) in turns_degrees.into_iter().enumerate() {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
            let mut turn = Affine::IDENTITY;
            (turn.0[a][a], turn.0[a][b], turn.0[b][a], turn.0[b][b]) = (cos, -sin, sin, cos);
            moved = moved.compose(&turn);
        }
        Perturbation {
            turns_degrees,
            shift_mm,
            scale,
            cropped,
            noise,
            gain,
            gain_way,
            order,
            backwards,
            seed,
            moved_from_world: moved,
        }
    }

    /// The perturbed scan, written to a file and read again.
    pub fn apply(&self, person: &Person) -> Volume {
        let world_from_moved = self.moved_from_world.inverse().unwrap();
        // The head as it lies, in a field of view along the axes that holds all of it, or just the brain.
        let place = self.moved_from_world.compose(&person.t1.world_from_voxel);
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        let [nx, ny, nz] = person.t1.shape;
        let labels = person.labels.as_ref().expect("labels");
        for index in 0..nx * ny * nz {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
            let is_corner = (0..3).all(|axis| voxel[axis] == 0 || voxel[axis] + 1 == person.t1.shape[axis]);
            if if self.cropped { labels.data[index] > 0.0 } else { is_corner } {
                for (axis, mm) in place.apply(voxel.map(|index| index as f64)).into_iter().enumerate() {
                    low[axis] = low[axis].min(mm);
                    high[axis] = high[axis].max(mm);
                }
            }
        }
        let margin_mm = if self.cropped { 5.0 } else { 0.0 };
        let spacing_mm = 2.0;
        let shape =
            std::array::from_fn(|axis| ((high[axis] - low[axis] + 2.0 * margin_mm) / spacing_mm).ceil() as usize + 1);
        let world_from_voxel = Affine::from_spacing_origin([spacing_mm; 3], low.map(|low| low - margin_mm));
        let grid = Grid { shape, mni_from_voxel: world_from_moved.compose(&world_from_voxel) };
        let mut image = resample(&person.t1, &grid);
        image.world_from_voxel = world_from_voxel;
        self.disturb(&mut image);
        let file = write_nifti(&self.reorder(&image), "perturbed");
        read_nifti("perturbed.nii", &file, None).unwrap().into_volume().unwrap()
    }

    fn disturb(&self, image: &mut Volume) {
        let mut bright: Vec<f32> = image.data.iter().copied().filter(|value| *value > 100.0).collect();
        bright.sort_by(f32::total_cmp);
        let sigma = f64::from(bright[bright.len() * 98 / 100]) * self.noise;
        let mut random = Random(self.seed ^ 0xabcd);
        let [nx, ny, _] = image.shape;
        for index in 0..image.data.len() {
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)];
            let along: f64 = (0..3)
                .map(|axis| self.gain_way[axis] * (2.0 * voxel[axis] as f64 / image.shape[axis] as f64 - 1.0))
                .sum();
            let gain = 1.0 + self.gain * (1.7 * along).sin();
            // Rician: the length of a complex signal with noise in both parts.
            let (a, b) = random.normal_pair();
            let value = f64::from(image.data[index]) * gain;
            image.data[index] = (value + sigma * a).hypot(sigma * b) as f32;
        }
    }

    /// The same image with its axes in another order and direction.
    fn reorder(&self, image: &Volume) -> Volume {
        let shape = self.order.map(|axis| image.shape[axis]);
        let mut from_new = Affine([[0.0; 4]; 3]);
        for (new, &old) in self.order.iter().enumerate() {
            (from_new.0[old][new], from_new.0[old][3]) =
                if self.backwards[new] { (-1.0, (image.shape[old] - 1) as f64) } else { (1.0, 0.0) };
        }
        let mut data = Vec::with_capacity(image.data.len());
        for z in 0..shape[2] {
            for y in 0..shape[1] {
                for x in 0..shape[0] {
                    let [x, y, z] = from_new.apply([x as f64, y as f64, z as f64]).map(|position| position as usize);
                    data.push(image.data[(z * image.shape[1] + y) * image.shape[0] + x]);
                }
            }
        }
        Volume::new(shape, data, image.world_from_voxel.compose(&from_new))
    }
}

impl fmt::Display for Perturbation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [x, y, z] = self.turns_degrees;
        let [a, b, c] = self.shift_mm;
        write!(formatter, "turns {x:.0} {y:.0} {z:.0}, shift {a:.0} {b:.0} {c:.0}, scale {:.2}", self.scale)?;
        if self.cropped {
            formatter.write_str(", cropped")?;
        }
        if self.noise > 0.0 {
            write!(formatter, ", noise {:.3}", self.noise)?;
        }
        if self.gain > 0.0 { formatter.write_str(", gain") } else { Ok(()) }
    }
}
