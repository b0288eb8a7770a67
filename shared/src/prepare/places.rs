//! Which tissue does a map show at places where every brain has the same one?
//!
//! The places were taken from the ICBM152 template's tissue maps (a test compares them): deep inside each tissue, apart
//! from each other, so that the mean over many of them bears with one brain's folds and wide ventricles. Measured, mean
//! at the places of white matter, grey matter and fluid:
//!
//! | image | white | grey | fluid |
//! | --- | --- | --- | --- |
//! | GM maps of 206 people of 18 to 94 years, z = 4..22 mm | 0.02 (at most 0.48) | 0.75 (at least 0.41) | 0.06 (at most 0.26) |
//! | their T1 images, 0..1 | 0.77 | 0.44 | 0.19 |
//! | grey matter of 13 people prepared here, whole brain | 0.00 to 0.09 | 0.73 to 0.95 | 0.08 to 0.25 |
//! | grey matter of 25 people in scanner coordinates near MNI space | 0.04 to 0.40 | 0.21 to 0.72 | 0.06 to 0.45 |
//! | grey matter of 12 people in scanner coordinates far from it | 0.09 to 0.31 | 0.13 to 0.31 | 0.08 to 0.47 |
//! | their white matter | 0.12 to 0.95 | 0.06 to 0.32 | 0.05 to 0.56 |

use super::{OtherTissue, PrepareError};
use crate::volume::{Volume, value_at};

/// Least number of places of a tissue that an image must hold to be judged.
const LEAST_PLACES: usize = 6;
/// How much more a map must have where grey matter is than elsewhere: of a slab, where one person's diseased white matter
/// can count as grey (-0.01 in one of 206 people), and of a whole brain, where many more places bear witness
/// (0.60 and more in 13 people that were prepared here; in scanner coordinates 0.28 at most, and mostly below 0.1).
const LEAST_CONTRAST: [f64; 2] = [-0.1, 0.25];
/// At most so much of grey matter's mean do the other tissues have where a map is grey matter beyond doubt: smoothed by 8 mm
/// a map reaches 0.2 in white matter and 0.5 in fluid; a FLAIR or PD scan has more than 0.8 in white matter.
const CLEARLY_WHITE: f64 = 0.6;
const CLEARLY_FLUID: f64 = 0.75;
/// Places of grey matter from which an image counts as a whole brain.
const WHOLE_BRAIN_PLACES: usize = 90;
/// How many times more of another tissue than of grey matter makes a map that tissue's.
const OTHER_TISSUE: f64 = 1.5;

/// Means over the places that lie inside an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Means {
    white: f64,
    grey: f64,
    fluid: f64,
    /// Places of grey matter inside the image.
    grey_places: usize,
}

impl Means {
    /// Of an image in MNI152 millimetres; `None` where too few places lie inside it.
    pub(super) fn of(volume: &Volume) -> Option<Means> {
        let voxel_from_mni = volume.world_from_voxel.inverse()?;
        let [low, high] = filled_box(volume)?;
        let filled = |voxel: &[f64; 3]| (0..3).all(|axis| voxel[axis] >= low[axis] && voxel[axis] <= high[axis]);
        let mean = |places: &[[i8; 3]]| {
            let voxels = places.iter().map(|place| voxel_from_mni.apply(place.map(f64::from))).filter(filled);
            let values = voxels.filter_map(|voxel| value_at(volume, voxel));
            let (count, sum) = values.fold((0usize, 0.0), |(count, sum), value| (count + 1, sum + value));
            (count >= LEAST_PLACES).then(|| (sum / count as f64, count))
        };
        let (grey, grey_places) = mean(&GREY)?;
        Some(Means { white: mean(&WHITE)?.0, grey, fluid: mean(&FLUID)?.0, grey_places })
    }

    /// Whether nothing but grey matter in MNI152 space can look like this, however it was smoothed.
    pub(super) fn is_clearly_grey_matter(&self) -> bool {
        let Means { white, grey, fluid, .. } = *self;
        self.is_grey_matter() && white <= CLEARLY_WHITE * grey && fluid <= CLEARLY_FLUID * grey
    }

    /// How much more there is at the places of grey matter than at the others.
    fn contrast(&self) -> f64 {
        self.grey - self.white.max(self.fluid)
    }

    /// Whether most of the image is where grey matter is in MNI152 space.
    fn is_grey_matter(&self) -> bool {
        let [slab, whole] = LEAST_CONTRAST;
        self.contrast() >= if self.grey_places >= WHOLE_BRAIN_PLACES { whole } else { slab }
    }
}

/// The box that holds all voxels which are not 0: a slab may lie in an image of a whole head.
fn filled_box(volume: &Volume) -> Option<[[f64; 3]; 2]> {
    let [nx, ny, _] = volume.shape;
    let (mut low, mut high) = ([usize::MAX; 3], [0; 3]);
    for (index, _) in volume.data.iter().enumerate().filter(|(_, value)| **value != 0.0) {
        for (axis, at) in [index % nx, index / nx % ny, index / (nx * ny)].into_iter().enumerate() {
            low[axis] = low[axis].min(at);
            high[axis] = high[axis].max(at);
        }
    }
    (low[0] != usize::MAX).then(|| [low, high].map(|corner| corner.map(|at| at as f64)))
}

/// Refuses a map that shows another tissue than grey matter, or grey matter elsewhere. What holds too few of the places,
/// such as a single slice, is not judged.
///
/// # Errors
/// [`PrepareError::OtherTissue`], [`PrepareError::NotAtItsPlaces`].
pub(super) fn check(name: &str, volume: &Volume) -> Result<(), PrepareError> {
    let Some(means) = Means::of(volume) else { return Ok(()) };
    if means.is_grey_matter() {
        return Ok(());
    }
    let name = name.to_owned();
    let Means { white, grey, fluid, .. } = means;
    // Without registration white matter and ventricles lie anywhere: only clear cases are named.
    for (tissue, there, elsewhere) in
        [(OtherTissue::WhiteMatter, white, grey.max(fluid)), (OtherTissue::Fluid, fluid, grey.max(white))]
    {
        if there > OTHER_TISSUE * elsewhere {
            return Err(PrepareError::OtherTissue { name, tissue, there, grey });
        }
    }
    Err(PrepareError::NotAtItsPlaces { name, grey, white, fluid })
}

/// Deep in the white matter.
#[rustfmt::skip]
const WHITE: [[i8; 3]; 68] = [
    [28, -6, 34], [-28, -6, 34], [-24, 22, 24], [24, 22, 24], [24, 40, 2], [-24, 40, 2], [22, 6, 34], [-22, 6, 34],
    [-30, -26, 32], [30, -26, 32], [24, 34, 14], [-24, 34, 14], [-34, -44, 26], [34, -44, 26], [-26, -38, 34],
    [26, -38, 34], [-24, -16, 40], [24, -16, 40], [-26, -52, 30], [26, -52, 30], [-28, 2, 24], [28, 2, 24],
    [-26, -28, 44], [26, -28, 44], [-36, -14, 30], [36, -14, 30], [32, -58, 20], [-32, -58, 20], [-28, -10, 22],
    [28, -10, 22], [20, 18, 36], [-20, 18, 36], [20, -20, 52], [-20, -20, 52], [42, -50, 2], [-42, -50, 2],
    [38, -44, 14], [-38, -44, 14], [-32, 14, 20], [32, 14, 20], [18, -2, 42], [-18, -2, 42], [-22, -46, 42],
    [22, -46, 42], [18, 36, -8], [-18, 36, -8], [-40, -34, 32], [40, -34, 32], [20, 34, 26], [-20, 34, 26],
    [30, -70, 14], [-30, -70, 14], [-18, -44, 26], [18, -44, 26], [42, -4, 26], [-42, -4, 26], [20, 48, -6],
    [-20, 48, -6], [32, -74, 2], [-32, -74, 2], [38, -36, 4], [-38, -36, 4], [-44, -40, -6], [44, -40, -6],
    [-14, 34, 6], [14, 34, 6], [-20, -58, 40], [20, -58, 40],
];

/// Within grey matter: cortex, deep nuclei, cerebellum.
#[rustfmt::skip]
const GREY: [[i8; 3]; 164] = [
    [24, -6, -22], [-24, -6, -22], [22, -58, -20], [-22, -58, -20], [0, -58, -42], [18, -72, -22], [-18, -72, -22],
    [34, -54, -26], [-34, -54, -26], [-24, -44, -22], [24, -44, -22], [-10, -50, -16], [10, -50, -16], [32, -68, -24],
    [-32, -68, -24], [-12, -54, -56], [12, -54, -56], [0, -14, 6], [0, -68, -32], [-8, 10, -10], [8, 10, -10],
    [18, -68, -52], [-18, -68, -52], [8, -64, -16], [-8, -64, -16], [18, -82, -32], [-18, -82, -32], [38, -4, -4],
    [-38, -4, -4], [40, 10, -2], [-40, 10, -2], [0, 36, -12], [26, -56, -56], [-26, -56, -56], [-22, 8, -10],
    [22, 8, -10], [-44, -64, -30], [44, -64, -30], [-30, -18, -18], [30, -18, -18], [36, -40, -28], [-36, -40, -28],
    [46, -48, -22], [-46, -48, -22], [30, -78, -38], [-30, -78, -38], [0, -28, 42], [36, 24, -2], [-36, 24, -2],
    [-12, -78, -44], [12, -78, -44], [42, -10, 8], [-42, -10, 8], [26, -2, -36], [-26, -2, -36], [0, -42, 36],
    [-2, 44, 0], [0, -14, 42], [-4, 42, 14], [0, 32, 24], [-10, -24, 6], [10, -24, 6], [10, -60, 12], [-10, -60, 12],
    [-42, -66, -44], [42, -66, -44], [0, -62, 22], [-30, -32, -18], [30, -32, -18], [48, -60, -14], [-48, -60, -14],
    [28, -82, -22], [-28, -82, -22], [-40, -54, -52], [40, -54, -52], [0, 24, -20], [62, -24, -6], [-62, -24, -6],
    [-58, -6, -14], [58, -6, -14], [-32, -72, -52], [32, -72, -52], [22, -50, -8], [-22, -50, -8], [-44, -50, -36],
    [44, -50, -36], [34, 16, -14], [-34, 16, -14], [0, -76, 8], [2, 22, 34], [54, -58, 18], [-54, -58, 18],
    [0, 0, 42], [62, -38, 2], [-62, -38, 2], [-30, 12, -40], [30, 12, -40], [36, -12, -36], [-36, -12, -36],
    [54, 6, 0], [-54, 6, 0], [10, -40, -26], [-10, -40, -26], [0, -56, 36], [62, -38, -16], [-62, -38, -16],
    [46, 16, -24], [-46, 16, -24], [50, -68, -2], [-50, -68, -2], [12, 18, 2], [-12, 18, 2], [0, -54, -26],
    [0, -30, -12], [-58, -22, 16], [58, -22, 16], [60, -24, -24], [-60, -24, -24], [42, -22, 16], [-42, -22, 16],
    [0, -70, 34], [-44, 2, -42], [44, 2, -42], [-60, -52, -12], [60, -52, -12], [2, 50, -12], [-24, -68, -10],
    [24, -68, -10], [54, 4, -24], [-54, 4, -24], [14, 18, -20], [-14, 18, -20], [56, -10, -32], [-56, -10, -32],
    [48, 20, 4], [-48, 20, 4], [62, -48, 12], [-62, -48, 12], [8, -38, 48], [-8, -38, 48], [-8, -78, -14],
    [8, -78, -14], [-34, 2, -16], [34, 2, -16], [40, -24, -26], [-40, -24, -26], [56, -8, 8], [-56, -8, 8],
    [0, -48, 22], [8, 48, 10], [0, -56, -6], [-46, 12, 30], [46, 12, 30], [2, 46, 26], [50, -64, 30], [-50, -64, 30],
    [-4, 14, 44], [-2, 44, -24], [14, -66, 24], [-14, -66, 24], [0, -84, -4], [0, -50, 50], [24, 8, -24],
    [-24, 8, -24],
];

/// Within the ventricles and the cisterns beside the brain stem.
#[rustfmt::skip]
const FLUID: [[i8; 3]; 42] = [
    [0, -42, -2], [0, -48, 2], [6, -38, -2], [-6, -38, -2], [0, 10, 10], [0, -44, -32], [-4, 4, 16], [4, 4, 16],
    [20, -36, 18], [-20, -36, 18], [0, -36, 2], [0, -28, 6], [24, -42, 12], [-24, -42, 12], [4, -42, -8],
    [-4, -42, -8], [0, 16, 6], [-6, -2, 20], [6, -2, 20], [0, -54, 6], [6, -46, -2], [-6, -46, -2], [16, -30, 20],
    [-16, -30, 20], [28, -46, 6], [-28, -46, 6], [0, -24, 12], [-6, 12, 14], [6, 12, 14], [0, -60, 2], [-14, -22, 24],
    [14, -22, 24], [-8, -10, 22], [8, -10, 22], [4, -42, 4], [-4, -42, 4], [0, -48, 10], [-4, 10, 4], [4, 10, 4],
    [-4, 4, 8], [4, 4, 8], [0, -70, -8],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::{Affine, read_nifti};

    fn template(tissue: &str) -> Volume {
        let path = format!("{}/../static/template/icbm152_2mm_{tissue}.nii.gz", env!("CARGO_MANIFEST_DIR"));
        read_nifti(tissue, &std::fs::read(path).expect("template"), None).and_then(|i| i.into_volume()).expect("volume")
    }

    #[test]
    fn the_places_are_those_of_the_template() {
        for (tissue, places, least) in [("gm", &GREY[..], 0.6), ("wm", &WHITE[..], 0.9), ("csf", &FLUID[..], 0.5)] {
            let map = template(tissue);
            let voxel_from_mni = map.world_from_voxel.inverse().expect("invertible");
            let values: Vec<f64> = places
                .iter()
                .map(|place| value_at(&map, voxel_from_mni.apply(place.map(f64::from))).expect("inside"))
                .collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
            assert!(mean > 0.8 && lowest > least - 0.2, "{tissue}: mean {mean}, lowest {lowest}");
        }
    }

    #[test]
    fn other_tissues_and_other_places_are_refused_by_what_they_are() {
        assert_eq!(check("gm.nii", &template("gm")), Ok(()));
        for (file, word) in [("wm", "white matter"), ("csf", "fluid")] {
            let error = check("gm.nii", &template(file)).unwrap_err().to_string();
            assert!(error.starts_with("gm.nii: ") && error.contains(word), "{error}");
        }
        let mut moved = template("gm");
        moved.world_from_voxel.0[1][3] += 22.0;
        moved.world_from_voxel.0[2][3] -= 14.0;
        let error = check("gm.nii", &moved).unwrap_err();
        assert!(matches!(error, PrepareError::NotAtItsPlaces { .. }), "{error}");
    }

    #[test]
    fn a_slab_in_an_image_of_a_whole_head_is_judged_where_it_is() {
        for (tissue, fine) in [("gm", true), ("wm", false)] {
            let mut map = template(tissue);
            let plane = map.shape[0] * map.shape[1];
            map.data[..38 * plane].fill(0.0);
            map.data[48 * plane..].fill(0.0);
            assert_eq!(check("map.nii", &map).is_ok(), fine, "{tissue}");
        }
    }

    #[test]
    fn a_single_slice_is_not_judged() {
        let slice = Volume::new(
            [91, 109, 1],
            vec![0.5; 91 * 109],
            Affine::from_spacing_origin([2.0; 3], [-90.0, -126.0, -60.0]),
        );
        assert_eq!(check("gm.nii", &slice), Ok(()));
    }
}
