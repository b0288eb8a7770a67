//! What the page and the worker say to each other.
//!
//! A message is a JavaScript array: first one JSON string (a [`Request`] or an [`Event`]), then the ArrayBuffers
//! that belong to it, moved and not copied. The worker posts [`Event::Ready`] before it hears anything; requests are
//! answered in order, except [`Request::Cancel`], which is heard as soon as the worker next waits for its device.

use serde::{Deserialize, Serialize};
use shared::explain::Direction;

/// Which device the user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackendChoice {
    /// WebGPU where a real adapter is fit for it, else the CPU.
    #[default]
    Auto,
    /// WebGPU, even on an adapter that is itself software.
    Webgpu,
    Cpu,
}

/// Which device computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    Webgpu,
    Cpu,
}

/// From the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// Holds for the next [`Request::LoadBundle`].
    ChooseBackend { choice: BackendChoice },
    /// `url`: absolute address of a bundle's folder, ending in `/`.
    LoadBundle { url: String },
    /// Buffers: the file as it is on disk; where `has_image`, then the `.img` that belongs to it.
    Explain {
        /// Comes back with everything that answers this request.
        id: u32,
        /// File name, for messages.
        name: String,
        has_image: bool,
        /// None: away from the class that the classifier sees.
        direction: Option<Direction>,
    },
    /// Drops the explanation of this id.
    Cancel { id: u32 },
    /// Asks for [`Event::Diagnostics`].
    Diagnostics,
}

/// A step that the user waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Device,
    Download,
    Build,
    SelfTest,
    Read,
    Classify,
    Translate,
    Reclassify,
    Activation,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    pub done: u64,
    pub total: u64,
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The worker listens.
    Ready,
    /// A stage begins or advances. `fraction`: 0..1 of everything the user waits for.
    Progress { stage: Stage, fraction: f32, bytes: Option<Bytes> },
    /// The device in use from now on; `reason` says why it is not the other one, or is empty.
    Backend { kind: Backend, adapter: String, reason: String },
    /// How far the device's answers for the bundle's reference input lie from the native ones.
    SelfTest { max_abs_difference: f32, max_probability_difference: f32, passed: bool },
    /// The bundle is ready to explain.
    Loaded { name: String },
    /// Buffers: original, translated, difference, class-activation map, each a `.nii` file on the bundle's grid.
    Result {
        id: u32,
        direction: Direction,
        /// 0..1.
        probability_old_before: f32,
        /// 0..1.
        probability_old_after: f32,
        /// From the first stage to the last, without download and self-test.
        seconds: f64,
        backend: Backend,
        /// What is doubtful about the file, each a sentence.
        warnings: Vec<String>,
    },
    /// The explanation was dropped; the worker is ready for the next.
    Cancelled { id: u32 },
    /// For a bug report: name and value.
    Diagnostics { facts: Vec<(String, String)> },
    /// `message` names the file, the reason and the remedy. `id` is None where no explanation was asked for.
    Failure { id: Option<u32>, message: String },
    /// The worker broke; nothing more comes from it.
    Crashed { reason: String },
}

impl Stage {
    /// Share of the whole wait that lies before this stage, when everything still has to be loaded.
    pub fn start_fraction(self) -> f32 {
        match self {
            Stage::Device => 0.0,
            Stage::Download => 0.05,
            Stage::Build => 0.40,
            Stage::SelfTest => 0.45,
            Stage::Read => 0.70,
            Stage::Classify => 0.72,
            Stage::Translate => 0.78,
            Stage::Reclassify => 0.92,
            Stage::Activation => 0.97,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGES: [Stage; 9] = [
        Stage::Device,
        Stage::Download,
        Stage::Build,
        Stage::SelfTest,
        Stage::Read,
        Stage::Classify,
        Stage::Translate,
        Stage::Reclassify,
        Stage::Activation,
    ];

    #[test]
    fn messages_survive_the_journey() {
        let request = Request::Explain {
            id: 7,
            name: "sub-01.nii.gz".into(),
            has_image: false,
            direction: Some(Direction::OldToYoung),
        };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
        assert!(text.contains(r#""type":"explain""#) && text.contains(r#""direction":"old_to_young""#), "{text}");

        let event = Event::Backend { kind: Backend::Cpu, adapter: String::new(), reason: "no WebGPU".into() };
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
    }

    #[test]
    fn progress_never_runs_backwards() {
        assert!(STAGES.windows(2).all(|pair| pair[0].start_fraction() < pair[1].start_fraction()));
    }
}
