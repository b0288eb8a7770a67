//! `--groups`: from a cohort of other groups than the published to its report and its bundle, all of which go by the same limits; and
//! what happens where the groups of models and cohort differ. Phantoms.

mod support;

use assert_cmd::assert::Assert;
use predicates::prelude::*;
use serde_json::{Value, json};
use shared::bundle::{GroupLimits, GroupName, Manifest};
use std::fs;
use std::path::{Path, PathBuf};
use support::trainer;

const GROUPS: &str = "40:60";

fn limits() -> GroupLimits {
    GROUPS.parse().unwrap()
}

fn phantoms(out: &Path, seed: &str, more: &[&str]) -> Assert {
    let mut command = trainer();
    command.args(["cohort", "phantom", "--subjects", "10", "--seed", seed, "--spacing-mm", "8", "--out"]).arg(out);
    command.args(more).assert()
}

/// Takes the last column, the split, out of a table: then everybody is evaluated who was not learned from.
fn without_split(participants: &Path) {
    let table = fs::read_to_string(participants).unwrap();
    assert!(table.lines().next().unwrap().ends_with("\tsplit"), "{table}");
    let lines: Vec<&str> = table.lines().map(|line| line.rsplit_once('\t').unwrap().0).collect();
    fs::write(participants, lines.join("\n") + "\n").unwrap();
}

/// Age and group of everybody.
fn people(cohort: &Path) -> Vec<(f64, String)> {
    let table = fs::read_to_string(cohort.join("participants.tsv")).unwrap();
    let mut lines = table.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<String>>());
    let header = lines.next().unwrap();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (age, group) = (place("age"), place("group"));
    lines.map(|line| (line[age].parse().unwrap(), line[group].clone())).collect()
}

/// The grey-matter map of one of them.
fn one_map(cohort: &Path) -> PathBuf {
    let within = |folder: &Path, part: &str| {
        let mut paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.find(|path| path.to_string_lossy().contains(part)).unwrap()
    };
    within(&within(cohort, "/sub-").join("anat"), "_label-GM_probseg.nii")
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

#[test]
fn one_pair_of_limits_goes_from_the_cohort_to_report_and_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny.toml");
    let train = |cohort: &Path, more: &[&str]| {
        let mut command = trainer();
        command.arg("train").arg("--cohort").arg(cohort).arg("--config").arg(&config).arg("--out").arg(path("run"));
        command.args(["--device", "cpu"]).args(more).assert()
    };
    let evaluate = |of: &str, models: &Path, cohort: &Path, out: &Path| {
        let mut command = trainer();
        command.arg("evaluate").arg(of).arg(models).arg("--cohort").arg(cohort).arg("--out").arg(out);
        command.args(["--device", "cpu"]).assert()
    };

    phantoms(&path("cohort"), "3", &["--groups", GROUPS]).success();
    let drawn = people(&path("cohort"));
    assert_eq!(drawn.iter().filter(|(age, group)| *age < 40.0 && group == "young").count(), 10);
    assert_eq!(drawn.iter().filter(|(age, group)| *age >= 60.0 && group == "old").count(), 10);
    let named = json!({ "young_below_years": 40, "old_from_years": 60 });
    assert_eq!(json_of(&path("cohort/dataset_description.json"))["AgeLens"]["groups"], named);

    train(&path("cohort"), &[]).success();
    evaluate("--run", &path("run"), &path("cohort"), &path("report")).success();
    let html = fs::read_to_string(path("report/report.html")).unwrap();
    assert!(html.contains("(below 40 years) from old ones (60 and above)"), "the groups are not named");
    assert!(html.contains("The thesis’s groups, below 45 and from 50 years, are not those of this report"));
    assert_eq!(json_of(&path("report/report.json"))["subjects"]["group_limits"], named);

    // A cohort of the published groups: whoever is between those of the models is not counted, here as stranger and as evaluated.
    phantoms(&path("other"), "4", &[]).success();
    without_split(&path("other/participants.tsv"));
    assert!(json_of(&path("other/dataset_description.json"))["AgeLens"].get("groups").is_none());
    let others = people(&path("other"));
    let of = |group| others.iter().filter(|(age, _)| limits().group_of(*age) == Some(group)).count();
    let expected = [GroupName::Young, GroupName::Old].map(of);
    let total = expected.iter().sum::<usize>();
    assert!((1..20).contains(&total), "the test wants some of 40 to 59: {others:?}");
    let mut command = trainer();
    command.arg("export").arg("--run").arg(path("run")).arg("--out").arg(path("bundle"));
    command.arg("--strangers").arg(path("other")).args(["--device", "cpu", "--force"]).assert().success();
    let manifest: Manifest = serde_json::from_value(json_of(&path("bundle/manifest.json"))).unwrap();
    assert_eq!((manifest.data.groups, manifest.manifest_version), (limits(), 3));
    assert_eq!(json_of(&path("bundle/manifest.json"))["data"]["groups"], named);
    let strangers = manifest.performance.strangers.unwrap();
    assert_eq!(strangers.subjects, total);
    // An existing bundle judges them as the run did; of ridge regression on the voxels the old count stays.
    let mut again = trainer();
    again.arg("export").arg("--bundle").arg(path("bundle")).arg("--strangers").arg(path("other")).assert().success();
    let manifest: Manifest = serde_json::from_value(json_of(&path("bundle/manifest.json"))).unwrap();
    assert_eq!(manifest.performance.strangers.unwrap(), strangers);

    // An explanation says them, too.
    let map = one_map(&path("other"));
    let mut explain = trainer();
    explain.arg("explain").arg("--bundle").arg(path("bundle")).arg(map).arg("--out").arg(path("explained"));
    explain.args(["--device", "cpu"]).assert().success();
    assert_eq!(json_of(&path("explained/explain.json"))["groups"], named);

    let told = stderr(&evaluate("--bundle", &path("bundle"), &path("other"), &path("report2")).success());
    assert!(told.contains("grouped by age as 40:60"), "{told}");
    let report = json_of(&path("report2/report.json"));
    let counted = ["young", "old"].map(|group| report["subjects"][group].as_u64().unwrap() as usize);
    assert_eq!(counted, expected);

    // The same people under other limits are another cohort: the run does not go on with it.
    let description = fs::read_to_string(path("cohort/dataset_description.json")).unwrap();
    fs::write(
        path("cohort/dataset_description.json"),
        description.replace("\"old_from_years\": 60", "\"old_from_years\": 59"),
    )
    .unwrap();
    train(&path("cohort"), &["--resume"])
        .code(2)
        .stderr(predicate::str::contains("was started with the groups 40:60, but the cohort has 40:59"));
}

#[test]
fn limits_that_make_no_groups_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (groups, said) in [("60:40", "give YOUNG:OLD"), ("45", "give YOUNG:OLD"), ("20:50", "a group would be empty")] {
        phantoms(&folder.path().join("cohort"), "3", &["--groups", groups])
            .code(2)
            .stderr(predicate::str::contains(said));
    }
    assert!(!folder.path().join("cohort").exists());
    phantoms(&folder.path().join("cohort"), "3", &["--groups", "50:50"]).success();
    let ages = people(&folder.path().join("cohort"));
    assert!(ages.iter().all(|(age, group)| (group == "young") == (*age < 50.0)), "{ages:?}");
    phantoms(&folder.path().join("cohort"), "3", &[]).code(2).stderr(predicate::str::contains("of the same settings"));
}
