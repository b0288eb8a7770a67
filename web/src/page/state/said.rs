//! What is said: the line that tells what happens, errors, notices.

use super::{Phase, State, Status};
use web::language::*;

impl State {
    pub fn say(&mut self, status: impl Into<Message>) {
        self.status = Some(Status::Said(status.into()));
    }

    /// Something went wrong; everything else stays as it is.
    pub fn fail(&mut self, message: impl Into<Message>) {
        self.error = Some(message.into());
        // What is being computed goes on, and says where it is.
        self.phase = if self.running.is_some() { Phase::Working } else { Phase::Failed };
        if self.running.is_none() {
            self.say(STATUS_FAILED);
        }
    }

    pub fn clear_error(&mut self) {
        self.error = self.lasting_error.clone();
    }

    /// Something worth knowing that is no error.
    pub fn notice(&mut self, message: impl Into<Message>) {
        let message = message.into();
        if !self.notices.contains(&message) {
            self.notices.push(message);
        }
    }

    /// Nothing is being computed.
    pub fn ready(&mut self, status: impl Into<Message>) {
        self.say(status);
        self.phase = Phase::Ready;
    }

    /// The same, unless something else is under way by now, which says so itself.
    pub fn settle(&mut self, status: impl Into<Message>) {
        if self.running.is_none() && self.opening.is_none() {
            self.ready(status);
        }
    }

    /// What was wrong is right again; what is being computed or shown stays as it is.
    pub fn recovered(&mut self) {
        self.clear_error();
        let name = self.shown.as_ref().map(|shown| shown.case.subject.name.clone());
        match (self.running.is_some(), name) {
            (true, _) => self.phase = Phase::Working,
            (false, Some(name)) => self.ready(Message::of(STATUS_SHOWING, &[("name", &name)])),
            (false, None) => self.phase = Phase::Ready,
        }
    }
}
