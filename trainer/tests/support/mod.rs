//! What several tests of the command line need.

use assert_cmd::Command;
use std::path::Path;
use std::time::Duration;

/// The program; one that hangs is ended.
#[allow(dead_code, reason = "the tests that kill it start it otherwise")]
pub fn trainer() -> Command {
    let mut command = Command::cargo_bin("trainer").unwrap();
    command.timeout(Duration::from_secs(600));
    command
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
