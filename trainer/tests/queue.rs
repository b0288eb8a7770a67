//! Jobs over several devices: all are checked first, one that fails holds up none, and a stop leaves checkpoints to go on from.

mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use support::{trainer, wait_until};

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tiny.toml");

fn refused(folder: &Path, jobs: &str, devices: &str) -> String {
    let path = folder.join("refused.txt");
    std::fs::write(&path, jobs).unwrap();
    let out = folder.join("refused");
    let words = ["queue", "--device", devices, "--jobs"];
    let assert = trainer().args(words).arg(&path).arg("--out").arg(&out).assert().code(2);
    assert!(!out.exists(), "nothing was begun");
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn every_line_is_understood_before_the_first_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let good = format!("train --cohort c --config {CONFIG} --out r");
    for (jobs, devices, expected) in [
        (format!("{good}\n\n# a note\n{good} --sed 2"), "cpu", "line 4: error: unexpected argument '--sed'"),
        (format!("{good} && evaluate --run r"), "cpu", "line 1: error: the following required arguments"),
        (format!("{good} --set 'seed=2"), "cpu", "line 1: a quotation mark is not closed"),
        (format!("{good} --device cpu"), "cpu", "line 1: names a --device"),
        (format!("{good}\n{good}"), "cpu", "line 2: the same job stands there twice"),
        ("queue --jobs a --out b".into(), "cpu", "line 1: a queue cannot do a queue"),
        ("# nothing".into(), "cpu", "holds no job"),
        (good, "cpu,auto", "name each device"),
    ] {
        let told = refused(root, &jobs, devices);
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn jobs_go_on_after_a_stop_and_one_that_fails_holds_up_none() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let path = |name: &str| root.join(name).display().to_string();
    let phantom = ["cohort", "phantom", "--subjects", "8", "--seed", "3", "--spacing-mm", "8", "--out"];
    trainer().args(phantom).arg(root.join("cohort")).assert().success();
    let train = |seed: usize| {
        format!(
            "train --cohort '{}' --config '{CONFIG}' --set seed={seed} --out '{}'",
            path("cohort"),
            path(&format!("run-{seed}"))
        )
    };
    let evaluate =
        format!("evaluate --run '{}' --cohort '{}' --out '{}'", path("run-2"), path("cohort"), path("report"));
    let nowhere =
        format!("evaluate --run '{}' --cohort '{}' --out '{}'", path("nowhere"), path("cohort"), path("none"));
    // A step that takes no device, too.
    let devices = "devices";
    std::fs::write(
        root.join("jobs.txt"),
        format!("{nowhere}\n{}\n{devices} && {} && {evaluate}\n", train(1), train(2)),
    )
    .unwrap();
    let words =
        ["queue", "--device", "cpu,cpu", "--jobs", &path("jobs.txt"), "--out", &path("queue")].map(str::to_owned);

    let mut queue = Command::new(env!("CARGO_BIN_EXE_trainer"))
        .args(&words)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_until(|| root.join("run-1/run.json").exists(), 300, "no job gets going");
    let another = trainer().args(&words).assert().code(2);
    assert!(String::from_utf8_lossy(&another.get_output().stderr).contains("another queue works in this folder"));
    if cfg!(unix) {
        Command::new("kill").args(["-TERM", &queue.id().to_string()]).status().unwrap();
    }
    let ended = queue.wait().unwrap();
    // On a fast machine all may be over by then: but for the job that fails.
    assert!(matches!(ended.code(), Some(1 | 3)), "{ended}");

    let stopped = ended.code() == Some(3) && !root.join("run-1/test.json").exists();
    if cfg!(unix) && stopped {
        let log = std::fs::read_to_string(root.join("queue/job-2.log")).unwrap();
        assert!(log.contains("with a checkpoint; continue with --resume"), "{log}");
    }
    let again = trainer().args(&words).assert().code(1);
    let told = String::from_utf8_lossy(&again.get_output().stderr).into_owned();
    assert!(told.contains("1 of ") && told.contains("job-1") && told.contains("nowhere"), "{told}");
    assert!(root.join("run-1/test.json").exists() && root.join("report/report.json").exists());
    if cfg!(unix) && stopped {
        let log = std::fs::read_to_string(root.join("queue/job-2.log")).unwrap();
        assert!(log.contains("--resume\n"), "{log}");
    }
    let done = std::fs::read_to_string(root.join("queue/queue.json")).unwrap();
    assert!(done.contains("run-1") && done.contains("run-2") && !done.contains("nowhere"), "{done}");
    let log = std::fs::read_to_string(root.join("queue/job-3.log")).unwrap();
    assert!(log.contains("$ trainer train") && log.contains("$ trainer evaluate"), "{log}");

    std::fs::write(root.join("jobs.txt"), train(1)).unwrap();
    let all = trainer().args(&words).assert().success();
    assert!(String::from_utf8_lossy(&all.get_output().stdout).contains("all 1 jobs were done before"));
}
