//! The whole way in one command, on made heads under IXI's names: killed in each of its phases it goes on, and ends with a
//! report, a bundle and a page.

mod support;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::trainer;

/// A training as short as can be; the plan decides all else.
const SHORT: [&str; 20] = [
    "--set",
    "cyclegan.steps=6",
    "--set",
    "cyclegan.checkpoint_every=2",
    "--set",
    "cyclegan.preview_every=0",
    "--set",
    "classifier.epochs=1",
    "--set",
    "classifier.permuted_epochs=1",
    "--set",
    "classifier.scanners=[]",
    "--set",
    "judge.epochs=1",
    "--set",
    "guides.0.epochs=1",
    "--set",
    "guides.1.epochs=1",
    "--set",
    "guides.2.epochs=1",
];

fn spreadsheet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ixi-made-up.xls")
}

/// What stands for a built page.
fn page(folder: &Path) -> PathBuf {
    let page = folder.join("page");
    for name in ["index.html", "sw.js", "worker-1.js", "models/old/manifest.json", "models/index.json", "atlas/aal.tsv"]
    {
        let path = page.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
    page
}

fn start(folder: &Path, said: &Path, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_trainer"))
        .args(["thesis", "--device", "cpu", "--force", "--train-per-group", "6", "--test-per-group", "2", "--ixi"])
        .arg(folder.join("ixi"))
        .arg("--out")
        .arg(folder.join("out"))
        .arg("--page")
        .arg(page(folder))
        .args(SHORT)
        .args(more)
        .stdout(Stdio::null())
        .stderr(File::create(said).unwrap())
        .spawn()
        .unwrap()
}

/// Any file below a folder whose name ends so.
fn has(folder: &Path, ending: &str) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() { has(&path, ending) } else { path.to_string_lossy().ends_with(ending) }
    })
}

#[test]
fn killed_in_each_phase_it_goes_on_to_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let rehearse = ["benchmark", "rehearsal", "--demographics"];
    trainer().args(rehearse).arg(spreadsheet()).arg("--out").arg(root.join("ixi")).assert().success();
    let out = root.join("out");
    // A part of the preparation, as a job of a cluster does it.
    let said = root.join("said-part");
    assert!(
        start(root, &said, &["--shard", "1/2"]).wait().unwrap().success(),
        "{}",
        std::fs::read_to_string(&said).unwrap()
    );
    let prepared = std::fs::read_dir(out.join("cohort")).unwrap().flatten();
    assert_eq!(
        prepared.filter(|entry| entry.file_name().to_string_lossy().starts_with("sub-")).count(),
        8,
        "half of 16"
    );
    assert!(!out.join("cohort/participants.tsv").exists() && !out.join("config.toml").exists());
    // Each phase has begun where such a file is there.
    let phases = [
        ("cohort", "_qc.json"),
        ("run", "run.json"),
        ("run", "young_to_old.safetensors"),
        ("report", ".nii.gz"),
        ("bundles", ".safetensors"),
    ];
    for (number, (inner, ending)) in phases.into_iter().enumerate() {
        let said = root.join(format!("said-{number}"));
        let mut work = start(root, &said, &[]);
        let began = Instant::now();
        while !has(&out.join(inner), ending) && work.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < Duration::from_secs(500), "{}", std::fs::read_to_string(&said).unwrap());
            std::thread::sleep(Duration::from_millis(5));
        }
        let ended = work.try_wait().unwrap();
        // SIGKILL: nothing is tidied up.
        work.kill().unwrap();
        work.wait().unwrap();
        assert!(ended.is_none_or(|status| status.success()), "{}", std::fs::read_to_string(&said).unwrap());
        assert!(has(&out.join(inner), ending), "{inner}: {}", std::fs::read_to_string(&said).unwrap());
    }
    let said = root.join("said");
    let status = start(root, &said, &[]).wait().unwrap();
    let said = std::fs::read_to_string(said).unwrap();
    assert!(status.success(), "{said}");
    assert!(said.contains("[1/6] cohort: the T1 images are prepared: there already"), "{said}");

    // Killed between the tables of a cohort, its first phase is not whole.
    std::fs::remove_file(out.join("cohort/report.html")).unwrap();
    let said = root.join("said-again");
    assert!(start(root, &said, &[]).wait().unwrap().success());
    let said = std::fs::read_to_string(said).unwrap();
    assert!(
        said.contains("[1/6] cohort: the T1 images are prepared\n")
            && said.contains("[4/6] report: Table 1, figures, regions: there already"),
        "{said}"
    );
    assert!(out.join("cohort/report.html").exists());

    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(read("config.toml").starts_with("# Planned by `trainer plan`"), "{}", read("config.toml"));
    assert!(read("report/table1.csv").contains("thesis,170,13"));
    assert!(read("cohort/participants.tsv").lines().count() > 16);
    assert!(read("dist/models/ixi/manifest.json").contains("\"phantom\": true"), "made heads are nobody's");
    let listed = read("dist/models/index.json");
    assert!(listed.contains("\"ixi\"") && !listed.contains("old"), "{listed}");
    assert!(out.join("dist/worker-1.js").exists() && !out.join("dist/models/old").exists());
    assert_eq!(read("dist/models/ixi/manifest.json"), read("bundles/ixi/manifest.json"));

    // What was put into the heads can be asked of the report.
    let compared = trainer()
        .args(["benchmark", "rehearsal", "--out"])
        .arg(root.join("ixi"))
        .arg("--report")
        .arg(out.join("report"))
        .assert()
        .success();
    let compared = String::from_utf8(compared.get_output().stdout.clone()).unwrap();
    assert!(compared.contains("regions of synthetic heads"), "{compared}");

    // Another draw needs another folder.
    let other = trainer()
        .args(["thesis", "--no-page", "--seed", "2", "--ixi"])
        .arg(root.join("ixi"))
        .arg("--out")
        .arg(&out)
        .assert()
        .code(2);
    let other = String::from_utf8(other.get_output().stderr.clone()).unwrap();
    assert!(other.contains("begun with other options") && other.contains("another --out"), "{other}");
}

#[test]
fn what_is_needed_last_is_missed_first() {
    let folder = tempfile::tempdir().unwrap();
    let ixi = folder.path().join("ixi");
    std::fs::create_dir(&ixi).unwrap();
    let told = |arguments: &[&str]| {
        let assert = trainer()
            .arg("thesis")
            .arg("--ixi")
            .arg(&ixi)
            .arg("--out")
            .arg(folder.path().join("out"))
            .args(arguments)
            .assert()
            .code(2);
        String::from_utf8(assert.get_output().stderr.clone()).unwrap()
    };
    assert!(told(&["--no-page"]).contains("put IXI.xls beside the images"));
    std::fs::copy(spreadsheet(), ixi.join("IXI.xls")).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static");
    let unbuilt = told(&["--page", source.to_str().unwrap()]);
    assert!(unbuilt.contains("holds no built page") && unbuilt.contains("make site"), "{unbuilt}");
    assert!(told(&["--no-page", "--name", "a/b"]).contains("names a folder"));
    assert!(told(&["--no-page", "--set", "cyclegan.stepz=1"]).contains("unknown field `stepz`"));
    assert!(told(&["--no-page", "--config", "nowhere.toml"]).contains("nowhere.toml"));
    assert!(told(&["--no-page", "--hours", "-1"]).contains("--hours must be above 0"));
    assert!(!folder.path().join("out").exists(), "nothing was begun");
}
