//! The lessons: what each asks and reveals, and the view that it opens.
//!
//! Their texts stand in `web/languages/lessons.*.json`, in one structure for all languages (the build compares them).
//! Views are links, as the visitor's own are: whatever a lesson opens can be opened by a link.

use crate::language::Language;
use crate::share::Link;
use serde::Deserialize;
use std::sync::OnceLock;

/// Words of one lesson.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Lesson {
    pub id: String,
    pub title: String,
    /// What will be found out.
    pub lead: String,
    /// What is on the screen, and where to look.
    pub look: String,
    pub question: String,
    pub options: Vec<String>,
    /// Place of the right one among the options.
    pub answer: usize,
    pub reveal: String,
    /// A reply to each option.
    pub wrong: Vec<String>,
    /// What to do next.
    #[serde(rename = "try")]
    pub next: String,
}

/// A word and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Term {
    pub id: String,
    pub term: String,
    pub text: String,
}

/// All lessons in their order, and the words they use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Lessons {
    pub lessons: Vec<Lesson>,
    pub glossary: Vec<Term>,
}

impl Lessons {
    /// The lessons in a language, read once.
    pub fn of(language: Language) -> &'static Lessons {
        static ENGLISH: OnceLock<Lessons> = OnceLock::new();
        static JAPANESE: OnceLock<Lessons> = OnceLock::new();
        let lessons = match language {
            Language::English => &ENGLISH,
            Language::Japanese => &JAPANESE,
        };
        // The build and a test have read them.
        lessons.get_or_init(|| serde_json::from_str(language.lessons()).unwrap_or_default())
    }

    /// Place of the lesson of this id.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.lessons.iter().position(|lesson| lesson.id == id)
    }
}

/// What a lesson opens, as the fragment of a link.
pub fn view_of(id: &str) -> Option<Link> {
    let fragment = match id {
        "young-or-old" => "v=1&bundle=oasis1-slab&sample=mean-young&at=0,10,14&tab=cohort",
        "coarse" => "v=1&bundle=oasis1-slab&sample=mean-young&at=-24,6,12",
        "cyclegan" => "v=1&bundle=oasis1-slab&sample=mean-young&mode=compare&wipe=0.5&at=0,10,14",
        "difference" => "v=1&bundle=phantom&sample=phantom-young&at=2,10,10",
        "hallucination" => "v=1&bundle=phantom&sample=phantom-old&at=-38,-90,-34&tab=checks",
        "bias" => "v=1&bundle=oasis1-slab&sample=mean-young&tab=card",
        "judge-it-yourself" => "v=1&bundle=oasis1-slab&sample=mean-young&at=-20,10,14",
        _ => return None,
    };
    Link::from_fragment(fragment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::bundle::Manifest;
    use std::path::Path;

    #[test]
    fn every_language_has_the_same_lessons() {
        let english = Lessons::of(Language::English);
        assert!((6..=8).contains(&english.lessons.len()));
        for language in Language::ALL {
            let lessons = Lessons::of(language);
            let ids = |lessons: &Lessons| lessons.lessons.iter().map(|lesson| lesson.id.clone()).collect::<Vec<_>>();
            assert_eq!(ids(lessons), ids(english));
            for (lesson, original) in lessons.lessons.iter().zip(&english.lessons) {
                assert_eq!((lesson.answer, lesson.options.len()), (original.answer, original.options.len()));
                assert_eq!(lesson.options.len(), lesson.wrong.len(), "{}", lesson.id);
                assert!(lesson.answer < lesson.options.len(), "{}", lesson.id);
            }
        }
    }

    /// A lesson on a case that is not there would open another.
    #[test]
    fn every_lesson_opens_a_case_that_is_shipped() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models");
        for lesson in &Lessons::of(Language::English).lessons {
            let link = view_of(&lesson.id).expect(&lesson.id);
            let path = models.join(link.bundle.as_deref().unwrap()).join("manifest.json");
            let manifest: Manifest = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            let sample = manifest.samples.iter().find(|sample| Some(&sample.id) == link.sample.as_ref());
            let sample = sample.unwrap_or_else(|| panic!("{}: no such sample", lesson.id));
            assert!(lesson.id != "difference" || sample.truth.is_some(), "a lesson about truth needs it");
            // What the fragment says was understood.
            assert!(!link.is_newer && link.to_fragment().len() > "v=1&bundle=&sample=".len());
        }
    }
}
