//! What is kept of one run's measures, subject by subject.

use crate::benchmark::explanations::arms::Arm;
use crate::benchmark::explanations::faithfulness::Faithfulness;
use crate::benchmark::explanations::places::Sizes;
use crate::maps::Method;
use crate::measures::comparison::Comparison;
use serde::{Deserialize, Serialize};
use shared::explain::Direction;
use std::collections::BTreeMap;

/// Raised whenever the same run would be measured otherwise.
const FORMAT: u32 = 2;

/// What measures depend on beside the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    format: u32,
    /// Subjects of each group, at most, that have maps of the classifier; `None` for all.
    pub saliency_per_group: Option<usize>,
    /// Seeds of the runs of the main arm whose difference maps were compared with.
    pub compared_with: Vec<u64>,
}

/// One run's measures, subject by subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunMeasures {
    pub arm: Arm,
    pub seed: u64,
    pub basis: Basis,
    /// Names of the phantom's regions, in the order of [`Sizes::regions_ml`].
    pub regions: Vec<String>,
    pub subjects: Vec<SubjectMeasures>,
    /// The network beside every way without one; `None` for squares, which only have one way.
    pub comparison: Option<Comparison>,
}

/// One test subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubjectMeasures {
    pub id: String,
    pub direction: Direction,
    /// Of δ; `None` where nothing says what is true.
    pub truth: Option<Sizes>,
    /// Of the difference map.
    pub change: Sizes,
    pub maps: BTreeMap<Method, MapMeasures>,
    /// Whether the independent judge takes the translation for the other group.
    pub flipped: Option<bool>,
    /// Mean |there and back − original|, and with noise on the translated image before its way back.
    pub cycle_error: f64,
    pub cycle_error_noise: f64,
    /// NCC of the difference map with that of the main arm's run of each of these seeds.
    pub ncc_with_main: BTreeMap<u64, f64>,
}

/// One map. What is not defined (no truth, a constant map) or was not computed is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapMeasures {
    /// Signed NCC of d and δ, and NCC of |d| and |δ|.
    pub ncc: Option<f64>,
    pub ncc_absolute: Option<f64>,
    /// In the map's own unit.
    pub mean_absolute: f64,
    /// Part of what age and scanner together explain that follows the scanner.
    pub site_share: Option<f64>,
    /// By the classifier that is explained, and by the independent judge.
    pub by_classifier: Option<Faithfulness>,
    pub by_judge: Option<Faithfulness>,
    /// NCC of |d| with the |d| of the same networks with shuffled weights.
    pub shuffled_ncc: Option<f64>,
}

impl Basis {
    pub fn new(saliency_per_group: Option<usize>, compared_with: Vec<u64>) -> Self {
        Basis { format: FORMAT, saliency_per_group, compared_with }
    }

    /// Whether measures of this kind are what this program makes.
    pub fn is_current(&self) -> bool {
        self.format == FORMAT
    }
}
