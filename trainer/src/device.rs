//! Where tensors live: the choice on the command line, what is there, and why `auto` takes what it takes.

use crate::failure::unusable;
use anyhow::{Result, anyhow};
use burn::tensor::{Device, DeviceKind, Tensor};
use std::fmt;
use std::str::FromStr;

/// `--device`: a way to compute, and which of several cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The best that is there: CUDA, else a discrete, else an integrated graphics card, else the CPU.
    Auto,
    /// The processor: Burn's Flex on all cores.
    Cpu,
    /// The graphics card through wgpu and Vulkan.
    Wgpu(usize),
    /// The same as wgpu; a build with `--features vulkan` hands the card SPIR-V instead of WGSL.
    Vulkan(usize),
    /// An NVIDIA card through CUDA; needs a build with `--features cuda`.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    /// `cuda`, or `cuda:1` for the second card; the order is that of `trainer devices`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, number) = text.split_once(':').unwrap_or((text, "0"));
        let card = |choice: fn(usize) -> DeviceChoice| {
            let number =
                number.parse().map_err(|_| format!("{number:?} is not the number of a card; see `trainer devices`"));
            number.map(choice)
        };
        match (name, text.contains(':')) {
            ("auto", false) => Ok(DeviceChoice::Auto),
            ("cpu", false) => Ok(DeviceChoice::Cpu),
            ("wgpu", _) => card(DeviceChoice::Wgpu),
            ("vulkan", _) => card(DeviceChoice::Vulkan),
            ("cuda", _) => card(DeviceChoice::Cuda),
            _ => Err("give auto, cpu, wgpu, vulkan or cuda, or one of several cards as cuda:1 (see `trainer devices`)"
                .into()),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, number) = match self {
            DeviceChoice::Auto => ("auto", &0),
            DeviceChoice::Cpu => ("cpu", &0),
            DeviceChoice::Wgpu(number) => ("wgpu", number),
            DeviceChoice::Vulkan(number) => ("vulkan", number),
            DeviceChoice::Cuda(number) => ("cuda", number),
        };
        if *number == 0 { formatter.write_str(name) } else { write!(formatter, "{name}:{number}") }
    }
}

/// Kinds of adapters, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum AdapterKind {
    Discrete,
    /// A card, or a share of one, handed to a virtual machine.
    Virtual,
    Integrated,
    Other,
    /// Renders on the processor (llvmpipe, SwiftShader): slower than Flex.
    Software,
}

impl AdapterKind {
    fn in_words(self) -> &'static str {
        match self {
            AdapterKind::Discrete => "discrete graphics card",
            AdapterKind::Virtual => "virtual graphics card",
            AdapterKind::Integrated => "integrated graphics card",
            AdapterKind::Other => "graphics card",
            AdapterKind::Software => "software: slower than cpu, for checks only",
        }
    }
}

/// A graphics adapter as Vulkan lists it.
struct Adapter {
    name: String,
    kind: AdapterKind,
    /// What picks this one and no other.
    selector: DeviceKind,
}

/// The device without automatic differentiation, and its name for people; says on stderr what `auto` took and why.
pub fn choose(choice: DeviceChoice) -> Result<(Device, String)> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Auto => {
            let (device, name, reason) = automatic();
            eprintln!("auto: {name}, because {reason}");
            Ok((device, name))
        }
        DeviceChoice::Wgpu(number) | DeviceChoice::Vulkan(number) => {
            let adapters = vulkan_adapters();
            match adapters.get(number) {
                Some(adapter) => Ok(vulkan(adapter)),
                None if adapters.is_empty() => Err(unusable(
                    "no Vulkan adapter was found; install a driver (Debian: mesa-vulkan-drivers) or use --device cpu",
                )),
                None => Err(no_such_card(choice, adapters.len())),
            }
        }
        DeviceChoice::Cuda(number) => cuda(number),
    }
}

/// `trainer devices`.
pub fn list() -> Result<()> {
    println!("cpu     {}, {} threads{}: Burn Flex", cpu_model(), rayon::current_num_threads(), vector_units());
    for (number, adapter) in vulkan_adapters().iter().enumerate() {
        let choice = DeviceChoice::Vulkan(number).to_string();
        println!("{choice:<8}{} ({})", adapter.name, adapter.kind.in_words());
    }
    let mut number = 0;
    while let Ok((_, name)) = cuda(number) {
        println!("{:<8}{name}", DeviceChoice::Cuda(number).to_string());
        number += 1;
    }
    if let (0, Err(error)) = (number, cuda(0)) {
        println!("cuda    not available: {error}");
    }
    let (_, name, reason) = automatic();
    println!("auto    {name}, because {reason}");
    Ok(())
}

/// The best device that is there, its name, and why it was taken.
fn automatic() -> (Device, String, String) {
    if let Ok((device, name)) = cuda(0) {
        return (device, name, "there is an NVIDIA card, and this program was built with CUDA".into());
    }
    let adapters = vulkan_adapters();
    match adapters.first() {
        Some(best) if best.kind != AdapterKind::Software => {
            let (device, name) = vulkan(best);
            (device, name, format!("it is the best available: a {}", best.kind.in_words()))
        }
        Some(software) => {
            let (device, name) = cpu();
            (device, name, format!("no graphics card was found ({} renders in software)", software.name))
        }
        None => {
            let (device, name) = cpu();
            (device, name, "no graphics card with a Vulkan driver was found".into())
        }
    }
}

/// Whether the processor computes, and no graphics card does: only a card has memory of its own.
pub fn is_processor(device: &Device) -> bool {
    device.memory_pool_usage().is_none()
}

fn cpu() -> (Device, String) {
    (Device::flex(), format!("cpu (Burn Flex, {} threads)", rayon::current_num_threads()))
}

/// The processor's name, where the system tells it.
fn cpu_model() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or(std::env::consts::ARCH.into(), |(_, name)| name.trim().into())
}

/// Vector instructions of the processor that matter for the speed of a convolution, widest last.
fn vector_units() -> String {
    let mut units: Vec<&str> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    for (there, name) in [
        (std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma"), "AVX2"),
        (std::arch::is_x86_feature_detected!("avx512f"), "AVX-512"),
    ] {
        if there {
            units.push(name);
        }
    }
    if cfg!(target_arch = "aarch64") {
        units.push("NEON");
    }
    if units.is_empty() { String::new() } else { format!(", {}", units.join(" and ")) }
}

#[cfg(feature = "vulkan")]
fn vulkan(adapter: &Adapter) -> (Device, String) {
    (Device::vulkan(adapter.selector.clone()), format!("vulkan ({}, SPIR-V)", adapter.name))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(adapter: &Adapter) -> (Device, String) {
    (Device::wgpu(adapter.selector.clone()), format!("vulkan ({}, WGSL)", adapter.name))
}

/// A card was asked for that is not there.
fn no_such_card(choice: DeviceChoice, there: usize) -> anyhow::Error {
    unusable(format!(
        "--device {choice}: only {there} such {} found; see `trainer devices`",
        if there == 1 { "card was" } else { "cards were" }
    ))
}

#[cfg(feature = "cuda")]
fn cuda(number: usize) -> Result<(Device, String)> {
    match Device::enumerate(burn::tensor::DeviceType::Cuda).iter().count() {
        0 => Err(unusable("no CUDA device was found; use --device auto")),
        there if number >= there => Err(no_such_card(DeviceChoice::Cuda(number), there)),
        _ => Ok((Device::cuda(number), format!("cuda (device {number})"))),
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: usize) -> Result<(Device, String)> {
    Err(unusable("this program was built without CUDA; build with `--features cuda`, or use --device auto"))
}

/// Vulkan's adapters, without opening them; best first.
fn vulkan_adapters() -> Vec<Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    // Those of a kind are counted in the order in which they are listed.
    let mut counts = [0; 3];
    let mut next = |kind: usize| {
        counts[kind] += 1;
        counts[kind] - 1
    };
    let mut adapters: Vec<Adapter> = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN))
        .into_iter()
        .map(|adapter| {
            let info = adapter.get_info();
            let (kind, selector) = match info.device_type {
                wgpu::DeviceType::DiscreteGpu => (AdapterKind::Discrete, DeviceKind::DiscreteGpu(next(0))),
                wgpu::DeviceType::VirtualGpu => (AdapterKind::Virtual, DeviceKind::VirtualGpu(next(1))),
                wgpu::DeviceType::IntegratedGpu => (AdapterKind::Integrated, DeviceKind::IntegratedGpu(next(2))),
                // Nothing picks such a one by itself.
                wgpu::DeviceType::Other => (AdapterKind::Other, DeviceKind::DefaultDevice),
                wgpu::DeviceType::Cpu => (AdapterKind::Software, DeviceKind::Cpu),
            };
            Adapter { name: info.name, kind, selector }
        })
        .collect();
    adapters.sort_by_key(|adapter| adapter.kind);
    // Of software the first alone can be picked, and of what has no kind nothing beside others.
    let alone = adapters.len() == 1;
    let mut has_software = false;
    adapters.retain(|adapter| match adapter.kind {
        AdapterKind::Software => !std::mem::replace(&mut has_software, true),
        AdapterKind::Other => alone,
        _ => true,
    });
    adapters
}

/// Values of a tensor in the order of its axes, read from its device.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    tensor.into_data().try_to_vec::<f32>().map_err(|error| anyhow!("the device failed: {error:?}"))
}

/// Burn loads optimisers onto its default device before it moves them, and would open a graphics card for that: the default is
/// the processor, whatever is chosen later.
///
/// Vulkan's drivers ask for a folder of the session, and complain on stderr where there is none, as in a job of a cluster; they put
/// nothing there.
///
/// To be called before anything else.
pub fn set_environment() {
    // SAFETY: main calls this first, when the process has no other thread that could read the environment meanwhile.
    unsafe {
        std::env::set_var("BURN_DEVICE", "flex");
        if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
            std::env::set_var("XDG_RUNTIME_DIR", std::env::temp_dir());
        }
    }
}
/// Option that several commands share.
#[derive(Debug, clap::Args)]
pub struct DeviceArguments {
    /// Where to compute: auto (the best available; says why), cpu, wgpu, vulkan, cuda, or one of several cards, such as cuda:1.
    #[arg(long, value_name = "DEVICE", default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_named_by_its_number() {
        for text in ["auto", "cpu", "wgpu", "vulkan:2", "cuda", "cuda:1"] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
        assert_eq!("cuda:0".parse(), Ok(DeviceChoice::Cuda(0)));
        for text in ["gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:1", "auto:0", ""] {
            assert!(text.parse::<DeviceChoice>().is_err(), "{text}");
        }
    }
}
