use super::*;
use crate::cohort::left_out::EXCLUDED_FILE;
use crate::cohort::phantom::{self, PhantomConfig};
use crate::cohort::{Cohort, Split};
use crate::failure::exit_code;
use shared::prepare::description;
use shared::volume::{read_nifti, write_nifti_gz};
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Imports with everything at its default but the part.
fn import(input: &Path, out: &Path, shard: Option<Shard>) -> anyhow::Result<CohortSummary> {
    super::import(&BidsConfig { input, out, shard, prefer: Use::default(), groups: GroupLimits::PUBLISHED })
}

/// GM maps to import: a phantom of four people.
fn maps() -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().expect("folder");
    let config = PhantomConfig { subjects_per_group: 2, spacing_mm: 4.0, ..PhantomConfig::default() };
    phantom::generate(&config, &[], folder.path()).expect("phantom");
    let cohort = Cohort::open(folder.path()).expect("cohort");
    let paths = cohort.subjects.into_iter().map(|subject| subject.gm_path).collect();
    (folder, paths)
}

/// One such map, made once: a phantom takes seconds.
fn map_bytes() -> &'static [u8] {
    static MAP: OnceLock<Vec<u8>> = OnceLock::new();
    MAP.get_or_init(|| {
        let (_phantom, maps) = maps();
        fs::read(&maps[0]).expect("map")
    })
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("parent")).expect("folder");
    fs::write(path, bytes).expect("file");
}

#[test]
fn takes_over_what_is_usable_and_says_why_the_rest_is_not() {
    let (_phantom, maps) = maps();
    let gz = fs::read(&maps[0]).expect("map");
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&gz[..]).read_to_end(&mut plain).expect("gzip");
    let source = tempfile::tempdir().expect("folder");
    let input = source.path();
    put(input, "sub-01/anat/sub-01_space-MNI152Lin_res-4_label-GM_probseg.nii.gz", &gz);
    put(input, "sub-02_GM.nii", &plain);
    put(input, "mri/mwp103.nii", &plain);
    put(input, "sub-04_GM.nii.gz", &gz[..gz.len() / 2]);
    put(input, "sub-05_GM.nii.gz", &gz);
    put(input, "sub-07_T1w.nii.gz", &gz);
    let table = "participant_id\tage\tsex\tgroup\tsplit\n01\t20\tF\tcontrol\ttrain\nsub-02\t47\tM\tpatient\tn/a\n\
        sub-03\t80\tM\tn/a\ttest\nsub-04\t30\tF\tn/a\tn/a\nsub-05\tn/a\tF\tn/a\tn/a\nsub-06\told\tF\tn/a\tn/a\nsub-07\t30\tF\tn/a\tn/a\n";
    put(input, PARTICIPANTS_FILE, table.as_bytes());
    put(input, "dataset_description.json", br#"{"Name": "Source", "HowToAcknowledge": "Thank them"}"#);

    let target = tempfile::tempdir().expect("folder");
    let out = target.path().join("cohort");
    let summary = import(input, &out, None).expect("import");
    assert_eq!(summary.included, [1, 1, 1]);
    assert_eq!(summary.already_there, 0);
    let left_out: Vec<&str> = summary.excluded.iter().map(|excluded| excluded.id.as_str()).collect();
    assert_eq!(left_out, ["sub-05", "sub-06", "sub-04", "sub-07"]);
    let table = fs::read_to_string(out.join(EXCLUDED_FILE)).expect("excluded");
    assert_eq!(table.lines().count(), 5);
    assert!(table.contains("sub-04_GM.nii.gz"), "{table}");

    let cohort = Cohort::open(&out).expect("cohort");
    let groups: Vec<Group> = cohort.subjects.iter().map(|subject| subject.group).collect();
    assert_eq!(groups, [Group::Young, Group::Gap, Group::Old]);
    assert_eq!(cohort.subjects[2].split, Some(Split::Test));
    assert_eq!(cohort.description.acknowledgement.as_deref(), Some("Thank them"));
    assert!(cohort.subjects[0].gm_path.ends_with("sub-01_space-MNI152Lin_res-4_label-GM_probseg.nii.gz"));
    assert_eq!(fs::read(&cohort.subjects[0].gm_path).expect("map"), gz);
    let grid = phantom::grid(phantom::PhantomKind::Brain, 4.0);
    let values: Vec<_> = cohort.subjects.iter().map(|s| cohort.load_gm(s, &grid, "").expect("map").data).collect();
    assert!(values[0] == values[1] && values[1] == values[2]);

    // Other groups are another cohort: its own would be told of wrongly.
    let groups = "40:60".parse().expect("limits");
    let config = BidsConfig { input, out: &out, shard: None, prefer: Use::default(), groups };
    let error = super::import(&config).expect_err("other groups");
    assert!(exit_code(&error) == 2 && error.to_string().contains("of the groups 45:50, not 40:60"), "{error}");
    let other = target.path().join("other");
    let summary = super::import(&BidsConfig { out: &other, ..config }).expect("import");
    assert_eq!(summary.included.iter().sum::<usize>(), 3);
    let cohort_of_others = Cohort::open(&other).expect("cohort");
    assert_eq!(cohort_of_others.description.groups, groups);
    let by_age = |subject: &crate::cohort::Subject| Group::of_age(subject.age_years.expect("age"), groups);
    assert!(cohort_of_others.subjects.iter().all(|subject| subject.group == by_age(subject)));
    let description = fs::read_to_string(other.join("dataset_description.json")).expect("description");
    assert!(description.contains("young < 40, old >= 60"), "{description}");

    // A second run looks only at what is missing.
    put(input, "sub-04_GM.nii.gz", &gz);
    fs::remove_file(input.join("sub-02_GM.nii")).expect("remove");
    let again = import(input, &out, None).expect("import");
    assert_eq!((again.included, again.already_there, again.excluded.len()), ([2, 1, 1], 3, 3));
}

#[test]
fn sources_without_usable_images_are_refused_with_what_is_missing() {
    let source = tempfile::tempdir().expect("folder");
    let out = source.path().join("cohort");
    let missing_table = import(source.path(), &out, None).expect_err("no table");
    assert!(exit_code(&missing_table) == 2 && missing_table.to_string().contains("participant_id and age"));
    put(source.path(), PARTICIPANTS_FILE, b"participant_id\tage\nsub-01\t30\n");
    put(source.path(), "sub-01/anat/sub-01_T1w.nii.gz", b"");
    let error = import(source.path(), &out, None).expect_err("no usable image");
    assert!(exit_code(&error) == 2 && error.to_string().contains("sub-01_T1w.nii.gz"), "{error}");
    fs::remove_file(source.path().join("sub-01/anat/sub-01_T1w.nii.gz")).expect("remove");
    let error = import(source.path(), &out, None).expect_err("no images");
    assert!(exit_code(&error) == 2 && error.to_string().contains("neither GM maps nor T1 images"), "{error}");
    assert_eq!(exit_code(&import(source.path(), source.path(), None).expect_err("same folder")), 2);
}

#[test]
fn images_out_of_place_and_empty_imports_are_refused() {
    let mut moved =
        read_nifti("map", map_bytes(), None).and_then(shared::volume::NiftiImage::into_volume).expect("map");
    moved.world_from_voxel.0[0][3] += 40.0;
    let source = tempfile::tempdir().expect("folder");
    put(source.path(), PARTICIPANTS_FILE, b"participant_id\tage\nsub-01\t30\n");
    put(source.path(), "sub-01_GM.nii.gz", &write_nifti_gz(&moved, "moved").expect("packed"));
    let out = source.path().join("cohort");
    let error = import(source.path(), &out, None).expect_err("out of place");
    assert_eq!(exit_code(&error), 2);
    assert!(error.to_string().contains("none of 1 participants"), "{error}");
    assert!(out.join(EXCLUDED_FILE).exists() && !out.join(PARTICIPANTS_FILE).exists());
}

#[test]
fn a_phantom_stays_a_phantom_and_slabs_are_welcome() {
    let (phantom, maps) = maps();
    // Cut the first map to ten slices of 4 mm from z = 0.
    let bytes = fs::read(&maps[0]).expect("map");
    let mut slab = read_nifti("map", &bytes, None).and_then(shared::volume::NiftiImage::into_volume).expect("map");
    let slice = slab.shape[0] * slab.shape[1];
    slab.data = slab.data[18 * slice..28 * slice].to_vec();
    slab.shape[2] = 10;
    slab.world_from_voxel.0[2][3] += 18.0 * 4.0;
    fs::write(&maps[0], write_nifti_gz(&slab, "slab").expect("packed")).expect("slab");
    let target = tempfile::tempdir().expect("folder");
    let summary = import(phantom.path(), target.path(), None).expect("import");
    assert_eq!(summary.included, [2, 2, 0], "{:?}", summary.excluded);
    assert!(Cohort::open(target.path()).expect("cohort").description.phantom);
}

#[test]
fn maps_of_another_preparation_are_left_out_and_refused() {
    let map = read_nifti("map", map_bytes(), None).and_then(shared::volume::NiftiImage::into_volume).expect("map");
    let source = tempfile::tempdir().expect("folder");
    let older = description("").replace(PREPARATION_VERSION, "gm-map-0+t1-0");
    for (id, about) in [("sub-01", "other software"), ("sub-02", &description("")), ("sub-03", &older)] {
        put(source.path(), &format!("{id}_GM.nii.gz"), &write_nifti_gz(&map, about).expect("packed"));
    }
    put(source.path(), PARTICIPANTS_FILE, b"participant_id\tage\nsub-01\t30\nsub-02\t31\nsub-03\t32\n");
    let out = source.path().join("cohort");
    let summary = import(source.path(), &out, None).expect("import");
    assert_eq!(summary.included, [2, 0, 0]);
    assert!(summary.excluded[0].id == "sub-03" && summary.excluded[0].reason.contains("gm-map-0+t1-0"), "{summary:?}");

    let cohort = Cohort::open(&out).expect("cohort");
    let grid = phantom::grid(phantom::PhantomKind::Brain, 8.0);
    for subject in &cohort.subjects {
        assert!(cohort.load_gm(subject, &grid, PREPARATION_VERSION).is_ok());
        let elsewhere = cohort.load_gm(subject, &grid, "gm-map-1");
        assert_eq!(elsewhere.is_err(), subject.id == "sub-02", "only what says its version is bound to it");
        if let Err(error) = elsewhere {
            assert!(exit_code(&error) == 2 && format!("{error:#}").contains("use a model trained on"), "{error:#}");
        }
    }
}

#[test]
fn parts_write_no_tables_and_the_whole_finds_them_done() {
    let source = tempfile::tempdir().expect("folder");
    let mut table = "participant_id\tage\n".to_owned();
    for index in 0..4 {
        put(source.path(), &format!("sub-{index}_GM.nii.gz"), map_bytes());
        table.push_str(&format!("sub-{index}\t{}\n", 30 + index));
    }
    put(source.path(), PARTICIPANTS_FILE, table.as_bytes());
    let target = tempfile::tempdir().expect("folder");
    let parts = ["1/3", "2/3", "3/3"].map(|part| {
        let part = import(source.path(), target.path(), Some(part.parse().expect("shard"))).expect("part");
        assert!(!target.path().join(PARTICIPANTS_FILE).exists());
        part.included[0]
    });
    assert_eq!(parts, [2, 1, 1]);
    let whole = import(source.path(), target.path(), None).expect("whole");
    assert_eq!((whole.included, whole.already_there), ([4, 0, 0], 4));
    assert!(target.path().join("report.html").exists());
}
