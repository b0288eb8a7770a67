//! What a model saw: class probability, translation, difference and class-activation map; names for places in them, changes
//! by region, and checks whether they can be trusted.

mod activation;
mod ageing;
mod agreement;
mod atlas;
mod error;
mod familiarity;
#[cfg(feature = "model")]
mod grey_values;
mod inside;
mod regions;
#[cfg(feature = "model")]
mod run;
#[cfg(feature = "model")]
mod sanity;
#[cfg(feature = "model")]
mod spectrum;
mod steganography;

pub use activation::{CoarseMap, relative_map_on_grid, signed_map_on_grid};
pub use ageing::{Age, Ageing, MOST_CHANGE, Target};
pub use agreement::{inside_of, masked, mean_absolute_in_mask, ncc_in_mask};
pub use atlas::{ATLAS_VERSION, Atlas, Hemisphere, Lobe, Region};
pub use error::{AtlasError, AtlasFault, DeviceFault, ExplainError};
pub use familiarity::{Familiar, Familiarity, cell_means};
#[cfg(feature = "model")]
pub use grey_values::{GreyValues, LEVELS, shares};
pub use inside::{Inside, InsideLayout};
pub use regions::{RegionDifference, RegionLabels, RegionPart, RegionSum, percent_of_density};
#[cfg(feature = "model")]
pub use run::{Models, Stage, sigmoid};
#[cfg(feature = "model")]
pub use sanity::{Sanity, with_noise};
#[cfg(feature = "model")]
pub use spectrum::{BANDS, LEAST_POWER, LogPower, Spectrum, band_at};
pub use steganography::{NOISE_MEAN_SIZE, NOISE_SIGMA, steganography_index, steganography_limit};

use crate::volume::Volume;
use serde::{Deserialize, Serialize};

/// Which generator translates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    YoungToOld,
    OldToYoung,
}

impl Direction {
    /// The direction that makes sense for a subject of this probability of being old.
    pub fn for_probability_old(probability_old: f32) -> Self {
        if probability_old < 0.5 { Direction::YoungToOld } else { Direction::OldToYoung }
    }

    /// The way back.
    pub fn opposite(self) -> Self {
        match self {
            Direction::YoungToOld => Direction::OldToYoung,
            Direction::OldToYoung => Direction::YoungToOld,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Direction::YoungToOld => "young_to_old",
            Direction::OldToYoung => "old_to_young",
        }
    }
}

/// All that one explanation computes; every volume lies on the bundle's grid.
#[derive(Clone, Debug)]
pub struct Explanation {
    pub direction: Direction,
    /// Probability of the class "old", 0..1, of the original and of the translated image.
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    /// How near the original is to what the models have seen; `None` where the bundle does not say.
    pub familiarity: Option<Familiarity>,
    /// How old the original looks; `None` where the bundle does not say, or the original is unlike all that was learned from.
    pub age: Option<Age>,
    /// By how many times the change from the young to the old it was changed; 0 leaves it as it is.
    pub amount: f64,
    /// Grey-matter density, 0..1.
    pub original: Volume,
    pub translated: Volume,
    /// `translated − original`, in grey-matter units, −1..1.
    pub difference: Volume,
    /// Class-activation map of the class the classifier chose for the original: relative, 0..1 in this image.
    pub cam: Volume,
}

impl Explanation {
    /// Its maps, by the names that files give them.
    pub fn maps(&self) -> [(&'static str, &Volume); 4] {
        [
            ("original", &self.original),
            ("translated", &self.translated),
            ("difference", &self.difference),
            ("cam", &self.cam),
        ]
    }
}
