//! From labels to intensities on the label map's own grid, white matter at 1.

use super::contrast::Contrast;
use super::distance::distances;
use super::labels::{
    ARTERY, CANCELLOUS_BONE, CORTICAL_BONE, EYE, EYE_MUSCLE, HeadLabels, MUCOSA, OPTIC_NERVE, OUTER_FLUID, SKIN,
    SOFT_TISSUE, SPINAL_CORD, VEIN, is_brain, is_ventricle,
};
use super::random::Random;
use super::random_field::random_field;
use crate::prepare::t1::field::smooth;

/// Intensities of a head, `smoothing_mm` being the width (sigma) of the scanner's blur.
pub(super) fn paint(head: &HeadLabels, contrast: &Contrast, smoothing_mm: f64, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed, 2);
    let by_label = label_intensities(head, contrast, &mut random);
    let places = Places::of(head, contrast, &mut random);
    let texture = Texture::new(head.shape, contrast, &mut random);
    let intensity = |index: usize| {
        let label = head.labels[index];
        let own = by_label[usize::from(label)];
        let seen = places.intensity(index, label, own, contrast);
        // Fluid is even; fat and muscle are not.
        let rough = match label {
            SOFT_TISSUE | SKIN | MUCOSA | CANCELLOUS_BONE | CORTICAL_BONE => 3.0,
            _ => 1.0,
        };
        seen * (1.0 + rough * texture.at(index)).max(0.1)
    };
    let data = crate::threads::map(head.labels.len(), intensity);
    smooth(&data, head.shape, [smoothing_mm / head.spacing_mm(); 3])
}

/// One intensity for each label number.
fn label_intensities(head: &HeadLabels, contrast: &Contrast, random: &mut Random) -> Vec<f32> {
    let most = head.labels.iter().copied().max().unwrap_or(0);
    let mut intensities = vec![0.0; usize::from(most) + 1];
    for label in 1..=most {
        // The two sides are alike; drawn for every number, so that no label's value depends on which others there are.
        let differs = 1.0 + contrast.between_labels * random.normal().clamp(-2.0, 2.0);
        let fixed = label == OUTER_FLUID || is_ventricle(label);
        intensities[usize::from(label)] = (mean_intensity(label, contrast) * if fixed { 1.0 } else { differs }) as f32;
    }
    intensities
}

/// What a T1-weighted scan makes of a tissue.
fn mean_intensity(label: u16, contrast: &Contrast) -> f64 {
    // A mixture of grey and white.
    let mixed = |white: f64| contrast.grey + (1.0 - contrast.grey) * white;
    match label {
        2 | 7 | 41 | 46 => 1.0,
        251 | 252 => 1.02,
        3 | 42 | 17 | 18 | 53 | 54 => contrast.grey,
        8 | 47 => contrast.grey * contrast.cerebellum,
        11 | 50 | 26 | 58 => mixed(0.15),
        12 | 51 => mixed(0.35),
        10 | 49 => mixed(0.6),
        13 | 52 => mixed(0.85),
        16 => contrast.brain_stem,
        28 | 60 => mixed(0.75),
        25 | 57 => mixed(0.3),
        136 | 137 | 163 | 164 | 85 | OPTIC_NERVE => mixed(0.5),
        SPINAL_CORD => 0.95 * contrast.brain_stem,
        30 | 62 => 0.5 * (contrast.fluid + contrast.grey),
        ARTERY => contrast.artery,
        VEIN => contrast.vein,
        EYE => contrast.eye,
        EYE_MUSCLE | SOFT_TISSUE => contrast.muscle,
        MUCOSA => contrast.mucosa,
        SKIN => contrast.skin,
        CORTICAL_BONE => contrast.cortical_bone,
        CANCELLOUS_BONE => contrast.marrow,
        label if is_brain(label) => contrast.fluid,
        _ => contrast.muscle,
    }
}

/// What a label's number does not tell: fat and muscle, marrow in the skull, spots in the white matter.
struct Places {
    /// Distances in mm.
    from_skin: Vec<f32>,
    from_eyes: Vec<f32>,
    into_bone: Vec<f32>,
    from_ventricles: Vec<f32>,
    /// Mean 0, standard deviation 1.
    blobs: Vec<f32>,
    /// Blobs above this are fat in muscle.
    fat_above: f32,
}

impl Places {
    fn of(head: &HeadLabels, contrast: &Contrast, random: &mut Random) -> Self {
        let spacing_mm = head.spacing_mm() as f32;
        let mm = |set: Vec<bool>| -> Vec<f32> {
            distances(&set, head.shape).voxels.into_iter().map(|voxels| voxels * spacing_mm).collect()
        };
        // The share of a normal distribution above a value, near enough: 1 / (1 + exp(1.7 value)).
        let share = contrast.fat_in_muscle.clamp(0.01, 0.9);
        Places {
            from_skin: mm(head.is(|label| label == SKIN || label == 0)),
            from_eyes: mm(head.is(|label| matches!(label, EYE | EYE_MUSCLE | OPTIC_NERVE))),
            into_bone: mm(head.is(|label| !matches!(label, CORTICAL_BONE | CANCELLOUS_BONE))),
            from_ventricles: mm(head.is(|label| matches!(label, 4 | 43))),
            blobs: random_field(head.shape, 2.5, random),
            fat_above: ((1.0 / share - 1.0).ln() / 1.7) as f32,
        }
    }

    fn intensity(&self, index: usize, label: u16, own: f32, contrast: &Contrast) -> f32 {
        let (fat, blob) = (contrast.fat as f32, self.blobs[index]);
        match label {
            SOFT_TISSUE => {
                let under_skin = self.from_skin[index] <= contrast.fat_mm as f32 + 0.7 * blob;
                if under_skin || self.from_eyes[index] < 9.0 || blob > self.fat_above { fat } else { own }
            }
            // The diploe: thick bone has marrow in its middle.
            CORTICAL_BONE if self.into_bone[index] > 3.5 => {
                own + 0.6 * (contrast.marrow as f32 - own) * (0.5 + 0.5 * blob).clamp(0.0, 1.0)
            }
            2 | 41 if contrast.white_matter_spots > 0.0 => {
                let near = (1.0 - self.from_ventricles[index] / 9.0).max(0.0);
                let spot = (near * (1.0 + 1.2 * blob)).clamp(0.0, 1.0) * contrast.white_matter_spots as f32;
                own + (contrast.grey as f32 - own) * spot
            }
            _ => own,
        }
    }
}

/// Unevenness within tissues, as a share of the intensity: some of it over centimetres, some from voxel to voxel.
struct Texture {
    wide: Vec<f32>,
    fine: Vec<f32>,
    amount: f32,
}

impl Texture {
    fn new(shape: [usize; 3], contrast: &Contrast, random: &mut Random) -> Self {
        let wide = random_field(shape, 5.0, random);
        let fine = random_field(shape, 1.0, random);
        Texture { wide, fine, amount: contrast.texture as f32 }
    }

    fn at(&self, index: usize) -> f32 {
        self.amount * (0.7 * self.wide[index] + 0.4 * self.fine[index])
    }
}
