//! Which device computes: WebGPU where an adapter is fit for it, else the CPU. The reason is always told.

use burn::tensor::Device;
use burn::tensor::wgpu::WgpuBackend;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web::protocol::{Backend, BackendChoice};
use web::told::device::{Adapter, DeviceNote};

/// A device that is ready.
#[derive(Clone)]
pub struct Chosen {
    pub device: Device,
    pub kind: Backend,
    /// A WebGPU adapter's; None for the CPU.
    pub adapter: Option<Adapter>,
    /// Why it is not the other kind; None where nothing needs to be said.
    pub reason: Option<DeviceNote>,
}

impl Chosen {
    pub fn cpu(reason: Option<DeviceNote>) -> Self {
        Chosen { device: Device::flex(), kind: Backend::Cpu, adapter: None, reason }
    }
}

/// What the browser says about its adapter.
struct Found {
    adapter: Adapter,
    is_software: bool,
    has_timestamps: bool,
}

/// Chooses and starts a device. WebGPU can be started once in the life of the worker: keep what comes back.
pub async fn choose(choice: BackendChoice) -> Chosen {
    if choice == BackendChoice::Cpu {
        return Chosen::cpu(Some(DeviceNote::Asked));
    }
    let Found { adapter, is_software, has_timestamps } = match probe().await {
        Ok(found) => found,
        Err(reason) => return Chosen::cpu(Some(reason)),
    };
    // The compute library breaks without it, so it has to be known before.
    if !has_timestamps {
        return Chosen::cpu(Some(DeviceNote::NoTimestamps { adapter }));
    }
    if is_software && choice == BackendChoice::Auto {
        return Chosen::cpu(Some(DeviceNote::Software { adapter }));
    }
    match Device::wgpu_options().graphics_api(WgpuBackend::WebGpu).init_async().await {
        Ok(device) => Chosen { device, kind: Backend::Webgpu, adapter: Some(adapter), reason: None },
        Err(error) => Chosen::cpu(Some(DeviceNote::NotStarted { detail: error.to_string() })),
    }
}

/// Asks the browser for an adapter, as the compute library will.
async fn probe() -> Result<Found, DeviceNote> {
    let none = |_| DeviceNote::NoAdapter;
    let navigator = get(&js_sys::global(), "navigator");
    let gpu = get(&navigator, "gpu");
    if !gpu.is_object() {
        return Err(DeviceNote::NoWebgpu);
    }
    let request: Function = get(&gpu, "requestAdapter").dyn_into().map_err(none)?;
    let options = Object::new();
    // A browser that does not know the wish ignores it.
    let _ = Reflect::set(&options, &"powerPreference".into(), &"high-performance".into());
    let promise: Promise = request.call1(&gpu, &options).and_then(|promise| promise.dyn_into()).map_err(none)?;
    let gpu_adapter: JsValue = JsFuture::from(promise).await.map_err(none)?;
    if !gpu_adapter.is_object() {
        return Err(DeviceNote::NoAdapter);
    }
    let info = get(&gpu_adapter, "info");
    let text = |name: &str| get(&info, name).as_string().unwrap_or_default();
    let (vendor, architecture) = (text("vendor"), text("architecture"));
    let name = [vendor.as_str(), architecture.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let adapter = if name.is_empty() { Adapter::Unnamed } else { Adapter::Named { name: name.join(" ") } };
    let features = get(&gpu_adapter, "features");
    let has = get(&features, "has").dyn_into::<Function>().ok();
    let has_timestamps = has
        .and_then(|has| has.call1(&features, &"timestamp-query".into()).ok())
        .is_some_and(|answer| answer.is_truthy());
    let is_software = get(&info, "isFallbackAdapter").is_truthy()
        || get(&gpu_adapter, "isFallbackAdapter").is_truthy()
        || architecture.eq_ignore_ascii_case("swiftshader");
    Ok(Found { adapter, is_software, has_timestamps })
}

/// A property, or undefined.
fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
