//! Progress of long work: a bar with rate and time left on a terminal, plain lines otherwise; and a clean stop on Ctrl-C, and on
//! the signal that batch systems such as Slurm send before they end a job.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Time between plain lines.
const LINE_EVERY: Duration = Duration::from_secs(15);

static STOP: AtomicBool = AtomicBool::new(false);

/// Whether a signal came. Apart from [`STOP`], as the end of standard input asks for a stop too, and may come first.
static SIGNALLED: AtomicBool = AtomicBool::new(false);

static HANDLER: Mutex<bool> = Mutex::new(false);

/// From now on the first Ctrl-C (or SIGTERM, SIGHUP) asks for a clean stop, the second ends the program at once. May be asked
/// for again.
pub fn stop_on_ctrl_c() -> anyhow::Result<()> {
    let mut is_set = HANDLER.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::replace(&mut *is_set, true) {
        return Ok(());
    }
    ctrlc::set_handler(|| {
        if SIGNALLED.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        STOP.store(true, Ordering::SeqCst);
        eprintln!("\nstopping after this step; press Ctrl-C again to stop at once");
    })
    .map_err(|error| anyhow::anyhow!("the handler for Ctrl-C cannot be set: {error}"))
}

/// From now on the end of standard input asks for a clean stop too, in whatever state the program is.
pub fn stop_with_input() {
    std::thread::spawn(|| {
        // Whatever is written there is of no interest.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        STOP.store(true, Ordering::SeqCst);
    });
}

/// Whether a clean stop was asked for.
pub fn stop_requested() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// Progress of one piece of work, on stderr; may be shared between threads.
pub struct Progress {
    label: String,
    bar: Option<ProgressBar>,
    length: u64,
    start: u64,
    began: Instant,
    state: Mutex<State>,
}

struct State {
    position: u64,
    last_line: Instant,
    message: String,
}

impl Progress {
    /// `length` units, of which `start` are done already.
    pub fn new(label: &str, length: u64, start: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {per_sec}, {eta} left  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(length).with_style(style).with_prefix(label.to_string());
            bar.set_position(start);
            bar.reset_eta();
            bar
        });
        let now = Instant::now();
        let state = Mutex::new(State { position: start, last_line: now, message: String::new() });
        Progress { label: label.into(), bar, length, start, began: now, state }
    }

    /// How it stands, shown with the next progress.
    pub fn note(&self, message: &str) {
        self.state().message = message.into();
    }

    /// A line of its own that stays on the terminal, above the bar.
    pub fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// One unit more is done.
    pub fn advance(&self) {
        let mut state = self.state();
        state.position += 1;
        if let Some(bar) = &self.bar {
            bar.set_position(state.position);
            bar.set_message(state.message.clone());
        } else if state.last_line.elapsed() >= LINE_EVERY || state.position == self.length {
            state.last_line = Instant::now();
            let rate = (state.position - self.start) as f64 / self.began.elapsed().as_secs_f64().max(1e-9);
            let left_s = (self.length - state.position) as f64 / rate.max(1e-9);
            eprintln!(
                "{}: {}/{} ({rate:.2} per second, {left_s:.0} s left) {}",
                self.label, state.position, self.length, state.message
            );
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}
