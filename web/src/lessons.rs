//! The lessons: what each asks and reveals, and the view that it opens.
//!
//! Their texts stand in `web/languages/lessons.*.json`, in one structure for all languages (the build compares them).
//! Views are links, as the visitor's own are: whatever a lesson opens can be opened by a link. A lesson names no bundle but a
//! role, so that it can be shown on any site with such a bundle; where there is none it is left out.

use crate::address::BundleEntry;
use crate::language::Language;
pub use crate::lesson_words::{Lesson, Lessons, Task, Term};
use crate::roles::{Pick, Role};
use crate::share::{Link, View};
use shared::explain::Direction;
use std::sync::OnceLock;

impl Lessons {
    /// The lessons in a language.
    pub fn of(language: Language) -> &'static Lessons {
        static ENGLISH: OnceLock<Lessons> = OnceLock::new();
        // The build and a test have read them.
        let english = || serde_json::from_str(include_str!("../languages/lessons.en.json")).unwrap_or_default();
        language.lessons().unwrap_or_else(|| ENGLISH.get_or_init(english))
    }

    /// Those that a site with these bundles can show, in their order.
    pub fn on(&self, bundles: &[BundleEntry]) -> Vec<&Lesson> {
        let can = |lesson: &&Lesson| {
            Scene::of(&lesson.id).is_some_and(|scene| match scene.case {
                Some((role, _)) => role.of(bundles).is_some(),
                None => !bundles.is_empty(),
            })
        };
        self.lessons.iter().filter(can).collect()
    }
}

/// What a lesson shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// `None`: a class of made people stands in place of the maps, and whatever is open stays open behind it.
    pub case: Option<(Role, Pick)>,
    /// As in the fragment of a link.
    view: &'static str,
    /// Panels that stand beside its question: none that gives the answer away.
    asked: &'static [&'static str],
    /// Panels that it speaks of.
    told: &'static [&'static str],
}

impl Scene {
    /// That of the lesson of this id.
    pub fn of(lesson: &str) -> Option<Scene> {
        use Direction::{OldToYoung, YoungToOld};
        const ORIGINAL: &[&str] = &["original"];
        const PAIR: &[&str] = &["original", "translated", "difference"];
        const CAM: &[&str] = &["original", "cam"];
        const TRUTH: &[&str] = &["difference", "cam", "truth"];
        const MADE_UP: &[&str] = &["original", "difference", "truth"];
        const CHANGE: &[&str] = &["original", "difference"];
        let people = |view, asked, told| (Some((Role::People, Pick::Mean(YoungToOld))), view, asked, told);
        let truth = |role, way, view, panels| (Some((role, Pick::WithTruth(way))), view, panels, panels);
        let (case, view, asked, told) = match lesson {
            "young-or-old" => people("v=1&at=0,10,14&tab=cohort", ORIGINAL, PAIR),
            "coarse" => people("v=1&at=-24,6,12", CAM, CAM),
            "cyclegan" => people("v=1&mode=compare&wipe=0.5&at=0,10,14", PAIR, PAIR),
            "difference" => truth(Role::Truth, YoungToOld, "v=1&at=2,10,10", TRUTH),
            "hallucination" => truth(Role::WholeTruth, OldToYoung, "v=1&at=-38,-90,-34&tab=checks", MADE_UP),
            "bias" => people("v=1&tab=card", ORIGINAL, ORIGINAL),
            "judge-it-yourself" => people("v=1&at=-20,10,14", CHANGE, CHANGE),
            "train-it-yourself" => (None, "v=1", PAIR, PAIR),
            _ => return None,
        };
        Some(Scene { case, view, asked, told })
    }

    pub fn view(&self) -> View {
        Link::from_fragment(self.view).unwrap_or_default().view
    }

    /// The panels that are there before and after the prediction.
    pub fn panels(&self, is_predicted: bool) -> &'static [&'static str] {
        if is_predicted { self.told } else { self.asked }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::tests::{manifest, shipped};

    #[test]
    fn every_language_has_the_same_lessons() {
        let english = Lessons::of(Language::ENGLISH);
        assert!((6..=8).contains(&english.lessons.len()));
        for language in crate::language::tests::all() {
            let lessons = Lessons::of(language);
            let ids = |lessons: &Lessons| lessons.lessons.iter().map(|lesson| lesson.id.clone()).collect::<Vec<_>>();
            assert_eq!(ids(lessons), ids(english));
            for (lesson, original) in lessons.lessons.iter().zip(&english.lessons) {
                assert_eq!((lesson.answer, lesson.options.len()), (original.answer, original.options.len()));
                assert_eq!(lesson.options.len(), lesson.wrong.len(), "{}", lesson.id);
                assert_eq!(lesson.tasks.len(), original.tasks.len());
                assert!(lesson.answer < lesson.options.len(), "{}", lesson.id);
            }
        }
    }

    /// A lesson on a case that is not there would open another.
    #[test]
    fn every_lesson_opens_a_case_that_is_shipped() {
        let (bundles, lessons) = (shipped(), Lessons::of(Language::ENGLISH));
        assert_eq!(lessons.on(&bundles).len(), lessons.lessons.len());
        for lesson in &lessons.lessons {
            let scene = Scene::of(&lesson.id).expect(&lesson.id);
            let Some((role, pick)) = scene.case.clone() else { continue };
            let bundle = role.of(&bundles).expect(&lesson.id);
            let manifest = manifest(&bundle.id);
            let sample = &manifest.samples[pick.place(&manifest).unwrap()];
            let is_wanted = match pick {
                Pick::Mean(direction) => crate::roles::is_mean(&sample.id) && sample.direction == direction,
                Pick::WithTruth(direction) => sample.truth.is_some() && sample.direction == direction,
                _ => false,
            };
            assert!(is_wanted, "{}: opens {}", lesson.id, sample.id);
            // What the fragment says was understood.
            assert_ne!(scene.view(), View::default(), "{}", lesson.id);
            let is_known = |id: &&str| crate::panels::PANELS.iter().any(|panel| panel.id == *id);
            assert!([true, false].iter().all(|is_predicted| scene.panels(*is_predicted).iter().all(is_known)));
        }
    }

    #[test]
    fn a_lesson_without_its_bundle_is_left_out() {
        let mut bundles = shipped();
        bundles.retain(|entry| entry.people);
        let ids = |bundles: &[BundleEntry]| {
            Lessons::of(Language::ENGLISH).on(bundles).iter().map(|lesson| lesson.id.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(
            ids(&bundles),
            ["young-or-old", "coarse", "cyclegan", "bias", "judge-it-yourself", "train-it-yourself"]
        );
        assert!(ids(&[]).is_empty());
    }
}
