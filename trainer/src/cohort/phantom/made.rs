//! What either kind of phantom makes of one subject.

use shared::volume::Volume;

/// Stored values are multiples of this, as in 8-bit maps: finer would be noise, and packs badly.
const STORED_STEP: f32 = 1.0 / 255.0;

/// What either kind makes of one subject.
pub(super) struct Made {
    /// As it is stored.
    pub(super) map: Volume,
    /// Old minus young, as stored maps differ.
    pub(super) truth: Option<Volume>,
    /// Site B minus site A.
    pub(super) site_truth: Option<Volume>,
    /// At ages in years, minus the own map.
    pub(super) at_ages: Vec<(u32, Volume)>,
    pub(super) age_years: f64,
    pub(super) sex: &'static str,
    pub(super) site: Option<&'static str>,
    pub(super) drawn: Drawn,
}

/// What was drawn and is not in the table of subjects; `None` where it does not apply.
pub(super) struct Drawn {
    pub(super) pace: Option<f64>,
    pub(super) gain: Option<f64>,
    pub(super) subtype: Option<&'static str>,
    /// Young and old age of the truth.
    pub(super) truth_ages_years: Option<[f64; 2]>,
}

/// A value in stored precision.
pub(super) fn stored(value: f32) -> f32 {
    (value / STORED_STEP).round() * STORED_STEP
}

/// `a` minus `b`, voxel by voxel.
pub(super) fn minus(a: &Volume, b: &Volume) -> Volume {
    let data = a.data.iter().zip(&b.data).map(|(a, b)| a - b).collect();
    Volume::new(a.shape, data, a.world_from_voxel)
}
