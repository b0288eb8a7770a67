//! The sanity checks of one image, as a table: what was asked, what was found, what it means.

use crate::language::*;
use crate::wording::number;
use shared::explain::steganography_limit;

/// What the engine found for one image. Changes and errors are means over the mask, in grey-matter units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Mean |translated − original|.
    pub change: f32,
    /// Mean |there and back − original|.
    pub cycle_error: f32,
    /// Growth of the cycle error by noise on the translation, over itself; None without any error.
    pub steganography_index: Option<f32>,
    /// Mean |change| of the generator towards the image's own class.
    pub identity_error: f32,
    /// Correlations of the maps' sizes with those of the same networks with shuffled weights; None where a map is the
    /// same everywhere.
    pub shuffled_difference: Option<f32>,
    pub shuffled_cam: Option<f32>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub question: &'static str,
    pub found: String,
    pub meaning: &'static str,
    pub passed: bool,
}

/// Largest part of the change that the way back may miss.
const CYCLE_LIMIT: f32 = 0.5;
/// Largest part of the change that may happen when the image is of the class already.
const IDENTITY_LIMIT: f32 = 0.5;
/// Adebayo et al. 2018: beyond this, a map does not need what was learned.
const SHUFFLED_LIMIT: f32 = 0.5;

/// The four questions.
pub fn rows(language: Language, found: &Found) -> [Row; 4] {
    let amount = |value: f32| number(f64::from(value), 4);
    let share = |value: f32| number(f64::from(value), 2);
    let row = |question, form, values: &[(&str, &str)], passed, [good, bad]: [Key; 2]| Row {
        question: language.text(question),
        found: language.fill(form, values),
        meaning: language.text(if passed { good } else { bad }),
        passed,
    };
    let share_or_none = |value: Option<f32>| value.map_or_else(|| language.text(NONE).to_owned(), share);
    let index = share_or_none(found.steganography_index);
    let change = amount(found.change);
    [
        row(
            CHECKS_CYCLE,
            CHECKS_CYCLE_FOUND,
            &[("error", &amount(found.cycle_error)), ("change", &change)],
            found.cycle_error <= CYCLE_LIMIT * found.change,
            [CHECKS_CYCLE_GOOD, CHECKS_CYCLE_BAD],
        ),
        row(
            CHECKS_MESSAGE,
            CHECKS_MESSAGE_FOUND,
            &[("index", &index)],
            found
                .steganography_index
                .is_none_or(|index| f64::from(index) <= steganography_limit(f64::from(found.cycle_error))),
            [CHECKS_MESSAGE_GOOD, CHECKS_MESSAGE_BAD],
        ),
        row(
            CHECKS_IDENTITY,
            CHECKS_IDENTITY_FOUND,
            &[("error", &amount(found.identity_error)), ("change", &change)],
            found.identity_error <= IDENTITY_LIMIT * found.change,
            [CHECKS_IDENTITY_GOOD, CHECKS_IDENTITY_BAD],
        ),
        row(
            CHECKS_SHUFFLED,
            CHECKS_SHUFFLED_FOUND,
            &[("difference", &share_or_none(found.shuffled_difference)), ("cam", &share_or_none(found.shuffled_cam))],
            [found.shuffled_difference, found.shuffled_cam].into_iter().flatten().all(|found| found <= SHUFFLED_LIMIT),
            [CHECKS_SHUFFLED_GOOD, CHECKS_SHUFFLED_BAD],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: Found = Found {
        change: 0.08,
        cycle_error: 0.01,
        steganography_index: Some(0.4),
        identity_error: 0.03,
        shuffled_difference: Some(0.3),
        shuffled_cam: Some(0.1),
    };

    #[test]
    fn sound_maps_pass_and_each_fault_shows_in_its_row() {
        let passed = |found: &Found| rows(Language::ENGLISH, found).map(|row| row.passed);
        assert_eq!(passed(&SOUND), [true; 4]);
        assert_eq!(passed(&Found { cycle_error: 0.05, ..SOUND }), [false, true, true, true]);
        assert_eq!(passed(&Found { steganography_index: Some(4.0), ..SOUND }), [true, false, true, true]);
        assert_eq!(passed(&Found { identity_error: 0.05, ..SOUND }), [true, true, false, true]);
        assert_eq!(passed(&Found { shuffled_cam: Some(0.9), ..SOUND }), [true, true, true, false]);
        let [cycle, ..] = rows(Language::ENGLISH, &SOUND);
        assert_eq!(cycle.found, "mean error 0.0100; mean change 0.0800");
    }
}
