//! Has a model seen the like? The distance of a map from the people that it learned from.
//!
//! A classifier answers whatever it is shown. A map that is farther from the training people than nearly all of them are
//! from each other gets no class. The distance is Mahalanobis's, with a covariance of few components and even noise
//! (probabilistic principal components: Tipping and Bishop, J R Stat Soc B 1999;61:611-622), over means of cells of about a
//! centimetre: coarse enough that people's folds do not count.

use crate::volume::Volume;
use serde::{Deserialize, Serialize};

/// The people that a model learned from, as their spread over cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Familiar {
    /// Voxels of a cell along x, y, z; the last ones may hold fewer.
    pub cell_voxels: [usize; 3],
    /// Cells that count, as indices with x fastest.
    pub cells: Vec<usize>,
    /// Mean density of each.
    pub mean: Vec<f32>,
    /// Unit directions in which people differ most, and the variance along each.
    pub components: Vec<Vec<f32>>,
    pub variances: Vec<f32>,
    /// Variance along every other direction.
    pub rest_variance: f32,
    /// Distance beyond which nothing is said.
    pub limit: f32,
    /// Share of the people learned from, each measured by a fit to others, that lie beyond it.
    pub false_alarms: f32,
}

/// How far a map is from what a model has seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Familiarity {
    /// In standard deviations, root mean square over directions: about 1 for people like those learned from.
    pub distance: f32,
    pub limit: f32,
}

impl Familiarity {
    /// Whether nothing can be said of the map.
    pub fn is_strange(&self) -> bool {
        self.distance.is_nan() || self.distance > self.limit
    }
}

impl Familiar {
    /// Whether the parts fit each other and a grid of this shape.
    pub fn is_sound(&self, shape: [usize; 3]) -> bool {
        let count = self.cells.len();
        let cells: usize = cell_counts(shape, self.cell_voxels).map_or(0, |counts| counts.iter().product());
        count > self.components.len()
            && self.mean.len() == count
            && self.components.len() == self.variances.len()
            && self.components.iter().all(|component| component.len() == count)
            && self.cells.iter().all(|cell| *cell < cells)
            && self.variances.iter().chain([&self.rest_variance, &self.limit]).all(|value| *value > 0.0)
    }

    /// How far a map is from the people that were learned from. It lies on the grid that [`Familiar::is_sound`] was asked about.
    pub fn look(&self, gm: &Volume) -> Familiarity {
        let means = cell_means(gm, self.cell_voxels);
        let away = |(cell, mean): (&usize, &f32)| means.get(*cell).map_or(f64::NAN, |value| f64::from(value - mean));
        let away: Vec<f64> = self.cells.iter().zip(&self.mean).map(away).collect();
        let mut rest = away.iter().map(|value| value * value).sum::<f64>();
        let mut sum = 0.0;
        for (component, variance) in self.components.iter().zip(&self.variances) {
            let along: f64 = component.iter().zip(&away).map(|(weight, value)| f64::from(*weight) * value).sum();
            rest -= along * along;
            sum += along * along / f64::from(*variance);
        }
        sum += rest.max(0.0) / f64::from(self.rest_variance);
        Familiarity { distance: (sum / away.len().max(1) as f64).sqrt() as f32, limit: self.limit }
    }
}

/// Cells along each axis; `None` for cells of no voxels.
fn cell_counts(shape: [usize; 3], cell_voxels: [usize; 3]) -> Option<[usize; 3]> {
    (!cell_voxels.contains(&0)).then(|| std::array::from_fn(|axis| shape[axis].div_ceil(cell_voxels[axis])))
}

/// Mean of each cell, x fastest.
pub fn cell_means(volume: &Volume, cell_voxels: [usize; 3]) -> Vec<f32> {
    let Some([columns, rows, layers]) = cell_counts(volume.shape, cell_voxels) else { return Vec::new() };
    let mut sums = vec![(0.0f64, 0u32); columns * rows * layers];
    let [nx, ny, _] = volume.shape;
    for (index, value) in volume.data.iter().enumerate() {
        let [x, y, z] = [index % nx, index / nx % ny, index / (nx * ny)];
        let [x, y, z] = [x / cell_voxels[0], y / cell_voxels[1], z / cell_voxels[2]];
        if let Some((sum, count)) = sums.get_mut((z * rows + y) * columns + x) {
            *sum += f64::from(*value);
            *count += 1;
        }
    }
    sums.into_iter().map(|(sum, count)| (sum / f64::from(count.max(1))) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Affine;

    fn volume(of: impl Fn(usize) -> f32) -> Volume {
        let shape = [5, 4, 3];
        Volume::new(shape, (0..60).map(of).collect(), Affine::IDENTITY)
    }

    #[test]
    fn cells_at_the_border_hold_what_is_there() {
        let means = cell_means(&volume(|index| (index % 5) as f32), [2, 2, 2]);
        assert_eq!(means.len(), 3 * 2 * 2);
        assert_eq!(means[..3], [0.5, 2.5, 4.0]);
    }

    #[test]
    fn what_lies_along_a_component_is_nearer_than_what_does_not() {
        let familiar = Familiar {
            cell_voxels: [5, 4, 1],
            cells: vec![0, 1, 2],
            mean: vec![0.5; 3],
            components: vec![vec![0.0, 0.0, 1.0]],
            variances: vec![0.04],
            rest_variance: 0.0025,
            limit: 2.0,
            false_alarms: 0.02,
        };
        assert!(familiar.is_sound([5, 4, 3]) && !familiar.is_sound([5, 4, 2]));
        let at = |layer: usize| volume(move |index| if index / 20 == layer { 0.7 } else { 0.5 });
        // 0.2 away: one standard deviation of 0.2, or four of 0.05, over three cells.
        let [along, across] = [2, 0].map(|layer| familiar.look(&at(layer)));
        assert!((along.distance - (1.0f32 / 3.0).sqrt()).abs() < 1e-4 && !along.is_strange());
        assert!((across.distance - (16.0f32 / 3.0).sqrt()).abs() < 1e-3 && across.is_strange());
        assert!(familiar.look(&volume(|_| f32::NAN)).is_strange());
    }
}
