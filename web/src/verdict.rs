//! What is told of an image: a verdict, or that there can be none. Page and saved picture say the same.

use crate::language::Language;
use crate::wording;
use shared::bundle::GroupName;
use shared::explain::{Age, Direction, Familiarity};

/// The numbers that a verdict is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    pub direction: Direction,
    pub probability_old_before: f32,
    pub probability_old_after: f32,
    /// How near the image is to what the model has seen, where it says so.
    pub familiarity: Option<Familiarity>,
    /// How old the image looks, where the model says so.
    pub age: Option<Age>,
}

/// A verdict in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub title: String,
    pub detail: String,
    /// Of the image, and of its translation.
    pub odds: [String; 2],
}

impl Answer {
    /// In words; `name` is that of the image. Whether anything may be said at all is [`GroupName::told`]'s to decide.
    pub fn told(&self, language: Language, name: &str) -> Verdict {
        let Answer { direction, probability_old_before: before, probability_old_after: after, familiarity, age } =
            *self;
        let strange = familiarity.filter(|_| GroupName::told(before, familiarity).is_none());
        let (title, detail) = match strange {
            Some(familiarity) => {
                let (title, detail) = wording::strange(language, name, familiarity);
                (title.to_owned(), detail)
            }
            None => {
                let detail = wording::verdict_detail(language, name, before, after, direction);
                let age = age.map(|age| wording::age(language, age));
                let detail = language.join(&std::iter::once(detail).chain(age).collect::<Vec<_>>());
                (wording::verdict(language, before, after), detail)
            }
        };
        Verdict { title, detail, odds: [before, after].map(|share| wording::odds(language, share, strange.is_some())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Answer = Answer {
        direction: Direction::YoungToOld,
        probability_old_before: 0.2,
        probability_old_after: 0.8,
        familiarity: None,
        age: Some(Age { years: 34.4, interval_years: 14.6 }),
    };

    fn at(distance: f32) -> Verdict {
        Answer { familiarity: Some(Familiarity { distance, limit: 2.0 }), ..ANSWER }.told(Language::English, "x.nii")
    }

    #[test]
    fn an_image_that_is_too_strange_gets_no_verdict() {
        let known = ANSWER.told(Language::English, "x.nii");
        assert_eq!(known, at(1.0));
        assert!(
            known.detail.ends_with(
                "Estimated age: 34 years. For nine in ten people, the true age lies within an interval of this width (20 to 49)."
            ),
            "{known:?}"
        );
        assert!(known.title.starts_with("Judged young") && known.odds[0].contains("judged young"), "{known:?}");
        let strange = at(3.0);
        assert!(
            strange.title.starts_with("No verdict")
                && strange.detail.contains("x.nii")
                && !strange.detail.contains("34"),
            "{strange:?}"
        );
        assert!(strange.odds.iter().all(|odds| odds.contains("no verdict")), "{strange:?}");
    }
}
