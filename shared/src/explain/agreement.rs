//! How maps are compared: correlation and size inside a mask. Page and reports count with this one piece of code.

use crate::correlation::pearson;
use crate::volume::Volume;

/// Signed normalised cross-correlation `cov(a, b) / (σ_a σ_b)` of two maps over the voxels of `mask`:
/// blind to scale and offset, not to sign. All three lie on one grid; `None` otherwise, or where a map is constant.
pub fn ncc_in_mask(a: &[f32], b: &[f32], mask: &[bool]) -> Option<f64> {
    if a.len() != mask.len() || b.len() != mask.len() {
        return None;
    }
    pearson(masked(a, mask).zip(masked(b, mask)))
}

/// Mean of `|map|` over the voxels of `mask`, in the unit of the map; `None` for an empty mask, different lengths, or a
/// value that is not finite.
pub fn mean_absolute_in_mask(map: &[f32], mask: &[bool]) -> Option<f64> {
    if map.len() != mask.len() {
        return None;
    }
    let (count, sum) = masked(map, mask).fold((0usize, 0.0), |(count, sum), value| (count + 1, sum + value.abs()));
    (count > 0 && sum.is_finite()).then(|| sum / count as f64)
}

/// Which voxels of a mask count as inside, x fastest.
pub fn inside_of(mask: &Volume) -> Vec<bool> {
    mask.data.iter().map(|&value| value > 0.5).collect()
}

/// Values of `map` inside `mask`.
pub fn masked<'a>(map: &'a [f32], mask: &'a [bool]) -> impl Iterator<Item = f64> + Clone + 'a {
    map.iter().zip(mask).filter(|(_, inside)| **inside).map(|(&value, _)| f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(actual: Option<f64>, expected: f64) -> bool {
        actual.is_some_and(|actual| (actual - expected).abs() < 5e-5)
    }

    #[test]
    fn correlation_of_known_values() {
        let mask = [true, true, true, false];
        assert!(close(ncc_in_mask(&[1.0, 2.0, 3.0, 99.0], &[-1.0, -2.0, -3.0, 7.0], &mask), -1.0));
        assert!(close(mean_absolute_in_mask(&[1.0, -2.0, 3.0, 99.0], &mask), 2.0));
        assert_eq!(mean_absolute_in_mask(&[1.0], &mask), None);
        // 0.1 has no exact binary value: its mean leaves rounding error, which is no spread.
        assert_eq!(ncc_in_mask(&[0.1; 7], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], &[true; 7]), None);
    }

    proptest! {
        #[test]
        fn ncc_ignores_scale_and_keeps_sign(values in prop::collection::vec(-1.0f32..1.0, 3..80), scale in 0.1f32..9.0) {
            let other: Vec<f32> = values.iter().map(|v| v * v - 0.3 * v).collect();
            let mask = vec![true; values.len()];
            if let Some(ncc) = ncc_in_mask(&values, &other, &mask) {
                prop_assert!((-1.0..=1.0).contains(&ncc));
                let scaled: Vec<f32> = values.iter().map(|v| -scale * v).collect();
                prop_assert!(ncc_in_mask(&scaled, &other, &mask).is_some_and(|n| (n + ncc).abs() < 1e-3));
            }
        }
    }
}
