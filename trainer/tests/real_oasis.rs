//! The shipped bundle against the real people it was held back from. Needs the data beside the project (`AGELENS_DATA`);
//! `make test-real` runs it, and it fails where the data are missing.

use assert_cmd::Command;
use predicates::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn cohort() -> PathBuf {
    let data = std::env::var_os("AGELENS_DATA").map(PathBuf::from);
    let data = data.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"));
    let cohort = data.join("oasis1-gm-slab");
    assert!(cohort.is_dir(), "{} is missing; set AGELENS_DATA to the data folder", cohort.display());
    cohort
}

fn bundle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models/oasis1-slab")
}

fn trainer() -> Command {
    Command::cargo_bin("trainer").unwrap()
}

/// The model card's numbers come out again on the people held back, and meet what was promised of them.
#[test]
fn the_model_card_holds() {
    let out = tempfile::tempdir().unwrap();
    let answer = trainer()
        .arg("evaluate")
        .arg("--bundle")
        .arg(bundle())
        .arg("--cohort")
        .arg(cohort())
        .arg("--out")
        .arg(out.path())
        .args(["--json", "--device", "cpu"])
        .assert()
        .success();
    let report: Value = serde_json::from_slice(&answer.get_output().stdout).unwrap();
    let manifest: Value = serde_json::from_slice(&std::fs::read(bundle().join("manifest.json")).unwrap()).unwrap();
    let card = &manifest["performance"];
    let close = |a: &Value, b: &Value| (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-9;
    assert!(close(&report["classifier"]["balanced_accuracy"], &card["balanced_accuracy"]));
    assert!(close(&report["classifier"]["auc"], &card["auc"]));
    for (direction, flip) in [("young_to_old", "flip_young_to_old"), ("old_to_young", "flip_old_to_young")] {
        let rate = &report["translation"][direction]["flip_rate"];
        assert!(close(rate, &card[flip]));
        assert!(
            rate.as_f64().unwrap() >= 0.80,
            "{direction}: {rate} of the translations are judged as the other group"
        );
    }
    let judged = report["subjects"]["young"].as_u64().unwrap() + report["subjects"]["old"].as_u64().unwrap();
    assert_eq!(judged, card["test_subjects"].as_u64().unwrap());
    let validation = &manifest["training"]["cross_validation"];
    let aucs: Vec<f64> =
        validation["folds"].as_array().unwrap().iter().map(|fold| fold["auc"].as_f64().unwrap()).collect();
    let mean_auc = aucs.iter().sum::<f64>() / aucs.len() as f64;
    let balanced = validation["pooled"]["balanced_accuracy"].as_f64().unwrap();
    assert!(balanced >= 0.86 && mean_auc >= 0.96, "cross-validation: {balanced} and {mean_auc}");
}

#[test]
fn a_t1_image_is_no_grey_matter_map() {
    let anatomy = cohort().join("sub-OAS10001/anat");
    let t1 = std::fs::read_dir(anatomy)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("T1w.nii"))
        .unwrap();
    let out = tempfile::tempdir().unwrap();
    trainer()
        .arg("explain")
        .arg("--bundle")
        .arg(bundle())
        .arg(&t1)
        .arg("--out")
        .arg(out.path())
        .args(["--device", "cpu"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("T1w"));
}

#[test]
fn the_cohort_is_taken_over_whole() {
    let out = tempfile::tempdir().unwrap();
    trainer()
        .args(["cohort", "bids", "--input"])
        .arg(cohort())
        .arg("--out")
        .arg(out.path().join("cohort"))
        .assert()
        .success()
        .stdout(predicate::str::contains("100 young, 86 old, 20 of 45 to 49 years"));
}
