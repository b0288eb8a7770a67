//! `trainer benchmark training`: seconds of a CycleGAN step and of a generator's forward pass, and the memory they take.

use crate::device;
use crate::device::DeviceArguments;
use crate::random::random;
use crate::training::benchmark::{device_memory_mib, peak_memory_mib, step_for_benchmark};
use crate::training::config::TrainingConfig;
use crate::training::data::draw_slices;
use crate::training::overrides::Override;
use crate::training::precision::Precision;
use anyhow::{Result, anyhow};
use burn::tensor::{Device, Distribution, Tensor};
use serde::Serialize;
use shared::model::{GridContext, SpatialKind};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

/// Options of `trainer benchmark training`.
#[derive(Debug, clap::Args)]
pub struct TrainingBenchmarkArguments {
    /// Training configuration, see configs/: its networks, grid, batch and losses are timed.
    #[arg(long, value_name = "FILE.toml")]
    config: PathBuf,
    /// Override a value of the configuration, such as cyclegan.batch=4; may be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<Override>,
    /// Number of timed steps.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// Number of warm-up steps before them, not timed: the first steps reserve memory and, on graphics cards, choose kernels.
    #[arg(long, value_name = "N", default_value_t = 3)]
    warmup: u64,
    /// Precision to use instead of the configuration's.
    #[arg(long, value_enum)]
    precision: Option<Precision>,
    /// Print one JSON object to stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// What was measured, and of what.
#[derive(Serialize)]
struct TrainingTimes {
    version: &'static str,
    config: PathBuf,
    device: String,
    kind: SpatialKind,
    precision: Precision,
    /// Voxels along x, y, z.
    grid: [usize; 3],
    /// Subjects of each group a step, and slices of each subject.
    batch: usize,
    slices: usize,
    steps: u64,
    warmup: u64,
    /// Seconds of one step: forward, backward, all optimisers, image pool and averages.
    step_s: Spread,
    /// Losses of the last step: what another precision or device made of the same random images.
    losses: BTreeMap<&'static str, f32>,
    /// Seconds of one forward pass of one generator on the images of one group, without gradients.
    generator_forward_s: Spread,
    /// Largest resident memory of this process, MiB; on a graphics card, its own memory comes on top.
    peak_memory_mib: Option<f64>,
    /// Memory that the graphics card keeps for this program after the steps, MiB; absent on a CPU.
    device_memory_mib: Option<f64>,
    /// Seconds of the first step, which chooses and compiles kernels on graphics cards; absent without steps to warm up.
    first_step_s: Option<f64>,
}

/// Seconds of repeated work.
#[derive(Serialize)]
struct Spread {
    median: f64,
    mean: f64,
    least: f64,
    most: f64,
}

impl Spread {
    /// Of at least one time.
    fn of(seconds: &[f64]) -> Self {
        let mut sorted = seconds.to_vec();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        Spread {
            median: (sorted[(count - 1) / 2] + sorted[count / 2]) / 2.0,
            mean: sorted.iter().sum::<f64>() / count as f64,
            least: sorted[0],
            most: sorted[count - 1],
        }
    }

    fn in_words(&self) -> String {
        format!("{:.4} s (median; mean {:.4}, least {:.4}, most {:.4})", self.median, self.mean, self.least, self.most)
    }
}

/// Times the steps of a configuration.
pub fn run(arguments: &TrainingBenchmarkArguments) -> Result<()> {
    let mut config = TrainingConfig::read_with(&arguments.config, &arguments.overrides)?;
    config.cyclegan.precision = arguments.precision.unwrap_or(config.cyclegan.precision);
    let (device, device_name) = device::choose(arguments.device.device)?;
    let steps = step_for_benchmark(&config, &device, arguments.steps, arguments.warmup)?;
    // The training's peak, before anything else is held.
    let (peak_memory_mib, device_memory_mib) = (peak_memory_mib(), device_memory_mib(&device));
    let slices = slices(&config);
    let times = TrainingTimes {
        version: env!("CARGO_PKG_VERSION"),
        config: arguments.config.clone(),
        device: device_name,
        kind: config.cyclegan.generator.kind,
        precision: config.cyclegan.precision,
        grid: config.grid.shape,
        batch: config.cyclegan.batch,
        slices: slices.len(),
        steps: arguments.steps,
        warmup: arguments.warmup,
        step_s: Spread::of(&steps.seconds),
        losses: steps.losses,
        generator_forward_s: Spread::of(&forward(&config, &device, &slices, arguments)?),
        peak_memory_mib,
        device_memory_mib,
        first_step_s: steps.first_s,
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&times)?);
    } else {
        print(&times);
    }
    Ok(())
}

/// The slices of one step.
fn slices(config: &TrainingConfig) -> Vec<usize> {
    let [_, _, depth] = config.grid.shape;
    draw_slices(config.cyclegan.generator.kind, config.cyclegan.slices, depth, &mut random(config.seed, 0, 0))
}

/// Seconds of each forward pass of a new generator on random images of one group's size.
fn forward(
    config: &TrainingConfig,
    device: &Device,
    slices: &[usize],
    arguments: &TrainingBenchmarkArguments,
) -> Result<Vec<f64>> {
    let grid = config.grid.grid();
    let [nx, ny, _] = grid.shape;
    let context = GridContext::everywhere(&grid, device).slices(slices);
    let generator = config.cyclegan.generator.init(device);
    let shape = [config.cyclegan.batch, 1, slices.len(), ny, nx];
    let images = Tensor::<5>::random(shape, Distribution::Uniform(0.0, 1.0), device);
    let mut seconds = Vec::new();
    for pass in 0..arguments.warmup + arguments.steps {
        let began = Instant::now();
        let translated = generator.forward(images.clone(), &context);
        // A graphics card works behind the program: only a value that was read is one that was computed.
        translated.mean().try_into_data().map_err(|error| anyhow!("the device failed: {error:?}"))?;
        if pass >= arguments.warmup {
            seconds.push(began.elapsed().as_secs_f64());
        }
    }
    Ok(seconds)
}

fn print(times: &TrainingTimes) {
    let TrainingTimes { batch, slices, grid: [nx, ny, nz], .. } = times;
    let kind = match times.kind {
        SpatialKind::Plane => "plane",
        SpatialKind::Volume => "volume",
    };
    println!("{} on {}", times.config.display(), times.device);
    println!("{kind} mode, grid {nx} x {ny} x {nz}, {batch} subjects per group with {slices} slices each");
    println!("step               {}", times.step_s.in_words());
    println!("generator forward  {}", times.generator_forward_s.in_words());
    match times.peak_memory_mib {
        Some(peak) => println!("peak memory        {peak:.0} MiB"),
        None => println!("peak memory        not reported by this system"),
    }
    if let Some(memory) = times.device_memory_mib {
        println!("graphics memory    {memory:.0} MiB");
    }
    if let Some(first) = times.first_step_s {
        println!("first step         {first:.1} s");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_orders_its_times() {
        let spread = Spread::of(&[4.0, 1.0, 2.0, 9.0]);
        assert_eq!((spread.median, spread.mean, spread.least, spread.most), (3.0, 4.0, 1.0, 9.0));
        assert_eq!(Spread::of(&[0.5]).median, 0.5);
    }
}
