//! How far each voxel is from a set of voxels, and which of them is the nearest.
//!
//! Felzenszwalb PF, Huttenlocher DP. Distance transforms of sampled functions. Theory of Computing 2012;8:415-428.

use crate::volume::line_starts;

/// Distances to a set.
pub(super) struct Distances {
    /// In voxels; infinite everywhere where the set is empty.
    pub(super) voxels: Vec<f32>,
    /// Index of the nearest voxel of the set.
    pub(super) nearest: Vec<u32>,
}

/// Distances to the voxels of a set, for cubic voxels.
pub(super) fn distances(set: &[bool], shape: [usize; 3]) -> Distances {
    let mut squared: Vec<f32> = set.iter().map(|inside| if *inside { 0.0 } else { f32::INFINITY }).collect();
    let mut nearest: Vec<u32> = (0..set.len() as u32).collect();
    let strides = [1, shape[0], shape[0] * shape[1]];
    for axis in 0..3 {
        let mut line = Line::new(shape[axis]);
        for start in line_starts(shape, axis) {
            line.pass(&mut squared, &mut nearest, start, strides[axis]);
        }
    }
    squared.iter_mut().for_each(|value| *value = value.sqrt());
    Distances { voxels: squared, nearest }
}

/// The lower envelope of the parabolas along one line.
struct Line {
    values: Vec<f32>,
    sources: Vec<u32>,
    /// Positions whose parabolas make up the envelope, and where each begins to.
    places: Vec<usize>,
    begins: Vec<f32>,
}

impl Line {
    fn new(length: usize) -> Self {
        let (places, begins) = (Vec::with_capacity(length), Vec::with_capacity(length));
        Line { values: vec![0.0; length], sources: vec![0; length], places, begins }
    }

    fn pass(&mut self, squared: &mut [f32], nearest: &mut [u32], start: usize, stride: usize) {
        for (step, (value, source)) in self.values.iter_mut().zip(&mut self.sources).enumerate() {
            (*value, *source) = (squared[start + step * stride], nearest[start + step * stride]);
        }
        self.places.clear();
        self.begins.clear();
        for place in (0..self.values.len()).filter(|place| self.values[*place].is_finite()) {
            let mut begin = f32::NEG_INFINITY;
            while let (Some(&last), Some(&last_begin)) = (self.places.last(), self.begins.last()) {
                let height = |place: usize| self.values[place] + (place * place) as f32;
                begin = (height(place) - height(last)) / (2 * (place - last)) as f32;
                if begin > last_begin {
                    break;
                }
                self.places.pop();
                self.begins.pop();
                begin = f32::NEG_INFINITY;
            }
            self.places.push(place);
            self.begins.push(begin);
        }
        if self.places.is_empty() {
            return;
        }
        let mut current = 0;
        for step in 0..self.values.len() {
            while current + 1 < self.places.len() && self.begins[current + 1] < step as f32 {
                current += 1;
            }
            let place = self.places[current];
            let away = step as f32 - place as f32;
            squared[start + step * stride] = self.values[place] + away * away;
            nearest[start + step * stride] = self.sources[place];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_nearest_voxel() {
        let shape = [7, 6, 5];
        let voxel = |index: usize| [index % 7, index / 7 % 6, index / 42].map(|index| index as f32);
        let set: Vec<bool> = (0..210).map(|index| [3, 50, 130, 199].contains(&index)).collect();
        let found = distances(&set, shape);
        for index in 0..210 {
            let to = |other: usize| {
                let (a, b) = (voxel(index), voxel(other));
                (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f32>().sqrt()
            };
            let least = [3, 50, 130, 199].map(to).into_iter().fold(f32::INFINITY, f32::min);
            assert!((found.voxels[index] - least).abs() < 1e-4);
            assert!((to(found.nearest[index] as usize) - least).abs() < 1e-4);
        }
        assert!(distances(&[false; 210], shape).voxels.iter().all(|value| value.is_infinite()));
    }
}
