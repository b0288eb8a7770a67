//! Where tensors live: the choice on the command line, and what is there.

use crate::failure::unusable;
use anyhow::Result;
use burn::tensor::{Device, DeviceKind};
use clap::ValueEnum;
use std::fmt;

/// `--device`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeviceChoice {
    /// A graphics card where there is one, else the CPU.
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

/// A graphics adapter as Vulkan lists it.
struct Adapter {
    name: String,
    /// Renders on the processor (llvmpipe, SwiftShader): slower than Flex.
    software: bool,
}

/// The device without automatic differentiation, and its name for people.
pub fn choose(choice: DeviceChoice) -> Result<(Device, String)> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Auto => match vulkan_adapters().into_iter().find(|adapter| !adapter.software) {
            Some(adapter) => Ok(vulkan(&adapter)),
            None => Ok(cpu()),
        },
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
    println!("cpu     Burn Flex, {} threads", rayon::current_num_threads());
    for adapter in vulkan_adapters() {
        let note = if adapter.software { " (software: slower than cpu, for checks only)" } else { "" };
        println!("vulkan  {}{note}", adapter.name);
    }
    match cuda() {
        Ok((_, name)) => println!("cuda    {name}"),
        Err(error) => println!("cuda    not available: {error}"),
    }
    let (_, name) = choose(DeviceChoice::Auto)?;
    println!("auto    {name}");
    Ok(())
}

fn cpu() -> (Device, String) {
    use_as_default("flex");
    (Device::flex(), format!("cpu (Burn Flex, {} threads)", rayon::current_num_threads()))
}

#[cfg(feature = "vulkan")]
fn vulkan(adapter: &Adapter) -> (Device, String) {
    use_as_default("vulkan");
    (Device::vulkan(DeviceKind::DefaultDevice), format!("vulkan ({}, SPIR-V)", adapter.name))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(adapter: &Adapter) -> (Device, String) {
    use_as_default("wgpu");
    (Device::wgpu(DeviceKind::DefaultDevice), format!("vulkan ({}, WGSL)", adapter.name))
}

#[cfg(feature = "cuda")]
fn cuda() -> Result<(Device, String)> {
    if burn::tensor::Device::enumerate(burn::tensor::DeviceType::Cuda).iter().next().is_none() {
        return Err(unusable("no CUDA device is there; use --device auto"));
    }
    use_as_default("cuda");
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
    let mut adapters: Vec<Adapter> = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN))
        .into_iter()
        .map(|adapter| {
            let info = adapter.get_info();
            Adapter { name: info.name, software: info.device_type == wgpu::DeviceType::Cpu }
        })
        .collect();
    adapters.sort_by_key(|adapter| adapter.software);
    adapters
}

/// Burn loads optimisers onto its default device before it moves them, and would open a graphics card for that.
fn use_as_default(backend: &str) {
    // SAFETY: called once, from the main thread, before any thread that reads the environment is started.
    unsafe { std::env::set_var("BURN_DEVICE", backend) };
}
