//! What a bundle says about the held-out subjects: how they were judged before and after translation, and what the
//! translation changed where.

use crate::explain::{Direction, Familiarity};
use serde::{Deserialize, Serialize};

/// Counts of the thesis's Table 1 (S. Yoshida; its 183 training images a group), judged old and judged young: of old and
/// of young images, of translations young → old and old → young.
///
/// As its text counts the errors: 17 of the translations young → old and 2 of those old → young. The table's labels can be read the
/// other way round.
pub const THESIS_TABLE_1: [[usize; 2]; 4] = [[170, 13], [4, 179], [166, 17], [2, 181]];

/// How the models did on subjects that they did not learn from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldBack {
    /// The eight cells of the thesis's Table 1, in the order of [`TableCell::ALL`], empty ones too.
    pub table: Vec<TableCell>,
    /// By ascending label; regions of which nothing may be said, or that the grid does not hold, are left out.
    pub regions: Vec<RegionCard>,
}

/// Nearer to one half than this, a probability is no verdict on an image: of calibrated probabilities as near, almost half mislead.
pub const CLOSE_CALL: f32 = 0.05;

/// One of the two groups, as a class or as the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupName {
    Young,
    Old,
}

impl GroupName {
    /// The class that a probability of "old" means.
    pub fn judged(probability_old: f32) -> Self {
        if probability_old < 0.5 { GroupName::Young } else { GroupName::Old }
    }

    /// The class that may be told of an image; `None` where it is too unlike what the models have seen, and where either class
    /// would be wrong nearly as often as right.
    pub fn told(probability_old: f32, familiarity: Option<Familiarity>) -> Option<Self> {
        let is_strange = familiarity.is_some_and(|familiarity| familiarity.is_strange());
        let is_clear = (probability_old - 0.5).abs() >= CLOSE_CALL;
        (is_clear && !is_strange).then(|| GroupName::judged(probability_old))
    }

    /// The group whose people are translated this way.
    pub fn translated_by(direction: Direction) -> Self {
        match direction {
            Direction::YoungToOld => GroupName::Young,
            Direction::OldToYoung => GroupName::Old,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            GroupName::Young => "young",
            GroupName::Old => "old",
        }
    }
}

/// How many images of one kind the bundle's classifier takes for one group, at a probability of 0.5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableCell {
    /// Which way the images were translated; `None`: they are the people's own.
    pub translated: Option<Direction>,
    /// The group that the people truly belong to.
    pub group: GroupName,
    /// The group that the classifier takes the images for.
    pub judged: GroupName,
    pub subjects: usize,
    /// Identifiers of the bundle's samples that show this cell; none where none may be shown.
    pub samples: Vec<String>,
}

impl TableCell {
    /// Which way translated, true group, judged as: the order of the thesis's rows and columns.
    pub const ALL: [(Option<Direction>, GroupName, GroupName); 8] = {
        use Direction::{OldToYoung, YoungToOld};
        use GroupName::{Old, Young};
        [
            (None, Old, Old),
            (None, Old, Young),
            (None, Young, Old),
            (None, Young, Young),
            (Some(YoungToOld), Young, Old),
            (Some(YoungToOld), Young, Young),
            (Some(OldToYoung), Old, Old),
            (Some(OldToYoung), Old, Young),
        ]
    };
}

/// What the translations change in one region of the atlas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionCard {
    /// The atlas's label, see `explain::Region`.
    pub label: u16,
    /// Over young subjects made old; `None` where there are none, or fewer than five real people.
    pub young_to_old: Option<RegionMoments>,
    /// The same over old subjects made young.
    pub old_to_young: Option<RegionMoments>,
}

impl RegionCard {
    /// Of the subjects translated this way.
    pub fn of(&self, direction: Direction) -> Option<&RegionMoments> {
        match direction {
            Direction::YoungToOld => self.young_to_old.as_ref(),
            Direction::OldToYoung => self.old_to_young.as_ref(),
        }
    }
}

/// Mean and spread over subjects of what `explain::RegionLabels::differences` says of each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionMoments {
    pub subjects: usize,
    /// Mean change, in density (−1..1).
    pub mean: f64,
    /// Standard deviation between subjects (n − 1); `None` for a single one.
    pub sd: Option<f64>,
    /// Mean of each subject's change in % of the own grey matter; `None` where a subject has hardly any.
    pub mean_percent: Option<f64>,
    pub sd_percent: Option<f64>,
}
