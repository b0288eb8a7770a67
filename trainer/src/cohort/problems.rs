//! Collects what is wrong with an input, so that one error names all of it.

use crate::failure::unusable;

/// How many problems an error spells out; the rest are counted.
const SHOWN: usize = 10;

/// Problems in the order they were found.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    /// Notes one problem.
    pub(super) fn add(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    /// Number of problems so far.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// `Ok` if there are none; else one error with the first ten and their number.
    pub(super) fn into_result(self, headline: &str) -> anyhow::Result<()> {
        let count = self.0.len();
        if count == 0 {
            return Ok(());
        }
        let noun = if count == 1 { "problem" } else { "problems" };
        let mut message = format!("{headline} ({count} {noun})");
        for problem in self.0.iter().take(SHOWN) {
            message.push_str("\n  - ");
            message.push_str(problem);
        }
        if count > SHOWN {
            message.push_str(&format!("\n  … and {} more", count - SHOWN));
        }
        Err(unusable(message))
    }
}
