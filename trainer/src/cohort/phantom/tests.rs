use super::*;
use crate::cohort::Cohort;
use crate::failure::exit_code;
use shared::volume::read_nifti;

fn config(subjects_per_group: usize, spacing_mm: f64) -> PhantomConfig {
    PhantomConfig { subjects_per_group, spacing_mm, seed: 3, effect: 1.0 }
}

fn read(path: &Path) -> Volume {
    let bytes = std::fs::read(path).expect("file");
    read_nifti("map", &bytes, None).and_then(|image| image.into_volume()).expect("NIfTI")
}

/// Probability that a random young subject has the larger value.
fn auc(young: &[f64], old: &[f64]) -> f64 {
    let wins: usize = young.iter().map(|y| old.iter().filter(|o| y > *o).count()).sum();
    wins as f64 / (young.len() * old.len()) as f64
}

#[test]
fn groups_differ_learnably_but_not_trivially() {
    let folder = tempfile::tempdir().expect("folder");
    let summary = generate(&config(30, 4.0), folder.path()).expect("phantom");
    assert_eq!((summary.subjects, summary.test, summary.shape), (60, 12, [46, 55, 46]));
    let cohort = Cohort::open(folder.path()).expect("cohort");
    assert!(cohort.description.phantom && cohort.description.acknowledgement.is_some());
    let grid = grid(4.0);
    let mean_gm = |group: Group| -> Vec<f64> {
        let subjects = cohort.subjects.iter().filter(|subject| subject.group == group);
        subjects
            .map(|subject| {
                let map = cohort.load_gm(subject, &grid, "").expect("plausible GM map");
                map.data.iter().map(|&value| f64::from(value)).sum::<f64>() / map.data.len() as f64
            })
            .collect()
    };
    let auc = auc(&mean_gm(Group::Young), &mean_gm(Group::Old));
    println!("AUC of mean GM, 30 young and 30 old: {auc:.3}");
    assert!((0.9..0.995).contains(&auc), "{auc}");
}

#[test]
fn same_settings_give_the_same_bytes_on_any_number_of_threads() {
    let write_with = |threads: usize| {
        let folder = tempfile::tempdir().expect("folder");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
        pool.install(|| generate(&config(3, 6.0), folder.path())).expect("phantom");
        let cohort = Cohort::open(folder.path()).expect("cohort");
        let maps = cohort.subjects.iter().map(|subject| std::fs::read(&subject.gm_path).expect("map"));
        let table = std::fs::read(folder.path().join(PARTICIPANTS_FILE)).expect("table");
        maps.chain([table]).collect::<Vec<_>>()
    };
    assert!(write_with(1) == write_with(3));
}

#[test]
fn truth_is_the_change_of_the_same_person() {
    let folder = tempfile::tempdir().expect("folder");
    generate(&config(5, 4.0), folder.path()).expect("phantom");
    let cohort = Cohort::open(folder.path()).expect("cohort");
    let tested: Vec<_> = cohort.subjects.iter().filter(|s| s.split == Some(Split::Test)).collect();
    assert_eq!(tested.len(), 2);
    for subject in tested {
        let name = format!("{}_desc-oldMinusYoung_GM.nii.gz", subject.id);
        let truth = read(&folder.path().join(TRUTH_FOLDER).join(name));
        let sum: f64 = truth.data.iter().map(|&value| f64::from(value)).sum();
        let size: f64 = truth.data.iter().map(|&value| f64::from(value.abs())).sum();
        assert!(sum < -0.5 * size, "ageing must mostly take grey matter: {sum} of {size}");
        assert!(truth.data.iter().any(|&value| value > 0.05), "pushed tissue must appear elsewhere");
        let changed_where_nothing_changes = truth.data.iter().enumerate().filter(|(index, value)| {
            let [nx, ny, _] = truth.shape;
            let voxel = [index % nx, index / nx % ny, index / (nx * ny)].map(|i| i as f64);
            regions::weights(truth.world_from_voxel.apply(voxel))[regions::COUNT - 1] > 0.995 && value.abs() > 0.02
        });
        assert_eq!(changed_where_nothing_changes.count(), 0);
    }
}

#[test]
fn regions_lose_what_their_rate_says() {
    let template = Template::load().expect("template");
    let calibration = Calibration::of(&template);
    for seed in 0..3 {
        let person = Person::draw(&template, AgeRange::Old, &mut ChaCha8Rng::seed_from_u64(seed));
        let [young, old] = TRUTH_AGES_YEARS.map(|age| person.render(&template, &calibration, age, 1.0, 0.9));
        let volume = |map: &[f32], region: usize| -> f64 {
            template.brain.iter().map(|brain| f64::from(map[brain.index] * brain.weights[region])).sum()
        };
        let years = (TRUTH_AGES_YEARS[1] - TRUTH_AGES_YEARS[0]) * person.pace;
        let loss: Vec<f64> =
            (0..regions::COUNT).map(|region| 1.0 - volume(&old, region) / volume(&young, region)).collect();
        for (region, &loss) in REGIONS.iter().zip(&loss) {
            let expected = region.loss_per_year * years;
            println!("{:>10}: lost {loss:.3}, asked for {expected:.3}", region.name);
            if region.loss_per_year > 0.0 {
                assert!((loss / expected - 1.0).abs() < 0.35, "{}: {loss} for {expected}", region.name);
            }
        }
        assert!(loss[0] > loss[3] && loss[1] > loss[3] && loss[2] > loss[3], "{loss:?}");
        assert!(loss[5] > 0.01 && loss[6].abs() < 0.02, "{loss:?}");
    }
}

#[test]
fn without_effect_nothing_changes() {
    let folder = tempfile::tempdir().expect("folder");
    generate(&PhantomConfig { effect: 0.0, ..config(3, 6.0) }, folder.path()).expect("phantom");
    let truths = std::fs::read_dir(folder.path().join(TRUTH_FOLDER)).expect("truth");
    let maps =
        truths.map(|entry| entry.expect("entry").path()).filter(|path| path.extension().is_some_and(|e| e == "gz"));
    assert!(maps.map(|path| read(&path)).all(|truth| truth.data.iter().all(|&value| value == 0.0)));
}

#[test]
fn refuses_bad_settings_and_folders_of_others() {
    let folder = tempfile::tempdir().expect("folder");
    for wrong in [config(0, 4.0), config(5000, 4.0), config(2, 0.0), config(2, f64::NAN)] {
        assert_eq!(exit_code(&generate(&wrong, folder.path()).expect_err("refused")), 2);
    }
    generate(&config(2, 8.0), folder.path()).expect("phantom");
    generate(&config(2, 8.0), folder.path()).expect("the same again is finished, not refused");
    let error = generate(&config(3, 8.0), folder.path()).expect_err("other settings");
    assert_eq!(exit_code(&error), 2);
    assert!(error.to_string().contains("not empty"), "{error}");
}
