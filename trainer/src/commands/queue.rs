//! `trainer queue`: command lines from a file, shared out over several devices.

use crate::device::DeviceChoice;
use crate::failure::unusable;
use crate::files;
use crate::queue::{self, Job, QueueFolder, Step};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Between the command lines of one job.
const THEN: &str = "&&";

/// In the folder of a queue: the jobs that are done.
const STATE_FILE: &str = "queue.json";

/// Options of `trainer queue`.
#[derive(Debug, clap::Args)]
pub struct QueueArguments {
    /// Text file with one job per line: a command line of this program without `--device` (and without `trainer`), such as
    /// `train --cohort COHORT --config FILE --set seed=2 --out RUN`; several on one line, with && between them, run one after another.
    /// Quotation marks keep spaces together; in Windows, a backslash is a part of a path.
    #[arg(long, value_name = "FILE")]
    jobs: PathBuf,
    /// Devices, such as cuda:0,cuda:1; each does one job at a time.
    #[arg(long = "device", value_name = "DEVICE,...", value_delimiter = ',', default_value = "auto")]
    devices: Vec<DeviceChoice>,
    /// Folder for logs and the list of finished jobs, which are not done again.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Checks every line first, then does the jobs. `read` understands the words of a command line.
pub fn run(arguments: &QueueArguments, read: impl Fn(&[String]) -> Result<Step, String>) -> Result<()> {
    queue::check_devices(&arguments.devices)?;
    let text = String::from_utf8_lossy(&files::read(&arguments.jobs)?).into_owned();
    let place = |number: usize| format!("{}: line {number}", arguments.jobs.display());
    let mut jobs = Vec::new();
    let mut seen = BTreeSet::new();
    // Editors of Windows begin a text with a mark.
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let quoted = if cfg!(windows) { line.replace('\\', "\\\\") } else { line.to_owned() };
        let words = shlex::split(&quoted)
            .ok_or_else(|| unusable(format!("{}: a quotation mark is not closed", place(number))))?;
        let steps = words.split(|word| word == THEN).map(|words| step(words, &read)).collect::<Result<_, String>>();
        let steps = steps.map_err(|reason| unusable(format!("{}: {reason}", place(number))))?;
        if !seen.insert(line) {
            return Err(unusable(format!("{}: the same job stands there twice; remove one", place(number))));
        }
        jobs.push(Job { name: format!("job-{}", jobs.len() + 1), label: line.to_owned(), steps });
    }
    if jobs.is_empty() {
        return Err(unusable(format!("{}: holds no job; write one command line per line", arguments.jobs.display())));
    }
    let folder = QueueFolder::open(&arguments.out)?;
    let path = arguments.out.join(STATE_FILE);
    let mut state = State::read(&path)?;
    let all = jobs.len();
    jobs.retain(|job| !state.done.contains(&job.label));
    if jobs.is_empty() {
        println!("all {all} jobs were done before ({})", path.display());
        return Ok(());
    }
    eprintln!("{} of {all} jobs are left", jobs.len());
    queue::run(&jobs, &arguments.devices, &folder, &mut |job| {
        state.done.push(job.label.clone());
        files::write_json(&path, &state)
    })?;
    println!("all {all} jobs are done");
    Ok(())
}

/// What is done, by the lines of the jobs.
#[derive(Default, Serialize, Deserialize)]
struct State {
    done: Vec<String>,
}

impl State {
    fn read(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Ok(State::default());
        }
        serde_json::from_slice(&files::read(path)?)
            .map_err(|error| unusable(format!("{}: {error}; remove it to do all jobs again", path.display())))
    }
}

fn step(words: &[String], read: impl Fn(&[String]) -> Result<Step, String>) -> Result<Step, String> {
    if words.iter().any(|word| word == "--device" || word.starts_with("--device=")) {
        return Err("names a --device; the queue gives one to each job".into());
    }
    read(words)
}
