use super::*;
use crate::failure::exit_code;

/// A cohort folder with the given table; a map (not a readable one) for each id.
fn cohort_folder(table: &str, ids: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join(PARTICIPANTS_FILE), table).expect("table");
    for id in ids {
        let anat = folder.path().join(id).join("anat");
        std::fs::create_dir_all(&anat).expect("folder");
        std::fs::write(anat.join(format!("{id}_space-MNI152_label-GM_probseg.nii.gz")), b"no image").expect("map");
    }
    folder
}

#[test]
fn reads_groups_from_the_table_or_from_age() {
    let table = "\u{feff}participant_id\tage\tsex\tgroup\tsite\n\
        sub-c\t49.9\tM\tn/a\tA\nsub-a\t44\tF\tn/a\tA\nb\t50\tn/a\tn/a\tB\nsub-d\tn/a\tF\told\tn/a\n\nsub-e\t89+\tF\t\tB\n";
    let folder = cohort_folder(table, &["sub-a", "sub-b", "sub-c", "sub-d", "sub-e"]);
    let cohort = Cohort::open(folder.path()).expect("cohort");
    let groups: Vec<_> = cohort.subjects.iter().map(|subject| (subject.id.as_str(), subject.group)).collect();
    let expected = [
        ("sub-a", Group::Young),
        ("sub-b", Group::Old),
        ("sub-c", Group::Gap),
        ("sub-d", Group::Old),
        ("sub-e", Group::Old),
    ];
    assert_eq!(groups, expected);
    assert_eq!(cohort.subjects[1].sex, None);
    assert_eq!(cohort.subjects[1].site.as_deref(), Some("B"));
    assert_eq!(cohort.subjects[3].age_years, None);
    assert_eq!(cohort.subjects[4].age_years, Some(89.0));
    assert!(!cohort.description.phantom);
    assert_eq!(cohort.young_and_old().len(), 4);
}

#[test]
fn passes_on_the_description() {
    let folder = cohort_folder("participant_id\tage\nsub-a\t20\n", &["sub-a"]);
    let description = r#"{"Name": "N", "License": "L", "HowToAcknowledge": "A", "ReferencesAndLinks": ["x", "y"]}"#;
    std::fs::write(folder.path().join("dataset_description.json"), description).expect("description");
    let description = Cohort::open(folder.path()).expect("cohort").description;
    assert_eq!(description.name, "N");
    assert_eq!(description.license.as_deref(), Some("L"));
    assert_eq!(description.acknowledgement.as_deref(), Some("A"));
    assert_eq!(description.citation.as_deref(), Some("x; y"));
}

/// A cohort of these rows whose description names the groups 40:60.
fn cohort_of_40_and_60(rows: &str, ids: &[&str]) -> (tempfile::TempDir, anyhow::Result<Cohort>) {
    let folder = cohort_folder(&format!("participant_id\tage\tgroup\n{rows}"), ids);
    let description = r#"{"AgeLens": {"groups": {"young_below_years": 40, "old_from_years": 60}}}"#;
    std::fs::write(folder.path().join(DESCRIPTION_FILE), description).expect("description");
    let cohort = Cohort::open(folder.path());
    (folder, cohort)
}

fn groups_of(cohort: &Cohort) -> Vec<Group> {
    cohort.subjects.iter().map(|subject| subject.group).collect()
}

#[test]
fn groups_go_by_the_limits_of_the_description() {
    let rows = "sub-a\t42\tn/a\nsub-b\t39.9\tyoung\nsub-c\t60\told\nsub-d\t59\tgap\n";
    let (folder, cohort) = cohort_of_40_and_60(rows, &["sub-a", "sub-b", "sub-c", "sub-d"]);
    let mut cohort = cohort.expect("cohort");
    assert_eq!(groups_of(&cohort), [Group::Gap, Group::Young, Group::Old, Group::Gap]);
    cohort.group_by("40:60".parse().expect("limits"), folder.path()).expect("its own");
    assert_eq!(groups_of(&cohort), [Group::Gap, Group::Young, Group::Old, Group::Gap]);
    cohort.group_by(GroupLimits::PUBLISHED, folder.path()).expect("all have ages");
    assert_eq!(groups_of(&cohort), [Group::Young, Group::Young, Group::Old, Group::Old]);
    assert_eq!(cohort.description.groups, GroupLimits::PUBLISHED);
}

#[test]
fn groups_that_contradict_the_limits_are_refused() {
    let rows = "sub-a\t42\tyoung\nsub-b\t30\tyoung\nsub-c\t55\told\n";
    let error = cohort_of_40_and_60(rows, &["sub-a", "sub-b", "sub-c"]).1.expect_err("two rows contradict");
    assert_eq!(exit_code(&error), 2);
    let text = error.to_string();
    assert!(text.contains("line 2 (sub-a): group `young` at 42 years") && text.contains("40:60"), "{text}");
    assert!(text.contains("line 4 (sub-c): group `old` at 55 years") && !text.contains("sub-b"), "{text}");
}

#[test]
fn who_has_no_age_cannot_be_grouped_by_other_limits() {
    let (folder, cohort) = cohort_of_40_and_60("sub-a\t30\tn/a\nsub-b\tn/a\told\n", &["sub-a", "sub-b"]);
    let mut cohort = cohort.expect("cohort");
    let error = cohort.group_by(GroupLimits::PUBLISHED, folder.path()).expect_err("no age");
    let text = error.to_string();
    assert!(exit_code(&error) == 2 && ["45:50", "40:60", "sub-b"].iter().all(|word| text.contains(word)), "{text}");
}

#[test]
fn limits_that_are_none_are_refused() {
    for groups in [r#"{"young_below_years": 60, "old_from_years": 40}"#, r#"{"young_below_years": 45}"#, r#""45:50""#] {
        let folder = cohort_folder("participant_id\tage\nsub-a\t20\n", &["sub-a"]);
        let description = format!(r#"{{"AgeLens": {{"groups": {groups}}}}}"#);
        std::fs::write(folder.path().join(DESCRIPTION_FILE), description).expect("description");
        let text = Cohort::open(folder.path()).expect_err("no limits").to_string();
        assert!(text.contains("AgeLens.groups") && text.contains("old_from_years"), "{text}");
    }
}

#[test]
fn lists_every_problem_in_one_error() {
    let table = "participant_id\tage\tgroup\tsplit\n\
        sub-a\t20\tn/a\tn/a\nsub-a\t20\tn/a\tn/a\nsub-old\tseventy\tn/a\tn/a\nsub-x\t20\tcontrol\tn/a\n\
        sub-y\t20\tyoung\tvalidation\nsub-z\tn/a\tn/a\tn/a\n../up\t20\tn/a\tn/a\nsub-none\t20\tn/a\tn/a\n";
    let folder = cohort_folder(table, &["sub-a", "sub-old", "sub-x", "sub-y", "sub-z"]);
    std::fs::write(folder.path().join("dataset_description.json"), "{").expect("description");
    let error = Cohort::open(folder.path()).expect_err("unusable");
    assert_eq!(exit_code(&error), 2);
    let text = error.to_string();
    let wanted = [
        "8 problems",
        "listed twice",
        "seventy",
        "control",
        "validation",
        "neither age nor group",
        "../up",
        "sub-none",
        "not JSON",
    ];
    for part in wanted {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
}

#[test]
fn shows_ten_problems_and_counts_the_rest() {
    let rows: String = (0..25).map(|i| format!("sub-{i:02}\t20\n")).collect();
    let folder = cohort_folder(&format!("participant_id\tage\n{rows}"), &[]);
    let text = Cohort::open(folder.path()).expect_err("unusable").to_string();
    assert!(text.contains("25 problems") && text.contains("and 15 more"), "{text}");
    assert_eq!(text.lines().count(), 12);
}

#[test]
fn names_missing_tables_and_columns() {
    let empty = tempfile::tempdir().expect("folder");
    let error = Cohort::open(empty.path()).expect_err("no table");
    assert!(exit_code(&error) == 2 && error.to_string().contains(PARTICIPANTS_FILE), "{error}");
    for (table, wanted) in [
        ("id,age\nsub-a,20\n", "participant_id"),
        ("participant_id\tsex\nsub-a\tF\n", "neither a column `age` nor `group`"),
        ("participant_id\tage\n", "no rows"),
    ] {
        let folder = cohort_folder(table, &["sub-a"]);
        let error = Cohort::open(folder.path()).expect_err("unusable");
        assert!(exit_code(&error) == 2 && error.to_string().contains(wanted), "{error}");
    }
}

#[test]
fn refuses_to_choose_between_two_maps_and_to_read_a_broken_one() {
    let folder = cohort_folder("participant_id\tage\nsub-a\t20\n", &["sub-a"]);
    let cohort = Cohort::open(folder.path()).expect("maps are not read yet");
    let error = cohort
        .load_gm(&cohort.subjects[0], &phantom::grid(phantom::PhantomKind::Brain, 8.0), "")
        .expect_err("not NIfTI");
    assert!(exit_code(&error) == 2 && format!("{error:#}").contains("sub-a_space"), "{error:#}");
    std::fs::write(folder.path().join("sub-a/anat/sub-a_res-2_label-GM_probseg.nii"), b"").expect("second");
    assert!(Cohort::open(folder.path()).expect_err("two").to_string().contains("several GM maps"));
}

fn subjects(count: usize) -> Vec<Subject> {
    (0..count)
        .map(|i| Subject {
            id: format!("sub-{i:03}"),
            age_years: None,
            sex: Some(if i % 3 == 0 { "M" } else { "F" }.to_owned()),
            group: [Group::Young, Group::Old, Group::Old, Group::Gap][i % 4],
            site: None,
            split: None,
            gm_path: PathBuf::new(),
        })
        .collect()
}

#[test]
fn split_is_stratified_repeatable_and_free_of_row_order() {
    let mut first = subjects(200);
    assert_eq!(split::assign(&mut first, 0.2, 7).expect("split"), SplitOrigin::Drawn);
    for (group, total) in [(Group::Young, 50.0), (Group::Old, 100.0)] {
        for sex in ["F", "M"] {
            let of_sex = |s: &&Subject| s.group == group && s.sex.as_deref() == Some(sex);
            let all = first.iter().filter(of_sex).count() as f64;
            let test = first.iter().filter(of_sex).filter(|s| s.split == Some(Split::Test)).count() as f64;
            assert!((test - 0.2 * all).abs() <= 1.0, "{group} {sex}: {test} of {all}");
        }
        let test = first.iter().filter(|s| s.group == group && s.split == Some(Split::Test)).count() as f64;
        assert!((test - 0.2 * total).abs() < 1.0, "{group}: {test}");
    }
    assert!(first.iter().all(|s| (s.group == Group::Gap) == s.split.is_none()));

    let mut reversed = subjects(200);
    reversed.reverse();
    split::assign(&mut reversed, 0.2, 7).expect("split");
    reversed.reverse();
    assert_eq!(first, reversed);
    let mut other = subjects(200);
    split::assign(&mut other, 0.2, 8).expect("split");
    assert_ne!(first, other);
    assert_eq!(split::assign(&mut other, 0.5, 1).expect("split"), SplitOrigin::Table);
    assert!(split::assign(&mut other, 1.0, 1).is_err());
}

#[test]
fn folds_cover_everyone_once_and_keep_the_groups_balanced() {
    let all = subjects(83);
    let list: Vec<&Subject> = all.iter().collect();
    let folds = k_folds(&list, 5, 11).expect("folds");
    let mut seen: Vec<usize> = folds.iter().flat_map(|fold| fold.validation.clone()).collect();
    seen.sort_unstable();
    let grouped: Vec<usize> = (0..all.len()).filter(|&i| all[i].group != Group::Gap).collect();
    assert_eq!(seen, grouped);
    for fold in &folds {
        assert!(fold.train.iter().all(|position| !fold.validation.contains(position)));
        assert_eq!(fold.train.len() + fold.validation.len(), grouped.len());
        let old = fold.validation.iter().filter(|&&i| all[i].group == Group::Old).count();
        assert!((8..=9).contains(&old), "{old}");
    }
    assert_eq!(folds, k_folds(&list, 5, 11).expect("folds"));
    assert!(k_folds(&list, 1, 0).is_err() && k_folds(&list[..8], 5, 0).is_err());
}

#[test]
fn a_split_that_one_row_lacks_is_refused_and_not_drawn_anew() {
    let table = "participant_id\tage\tsplit\nsub-a\t20\ttrain\nsub-b\t60\ttest\nsub-c\t47\tn/a\nsub-d\t30\t\n";
    let folder = cohort_folder(table, &["sub-a", "sub-b", "sub-c", "sub-d"]);
    let error = Cohort::open(folder.path()).expect_err("one has none");
    let text = error.to_string();
    assert!(
        exit_code(&error) == 2 && text.contains("1 problem") && text.contains("line 5 (sub-d): no split"),
        "{text}"
    );
    let whole = cohort_folder(&table.replace("30\t\n", "30\ttrain\n"), &["sub-a", "sub-b", "sub-c", "sub-d"]);
    let mut cohort = Cohort::open(whole.path()).expect("the gap needs none");
    assert_eq!(cohort.assign_split(0.2, 1).expect("split"), SplitOrigin::Table);
    // The same where the table was not looked at.
    let mut some = subjects(40);
    some[0].split = Some(Split::Test);
    let error = split::assign(&mut some, 0.2, 7).expect_err("the others have none");
    assert!(exit_code(&error) == 2 && error.to_string().contains("sub-001 has no split"), "{error}");
    assert_eq!(some.iter().filter(|subject| subject.split.is_some()).count(), 1, "nothing was drawn");
}

#[test]
fn tables_are_read_however_they_write_age_and_sex() {
    let table = "Participant_ID\tAge\tGENDER\nsub-a\t240\tMale\nsub-b\t720\tf\nsub-c\t600.5\t2\n";
    let folder = cohort_folder(table, &["sub-a", "sub-b", "sub-c"]);
    std::fs::write(folder.path().join("participants.json"), r#"{"age": {"Units": "months"}}"#).expect("sidecar");
    let cohort = Cohort::open(folder.path()).expect("cohort");
    let found: Vec<_> = cohort.subjects.iter().map(|one| (one.age_years, one.sex.as_deref(), one.group)).collect();
    let expected = [
        (Some(20.0), Some("M"), Group::Young),
        (Some(60.0), Some("F"), Group::Old),
        (Some(50.04), Some("F"), Group::Old),
    ];
    assert_eq!(found, expected);
}
