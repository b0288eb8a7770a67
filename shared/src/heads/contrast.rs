//! How bright each tissue is: the order of a T1-weighted scan, the amounts drawn anew for each head.

use super::random::{Random, rounded};
use serde::{Deserialize, Serialize};

/// Intensities of the tissues, white matter being 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    pub fluid: f64,
    pub grey: f64,
    /// Cortex of the cerebellum over that of the cerebrum.
    pub cerebellum: f64,
    pub brain_stem: f64,
    /// Fat under the skin, and in the orbits.
    pub fat: f64,
    pub skin: f64,
    pub muscle: f64,
    pub mucosa: f64,
    pub cortical_bone: f64,
    /// In cancellous bone.
    pub marrow: f64,
    pub eye: f64,
    pub vein: f64,
    pub artery: f64,
    /// Standard deviation of what differs from one label to the next, as a share of its intensity.
    pub between_labels: f64,
    /// Standard deviation within a label, as a share of its intensity.
    pub texture: f64,
    /// How dark spots in the white matter beside the ventricles are, 0 (none) to 1 (as grey matter).
    pub white_matter_spots: f64,
    /// How much of the muscle is fat, 0..1.
    pub fat_in_muscle: f64,
    /// How many mm of fat lie under the skin.
    pub fat_mm: f64,
}

impl Contrast {
    /// A plain head, of which the known place is found.
    pub fn plain() -> Self {
        Contrast {
            fluid: 0.22,
            grey: 0.7,
            cerebellum: 1.0,
            brain_stem: 0.95,
            fat: 1.35,
            skin: 0.85,
            muscle: 0.5,
            mucosa: 0.6,
            cortical_bone: 0.08,
            marrow: 0.7,
            eye: 0.2,
            vein: 0.45,
            artery: 0.3,
            between_labels: 0.0,
            texture: 0.015,
            white_matter_spots: 0.0,
            fat_in_muscle: 0.12,
            fat_mm: 5.0,
        }
    }

    /// What one scanner and one person might have. Old heads have brighter fat and less between grey and white.
    pub(super) fn draw(atrophy: f64, random: &mut Random) -> Self {
        let grey = rounded(random.setting(0.6, 0.78) + 0.04 * atrophy);
        let mut fat = rounded(random.setting(1.0, 1.7) + random.setting(0.0, 0.7) * atrophy);
        // Fat suppression.
        if random.chance(0.07) {
            fat = random.setting(0.3, 0.6);
        }
        let bright_vessels = random.chance(0.15);
        Contrast {
            fluid: random.setting(0.12, 0.36),
            grey,
            cerebellum: random.setting(0.95, 1.06),
            brain_stem: random.setting(0.88, 1.0),
            fat,
            skin: rounded(fat * random.setting(0.45, 0.8)),
            muscle: random.setting(0.38, 0.6),
            mucosa: random.setting(0.45, 0.85),
            cortical_bone: random.setting(0.03, 0.15),
            marrow: rounded(fat * random.setting(0.35, 0.75)).min(1.3),
            eye: random.setting(0.12, 0.3),
            vein: random.setting(0.25, if bright_vessels { 1.3 } else { 0.65 }),
            artery: if bright_vessels { random.setting(0.9, 1.6) } else { random.setting(0.08, 0.4) },
            between_labels: random.setting(0.0, 0.03),
            texture: random.setting(0.01, 0.04),
            white_matter_spots: if random.chance(0.2 + 0.6 * atrophy) { random.setting(0.2, 1.0) } else { 0.0 },
            fat_in_muscle: rounded(random.setting(0.02, 0.2) + 0.12 * atrophy),
            fat_mm: random.setting(2.0, 9.0),
        }
    }
}
