//! Who is made: a person's head, its age, and the scanner that shows it.

use shared::heads::{Cut, FieldOfView, Pose, Range, Recipe};

/// IXI's hospitals, and how many of ten of its people were scanned in each.
const SITES: [(&str, u32); 3] = [("Guys", 5), ("HH", 3), ("IOP", 2)];
/// Age without atrophy, and years from there to all of it.
const FROM_YEARS: f64 = 20.0;
const OVER_YEARS: f64 = 70.0;
/// Faster and slower ageing: this share up and down.
const PACE: f64 = 0.3;
/// Seeds of recipes, away from those of `trainer benchmark preparation`.
const SEED: u64 = 900_000;

/// A made person.
pub struct Person {
    pub number: u32,
    pub age_years: f64,
    pub recipe: Recipe,
}

impl Person {
    /// The person of a row of the spreadsheet; the same number and age give the same head.
    pub fn of(number: u32, age_years: f64) -> Self {
        let own = Recipe::draw(SEED + u64::from(number));
        let (_, site) = site_of(number);
        let scanner = Recipe::draw(SEED - 1 - site);
        // What the draw says of a head's atrophy says here how fast it comes.
        let pace = 1.0 + PACE * (2.0 * own.atrophy - 1.0);
        let recipe = Recipe {
            atrophy: (pace * (age_years - FROM_YEARS) / OVER_YEARS).clamp(0.0, 1.0),
            // One scanner a hospital; each person has a place and noise of their own.
            contrast: scanner.contrast,
            smoothing_mm: scanner.smoothing_mm,
            bias: scanner.bias,
            range: Range::Whole { top: 1000.0, offset: 0.0 },
            spacing_mm: [2.0; 3],
            tilt_degrees: [0.0; 3],
            order: [1, 2, 0],
            backwards: [false, true, false],
            pose: Pose { in_mni: false, ..own.pose },
            field_of_view: FieldOfView::Whole { air_mm: 10.0 },
            blank_margin_mm: 0.0,
            cut: Cut::None,
            ..own
        };
        Person { number, age_years, recipe }
    }

    /// As published.
    pub fn file_name(&self) -> String {
        let (name, _) = site_of(self.number);
        format!("IXI{:03}-{name}-{:04}-T1.nii.gz", self.number, 700 + self.number)
    }

    /// Which of so many label maps.
    pub fn head(&self, count: usize) -> usize {
        (self.recipe.seed % count as u64) as usize
    }
}

/// Name and place in the list.
fn site_of(number: u32) -> (&'static str, u64) {
    // Neighbouring numbers are of different hospitals.
    let mut ticket = number.wrapping_mul(7) % 10;
    for (place, (name, share)) in SITES.into_iter().enumerate() {
        if ticket < share {
            return (name, place as u64);
        }
        ticket -= share;
    }
    (SITES[0].0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_have_more_atrophy_and_names_are_ixis() {
        let mean = |age: f64| (1..60).map(|number| Person::of(number, age).recipe.atrophy).sum::<f64>() / 59.0;
        assert!(mean(20.0) == 0.0 && mean(80.0) > mean(50.0) && mean(50.0) > 0.3);
        assert_eq!(Person::of(12, 30.0).recipe, Person::of(12, 30.0).recipe);
        assert_eq!(Person::of(12, 30.0).file_name(), "IXI012-Guys-0712-T1.nii.gz");
        let sites: std::collections::BTreeSet<&str> = (1..20).map(|number| site_of(number).0).collect();
        assert_eq!(sites.len(), 3);
    }
}
