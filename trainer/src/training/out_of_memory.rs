//! A device that runs out of memory: the error says which setting to lower.
//!
//! Backends panic when an allocation fails, so the panic is caught here and its text read. Not caught: a system that
//! kills the process when main memory runs out, and drivers with other messages.

use anyhow::{Result, bail};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Messages of backends and drivers, in lower case.
const SIGNS: [&str; 6] =
    ["out of memory", "outofmemory", "out_of_memory", "not enough memory", "buffertoobig", "allocation failed"];

/// Runs a part of the training; if the device runs out of memory, the error names `settings`.
pub fn with_advice<T>(settings: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let advice =
        || format!("the device ran out of memory; lower {settings}, or choose --device cpu; continue with --resume");
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Err(error)) if is_out_of_memory(&format!("{error:#}")) => Err(error.context(advice())),
        Ok(result) => result,
        Err(panic) => {
            if is_out_of_memory(&text_of(panic.as_ref())) {
                bail!(advice());
            }
            resume_unwind(panic)
        }
    }
}

fn is_out_of_memory(text: &str) -> bool {
    let text = text.to_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (None, Some(text)) => (*text).to_string(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_named_for_panics_and_errors_of_this_kind_only() {
        let told = |work: fn() -> Result<()>| format!("{:#}", with_advice("cyclegan.batch", work).unwrap_err());
        assert!(told(|| panic!("IoError: OutOfMemory {{ size: 1 }}")).contains("cyclegan.batch"));
        assert!(told(|| Err(anyhow::anyhow!("Not enough memory left."))).contains("cyclegan.batch"));
        assert_eq!(told(|| Err(anyhow::anyhow!("the loss is not a number"))), "the loss is not a number");
        let other = catch_unwind(|| with_advice("cyclegan.batch", || -> Result<()> { panic!("index out of range") }));
        assert!(other.is_err());
        assert_eq!(with_advice("cyclegan.batch", || Ok(3)).unwrap(), 3);
    }
}
