//! One trial: a cohort as the sliders have it, a fit to it, and how often that is right about whom.

use super::fit::{Fit, ridge};
use super::person::{Group, Person, Scanner};
use super::slice::Slice;

/// In units of the mean squared length of an image less the mean of all.
const PENALTY: f32 = 0.15;
/// Number of the people who are seen first; others have those after it.
pub const FIRST_SEED: u64 = 1;
/// New people in each group.
const NEW_PEOPLE: usize = 100;
/// People of each group that are shown.
pub const SHOWN: usize = 5;

/// What a slider can say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// As in the document: `practice-` stands before it there.
    pub id: &'static str,
    pub least: f64,
    pub most: f64,
    pub step: f64,
}

/// Of people, loss and imbalance.
pub const RANGES: [Range; 3] = [
    Range { id: "people", least: 6.0, most: 120.0, step: 2.0 },
    Range { id: "loss", least: 0.0, most: 6.0, step: 0.5 },
    Range { id: "imbalance", least: 0.0, most: 100.0, step: 10.0 },
];

/// What the sliders say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// In each group.
    pub people: u32,
    /// Of the ribbon's grey matter in a decade.
    pub loss_percent: f64,
    /// 0: both groups share both scanners equally. 100: all old people in B, all young ones in A.
    pub imbalance_percent: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { people: 40, loss_percent: 3.0, imbalance_percent: 0.0 }
    }
}

impl Settings {
    /// In the order of [`RANGES`].
    pub fn values(&self) -> [f64; 3] {
        [f64::from(self.people), self.loss_percent, self.imbalance_percent]
    }

    /// One of the sliders is moved; values beyond its range are brought into it.
    pub fn set(&mut self, slider: usize, value: f64) {
        let Some(range) = RANGES.get(slider).filter(|_| value.is_finite()) else { return };
        let value = value.clamp(range.least, range.most);
        match slider {
            0 => self.people = value as u32,
            1 => self.loss_percent = value,
            _ => self.imbalance_percent = value,
        }
    }
}

/// How many of how many were judged rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    pub right: usize,
    pub all: usize,
}

impl Score {
    pub fn share(self) -> f64 {
        self.right as f64 / self.all.max(1) as f64
    }
}

/// A person who is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub group: Group,
    pub age_years: u8,
    pub scanner: Scanner,
    /// Grey matter, pixel by pixel.
    pub image: Vec<f32>,
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub settings: Settings,
    /// About the people that it was fitted to.
    pub own: Score,
    /// About new people, of whom both groups share both scanners equally.
    pub balanced: Score,
    /// About the same new people, scanned the other way round than those that it was fitted to.
    pub reversed: Score,
    /// Of each cell: how far the answer follows it, positive where more grey matter goes with "old"; the largest ±1.
    pub followed: Vec<f32>,
    /// Share of that in cells where ageing changes nothing.
    pub elsewhere: f64,
    /// Young people first.
    pub shown: Vec<Shown>,
}

/// All people that were drawn for the trials, by their number.
pub struct Class {
    slice: Slice,
    seed: u64,
    /// Young and old people to be fitted to.
    people: [Vec<Person>; 2],
    /// New ones.
    new: [Vec<Person>; 2],
}

impl Class {
    /// Nobody is drawn yet.
    pub fn new(slice: Slice, seed: u64) -> Class {
        Class { slice, seed, people: Default::default(), new: Default::default() }
    }

    pub fn slice(&self) -> &Slice {
        &self.slice
    }

    /// The same slice with other people.
    pub fn others(&self) -> Class {
        Class::new(self.slice.clone(), self.seed.wrapping_add(1))
    }

    /// Draws the next pair of people; false where all are there.
    pub fn draw(&mut self) -> bool {
        let part = u64::from(self.new[0].len() >= NEW_PEOPLE);
        let list = if part == 0 { &mut self.new } else { &mut self.people };
        let number = list[0].len();
        if part == 1 && number >= RANGES[0].most as usize {
            return false;
        }
        for (group, list) in Group::BOTH.into_iter().zip(list) {
            // Each has a stream of their own.
            let stream = (part << 33) | ((group as u64) << 32) | number as u64;
            let seed = self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ stream;
            list.push(Person::draw(&self.slice, group, seed));
        }
        true
    }

    /// How much of what these settings need has been drawn, 0..1.
    pub fn readiness(&self, settings: Settings) -> f64 {
        let needed = settings.people as usize;
        (self.new[0].len() + self.people[0].len().min(needed)) as f64 / (NEW_PEOPLE + needed) as f64
    }

    /// Fits and judges; `None` before all who are needed have been drawn.
    pub fn trial(&self, settings: Settings) -> Option<Outcome> {
        if self.readiness(settings) < 1.0 {
            return None;
        }
        let (count, imbalance) = (settings.people as usize, settings.imbalance_percent / 100.0);
        let (rows, aims) = self.rows(&self.people, count, settings, imbalance);
        let fit = ridge(&rows, &aims, PENALTY);
        let score = |rows: &[Vec<f32>], aims: &[f32]| Score {
            right: rows.iter().zip(aims).filter(|(row, aim)| fit.answer(row) * **aim > 0.0).count(),
            all: rows.len(),
        };
        let of_new = |imbalance: f64| {
            let (rows, aims) = self.rows(&self.new, NEW_PEOPLE, settings, imbalance);
            score(&rows, &aims)
        };
        let followed = followed(&fit, &rows);
        let amount = |is_counted: fn(bool) -> bool| {
            let cells = followed.iter().zip(&self.slice.ages).filter(|(_, ages)| is_counted(**ages));
            cells.map(|(amount, _)| f64::from(amount.abs())).sum::<f64>()
        };
        Some(Outcome {
            settings,
            own: score(&rows, &aims),
            balanced: of_new(0.0),
            reversed: of_new(-imbalance),
            elsewhere: amount(|ages| !ages) / amount(|_| true).max(f64::MIN_POSITIVE),
            followed,
            shown: self.shown(settings, imbalance),
        })
    }

    /// Features and aims of the first people of both groups.
    fn rows(
        &self,
        people: &[Vec<Person>; 2],
        count: usize,
        settings: Settings,
        imbalance: f64,
    ) -> (Vec<Vec<f32>>, Vec<f32>) {
        let loss = (settings.loss_percent / 100.0) as f32;
        let mut found = (Vec::with_capacity(2 * count), Vec::with_capacity(2 * count));
        for (group, people) in Group::BOTH.into_iter().zip(people) {
            for (number, person) in people.iter().take(count).enumerate() {
                found.0.push(person.features(&self.slice, loss, scanner_of(group, number, imbalance)));
                found.1.push(if group == Group::Old { 1.0 } else { -1.0 });
            }
        }
        found
    }

    fn shown(&self, settings: Settings, imbalance: f64) -> Vec<Shown> {
        let loss = (settings.loss_percent / 100.0) as f32;
        let mut all = Vec::with_capacity(2 * SHOWN);
        for (group, people) in Group::BOTH.into_iter().zip(&self.people) {
            for (number, person) in people.iter().take(SHOWN).enumerate() {
                let scanner = scanner_of(group, number, imbalance);
                let image = person.image(&self.slice, group, loss, scanner);
                all.push(Shown { group, age_years: person.age_years, scanner, image });
            }
        }
        all
    }
}

/// In which scanner the person of this number lies. `imbalance` is the correlation of scanner and group, −1..1: of the old,
/// (1 + imbalance) / 2 lie in B, of the young (1 − imbalance) / 2, spread evenly over the numbers.
fn scanner_of(group: Group, number: usize, imbalance: f64) -> Scanner {
    let sign = if group == Group::Old { 1.0 } else { -1.0 };
    let share = (1.0 + sign * imbalance) / 2.0;
    // A little above, so that tenths count as they should.
    let before = |count: usize| (count as f64 * share + 1e-9).floor();
    if before(number + 1) > before(number) { Scanner::B } else { Scanner::A }
}

/// What the answers follow: the covariance of each cell with the answer, the largest ±1. A weight itself also says what has to be
/// taken off elsewhere, and can be large where nothing is to be seen (Haufe et al. 2014, doi:10.1016/j.neuroimage.2013.10.067).
fn followed(fit: &Fit, rows: &[Vec<f32>]) -> Vec<f32> {
    let count = rows.len().max(1) as f32;
    let answers: Vec<f32> = rows.iter().map(|row| fit.answer(row)).collect();
    let mean = answers.iter().sum::<f32>() / count;
    let mut sums = vec![0.0f32; fit.weights.len()];
    for (row, answer) in rows.iter().zip(&answers) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += (answer - mean) * value);
    }
    let most = sums.iter().fold(f32::MIN_POSITIVE, |most, sum| most.max(sum.abs()));
    sums.into_iter().map(|sum| sum / most).collect()
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
