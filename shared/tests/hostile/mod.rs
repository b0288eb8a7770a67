//! What the tests with hostile files share: how many there are, and how long one may take.

use std::time::Duration;

/// One attempt may take this long.
#[allow(dead_code, reason = "a preparation has a limit of its own")]
pub const LONGEST: Duration = Duration::from_secs(10);

/// So many as the environment says, else `default`.
pub fn count(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}
