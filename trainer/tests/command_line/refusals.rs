//! What is refused or cut: people who were learned from, damaged bundles, maps of other makings, unusable input.

use super::*;

/// The same files under other names.
fn renamed_cohort(source: &Path, out: &Path) {
    let rename = |text: &str| text.replace("sub-PH", "sub-XX");
    for entry in std::fs::read_dir(source).unwrap().map(|entry| entry.unwrap()) {
        let (from, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if name == "participants.tsv" {
            std::fs::write(out.join(name), rename(&std::fs::read_to_string(from).unwrap())).unwrap();
        } else if from.is_dir() && name.starts_with("sub-") {
            let folder = out.join(rename(&name)).join("anat");
            std::fs::create_dir_all(&folder).unwrap();
            for file in std::fs::read_dir(from.join("anat")).unwrap().map(|file| file.unwrap()) {
                let name = rename(&file.file_name().into_string().unwrap());
                std::fs::copy(file.path(), folder.join(name)).unwrap();
            }
        } else if from.is_file() {
            std::fs::copy(&from, out.join(name)).unwrap();
        }
    }
}

#[test]
fn people_who_were_learned_from_are_known_under_other_names() {
    let (cohort, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    renamed_cohort(&world().cohort, cohort.path());
    let subjects = &manifest(&world().bundle).data.subjects;
    let learned = subjects["train_young"] + subjects["train_old"];
    for models in [["--bundle", world().bundle.to_str().unwrap()], ["--run", world().run.to_str().unwrap()]] {
        trainer()
            .arg("evaluate")
            .args(models)
            .arg("--cohort")
            .arg(cohort.path())
            .arg("--out")
            .arg(out.path())
            .args(["--device", "cpu"])
            .assert()
            .success()
            .stderr(predicate::str::contains(format!("; {learned} are training subjects")));
    }
}

#[test]
fn a_bundle_reads_no_file_but_its_own() {
    let folder = tempfile::tempdir().unwrap();
    copy(&world().bundle, folder.path());
    let path = folder.path().join("manifest.json");
    let whole: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let refusal = |change: &dyn Fn(&mut Value), said: &str| {
        let mut manifest = whole.clone();
        change(&mut manifest);
        std::fs::write(&path, manifest.to_string()).unwrap();
        let out = tempfile::tempdir().unwrap();
        explain_by(folder.path(), &some_map(), out.path(), "cpu")
            .assert()
            .code(2)
            .stderr(predicate::str::contains(said));
    };
    refusal(&|manifest| manifest["files"]["mask"]["path"] = json!("/dev/zero"), "points outside the bundle");
    refusal(&|manifest| manifest["files"]["mask"]["bytes"] = json!(7), "is not the file of 7 bytes");
    refusal(&|manifest| manifest["reference"] = json!([]), "no reference output");
    refusal(&|manifest| manifest["models"]["judge"]["dropout"] = json!(1.0), "judge: dropout");
}

#[test]
fn a_modulated_map_is_cut_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let map = volume(&some_map());
    let path = folder.path().join("mwp1.nii.gz");
    let values = map.data.iter().map(|value| 1.25 * value).collect();
    std::fs::write(&path, write_nifti_gz(&map.with_data(values), "modulated").unwrap()).unwrap();
    let out = folder.path().join("out");
    let said = predicate::str::contains("mwp1.nii.gz: values exceed 1, as in modulated maps");
    explain(&path, &out, "cpu").assert().success().stderr(said);
    assert!(volume(&out.join("original.nii.gz")).data.iter().all(|value| (0.0..=1.0).contains(value)));
    let plain = explain(&some_map(), &folder.path().join("plain"), "cpu").assert().success();
    plain.stderr(predicate::str::contains("modulated").not());
}

#[test]
fn a_damaged_bundle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    copy(&world().bundle, folder.path());
    let manifest = manifest(folder.path());
    assert!(Bundle::required_paths(&manifest).len() < manifest.files.len(), "samples are not needed to explain");
    let weights = folder.path().join(&manifest.files["young_to_old"].path);
    let mut bytes = std::fs::read(&weights).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let out = tempfile::tempdir().unwrap();
    explain_by(folder.path(), &some_map(), out.path(), "cpu")
        .assert()
        .code(2)
        .stderr(predicate::str::contains("young_to_old").and(predicate::str::contains("SHA-256")));
}

/// The same values, once said to be of this preparation and once of another: a bundle takes its own only.
#[test]
fn maps_of_another_preparation_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let brain = volume(&some_map());
    let (own, other) = (description(""), description("").replace(PREPARATION_VERSION, "gm-map-0"));
    std::fs::write(path("own.nii"), write_nifti(&brain, &own)).unwrap();
    std::fs::write(path("other.nii"), write_nifti(&brain, &other)).unwrap();
    explain(&path("own.nii"), &path("out"), "cpu").assert().success().stderr(predicate::str::contains("note:").not());
    let refused = predicate::str::contains("other.nii")
        .and(predicate::str::contains("use a model trained on maps of `gm-map-0`"));
    explain(&path("other.nii"), &path("out"), "cpu").assert().code(2).stderr(refused);

    // A bundle of the other version: it says so, and the answers change places.
    let bundle = path("older");
    copy(&world().bundle, &bundle);
    let manifest = std::fs::read_to_string(bundle.join("manifest.json")).unwrap();
    std::fs::write(bundle.join("manifest.json"), manifest.replace(PREPARATION_VERSION, "gm-map-0")).unwrap();
    let with_older = |input: &str| {
        let mut command = trainer();
        command.arg("explain").arg("--bundle").arg(&bundle).arg(path(input)).arg("--out").arg(path("out"));
        command.args(["--device", "cpu"]).assert()
    };
    with_older("other.nii").success().stderr(predicate::str::contains("was trained on maps of preparation `gm-map-0`"));
    with_older("own.nii").code(2).stderr(predicate::str::contains("own.nii"));

    // A run that was begun with maps of another preparation is not mixed with this one's.
    let run = path("run");
    std::fs::create_dir(&run).unwrap();
    std::fs::copy(world().run.join("config.toml"), run.join("config.toml")).unwrap();
    let record = std::fs::read_to_string(world().run.join("run.json")).unwrap();
    std::fs::write(run.join("run.json"), record.replace(PREPARATION_VERSION, "gm-map-0")).unwrap();
    train(&world().cohort, &world().config, &run)
        .arg("--resume")
        .assert()
        .code(2)
        .stderr(predicate::str::contains("maps of preparation `gm-map-0`"));
}

#[test]
fn unusable_input_exits_with_2_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let brain = volume(&some_map());
    let nan = brain.with_data(vec![f32::NAN; brain.data.len()]);
    let mut series = write_nifti(&brain, "");
    series[40..42].copy_from_slice(&4i16.to_le_bytes());
    series[48..50].copy_from_slice(&2i16.to_le_bytes());
    let voxels = series[352..].to_vec();
    series.extend(voxels);
    let mut huge = write_nifti(&brain, "");
    for axis in 0..3 {
        huge[42 + 2 * axis..44 + 2 * axis].copy_from_slice(&2155i16.to_le_bytes());
    }
    let far = Volume { world_from_voxel: Affine::from_spacing_origin([8.0; 3], [500.0; 3]), ..brain.clone() };
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("text.nii", b"this is no image, it is a letter to the editor of a journal".to_vec(), "text.nii"),
        ("cut.nii.gz", std::fs::read(some_map()).unwrap()[..500].to_vec(), "cut.nii.gz"),
        ("series.nii", series, "3-D"),
        ("nan.nii", write_nifti(&nan, ""), "nan.nii"),
        ("huge.nii", huge, "huge.nii"),
        ("far.nii", write_nifti(&far, ""), "far.nii"),
        ("empty.nii", Vec::new(), "empty.nii"),
    ];
    for (name, bytes, expected) in cases {
        std::fs::write(path(name), bytes).unwrap();
        explain(&path(name), &path("out"), "cpu")
            .assert()
            .code(2)
            .stderr(predicate::str::contains(name).and(predicate::str::contains(expected)));
    }
    explain(&path("absent.nii"), &path("out"), "cpu").assert().code(2).stderr(predicate::str::contains("absent.nii"));
    train(&path("no-cohort"), &world().config, &path("run"))
        .assert()
        .code(2)
        .stderr(predicate::str::contains("no such folder"));
    std::fs::write(path("bad.toml"), CONFIG.replace("[grid]", "[gird]")).unwrap();
    train(&world().cohort, &path("bad.toml"), &path("run")).assert().code(2).stderr(predicate::str::contains("gird"));
    trainer().args(["train", "--cohort"]).assert().code(2);
    trainer().arg("export").arg("--run").arg(path("no-run")).arg("--out").arg(path("b")).assert().code(2);
    train(&world().cohort, &world().config, &world().run).assert().code(2).stderr(predicate::str::contains("--resume"));
}
