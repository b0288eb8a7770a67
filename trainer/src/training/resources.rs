//! Resources of a training: time, speed and memory, so that a leak or a slow machine can be seen.

use crate::files;
use crate::training::metrics::MetricsFile;
use anyhow::Result;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the file is written during a session.
pub const WRITTEN_EVERY: Duration = Duration::from_secs(30);
const KIB_PER_MIB: f64 = 1024.0;
const BYTES_PER_MIB: f64 = 1024.0 * 1024.0;

/// One call of `trainer train` in a run's `resources.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    pub device: String,
    pub wall_s: f64,
    /// Steps of the CycleGAN in this session, and steps per second; absent if there were none.
    pub cyclegan_steps: Option<u64>,
    pub steps_per_s: Option<f64>,
    /// Peak main memory of the process; absent if the system does not report it.
    pub peak_memory_mib: Option<f64>,
    /// Memory that the graphics card kept for the process at the end; absent on a CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_memory_mib: Option<f64>,
    /// False if the process was killed: then the numbers are those of at most half a minute before.
    #[serde(default = "yes")]
    pub ended: bool,
}

fn yes() -> bool {
    true
}

/// Keeps the `resources.json` of a run up to date during a session (one call of `trainer train`), so that one that is
/// killed is recorded too.
pub struct Journal {
    path: PathBuf,
    before: Vec<Session>,
    device: String,
    began: Instant,
    /// Ends the thread that writes meanwhile, when dropped.
    alive: Sender<()>,
    writer: JoinHandle<()>,
}

impl Journal {
    /// Begins a session, after those in the file; a file that cannot be read is started again.
    ///
    /// `every`: how often it is written meanwhile.
    pub fn begin(path: &Path, device: &str, every: Duration) -> Self {
        let before: Vec<Session> =
            std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        *last_speed() = None;
        let began = Instant::now();
        let (alive, ended) = channel();
        let (file, earlier, name) = (path.to_owned(), before.clone(), device.to_owned());
        let writer = std::thread::spawn(move || {
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                let now = Session::now(&name, began, *last_speed());
                let all: Vec<Session> = earlier.iter().cloned().chain([now]).collect();
                // Written again soon, and by the end at the latest, where a fault is told.
                let _ = files::write_json(&file, &all);
            }
        });
        Journal { path: path.to_owned(), before, device: device.to_owned(), began, alive, writer }
    }

    /// Ends the session.
    pub fn end(self, speed: Option<Speed>, device_memory_mib: Option<f64>) -> Result<Session> {
        drop(self.alive);
        if self.writer.join().is_err() {
            eprintln!("warning: {}: was not kept up to date meanwhile", self.path.display());
        }
        let now = Session::now(&self.device, self.began, speed);
        let session = Session { device_memory_mib, ended: true, ..now };
        let all: Vec<Session> = self.before.into_iter().chain([session.clone()]).collect();
        files::write_json(&self.path, &all)?;
        Ok(session)
    }
}

/// Speed of the CycleGAN at its last checkpoint.
fn last_speed() -> MutexGuard<'static, Option<Speed>> {
    static LAST: Mutex<Option<Speed>> = Mutex::new(None);
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// A session that is still running.
    fn now(device: &str, began: Instant, speed: Option<Speed>) -> Self {
        Session {
            device: device.to_owned(),
            wall_s: began.elapsed().as_secs_f64(),
            cyclegan_steps: speed.map(|speed| speed.steps),
            steps_per_s: speed.map(|speed| speed.steps_per_s),
            peak_memory_mib: peak_memory_mib(),
            device_memory_mib: None,
            ended: false,
        }
    }

    /// One line for the terminal.
    pub fn in_words(&self) -> String {
        let speed = self.steps_per_s.map_or(String::new(), |speed| format!(", {speed:.2} CycleGAN steps per second"));
        let memory =
            self.peak_memory_mib.map_or(String::new(), |memory| format!(", at most {memory:.0} MiB of memory"));
        let device =
            self.device_memory_mib.map_or(String::new(), |memory| format!(", {memory:.0} MiB of the card's memory"));
        format!("{:.0} s{speed}{memory}{device}", self.wall_s)
    }
}

/// Speed of the CycleGAN in one session.
#[derive(Clone, Copy, Debug)]
pub struct Speed {
    pub steps: u64,
    pub steps_per_s: f64,
}

/// `cyclegan/resources.csv`: memory and speed at each checkpoint.
pub struct ResourceLog {
    file: MetricsFile,
    first: u64,
    began: Instant,
    /// Step and time of the line before.
    last: (u64, Instant),
}

impl ResourceLog {
    /// `first` is the step after which this session begins.
    pub fn open(path: &Path, first: u64) -> Result<Self> {
        let file = MetricsFile::open(path, &["memory_mib", "steps_per_s"], first)?;
        let now = Instant::now();
        Ok(ResourceLog { file, first, began: now, last: (first, now) })
    }

    /// A line for the steps up to `step`; memory is NaN if the system does not report it.
    pub fn append(&mut self, step: u64) -> Result<()> {
        let (before, then) = self.last;
        let now = Instant::now();
        let speed = (step - before) as f64 / (now - then).as_secs_f64().max(1e-9);
        self.last = (step, now);
        *last_speed() = Some(self.speed(step));
        self.file.append(step, &[memory_mib("VmRSS").unwrap_or(f64::NAN) as f32, speed as f32])
    }

    /// From the beginning of the session up to `step`.
    pub fn speed(&self, step: u64) -> Speed {
        let steps = step - self.first;
        Speed { steps, steps_per_s: steps as f64 / self.began.elapsed().as_secs_f64().max(1e-9) }
    }
}

/// Most main memory that this process held so far.
pub fn peak_memory_mib() -> Option<f64> {
    memory_mib("VmHWM")
}

/// Memory that a graphics card keeps for this program now, MiB: what it computes with and what it holds ready. It is
/// returned only on request, so this is nearly the peak. `None` on a CPU.
pub fn device_memory_mib(device: &Device) -> Option<f64> {
    Some(device.memory_pool_usage()?.bytes_reserved as f64 / BYTES_PER_MIB)
}

/// A field of `/proc/self/status`; `None` on systems without it.
fn memory_mib(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':')?.split_whitespace().next())?
        .parse()
        .ok()?;
    Some(kib / KIB_PER_MIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_found_and_the_peak_is_no_less() {
        let held = vec![1u8; 32 << 20];
        let present = memory_mib("VmRSS").unwrap();
        assert!(present > 20.0 && peak_memory_mib().unwrap() >= present, "{present}");
        assert_eq!(held.iter().map(|&byte| usize::from(byte)).sum::<usize>(), 32 << 20);
    }

    #[test]
    fn a_session_that_is_killed_is_not_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resources.json");
        let read = || -> Vec<Session> {
            serde_json::from_slice(&std::fs::read(&path).unwrap_or_default()).unwrap_or_default()
        };
        let killed = Journal::begin(&path, "cpu", Duration::from_millis(5));
        let began = Instant::now();
        while read().is_empty() {
            assert!(began.elapsed() < Duration::from_secs(20), "nothing is written");
            std::thread::sleep(Duration::from_millis(5));
        }
        let Journal { alive, writer, .. } = killed;
        drop(alive);
        writer.join().unwrap();
        Journal::begin(&path, "cpu", WRITTEN_EVERY).end(None, None).unwrap();
        assert_eq!(read().iter().map(|session| session.ended).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn sessions_add_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resources.json");
        for steps in [3, 5] {
            let journal = Journal::begin(&path, "cpu", WRITTEN_EVERY);
            let session = journal.end(Some(Speed { steps, steps_per_s: 1.5 }), None).unwrap();
            assert!(session.ended && session.in_words().contains("1.50 CycleGAN steps per second"));
        }
        let sessions: Vec<Session> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(sessions.iter().map(|session| session.cyclegan_steps).collect::<Vec<_>>(), [Some(3), Some(5)]);
    }
}
