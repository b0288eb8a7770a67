//! What several tests of the command line need.

use assert_cmd::Command;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// The program; one that hangs is ended.
#[allow(dead_code, reason = "the tests that kill it start it otherwise")]
pub fn trainer() -> Command {
    let mut command = Command::cargo_bin("trainer").unwrap();
    command.timeout(Duration::from_secs(600));
    command
}

/// Waits until something is so, for so many seconds at most.
#[allow(dead_code, reason = "not every test waits")]
pub fn wait_until(mut is_so: impl FnMut() -> bool, seconds: u64, otherwise: &str) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(seconds), "{otherwise}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Starts the program with Ctrl-C once `reached`, which it has to end cleanly at; what it said on stderr.
#[allow(dead_code, reason = "not every test stops it")]
pub fn stopped(command: &mut std::process::Command, reached: impl Fn() -> bool) -> String {
    let mut work = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| reached() || work.try_wait().unwrap().is_some(), 300, "it takes too long");
    std::process::Command::new("kill").args(["-INT", &work.id().to_string()]).status().unwrap();
    let ended = work.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(3), "it was not stopped cleanly: {said}");
    said
}

/// Copies a folder with all that is in it.
#[allow(dead_code, reason = "not every test copies")]
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(path, target).unwrap();
        }
    }
}
