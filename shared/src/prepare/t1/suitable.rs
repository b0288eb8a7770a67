//! What is plainly no T1 scan of a head is refused before any work, by reason.

use super::blank::blank_value;
use super::{T1Error, Unsuitable};
use crate::volume::Volume;

/// Smallest extent in mm, along each axis, of an image that can hold an adult brain (about 105 × 140 × 170).
const LEAST_EXTENT_MM: f64 = 95.0;

/// Smallest thickness of a slab, in mm and in slices.
const LEAST_SLAB_MM: f64 = 10.0;
const LEAST_SLICES: usize = 4;

/// Largest extent in mm; more than a person is long means that the header's lengths are wrong.
const MOST_EXTENT_MM: f64 = 700.0;

/// Coarser voxels, in mm, show no cortex (a few millimetres thick).
const COARSEST_VOXEL_MM: f64 = 5.0;

/// Finer voxels, in mm, no scanner of heads makes: the header's unit is wrong.
const FINEST_VOXEL_MM: f64 = 0.2;

/// Share of neighbours of equal value above which an image is made of flat patches: labels, masks.
const LABEL_SHARE: f64 = 0.5;

/// Correlation of neighbours below which an image is noise; heads have more than 0.9.
const LEAST_NEIGHBOUR_CORRELATION: f64 = 0.5;

/// Refuses images that cannot be a T1-weighted scan of a head.
pub(super) fn check(name: &str, image: &Volume) -> Result<(), T1Error> {
    match reason(image) {
        Some(reason) => Err(T1Error::Unsuitable { name: name.to_owned(), reason }),
        None => Ok(()),
    }
}

/// Whether an image is too short along one axis to hold a whole brain: some slices of one.
pub(super) fn is_slab(image: &Volume) -> bool {
    extents_mm(image).iter().any(|extent_mm| *extent_mm < LEAST_EXTENT_MM)
}

/// Why a slab that does not look like the standard brain at its place is refused.
pub(super) fn misplaced_slab(image: &Volume) -> Unsuitable {
    let extent_mm = extents_mm(image).into_iter().fold(f64::INFINITY, f64::min);
    Unsuitable::MisplacedSlab { extent_mm, low_mm: LEAST_EXTENT_MM, high_mm: MOST_EXTENT_MM }
}

fn extents_mm(image: &Volume) -> [f64; 3] {
    let spacing_mm = image.world_from_voxel.spacing_mm();
    std::array::from_fn(|axis| image.shape[axis] as f64 * spacing_mm[axis])
}

fn wrong_extent(extent_mm: f64) -> Unsuitable {
    Unsuitable::Extent { extent_mm, low_mm: LEAST_EXTENT_MM, high_mm: MOST_EXTENT_MM }
}

fn reason(image: &Volume) -> Option<Unsuitable> {
    if !image.is_sound() {
        return Some(Unsuitable::Damaged);
    }
    let count = image.data.iter().filter(|value| !value.is_finite()).count();
    if count > 0 {
        return Some(Unsuitable::NotFinite { count });
    }
    let (low, high) =
        image.data.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)));
    if high - low <= 1e-6 * high.abs().max(1.0) {
        return Some(Unsuitable::Constant { value: low });
    }
    let spacing_mm = image.world_from_voxel.spacing_mm();
    for (extent_mm, spacing_mm) in extents_mm(image).into_iter().zip(spacing_mm) {
        if spacing_mm > COARSEST_VOXEL_MM {
            return Some(Unsuitable::Coarse { length_mm: spacing_mm, limit_mm: COARSEST_VOXEL_MM });
        }
        if spacing_mm < FINEST_VOXEL_MM {
            return Some(Unsuitable::Fine { length_mm: spacing_mm, limit_mm: FINEST_VOXEL_MM });
        }
        if extent_mm > MOST_EXTENT_MM {
            return Some(wrong_extent(extent_mm));
        }
    }
    let short: Vec<f64> = extents_mm(image).into_iter().filter(|extent_mm| *extent_mm < LEAST_EXTENT_MM).collect();
    if let [first, ..] = short[..]
        && (short.len() > 1 || first < LEAST_SLAB_MM || image.shape.iter().any(|count| *count < LEAST_SLICES))
    {
        return Some(wrong_extent(first));
    }
    let neighbours = Neighbours::of(image, blank_value(image).unwrap_or_else(|| most_common(&image.data)));
    if neighbours.equal_share > LABEL_SHARE {
        return Some(Unsuitable::Flat);
    }
    if neighbours.correlation < LEAST_NEIGHBOUR_CORRELATION {
        return Some(Unsuitable::Noise { correlation: neighbours.correlation, limit: LEAST_NEIGHBOUR_CORRELATION });
    }
    None
}

/// The value of the background: the most common one. The lowest may be that of a single broken voxel, or of dark tissue
/// where the values were scaled to a mean of 0.
fn most_common(data: &[f32]) -> f32 {
    const SAMPLES: usize = 100_000;
    let mut values: Vec<f32> = data.iter().copied().step_by(data.len() / SAMPLES + 1).collect();
    values.sort_unstable_by(f32::total_cmp);
    let runs = values.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| run.len()).and_then(|run| run.first()).copied().unwrap_or_default()
}

/// How voxels relate to the next one along x.
struct Neighbours {
    /// Among pairs that are not both background.
    equal_share: f64,
    correlation: f64,
}

impl Neighbours {
    fn of(image: &Volume, background: f32) -> Self {
        let mean = image.data.iter().map(|value| f64::from(*value)).sum::<f64>() / image.data.len() as f64;
        let (mut pairs, mut equal) = (0u64, 0u64);
        let (mut together, mut alone) = (0.0, 0.0);
        for row in image.data.chunks(image.shape[0]) {
            for pair in row.windows(2) {
                let (a, b) = (f64::from(pair[0]) - mean, f64::from(pair[1]) - mean);
                together += a * b;
                alone += 0.5 * (a * a + b * b);
                if pair[0] != background || pair[1] != background {
                    pairs += 1;
                    equal += u64::from(pair[0] == pair[1]);
                }
            }
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        Neighbours { equal_share: share(equal as f64, pairs as f64), correlation: share(together, alone) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::Affine;

    fn image(of: impl Fn(usize) -> f32) -> Volume {
        let shape = [60, 60, 60];
        let data = (0..shape.iter().product()).map(of).collect();
        Volume::new(shape, data, Affine::from_spacing_origin([3.0; 3], [-90.0; 3]))
    }

    #[test]
    fn each_kind_of_wrong_image_has_its_reason() {
        let noise = |index: usize| (index.wrapping_mul(2_654_435_761) >> 7 & 1023) as f32;
        let wave = |index: usize| 100.0 + 50.0 * (index as f32 / 9.0).sin();
        let mut small = image(wave);
        small.world_from_voxel = Affine::from_spacing_origin([1.0; 3], [0.0; 3]);
        let mut coarse = image(wave);
        coarse.world_from_voxel = Affine::from_spacing_origin([3.0, 3.0, 6.0], [0.0; 3]);
        let mut broken = image(wave);
        broken.data[7] = f32::NAN;
        for (image, word) in [
            (image(|_| 3.0), "empty"),
            (image(noise), "noise"),
            (image(|index| (index / 20 % 90) as f32), "label"),
            (small, "whole head"),
            (coarse, "coarse"),
            (broken, "NaN"),
        ] {
            let error = check("scan.nii", &image).unwrap_err().to_string();
            assert!(error.starts_with("scan.nii: ") && error.contains(word), "{error}");
        }
        assert_eq!(check("scan.nii", &image(wave)), Ok(()));
    }

    #[test]
    fn a_head_with_one_negative_voxel_is_no_label_map() {
        // A head in a field of zeros, as cut images have: most neighbours are equal, but they are background.
        let head = |index: usize| {
            let place = [index % 60, index / 60 % 60, index / 3600].map(|place| place as f32 - 30.0);
            let inside = place.iter().map(|side| side * side).sum::<f32>() < 400.0;
            if inside { 100.0 + place[0] + 0.1 * place[1] } else { 0.0 }
        };
        assert_eq!(check("scan.nii", &image(head)), Ok(()));
        let mut broken = image(head);
        broken.data[7] = -1.0;
        assert_eq!(check("scan.nii", &broken), Ok(()));
        let scaled = image(|index| if head(index) > 0.0 { (head(index) - 100.0) / 9.0 } else { 0.0 });
        assert_eq!(check("scan.nii", &scaled), Ok(()));
    }
}
