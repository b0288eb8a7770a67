//! What is told of an image: a verdict, or that there can be none. Page and saved picture say the same.
//!
//! A mean of many brains is never judged: the classifier learned from single ones. It is told what it is, and what it was led to.

use crate::language::*;
use crate::wording::{self, Judged};
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
    /// The age that it was led to, where one was asked for.
    pub target_years: Option<u8>,
    /// Nothing was to be changed: it looks as the target does, or further on.
    pub is_there: bool,
    /// The image is a mean over many.
    pub is_mean: bool,
}

/// A verdict in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub title: String,
    pub detail: String,
    /// Of the image, and of its translation; none for a mean.
    pub odds: Option<[String; 2]>,
}

impl Answer {
    /// In words; `name` is that of the image. Whether anything may be said at all is [`GroupName::told`]'s to decide.
    pub fn told(&self, language: Language, name: &str) -> Verdict {
        let Answer { probability_old_before: before, probability_old_after: after, familiarity, age, .. } = *self;
        let target = wording::target(language, self.direction, self.target_years);
        if self.is_mean {
            let title = wording::mean(language, name, age, &target);
            return Verdict { title, detail: self.way(language, name), odds: None };
        }
        let strange = familiarity.filter(Familiarity::is_strange);
        let is_decided = GroupName::told(before, familiarity).is_some();
        let (title, detail) = match strange {
            Some(familiarity) => {
                let (title, detail) = wording::strange(language, name, familiarity);
                (title.to_owned(), detail)
            }
            None => {
                let title = match is_decided {
                    true => wording::verdict(language, Judged { before, after, age, target: &target }),
                    false => wording::undecided(language, age),
                };
                let detail = self.detail(language, name, is_decided);
                let interval = age.map(|age| wording::age_interval(language, age));
                (title, language.join(&std::iter::once(detail).chain(interval).collect::<Vec<_>>()))
            }
        };
        let odds = [(before, is_decided), (after, strange.is_none())]
            .map(|(share, is_judged)| wording::odds(language, share, is_judged));
        Verdict { title, detail, odds: Some(odds) }
    }

    /// Which image, and what it was led to.
    fn way(&self, language: Language, name: &str) -> String {
        match self.target_years {
            Some(years) => language.fill(VERDICT_DETAIL_AGE, &[("name", name), ("years", &years.to_string())]),
            None => {
                let direction = wording::direction(language, self.direction);
                language.fill(VERDICT_DETAIL, &[("name", name), ("direction", direction)])
            }
        }
    }

    /// Which image, what it was led to, and what the verdict, or that there is none, means for the explanation.
    fn detail(&self, language: Language, name: &str, is_decided: bool) -> String {
        if !is_decided {
            let there = self.is_there.then(|| language.text(VERDICT_THERE));
            let [way, why] = [self.way(language, name), wording::why_undecided(language)];
            return language.join(&[way.as_str(), why.as_str()].into_iter().chain(there).collect::<Vec<_>>());
        }
        let target = GroupName::translated_by(self.direction.opposite());
        let is_target = |probability_old: f32| GroupName::judged(probability_old) == target;
        let meaning = match (is_target(self.probability_old_after), is_target(self.probability_old_before)) {
            _ if self.is_there => VERDICT_THERE,
            (_, true) => VERDICT_FURTHER,
            (true, false) => VERDICT_ENOUGH,
            (false, false) => VERDICT_NOT_ENOUGH,
        };
        language.join(&[self.way(language, name).as_str(), language.text(meaning)])
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const ANSWER: Answer = Answer {
        direction: Direction::YoungToOld,
        probability_old_before: 0.2,
        probability_old_after: 0.8,
        familiarity: None,
        age: Some(Age { years: 34.4, interval_years: 14.6 }),
        target_years: None,
        is_there: false,
        is_mean: false,
    };

    fn at(distance: f32) -> Verdict {
        Answer { familiarity: Some(Familiarity { distance, limit: 2.0 }), ..ANSWER }.told(Language::ENGLISH, "x.nii")
    }

    #[test]
    fn a_detail_says_what_the_changes_did() {
        let detail = |before, after| {
            let answer = Answer { probability_old_before: before, probability_old_after: after, ..ANSWER };
            answer.told(Language::ENGLISH, "a.nii").detail
        };
        assert!(
            detail(0.1, 0.9).starts_with("a.nii. Translated young → old.") && detail(0.1, 0.9).contains("enough to")
        );
        assert!(detail(0.1, 0.2).contains("not enough"));
        assert!(detail(0.8, 0.9).contains("already"));
    }

    #[test]
    fn a_dial_says_where_it_was_turned_to_and_why_nothing_changed() {
        let told = |answer: Answer| answer.told(Language::ENGLISH, "x.nii").detail;
        let turned = told(Answer { target_years: Some(70), ..ANSWER });
        assert!(turned.starts_with("x.nii. Translated to 70 years.") && !turned.contains("young →"), "{turned}");
        let there = told(Answer { is_there: true, ..ANSWER });
        assert!(there.contains("nothing was changed"), "{there}");
    }

    #[test]
    fn an_image_that_is_too_strange_gets_no_verdict() {
        let known = ANSWER.told(Language::ENGLISH, "x.nii");
        assert_eq!(known, at(1.0));
        let interval = "lies within an interval of this width around the estimate (20 to 49).";
        assert!(known.detail.ends_with(interval), "{known:?}");
        let title =
            "The model judges this brain young (estimated age: 34 years); translated to old age, it is judged old.";
        assert_eq!(known.title, title);
        assert!(known.odds.unwrap()[0].contains("judged young"));
        let strange = at(3.0);
        assert!(
            strange.title.starts_with("No verdict")
                && strange.detail.contains("x.nii")
                && !strange.detail.contains("34"),
            "{strange:?}"
        );
        assert!(strange.odds.iter().flatten().all(|odds| odds.contains("no verdict")), "{strange:?}");
    }

    #[test]
    fn an_image_between_the_groups_gets_no_verdict_but_an_age() {
        let told = |before| Answer { probability_old_before: before, ..ANSWER }.told(Language::ENGLISH, "x.nii");
        for before in [0.46, 0.54] {
            let Verdict { title, detail, odds } = told(before);
            assert!(title.starts_with("No verdict") && title.ends_with("(estimated age: 34 years)"), "{title}");
            assert!(
                detail.starts_with("x.nii. Translated young → old. When P(old) lies between 45% and 55%"),
                "{detail}"
            );
            assert!(detail.ends_with("(20 to 49)."), "{detail}");
            let [before, after] = odds.expect("odds");
            assert!(before.contains("no verdict") && after.contains("judged old"), "{before}, {after}");
        }
        assert!(!told(0.44).title.contains("No verdict") && !told(0.56).title.contains("No verdict"));
        let there = Answer { probability_old_before: 0.5, is_there: true, age: None, ..ANSWER };
        let there = there.told(Language::ENGLISH, "x.nii");
        assert!(there.detail.ends_with("nothing was changed.") && !there.title.contains("age"), "{there:?}");
    }

    #[test]
    fn a_mean_of_many_is_never_judged() {
        let told =
            |answer: Answer| Answer { is_mean: true, ..answer }.told(Language::ENGLISH, "Mean of 80 young people");
        let mean = told(ANSWER);
        assert_eq!(mean.title, "Mean of 80 young people (estimated age: 34 years), translated to old age");
        assert_eq!(told(Answer { age: None, ..ANSWER }).title, "Mean of 80 young people, translated to old age");
        let turned = told(Answer { target_years: Some(70), age: None, ..ANSWER });
        assert_eq!(turned.title, "Mean of 80 young people, translated to the age of 70 years");
        let strange = told(Answer { familiarity: Some(Familiarity { distance: 3.0, limit: 2.0 }), ..ANSWER });
        assert_eq!(strange, mean);
        assert_eq!(mean.odds, None);
        for text in [&mean.title, &mean.detail] {
            assert!(!text.contains("judge") && !text.contains("verdict"), "{text}");
        }
    }
}
