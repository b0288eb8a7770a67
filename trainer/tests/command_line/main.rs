//! The whole native line on a handful of coarse phantoms: cohort → train → evaluate → export → explain, and what happens
//! on wrong input. Uses the program as its users do.

mod refusals;
#[path = "../support/mod.rs"]
mod support;

use assert_cmd::Command;
use predicates::prelude::*;
use serde_json::{Value, json};
use shared::bundle::{Bundle, Manifest};
use shared::prepare::{PREPARATION_VERSION, description};
use shared::volume::{Affine, Volume, read_nifti, write_nifti, write_nifti_gz};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use support::{copy, trainer};
use tempfile::TempDir;

const CONFIG: &str = include_str!("../tiny.toml");

/// A cohort, a finished run and its bundle, made once for all tests of this file.
struct World {
    _folder: TempDir,
    cohort: PathBuf,
    config: PathBuf,
    run: PathBuf,
    bundle: PathBuf,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (cohort, config, run, bundle) = (path("cohort"), path("tiny.toml"), path("run"), path("tiny"));
        std::fs::write(&config, CONFIG).unwrap();
        let phantom = ["cohort", "phantom", "--subjects", "8", "--seed", "3", "--spacing-mm", "8", "--out"];
        trainer().args(phantom).arg(&cohort).assert().success();
        train(&cohort, &config, &run).assert().success();
        // No control was trained: the export says so and makes nothing, unless it is forced.
        let refused = predicate::str::contains("With permuted labels the classifier is at chance")
            .and(predicate::str::contains("found not run"))
            .and(predicate::str::contains("--force"));
        export(&run, &bundle).assert().code(2).stderr(refused);
        assert!(!bundle.exists(), "a refused export leaves a folder");
        export(&run, &bundle)
            .args(["--force", "--onnx"])
            .assert()
            .success()
            .stdout(predicate::str::contains("age.onnx, classifier.onnx"))
            .stderr(predicate::str::contains("With permuted labels"));
        World { _folder: folder, cohort, config, run, bundle }
    })
}

fn train(cohort: &Path, config: &Path, run: &Path) -> Command {
    let mut command = trainer();
    command.arg("train").arg("--cohort").arg(cohort).arg("--config").arg(config).arg("--out").arg(run);
    command.args(["--device", "cpu"]);
    command
}

fn export(run: &Path, bundle: &Path) -> Command {
    let mut command = trainer();
    command.arg("export").arg("--run").arg(run).arg("--out").arg(bundle).args(["--device", "cpu"]);
    command
}

fn manifest(bundle: &Path) -> Manifest {
    serde_json::from_slice(&std::fs::read(bundle.join("manifest.json")).unwrap()).unwrap()
}

fn explain(input: &Path, out: &Path, device: &str) -> Command {
    let mut command = explain_by(&world().bundle, input, out, device);
    command.arg("--json");
    command
}

fn explain_by(bundle: &Path, input: &Path, out: &Path, device: &str) -> Command {
    let mut command = trainer();
    command.arg("explain").arg("--bundle").arg(bundle).arg(input).arg("--out").arg(out).args(["--device", device]);
    command
}

fn volume(path: &Path) -> Volume {
    read_nifti(&path.display().to_string(), &std::fs::read(path).unwrap(), None).unwrap().into_volume().unwrap()
}

fn some_map() -> PathBuf {
    let folder = world().cohort.join("sub-PH0001/anat");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "gz"))
        .unwrap()
}

#[test]
fn a_killed_training_resumes_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let world = world();
    // A checkpoint lies at step 4 of 8; what an unbroken run wrote after it is taken away.
    std::fs::create_dir(&run).unwrap();
    for name in ["config.toml", "run.json", "classifier.safetensors", "judge.safetensors", "mask.nii.gz"] {
        std::fs::copy(world.run.join(name), run.join(name)).unwrap();
    }
    let checkpoint = "cyclegan/step-00000004";
    copy(&world.run.join(checkpoint), &run.join(checkpoint));
    train(&world.cohort, &world.config, &run)
        .arg("--resume")
        .assert()
        .success()
        .stderr(predicate::str::contains("resumed after step 4"));
    for name in ["young_to_old.safetensors", "old_to_young.safetensors"] {
        let (unbroken, resumed) =
            (std::fs::read(world.run.join(name)).unwrap(), std::fs::read(run.join(name)).unwrap());
        assert!(unbroken == resumed, "{name} differs after the resume");
    }
}

/// Numbers written by hand into a copy of the run decide what the export says, whatever the tiny networks learned.
#[test]
fn a_bundle_says_which_self_checks_it_passed() {
    let folder = tempfile::tempdir().unwrap();
    let (run, bundle) = (folder.path().join("run"), folder.path().join("bundle"));
    copy(&world().run, &run);
    let sound = json!({
        "subjects": 60, "accuracy": 0.95, "accuracy_interval": [0.86, 0.98], "balanced_accuracy": 0.95, "auc": 0.99,
        "flip_young_to_old": 1.0, "flip_old_to_young": 0.97, "judge_flip_young_to_old": 0.97,
        "judge_flip_old_to_young": 0.93, "mean_map_ncc_young_to_old": 0.85, "mean_map_ncc_old_to_young": 0.82,
        "mean_absolute_change": 0.08, "cycle_error": 0.02, "smallest_mean_absolute_change": 0.07,
        "group_mean_absolute": 0.11, "identity_error": 0.01, "steganography_index": 0.8,
        "input_output_correlation": 0.9, "brier": 0.04, "calibration_error": 0.05, "smaller_group": 30, "auc_low": 0.97,
        "judge_flip_low_young_to_old": 0.83, "judge_flip_low_old_to_young": 0.78, "judged_as_real_ones": 0.7,
    });
    std::fs::write(run.join("test.json"), sound.to_string()).unwrap();
    let control = |balanced_accuracy: f64, passed: bool| {
        let control = json!({
            "auc": balanced_accuracy, "balanced_accuracy": balanced_accuracy, "bound_low": 0.4, "bound_high": 0.6,
            "subjects": 96, "folds": 5, "passed": passed,
        });
        std::fs::write(run.join("permuted_labels.json"), control.to_string()).unwrap();
    };
    let failed = |training: &Value| -> Vec<String> {
        let checks = training["self_checks"].as_array().unwrap();
        assert_eq!(checks.len(), 11);
        let failed = checks.iter().filter(|check| check["passed"] == false);
        failed.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
    };

    control(0.51, true);
    export(&run, &bundle).args(["--title", "Made by a test", "--onnx"]).assert().success();
    let onnx = ["onnx.json", "classifier.onnx", "young_to_old.onnx", "old_to_young.onnx", "age.onnx"];
    assert_eq!(onnx.map(|name| bundle.join(name).exists()), [true; 5]);
    let made = manifest(&bundle);
    assert_eq!((made.title.as_str(), &made.training["forced"]), ("Made by a test", &json!(false)));
    assert_eq!((&made.training["control"]["folds"], failed(&made.training)), (&json!(5), Vec::new()));

    control(0.85, false);
    let refused =
        predicate::str::contains("1 of 11 self-checks failed").and(predicate::str::contains("accuracy 0.850"));
    export(&run, &bundle).assert().code(2).stderr(refused);
    assert_eq!(manifest(&bundle).training["forced"], false, "a refused export touches the bundle that is there");
    export(&run, &bundle).arg("--force").assert().success();
    assert_eq!(onnx.map(|name| bundle.join(name).exists()), [false; 5], "models of the earlier bundle are left behind");
    let forced = manifest(&bundle);
    assert_eq!(forced.training["forced"], true);
    assert!(matches!(failed(&forced.training).as_slice(), [name] if name.starts_with("With permuted labels")));
}

#[test]
fn a_benchmark_needs_no_cohort() {
    let answer = trainer()
        .args(["benchmark", "training", "--config"])
        .arg(&world().config)
        .args(["--steps", "2", "--warmup", "0", "--json", "--device", "cpu"])
        .assert()
        .success();
    let times: Value = serde_json::from_slice(&answer.get_output().stdout).unwrap();
    assert_eq!((&times["kind"], &times["grid"], &times["slices"]), (&json!("plane"), &json!([24, 28, 6]), &json!(2)));
    for part in ["step_s", "generator_forward_s"] {
        assert!(times[part]["median"].as_f64().unwrap() > 0.0, "{times}");
    }
}

#[test]
fn the_report_holds_what_scripts_read() {
    let world = world();
    let out = tempfile::tempdir().unwrap();
    let answer = trainer()
        .arg("evaluate")
        .arg("--bundle")
        .arg(&world.bundle)
        .arg("--cohort")
        .arg(&world.cohort)
        .arg("--out")
        .arg(out.path())
        .args(["--json", "--device", "cpu"])
        .assert()
        .success();
    let report: Value = serde_json::from_slice(&answer.get_output().stdout).unwrap();
    for pointer in [
        "/classifier/balanced_accuracy",
        "/classifier/auc",
        "/classifier/confusion",
        "/translation/young_to_old/judged_old",
        "/translation/old_to_young/judged_young",
        "/difference/mean_map_ncc/young_to_old",
        "/subjects/young",
        "/bundle_sha256",
    ] {
        assert!(report.pointer(pointer).is_some(), "report.json lacks {pointer}");
    }
    assert_eq!(report["data"]["phantom"], true);
    let page = std::fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(page.contains("Not for diagnosis"));
    for fetched in ["src=\"http", "url(http", "<script", "<link"] {
        assert!(!page.contains(fetched), "the report would fetch something: {fetched}");
    }
    for file in [
        "mean_difference.png",
        "maps/mean_difference_young_to_old.nii.gz",
        "maps/group_difference_old_minus_young.nii.gz",
        "subjects.csv",
        "table1.csv",
        "regions.csv",
        "calibration.csv",
    ] {
        assert!(out.path().join(file).exists(), "{file} is missing");
    }
}

#[test]
fn an_explanation_adds_up() {
    let out = tempfile::tempdir().unwrap();
    explain(&some_map(), out.path(), "cpu").assert().success();
    let [original, translated, difference, cam] =
        ["original", "translated", "difference", "cam"].map(|name| volume(&out.path().join(format!("{name}.nii.gz"))));
    for ((before, after), change) in original.data.iter().zip(&translated.data).zip(&difference.data) {
        assert!((after - before - change).abs() < 1e-6 && (0.0..=1.0).contains(after));
    }
    assert!(cam.data.iter().all(|value| (0.0..=1.0).contains(value)));
}

#[test]
fn vulkan_and_cpu_agree() {
    let (cpu, gpu) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    explain(&some_map(), cpu.path(), "cpu").assert().success();
    explain(&some_map(), gpu.path(), "vulkan").assert().success();
    for name in ["translated", "difference", "cam"] {
        let [a, b] = [&cpu, &gpu].map(|folder| volume(&folder.path().join(format!("{name}.nii.gz"))));
        let differences = || a.data.iter().zip(&b.data).map(|(a, b)| (a - b).abs());
        // What lies between two steps of the rounding may go either way.
        let (largest, other) = (differences().fold(0.0, f32::max), differences().filter(|by| *by > 1e-3).count());
        assert!(largest <= 1e-3 + 1.0 / 255.0, "{name} differs by {largest}");
        assert!(100 * other <= a.data.len(), "{name}: {other} voxels differ by a step");
    }
}

#[test]
fn the_age_dial_changes_nothing_at_the_own_age_and_more_the_further_it_is_turned() {
    let folder = tempfile::tempdir().unwrap();
    let turned_to = |years: Option<u8>| -> (Value, Vec<f32>) {
        let out = folder.path().join(years.map_or("group".into(), |years| years.to_string()));
        let mut command = explain(&some_map(), &out, "cpu");
        if let Some(years) = years {
            command.args(["--target-age", &years.to_string()]);
        }
        let answer = command.assert().success().get_output().stdout.clone();
        (serde_json::from_slice(&answer).unwrap(), volume(&out.join("difference.nii.gz")).data)
    };
    let size = |map: &[f32]| map.iter().map(|value| f64::from(value.abs())).sum::<f64>();
    let (answer, _) = turned_to(None);
    let years = answer["age"]["years"].as_f64().unwrap();
    assert!((18.0..100.0).contains(&years) && answer["age"]["interval_years"].as_f64().unwrap() > 0.0, "{answer}");
    // Whole years lie up to half a year beside the own age.
    let own = size(&turned_to(Some(years.round() as u8)).1);
    let [(near, small), (far, large)] = [15, 40].map(|further| turned_to(Some((years + f64::from(further)) as u8)));
    let (young, back) = turned_to(Some(18));
    assert!(own <= size(&small) && size(&small) <= size(&large), "{own} {} {}", size(&small), size(&large));
    for (answer, expected) in [(&near, "young_to_old"), (&far, "young_to_old")] {
        assert_eq!(answer["direction"], expected, "{answer}");
    }
    assert!(young["direction"] == "old_to_young" || size(&back) == 0.0, "{young}");
    // Voxels go further the same way; where the histogram is matched a few waver.
    let changing = || small.iter().zip(&large).filter(|(small, large)| small.abs().max(large.abs()) > 1e-6);
    let further =
        changing().filter(|(small, large)| *small * *large >= 0.0 && large.abs() >= small.abs() - 1e-6).count();
    let share = further as f64 / changing().count() as f64;
    assert!(share > 0.8, "{share}");
    let both = explain(&some_map(), &folder.path().join("both"), "cpu")
        .args(["--target-age", "60", "--direction", "old-to-young"])
        .assert();
    both.code(2).stderr(predicate::str::contains("--direction"));
}

#[test]
fn a_bundle_without_an_age_dial_is_read_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let older = folder.path().join("older");
    copy(&world().bundle, &older);
    let mut json: Value = serde_json::from_slice(&std::fs::read(older.join("manifest.json")).unwrap()).unwrap();
    assert!(json["files"].as_object_mut().unwrap().remove("ageing").is_some());
    std::fs::write(older.join("manifest.json"), json.to_string()).unwrap();
    let explain =
        |out: &str, more: &[&str]| explain_by(&older, &some_map(), &folder.path().join(out), "cpu").args(more).assert();
    explain("asked", &["--target-age", "60"])
        .code(2)
        .stderr(predicate::str::contains("older").and(predicate::str::contains("direction")));
    explain("plain", &[]).success();
}
