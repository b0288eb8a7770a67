//! The classifier opened up for one image: filters → maps → cells → weights → log-odds.
//!
//! The answer is what the classifier says of an image without any grey matter, plus an exact share of each cell: Σ over channels of
//! (mean response − that of the empty image) × weight. A cell that is covered counts as it does in the empty image; the answer
//! follows from the sum alone.

use std::array;

/// How many there are of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InsideLayout {
    /// Filters of the first layer, and the width of each.
    pub filters: usize,
    pub kernel: usize,
    /// Positions of each filter's map along x, y, z.
    pub maps: [usize; 3],
    /// Channels that are averaged in cells, and the cells along x, y, z.
    pub channels: usize,
    pub cells: [usize; 3],
    /// Further layers lie between the filters and the cells: the channels are not the filters.
    pub is_deep: bool,
}

/// What the classifier computes for one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Inside {
    pub layout: InsideLayout,
    /// Log-odds of "old" of an image without grey matter.
    pub log_odds_empty: f32,
    /// Of each filter, row by row; of 3-D filters, the middle slice.
    pub kernels: Vec<f32>,
    /// Responses of each filter, after ReLU, x fastest.
    pub maps: Vec<f32>,
    /// Mean response of each channel in each cell, less that of the empty image; x fastest, the channel slowest.
    pub means: Vec<f32>,
    /// Log-odds for each unit of them.
    pub weights: Vec<f32>,
    /// Log-odds that each cell adds, x fastest.
    pub shares: Vec<f64>,
}

impl Inside {
    /// From its numbers: kernels, maps, means and weights. `None` where they do not fit the layout.
    pub fn new(layout: InsideLayout, log_odds_empty: f32, numbers: [Vec<f32>; 4]) -> Option<Self> {
        let [kernels, maps, means, weights] = numbers;
        let product = |counts: &[usize]| counts.iter().try_fold(1, |all: usize, count| all.checked_mul(*count));
        let cells = product(&layout.cells).filter(|cells| *cells > 0)?;
        let parts = cells.checked_mul(layout.channels)?;
        let fits = product(&[layout.filters, layout.kernel, layout.kernel]) == Some(kernels.len())
            && product(&layout.maps).and_then(|map| map.checked_mul(layout.filters)) == Some(maps.len())
            && [means.len(), weights.len()] == [parts; 2];
        if !fits {
            return None;
        }
        let mut shares = vec![0.0; cells];
        for (index, (mean, weight)) in means.iter().zip(&weights).enumerate() {
            shares[index % cells] += f64::from(*mean) * f64::from(*weight);
        }
        Some(Inside { layout, log_odds_empty, kernels, maps, means, weights, shares })
    }

    /// Log-odds of "old" with some cells covered: a place that `covered` lacks is not.
    pub fn log_odds(&self, covered: &[bool]) -> f64 {
        let mut all = f64::from(self.log_odds_empty);
        for (cell, share) in self.shares.iter().enumerate() {
            if covered.get(cell) != Some(&true) {
                all += share;
            }
        }
        all
    }

    /// Mean and weight of each channel in a cell.
    pub fn parts(&self, cell: usize) -> impl Iterator<Item = [f32; 2]> {
        let all = self.means.iter().zip(&self.weights).skip(cell).step_by(self.shares.len());
        all.map(|(mean, weight)| [*mean, *weight])
    }

    /// As numbers alone, to be sent: the layout with the log-odds of the empty image; then kernels, maps, means, weights.
    pub fn to_numbers(&self) -> [Vec<f32>; 5] {
        let InsideLayout { filters, kernel, maps: [mx, my, mz], channels, cells: [cx, cy, cz], is_deep } = self.layout;
        let counts = [filters, kernel, mx, my, mz, channels, cx, cy, cz, usize::from(is_deep)];
        let first = counts.into_iter().map(|count| count as f32).chain([self.log_odds_empty]).collect();
        [first, self.kernels.clone(), self.maps.clone(), self.means.clone(), self.weights.clone()]
    }

    /// The same read again; `None` where it is not whole.
    pub fn from_numbers([first, kernels, maps, means, weights]: [Vec<f32>; 5]) -> Option<Self> {
        let first: [f32; 11] = first.try_into().ok()?;
        let [filters, kernel, mx, my, mz, channels, cx, cy, cz, is_deep] = array::from_fn(|at| first[at] as usize);
        let [maps_xyz, cells] = [[mx, my, mz], [cx, cy, cz]];
        let layout = InsideLayout { filters, kernel, maps: maps_xyz, channels, cells, is_deep: is_deep == 1 };
        Inside::new(layout, first[10], [kernels, maps, means, weights])
    }
}

#[cfg(feature = "model")]
mod look {
    use super::super::error::{DeviceFault, ExplainError};
    use super::super::run::{Models, values};
    use super::{Inside, InsideLayout};
    use crate::model::tensor_from_volume;
    use crate::volume::Volume;

    impl Models {
        /// Opens the classifier for one grey-matter map that lies on the models' grid.
        ///
        /// # Errors
        /// The map lies on another grid, or the device failed.
        pub async fn look_inside(&self, gm: &Volume) -> Result<Inside, ExplainError> {
            if gm.shape != self.grid.shape {
                return Err(ExplainError::Shape { found: gm.shape, expected: self.grid.shape });
            }
            let no_answer = ExplainError::Device { reason: DeviceFault::NoAnswer };
            let nothing = gm.with_data(vec![0.0; gm.data.len()]);
            let parts = |gm| self.classifier.parts(tensor_from_volume(gm, &self.device), &self.context);
            let (Some(parts), Some(empty)) = (parts(gm), parts(&nothing)) else { return Err(no_answer) };
            let [filters, inputs, layers, kernel, _] = parts.kernels.dims();
            let [_, _, depth, height, width] = parts.first_maps.dims();
            let [_, channels, z, y, x] = parts.weighed.dims();
            let log_odds_empty = values(empty.logit_old).await?.first().copied().ok_or(no_answer.clone())?;
            // The image is a layer's first input.
            let of_image = kernel * kernel * (layers / 2);
            let kernels = values(parts.kernels).await?;
            let kernels = kernels.chunks_exact(inputs * layers * kernel * kernel);
            let kernels = kernels.flat_map(|filter| &filter[of_image..of_image + kernel * kernel]).copied().collect();
            let cells = x * y * z;
            let [counted, added] = self.classifier.scales(cells).map(|scale| scale as f32);
            let mut means = values(parts.weighed).await?;
            for (mean, empty) in means.iter_mut().zip(values(empty.weighed).await?) {
                *mean = (*mean - empty) / counted;
            }
            let each = values(parts.weights).await?;
            // One for each cell, or the same for all.
            let cells_of_each = means.len() / each.len().max(1);
            let weights = (0..means.len()).map(|at| each[at / cells_of_each] * counted * added).collect();
            let layout = InsideLayout {
                filters,
                kernel,
                maps: [width, height, depth],
                channels,
                cells: [x, y, z],
                is_deep: self.classifier.is_deep(),
            };
            let numbers = [kernels, values(parts.first_maps).await?, means, weights];
            Inside::new(layout, log_odds_empty, numbers).ok_or(no_answer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: InsideLayout =
        InsideLayout { filters: 1, kernel: 1, maps: [2, 1, 2], channels: 2, cells: [2, 1, 1], is_deep: false };

    fn numbers() -> [Vec<f32>; 4] {
        [vec![1.0], vec![0.0, 1.0, 2.0, 3.0], vec![1.0, 2.0, 3.0, 4.0], vec![0.5, -1.0, 2.0, 0.25]]
    }

    #[test]
    fn shares_add_up_and_covered_cells_count_nothing() {
        let inside = Inside::new(LAYOUT, -1.0, numbers()).unwrap();
        assert_eq!(inside.shares, [6.5, -1.0]);
        assert_eq!(inside.parts(1).collect::<Vec<_>>(), [[2.0, -1.0], [4.0, 0.25]]);
        for (covered, expected) in [(vec![], 4.5), (vec![true], -2.0), (vec![false, true], 5.5), (vec![true; 2], -1.0)]
        {
            assert_eq!(inside.log_odds(&covered), expected);
        }
        assert_eq!(Inside::from_numbers(inside.to_numbers()), Some(inside));
    }

    #[test]
    fn numbers_that_do_not_fit_the_layout_are_refused() {
        for index in 0..4 {
            let mut numbers = numbers();
            numbers[index].push(0.0);
            assert_eq!(Inside::new(LAYOUT, 0.0, numbers), None);
        }
        assert_eq!(Inside::new(InsideLayout { cells: [0, 1, 1], ..LAYOUT }, 0.0, numbers()), None);
        assert_eq!(Inside::new(InsideLayout { maps: [usize::MAX, 2, 1], ..LAYOUT }, 0.0, numbers()), None);
    }
}
