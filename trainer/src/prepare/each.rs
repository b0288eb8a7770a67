//! Many images at a time, with a clean stop.

use crate::progress::{Progress, stop_requested};
use anyhow::{Context, anyhow, bail};
use rayon::ThreadPoolBuilder;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Does `work` for every one of `all`, several at a time, with a bar on stderr, and returns the results in the same order. Ctrl-C lets
/// the running ones end and begins no other.
///
/// Each runner has its own share of the threads: on a common pool, one that waits for a part of its work would
/// begin another one meanwhile, and so on.
///
/// # Errors
/// The first error of `work`, or that it was stopped.
pub fn for_each<T: Sync, R: Send>(
    label: &str,
    all: &[T],
    work: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let threads = rayon::current_num_threads();
    let runners = threads.min(all.len()).max(1);
    let progress = Progress::new(label, all.len() as u64, 0);
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let run = || -> anyhow::Result<Vec<(usize, R)>> {
        let mut finished = Vec::new();
        while !stop_requested() && !failed.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = all.get(place) else { break };
            finished.push((place, work(one).inspect_err(|_| failed.store(true, Ordering::Relaxed))?));
            progress.advance();
        }
        Ok(finished)
    };
    let mut finished = Vec::new();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let mut running = Vec::new();
        for _ in 0..runners {
            let pool = ThreadPoolBuilder::new().num_threads(threads / runners).build().context("no threads")?;
            running.push(scope.spawn(move || pool.install(run)));
        }
        for runner in running {
            finished.extend(runner.join().map_err(|_| anyhow!("a thread broke down"))??);
        }
        Ok(())
    })?;
    if finished.len() < all.len() {
        bail!(
            "stopped: {} of {} subjects are finished; give the same command again to continue",
            finished.len(),
            all.len()
        );
    }
    finished.sort_by_key(|(place, _)| *place);
    Ok(finished.into_iter().map(|(_, result)| result).collect())
}
