//! Nobody's data is written over, nothing is begun anew by a slip of the hand, and what is given is told apart.

mod support;

use predicates::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use support::{trainer, wait_until};
use tempfile::TempDir;

const CONFIG: &str = include_str!("tiny.toml");
const COLUMNS_OF_A_STUDY: &str = "participant_id\tage\tmmse\nsub-1\t30\t30\nsub-2\t70\t24\n";

/// A cohort and a finished run, made once for all tests of this file.
struct World {
    _folder: TempDir,
    cohort: PathBuf,
    config: PathBuf,
    run: PathBuf,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (cohort, config, run) = (path("cohort"), path("tiny.toml"), path("run"));
        std::fs::write(&config, CONFIG).unwrap();
        let phantom = ["cohort", "phantom", "--subjects", "8", "--seed", "3", "--spacing-mm", "8", "--out"];
        trainer().args(phantom).arg(&cohort).assert().success();
        train(&cohort, &config, &run, &[]).success();
        World { _folder: folder, cohort, config, run }
    })
}

fn train(cohort: &Path, config: &Path, run: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = trainer();
    command.arg("train").arg("--cohort").arg(cohort).arg("--config").arg(config).arg("--out").arg(run);
    command.args(["--device", "cpu"]).args(more).assert()
}

/// All files below a folder with their content.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path().is_dir() {
            true => found.extend(contents(&entry.path())),
            false => drop(found.insert(entry.path(), std::fs::read(entry.path()).unwrap())),
        }
    }
    found
}

/// Arguments of every command that writes into `out`.
fn writers(out: &Path) -> Vec<Vec<String>> {
    let World { cohort, config, run, .. } = world();
    let map = contents(&cohort.join("sub-PH0001")).into_keys().next().unwrap();
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models/phantom-small");
    let text = |path: &Path| path.display().to_string();
    let [out, cohort, config, run, map, bundle] = [out, cohort, config, run, &map, &bundle].map(text);
    let line = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    vec![
        line(&["cohort", "bids", "--input", &cohort, "--out", &out]),
        line(&["cohort", "phantom", "--subjects", "8", "--seed", "4", "--spacing-mm", "8", "--out", &out]),
        line(&["train", "--cohort", &cohort, "--config", &config, "--out", &out, "--device", "cpu"]),
        line(&["evaluate", "--run", &run, "--cohort", &cohort, "--out", &out, "--device", "cpu"]),
        line(&["export", "--run", &run, "--out", &out, "--force", "--device", "cpu"]),
        line(&["explain", "--bundle", &bundle, &map, "--out", &out, "--device", "cpu"]),
        line(&["prepare", &map, "--out", &out]),
    ]
}

#[test]
fn no_command_writes_into_a_folder_that_is_not_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let study = folder.path().join("study");
    std::fs::create_dir_all(study.join("sub-1/anat")).unwrap();
    std::fs::write(study.join("participants.tsv"), COLUMNS_OF_A_STUDY).unwrap();
    std::fs::write(study.join("dataset_description.json"), r#"{"Name": "a study", "BIDSVersion": "1.8.0"}"#).unwrap();
    std::fs::write(study.join("sub-1/anat/sub-1_T1w.nii.gz"), "a scan").unwrap();
    let copy = folder.path().join("cohort");
    support::copy(&world().cohort, &copy);
    for home in [&study, &copy] {
        let before = contents(home);
        for arguments in writers(home) {
            let said = trainer().args(&arguments).assert().code(2).get_output().stderr.clone();
            let said = String::from_utf8(said).unwrap();
            assert!(said.contains(&home.display().to_string()), "{arguments:?}: {said}");
            assert!(contents(home) == before, "{arguments:?} changed {}", home.display());
        }
    }
}

#[test]
fn a_cohort_is_not_replaced_by_that_of_another_source() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let import =
        |input: &Path| trainer().args(["cohort", "bids", "--input"]).arg(input).arg("--out").arg(&out).assert();
    import(&world().cohort).success();
    let table = std::fs::read(out.join("participants.tsv")).unwrap();
    // Once more the same source is welcome.
    import(&world().cohort).success();
    let fewer = folder.path().join("fewer");
    support::copy(&world().cohort, &fewer);
    let lines = std::fs::read_to_string(fewer.join("participants.tsv")).unwrap();
    let kept: Vec<&str> = lines.lines().take(9).collect();
    std::fs::write(fewer.join("participants.tsv"), kept.join("\n")).unwrap();
    import(&fewer).code(2).stderr(predicate::str::contains("of another source"));
    assert_eq!(std::fs::read(out.join("participants.tsv")).unwrap(), table);
}

#[test]
fn a_slip_in_out_or_in_the_data_begins_nothing_anew() {
    let World { cohort, config, run, .. } = world();
    let folder = tempfile::tempdir().unwrap();
    let mistyped = folder.path().join("rnu");
    train(cohort, config, &mistyped, &["--resume"]).code(2).stderr(predicate::str::contains("no run to continue"));
    assert!(!mistyped.exists());

    let other = folder.path().join("other.toml");
    std::fs::write(&other, CONFIG.replace("lambda_cycle = ", "lambda_cycle = 1")).unwrap();
    train(cohort, &other, run, &["--resume"]).code(2).stderr(predicate::str::contains("cyclegan.lambda_cycle was"));

    let older = folder.path().join("older");
    support::copy(cohort, &older);
    let table = std::fs::read_to_string(older.join("participants.tsv")).unwrap();
    let row = table.lines().nth(1).unwrap();
    let mut cells: Vec<&str> = row.split('\t').collect();
    // Of the same group still.
    cells[1] = "21.5";
    std::fs::write(older.join("participants.tsv"), table.replace(row, &cells.join("\t"))).unwrap();
    train(&older, config, run, &["--resume"]).code(2).stderr(predicate::str::contains("other values of age"));
    train(cohort, config, run, &["--resume"]).success();
}

#[test]
fn two_trainings_do_not_write_into_one_run() {
    let World { cohort, .. } = world();
    let folder = tempfile::tempdir().unwrap();
    let (long, run) = (folder.path().join("long.toml"), folder.path().join("run"));
    std::fs::write(&long, CONFIG.replace("steps = 8", "steps = 100000")).unwrap();
    let mut first = std::process::Command::new(env!("CARGO_BIN_EXE_trainer"))
        .arg("train")
        .arg("--cohort")
        .arg(cohort)
        .arg("--config")
        .arg(&long)
        .arg("--out")
        .arg(&run)
        .args(["--device", "cpu"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    wait_until(|| run.join("run.json").exists(), 120, "the training does not get going");
    let second = train(cohort, &long, &run, &["--resume"]);
    first.kill().unwrap();
    first.wait().unwrap();
    second.code(2).stderr(predicate::str::contains("another training writes into this run"));
}

#[test]
fn what_was_given_in_place_of_what_is_needed_is_named() {
    let World { cohort, config, run, .. } = world();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let refused = |arguments: &[&Path], words: &[&str], said: &str| {
        let mut command = trainer();
        for (word, path) in words.iter().zip(arguments) {
            command.args(word.split(' ').filter(|word| !word.is_empty())).arg(path);
        }
        command.assert().code(2).stderr(predicate::str::contains(said));
    };
    let (table, bundle) = (cohort.join("participants.tsv"), cohort.join("manifest.json"));
    refused(&[run, config, &out], &["train --cohort", "--config", "--out"], "is a run, and a cohort is needed");
    refused(
        &[&table, config, &out],
        &["train --cohort", "--config", "--out"],
        "is a file; give the folder of a cohort",
    );
    refused(&[cohort, run, &out], &["train --cohort", "--config", "--out"], "is a folder; name the file");
    refused(&[cohort, &out], &["export --run", "--out"], "is a cohort, and a run is needed");
    refused(&[cohort, cohort, &out], &["evaluate --run", "--cohort", "--out"], "is a cohort, and a run is needed");
    refused(&[run, cohort, &out], &["evaluate --bundle", "--cohort", "--out"], "is a run, and a bundle is needed");
    refused(&[&bundle, &table, &out], &["explain --bundle", "", "--out"], "no such folder");
    for (from, to, said) in [
        ("learning_rate_generator = ", "learning_rate_generator = -", ": cyclegan.learning_rate_generator is -"),
        ("spacing_mm = 8.0", "spacing_mm = 1.0", ": grid.spacing_mm = 1"),
    ] {
        let wrong = folder.path().join("wrong.toml");
        assert!(CONFIG.contains(from), "{from}");
        std::fs::write(&wrong, CONFIG.replace(from, to)).unwrap();
        train(cohort, &wrong, &out, &[])
            .code(2)
            .stderr(predicate::str::contains("wrong.toml: line ").and(predicate::str::contains(said)));
    }
    assert!(!out.exists(), "a refused command leaves a folder");
}
