//! The shipped bundle on its held-out people. Needs the data beside the project (`AGELENS_DATA`);
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

/// The model card's numbers are reproduced on the held-out people, and meet what was promised.
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
    assert!(balanced >= 0.90 && mean_auc >= 0.97, "cross-validation: {balanced} and {mean_auc}");
    // A bundle that is shipped passed all checks, or it would have had to be forced.
    assert_eq!(manifest["training"]["forced"], false);
}

/// The classifier of the recipe, trained anew: each person is judged by one that has not seen them. A minute or two.
#[test]
fn the_recipes_classifier_tells_the_age_of_people_it_has_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (config, run) = (folder.path().join("classifier.toml"), folder.path().join("run"));
    let mut recipe: toml::Table = toml::from_str(include_str!("../../configs/oasis1-slab.toml")).unwrap();
    // Only the classifier and its folds count here: what else a run needs is made as small as can be.
    let smallest = [("classifier", "permuted_folds", 0), ("judge", "epochs", 1), ("cyclegan", "steps", 1)];
    for (part, value, smallest) in smallest {
        assert!(recipe[part].get(value).is_some(), "the recipe has no {part}.{value}");
        recipe[part][value] = toml::Value::Integer(smallest);
    }
    recipe["cyclegan"]["generator"]["filters"] = toml::Value::Integer(4);
    std::fs::write(&config, toml::to_string(&recipe).unwrap()).unwrap();
    trainer()
        .arg("train")
        .arg("--cohort")
        .arg(cohort())
        .arg("--config")
        .arg(&config)
        .arg("--out")
        .arg(&run)
        .args(["--device", "cpu"])
        .assert()
        .success();
    let found: Value = serde_json::from_slice(&std::fs::read(run.join("cross_validation.json")).unwrap()).unwrap();
    let folds: Vec<f64> = found["folds"].as_array().unwrap().iter().map(|fold| fold["auc"].as_f64().unwrap()).collect();
    let mean_auc = folds.iter().sum::<f64>() / folds.len() as f64;
    let balanced = found["pooled"]["balanced_accuracy"].as_f64().unwrap();
    assert_eq!((folds.len(), found["pooled"]["subjects"].as_u64()), (5, Some(186)));
    assert!(balanced >= 0.90 && mean_auc >= 0.97, "balanced accuracy {balanced}, mean AUC of the folds {mean_auc}");
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
