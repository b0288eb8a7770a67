//! A small BIDS data set of made heads, as a laboratory or a pipeline of BIDS Apps would give it: derivatives with their names and
//! sidecars, an affine that ITK reads, a refusal that stops nobody, a second run that does nothing again, tables; and `explain` on a
//! folder of maps.

mod support;

use assert_cmd::assert::Assert;
use predicates::prelude::*;
use serde_json::{Value, json};
use shared::heads::{FieldOfView, HeadLabels, MadeHead, Pose, Range, Recipe, template_head};
use shared::prepare::t1::Template;
use shared::prepare::{PREPARATION_VERSION, check_version};
use shared::volume::{Affine, Space, Volume, read_nifti, write_nifti_gz_in};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use support::{stopped, trainer};

const MAPS: &str = "space-MNI152NLin2009aSym_res-2";
const XFM: &str = "from-T1w_to-MNI152NLin2009aSym_mode-image_xfm";

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../static").join(name)
}

fn read(path: &Path) -> Volume {
    read_nifti(&path.display().to_string(), &fs::read(path).unwrap(), None).unwrap().into_volume().unwrap()
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

fn standard_head() -> HeadLabels {
    let bytes: Vec<Vec<u8>> =
        Template::FILES.iter().map(|name| fs::read(shipped("template").join(name)).unwrap()).collect();
    let bytes: Vec<&[u8]> = bytes.iter().map(Vec::as_slice).collect();
    let template = Template::from_files(bytes.try_into().unwrap()).unwrap();
    template_head(&template, &read(&shipped("template/colin27_2mm_head.nii.gz"))).unwrap()
}

/// A head as a scanner shows it, away from where MNI space has it.
fn made_head(labels: &HeadLabels, seed: u64, atrophy: f64) -> MadeHead {
    let recipe = Recipe {
        atrophy,
        noise: 0.03,
        bias: 0.1,
        range: Range::Whole { top: 1000.0, offset: 0.0 },
        pose: Pose { turns_degrees: [8.0, -5.0, 6.0], shift_mm: [9.0, -14.0, 21.0], size: [1.0; 3], in_mni: false },
        spacing_mm: [2.0; 3],
        tilt_degrees: [0.0; 3],
        field_of_view: FieldOfView::Whole { air_mm: 10.0 },
        blank_margin_mm: 0.0,
        cut: shared::heads::Cut::None,
        fault: None,
        ..Recipe::draw(seed)
    };
    MadeHead::new(labels, &recipe, &Affine::IDENTITY)
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

fn packed(head: &MadeHead) -> Vec<u8> {
    write_nifti_gz_in(&head.image, "made head: synthetic", Space::Scanner).unwrap()
}

fn bids(folder: &Path, level: &str, more: &[&str]) -> assert_cmd::Command {
    let mut command = trainer();
    command.arg("bids").arg(folder.join("study")).arg(folder.join("study/derivatives/agelens")).arg(level).args(more);
    command
}

/// Every file below a folder, with when it was written.
fn files_below(folder: &Path) -> Vec<(String, SystemTime)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.push((name, fs::metadata(&path).unwrap().modified().unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Rows of a table, each as a JSON object.
fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines
        .map(|cells| {
            assert_eq!(cells.len(), header.len(), "{text}");
            header.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), json!(cell))).collect::<Value>()
        })
        .collect()
}

/// Where a point of MNI152 (mm, RAS) lies in the scan, by an ITK text file.
fn by_itk(text: &str, [x, y, z]: [f64; 3]) -> [f64; 3] {
    let line = text.lines().find_map(|line| line.strip_prefix("Parameters: ")).unwrap();
    let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
    let row =
        |row: usize| -x * numbers[3 * row] - y * numbers[3 * row + 1] + z * numbers[3 * row + 2] + numbers[9 + row];
    [-row(0), -row(1), row(2)]
}

/// Without a bundle, one image at a time, and Ctrl-C while the first is written.
fn stopped_after_the_first(study: &Path, out: &Path) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_trainer"));
    command.arg("bids").args([study, out]).arg("participant").env("RAYON_NUM_THREADS", "1");
    stopped(&mut command, || out.join("sub-01/figures/sub-01_desc-qc_T1w.json").exists());
    let gm = |person: &str| out.join(format!("{person}_{MAPS}_label-GM_probseg.nii.gz"));
    assert!(gm("sub-01/anat/sub-01").exists() && !gm("sub-02/ses-2/anat/sub-02_ses-2_run-1").exists());
}

#[test]
fn a_data_set_becomes_derivatives_and_is_not_done_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (study, out) = (folder.path().join("study"), folder.path().join("study/derivatives/agelens"));
    let labels = standard_head();
    let (young, old) = (made_head(&labels, 1, 0.0), made_head(&labels, 2, 0.8));
    put(&study, "dataset_description.json", br#"{"Name": "Made heads", "BIDSVersion": "1.10.0", "License": "CC0"}"#);
    put(&study, "participants.tsv", b"participant_id\tage\tsex\nsub-01\t28\tF\nsub-02\t71\tM\nsub-03\t40\tM\n");
    put(&study, "sub-01/anat/sub-01_T1w.nii.gz", &packed(&young));
    put(&study, "sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz", &packed(&old)[..4000]);
    put(&study, "sub-02/ses-2/anat/sub-02_ses-2_run-1_T1w.nii.gz", &packed(&old));
    fs::create_dir_all(study.join("sub-03/func")).unwrap();

    stopped_after_the_first(&study, &out);
    let bundle = shipped("models/phantom");
    let explained = ["--skip-bids-validation", "--device", "cpu", "--bundle", bundle.to_str().unwrap()];
    bids(folder.path(), "participant", &explained)
        .assert()
        .success()
        .stderr(predicate::str::contains("--skip-bids-validation changes nothing"))
        .stdout(
            predicate::str::contains("2 images prepared (1 of them before), 2 explained, 2 left out")
                .and(predicate::str::contains("left out sub-02/ses-1/anat/sub-02_ses-1_T1w.nii.gz: "))
                .and(predicate::str::contains("left out sub-03: no T1 image")),
        );

    // Names, sidecars, description.
    let about = json_of(&out.join("dataset_description.json"));
    assert_eq!((&about["DatasetType"], &about["License"]), (&json!("derivative"), &json!("CC0")));
    assert_eq!((&about["DatasetLinks"]["raw"], &about["GeneratedBy"][0]["Name"]), (&json!("../.."), &json!("AgeLens")));
    let start = out.join("sub-02/ses-2/anat/sub-02_ses-2_run-1");
    let file = |end: &str| PathBuf::from(format!("{}_{end}", start.display()));
    for end in ["label-GM_probseg", "label-WM_probseg", "label-CSF_probseg", "desc-brain_mask", "desc-preproc_T1w"] {
        let sidecar = json_of(&file(&format!("{MAPS}_{end}.json")));
        assert_eq!(sidecar["Sources"], json!(["bids:raw:sub-02/ses-2/anat/sub-02_ses-2_run-1_T1w.nii.gz"]));
        assert_eq!(sidecar["AgeLens"]["preparation_version"], PREPARATION_VERSION);
        let bytes = fs::read(file(&format!("{MAPS}_{end}.nii.gz"))).unwrap();
        check_version(end, &read_nifti(end, &bytes, None).unwrap().description, PREPARATION_VERSION).unwrap();
    }
    let sidecar = json_of(&file(&format!("{MAPS}_label-GM_probseg.json")));
    assert!(sidecar["AgeLens"]["quality"]["score"].as_f64().unwrap() > 0.0);
    let difference = json_of(&file("space-MNI152NLin2009aSym_res-4_label-GM_stat-difference_statmap.json"));
    assert!(difference["AgeLens"]["explanation"]["probability_old_before"].is_number());
    assert!(file("space-MNI152NLin2009aSym_res-4_label-GM_stat-difference_statmap.nii.gz").exists());
    assert!(out.join("sub-02/ses-2/figures/sub-02_ses-2_run-1_desc-qc_T1w.png").exists());

    // ITK's file leads points of MNI152 to where the head was put, and back in MNI152 they are where they were: about, since the head's
    // brain is not MNI152's. Left for right, or the wrong way round, they would be off by 3 cm or more.
    let text = fs::read_to_string(file(&format!("{XFM}.txt"))).unwrap();
    let mni_from_made = old.mni_from_made(&Affine::IDENTITY);
    for point in [[0.0, 0.0, 0.0], [50.0, -20.0, 10.0], [0.0, 50.0, 30.0], [-40.0, -70.0, 20.0]] {
        let back = mni_from_made.apply(by_itk(&text, point));
        let away_mm = back.iter().zip(point).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        assert!(away_mm < 12.0, "{point:?} ends at {back:?}");
    }

    // A second run does nothing again, but for the words about the whole.
    let whole = |(name, _): &(String, SystemTime)| name.starts_with("sub-");
    let before: Vec<_> = files_below(&out).into_iter().filter(whole).collect();
    bids(folder.path(), "participant", &explained)
        .assert()
        .success()
        .stdout(predicate::str::contains("2 images prepared (2 of them before), 2 explained, 2 left out"));
    assert_eq!(files_below(&out).into_iter().filter(whole).collect::<Vec<_>>(), before);

    // Somebody who has only a broken image ends that person's call with 2.
    fs::rename(study.join("sub-02/ses-2"), folder.path().join("away")).unwrap();
    bids(folder.path(), "participant", &["--participant-label", "sub-02"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("none of the images").and(predicate::str::contains("sub-02_ses-1_T1w")));
    fs::rename(folder.path().join("away"), study.join("sub-02/ses-2")).unwrap();

    grouped(folder.path(), &out);
    explained_folder(folder.path(), &out, &bundle);
}

fn grouped(folder: &Path, out: &Path) {
    bids(folder, "group", &[]).assert().success().stdout(
        predicate::str::contains("3 people, 3 images, 2 prepared, 2 explained")
            .and(predicate::str::contains("1 young, 1 old"))
            .and(predicate::str::contains("left out sub-03: no T1 image")),
    );
    let (images, people) = (rows(&out.join("images.tsv")), rows(&out.join("participants.tsv")));
    assert_eq!((images.len(), people.len()), (4, 3));
    let ages: Vec<&Value> = people.iter().map(|row| &row["age"]).collect();
    assert_eq!(ages, ["28", "71", "40"]);
    // The image that there is an answer of stands for the person.
    assert_eq!(people[1]["image"], "sub-02/ses-2/anat/sub-02_ses-2_run-1_T1w.nii.gz");
    assert!(["young", "old", "none"].iter().any(|verdict| people[1]["verdict"] == *verdict));
    assert!(people[1]["probability_old"].as_str().unwrap().parse::<f64>().is_ok_and(|p| (0.0..=1.0).contains(&p)));
    assert_eq!((&people[1]["quality_passed"], &people[1]["refused"]), (&json!("yes"), &json!("n/a")));
    // The bundle learned from phantoms, and says so beside each verdict.
    assert!(people[1]["caution"].as_str().unwrap().contains("Do not rely on its verdict"));
    assert_eq!(people[2]["verdict"], "n/a");
    assert!(images.iter().any(|row| row["session_id"] == "ses-1" && row["refused"] != "n/a"));
    let dictionary = json_of(&out.join("participants.json"));
    for column in people[0].as_object().unwrap().keys() {
        assert!(dictionary[column]["Description"].is_string(), "{column} is not explained");
    }
    let agreement = json_of(&out.join("agreement.json"));
    assert_eq!((&agreement["young"], &agreement["old"], &agreement["learned_from"]), (&json!(1), &json!(1), &json!(0)));
}

/// Files of explanations whose path begins like this, with when each was written.
fn results(folder: &Path, start: &str) -> Vec<(String, SystemTime)> {
    let is_one = |(name, _): &(String, SystemTime)| name.starts_with(start) && name.contains('/');
    files_below(folder).into_iter().filter(is_one).collect()
}

/// `trainer explain` on a folder: the maps of both heads, and two files that are none.
fn explained_folder(folder: &Path, out: &Path, bundle: &Path) {
    let maps = folder.join("maps");
    for (name, path) in [
        ("a.nii.gz", format!("sub-01/anat/sub-01_{MAPS}_label-GM_probseg.nii.gz")),
        ("b.nii.gz", format!("sub-02/ses-2/anat/sub-02_ses-2_run-1_{MAPS}_label-GM_probseg.nii.gz")),
        ("white.nii.gz", format!("sub-01/anat/sub-01_{MAPS}_label-WM_probseg.nii.gz")),
    ] {
        put(&maps, name, &fs::read(out.join(path)).unwrap());
    }
    put(&maps, "broken.nii", b"no image");
    let explain = |input: &Path, to: &Path| {
        let mut command = trainer();
        command.arg("explain").arg("--bundle").arg(bundle).arg(input).arg("--out").arg(to).args(["--device", "cpu"]);
        command
    };
    let to = folder.join("explained");
    let first = explain(&maps, &to).assert().success().stdout(predicate::str::contains("2 explained, 2 refused"));
    let said = |of: &Assert| String::from_utf8_lossy(&of.get_output().stdout).into_owned();
    let first_said = said(&first);
    first.stderr(
        predicate::str::contains("refused broken.nii: ").and(predicate::str::contains("refused white.nii.gz: ")),
    );
    let mut table = csv::Reader::from_path(to.join("explained.csv")).unwrap();
    let header = table.headers().unwrap().clone();
    let of =
        |row: &csv::StringRecord, name: &str| row[header.iter().position(|column| column == name).unwrap()].to_owned();
    let found: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let files: Vec<String> = found.iter().map(|row| of(row, "file")).collect();
    assert_eq!(files, ["a.nii.gz", "b.nii.gz", "broken.nii", "white.nii.gz"]);
    assert!(of(&found[2], "verdict").is_empty() && !of(&found[2], "refused").is_empty());
    // Each as if it were asked about alone.
    let answer = json_of(&to.join("b/explain.json"));
    let probability = answer["probability_old_before"].as_f64().unwrap();
    assert!((of(&found[1], "probability_old").parse::<f64>().unwrap() - probability).abs() < 1e-6);
    assert!(to.join("a/difference.nii.gz").exists() && !to.join("white").exists());
    let alone = folder.join("alone");
    explain(&maps.join("b.nii.gz"), &alone).assert().success();
    assert_eq!(json_of(&alone.join("explain.json"))["probability_old_before"], answer["probability_old_before"]);
    // A second time nothing is computed, and all is said as before.
    let (table_before, files_before) = (fs::read(to.join("explained.csv")).unwrap(), results(&to, ""));
    assert_eq!(said(&explain(&maps, &to).assert().success()), first_said);
    assert_eq!((fs::read(to.join("explained.csv")).unwrap(), results(&to, "")), (table_before, files_before.clone()));
    // Unless the file is another one.
    fs::copy(maps.join("b.nii.gz"), maps.join("a.nii.gz")).unwrap();
    explain(&maps, &to).assert().success();
    assert_eq!(json_of(&to.join("a/explain.json"))["input_sha256"], answer["input_sha256"]);
    assert_eq!(json_of(&to.join("a/explain.json"))["probability_old_before"], answer["probability_old_before"]);
    assert_eq!(
        results(&to, "b/"),
        files_before.into_iter().filter(|(name, _)| name.starts_with("b/")).collect::<Vec<_>>()
    );
    // Or another target is given. What is stopped goes on with the image whose turn it was.
    let older = ["--target-age", "70"];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_trainer"));
    command.arg("explain").arg("--bundle").arg(bundle).arg(&maps).arg("--out").arg(&to).args(["--device", "cpu"]);
    let target = |name: &str| {
        let text = fs::read_to_string(to.join(name).join("explain.json")).unwrap_or_default();
        serde_json::from_str::<Value>(&text).is_ok_and(|answer| answer["target_age_years"] == json!(70.0))
    };
    // Results of another target go before those of this one come.
    let told = stopped(command.args(older), || !to.join("a/explain.json").exists() || target("a"));
    assert!(told.contains("of 4 images; the same command continues"), "{told}");
    let table = fs::read_to_string(to.join("explained.csv")).unwrap();
    assert!(table.lines().last().unwrap().contains("white.nii.gz,white,,,,,,,,not explained yet"), "{table}");
    assert!(target("a"));
    let a_before = results(&to, "a/");
    explain(&maps, &to).args(older).assert().success().stdout(predicate::str::contains("2 explained, 2 refused"));
    assert!(target("b") && results(&to, "a/") == a_before);
    // Only maps that cannot be used, and a folder that holds something else.
    fs::remove_file(maps.join("a.nii.gz")).unwrap();
    fs::remove_file(maps.join("b.nii.gz")).unwrap();
    explain(&maps, &to).assert().code(2).stderr(predicate::str::contains("none of its 2 images"));
    assert!(!to.join("a").exists() && !to.join("b").exists(), "results of images that are gone");
    explain(&maps, out).assert().code(2).stderr(predicate::str::contains("holds derivatives"));
}

#[test]
fn wrong_folders_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let call = |dataset: &Path, out: &Path, more: &[&str]| {
        let mut command = trainer();
        command.arg("bids").arg(dataset).arg(out).args(more);
        command.assert().code(2)
    };
    let study = path("study");
    call(&study, &path("out"), &["participant"]).stderr(predicate::str::contains("no such folder"));
    put(&study, "notes.txt", b"");
    call(&study, &path("out"), &["participant"]).stderr(predicate::str::contains("no folder sub-"));
    put(&study, "sub-01/anat/sub-01_T1w.nii.gz", b"no image");
    call(&study, &study, &["group"]).stderr(predicate::str::contains("one folder"));
    put(folder.path(), "thesis/thesis.docx", b"");
    call(&study, &path("thesis"), &["participant"]).stderr(predicate::str::contains("thesis.docx"));
    call(&study, &path("out"), &["participant", "--participant-label", "7"]).stderr(predicate::str::contains("sub-7"));
    call(&study, &path("out"), &["participant", "--bundle", "nowhere", "--device", "cpu"])
        .stderr(predicate::str::contains("nowhere"));
    assert!(!path("out").exists(), "nothing was begun");
    call(&study, &path("out"), &["group"])
        .stderr(predicate::str::contains("run `trainer bids` with `participant` first"));
}
