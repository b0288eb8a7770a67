//! Jobs over several devices: each device does one job at a time, and takes the next when it is done with it.
//!
//! A job is command lines of this program, one after another, each in a process of its own: so that each has the memory, the device and the
//! clean stop that it would have alone. A process is asked to stop by closing its standard input, which also happens when this program is
//! killed.

use crate::device::DeviceChoice;
use crate::failure::unusable;
use crate::{files, progress};
use anyhow::{Context, Result, ensure};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Set for the processes of a queue: their standard input says how long they shall work.
const STOPS_WITH_INPUT: &str = "AGELENS_STOPS_WITH_INPUT";

/// In the folder of a queue.
const LOCK_FILE: &str = "queue.lock";

/// Time between looks at the processes.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Command lines that one device works through.
#[derive(Clone, Debug)]
pub struct Job {
    /// Of its log, in the folder of the queue.
    pub name: String,
    /// For people.
    pub label: String,
    pub steps: Vec<Step>,
}

/// One command line of this program, without `--device`.
#[derive(Clone, Debug)]
pub struct Step {
    pub words: Vec<String>,
    /// Whether the command computes on a device, and is given one.
    pub takes_device: bool,
    /// For a training: the file that says that it has begun; with it `--resume` is given.
    pub begun: Option<PathBuf>,
}

/// A job at work.
struct Work<'a> {
    job: &'a Job,
    device: DeviceChoice,
    step: usize,
    child: Child,
    began: Instant,
}

/// In a process of a queue: from now on the end of standard input asks for a clean stop.
pub fn listen() {
    if std::env::var_os(STOPS_WITH_INPUT).is_some() {
        progress::stop_with_input();
    }
}

/// Folder of a queue: logs, and whatever its owner keeps there. Locked for other queues as long as this value exists.
pub struct QueueFolder {
    path: PathBuf,
    _lock: File,
}

/// A list of devices for a queue.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: `auto` among several, which may be any of them.
pub fn check_devices(devices: &[DeviceChoice]) -> Result<()> {
    let is_unclear = devices.len() > 1 && devices.contains(&DeviceChoice::Auto);
    ensure!(
        !is_unclear,
        unusable("--device: auto may be any of the others; name each device, as `trainer devices` lists them")
    );
    Ok(())
}

/// Does the jobs, one at a time on each device, with logs in `folder`; `done` hears of each that is finished. A device may stand in the
/// list several times ([`check_devices`]). A job that fails does not hold up the others.
///
/// # Errors
/// Jobs failed, a clean stop was asked for, or the folder cannot be written. No process is left behind.
pub fn run(
    jobs: &[Job],
    devices: &[DeviceChoice],
    folder: &QueueFolder,
    done: &mut dyn FnMut(&Job) -> Result<()>,
) -> Result<()> {
    let mut at_work = Vec::new();
    let outcome = work_through(jobs, devices, &folder.path, &mut at_work, done);
    // Asked to stop first, waited for then: all stop at the same time.
    ask_to_stop(&mut at_work);
    for work in &mut at_work {
        work.child.wait().context("a process cannot be waited for")?;
    }
    outcome
}

fn work_through<'a>(
    jobs: &'a [Job],
    devices: &[DeviceChoice],
    folder: &Path,
    at_work: &mut Vec<Work<'a>>,
    done: &mut dyn FnMut(&Job) -> Result<()>,
) -> Result<()> {
    progress::stop_on_ctrl_c()?;
    eprintln!("{} jobs on {} devices; logs in {}", jobs.len(), devices.len(), folder.display());
    let mut left: Vec<&Job> = jobs.iter().rev().collect();
    let threads = threads_each(devices.len().min(left.len()));
    let mut free: Vec<DeviceChoice> = devices.iter().rev().copied().collect();
    let mut failed: Vec<String> = Vec::new();
    let mut finished = 0;
    loop {
        while !progress::stop_requested() && !left.is_empty() {
            let Some(device) = free.pop() else { break };
            let Some(job) = left.pop() else { break };
            eprintln!("[{device}] {}: {}", job.name, job.label);
            let child = start(&job.steps[0], device, threads, &log(folder, job))?;
            at_work.push(Work { job, device, step: 0, child, began: Instant::now() });
        }
        if progress::stop_requested() {
            ask_to_stop(at_work);
        }
        let mut place = 0;
        while place < at_work.len() {
            let work = &mut at_work[place];
            let Some(status) = work.child.try_wait().context("a process cannot be waited for")? else {
                place += 1;
                continue;
            };
            let is_last = work.step + 1 == work.job.steps.len();
            if status.success() && !is_last && !progress::stop_requested() {
                work.step += 1;
                work.child = start(&work.job.steps[work.step], work.device, threads, &log(folder, work.job))?;
                continue;
            }
            let work = at_work.swap_remove(place);
            free.push(work.device);
            let minutes = work.began.elapsed().as_secs_f64() / 60.0;
            if status.success() && is_last {
                eprintln!("[{}] {}: done in {minutes:.1} minutes", work.device, work.job.name);
                finished += 1;
                done(work.job)?;
            } else if !progress::stop_requested() {
                let log = log(folder, work.job);
                let reason = last_line(&log);
                eprintln!(
                    "[{}] {}: failed ({status}) after {minutes:.1} minutes: {reason}",
                    work.device, work.job.name
                );
                failed.push(format!("{} ({reason}; see {})", work.job.name, log.display()));
            }
        }
        if at_work.is_empty() && (left.is_empty() || progress::stop_requested()) {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    ensure!(
        !progress::stop_requested() || finished == jobs.len(),
        "stopped after {finished} of {} jobs; the same command continues",
        jobs.len()
    );
    ensure!(
        failed.is_empty(),
        "{} of {} jobs failed: {}; the same command tries them again",
        failed.len(),
        jobs.len(),
        failed.join("; ")
    );
    Ok(())
}

/// The end of its standard input tells a process; asked again it is told nothing new.
fn ask_to_stop(at_work: &mut [Work]) {
    at_work.iter_mut().for_each(|work| drop(work.child.stdin.take()));
}

fn start(step: &Step, device: DeviceChoice, threads: usize, log: &Path) -> Result<Child> {
    let program = std::env::current_exe().context("the path of this program is not known")?;
    let mut written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("{}: cannot be written", log.display()))?;
    let is_begun = step.begun.as_ref().is_some_and(|path| path.exists());
    let resumes = is_begun && !step.words.iter().any(|word| word == "--resume");
    let mut words = step.words.clone();
    if step.takes_device {
        words.extend(["--device".into(), device.to_string()]);
    }
    words.extend(resumes.then(|| "--resume".into()));
    std::io::Write::write_all(&mut written, format!("$ trainer {}\n", words.join(" ")).as_bytes())?;
    let mut command = Command::new(&program);
    command.args(&words).env(STOPS_WITH_INPUT, "1").stdin(Stdio::piped()).stdout(written.try_clone()?).stderr(written);
    if std::env::var_os("RAYON_NUM_THREADS").is_none() {
        command.env("RAYON_NUM_THREADS", threads.to_string());
    }
    command.spawn().with_context(|| format!("{}: cannot be started", program.display()))
}

/// Cores for each of so many processes.
fn threads_each(processes: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (cores / processes.max(1)).max(1)
}

fn log(folder: &Path, job: &Job) -> PathBuf {
    folder.join(format!("{}.log", job.name))
}

fn last_line(log: &Path) -> String {
    let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned()
}

impl QueueFolder {
    /// Makes the folder where it is not there, and keeps other queues out of it.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: another queue works in it.
    pub fn open(path: &Path) -> Result<Self> {
        let lock = files::lock(path, LOCK_FILE)?.ok_or_else(|| {
            unusable(format!(
                "{}: another queue works in this folder; wait for its end, or choose another --out",
                path.display()
            ))
        })?;
        Ok(QueueFolder { path: path.to_owned(), _lock: lock })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_shared_out() {
        let cores = threads_each(0);
        assert!(cores >= 1 && threads_each(1) == cores);
        assert_eq!(threads_each(1_000_000), 1);
    }

    #[test]
    fn auto_stands_alone() {
        assert!(check_devices(&[DeviceChoice::Auto]).is_ok());
        assert!(check_devices(&[DeviceChoice::Cuda(0), DeviceChoice::Cuda(1), DeviceChoice::Cpu]).is_ok());
        let refused = check_devices(&[DeviceChoice::Cpu, DeviceChoice::Auto]).unwrap_err();
        assert!(crate::failure::is_unusable(&refused));
    }
}
