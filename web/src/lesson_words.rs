//! The words of the lessons, as `web/languages/lessons.*.json` has them.

use serde::Deserialize;

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
    /// To be tried out, each with an answer on demand.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// A reply to each option.
    pub wrong: Vec<String>,
    /// What to do next.
    #[serde(rename = "try")]
    pub next: String,
}

/// Something to try out, and what is to be found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Task {
    pub task: String,
    pub answer: String,
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
