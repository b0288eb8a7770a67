//! What a bundle says about the held-out subjects, from a training to the manifest: who was judged as what, the samples that
//! show it, and the changes by region. Phantoms are shown one by one, people never.

mod support;

use shared::bundle::{GroupName, HeldBack, Manifest, Sample, TableCell};
use shared::explain::Direction;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use support::{copy, trainer};
use tempfile::TempDir;

/// Phantoms of each group, and how many of them their cohort holds out.
const SUBJECTS: usize = 20;
const PHANTOMS_HELD_BACK: usize = 4;
/// People of each group that are held out: with nine, one class or the other has five.
const PEOPLE_HELD_BACK: usize = 9;

/// A cohort of phantoms, a finished run on it and its bundle, made once for all tests of this file.
struct World {
    folder: TempDir,
}

impl World {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let world = World { folder: tempfile::tempdir().unwrap() };
        let subjects = SUBJECTS.to_string();
        trainer()
            .args(["cohort", "phantom", "--subjects", &subjects, "--seed", "3", "--spacing-mm", "8", "--out"])
            .arg(world.path("cohort"))
            .assert()
            .success();
        train(&world.path("cohort"), &world.path("run"), &[]);
        export(&world.path("run"), &world.path("bundle"));
        world
    })
}

fn train(cohort: &Path, run: &Path, more: &[&str]) -> String {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny.toml");
    let mut command = trainer();
    command.arg("train").arg("--cohort").arg(cohort).arg("--config").arg(config).arg("--out").arg(run);
    let done = command.args(["--device", "cpu"]).args(more).assert().success();
    String::from_utf8_lossy(&done.get_output().stderr).into_owned()
}

fn export(run: &Path, bundle: &Path) {
    let mut command = trainer();
    command.arg("export").arg("--run").arg(run).arg("--out").arg(bundle);
    // No control was trained.
    command.args(["--device", "cpu", "--force"]).assert().success();
}

/// Sets more of each group aside, the first.
fn hold_back(participants: &Path) {
    let table = std::fs::read_to_string(participants).unwrap();
    let mut seen = [0; 2];
    let split = |line: &str| -> String {
        let Some(group) = ["\tyoung\t", "\told\t"].iter().position(|group| line.contains(group)) else {
            return line.to_owned();
        };
        seen[group] += 1;
        let (from, to) = if seen[group] <= PEOPLE_HELD_BACK { ("\ttrain", "\ttest") } else { ("\ttest", "\ttrain") };
        line.replace(from, to)
    };
    let lines: Vec<String> = table.lines().map(split).collect();
    assert_eq!(seen, [SUBJECTS; 2], "{table}");
    std::fs::write(participants, lines.join("\n") + "\n").unwrap();
}

fn manifest(bundle: &Path) -> Manifest {
    serde_json::from_slice(&std::fs::read(bundle.join("manifest.json")).unwrap()).unwrap()
}

fn subjects(table: &[TableCell], translated: Option<Direction>, group: GroupName) -> usize {
    let cells = table.iter().filter(|cell| (cell.translated, cell.group) == (translated, group));
    cells.map(|cell| cell.subjects).sum()
}

/// The table is whole, and says what the numbers of the model card say.
fn check_table(manifest: &Manifest, table: &[TableCell], held_back: usize) {
    assert_eq!(table.iter().map(|cell| (cell.translated, cell.group, cell.judged)).collect::<Vec<_>>(), TableCell::ALL);
    let (there, back) = (Some(Direction::YoungToOld), Some(Direction::OldToYoung));
    for (translated, group) in
        [(None, GroupName::Young), (None, GroupName::Old), (there, GroupName::Young), (back, GroupName::Old)]
    {
        assert_eq!(subjects(table, translated, group), held_back, "{translated:?} {group:?}");
    }
    let share = |right: fn(&TableCell) -> bool, of: usize| {
        table.iter().filter(|cell| right(cell)).map(|cell| cell.subjects).sum::<usize>() as f64 / of as f64
    };
    let card = &manifest.performance;
    for (found, told) in [
        (share(|cell| cell.translated.is_none() && cell.group == cell.judged, 2 * held_back), card.accuracy),
        (
            share(|cell| cell.translated == Some(Direction::YoungToOld) && cell.judged == GroupName::Old, held_back),
            card.flip_young_to_old,
        ),
        (
            share(|cell| cell.translated == Some(Direction::OldToYoung) && cell.judged == GroupName::Young, held_back),
            card.flip_old_to_young,
        ),
    ] {
        assert!((found - told).abs() < 1e-9, "the table says {found}, the card {told}");
    }
}

#[test]
fn phantoms_show_every_case_that_there_is() {
    let manifest = manifest(&world().path("bundle"));
    let HeldBack { table, regions } = manifest.held_back.clone().unwrap();
    check_table(&manifest, &table, PHANTOMS_HELD_BACK);
    let sample = |id: &String| -> &Sample { manifest.samples.iter().find(|sample| sample.id == *id).unwrap() };
    for cell in &table {
        assert_eq!(cell.samples.is_empty(), cell.subjects == 0, "{cell:?}");
        for id in &cell.samples {
            let sample = sample(id);
            let probability =
                if cell.translated.is_none() { sample.probability_old_before } else { sample.probability_old_after };
            assert_eq!(GroupName::judged(probability), cell.judged, "{id} in {cell:?}");
            assert_eq!(GroupName::translated_by(sample.direction), cell.group, "{id} in {cell:?}");
            assert!(sample.truth.is_some() && sample.title.ends_with("held out"), "{sample:?}");
        }
    }
    let ids: Vec<&str> = manifest.samples.iter().map(|sample| sample.id.as_str()).collect();
    let (single, means) = ids.split_at(ids.len() - 2);
    assert_eq!((&single[..2], means), (&["phantom-young", "phantom-old"][..], &["mean-young", "mean-old"][..]));
    assert!(single.len() <= 6 && single[2..].iter().all(|id| id.starts_with("phantom-ph0")), "{single:?}");

    assert!(regions.len() > 20 && regions.is_sorted_by_key(|card| card.label), "{} regions", regions.len());
    for card in &regions {
        for moments in [card.young_to_old, card.old_to_young].map(Option::unwrap) {
            assert!(
                moments.subjects == PHANTOMS_HELD_BACK && moments.sd.is_some() && moments.mean.abs() < 1.0,
                "{card:?}"
            );
        }
    }
    assert!(regions.iter().any(|card| card.young_to_old.unwrap().mean_percent.is_some_and(|percent| percent != 0.0)));
}

#[test]
fn a_finished_run_of_an_earlier_version_gets_it_without_training_anew() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    let (run, bundle) = (folder.path().join("run"), folder.path().join("bundle"));
    copy(&world.path("run"), &run);
    std::fs::remove_file(run.join("held_back.json")).unwrap();
    export(&run, &bundle);
    assert_eq!(manifest(&bundle).held_back, None, "nothing is said of what was not measured");

    std::fs::remove_dir_all(run.join("samples")).unwrap();
    std::fs::write(run.join("samples.json"), "[]").unwrap();
    let said = train(&world.path("cohort"), &run, &["--resume"]);
    assert!(!said.contains("resumed after step"), "{said}");
    for name in ["held_back.json", "samples.json", "samples/phantom-young.nii.gz", "young_to_old.safetensors"] {
        let [expected, found] = [world.path("run"), run.clone()].map(|run| std::fs::read(run.join(name)).unwrap());
        assert!(expected == found, "{name} is another one");
    }
    export(&run, &bundle);
    assert_eq!(manifest(&bundle).held_back, manifest(&world.path("bundle")).held_back);
}

/// The same maps, no longer said to be phantoms.
#[test]
fn people_are_shown_as_means_of_five_or_more_only() {
    let (world, folder) = (world(), tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name);
    copy(&world.path("cohort"), &path("cohort"));
    std::fs::remove_file(path("cohort/dataset_description.json")).unwrap();
    hold_back(&path("cohort/participants.tsv"));
    train(&path("cohort"), &path("run"), &[]);
    export(&path("run"), &path("bundle"));
    let manifest = manifest(&path("bundle"));
    assert!(!manifest.phantom);
    let HeldBack { table, regions } = manifest.held_back.clone().unwrap();
    check_table(&manifest, &table, PEOPLE_HELD_BACK);

    let mut expected = vec!["mean-young".to_owned(), "mean-old".to_owned()];
    for cell in &table {
        let may_be_shown = cell.translated.is_none() && cell.subjects >= 5;
        let (group, judged) = (cell.group.as_str(), cell.judged.as_str());
        let id = format!("mean-held-back-{group}-judged-{judged}");
        assert_eq!(cell.samples, if may_be_shown { vec![id.clone()] } else { Vec::new() }, "{cell:?}");
        if may_be_shown {
            let sample = manifest.samples.iter().find(|sample| sample.id == id).unwrap();
            let title = format!("Mean of the {} held-out {group} people judged {judged}", cell.subjects);
            assert_eq!((&sample.title, GroupName::translated_by(sample.direction)), (&title, cell.group));
            expected.push(id);
        }
    }
    assert!(expected.len() >= 4, "nine of a group are five of one class at least");
    let ids: Vec<&String> = manifest.samples.iter().map(|sample| &sample.id).collect();
    assert_eq!(ids, expected.iter().collect::<Vec<_>>());
    assert!(manifest.samples.iter().all(|sample| sample.truth.is_none()));
    assert!(!regions.is_empty());
    for moments in regions.iter().flat_map(|card| [card.young_to_old, card.old_to_young]).flatten() {
        assert!(moments.subjects >= 5, "{moments:?}");
    }
}
