//! The measures of the results: what each means, how it follows from subjects, and which value is asked for.

use crate::benchmark::explanations::arms::Arm;
use crate::benchmark::explanations::records::SubjectMeasures;
use crate::maps::Method;
use serde::Serialize;
use shared::explain::{steganography_index, steganography_limit};
use std::collections::BTreeMap;

/// One number about maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Ncc,
    NccAbsolute,
    MeanAbsolute,
    Deletion,
    Insertion,
    JudgeDeletion,
    JudgeInsertion,
    ShuffledNcc,
    SiteShare,
    NccAboveGroupMean,
    NccAboveSaliency,
    RegionSlope,
    RegionCorrelation,
    UnchangingShare,
    DecoyShare,
    TruthDecoyShare,
    FlipRate,
    SizeRatio,
    CycleError,
    SteganographyIndex,
    NccWithMain,
    SizeOfMain,
    TruthSizeOfMain,
}

/// Values that count as good, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bar {
    pub least: Option<f64>,
    pub most: Option<f64>,
}

/// Sums over subjects that a measure follows from: numerator and denominator of a mean or a ratio of means, or for regions
/// n, Σx, Σy, Σx², Σxy, Σy² of true change x and change y.
pub type Terms = [f64; 6];

/// What some measures need beside the subject.
pub struct References<'a> {
    /// The map of the classifier that agrees best with the truth, on average over all subjects looked at.
    pub best_saliency: Option<Method>,
    /// Mean |d| and mean |δ| of the main arm, by subject; empty where the people are others.
    pub main: &'a BTreeMap<&'a str, [f64; 2]>,
}

impl Measure {
    /// Of every kind of map.
    pub const OF_MAPS: [Measure; 9] = [
        Measure::Ncc,
        Measure::NccAbsolute,
        Measure::MeanAbsolute,
        Measure::Deletion,
        Measure::Insertion,
        Measure::JudgeDeletion,
        Measure::JudgeInsertion,
        Measure::ShuffledNcc,
        Measure::SiteShare,
    ];

    /// Of the difference map only.
    pub const OF_CHANGES: [Measure; 14] = [
        Measure::NccAboveGroupMean,
        Measure::NccAboveSaliency,
        Measure::RegionSlope,
        Measure::RegionCorrelation,
        Measure::UnchangingShare,
        Measure::DecoyShare,
        Measure::TruthDecoyShare,
        Measure::FlipRate,
        Measure::SizeRatio,
        Measure::CycleError,
        Measure::SteganographyIndex,
        Measure::NccWithMain,
        Measure::SizeOfMain,
        Measure::TruthSizeOfMain,
    ];

    /// Heading of a column, and what stands in it in plain words.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Measure::Ncc => [
                "agreement",
                "signed correlation of a subject's map with its true change over the voxels of the mask, mean over subjects: 1 is \
                 right up to size, 0 is chance, −1 is the reverse",
            ],
            Measure::NccAbsolute => {
                ["agreement of sizes", "the same of |map| and |true change|: where, whatever the sign"]
            }
            Measure::MeanAbsolute => {
                ["mean size", "mean |map| in the map's own unit; grey-matter density for difference maps"]
            }
            Measure::Deletion => [
                "deletion",
                "area under the explained classifier's probability of the subject's own group while its voxels give way to the other \
                 group's mean, largest first: low is good",
            ],
            Measure::Insertion => ["insertion", "the same while the subject's voxels return: high is good"],
            Measure::JudgeDeletion => {
                ["deletion, judge", "deletion by the second classifier, which no map was made from"]
            }
            Measure::JudgeInsertion => ["insertion, judge", "insertion by the second classifier"],
            Measure::ShuffledNcc => [
                "agreement after shuffling",
                "correlation of |map| with that of the same networks with shuffled weights: low means that the map shows what was \
                 learned; an edge detector, which uses no network, has 1",
            ],
            Measure::SiteShare => [
                "share of the scanner",
                "of the part of a map that the true effects of age and scanner explain together, the share of the scanner",
            ],
            Measure::NccAboveGroupMean => {
                ["above group mean", "agreement minus that of the group mean map, subject by subject"]
            }
            Measure::NccAboveSaliency => {
                ["above best saliency", "agreement minus that of the best map of the classifier, subject by subject"]
            }
            Measure::RegionSlope => [
                "slope over regions",
                "change in ml against true change in ml, a line through all regions of all subjects: 1 is the right size",
            ],
            Measure::RegionCorrelation => ["r over regions", "correlation of the same"],
            Measure::UnchangingShare => {
                ["where nothing changes", "part of all change that lies where nothing ever changes"]
            }
            Measure::DecoyShare => [
                "in the decoy",
                "part of all change that lies in the decoy, where people differ much at any age; the true share stands beside it",
            ],
            Measure::TruthDecoyShare => ["truly in the decoy", "part of the true change that lies in the decoy"],
            Measure::FlipRate => [
                "flips",
                "part of the translations that the independent judge takes for the other group, with Wilson's interval",
            ],
            Measure::SizeRatio => ["size", "mean |map| over mean |true change|: 1 is the right size"],
            Measure::CycleError => ["cycle error", "mean |there and back − original|, grey-matter density"],
            Measure::SteganographyIndex => [
                "steganography index",
                "increase of the cycle error by noise on the translation, relative to the error without: large means a hidden message",
            ],
            Measure::NccWithMain => [
                "agreement with main",
                "correlation of the difference map with that of the main arm, trained with another seed or with true labels",
            ],
            Measure::SizeOfMain => ["size over main's", "mean |map| over that of the main arm, same subjects"],
            Measure::TruthSizeOfMain => {
                ["true size over main's", "mean |true change| over that of the main arm, same subjects"]
            }
        }
    }

    /// What one subject adds; `None` where the measure is not defined for it.
    pub fn terms(self, method: Method, subject: &SubjectMeasures, references: &References) -> Option<Terms> {
        let ratio = |above: f64, below: f64| Some([above, below, 0.0, 0.0, 0.0, 0.0]);
        let mean = |value: f64| ratio(value, 1.0);
        let map = |method: Method| subject.maps.get(&method);
        let ncc = |method: Method| map(method)?.ncc;
        let (change, truth) = (&subject.change, subject.truth.as_ref());
        let main = references.main.get(subject.id.as_str());
        match self {
            Measure::Ncc => mean(ncc(method)?),
            Measure::NccAbsolute => mean(map(method)?.ncc_absolute?),
            Measure::MeanAbsolute => mean(map(method)?.mean_absolute),
            Measure::Deletion => mean(map(method)?.by_classifier?.deletion),
            Measure::Insertion => mean(map(method)?.by_classifier?.insertion),
            Measure::JudgeDeletion => mean(map(method)?.by_judge?.deletion),
            Measure::JudgeInsertion => mean(map(method)?.by_judge?.insertion),
            Measure::ShuffledNcc => mean(map(method)?.shuffled_ncc?),
            Measure::SiteShare => mean(map(method)?.site_share?),
            Measure::NccAboveGroupMean => mean(ncc(method)? - ncc(Method::GroupMean)?),
            Measure::NccAboveSaliency => mean(ncc(method)? - ncc(references.best_saliency?)?),
            Measure::RegionSlope | Measure::RegionCorrelation => regions(&truth?.regions_ml, &change.regions_ml),
            Measure::UnchangingShare => ratio(change.unchanging?, change.mean_absolute),
            Measure::DecoyShare => ratio(change.decoy?, change.mean_absolute),
            Measure::TruthDecoyShare => ratio(truth?.decoy?, truth?.mean_absolute),
            Measure::FlipRate => mean(f64::from(u8::from(subject.flipped?))),
            Measure::SizeRatio => ratio(change.mean_absolute, truth?.mean_absolute),
            Measure::CycleError => mean(subject.cycle_error),
            Measure::SteganographyIndex => Some([subject.cycle_error_noise, subject.cycle_error, 1.0, 0.0, 0.0, 0.0]),
            Measure::NccWithMain => {
                let others = &subject.ncc_with_main;
                if others.is_empty() { None } else { ratio(others.values().sum(), others.len() as f64) }
            }
            Measure::SizeOfMain => ratio(change.mean_absolute, main?[0]),
            Measure::TruthSizeOfMain => ratio(truth?.mean_absolute, main?[1]),
        }
    }

    /// The measure from sums over subjects; `None` where it is not defined.
    pub fn of(self, terms: &Terms) -> Option<f64> {
        let [n, x, y, xx, xy, yy] = *terms;
        let (spread_x, spread_y, common) = (xx - x * x / n, yy - y * y / n, xy - x * y / n);
        let value = match self {
            Measure::SteganographyIndex => steganography_index(terms[1], terms[0])?,
            Measure::RegionSlope if spread_x > 0.0 => common / spread_x,
            Measure::RegionCorrelation if spread_x > 0.0 && spread_y > 0.0 => common / (spread_x * spread_y).sqrt(),
            Measure::RegionSlope | Measure::RegionCorrelation => return None,
            _ if terms[1] > 0.0 => terms[0] / terms[1],
            _ => return None,
        };
        value.is_finite().then_some(value)
    }

    /// The bar that does not depend on what was found.
    pub fn fixed_bar(self) -> Option<Bar> {
        match self {
            Measure::Ncc => Some(Bar::at_least(0.80)),
            Measure::NccAboveGroupMean => Some(Bar::at_least(0.10)),
            Measure::NccAboveSaliency => Some(Bar::at_least(0.25)),
            Measure::NccWithMain => Some(Bar::at_least(0.80)),
            Measure::RegionSlope => Some(Bar { least: Some(0.8), most: Some(1.2) }),
            Measure::RegionCorrelation => Some(Bar::at_least(0.95)),
            Measure::UnchangingShare | Measure::SizeOfMain => Some(Bar::at_most(0.05)),
            Measure::FlipRate => Some(Bar::at_least(0.95)),
            Measure::SizeRatio => Some(Bar { least: Some(0.7), most: Some(1.3) }),
            Measure::ShuffledNcc => Some(Bar::at_most(0.5)),
            _ => None,
        }
    }

    /// The bar for a method in an arm; `terms` are the sums over subjects.
    pub fn bar(self, method: Method, arm: Arm, terms: &Terms) -> Option<Bar> {
        let applies = match self {
            Measure::ShuffledNcc => true,
            Measure::SizeOfMain => arm == Arm::NoEffect,
            Measure::NccWithMain => arm == Arm::Main,
            // VA-GAN's own 0.94, and more.
            Measure::Ncc if method == Method::Difference && arm == Arm::Squares => return Some(Bar::at_least(0.95)),
            // Heads that were never learned from are harder than the one template.
            Measure::Ncc if method == Method::Difference && arm == Arm::People => return Some(Bar::at_least(0.75)),
            Measure::SteganographyIndex => {
                let [_, clean, subjects, ..] = *terms;
                return Some(Bar::at_most(steganography_limit(clean / subjects)));
            }
            _ => method == Method::Difference && arm.has_effect(),
        };
        self.fixed_bar().filter(|_| applies)
    }
}

/// Sums of one subject over its regions; `None` without any.
fn regions(truth_ml: &[f64], change_ml: &[f64]) -> Option<Terms> {
    let mut terms = [0.0; 6];
    for (x, y) in truth_ml.iter().zip(change_ml) {
        for (sum, value) in terms.iter_mut().zip([1.0, *x, *y, x * x, x * y, y * y]) {
            *sum += value;
        }
    }
    (terms[0] > 0.0).then_some(terms)
}

impl Bar {
    pub fn at_least(least: f64) -> Self {
        Bar { least: Some(least), most: None }
    }

    pub fn at_most(most: f64) -> Self {
        Bar { least: None, most: Some(most) }
    }

    pub fn is_met_by(&self, value: f64) -> bool {
        self.least.is_none_or(|least| value >= least) && self.most.is_none_or(|most| value <= most)
    }

    pub fn in_words(&self) -> String {
        match (self.least, self.most) {
            (Some(least), Some(most)) => format!("{least:.2} to {most:.2}"),
            (Some(least), None) => format!("≥ {least:.2}"),
            (None, Some(most)) => format!("≤ {most:.2}"),
            (None, None) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_asked_for_once_and_has_words() {
        let all: Vec<Measure> = Measure::OF_MAPS.into_iter().chain(Measure::OF_CHANGES).collect();
        for (place, measure) in all.iter().enumerate() {
            assert!(!all[..place].contains(measure), "{measure:?}");
            assert!(measure.words().iter().all(|words| !words.is_empty()));
        }
        assert_eq!(all.last(), Some(&Measure::TruthSizeOfMain));
        assert_eq!(all.len(), Measure::TruthSizeOfMain as usize + 1);
    }

    #[test]
    fn a_line_through_regions() {
        // y = 2 x + 1 over two subjects of two regions.
        let subjects = [regions(&[0.0, 1.0], &[1.0, 3.0]), regions(&[2.0, 4.0], &[5.0, 9.0])];
        let mut sums = [0.0; 6];
        for terms in subjects.into_iter().flatten() {
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
        assert!(Measure::RegionSlope.of(&sums).is_some_and(|slope| (slope - 2.0).abs() < 1e-12));
        assert!(Measure::RegionCorrelation.of(&sums).is_some_and(|r| (r - 1.0).abs() < 1e-12));
        assert_eq!(regions(&[], &[]), None);
        // No true change anywhere: no line.
        let flat = regions(&[0.0, 0.0], &[1.0, 2.0]).unwrap();
        assert_eq!((Measure::RegionSlope.of(&flat), Measure::RegionCorrelation.of(&flat)), (None, None));
    }

    #[test]
    fn ratios_are_of_sums_and_not_defined_over_nothing() {
        assert_eq!(Measure::SizeRatio.of(&[3.0, 4.0, 0.0, 0.0, 0.0, 0.0]), Some(0.75));
        assert_eq!(Measure::SizeRatio.of(&[3.0, 0.0, 0.0, 0.0, 0.0, 0.0]), None);
        // Cycle error 0.02 without, 0.03 with noise, two subjects.
        let terms = [0.06, 0.04, 2.0, 0.0, 0.0, 0.0];
        assert!(Measure::SteganographyIndex.of(&terms).is_some_and(|index| (index - 0.5).abs() < 1e-9));
        let bar = Measure::SteganographyIndex.bar(Method::Difference, Arm::Main, &terms).unwrap();
        assert_eq!(bar.most, Some(steganography_limit(0.02)));
    }

    #[test]
    fn bars_hold_where_there_is_something_to_show() {
        let bar = |measure: Measure, method, arm| measure.bar(method, arm, &[1.0; 6]);
        assert_eq!(bar(Measure::Ncc, Method::Difference, Arm::Main), Some(Bar::at_least(0.80)));
        assert_eq!(bar(Measure::Ncc, Method::Difference, Arm::Squares), Some(Bar::at_least(0.95)));
        assert_eq!(bar(Measure::Ncc, Method::GradCam, Arm::Main), None);
        assert_eq!(bar(Measure::NccWithMain, Method::Difference, Arm::Main), Some(Bar::at_least(0.80)));
        assert_eq!(bar(Measure::NccWithMain, Method::Difference, Arm::Permuted), None);
        assert_eq!(bar(Measure::Ncc, Method::Difference, Arm::Permuted), None);
        assert_eq!(bar(Measure::SizeOfMain, Method::Difference, Arm::Half), None);
        assert_eq!(bar(Measure::SizeOfMain, Method::Difference, Arm::NoEffect), Some(Bar::at_most(0.05)));
        let band = Bar { least: Some(0.8), most: Some(1.2) };
        assert!(band.is_met_by(0.8) && band.is_met_by(1.2) && !band.is_met_by(0.79) && !band.is_met_by(1.21));
        assert_eq!([band.in_words(), Bar::at_most(0.05).in_words()], ["0.80 to 1.20", "≤ 0.05"]);
    }
}
