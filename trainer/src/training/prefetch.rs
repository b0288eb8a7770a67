//! Images made ahead: a separate thread prepares the batches of the next steps while the device computes the current
//! one.
//!
//! It hands over plain numbers: only the thread that trains touches the device.

use anyhow::{Context, Result};
use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};

/// Prepared steps that wait in the queue.
const READY: usize = 2;

/// What was made ahead, in the order of the steps.
pub struct Prefetched<T> {
    made: Receiver<T>,
}

impl<T> Prefetched<T> {
    /// The batch of the next step; waits until it is ready.
    pub fn take(&self) -> Result<T> {
        self.made.recv().context("the thread that reads images ended early")
    }
}

/// Runs `work` on what `make` produces for each step in a separate thread.
pub fn with_prefetch<T: Send, R>(
    steps: Range<u64>,
    make: impl Fn(u64) -> T + Send,
    work: impl FnOnce(&Prefetched<T>) -> R,
) -> R {
    let (sender, made) = sync_channel(READY);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for step in steps {
                // Nobody listens any more: the training has ended before its last step.
                if sender.send(make(step)).is_err() {
                    break;
                }
            }
        });
        let prefetched = Prefetched { made };
        work(&prefetched)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_in_order_and_work_may_end_early() {
        let squares = |count: usize| {
            with_prefetch(
                3..1000,
                |step| step * step,
                |prefetched| (0..count).map(|_| prefetched.take().unwrap()).collect::<Vec<_>>(),
            )
        };
        assert_eq!(squares(3), [9, 16, 25]);
        assert_eq!(squares(997).last(), Some(&(999 * 999)));
        assert!(with_prefetch(0..1, |step| step, |prefetched| prefetched.take().and(prefetched.take())).is_err());
    }
}
