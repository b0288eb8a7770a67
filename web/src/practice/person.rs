//! A made person: what is drawn of them, and what the classifier is given of them at any rate of ageing by either scanner.
//!
//! An image is what a person has at 30 years, less what ageing takes times a number of its own: so the means over cells are
//! worked out once, and a slider only changes that number.

use super::field::{blurred, normal, random_smooth};
use super::slice::Slice;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use shared::volume::between_or_edge;

/// Who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    Young,
    Old,
}

/// The two scanners: the second one is brighter and blurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scanner {
    A,
    B,
}

impl Group {
    pub const BOTH: [Group; 2] = [Group::Young, Group::Old];

    /// Youngest and oldest, whole years.
    fn years(self) -> [u8; 2] {
        match self {
            Group::Young => [20, 44],
            Group::Old => [50, 85],
        }
    }
}

impl Scanner {
    pub const BOTH: [Scanner; 2] = [Scanner::A, Scanner::B];
}

/// Ageing begins at this age, years: as in the phantom cohorts of the trainer.
const ONSET_YEARS: f32 = 30.0;
/// Spread of the logarithm of a person's pace of ageing.
const PACE_LOG_SD: f32 = 0.3;
/// Shape differences that are left after alignment: knots and standard deviation, pixels of 2 mm.
const DEFORMATIONS: [(f32, f32); 2] = [(20.0, 1.25), (8.0, 0.5)];
/// How much of what ageing can take a person has lost at 30 years: median, spread of its logarithm over people, and over
/// places with one knot every so many pixels.
const THINNESS: (f32, f32, f32, f32) = (0.15, 0.4, 0.5, 15.0);
/// At most so much is lost at 30 years, and by ageing.
const MOST_LOST: [f32; 2] = [0.35, 0.65];
/// Factor of a whole image: mean and standard deviation.
const GAIN: (f32, f32) = (0.93, 0.03);
/// Standard deviation of the noise of a pixel of brain.
const NOISE_SD: f32 = 0.12;
/// The second scanner: factor of its images, and blur in pixels.
const SCANNER_B: (f32, f32) = (1.15, 0.8);

/// Means over cells: at 30 years, and of what ageing takes.
#[derive(Clone, Debug)]
struct Cells {
    base: Vec<f32>,
    loss: Vec<f32>,
}

/// What is drawn of somebody.
#[derive(Clone, Debug)]
pub struct Person {
    pub age_years: u8,
    /// Decades since 30, times the pace of ageing.
    aged: f32,
    /// By both scanners.
    cells: [Cells; 2],
    seed: u64,
}

/// One slice of a person, at 30 years and what ageing takes of it, before a scanner.
struct Drawn {
    age_years: u8,
    aged: f32,
    base: Vec<f32>,
    loss: Vec<f32>,
}

impl Drawn {
    fn new(slice: &Slice, group: Group, seed: u64) -> Drawn {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let [youngest, oldest] = group.years();
        let share = (rng.next_u64() >> 40) as f32 / (1u64 << 24) as f32;
        let age_years = youngest + (share * f32::from(oldest - youngest + 1)) as u8;
        let pace = (PACE_LOG_SD * normal(&mut rng)).exp();
        let gain = GAIN.0 + GAIN.1 * normal(&mut rng);
        let (median, of_people, of_places, knot) = THINNESS;
        let own = median * (of_people * normal(&mut rng)).exp();
        let mut field = |(knot, sd)| random_smooth(slice.size, knot, sd, &mut rng);
        let moves = [DEFORMATIONS.map(&mut field), DEFORMATIONS.map(&mut field)];
        let thin = field((knot, of_places));
        let (mut base, mut loss) = (Vec::with_capacity(thin.len()), Vec::with_capacity(thin.len()));
        for (index, thin) in thin.iter().enumerate() {
            let [width, height] = slice.size;
            let place = [index % width, index / width];
            let [x, y] = [0, 1].map(|axis| place[axis] as f32 + moves[axis][0][index] + moves[axis][1][index]);
            let [grey, takes, brain] = between_or_edge(&slice.tissue, [width, height, 1], [x, y, 0.0]);
            let lost = (own * thin.exp()).min(MOST_LOST[0]);
            base.push(gain * (grey - lost * takes) + NOISE_SD * brain * normal(&mut rng));
            loss.push(gain * takes);
        }
        let aged = pace * (f32::from(age_years) - ONSET_YEARS).max(0.0) / 10.0;
        Drawn { age_years, aged, base, loss }
    }

    fn scanned(&self, scanner: Scanner, size: [usize; 2]) -> [Vec<f32>; 2] {
        [&self.base, &self.loss].map(|values| match scanner {
            Scanner::A => values.clone(),
            Scanner::B => blurred(values, size, SCANNER_B.1).into_iter().map(|value| SCANNER_B.0 * value).collect(),
        })
    }
}

impl Person {
    /// The same seed makes the same person.
    pub fn draw(slice: &Slice, group: Group, seed: u64) -> Person {
        let drawn = Drawn::new(slice, group, seed);
        let cells = Scanner::BOTH.map(|scanner| {
            let [base, loss] = drawn.scanned(scanner, slice.size).map(|values| slice.means(&values));
            Cells { base, loss }
        });
        Person { age_years: drawn.age_years, aged: drawn.aged, cells, seed }
    }

    /// How much of what ageing can take it has taken, where the ribbon loses this share of itself each decade.
    fn lost(&self, slice: &Slice, loss_per_decade: f32) -> f32 {
        (loss_per_decade * self.aged * slice.ribbon_per_loss).min(MOST_LOST[1])
    }

    /// What the classifier is given.
    pub fn features(&self, slice: &Slice, loss_per_decade: f32, scanner: Scanner) -> Vec<f32> {
        let lost = self.lost(slice, loss_per_decade);
        let cells = &self.cells[scanner as usize];
        cells.base.iter().zip(&cells.loss).map(|(base, loss)| base - lost * loss).collect()
    }

    /// The image, drawn again.
    pub fn image(&self, slice: &Slice, group: Group, loss_per_decade: f32, scanner: Scanner) -> Vec<f32> {
        let lost = self.lost(slice, loss_per_decade);
        let [base, loss] = Drawn::new(slice, group, self.seed).scanned(scanner, slice.size);
        base.iter().zip(&loss).map(|(base, loss)| base - lost * loss).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::slice::tests::shipped;
    use super::*;

    #[test]
    fn a_person_is_the_same_each_time_and_others_are_not() {
        let slice = shipped();
        let of = |seed| Person::draw(&slice, Group::Old, seed).features(&slice, 0.04, Scanner::B);
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }

    /// What the classifier is given are the means over the cells of the picture that is shown.
    #[test]
    fn the_picture_is_what_the_classifier_is_given() {
        let slice = shipped();
        let person = Person::draw(&slice, Group::Old, 5);
        for scanner in Scanner::BOTH {
            let picture = slice.means(&person.image(&slice, Group::Old, 0.05, scanner));
            let given = person.features(&slice, 0.05, scanner);
            assert!(picture.iter().zip(&given).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }

    #[test]
    fn ageing_takes_what_it_is_asked_to_and_nothing_of_the_deep_grey_matter() {
        let slice = shipped();
        let people: Vec<Person> = (0..40).map(|seed| Person::draw(&slice, Group::Old, seed)).collect();
        assert!(people.iter().all(|person| (50..=85).contains(&person.age_years)));
        let mean = |rate: f32, ages: bool| {
            let of = |person: &Person| {
                let cells = person.features(&slice, rate, Scanner::A).into_iter().zip(&slice.ages);
                cells.filter(|(_, own)| **own == ages).map(|(value, _)| value).sum::<f32>()
            };
            people.iter().map(of).sum::<f32>() / people.len() as f32
        };
        let lost = 1.0 - mean(0.03, true) / mean(0.0, true);
        // 3.75 decades on average; some of what is grey in these cells does not age.
        assert!((0.05..0.13).contains(&lost), "{lost}");
        assert!((1.0 - mean(0.03, false) / mean(0.0, false)).abs() < 0.01);
        let young = Person::draw(&slice, Group::Young, 1);
        assert!((20..=44).contains(&young.age_years));
    }
}
