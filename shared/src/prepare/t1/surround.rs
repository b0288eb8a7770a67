//! What to put around a brain without skull, so that its cut is no edge.
//!
//! A mask that leaves some fluid around a shrunken brain ends several millimetres outside of it. If nothing were put there, the
//! step from fluid to nothing would be the strongest edge of the image, and the standard brain would be stretched up to it.

use super::blank::Tidy;

/// Where the surround lies between fluid (0) and grey matter (1). A little brighter than fluid: the outermost voxels hold some
/// tissue, too, and noise makes fluid brighter than it is.
const FROM_FLUID_TO_GREY: f32 = 0.35;

/// The values are counted in so many steps.
const BINS: usize = 256;
/// So many rounds are more than the means ever need.
const MOST_ROUNDS: usize = 100;

/// A stripped brain with about the brightness of fluid where it is blank.
pub(super) fn with_surround(tidy: Tidy) -> Tidy {
    let surround = three_means(&tidy).map_or(0.0, |[fluid, grey, _]| fluid + FROM_FLUID_TO_GREY * (grey - fluid));
    tidy.with_nothing(surround)
}

/// Means of the dark, the middle and the bright values above 0: the partition with the least squared distances, by Lloyd's
/// rounds from the quartiles. `None` where no value is above 0.
fn three_means(tidy: &Tidy) -> Option<[f32; 3]> {
    let mut top = 0.0;
    tidy.for_each_slice(|slice| top = slice.iter().copied().fold(top, f32::max));
    let mut counts = [0f64; BINS];
    tidy.for_each_slice(|slice| {
        for value in slice.iter().filter(|value| **value > 0.0) {
            counts[((value / top * BINS as f32) as usize).min(BINS - 1)] += 1.0;
        }
    });
    let total: f64 = counts.iter().sum();
    if total == 0.0 {
        return None;
    }
    // Few voxels (vessels, fat) are much brighter than the brain.
    let quantile = |share: f64| {
        let mut sum = 0.0;
        counts
            .iter()
            .position(|count| {
                sum += count;
                sum >= share * total
            })
            .unwrap_or(BINS - 1)
    };
    let end = quantile(0.99) + 1;
    let mut means = [0.1, 0.5, 0.85].map(|share| quantile(share) as f64 + 0.5);
    for _ in 0..MOST_ROUNDS {
        let mut sums = [[0f64; 2]; 3];
        for (bin, count) in counts[..end].iter().enumerate() {
            let value = bin as f64 + 0.5;
            let nearest =
                usize::from(value > 0.5 * (means[0] + means[1])) + usize::from(value > 0.5 * (means[1] + means[2]));
            sums[nearest][0] += count * value;
            sums[nearest][1] += count;
        }
        let before = means;
        for (mean, [sum, count]) in means.iter_mut().zip(sums) {
            *mean = if count > 0.0 { sum / count } else { *mean };
        }
        if before == means {
            break;
        }
    }
    Some(means.map(|mean| (mean / BINS as f64) as f32 * top))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, Volume};

    /// Fluid of 20, grey matter of 60 and white matter of 90 in nothing, each a little uneven; some fat.
    fn brain() -> Volume {
        let value = |index: usize| match index % 20 {
            0..8 => 0.0,
            place @ 8..11 => 19.0 + place as f32 - 8.0,
            place @ 11..16 => 60.0 + place as f32 - 13.0,
            _ if index % 2000 == 19 => 300.0,
            _ => 90.0,
        };
        let data = (0..20_000).map(value).collect();
        Volume::new([20, 100, 10], data, Affine::IDENTITY)
    }

    #[test]
    fn fluid_grey_and_white_are_told_apart() {
        let means = three_means(&Tidy::as_it_is(&brain())).expect("values");
        for (mean, expected) in means.into_iter().zip([20.0, 60.0, 90.0]) {
            assert!((mean - expected).abs() < 1.5, "{means:?}");
        }
        let nothing = Volume::new([2; 3], vec![0.0; 8], Affine::IDENTITY);
        assert_eq!(three_means(&Tidy::as_it_is(&nothing)), None);
    }

    #[test]
    fn only_what_is_blank_changes_and_becomes_a_little_brighter_than_fluid() {
        let before = brain();
        let after = with_surround(Tidy::as_it_is(&before)).volume();
        assert_eq!(after.shape, before.shape);
        for (before, after) in before.data.iter().zip(&after.data) {
            if *before > 0.0 { assert_eq!(before, after) } else { assert!((25.0..40.0).contains(after), "{after}") }
        }
    }
}
