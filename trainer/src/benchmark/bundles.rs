//! `trainer benchmark bundles`: whether a device computes what the bundles' stored answers say, and how fast.

use crate::bundle_folder::read_bundle;
use crate::device;
use crate::device::DeviceArguments;
use anyhow::{Result, ensure};
use serde::Serialize;
use shared::bundle::SelfTest;
use std::path::PathBuf;
use std::time::Instant;

/// Options of `trainer benchmark bundles`.
#[derive(Debug, clap::Args)]
pub struct BundlesBenchmarkArguments {
    /// Bundles: folders with manifest.json.
    #[arg(value_name = "DIR", required = true)]
    bundles: Vec<PathBuf>,
    /// How often each bundle is run; the first run, which chooses and compiles kernels, is reported separately.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(2..))]
    rounds: u32,
    /// Print one JSON object to stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// What one bundle gave.
#[derive(Serialize)]
struct Answer {
    bundle: PathBuf,
    passed: bool,
    /// Largest difference of a voxel of any map from the stored answer.
    max_abs_difference: f32,
    max_probability_difference: f32,
    /// Seconds of the first round of both directions, and of the fastest one after it.
    first_round_s: f64,
    round_s: f64,
}

#[derive(Serialize)]
struct Answers {
    version: &'static str,
    device: String,
    tolerance: f32,
    bundles: Vec<Answer>,
}

/// Runs each bundle; fails where one is answered wrongly.
pub fn run(arguments: &BundlesBenchmarkArguments) -> Result<()> {
    let (device, device_name) = device::choose(arguments.device.device)?;
    let mut bundles = Vec::new();
    for folder in &arguments.bundles {
        let (bundle, _) = read_bundle(folder, &device)?;
        let mut seconds = Vec::new();
        let mut worst = SelfTest { max_abs_difference: 0.0, max_probability_difference: 0.0, same_class: true };
        for _ in 0..arguments.rounds {
            let began = Instant::now();
            let found = pollster::block_on(bundle.self_test())?;
            seconds.push(began.elapsed().as_secs_f64());
            worst = SelfTest {
                max_abs_difference: worst.max_abs_difference.max(found.max_abs_difference),
                max_probability_difference: worst.max_probability_difference.max(found.max_probability_difference),
                same_class: worst.same_class && found.same_class,
            };
        }
        bundles.push(Answer {
            bundle: folder.clone(),
            passed: worst.passed(),
            max_abs_difference: worst.max_abs_difference,
            max_probability_difference: worst.max_probability_difference,
            first_round_s: seconds[0],
            round_s: seconds[1..].iter().copied().fold(f64::INFINITY, f64::min),
        });
    }
    let answers =
        Answers { version: env!("CARGO_PKG_VERSION"), device: device_name, tolerance: SelfTest::TOLERANCE, bundles };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&answers)?);
    } else {
        print(&answers);
    }
    let wrong = answers.bundles.iter().filter(|answer| !answer.passed).count();
    ensure!(wrong == 0, "{wrong} of {} bundles give wrong results on {}", answers.bundles.len(), answers.device);
    Ok(())
}

fn print(answers: &Answers) {
    println!("{}; a difference of {:.0e} is allowed", answers.device, answers.tolerance);
    for answer in &answers.bundles {
        println!(
            "{}  {}, voxels within {:.1e}, probabilities within {:.1e}; {:.3} s both ways, {:.3} s at first",
            answer.bundle.display(),
            if answer.passed { "right" } else { "WRONG" },
            answer.max_abs_difference,
            answer.max_probability_difference,
            answer.round_s,
            answer.first_round_s,
        );
    }
}
