//! The lesson that is open, those that were answered, and which panels a lesson leaves on the page.

use super::State;
use web::lessons::{Lesson, Lessons, Scene};
use web::panels::Sight;

/// A lesson that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLesson {
    pub id: String,
    /// The option that the visitor predicted.
    pub predicted: Option<usize>,
}

impl State {
    /// The lessons that this site can show.
    pub fn lessons(&self) -> Vec<&'static Lesson> {
        Lessons::of(self.language).on(&self.bundles)
    }

    /// Opens the lesson of this id; None, or one that the site cannot show, closes whatever is open. The view stays as it is.
    pub fn open_lesson(&mut self, id: Option<&str>) {
        let known = id.filter(|id| self.lessons().iter().any(|lesson| lesson.id == *id));
        if self.lesson.as_ref().map(|lesson| lesson.id.as_str()) != known {
            self.lesson = known.map(|id| OpenLesson { id: id.to_owned(), predicted: None });
        }
    }

    /// The visitor predicts one of the options of the lesson that is open.
    pub fn predict(&mut self, option: usize) {
        if let Some(lesson) = &mut self.lesson {
            lesson.predicted = Some(option);
            self.answered.insert(lesson.id.clone());
        }
    }

    /// A lesson has asked something, and what would answer it is not to be read beside it.
    pub fn is_asking(&self) -> bool {
        self.lesson.as_ref().is_some_and(|lesson| lesson.predicted.is_none())
    }

    /// What decides which panels are on the page.
    pub fn sight(&self) -> Sight {
        let scene = self.lesson.as_ref().and_then(|lesson| Scene::of(&lesson.id));
        Sight {
            mode: self.view.mode,
            // Pictures of an animation are of one size, though not every age has its truth.
            has_truth: self.recording.is_none() && self.shown.as_ref().is_some_and(|shown| shown.maps.has_truth()),
            all_maps: self.view.all_maps,
            has_kept: self.beside().is_some(),
            lesson: scene.map(|scene| scene.panels(!self.is_asking())),
        }
    }
}
