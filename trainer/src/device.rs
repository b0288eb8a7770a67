//! Where tensors live: the choice on the command line, what is there, and why `auto` takes what it takes.

use crate::failure::unusable;
use anyhow::Result;
use burn::tensor::{Device, DeviceKind};
use clap::ValueEnum;
use std::fmt;

/// `--device`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeviceChoice {
    /// The best that is there: CUDA, else a discrete, else an integrated graphics card, else the CPU.
    Auto,
    /// The processor: Burn's Flex on all cores.
    Cpu,
    /// The graphics card through wgpu and Vulkan.
    Wgpu,
    /// The same as wgpu; a build with `--features vulkan` hands the card SPIR-V instead of WGSL.
    Vulkan,
    /// An NVIDIA card through CUDA; needs a build with `--features cuda`.
    Cuda,
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        formatter.write_str(value.as_ref().map_or("auto", |value| value.get_name()))
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
        DeviceChoice::Wgpu | DeviceChoice::Vulkan => match vulkan_adapters().into_iter().next() {
            Some(adapter) => Ok(vulkan(&adapter)),
            None => Err(unusable(
                "no Vulkan adapter is there; install a driver (Debian: mesa-vulkan-drivers) or use --device cpu",
            )),
        },
        DeviceChoice::Cuda => cuda(),
    }
}

/// `trainer devices`.
pub fn list() -> Result<()> {
    println!("cpu     {}, {} threads{}: Burn Flex", cpu_model(), rayon::current_num_threads(), vector_units());
    for adapter in vulkan_adapters() {
        println!("vulkan  {} ({})", adapter.name, adapter.kind.in_words());
    }
    match cuda() {
        Ok((_, name)) => println!("cuda    {name}"),
        Err(error) => println!("cuda    not available: {error}"),
    }
    let (_, name, reason) = automatic();
    println!("auto    {name}, because {reason}");
    Ok(())
}

/// The best device that is there, its name, and why it was taken.
fn automatic() -> (Device, String, String) {
    if let Ok((device, name)) = cuda() {
        return (device, name, "an NVIDIA card is there and this program was built with CUDA".into());
    }
    let adapters = vulkan_adapters();
    match adapters.first() {
        Some(best) if best.kind != AdapterKind::Software => {
            let (device, name) = vulkan(best);
            (device, name, format!("it is the best that is there: a {}", best.kind.in_words()))
        }
        Some(software) => {
            let (device, name) = cpu();
            (device, name, format!("no graphics card is there ({} renders in software)", software.name))
        }
        None => {
            let (device, name) = cpu();
            (device, name, "no graphics card with a Vulkan driver is there".into())
        }
    }
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

#[cfg(feature = "cuda")]
fn cuda() -> Result<(Device, String)> {
    if burn::tensor::Device::enumerate(burn::tensor::DeviceType::Cuda).iter().next().is_none() {
        return Err(unusable("no CUDA device is there; use --device auto"));
    }
    Ok((Device::cuda(0), "cuda (device 0)".into()))
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Result<(Device, String)> {
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
    adapters
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
    /// Where to compute: auto picks the best that is there and says why.
    #[arg(long, value_enum, default_value_t = DeviceChoice::Auto)]
    pub device: DeviceChoice,
}
