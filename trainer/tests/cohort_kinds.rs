//! Kinds of data sets that people have: other spaces, tissues, units, names and headers. Every image is made here, from
//! the template's own head and maps.

use assert_cmd::Command;
use predicates::prelude::*;
use serde_json::Value;
use shared::volume::{Affine, Space, Volume, read_nifti, write_nifti, write_nifti_gz, write_nifti_gz_in};
use std::fs;
use std::path::{Path, PathBuf};

const MNI_MAP: &str = "space-MNI152NLin2009cAsym_label-GM_probseg.nii.gz";

fn template(name: &str) -> Volume {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/template").join(name);
    read_nifti(name, &fs::read(path).unwrap(), None).unwrap().into_volume().unwrap()
}

fn gm() -> Volume {
    template("icbm152_2mm_gm.nii.gz")
}

fn packed(volume: &Volume) -> Vec<u8> {
    write_nifti_gz(volume, "other software").unwrap()
}

fn changed(volume: &Volume, change: impl Fn(f32) -> f32) -> Volume {
    volume.with_data(volume.data.iter().map(|value| change(*value)).collect())
}

/// A head as a scanner leaves it: intensities to `brightest`, away from where MNI space has it.
fn scan(brightest: f32) -> Volume {
    let mut head = changed(&template("colin27_2mm_head.nii.gz"), |value| (value * brightest).round());
    for (axis, shift_mm) in [9.0, -14.0, 21.0].into_iter().enumerate() {
        head.world_from_voxel.0[axis][3] += shift_mm;
    }
    head
}

fn scan_bytes(brightest: f32) -> Vec<u8> {
    write_nifti_gz_in(&scan(brightest), "made from the template", Space::Scanner).unwrap()
}

/// A source folder, and the cohort that is made of it.
struct Study {
    folder: tempfile::TempDir,
}

impl Study {
    fn new(table: &str) -> Self {
        let study = Study { folder: tempfile::tempdir().unwrap() };
        study.put("participants.tsv", table.as_bytes());
        study
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join("source").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn cohort(&self) -> PathBuf {
        self.folder.path().join("cohort")
    }

    fn import(&self, more: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = Command::cargo_bin("trainer").unwrap();
        command.timeout(std::time::Duration::from_secs(900));
        command.args(["cohort", "bids", "--input"]).arg(self.folder.path().join("source"));
        command.arg("--out").arg(self.cohort()).args(more).assert()
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.cohort().join(file)).unwrap_or_default()
    }

    /// Ids in the cohort.
    fn ids(&self) -> Vec<String> {
        let table = self.text("participants.tsv");
        table.lines().skip(1).filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
    }

    /// The one map of a participant.
    fn map(&self, id: &str) -> (String, Vec<u8>) {
        let files = fs::read_dir(self.cohort().join(id).join("anat")).unwrap();
        let mut names =
            files.map(|file| file.unwrap().path()).filter(|path| path.display().to_string().contains("label-GM"));
        let path = names.next().unwrap();
        assert!(names.next().is_none());
        (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
    }

    /// The file that a participant was prepared from.
    fn prepared_from(&self, id: &str) -> String {
        let record: Value = serde_json::from_str(&self.text(&format!("qc/{id}_qc.json"))).unwrap();
        record["input"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_map_in_the_persons_own_space_makes_way_for_the_scan_beside_it() {
    let study = Study::new("participant_id\tage\nsub-01\t30\nsub-02\t60\n");
    // Where the scan has its grey matter: no map in MNI space, though all of it lies within the brain's box.
    let own = packed(&gm());
    study.put("derivatives/fmriprep/sub-01/anat/sub-01_label-GM_probseg.nii.gz", &own);
    study.put("sub-01/anat/sub-01_T1w.nii.gz", &scan_bytes(800.0));
    study.put("derivatives/fmriprep/sub-02/anat/sub-02_label-GM_probseg.nii.gz", &own);
    study
        .import(&[])
        .success()
        .stdout(
            predicate::str::contains("1 young, 0 old")
                .and(predicate::str::contains("left out sub-02: its name does not say")),
        )
        .stderr(predicate::str::contains(
            "note: 2 participants have GM maps whose names do not say that they are in MNI space",
        ));
    assert_eq!(study.prepared_from("sub-01"), "sub-01_T1w.nii.gz");
}

#[test]
fn a_map_that_lies_elsewhere_is_refused_whatever_its_name_says() {
    let study = Study::new("participant_id\tage\nsub-01\t30\nsub-02\t60\n");
    let (sin, cos) = 0.25f64.sin_cos();
    let turned = Affine([[0.96, 0.02, 0.0, 2.0], [0.0, 1.02 * cos, -sin, 12.0], [0.0, sin, 0.95 * cos, -8.0]]);
    let mut own = gm();
    own.world_from_voxel = turned.compose(&own.world_from_voxel);
    study.put(&format!("sub-01/anat/sub-01_{MNI_MAP}"), &packed(&own));
    study.put(&format!("sub-02/anat/sub-02_{MNI_MAP}"), &packed(&gm()));
    study.import(&[]).success();
    assert_eq!(study.ids(), ["sub-02"]);
    assert!(study.text("excluded.tsv").contains("MNI152"), "{}", study.text("excluded.tsv"));
}

#[test]
fn white_matter_and_fluid_under_the_name_of_grey_matter_are_refused() {
    let study = Study::new("participant_id\tage\nsub-01\t30\nsub-02\t60\nsub-03\t61\n");
    study.put(&format!("sub-01/anat/sub-01_{MNI_MAP}"), &packed(&template("icbm152_2mm_wm.nii.gz")));
    study
        .put("mri/wc1sub-02_T1w.nii", &write_nifti(&changed(&template("icbm152_2mm_csf.nii.gz"), |v| v.powf(0.5)), ""));
    study.put("sub-03_GM.nii.gz", &packed(&gm()));
    study.import(&[]).success();
    assert_eq!(study.ids(), ["sub-03"]);
    let excluded = study.text("excluded.tsv");
    assert!(excluded.contains("a map of white matter, not of grey matter"), "{excluded}");
    assert!(excluded.contains("a map of cerebrospinal fluid, not of grey matter"), "{excluded}");
}

#[test]
fn ages_are_read_in_their_unit_and_what_is_none_is_left_out() {
    let study =
        Study::new("participant_id\tAge\tGender\nsub-01\t408\tmale\nsub-02\t720\t2\nsub-03\t0\tf\nsub-04\tn/a\tF\n");
    study.put("participants.json", br#"{"Age": {"Units": "months"}}"#);
    for id in ["01", "02", "03", "04"] {
        study.put(&format!("sub-{id}_GM.nii.gz"), &packed(&gm()));
    }
    study.import(&[]).success().stderr(predicate::str::contains("note: ages are in months in the source"));
    let table = "participant_id\tage\tsex\tgroup\nsub-01\t34\tM\tyoung\nsub-02\t60\tF\told\n";
    assert_eq!(study.text("participants.tsv"), table);
    assert!(study.text("excluded.tsv").contains("age `0` is not an age"));

    let study = Study::new("participant_id\tage\nsub-01\t18+\nsub-02\t60+\nsub-03\t90+\nsub-04\t408\nsub-05\t33\n");
    for id in ["01", "02", "03", "04", "05"] {
        study.put(&format!("sub-{id}_GM.nii.gz"), &packed(&gm()));
    }
    study.import(&[]).success();
    assert_eq!(study.ids(), ["sub-03", "sub-05"]);
    let excluded = study.text("excluded.tsv");
    for reason in ["`18+` is a lower limit", "`60+` is a lower limit", "`408` is not a number of years", "Units"] {
        assert!(excluded.contains(reason), "{reason}: {excluded}");
    }
}

#[test]
fn the_plain_first_raw_scan_is_taken() {
    let study = Study::new("participant_id\tage\nsub-01\t30\nsub-02\t31\nsub-03\t60\nsub-04\t61\n");
    let good = scan_bytes(800.0);
    let wrong = b"not looked at";
    study.put("sub-01/anat/sub-01_T1w.nii.gz", &good);
    study.put("sub-01/anat/sub-01_ce-gadolinium_T1w.nii.gz", wrong);
    study.put("sub-02/anat/sub-02_run-10_T1w.nii.gz", wrong);
    study.put("sub-02/anat/sub-02_run-2_T1w.nii.gz", &good);
    study.put("derivatives/bet/sub-03/anat/sub-03_T1w.nii.gz", wrong);
    study.put("sub-03/anat/sub-03_T1w.nii.gz", &good);
    for made in ["c1", "c2", "m", "rc1", "y_"] {
        study.put(&format!("sub-04/anat/{made}sub-04_T1w.nii.gz"), wrong);
    }
    study.put("sub-04/anat/sub-04_T1w.nii.gz", &good);
    study.import(&[]).success().stdout(predicate::str::contains("2 young, 2 old"));
    let from = |id: &str| study.prepared_from(id);
    assert_eq!(from("sub-01"), "sub-01_T1w.nii.gz");
    assert_eq!(from("sub-02"), "sub-02_run-2_T1w.nii.gz");
    assert_eq!(from("sub-04"), "sub-04_T1w.nii.gz");
    assert!(!study.text("excluded.tsv").contains("sub-03"));
}

#[test]
fn spm_and_cat_names_are_ready_maps_and_modulated_ones_are_said_to_be() {
    let names = ["wc1", "mwc1", "smwp1", "m0wp1"];
    let rows: String = (0..4).map(|index| format!("sub-{index}\t{}\n", 30 + 10 * index)).collect();
    let study = Study::new(&format!("participant_id\tage\n{rows}"));
    // One person's map has less than the average of many.
    let own = changed(&gm(), |value| value * value);
    for (index, name) in names.into_iter().enumerate() {
        let times = if name == "wc1" { 1.0 } else { 1.4 };
        let map = write_nifti(&changed(&own, |value| times * value), "SPM12");
        study.put(&format!("sub-{index}/anat/{name}sub-{index}_T1w.nii"), &map);
        study.put(&format!("sub-{index}/anat/c1sub-{index}_T1w.nii"), b"in own space");
    }
    for run in ["first", "second"] {
        study.import(&[]).success().stdout(predicate::str::contains("2 young, 2 old")).stderr(
            predicate::str::contains("sub-1, sub-2, sub-3: values above 1, so the map is modulated: clipped to 0 to 1"),
        );
        let report = study.text("report.html");
        assert!(report.contains("the map is modulated"), "{run}");
    }
    let (name, bytes) = study.map("sub-1");
    assert_eq!(name, "sub-1_space-MNI152_label-GM_probseg.nii.gz");
    let data = read_nifti("map", &bytes, None).unwrap().data;
    assert!(data.iter().all(|value| (0.0..=1.0).contains(value)));
}

#[test]
fn nobody_gets_the_scan_of_somebody_else() {
    // sub-1-b has no age, sub-2 is not in the table, and only they have images.
    let study = Study::new("participant_id\tage\nsub-1\t30\nsub-1-b\tn/a\nsub-3\t60\n");
    study.put(&format!("sub-1-b/anat/sub-1-b_{MNI_MAP}"), &packed(&gm()));
    study.put(&format!("sub-1-c/anat/sub-1-c_{MNI_MAP}"), &packed(&gm()));
    study.put("sub-3_GM.nii.gz", &packed(&gm()));
    study.import(&[]).success();
    assert_eq!(study.ids(), ["sub-3"]);
    assert!(study.text("excluded.tsv").contains("sub-1\tn/a\tneither a GM map nor a T1 image"));

    // The second visit of 01 is no scan of 02.
    let study = Study::new("participant_id\tage\n01\t30\n02\t60\n");
    let (first, second) = (changed(&gm(), |value| 0.97 * value), changed(&gm(), |value| 0.94 * value));
    study.put("01/01/mri/wp1T1.nii.gz", &packed(&first));
    study.put("02/01/mri/wp1T1.nii.gz", &packed(&second));
    study.put("01/02/T1.nii.gz", b"the second visit of 01");
    study.import(&[]).success();
    assert_eq!(study.map("sub-01").1, packed(&first));
    assert_eq!(study.map("sub-02").1, packed(&second));
}

#[test]
fn a_header_that_does_not_tell_left_from_right_is_told_in_output_and_report() {
    let study = Study::new("participant_id\tage\nsub-01\t30\nsub-02\t60\n");
    let without = |volume: &Volume| {
        let mut bytes = write_nifti(volume, "");
        bytes[252..256].fill(0);
        bytes
    };
    study.put("sub-01/anat/sub-01_T1w.nii", &without(&scan(800.0)));
    // Without a place in the header the middle of the image is taken for the origin: the brain's middle, made so here.
    let source = gm();
    let middle = source.world_from_voxel.apply(source.shape.map(|side| (side - 1) as f64 / 2.0));
    let shift = middle.map(|mm| (mm / 2.0).round() as isize);
    let mut data = vec![0.0; source.data.len()];
    let [nx, ny, nz] = source.shape;
    for (index, value) in source.data.iter().enumerate() {
        let place = [index % nx, index / nx % ny, index / (nx * ny)];
        let moved: Vec<isize> = (0..3).map(|axis| place[axis] as isize + shift[axis]).collect();
        // The guess runs from right to left.
        let moved = [nx as isize - 1 - moved[0], moved[1], moved[2]];
        if (0..3).all(|axis| (0..source.shape[axis] as isize).contains(&moved[axis])) {
            data[(moved[2] as usize * ny + moved[1] as usize) * nx + moved[0] as usize] = *value;
        }
    }
    let _ = nz;
    study.put("sub-02_GM.nii", &without(&source.with_data(data)));
    for run in ["first", "second"] {
        let words =
            "neither sform nor qform is set: orientation and position are guessed, and left and right may be swapped";
        study.import(&[]).success().stderr(predicate::str::contains(format!("sub-01, sub-02: {words}")));
        assert!(study.text("report.html").contains(words), "{run}");
    }
}

#[test]
fn use_says_which_of_two_images_beside_each_other_is_taken() {
    let study = Study::new("participant_id\tage\nsub-01\t30\nsub-02\t60\n");
    study.put(&format!("sub-01/anat/sub-01_{MNI_MAP}"), &packed(&gm()));
    study.put("sub-01/anat/sub-01_T1w.nii.gz", &scan_bytes(800.0));
    study.put(&format!("sub-02/anat/sub-02_{MNI_MAP}"), &packed(&gm()));
    study.import(&[]).success().stderr(predicate::str::contains("the GM map is used; --use t1 chooses the image"));
    assert_eq!(study.map("sub-01").0, format!("sub-01_{MNI_MAP}"));
    study.import(&["--use", "t1"]).success().stderr(predicate::str::contains("the T1 image is used"));
    assert_eq!(study.prepared_from("sub-01"), "sub-01_T1w.nii.gz");
    assert_eq!(study.map("sub-02").0, format!("sub-02_{MNI_MAP}"));
    study.import(&["--use", "gm"]).success();
    assert_eq!(study.map("sub-01").0, format!("sub-01_{MNI_MAP}"));
    study.import(&["--use", "labels"]).code(2);
}

#[test]
fn a_map_that_cannot_be_used_makes_way_for_the_scan_and_is_told() {
    let study = Study::new("participant_id\tage\nsub-01\t30\n");
    study.put(&format!("sub-01/anat/sub-01_{MNI_MAP}"), &packed(&template("icbm152_2mm_wm.nii.gz")));
    study.put("sub-01/anat/sub-01_T1w.nii.gz", &scan_bytes(800.0));
    study
        .import(&[])
        .success()
        .stderr(predicate::str::contains("the GM map was not usable, so the T1 image was prepared"));
    assert_eq!(study.prepared_from("sub-01"), "sub-01_T1w.nii.gz");
}

#[test]
fn a_scan_scaled_to_0_1_or_to_a_mean_of_0_is_prepared() {
    for (scale, shift) in [(1.0, 0.0), (4.0, -0.9)] {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("sub-01_T1w.nii.gz");
        let scaled = changed(&scan(1.0), |_| 0.0);
        let head = template("colin27_2mm_head.nii.gz");
        let data = head.data.iter().map(|value| scale * value + shift).collect();
        fs::write(&input, write_nifti_gz_in(&scaled.with_data(data), "", Space::Scanner).unwrap()).unwrap();
        let mut command = Command::cargo_bin("trainer").unwrap();
        command.arg("prepare").arg(&input).arg("--out").arg(folder.path().join("out")).assert().success();
    }
}
