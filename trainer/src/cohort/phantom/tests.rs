use super::atrophy::Calibration;
use super::group::AgeGroup;
use super::person::Person;
use super::template::Template;
use super::tissues::Tissues;
use super::*;
use crate::cohort::{Cohort, Subject};
use crate::failure::exit_code;
use crate::prepare::{load_template, read_labels_or_template};
use crate::statistics::roc_auc;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use shared::volume::{Volume, read_nifti};

fn config(subjects_per_group: usize, spacing_mm: f64) -> PhantomConfig {
    PhantomConfig { subjects_per_group, spacing_mm, seed: 3, ..PhantomConfig::default() }
}

fn squares(subjects_per_group: usize) -> PhantomConfig {
    PhantomConfig { kind: PhantomKind::Squares, ..config(subjects_per_group, 4.0) }
}

fn read(path: &Path) -> Volume {
    let bytes = std::fs::read(path).expect("file");
    read_nifti("map", &bytes, None).and_then(shared::volume::NiftiImage::into_volume).expect("NIfTI")
}

/// A new cohort and its folder, which lives as long as the first value.
fn cohort_of(config: &PhantomConfig) -> (tempfile::TempDir, Cohort) {
    let folder = tempfile::tempdir().expect("folder");
    generate(config, &[], folder.path()).expect("phantom");
    let cohort = Cohort::open(folder.path()).expect("cohort");
    (folder, cohort)
}

fn tested(cohort: &Cohort) -> impl Iterator<Item = &Subject> {
    cohort.subjects.iter().filter(|subject| subject.split == Some(Split::Test))
}

fn sum(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value)).sum()
}

/// Probability that a random young subject has the larger value.
fn auc(young: &[f64], old: &[f64]) -> f64 {
    let is_young = [vec![true; young.len()], vec![false; old.len()]].concat();
    roc_auc(&[young, old].concat(), &is_young).expect("both groups")
}

#[test]
fn groups_differ_learnably_but_not_trivially() {
    let folder = tempfile::tempdir().expect("folder");
    let summary = generate(&config(30, 4.0), &[], folder.path()).expect("phantom");
    assert_eq!((summary.subjects, summary.test, summary.truths, summary.shape), (60, 12, 12, [46, 55, 46]));
    let cohort = Cohort::open(folder.path()).expect("cohort");
    assert!(cohort.description.phantom && cohort.description.acknowledgement.is_some());
    assert!(cohort.subjects.iter().all(|subject| subject.site.is_none()));
    let grid = grid(PhantomKind::Brain, 4.0);
    let mean_gm = |group: Group| -> Vec<f64> {
        let subjects = cohort.subjects.iter().filter(|subject| subject.group == group);
        subjects
            .map(|subject| {
                let map = cohort.load_gm(subject, &grid, "").expect("plausible GM map");
                sum(&map.data) / map.data.len() as f64
            })
            .collect()
    };
    let auc = auc(&mean_gm(Group::Young), &mean_gm(Group::Old));
    println!("AUC of mean GM, 30 young and 30 old: {auc:.3}");
    assert!((0.87..0.995).contains(&auc), "{auc}");
}

#[test]
fn same_settings_give_the_same_bytes_on_any_number_of_threads() {
    let write_with = |threads: usize| {
        let folder = tempfile::tempdir().expect("folder");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
        let config = PhantomConfig { site_correlation: Some(0.5), ..config(3, 6.0) };
        pool.install(|| generate(&config, &[], folder.path())).expect("phantom");
        let cohort = Cohort::open(folder.path()).expect("cohort");
        let maps = cohort.subjects.iter().map(|subject| subject.gm_path.clone());
        let truths = tested(&cohort)
            .flat_map(|subject| [truth_path(folder.path(), &subject.id), site_truth_path(folder.path(), &subject.id)]);
        let tables = [folder.path().join(PARTICIPANTS_FILE), folder.path().join(TRUTH_FOLDER).join("subjects.tsv")];
        let files = maps.chain(truths).chain(tables);
        files.map(|path| std::fs::read(path).expect("file")).collect::<Vec<_>>()
    };
    let written = write_with(1);
    assert_eq!(written.len(), 6 + 4 + 2);
    assert!(written == write_with(3));
}

#[test]
fn truth_is_the_change_of_the_same_person() {
    let (folder, cohort) = cohort_of(&config(5, 4.0));
    let shares = region_shares(&grid(PhantomKind::Brain, 4.0));
    let unchanging = shares.never_changes.iter().position(|&never| never).expect("a region that never changes");
    assert_eq!(tested(&cohort).count(), 2);
    for subject in tested(&cohort) {
        let truth = read(&truth_path(folder.path(), &subject.id));
        let own = read(&subject.gm_path);
        // The subject's own map is one of the two: with the truth put on or taken off it is a map again.
        let sign = if subject.group == Group::Old { -1.0 } else { 1.0 };
        let other: Vec<f32> = own.data.iter().zip(&truth.data).map(|(own, truth)| own + sign * truth).collect();
        assert!(other.iter().all(|value| (-1e-5..=1.0 + 1e-5).contains(value)));
        assert!((sum(&own.data) < sum(&other)) == (subject.group == Group::Old));

        let sizes: Vec<f32> = truth.data.iter().map(|value| value.abs()).collect();
        assert!(sum(&truth.data) < -0.4 * sum(&sizes), "ageing must mostly take grey matter");
        assert!(truth.data.iter().any(|&value| value > 0.02), "pushed tissue must appear elsewhere");
        let in_region = sizes.iter().zip(&shares.shares[unchanging]).map(|(size, share)| size * share);
        let share = f64::from(in_region.sum::<f32>()) / sum(&sizes);
        assert!(share < 0.02, "{share} of the change lies where nothing changes");
        assert!(!site_truth_path(folder.path(), &subject.id).exists());
    }
    let table = std::fs::read_to_string(folder.path().join(TRUTH_FOLDER).join("subjects.tsv")).expect("table");
    let (with_ages, without): (Vec<&str>, Vec<&str>) = table.lines().skip(1).partition(|line| !line.contains("n/a"));
    assert_eq!((with_ages.len(), without.len()), (2, 8));
    assert!(with_ages.iter().all(|line| line.ends_with("\t67.5") || line.contains("\t34.2\t")), "{with_ages:?}");
}

#[test]
fn test_subjects_are_made_at_all_ages_where_asked_for() {
    let (folder, cohort) = cohort_of(&PhantomConfig { all_ages: true, ..config(5, 6.0) });
    let (_plain, without) = cohort_of(&config(5, 6.0));
    for (subject, plain) in tested(&cohort).zip(tested(&without)) {
        assert_eq!(read(&subject.gm_path), read(&plain.gm_path), "nobody else may come of it");
        let at = DIAL_AGES_YEARS.map(|age| sum(&read(&age_truth_path(folder.path(), &subject.id, age)).data));
        assert!(at.windows(2).skip(1).all(|pair| pair[1] < pair[0]), "grey matter is lost year by year: {at:?}");
        let own_age = subject.age_years.expect("an age");
        let later = DIAL_AGES_YEARS.iter().zip(at).filter(|(age, _)| f64::from(**age) > own_age.max(45.0));
        assert!(later.map(|(_, change)| change).all(|change| change < 0.0));
    }
    // Where ventricles grow as in life, the very old lose more, those of middle age less.
    let (bent_folder, bent) = cohort_of(&PhantomConfig { all_ages: true, course: Course::Bent, ..config(5, 6.0) });
    let change = |folder: &Path, cohort: &Cohort, age_years: u32| -> f64 {
        tested(cohort).map(|subject| sum(&read(&age_truth_path(folder, &subject.id, age_years)).data)).sum()
    };
    let by_decade = |folder: &Path, cohort: &Cohort| change(folder, cohort, 85) - change(folder, cohort, 75);
    assert_ne!(by_decade(bent_folder.path(), &bent), by_decade(folder.path(), &cohort));
    let squares = PhantomConfig { kind: PhantomKind::Squares, all_ages: true, ..config(2, 6.0) };
    assert!(generate(&squares, &[], tempfile::tempdir().expect("folder").path()).is_err());
}

#[test]
fn regions_lose_what_their_rate_says_in_both_subtypes() {
    const AGES_YEARS: [f64; 2] = [30.0, 70.0];
    let template = Template::of(Tissues::standard().expect("template"));
    let calibration = Calibration::of(&template);
    let volume = |tissue: &[[f32; 2]], region: usize| -> f64 {
        template.brain.iter().zip(tissue).map(|(brain, [gm, _])| f64::from(gm * brain.weights[region])).sum()
    };
    for seed in 0..2 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let age_years = AgeGroup::Old.draw_age_years(GroupLimits::PUBLISHED, &mut rng);
        let mut person = Person::draw(&template, age_years, Course::Linear, &mut rng);
        for subtype in [Subtype::Frontal, Subtype::Posterior] {
            person.subtype = subtype;
            let [young, old] = AGES_YEARS.map(|age_years| person.tissue(&template, &calibration, age_years, 1.0));
            let years = (AGES_YEARS[1] - AGES_YEARS[0]) * person.pace;
            let loss: Vec<f64> =
                (0..regions::COUNT).map(|region| 1.0 - volume(&old, region) / volume(&young, region)).collect();
            for (index, (region, &loss)) in REGIONS.iter().zip(&loss).enumerate() {
                let expected = region.loss_per_year * subtype.factors()[index] * years;
                println!("{:>10}, {subtype:?}: lost {loss:.3}, asked for {expected:.3}", region.name);
                if expected > 0.0 {
                    assert!((loss / expected - 1.0).abs() < 0.4, "{}: {loss} for {expected}", region.name);
                }
            }
            assert!(loss[0] > loss[3] && loss[1] > loss[3] && loss[2] > loss[3], "{loss:?}");
            assert!((loss[0] > loss[1]) == (subtype == Subtype::Frontal), "{loss:?}");
            assert!(loss[5] > 0.01 && loss[6].abs() < 0.03, "{loss:?}");
        }
    }
}

#[test]
fn white_matter_does_not_glow() {
    let template = Template::of(Tissues::standard().expect("template"));
    let calibration = Calibration::of(&template);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let age_years = AgeGroup::Young.draw_age_years(GroupLimits::PUBLISHED, &mut rng);
    let person = Person::draw(&template, age_years, Course::Linear, &mut rng);
    let tissue = person.tissue(&template, &calibration, 25.0, 1.0);
    let map = person.scan(&template, &tissue, &vec![1.0; template.brain.len()], 0.9);
    let mean_where = |keep: fn(&[f32; 2]) -> bool| {
        let kept = template.brain.iter().zip(&tissue).filter(|(_, tissue)| keep(tissue));
        let values: Vec<f32> = kept.map(|(brain, _)| map[brain.index]).collect();
        assert!(values.len() > 1000);
        sum(&values) / values.len() as f64
    };
    let white = mean_where(|&[gm, solid]| gm < 0.01 && solid > 0.99);
    let grey = mean_where(|&[gm, _]| gm > 0.8);
    println!("white matter {white:.3}, grey matter {grey:.3}");
    assert!(white < 0.09 && grey > 0.5, "{white} {grey}");
}

#[test]
fn a_second_scanner_goes_with_the_group_and_leaves_the_anatomy_alone() {
    let (_one_site, plain) = cohort_of(&config(6, 8.0));
    let (folder, cohort) = cohort_of(&PhantomConfig { site_correlation: Some(0.9), ..config(6, 8.0) });
    let in_b = |group: Group| {
        let of_group = cohort.subjects.iter().filter(|subject| subject.group == group);
        of_group.filter(|subject| subject.site.as_deref() == Some("B")).count()
    };
    assert!(in_b(Group::Old) > in_b(Group::Young) + 2, "{} {}", in_b(Group::Old), in_b(Group::Young));
    for (subject, plain) in cohort.subjects.iter().zip(&plain.subjects) {
        let same = std::fs::read(&subject.gm_path).expect("map") == std::fs::read(&plain.gm_path).expect("map");
        assert_eq!(same, subject.site.as_deref() == Some("A"), "{}", subject.id);
        assert_eq!((subject.age_years, subject.split), (plain.age_years, plain.split));
    }
    assert_eq!(tested(&cohort).count(), 2);
    for subject in tested(&cohort) {
        let change = read(&site_truth_path(folder.path(), &subject.id));
        let share = sum(&change.data) / sum(&read(&subject.gm_path).data);
        assert!((-0.07..-0.02).contains(&share), "scanner B is 4 % darker: {share}");
        assert!(truth_path(folder.path(), &subject.id).exists());
    }
}

#[test]
fn permuted_labels_change_the_table_of_training_subjects_and_nothing_else() {
    let (_plain_folder, plain) = cohort_of(&squares(20));
    let (_folder, cohort) = cohort_of(&PhantomConfig { permute_labels: true, ..squares(20) });
    let mut labels = [Vec::new(), Vec::new()];
    let mut moved = 0;
    for (subject, plain) in cohort.subjects.iter().zip(&plain.subjects) {
        let maps = [&subject.gm_path, &plain.gm_path].map(|path| std::fs::read(path).expect("map"));
        assert!(maps[0] == maps[1] && subject.sex == plain.sex && subject.split == plain.split);
        if subject.split == Some(Split::Test) {
            assert_eq!((subject.group, subject.age_years), (plain.group, plain.age_years));
            continue;
        }
        moved += usize::from(subject.group != plain.group);
        for (labels, subject) in labels.iter_mut().zip([subject, plain]) {
            let age_years = subject.age_years.expect("age");
            assert_eq!(Group::of_age(age_years, GroupLimits::PUBLISHED), subject.group);
            labels.push(age_years);
        }
    }
    assert!((6..=26).contains(&moved), "about half of 32 are in the other group: {moved}");
    labels.iter_mut().for_each(|labels| labels.sort_by(f64::total_cmp));
    assert_eq!(labels[0], labels[1]);
}

#[test]
fn squares_are_a_cohort_that_can_be_read_with_a_truth_for_the_old() {
    let folder = tempfile::tempdir().expect("folder");
    let summary = generate(&squares(10), &[], folder.path()).expect("squares");
    assert_eq!((summary.subjects, summary.test, summary.truths, summary.shape), (20, 4, 2, [112, 112, 1]));
    let cohort = Cohort::open(folder.path()).expect("cohort");
    let grid = grid(PhantomKind::Squares, 4.0);
    let centre = grid.mni_from_voxel.apply([55.5, 55.5, 0.0]);
    assert!(centre.iter().all(|mm| mm.abs() < 1e-9), "{centre:?}");
    for subject in &cohort.subjects {
        let map = cohort.load_gm(subject, &grid, "").expect("no check of the preparation may refuse it");
        assert_eq!(map.data, read(&subject.gm_path).data);
        let has_truth = subject.split == Some(Split::Test) && subject.group == Group::Old;
        assert_eq!(truth_path(folder.path(), &subject.id).exists(), has_truth, "{}", subject.id);
    }
}

#[test]
fn without_effect_nothing_changes() {
    for config in [config(3, 6.0), squares(5)] {
        let (folder, cohort) = cohort_of(&PhantomConfig { effect: 0.0, ..config });
        let truths = tested(&cohort).map(|subject| truth_path(folder.path(), &subject.id));
        let found: Vec<Volume> = truths.filter(|path| path.exists()).map(|path| read(&path)).collect();
        assert!(!found.is_empty());
        assert!(found.iter().all(|truth| truth.data.iter().all(|&value| value == 0.0)));
    }
}

#[test]
fn refuses_bad_settings_and_folders_of_others() {
    let folder = tempfile::tempdir().expect("folder");
    let with_site = |site_correlation: f64, config: PhantomConfig| PhantomConfig {
        site_correlation: Some(site_correlation),
        ..config
    };
    let with_groups = |groups: &str| PhantomConfig { groups: groups.parse().expect("limits"), ..config(2, 8.0) };
    for wrong in [
        config(0, 4.0),
        config(5000, 4.0),
        config(2, 0.0),
        config(2, f64::NAN),
        PhantomConfig { effect: -1.0, ..config(2, 4.0) },
        with_site(0.95, config(2, 4.0)),
        with_site(-0.1, config(2, 4.0)),
        with_site(f64::NAN, config(2, 4.0)),
        with_site(0.5, squares(2)),
        with_groups("20:50"),
        with_groups("45:86"),
    ] {
        assert_eq!(exit_code(&generate(&wrong, &[], folder.path()).expect_err("refused")), 2);
    }
    generate(&config(2, 8.0), &[], folder.path()).expect("phantom");
    generate(&config(2, 8.0), &[], folder.path()).expect("the same again is finished, not refused");
    for other in [config(3, 8.0), with_site(0.5, config(2, 8.0)), squares(2), with_groups("40:60")] {
        let error = generate(&other, &[], folder.path()).expect_err("other settings");
        assert_eq!(exit_code(&error), 2);
        assert!(error.to_string().contains("not empty"), "{error}");
    }
}

/// Label maps of two "people": the template's head, and the same one mirrored.
fn two_heads() -> Vec<HeadLabels> {
    let mut heads = read_labels_or_template(None, &load_template().expect("template")).expect("head");
    let head = heads.remove(0);
    let nx = head.shape[0];
    let mut mirrored = head.clone();
    mirrored.labels.chunks_mut(nx).for_each(<[u16]>::reverse);
    mirrored.name = "mirrored".to_owned();
    vec![head, mirrored]
}

#[test]
fn phantoms_of_label_maps_are_tested_on_heads_that_nobody_learned_from() {
    let (heads, folder) = (two_heads(), tempfile::tempdir().expect("folder"));
    let config = config(4, 4.0);
    let summary = generate(&config, &heads, folder.path()).expect("phantom");
    assert_eq!((summary.subjects, summary.test, summary.truths), (8, 4, 4));
    let cohort = Cohort::open(folder.path()).expect("cohort");
    assert!(cohort.description.phantom);
    // Every second person has the one head, and is tested; the maps of one head are alike, and those of two are not.
    let splits: Vec<bool> = cohort.subjects.iter().map(|subject| subject.split == Some(Split::Test)).collect();
    assert!(splits[..4] == splits[4..] && splits[0] == splits[2] && splits[1] == splits[3] && splits[0] != splits[1]);
    let truth = |subject: &Subject| sum(&read(&truth_path(folder.path(), &subject.id)).data);
    assert!(tested(&cohort).all(|subject| truth(subject) < 0.0), "grey matter is lost with age");
    // A map that any command takes, and that holds about as much grey matter as the template's phantoms.
    let grid = grid(PhantomKind::Brain, 4.0);
    let mean = |cohort: &Cohort| -> f64 {
        let of = |subject| sum(&cohort.load_gm(subject, &grid, "").expect("plausible GM map").data);
        cohort.subjects.iter().map(of).sum::<f64>() / cohort.subjects.len() as f64
    };
    let (_standard, standard) = cohort_of(&config);
    let ratio = mean(&cohort) / mean(&standard);
    assert!((0.7..1.3).contains(&ratio), "{ratio}");
    // The folder remembers whose anatomy it has.
    assert_eq!(exit_code(&generate(&config, &[], folder.path()).expect_err("other anatomy")), 2);
    let one = generate(&config, &heads[..1], tempfile::tempdir().expect("folder").path()).expect_err("one head");
    assert!(exit_code(&one) == 2 && one.to_string().contains("at least two"), "{one}");
}
