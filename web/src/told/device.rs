//! Why the other device computes.

use super::engine::EngineError;
use shared::bundle::BundleError;
use shared::coded;
use shared::explain::{DeviceFault, ExplainError};

/// Why the CPU computes and not WebGPU.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeviceNote {
    #[error("The CPU was requested.")]
    Asked,
    #[error("WebGPU on {adapter} lacks “timestamp-query”, so the CPU is used.")]
    NoTimestamps { adapter: Adapter },
    #[error("WebGPU runs in software here ({adapter}), so the faster CPU path is used.")]
    Software { adapter: Adapter },
    #[error("WebGPU could not be started ({detail}), so the CPU is used.")]
    NotStarted { detail: String },
    #[error("This browser offers no WebGPU adapter, so the CPU is used.")]
    NoAdapter,
    #[error("This browser has no WebGPU, so the CPU is used.")]
    NoWebgpu,
    #[error(
        "WebGPU on {adapter} did not pass its test: the device returned values that are not numbers. The CPU is used."
    )]
    FailedNotFinite { adapter: Adapter },
    #[error(
        "WebGPU on {adapter} did not pass its test: results could not be read from the device ({reason}). The CPU is used."
    )]
    FailedNotRead { adapter: Adapter, reason: DeviceFault },
    #[error("WebGPU on {adapter} did not pass its test: {reason}. The CPU is used.")]
    Failed { adapter: Adapter, reason: Box<EngineError> },
    #[error("WebGPU on {adapter} stopped: the device returned values that are not numbers. The CPU is used.")]
    StoppedNotFinite { adapter: Adapter },
    #[error("WebGPU on {adapter} stopped: results could not be read from the device ({reason}). The CPU is used.")]
    StoppedNotRead { adapter: Adapter, reason: DeviceFault },
    #[error("WebGPU on {adapter} stopped: {reason}. The CPU is used.")]
    Stopped { adapter: Adapter, reason: ExplainError },
}

coded!(enum DeviceNote {
    Asked {} => "device.asked",
    NoTimestamps { adapter: Adapter } => "device.timestamps",
    Software { adapter: Adapter } => "device.software",
    NotStarted { detail } => "device.start",
    NoAdapter {} => "device.no_adapter",
    NoWebgpu {} => "device.no_webgpu",
    FailedNotFinite { adapter: Adapter } => "device.failed.not_finite",
    FailedNotRead { adapter: Adapter, reason: DeviceFault } => "device.failed.not_read",
    Failed { adapter: Adapter, reason: EngineError } => "device.failed.other",
    StoppedNotFinite { adapter: Adapter } => "device.stopped.not_finite",
    StoppedNotRead { adapter: Adapter, reason: DeviceFault } => "device.stopped.not_read",
    Stopped { adapter: Adapter, reason: ExplainError } => "device.stopped.other",
});

impl DeviceNote {
    /// WebGPU could not be trusted. What is said of a device's fault alone would name a remedy that is already taken.
    pub fn failed(adapter: Adapter, error: EngineError) -> Self {
        match error {
            EngineError::Bundle(BundleError::Explain(ExplainError::NotFinite)) => {
                DeviceNote::FailedNotFinite { adapter }
            }
            EngineError::Bundle(BundleError::Explain(ExplainError::Device { reason })) => {
                DeviceNote::FailedNotRead { adapter, reason }
            }
            other => DeviceNote::Failed { adapter, reason: Box::new(other) },
        }
    }

    /// WebGPU stopped in the middle of the work.
    pub fn stopped(adapter: Adapter, error: ExplainError) -> Self {
        match error {
            ExplainError::NotFinite => DeviceNote::StoppedNotFinite { adapter },
            ExplainError::Device { reason } => DeviceNote::StoppedNotRead { adapter, reason },
            other @ (ExplainError::Shape { .. } | ExplainError::NoDial) => {
                DeviceNote::Stopped { adapter, reason: other }
            }
        }
    }
}

/// A graphics adapter by its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Adapter {
    #[error("an unnamed adapter")]
    Unnamed,
    /// Vendor and architecture, as the browser says them.
    #[error("{name}")]
    Named { name: String },
}

coded!(enum Adapter {
    Unnamed {} => "device.unnamed",
    Named { name } => "device.named",
});
