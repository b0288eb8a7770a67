//! What is said in the lesson in which visitors train a classifier.

use crate::language::*;
use crate::practice::{Outcome, Scanner, Score, Settings, Shown};
use crate::wording;

/// What the sliders say: people, loss, imbalance.
pub fn settings(language: Language, settings: Settings) -> [String; 3] {
    let in_b = settings.imbalance_percent / 2.0;
    let shares = [50.0 + in_b, 50.0 - in_b].map(|share| format!("{share:.0}%"));
    let imbalance = match settings.imbalance_percent {
        0.0 => language.text(PRACTICE_IMBALANCE_NONE).to_owned(),
        100.0 => language.text(PRACTICE_IMBALANCE_WHOLE).to_owned(),
        _ => language.fill(PRACTICE_IMBALANCE_SOME, &[("old", &shares[0]), ("young", &shares[1])]),
    };
    let decimals = usize::from(settings.loss_percent.fract() != 0.0);
    let loss = format!("{}%", wording::number(settings.loss_percent, decimals));
    let people = language.fill(PRACTICE_PEOPLE_COUNT, &[("count", &settings.people.to_string())]);
    [people, loss, imbalance]
}

/// While people are drawn.
pub fn readiness(language: Language, readiness: f64) -> String {
    language.fill(PRACTICE_DRAWING, &[("percent", &percent(readiness))])
}

/// What came out, in one sentence.
pub fn found(language: Language, outcome: &Outcome) -> String {
    let [own, balanced, reversed] =
        [outcome.own, outcome.balanced, outcome.reversed].map(|score| percent(score.share()));
    let key = if outcome.settings.imbalance_percent == 0.0 { PRACTICE_FOUND } else { PRACTICE_FOUND_REVERSED };
    language.fill(key, &[("own", &own), ("balanced", &balanced), ("reversed", &reversed)])
}

pub fn score(language: Language, score: Score) -> String {
    let [right, all] = [score.right, score.all].map(|count| count.to_string());
    language.fill(PRACTICE_SCORE, &[("right", &right), ("all", &all), ("percent", &percent(score.share()))])
}

/// What the picture of the classifier shows.
pub fn followed(language: Language, outcome: &Outcome) -> String {
    let key = if outcome.settings.loss_percent > 0.0 { PRACTICE_FOLLOWED_NOTE } else { PRACTICE_FOLLOWED_NOWHERE };
    language.fill(key, &[("percent", &percent(outcome.elsewhere))])
}

pub fn ageing(language: Language, outcome: &Outcome) -> String {
    let is_there = outcome.settings.loss_percent > 0.0;
    language.text(if is_there { PRACTICE_AGEING_NOTE } else { PRACTICE_AGEING_NOWHERE }).to_owned()
}

/// A person's picture, for those who listen.
pub fn person(language: Language, shown: &Shown) -> String {
    said_of(language, PRACTICE_PERSON, shown)
}

/// The same below the picture.
pub fn caption(language: Language, shown: &Shown) -> String {
    said_of(language, PRACTICE_CAPTION, shown)
}

fn said_of(language: Language, key: Key, shown: &Shown) -> String {
    let scanner = match shown.scanner {
        Scanner::A => "A",
        Scanner::B => "B",
    };
    language.fill(key, &[("years", &shown.age_years.to_string()), ("scanner", scanner)])
}

/// Of a count: all is all.
fn percent(share: f64) -> String {
    format!("{:.0}%", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_say_what_they_mean() {
        let of = |imbalance_percent| {
            let asked = Settings { people: 12, loss_percent: 2.5, imbalance_percent };
            settings(Language::ENGLISH, asked)
        };
        assert_eq!(of(0.0)[..2], ["12", "2.5%"]);
        assert!(of(60.0)[2].contains("80%") && of(60.0)[2].contains("20%"), "{}", of(60.0)[2]);
        assert!(!of(0.0)[2].contains('%') && !of(100.0)[2].contains('%'));
    }

    #[test]
    fn what_came_out_is_said_with_all_its_numbers() {
        let score = |right| Score { right, all: 200 };
        let mut outcome = Outcome {
            settings: Settings { people: 12, loss_percent: 2.0, imbalance_percent: 100.0 },
            own: Score { right: 24, all: 24 },
            balanced: score(110),
            reversed: score(31),
            followed: Vec::new(),
            elsewhere: 0.534,
            shown: Vec::new(),
        };
        for language in crate::language::tests::all() {
            let text = found(language, &outcome);
            assert!(["100%", "55%", "16%"].iter().all(|number| text.contains(number)), "{text}");
            assert!(followed(language, &outcome).contains("53%"));
        }
        // Where nothing is imbalanced there is nothing to be reversed.
        outcome.settings.imbalance_percent = 0.0;
        assert!(!found(Language::ENGLISH, &outcome).contains("16%"));
        assert!(super::score(Language::ENGLISH, outcome.own).contains("24"));
    }
}
