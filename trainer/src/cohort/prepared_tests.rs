use super::*;
use anyhow::anyhow;
use serde_json::json;
use shared::bundle::sha256_hex;
use shared::prepare::PREPARATION_VERSION;
use shared::prepare::t1::Quality;
use std::fs;

const IMAGE: &[u8] = b"no image, but the same one";

/// A cohort in which sub-1 was prepared from [`IMAGE`]: the record as it would be, and empty maps.
fn finished() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    fs::write(folder.path().join("t1.nii"), IMAGE).expect("image");
    let files = map_files(&maps_folder("sub-1"), "sub-1");
    for file in files.values() {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        fs::write(path, b"").expect("map");
    }
    write_record(folder.path(), json!({ "files": files }));
    folder
}

fn write_record(cohort: &Path, changes: serde_json::Value) {
    let quality = Quality { passed: true, score: 0.9, measures: Vec::new(), reasons: Vec::new() };
    let mut record = json!({
        "input": "t1.nii", "input_sha256": sha256_hex(IMAGE), "preparation_version": PREPARATION_VERSION,
        "program_version": "0", "options": {"modulated": false, "force": false}, "seconds": 1.0, "warnings": [],
        "quality": quality, "mni_from_world": null, "files": {},
    });
    record.as_object_mut().expect("object").extend(changes.as_object().expect("object").clone());
    crate::files::write_json(&cohort.join(record_file("sub-1")), &record).expect("record");
}

fn outcome(cohort: &Path) -> Outcome {
    let template = crate::prepare::load_template().expect("template");
    prepare(cohort, "sub-1", cohort, Path::new("t1.nii"), &template).expect("no file failed")
}

#[test]
fn a_finished_subject_is_not_done_again() {
    let cohort = finished();
    let gm = crate::cohort::files::find_gm(cohort.path(), "sub-1").expect("one map");
    let before = fs::metadata(&gm).and_then(|file| file.modified()).expect("time");
    assert!(matches!(outcome(cohort.path()), Outcome::There { fresh: false, record: Some(_), .. }));
    assert_eq!(fs::metadata(&gm).and_then(|file| file.modified()).expect("time"), before);
}

#[test]
fn a_failure_is_remembered_with_its_reason() {
    let cohort = finished();
    write_record(cohort.path(), json!({ "refused": "it shows a knee", "quality": null }));
    let Outcome::LeftOut { file: Some(_), reason, .. } = outcome(cohort.path()) else { panic!("it was refused") };
    assert_eq!(reason, "it shows a knee");
    let failed = Quality { passed: false, score: 0.1, measures: Vec::new(), reasons: vec!["it is cut".to_owned()] };
    write_record(cohort.path(), json!({ "quality": failed }));
    let Outcome::LeftOut { reason, .. } = outcome(cohort.path()) else { panic!("it failed") };
    assert!(reason.contains("it is cut"), "{reason}");
}

/// The image is no NIfTI: whoever looks at it again finds that out, and takes the old maps away.
#[test]
fn whatever_changed_is_done_again() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("another version", |cohort| write_record(cohort, json!({ "preparation_version": "gm-map-0" }))),
        ("another image", |cohort| write_record(cohort, json!({ "input_sha256": "00" }))),
        ("a missing map", |cohort| fs::remove_file(cohort.join("sub-1/anat/sub-1_mni_from_world.txt")).expect("there")),
        ("a damaged record", |cohort| fs::write(cohort.join(record_file("sub-1")), "{").expect("record")),
    ];
    for (what, change) in changes {
        let cohort = finished();
        let files = Record::read(&cohort.path().join(record_file("sub-1"))).expect("record").files;
        change(cohort.path());
        assert!(matches!(outcome(cohort.path()), Outcome::LeftOut { record: Some(_), .. }), "{what}");
        let left: Vec<_> = files.values().filter(|file| cohort.path().join(file).exists()).collect();
        assert!(left.is_empty(), "{what}: {left:?}");
        let refused = Record::read(&cohort.path().join(record_file("sub-1"))).expect("record");
        assert!(refused.refused.is_some_and(|reason| reason.starts_with("t1.nii: ")), "{what}");
    }
}

#[test]
fn a_map_of_other_software_is_no_prepared_one() {
    let cohort = tempfile::tempdir().expect("folder");
    assert!(!was_prepared(cohort.path(), "sub-1"));
    remove(cohort.path(), "sub-1").expect("nothing to remove");
}

#[test]
fn outcomes_keep_the_order_and_the_first_error_ends_the_work() {
    let subjects: Vec<usize> = (0..50).collect();
    let outcomes = for_each("subjects", &subjects, |&subject| {
        std::thread::sleep(std::time::Duration::from_micros(100 * (subject as u64 % 7)));
        Ok(Outcome::LeftOut { file: None, reason: subject.to_string(), record: None })
    })
    .expect("all done");
    for (place, outcome) in outcomes.iter().enumerate() {
        assert!(matches!(outcome, Outcome::LeftOut { reason, .. } if *reason == place.to_string()));
    }
    let error = for_each("subjects", &subjects, |&subject| match subject {
        3 => Err(anyhow!("the disk is full")),
        _ => Ok(Outcome::There { fresh: true, record: None, notes: Vec::new() }),
    });
    assert_eq!(error.expect_err("failed").to_string(), "the disk is full");
    assert!(
        for_each("subjects", &[] as &[usize], |_| Err::<Outcome, _>(anyhow!("nobody"))).expect("nobody").is_empty()
    );
}
