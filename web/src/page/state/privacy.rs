//! What page and engine may ask of other sites, as the browser enforces it, and what they asked.

use std::collections::BTreeSet;

/// What is known of it.
#[derive(Default)]
pub struct Privacy {
    /// Whether the browser refuses the page's requests to other sites; None as long as that is not tried.
    pub page_is_confined: Option<bool>,
    /// The same of the engine, where it runs.
    pub engine_is_confined: Option<bool>,
    /// Addresses of other sites that the page asked.
    pub asked: BTreeSet<String>,
    /// Those that the browser refused.
    pub refused: BTreeSet<String>,
    pub refused_to_engine: u32,
}

impl Privacy {
    /// Whether all that runs is kept from other sites.
    pub fn is_enforced(&self) -> bool {
        self.page_is_confined == Some(true) && self.engine_is_confined != Some(false)
    }

    /// Requests that went out.
    pub fn count_asked(&self) -> usize {
        self.asked.difference(&self.refused).count()
    }

    pub fn count_refused(&self) -> usize {
        self.refused.len() + self.refused_to_engine as usize
    }
}
