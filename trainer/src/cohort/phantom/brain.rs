//! The brain phantom: persons, the scanners they lie in, and their maps in stored precision.

use rand_chacha::ChaCha8Rng;
use shared::volume::{Grid, Volume, sample_at_centres};

use crate::cohort::phantom::atrophy::Calibration;
use crate::cohort::phantom::config::PhantomConfig;
use crate::cohort::phantom::group::AgeGroup;
use crate::cohort::phantom::made::{Drawn, Made, minus, stored};
use crate::cohort::phantom::person::Person;
use crate::cohort::phantom::places::{TRUTH_AGES_YEARS, grid};
use crate::cohort::phantom::scanner::{Scanner, probability_of_b};
use crate::cohort::phantom::template::Template;

/// Smoothing per voxel size: sigma 0.9 mm at 2 mm, as the usual lightly smoothed density maps have.
const SMOOTHING_PER_SPACING: f64 = 0.45;

/// What is the same for all persons of one anatomy.
pub(super) struct Brains {
    config: PhantomConfig,
    grid: Grid,
    template: Template,
    calibration: Calibration,
    /// A, B.
    scanners: [Scanner; 2],
}

impl Brains {
    /// Measures the template: a second.
    pub(super) fn new(config: PhantomConfig, template: Template) -> Self {
        let calibration = Calibration::of(&template);
        let scanners = [Scanner::a(&template), Scanner::b(&template)];
        Brains { config, grid: grid(config.kind, config.spacing_mm), template, calibration, scanners }
    }

    /// Draws a person of a group and an age, and renders their map; with the truth if they are set aside.
    pub(super) fn make(&self, group: AgeGroup, age_years: f64, is_test: bool, rng: &mut ChaCha8Rng) -> Made {
        let person = Person::draw(&self.template, age_years, self.config.course, rng);
        let in_b = self.config.site_correlation.map(|r| person.site_draw < probability_of_b(group, r));
        let [scanner, other_scanner] = match in_b {
            Some(true) => [&self.scanners[1], &self.scanners[0]],
            _ => [&self.scanners[0], &self.scanners[1]],
        };
        let own_tissue = self.tissue_at(&person, person.age_years);
        let map = self.scan(&person, &own_tissue, scanner);
        let mut made = Made {
            truth: None,
            site_truth: None,
            at_ages: Vec::new(),
            age_years: person.age_years,
            sex: person.sex,
            site: in_b.map(|_| scanner.site),
            drawn: Drawn {
                pace: Some(person.pace),
                gain: Some(person.gain),
                subtype: Some(person.subtype.name()),
                truth_ages_years: None,
            },
            map,
        };
        if is_test {
            let other_age_years = group.other().representative_age_years(self.config.groups);
            let other = self.scan(&person, &self.tissue_at(&person, other_age_years), scanner);
            let (truth, ages_years) = match group {
                AgeGroup::Young => (minus(&other, &made.map), [person.age_years, other_age_years]),
                AgeGroup::Old => (minus(&made.map, &other), [other_age_years, person.age_years]),
            };
            made.truth = Some(truth);
            if self.config.all_ages {
                let at = |age_years: u32| {
                    let tissue = self.tissue_at(&person, f64::from(age_years));
                    (age_years, minus(&self.scan(&person, &tissue, scanner), &made.map))
                };
                made.at_ages = TRUTH_AGES_YEARS.map(at).into();
            }
            made.drawn.truth_ages_years = Some(ages_years);
            made.site_truth = in_b.map(|in_b| {
                let other = self.scan(&person, &own_tissue, other_scanner);
                if in_b { minus(&made.map, &other) } else { minus(&other, &made.map) }
            });
        }
        made
    }

    fn tissue_at(&self, person: &Person, age_years: f64) -> Vec<[f32; 2]> {
        person.tissue(&self.template, &self.calibration, age_years, self.config.effect)
    }

    /// The map of a person's tissue in a scanner, on the output grid, in stored precision.
    fn scan(&self, person: &Person, tissue: &[[f32; 2]], scanner: &Scanner) -> Volume {
        let smoothing_mm = SMOOTHING_PER_SPACING * self.config.spacing_mm + scanner.more_smoothing_mm;
        let data = person.scan(&self.template, tissue, &scanner.gain, smoothing_mm);
        let fine = Volume::new(self.template.shape, data, self.template.mni_from_voxel);
        // Smoothed for the grid already, by `smoothing_mm`.
        let mut map = sample_at_centres(&fine, &self.grid);
        map.data.iter_mut().for_each(|value| *value = stored(*value));
        map
    }
}
