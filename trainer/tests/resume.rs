//! A training that is killed at any moment and resumed ends as an unbroken one: the same weights and metrics, byte for
//! byte. Uses the program as its users do.

mod support;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use support::{copy, wait_until};
use tempfile::TempDir;

const CONFIG: &str = include_str!("resume.toml");

/// What must be the same however often a training was killed.
const COMPARED: [&str; 14] = [
    "classifier.safetensors",
    "judge.safetensors",
    "young_to_old.safetensors",
    "old_to_young.safetensors",
    "cyclegan/metrics.csv",
    "cyclegan/validation.csv",
    "cyclegan/preview.png",
    "classifier/metrics.csv",
    "judge/metrics.csv",
    "cross_validation.json",
    "permuted_labels.json",
    "ensemble_1.safetensors",
    "ensemble_2.safetensors",
    "ageing.json",
];

/// A cohort, a configuration and an unbroken run.
struct World {
    folder: TempDir,
    /// What the unbroken run took.
    took: Duration,
}

/// Made once for all tests of this file.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::new(CONFIG, &[]))
}

impl World {
    fn new(config: &str, of_phantom: &[&str]) -> World {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("resume.toml"), config).unwrap();
        let phantom = ["cohort", "phantom", "--subjects", "8", "--seed", "3", "--spacing-mm", "8", "--out"];
        let mut phantom_command = Command::new(env!("CARGO_BIN_EXE_trainer"));
        let made = phantom_command.args(phantom).arg(folder.path().join("cohort")).args(of_phantom).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let world = World { folder, took: Duration::ZERO };
        let began = Instant::now();
        let said = finish(&world, &world.unbroken());
        assert!(!said.contains("resumed"), "{said}");
        World { took: began.elapsed(), ..world }
    }

    fn unbroken(&self) -> PathBuf {
        self.folder.path().join("unbroken")
    }

    fn assert_same(&self, run: &Path) {
        for name in COMPARED {
            let [expected, found] = [self.unbroken().join(name), run.join(name)]
                .map(|path| std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
            assert!(expected == found, "{name} of {} differs from the unbroken run's", run.display());
        }
    }
}

/// `trainer train`, begun, or gone on with; what it says goes to `said`.
fn start(world: &World, run: &Path, said: &Path) -> Child {
    let path = |name: &str| world.folder.path().join(name);
    let resume: &[&str] = if run.join("run.json").exists() { &["--resume"] } else { &[] };
    Command::new(env!("CARGO_BIN_EXE_trainer"))
        .arg("train")
        .arg("--cohort")
        .arg(path("cohort"))
        .arg("--config")
        .arg(path("resume.toml"))
        .arg("--out")
        .arg(run)
        .args(["--device", "cpu"])
        .args(resume)
        .stdout(Stdio::null())
        .stderr(File::create(said).unwrap())
        .spawn()
        .unwrap()
}

/// Trains to the end and gives what the program said.
fn finish(world: &World, run: &Path) -> String {
    let said = run.with_extension("stderr");
    let status = start(world, run, &said).wait().unwrap();
    let said = std::fs::read_to_string(said).unwrap();
    assert!(status.success(), "{said}");
    said
}

/// Waits for `ready`, then for `extra`, and kills; a training that has ended by then is left alone.
fn kill(mut training: Child, ready: impl Fn() -> bool, extra: Duration) {
    wait_until(|| ready() || training.try_wait().unwrap().is_some(), 120, "the training does not get going");
    std::thread::sleep(extra);
    // SIGKILL: nothing is tidied up.
    training.kill().unwrap();
    training.wait().unwrap();
}

/// A number below 1 that is another one each time, told so that a failure can be understood.
fn chance(what: &str) -> f64 {
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    let part = f64::from(nanoseconds % 1_000_000) / 1e6;
    eprintln!("{what}: {part}");
    part
}

#[test]
fn a_training_killed_at_any_moment_ends_as_an_unbroken_one() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let said = folder.path().join("killed.stderr");
    // Somewhere in the whole, then somewhere after the CycleGAN has written its first checkpoint.
    let anywhere = world.took.mul_f64(chance("first kill, share of an unbroken run"));
    kill(start(world, &run, &said), || true, anywhere);
    let begun = || {
        let entries = std::fs::read_dir(run.join("cyclegan")).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().starts_with("step-"))
    };
    let extra = world.took.mul_f64(0.4 * chance("second kill, share of an unbroken run after the first checkpoint"));
    kill(start(world, &run, &said), begun, extra);
    eprintln!("the second part said: {}", std::fs::read_to_string(&said).unwrap());
    eprintln!("the last part said: {}", finish(world, &run));
    world.assert_same(&run);
    let events = std::fs::metadata(run.join("cyclegan/metrics/events.out.tfevents.agelens"));
    assert!(events.unwrap().len() > 100, "TensorBoard finds the same numbers");
    for part in ["classifier", "judge", "cross_validation/fold-1", "permuted_labels/fold-2"] {
        let names = std::fs::read_dir(run.join(part)).unwrap().flatten().map(|entry| entry.file_name());
        let is_checkpoint = |name: &str| name.starts_with("step-") || name.starts_with(".partial-");
        let left: Vec<_> = names.filter(|name| is_checkpoint(&name.to_string_lossy())).collect();
        assert!(left.is_empty(), "{part} is finished and still has checkpoints: {left:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_training_that_a_batch_system_ends_stops_with_a_checkpoint() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    let (run, said) = (folder.path().join("run"), folder.path().join("ended.stderr"));
    let mut training = start(world, &run, &said);
    wait_until(|| run.join("cyclegan").exists(), 120, "the training does not get going");
    let sent = Command::new("kill").args(["-TERM", &training.id().to_string()]).status().unwrap();
    let ended = training.wait().unwrap();
    let said = std::fs::read_to_string(said).unwrap();
    // A training that was over by then has nothing to stop.
    if sent.success() && !ended.success() {
        assert!(said.contains("with a checkpoint; continue with --resume"), "{said}");
        assert_eq!(ended.code(), Some(3), "a clean stop is told from a failure");
        assert!(finish(world, &run).contains("resumed after step"));
    }
    world.assert_same(&run);
}

#[test]
fn a_damaged_checkpoint_is_named_and_the_one_before_it_used() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    copy(&world.unbroken(), &run);
    for name in ["young_to_old.safetensors", "old_to_young.safetensors", "test.json"] {
        std::fs::remove_file(run.join(name)).unwrap();
    }
    let newest = run.join("cyclegan/step-00000020/critic_old.optimizer.bpk");
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, &bytes[..bytes.len() / 2]).unwrap();
    std::fs::create_dir(run.join("cyclegan/.partial-00000021")).unwrap();

    // Nothing to go on from is an error, not a training that begins anew.
    let broken = folder.path().join("broken");
    copy(&run, &broken);
    std::fs::write(broken.join("cyclegan/step-00000018/checkpoint.json"), "{").unwrap();
    let said = folder.path().join("broken.stderr");
    let status = start(world, &broken, &said).wait().unwrap();
    let said = std::fs::read_to_string(said).unwrap();
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains("none of the 2 checkpoints can be read") && said.contains("remove the folder"), "{said}");

    let said = finish(world, &run);
    for expected in ["step-00000020", "critic_old.optimizer.bpk", "resumed after step 18", ".partial-00000021"] {
        assert!(said.contains(expected), "`{expected}` is missing in: {said}");
    }
    world.assert_same(&run);
}

/// The same in volume mode, with a dose.
fn in_volumes() -> String {
    let volumes = |text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    let (rest, networks) = CONFIG.split_once("[cyclegan.generator]").unwrap();
    let networks = volumes(networks, "kind = \"plane\"", "kind = \"volume\"");
    let networks = volumes(&networks, "skips = true", "skips = true\ndose = { voxels = 2, counts = [12, 14, 3] }");
    let rest = volumes(rest, "batch = 2\naccumulate = 2\nslices = 2", "batch = 1\naccumulate = 2\nslices = 0");
    format!("{rest}[cyclegan.generator]{networks}")
}

/// The same in half precision, with its loss scale.
fn in_half_precision() -> String {
    CONFIG.replace("[cyclegan]\n", "[cyclegan]\nprecision = \"f16\"\n")
}

/// The same with balanced sites and another classifier that guides.
fn with_sites_and_a_guide() -> String {
    let (before, from_judge) = CONFIG.split_once("[judge]").unwrap();
    let (judge, rest) = from_judge.split_once("[cyclegan]").unwrap();
    let guide = judge.replace("[judge.network]", "[guides.network]");
    format!("balance_sites = true\n{before}[[guides]]{guide}[judge]{judge}[cyclegan]{rest}")
}

/// `AGELENS_KILLS` says how often, a third of it in each mode; seeded, but the moments are this machine's.
#[cfg(unix)]
#[test]
fn every_mode_survives_both_signals_at_any_moment() {
    let kills: usize = std::env::var("AGELENS_KILLS").map_or(6, |text| text.parse().expect("a number"));
    let modes = [
        (in_volumes(), &[][..]),
        (with_sites_and_a_guide(), &["--site-correlation", "0.2"]),
        (in_half_precision(), &[]),
    ];
    let count = modes.len();
    for (mode, (config, of_phantom)) in modes.into_iter().enumerate() {
        let world = World::new(&config, of_phantom);
        for kill in (0..kills).filter(|kill| kill % count == mode) {
            let signal = if (kill / count).is_multiple_of(2) { "-KILL" } else { "-TERM" };
            let run = world.folder.path().join(format!("run-{kill}"));
            let said = world.folder.path().join(format!("run-{kill}.killed"));
            let moment = world.took.mul_f64(chance(&format!("mode {mode}, {signal}, share of an unbroken run")));
            let mut training = start(&world, &run, &said);
            std::thread::sleep(moment);
            Command::new("kill").args([signal, &training.id().to_string()]).status().unwrap();
            training.wait().unwrap();
            finish(&world, &run);
            world.assert_same(&run);
            std::fs::remove_dir_all(&run).unwrap();
        }
    }
}
