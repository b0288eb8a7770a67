//! The arms of the benchmark: what each changes in the phantom or in the training, and what it is for.

use crate::cohort::GroupLimits;
use crate::cohort::phantom::{Course, PhantomConfig, PhantomKind};
use serde::{Deserialize, Serialize};

/// Seed of every cohort: arms show the same people, so that they can be compared subject by subject.
const COHORT_SEED: u64 = 1;

/// Subjects of each group where there are few or many of them.
const FEW_SUBJECTS: usize = 50;
const MANY_SUBJECTS: usize = 1000;

/// Correlation (phi) of scanner and group where both go together.
const SITE_CORRELATION: f64 = 0.5;

/// One cohort and one way to train on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Arm {
    /// Ageing at the published rates; trained with several seeds.
    Main,
    /// Age changes nothing.
    NoEffect,
    /// Half the published rates.
    Half,
    /// Twice the published rates.
    Double,
    /// Two scanners, one of them used more often for the old.
    Confounded,
    /// The same people, trained with balanced sites.
    Mitigated,
    /// Groups shuffled among the training subjects.
    Permuted,
    /// 50 subjects of each group.
    Small,
    /// 1000 subjects of each group.
    Large,
    /// Ageing put into the anatomy of label maps of people's heads; tested on heads not trained on.
    People,
    /// Squares on noise: the toy data of VA-GAN.
    Squares,
}

/// Size of the cohorts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// Voxel size of the brains in mm.
    pub spacing_mm: f64,
    /// Young and as many old subjects, where the arm says nothing else; a fifth is held out and measured.
    pub subjects_per_group: usize,
}

impl Arm {
    pub const ALL: [Arm; 11] = [
        Arm::Main,
        Arm::NoEffect,
        Arm::Half,
        Arm::Double,
        Arm::Confounded,
        Arm::Mitigated,
        Arm::Permuted,
        Arm::Small,
        Arm::Large,
        Arm::People,
        Arm::Squares,
    ];

    /// Name on the command line, in files and of folders.
    pub fn name(self) -> &'static str {
        match self {
            Arm::Main => "main",
            Arm::NoEffect => "no_effect",
            Arm::Half => "half",
            Arm::Double => "double",
            Arm::Confounded => "confounded",
            Arm::Mitigated => "mitigated",
            Arm::Permuted => "permuted",
            Arm::Small => "small",
            Arm::Large => "large",
            Arm::People => "people",
            Arm::Squares => "squares",
        }
    }

    /// What it is, for people.
    pub fn words(self) -> &'static str {
        match self {
            Arm::Main => "ageing at the published rates",
            Arm::NoEffect => "age changes nothing: maps must vanish",
            Arm::Half => "half the rates: maps must shrink with them",
            Arm::Double => "twice the rates: maps must grow with them",
            Arm::Confounded => "two scanners, correlated with the group (phi 0.5): maps should not show the scanner",
            Arm::Mitigated => "the same people, trained with balanced sites",
            Arm::Permuted => "training labels shuffled: maps must lose what they showed",
            Arm::Small => "50 subjects per group",
            Arm::Large => "1000 subjects per group",
            Arm::People => "the anatomy of people's label maps, tested on heads not trained on",
            Arm::Squares => "squares on noise (VA-GAN's toy data), old → young only",
        }
    }

    /// The arm whose folder holds the cohort.
    pub fn cohort_arm(self) -> Arm {
        match self {
            Arm::Mitigated => Arm::Confounded,
            _ => self,
        }
    }

    /// Settings of the cohort.
    pub fn phantom(self, size: Size) -> PhantomConfig {
        let Size { spacing_mm, subjects_per_group } = size;
        let main = PhantomConfig {
            subjects_per_group,
            seed: COHORT_SEED,
            spacing_mm,
            effect: 1.0,
            site_correlation: None,
            permute_labels: false,
            kind: PhantomKind::Brain,
            course: Course::Linear,
            all_ages: false,
            groups: GroupLimits::PUBLISHED,
        };
        match self {
            Arm::Main | Arm::People => main,
            Arm::NoEffect => PhantomConfig { effect: 0.0, ..main },
            Arm::Half => PhantomConfig { effect: 0.5, ..main },
            Arm::Double => PhantomConfig { effect: 2.0, ..main },
            Arm::Confounded | Arm::Mitigated => PhantomConfig { site_correlation: Some(SITE_CORRELATION), ..main },
            Arm::Permuted => PhantomConfig { permute_labels: true, ..main },
            Arm::Small => PhantomConfig { subjects_per_group: FEW_SUBJECTS, ..main },
            Arm::Large => PhantomConfig { subjects_per_group: MANY_SUBJECTS, ..main },
            Arm::Squares => PhantomConfig { kind: PhantomKind::Squares, ..main },
        }
    }

    /// Whether its phantoms have the anatomy of label maps, which must be given.
    pub fn needs_label_maps(self) -> bool {
        self == Arm::People
    }

    /// Whether the training shall balance its sites; else the configuration says.
    pub fn balances_sites(self) -> bool {
        self == Arm::Mitigated
    }

    /// Whether there is a change to be learned, and maps have to show it.
    pub fn has_effect(self) -> bool {
        !matches!(self, Arm::NoEffect | Arm::Permuted)
    }

    /// Whether it shows the same test subjects as the main arm, so that sizes of maps can be compared one by one.
    pub fn shows_people_of_main(self) -> bool {
        matches!(self, Arm::NoEffect | Arm::Half | Arm::Double | Arm::Permuted)
    }

    /// Whether the checks that cost hundreds of passes a map are made: deletion, insertion, shuffled weights.
    pub fn is_examined(self) -> bool {
        matches!(self, Arm::Main | Arm::Squares)
    }

    /// Whether the regions of the brain phantom are there.
    pub fn shows_brains(self) -> bool {
        self != Arm::Squares
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn one_name_everywhere() {
        for arm in Arm::ALL {
            assert_eq!(serde_json::to_value(arm).unwrap(), arm.name());
            assert_eq!(arm.to_possible_value().unwrap().get_name(), arm.name());
        }
        assert_eq!(Arm::value_variants(), Arm::ALL);
    }

    #[test]
    fn arms_of_one_cohort_have_the_same_settings() {
        let size = Size { spacing_mm: 4.0, subjects_per_group: 183 };
        for arm in Arm::ALL {
            assert_eq!(arm.phantom(size), arm.cohort_arm().phantom(size));
            assert_eq!(arm.cohort_arm().cohort_arm(), arm.cohort_arm());
        }
        let cohorts: Vec<_> = Arm::ALL
            .iter()
            .filter(|arm| arm.cohort_arm() == **arm)
            .map(|a| (a.phantom(size), a.needs_label_maps()))
            .collect();
        for (place, cohort) in cohorts.iter().enumerate() {
            assert!(!cohorts[..place].contains(cohort), "{cohort:?} is made twice");
        }
    }
}
