//! A handle on the state. Handlers and answers change the state through it, and the screen follows.
//!
//! A borrow never lasts over a wait, over a call into the viewer, or while the document is written.

use crate::dom::window;
use crate::state::State;
use futures::future::LocalBoxFuture;
use std::cell::RefCell;
use std::rc::Rc;
use web::address::parse_query;
use web::language::{Language, Message};
use web::share::Link;

/// Whatever shows the state.
pub trait Screen {
    /// Brings what is seen to the state. A second call changes nothing.
    fn show(&self, app: &App);

    /// Resolves when the maps that were asked for by now are drawn, or cannot be.
    fn drawn(&self) -> LocalBoxFuture<'static, ()>;
}

#[derive(Clone)]
pub struct App {
    state: Rc<RefCell<State>>,
    screen: Rc<dyn Screen>,
}

impl App {
    /// The state at the start: what the address asks for is still to be opened.
    pub fn new(screen: impl Screen + 'static) -> Self {
        let query = window().and_then(|window| window.location().search()).unwrap_or_default();
        let fragment = window().and_then(|window| window.location().hash()).unwrap_or_default();
        // At once, so that nothing is seen that goes again.
        let is_embedded = Link::from_fragment(&fragment).is_some_and(|link| link.embed);
        let state = State::at_start(parse_query(&query), is_embedded);
        App { state: Rc::new(RefCell::new(state)), screen: Rc::new(screen) }
    }

    /// Looks at the state.
    pub fn with<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.borrow())
    }

    /// Changes the state, and lets the screen follow.
    pub fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let outcome = change(&mut self.state.borrow_mut());
        self.screen.show(self);
        outcome
    }

    /// Waits until the maps are drawn as the state has them now.
    pub async fn drawn(&self) {
        self.screen.drawn().await;
    }

    pub fn language(&self) -> Language {
        self.with(|state| state.language)
    }

    /// Shows what went wrong; everything else stays as it is.
    pub fn fail(&self, message: impl Into<Message>) {
        self.update(|state| state.fail(message));
    }

    pub fn notice(&self, message: impl Into<Message>) {
        self.update(|state| state.notice(message));
    }

    pub fn say(&self, status: impl Into<Message>) {
        self.update(|state| state.say(status));
    }
}
