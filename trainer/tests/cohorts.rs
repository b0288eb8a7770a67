//! From raw T1 images to a cohort, as a laboratory does it: one image, parts side by side, a broken file among good ones,
//! and what happens on wrong input. The head is the template's own (Colin27), moved and in other units.

use assert_cmd::Command;
use predicates::prelude::*;
use serde_json::Value;
use shared::prepare::{PREPARATION_VERSION, check_version, fit_to_grid};
use shared::volume::{Affine, Grid, Space, Volume, read_nifti, write_nifti_gz, write_nifti_gz_in};
use std::fs;
use std::path::{Path, PathBuf};

const SPREADSHEET: &[u8] = include_bytes!("data/ixi-made-up.xls");
const PREPARED: &str = "space-MNI152NLin2009aSym_res-2";

fn trainer() -> Command {
    let mut command = Command::cargo_bin("trainer").unwrap();
    command.timeout(std::time::Duration::from_secs(900));
    command
}

fn template(name: &str) -> Volume {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/template").join(name))
}

fn read(path: &Path) -> Volume {
    read_nifti(&path.display().to_string(), &fs::read(path).unwrap(), None).unwrap().into_volume().unwrap()
}

/// A raw T1 image of a head: intensities to `brightest`, away from where MNI space has it.
fn scan(brightest: f32) -> Vec<u8> {
    let mut head = template("colin27_2mm_head.nii.gz");
    head.data.iter_mut().for_each(|value| *value = (*value * brightest).round());
    for (axis, shift_mm) in [9.0, -14.0, 21.0].into_iter().enumerate() {
        head.world_from_voxel.0[axis][3] += shift_mm;
    }
    write_nifti_gz_in(&head, "made from the template", Space::Scanner).unwrap()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn ixi(folder: &Path, more: &[&str]) -> Command {
    let mut command = trainer();
    command.args(["cohort", "ixi", "--t1"]).arg(folder.join("t1")).arg("--demographics").arg(folder.join("IXI.xls"));
    command.arg("--out").arg(folder.join("cohort")).args(more);
    command
}

fn files_of(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn one_image_becomes_maps_with_their_origin() {
    let folder = tempfile::tempdir().unwrap();
    let input = put(folder.path(), "sub-01_T1w.nii.gz", &scan(900.0));
    let out = folder.path().join("out");
    let answer = trainer().arg("prepare").arg(&input).arg("--out").arg(&out).arg("--json").assert().success();
    let record: Value = serde_json::from_slice(&answer.get_output().stdout).unwrap();
    assert_eq!(record, json(&out.join("qc.json")));
    assert_eq!(record["preparation_version"], PREPARATION_VERSION);
    assert_eq!(record["input"], "sub-01_T1w.nii.gz");
    assert_eq!((&record["quality"]["passed"], &record["options"]["modulated"]), (&true.into(), &false.into()));
    assert_eq!(
        files_of(&out),
        [
            "qc.json".to_owned(),
            "qc.png".to_owned(),
            "sub-01_mni_from_world.txt".to_owned(),
            format!("sub-01_{PREPARED}_desc-brain_mask.nii.gz"),
            format!("sub-01_{PREPARED}_desc-preproc_T1w.nii.gz"),
            format!("sub-01_{PREPARED}_label-CSF_probseg.nii.gz"),
            format!("sub-01_{PREPARED}_label-GM_probseg.nii.gz"),
            format!("sub-01_{PREPARED}_label-WM_probseg.nii.gz"),
        ]
    );
    let gm = out.join(record["files"]["gm"].as_str().unwrap());
    let image = read_nifti("gm", &fs::read(&gm).unwrap(), None).unwrap();
    assert_eq!((image.sform_code, image.description.as_str()), (4, format!("AgeLens {PREPARATION_VERSION}").as_str()));
    assert!(check_version("gm", &image.description, PREPARATION_VERSION).is_ok());
    let grid =
        Grid { shape: [91, 109, 91], mni_from_voxel: Affine::from_spacing_origin([2.0; 3], [-90.0, -126.0, -72.0]) };
    fit_to_grid("gm", &image.into_volume().unwrap(), &grid).unwrap();
    // The head was moved by (9, -14, 21) mm: the affine moves it back.
    let affine = fs::read_to_string(out.join("sub-01_mni_from_world.txt")).unwrap();
    let numbers: Vec<f64> = affine.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert_eq!(numbers.len(), 16);
    let place: Vec<f64> = (0..3)
        .map(|row| {
            numbers[4 * row] * 9.0 - numbers[4 * row + 1] * 14.0 + numbers[4 * row + 2] * 21.0 + numbers[4 * row + 3]
        })
        .collect();
    assert!(place.iter().all(|offset_mm| offset_mm.abs() < 6.0), "the origin lands at {place:?}");
}

#[test]
fn parts_of_ixi_become_one_cohort_and_are_not_done_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    put(path, "IXI.xls", SPREADSHEET);
    put(path, "t1/IXI801-Guys-0001-T1.nii.gz", &scan(700.0));
    put(path, "t1/deeper/IXI811-HH-0002-T1.nii.gz", &scan(1200.0));
    put(path, "t1/IXI812-IOP-0003-T1.nii.gz", &scan(900.0)[..5000]);
    for part in ["1/2", "2/2"] {
        ixi(path, &["--shard", part]).assert().success().stdout(predicate::str::contains("in this part"));
    }
    let cohort = path.join("cohort");
    assert!(!cohort.join("participants.tsv").exists() && cohort.join("qc/sub-IXI811_qc.png").exists());
    let gm = cohort.join(format!("sub-IXI801/anat/sub-IXI801_{PREPARED}_label-GM_probseg.nii.gz"));
    let made = fs::metadata(&gm).unwrap().modified().unwrap();

    ixi(path, &[])
        .assert()
        .success()
        .stdout(
            predicate::str::contains("1 young, 1 old")
                .and(predicate::str::contains("2 of them already existed"))
                .and(predicate::str::contains("left out sub-IXI812")),
        )
        .stderr(
            predicate::str::contains("29 rows, 25 people, 21 of known age")
                .and(predicate::str::contains("note: only 1 young people of 233 wanted")),
        );
    assert_eq!(fs::metadata(&gm).unwrap().modified().unwrap(), made, "a finished subject was done again");
    let table = fs::read_to_string(cohort.join("participants.tsv")).unwrap();
    assert_eq!(
        table,
        "participant_id\tage\tsex\tgroup\tsite\tsplit\nsub-IXI801\t22.5\tM\tyoung\tGuys\ttrain\n\
         sub-IXI811\t50\tF\told\tHammersmith\ttrain\n"
    );
    let excluded = fs::read_to_string(cohort.join("excluded.tsv")).unwrap();
    assert!(excluded.contains("IXI812-IOP-0003-T1.nii.gz") && excluded.contains("no T1 image"), "{excluded}");
    let description = json(&cohort.join("dataset_description.json"));
    assert_eq!(description["License"], "CC BY-SA 3.0");
    assert_eq!(description["HowToAcknowledge"], "IXI dataset, brain-development.org");
    assert_eq!(description["AgeLens"]["preparation_version"], PREPARATION_VERSION);
    let report = fs::read_to_string(cohort.join("report.html")).unwrap();
    assert!(report.contains("sub-IXI801_qc.png") && report.contains("data:image/png;base64,"));
    for fetched in ["src=\"http", "url(http", "<script", "<link"] {
        assert!(!report.contains(fetched), "the report would fetch something: {fetched}");
    }
}

#[test]
fn a_bids_data_set_may_hold_ready_maps_and_raw_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let table = "participant_id\tage\tsex\nsub-01\t30\tF\nsub-02\t60\tM\nsub-03\t61\tM\nsub-04\t62\tM\n";
    put(path, "raw/participants.tsv", table.as_bytes());
    put(path, "raw/sub-01/ses-1/anat/sub-01_ses-1_T1w.nii.gz", &scan(800.0));
    put(path, "raw/sub-01/ses-2/anat/sub-01_ses-2_T1w.nii.gz", b"not looked at");
    let gm = write_nifti_gz(&template("icbm152_2mm_gm.nii.gz"), "other software").unwrap();
    put(path, "raw/sub-02/anat/sub-02_space-MNI152NLin6Asym_label-GM_probseg.nii.gz", &gm);
    put(path, "raw/sub-02/anat/sub-02_T1w.nii.gz", b"not looked at");
    put(path, "raw/sub-03/anat/sub-03_T1w.nii.gz", b"no image");
    let cohort = path.join("cohort");
    let mut command = trainer();
    command.args(["cohort", "bids", "--input"]).arg(path.join("raw")).arg("--out").arg(&cohort);
    command
        .assert()
        .success()
        .stdout(
            predicate::str::contains("1 young, 1 old, 0 of 45")
                .and(predicate::str::contains("left out sub-03"))
                .and(predicate::str::contains("left out sub-04: neither")),
        )
        .stderr(predicate::str::contains("note: sub-01: 2 T1 images; the first, sub-01/ses-1"));
    assert!(cohort.join(format!("sub-01/anat/sub-01_{PREPARED}_label-GM_probseg.nii.gz")).exists());
    assert_eq!(files_of(&cohort.join("sub-02/anat")), ["sub-02_space-MNI152NLin6Asym_label-GM_probseg.nii.gz"]);
    assert!(fs::read_to_string(cohort.join("report.html")).unwrap().contains("sub-01_qc.png"));
}

#[test]
fn what_cannot_be_prepared_exits_with_2_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let head = template("colin27_2mm_head.nii.gz");
    let mut series = shared::volume::write_nifti(&head, "");
    series[40..42].copy_from_slice(&4i16.to_le_bytes());
    series[48..50].copy_from_slice(&2i16.to_le_bytes());
    let voxels = series[352..].to_vec();
    series.extend(voxels);
    let gm = write_nifti_gz(&template("icbm152_2mm_gm.nii.gz"), "").unwrap();
    let cases: [(&str, &[u8], &str); 5] = [
        ("text.nii", b"this is no image, it is a letter to the editor of a journal", "text.nii"),
        ("series.nii", &series, "3-D"),
        ("cut.nii.gz", &scan(900.0)[..5000], "cut.nii.gz"),
        ("ready.nii.gz", &gm, "needs no preparation"),
        ("pair.hdr", &[0; 40], "pair.img"),
    ];
    for (name, bytes, expected) in cases {
        let input = put(path, name, bytes);
        let out = path.join("out");
        trainer()
            .arg("prepare")
            .arg(input)
            .arg("--out")
            .arg(&out)
            .assert()
            .code(2)
            .stderr(predicate::str::contains(expected));
        assert!(files_of(&out).is_empty(), "{name}: {:?}", files_of(&out));
    }
    trainer().arg("prepare").arg(path.join("absent.nii")).args(["--out", "x"]).assert().code(2);
}

#[test]
fn unusable_sources_of_a_cohort_exit_with_2_and_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    put(path, "t1/IXI801-Guys-0001-T1.nii.gz", b"no image");
    ixi(path, &[]).assert().code(2).stderr(predicate::str::contains("IXI.xls: no such file"));
    put(path, "IXI.xls", b"IXI_ID\tAGE\n12\t38.8\n");
    ixi(path, &[]).assert().code(2).stderr(predicate::str::contains("not a spreadsheet"));
    put(path, "IXI.xls", SPREADSHEET);
    ixi(path, &[]).assert().code(2).stderr(predicate::str::contains("none of"));
    fs::remove_file(path.join("t1/IXI801-Guys-0001-T1.nii.gz")).unwrap();
    ixi(path, &[]).assert().code(2).stderr(predicate::str::contains("no T1 image of IXI"));
    for part in ["0/3", "4/3", "text", "3", "1/0"] {
        ixi(path, &["--shard", part]).assert().code(2).stderr(predicate::str::contains("such as 3/20"));
        let bids = ["cohort", "bids", "--input", "a", "--out", "b", "--shard", part];
        trainer().args(bids).assert().code(2).stderr(predicate::str::contains("such as 3/20"));
    }
    ixi(path, &["--train-per-group", "many"]).assert().code(2);
    trainer().args(["cohort", "ixi", "--t1", "a"]).assert().code(2).stderr(predicate::str::contains("--demographics"));
}
