//! Half precision trains as single does: after some steps from the same weights, on the same images, the losses agree.

use assert_cmd::Command;
use serde_json::Value;

fn losses(precision: &str) -> Vec<(String, f64)> {
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tiny.toml");
    let answer = Command::cargo_bin("trainer")
        .unwrap()
        .args(["benchmark", "training", "--json", "--device", "cpu", "--steps", "4", "--warmup", "0"])
        .args(["--config", config, "--precision", precision])
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let losses = answer["losses"].as_object().unwrap().iter();
    losses.map(|(name, loss)| (name.clone(), loss.as_f64().unwrap())).collect()
}

#[test]
fn losses_agree_within_what_half_precision_can_hold() {
    let single = losses("f32");
    assert_eq!(single, losses("f32"), "the same steps twice");
    for (precision, tolerance) in [("f16", 0.02), ("bf16", 0.1)] {
        let half = losses(precision);
        assert_ne!(single, half, "{precision} computed nothing else");
        for ((name, single), (_, half)) in single.iter().zip(&half) {
            let difference = (single - half).abs() / single.abs().max(1e-3);
            assert!(difference < tolerance, "{precision} {name}: {single} and {half}");
        }
    }
}
