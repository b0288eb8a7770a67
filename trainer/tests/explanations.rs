//! `trainer benchmark explanations --quick`: trains, measures and writes every table; what is there is not done again.

use assert_cmd::Command;
use std::path::Path;
use std::time::{Duration, Instant};

const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../configs/phantom-quick.toml");

fn benchmark(out: &Path, more: &[&str]) -> Command {
    let mut command = Command::cargo_bin("trainer").unwrap();
    command.args(["benchmark", "explanations", "--quick", "--device", "cpu,cpu", "--config", CONFIG, "--out"]);
    command.arg(out).args(more);
    command
}

#[test]
fn the_quick_benchmark_measures_every_map_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("benchmark");
    benchmark(&out, &[]).assert().success();

    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let results: serde_json::Value = serde_json::from_str(&read("results.json")).unwrap();
    let text = read("results.md");
    for method in ["Difference map", "Group mean map", "Class activation", "Grad-CAM", "SmoothGrad", "Edge detector"] {
        assert!(text.contains(method), "{method} is missing:\n{text}");
    }
    // Each arm was trained as a job of its own, beside the other.
    assert!(read("queue/main-seed-1.log").contains("trained for") && out.join("queue/no_effect-seed-1.log").exists());
    // Arms that were not asked for are named, not left out.
    assert!(text.contains("not run") && text.contains("squares"));
    assert!(results.is_object());
    assert!(read("figure.svg").contains("<svg") && read("results.csv").lines().count() > 100);

    // A map that knows where the change is, beside one that knows nothing: even few phantoms tell them apart.
    let agreement = |method: &str| -> f64 {
        let line = read("results.csv")
            .lines()
            .find(|line| line.starts_with(&format!("main,all,{method},both,ncc,")))
            .map(str::to_owned);
        let line = line.unwrap_or_else(|| panic!("no agreement of {method}:\n{}", read("results.csv")));
        line.split(',').nth(5).and_then(|value| value.parse().ok()).unwrap()
    };
    let (difference, random) = (agreement("difference"), agreement("random"));
    assert!(difference > 0.4 && random.abs() < 0.1, "difference {difference}, random {random}");

    // Again: nothing is trained, and the answer is the same.
    let began = Instant::now();
    let answer = benchmark(&out, &["--json"]).assert().success().get_output().stdout.clone();
    assert!(began.elapsed() < Duration::from_secs(20), "it was done again");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer).unwrap()["arms"], results["arms"]);

    // Another cohort does not belong into the same folder.
    let refused = benchmark(&out, &["--subjects", "30"]).assert().code(2).get_output().stderr.clone();
    assert!(String::from_utf8_lossy(&refused).contains("subjects"), "{}", String::from_utf8_lossy(&refused));
}
