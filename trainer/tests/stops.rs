//! `trainer export --stops`: a bundle that lacks the stops of the age dial gets those that its models give.

mod support;

use predicates::prelude::predicate;
use shared::bundle::{Manifest, Sample, sha256_hex};
use shared::volume::read_nifti;
use std::fs;
use std::path::{Path, PathBuf};
use support::{stopped, trainer};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models").join(name)
}

fn manifest_of(folder: &Path) -> Manifest {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// Values of a role's volume.
fn volume(folder: &Path, manifest: &Manifest, role: &str) -> Vec<f32> {
    let path = folder.join(&manifest.files[role].path);
    read_nifti(role, &fs::read(path).unwrap(), None).unwrap().into_volume().unwrap().data
}

/// The shipped phantoms with the first two samples only, as a version without stops would have exported them.
fn older(out: &Path) -> Sample {
    let folder = shipped("phantom");
    let mut manifest = manifest_of(&folder);
    manifest.samples.truncate(2);
    let kept = manifest.samples[0].clone();
    manifest.samples.iter_mut().for_each(|sample| sample.stops.clear());
    manifest.files.retain(|role, _| !role.contains("/at"));
    for entry in manifest.files.values() {
        fs::copy(folder.join(&entry.path), out.join(&entry.path)).unwrap();
    }
    fs::write(out.join("manifest.json"), serde_json::to_vec(&manifest).unwrap()).unwrap();
    kept
}

#[test]
fn an_older_bundle_gets_what_the_shipped_one_has() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = older(folder.path());
    let before = manifest_of(folder.path());
    let is_begun = || {
        let mut names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.any(|name| name.to_string_lossy().contains("-at"))
    };
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_trainer"));
    let said = stopped(command.args(["export", "--stops", "--bundle"]).arg(folder.path()), is_begun);
    assert!(said.contains("the bundle is whole, as it was before; the same command starts again"), "{said}");
    assert_eq!(manifest_of(folder.path()), before);
    trainer().args(["export", "--stops", "--bundle"]).arg(folder.path()).assert().success();
    let (found, shipped_manifest) = (manifest_of(folder.path()), manifest_of(&shipped("phantom")));
    let step = found.data.value_step.unwrap();
    let sample = &found.samples[0];
    assert_eq!(sample.stops.len(), wanted.stops.len());
    assert!(sample.stops.len() > 10 && found.samples[1].stops.len() == sample.stops.len());
    for (found_stop, wanted_stop) in sample.stops.iter().zip(&wanted.stops) {
        assert_eq!((found_stop.years, found_stop.direction), (wanted_stop.years, wanted_stop.direction));
        assert!((found_stop.probability_old_after - wanted_stop.probability_old_after).abs() < 1e-3);
        assert_eq!(found_stop.truth, None, "without a cohort there is no truth");
        let changes = [
            volume(folder.path(), &found, &found_stop.difference),
            volume(&shipped("phantom"), &shipped_manifest, &wanted_stop.difference),
        ];
        // Another processor may round a few voxels to the step beside.
        let apart = changes[0].iter().zip(&changes[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1.5 * step, "{} years: {apart}", found_stop.years);
        let changes_something = changes[0].iter().any(|change| *change != 0.0);
        assert_eq!(changes_something, found_stop.amount > 0.0, "{} years", found_stop.years);
    }
    // All else stays, and a second time changes nothing.
    assert!(before.files.iter().all(|(role, entry)| found.files.get(role) == Some(entry)));
    let bytes = fs::read(folder.path().join("manifest.json")).unwrap();
    trainer().args(["export", "--stops", "--bundle"]).arg(folder.path()).assert().success();
    assert_eq!(fs::read(folder.path().join("manifest.json")).unwrap(), bytes);
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, found.files.len() + 1, "files that the manifest does not name");
    // ONNX models beside it name its manifest, also when that has changed.
    older(folder.path());
    trainer().args(["export", "--onnx", "--bundle"]).arg(folder.path()).assert().success();
    let named = || {
        let list = fs::read(folder.path().join("onnx.json")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&list).unwrap()["manifest_sha256"].as_str().unwrap().to_owned()
    };
    let before = named();
    trainer().args(["export", "--stops", "--bundle"]).arg(folder.path()).assert().success();
    assert!(named() == sha256_hex(&bytes) && named() != before);
}

#[test]
fn what_cannot_be_turned_is_refused() {
    let small = shipped("phantom-small");
    let before = fs::read(small.join("manifest.json")).unwrap();
    let refused = trainer().args(["export", "--stops", "--bundle"]).arg(&small).assert().failure().code(2);
    refused.stderr(predicate::str::contains("no age dial"));
    assert_eq!(fs::read(small.join("manifest.json")).unwrap(), before);
    let folder = tempfile::tempdir().unwrap();
    let (bundle, cohort) = (folder.path().join("bundle"), folder.path().join("phantoms"));
    fs::create_dir(&bundle).unwrap();
    older(&bundle);
    trainer()
        .args(["cohort", "phantom", "--subjects", "3", "--seed", "9", "--spacing-mm", "8", "--out"])
        .arg(&cohort)
        .assert()
        .success();
    let order =
        trainer().args(["export", "--stops", "--bundle"]).arg(&bundle).arg("--cohort").arg(&cohort).assert().failure();
    order.stderr(predicate::str::contains("--all-ages"));
    trainer().args(["export", "--bundle"]).arg(&bundle).assert().failure().code(2);
    let elsewhere = folder.path().join("elsewhere");
    let mut aside = trainer();
    aside.args(["export", "--strangers"]).arg(&cohort).arg("--bundle").arg(&bundle).arg("--out").arg(&elsewhere);
    aside.assert().failure().code(2).stderr(predicate::str::contains("add --onnx"));
    assert!(!elsewhere.exists());
}
