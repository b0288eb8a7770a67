//! The lesson in which visitors train a classifier of their own: what the sliders say, who was drawn, and what came out.

use super::State;
use std::cell::RefCell;
use std::rc::Rc;
use web::lessons::Scene;
use web::practice::{Class, Outcome, Settings};
use web::told::Sentence;

#[derive(Default)]
pub struct Practice {
    pub settings: Settings,
    /// `None` before the lesson was opened.
    pub class: Option<Rc<RefCell<Class>>>,
    /// Why the template could not be had. It is told where the outcome would stand: what is opened besides clears the page's own
    /// error.
    pub fault: Option<Sentence>,
    /// The template is being fetched.
    pub is_beginning: bool,
    /// How much of what is needed has been drawn, 0..1.
    pub readiness: f64,
    /// What came out, with a number of its own among all results and images.
    pub outcome: Option<(u32, Rc<Outcome>)>,
}

impl Practice {
    /// What is shown is not of these settings and these people.
    pub fn is_waiting(&self) -> bool {
        self.outcome.as_ref().is_none_or(|(_, outcome)| outcome.settings != self.settings)
    }
}

impl State {
    /// The open lesson has people to draw in place of maps.
    pub fn is_practising(&self) -> bool {
        self.lesson.as_ref().and_then(|lesson| Scene::of(&lesson.id)).is_some_and(|scene| scene.case.is_none())
    }

    /// Fits anew where all who are needed have been drawn; else how far that is.
    pub fn answer_practice(&mut self) {
        let Some(class) = self.practice.class.clone() else { return };
        let settings = self.practice.settings;
        self.practice.readiness = class.borrow().readiness(settings);
        let outcome = class.borrow().trial(settings);
        if let Some(outcome) = outcome {
            self.practice.outcome = Some((self.next_id(), Rc::new(outcome)));
        }
    }
}
