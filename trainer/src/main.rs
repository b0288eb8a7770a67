//! `trainer`: cohort → trained models → report → exported bundle.

#![warn(clippy::unwrap_used)]

mod benchmark;
mod bids;
mod bundle_folder;
mod cohort;
mod commands;
mod device;
mod evaluation;
mod explain;
mod export;
mod failure;
mod figures;
mod files;
mod group;
mod identity;
mod maps;
mod measures;
mod output_folder;
mod plan;
mod prepare;
mod progress;
mod queue;
mod random;
mod statistics;
mod thesis;
mod training;

use clap::Parser;
use std::process::ExitCode;

/// Tensors come and go by the megabyte; the C library hands their pages back to the system each time and asks for them again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Keeps freed pages: with mimalloc's own setting they go back to the system after 10 ms, and come again cleared.
fn keep_pages() {
    /// `mi_option_purge_delay` in `mimalloc.h`; -1 is never.
    const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
    // SAFETY: sets one number of the allocator, before other threads run; the environment's MIMALLOC_PURGE_DELAY has precedence.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY, -1) };
}

fn main() -> ExitCode {
    // First of all, as it asks for.
    device::set_environment();
    keep_pages();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        .init();
    let arguments = commands::Arguments::parse();
    queue::listen();
    // On a thread of the pool: it shares out its work and helps with it, where another would be put to sleep and woken for
    // each of the thousands of operations of a training step.
    match rayon::scope(|_| commands::run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            let was_stopped = progress::stop_requested();
            ExitCode::from(if was_stopped { failure::STOPPED } else { failure::exit_code(&error) })
        }
    }
}
