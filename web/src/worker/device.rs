//! Which device computes: WebGPU where an adapter is fit for it, else the CPU. The reason is always told.

use burn::tensor::Device;
use burn::tensor::wgpu::WgpuBackend;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web::protocol::{Backend, BackendChoice};

/// A device that is ready.
#[derive(Clone)]
pub struct Chosen {
    pub device: Device,
    pub kind: Backend,
    /// Vendor and architecture of a WebGPU adapter; empty for the CPU.
    pub adapter: String,
    /// Why it is not the other kind; empty where nothing needs to be said.
    pub reason: String,
}

impl Chosen {
    pub fn cpu(reason: &str) -> Self {
        Chosen { device: Device::flex(), kind: Backend::Cpu, adapter: String::new(), reason: reason.to_owned() }
    }
}

/// What the browser says about its adapter.
struct Adapter {
    name: String,
    is_software: bool,
    has_timestamps: bool,
}

/// Chooses and starts a device. WebGPU can be started once in the life of the worker: keep what comes back.
pub async fn choose(choice: BackendChoice) -> Chosen {
    if choice == BackendChoice::Cpu {
        return Chosen::cpu("The CPU was requested.");
    }
    let adapter = match probe().await {
        Ok(adapter) => adapter,
        Err(reason) => return Chosen::cpu(&reason),
    };
    // The compute library breaks without it, so it has to be known before.
    if !adapter.has_timestamps {
        return Chosen::cpu(&format!("WebGPU on {} lacks “timestamp-query”, so the CPU is used.", adapter.name));
    }
    if adapter.is_software && choice == BackendChoice::Auto {
        return Chosen::cpu(&format!(
            "WebGPU runs in software here ({}), so the faster CPU path is used.",
            adapter.name
        ));
    }
    match Device::wgpu_options().graphics_api(WgpuBackend::WebGpu).init_async().await {
        Ok(device) => Chosen { device, kind: Backend::Webgpu, adapter: adapter.name, reason: String::new() },
        Err(error) => Chosen::cpu(&format!("WebGPU could not be started ({error}), so the CPU is used.")),
    }
}

/// Asks the browser for an adapter, as the compute library will.
async fn probe() -> Result<Adapter, String> {
    let none = || "This browser offers no WebGPU adapter, so the CPU is used.".to_owned();
    let navigator = get(&js_sys::global(), "navigator");
    let gpu = get(&navigator, "gpu");
    if !gpu.is_object() {
        return Err("This browser has no WebGPU, so the CPU is used.".to_owned());
    }
    let request: Function = get(&gpu, "requestAdapter").dyn_into().map_err(|_| none())?;
    let options = Object::new();
    // A browser that does not know the wish ignores it.
    let _ = Reflect::set(&options, &"powerPreference".into(), &"high-performance".into());
    let promise: Promise = request.call1(&gpu, &options).and_then(|promise| promise.dyn_into()).map_err(|_| none())?;
    let adapter: JsValue = JsFuture::from(promise).await.map_err(|_| none())?;
    if !adapter.is_object() {
        return Err(none());
    }
    let info = get(&adapter, "info");
    let text = |name: &str| get(&info, name).as_string().unwrap_or_default();
    let (vendor, architecture) = (text("vendor"), text("architecture"));
    let name = [vendor.as_str(), architecture.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let name = if name.is_empty() { "an unnamed adapter".to_owned() } else { name.join(" ") };
    let features = get(&adapter, "features");
    let has = get(&features, "has").dyn_into::<Function>().ok();
    let has_timestamps = has
        .and_then(|has| has.call1(&features, &"timestamp-query".into()).ok())
        .is_some_and(|answer| answer.is_truthy());
    let is_software = get(&info, "isFallbackAdapter").is_truthy()
        || get(&adapter, "isFallbackAdapter").is_truthy()
        || architecture.eq_ignore_ascii_case("swiftshader");
    Ok(Adapter { name, is_software, has_timestamps })
}

/// A property, or undefined.
fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
