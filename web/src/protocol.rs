//! What the page and the worker say to each other.
//!
//! A message is a JavaScript array: first one JSON string (a [`Request`] or an [`Event`]), then the ArrayBuffers
//! that belong to it, moved and not copied, or files of the visitor's. The worker posts [`Event::Ready`] before it hears anything; requests are
//! answered in order, except [`Request::Cancel`], which is heard as soon as the worker next waits for its device, or
//! lets others have a turn while it prepares an image.
//!
//! The enums keep serde's plain form, the variant's name around its content: others cost the page 10 kB of code.

use crate::aim::Aim;
use crate::told::Sentence;
use serde::{Deserialize, Serialize};
use shared::explain::{Age, Direction, Familiarity};
use shared::prepare::t1::{Found, Quality, Step};
use shared::volume::Affine;

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
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Comes first. `site`: absolute address of the folder in which the page lies, ending in `/`; the worker has none of its
    /// own. `choice` holds from the next start of a device on.
    Begin { site: String, choice: BackendChoice },
    /// Holds for the next question. Buffer: its manifest, as the page read it; then, of a folder on the visitor's disk, its files.
    ChooseBundle { place: Place },
    /// Comes with the file as it is on disk; where `has_image`, then with the `.img` that belongs to it: each an ArrayBuffer, or
    /// a File that the worker reads itself. A raw T1 image is prepared first, and [`Event::Prepared`] comes before the result.
    /// Where `glances`, [`Event::Glance`] comes as soon as the file is read.
    Explain {
        /// Comes back with everything that answers this request.
        id: u32,
        /// File name, for messages.
        name: String,
        has_image: bool,
        glances: bool,
        /// None: away from the class that the classifier sees.
        aim: Option<Aim>,
    },
    /// Sanity checks of the explanation of a grey-matter map, answered by [`Event::Checked`]. Buffers and fields as of
    /// [`Request::Explain`]; a raw T1 image is refused: what is checked is the map that its preparation gave.
    Check { id: u32, name: String, has_image: bool, aim: Option<Aim> },
    /// The classifier opened up for a grey-matter map, answered by [`Event::Inside`]. Buffers as of [`Request::Check`].
    Inside { id: u32, name: String, has_image: bool },
    /// Drops the question of this id.
    Cancel { id: u32 },
    /// Asks for [`Event::Diagnostics`].
    Diagnostics,
}

/// Where a bundle lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Absolute address of a folder of the site, ending in `/`.
    Site(String),
    /// Paths, within the bundle, of the files that come with the request, in their order.
    Disk(Vec<String>),
}

/// A step that the user waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Device,
    Read,
    Download,
    Build,
    SelfTest,
    /// Fetching the standard brain that raw T1 images are brought to.
    Template,
    /// A step of the preparation of a raw T1 image.
    Prepare(Step),
    Classify,
    Translate,
    Reclassify,
    Activation,
    /// All of a check.
    Check,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bytes {
    pub done: u64,
    pub total: u64,
}

/// From the worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The worker listens. `is_confined`: the browser refuses its requests to other sites, as it found by trying.
    Ready { is_confined: bool },
    /// The browser refused a request of the worker to another site.
    Refused,
    /// A stage begins or advances. `fraction`: 0..1 of everything the user waits for.
    Progress { stage: Stage, fraction: f32, bytes: Option<Bytes> },
    /// The device in use from now on; `reason` says why it is not the other one.
    Backend { kind: Backend, adapter: String, reason: Option<Sentence> },
    /// How far the device's answers for the bundle's reference input lie from the native ones.
    SelfTest { max_abs_difference: f32, max_probability_difference: f32, passed: bool },
    /// The bundle is ready to explain.
    Loaded { name: String },
    /// An image was read, and nothing was done to it yet. Buffers: its slices by [`crate::glance::middle_slices`], each with its
    /// width and height in `sizes`. `is_map`: it will be taken for a grey-matter map, else prepared as a raw T1 image.
    Glance { id: u32, is_map: bool, sizes: [[u32; 2]; 3] },
    /// A raw T1 image was prepared. Buffers: the QC picture, `width` by `height` pixels of 8-bit RGBA; then, only where
    /// the quality passed, the maps of [`crate::prepared::MAPS`], each a `.nii` file in MNI152 space. Where it did not
    /// pass, a [`Event::Failure`] follows.
    Prepared {
        id: u32,
        quality: Quality,
        /// Why it did not pass: those of the quality itself are English, as its file has them.
        reasons: Vec<Sentence>,
        /// What the image was found to be.
        found: Found,
        /// From the file's millimetres to MNI152 millimetres.
        mni_from_world: Affine,
        /// Of the preparation alone.
        seconds: f64,
        /// What is doubtful about the file.
        warnings: Vec<Sentence>,
        width: u32,
        height: u32,
    },
    /// Buffers: original, translated, difference, class-activation map, each a `.nii` file on the bundle's grid.
    Result {
        id: u32,
        direction: Direction,
        /// 0..1.
        probability_old_before: f32,
        /// 0..1.
        probability_old_after: f32,
        /// How near the image is to what the models have seen; `None` where the bundle does not say.
        familiarity: Option<Familiarity>,
        /// How old the image looks; `None` where the bundle does not say.
        age: Option<Age>,
        /// By how many times the change from the young to the old the image was changed.
        amount: f64,
        /// Of the explanation alone: without loading, self-test and preparation.
        seconds: f64,
        backend: Backend,
        /// What is doubtful about the file.
        warnings: Vec<Sentence>,
        /// Why the verdict may be wrong, to be read beside it.
        caution: Option<Sentence>,
    },
    /// Buffers: what the generator towards the image's own class changes; there and back − original; class-activation map
    /// and difference of the same networks with shuffled weights. Each is a `.nii` file on the bundle's grid. Changes and
    /// errors are means of sizes over the mask, in grey-matter units; see `shared::explain::Sanity`.
    Checked {
        id: u32,
        direction: Direction,
        /// Of translated − original.
        change: f32,
        cycle_error: f32,
        /// With noise on the translation before its way back.
        cycle_error_noise: f32,
        /// Growth by the noise over the error itself; None without any error.
        steganography_index: Option<f32>,
        identity_error: f32,
        /// Of the sizes of the maps with those of shuffled weights; None where a map is the same everywhere.
        shuffled_cam_correlation: Option<f32>,
        shuffled_difference_correlation: Option<f32>,
        /// Of the check alone: without loading and self-test.
        seconds: f64,
    },
    /// Buffers: those of `shared::explain::Inside::to_numbers`, each as 32-bit floats.
    Inside { id: u32 },
    /// What was asked was dropped; the worker is ready for the next.
    Cancelled { id: u32 },
    /// For a bug report: name and value.
    Diagnostics { facts: Vec<(String, String)> },
    /// `error` names the file, the reason and the remedy. `id` is None where no explanation was asked for.
    Failure { id: Option<u32>, error: Sentence },
    /// The worker broke; nothing more comes from it.
    Crashed { reason: Sentence },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::told::device::{Adapter, DeviceNote};
    use crate::told::engine::EngineError;
    use shared::prepare::t1::{Content, Measure};

    #[test]
    fn messages_survive_the_journey() {
        let request = Request::Explain {
            id: 7,
            name: "sub-01.nii.gz".into(),
            has_image: false,
            glances: true,
            aim: Some(Aim::Group(Direction::OldToYoung)),
        };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
        assert!(text.starts_with(r#"{"explain":"#) && text.contains(r#""aim":{"group":"old_to_young"}"#), "{text}");

        let request = Request::Check { id: 8, name: "a.nii".into(), has_image: false, aim: Some(Aim::Age(70)) };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
        let event = Event::Checked {
            id: 8,
            direction: Direction::YoungToOld,
            change: 0.05,
            cycle_error: 0.01,
            cycle_error_noise: 0.02,
            steganography_index: Some(1.0),
            identity_error: 0.03,
            shuffled_cam_correlation: None,
            shuffled_difference_correlation: Some(-0.125),
            seconds: 2.5,
        };
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);

        let request = Request::Inside { id: 9, name: "a.hdr".into(), has_image: true };
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
        let text = serde_json::to_string(&Event::Inside { id: 9 }).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), Event::Inside { id: 9 });

        let reason = Some(DeviceNote::NoWebgpu.into());
        let event = Event::Backend { kind: Backend::Cpu, adapter: String::new(), reason };
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);

        let measure = Measure {
            name: "overlap".into(),
            value: 0.7,
            low: Some(0.8),
            high: None,
            good: 0.9,
            meaning: "share of the brain".into(),
        };
        let event = Event::Prepared {
            id: 7,
            quality: Quality { passed: false, score: 0.0, measures: vec![measure], reasons: vec!["no overlap".into()] },
            reasons: vec![DeviceNote::failed(Adapter::Unnamed, EngineError::NoModel).into()],
            found: Found { content: Content::StrippedBrain, in_mni_space: true },
            mni_from_world: Affine::from_spacing_origin([1.0; 3], [0.0; 3]),
            seconds: 12.5,
            warnings: Vec::new(),
            width: 3,
            height: 2,
        };
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
    }
}
