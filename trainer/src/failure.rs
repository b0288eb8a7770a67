//! How a command can end badly: the work failed (exit 1), the input was unusable (exit 2), or a clean stop was asked for (exit 3).

use std::fmt;

/// Wrong usage or input that cannot be used; ends the program with exit code 2.
///
/// The message names the file, the reason and the remedy.
#[derive(Debug)]
pub struct UnusableInput(String);

impl fmt::Display for UnusableInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for UnusableInput {}

/// An error for input that cannot be used: `unusable(format!("{}: no column `age`; add one in years", path))`.
pub fn unusable(message: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(UnusableInput(message.into()))
}

/// Exit code of work that was stopped cleanly, as somebody asked for.
pub const STOPPED: u8 = 3;

/// Whether its chain holds an [`UnusableInput`].
pub fn is_unusable(error: &anyhow::Error) -> bool {
    error.chain().any(<dyn std::error::Error + 'static>::is::<UnusableInput>)
}

/// Exit code for an error: 2 where its chain holds an [`UnusableInput`], else 1.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    if is_unusable(error) { 2 } else { 1 }
}
