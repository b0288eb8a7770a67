//! Device, bundle and explanation, each made when it is first needed and kept.
//!
//! No result leaves before the device has answered the bundle's reference input as the native program did. WebGPU that
//! fails this is replaced by the CPU; a CPU that fails it is an error.

use crate::device::{Chosen, choose};
use crate::download::{Files, fetch_bundle};
use crate::mailbox::post;
use shared::bundle::{Bundle, SelfTest};
use shared::explain::{Direction, Stage as ExplainStage};
use shared::prepare::fit_to_grid;
use shared::volume::{read_nifti, write_nifti};
use std::rc::Rc;
use web::maps::MAP_NAMES;
use web::protocol::{Backend, BackendChoice, Bytes, Event, Request, Stage};

#[derive(Default)]
pub struct Engine {
    choice: BackendChoice,
    device: Option<Chosen>,
    /// Folder of the bundle that the page wants.
    url: String,
    files: Option<Rc<Files>>,
    /// Built on `device` from `files`, and tested.
    bundle: Option<Rc<Bundle>>,
}

impl Engine {
    /// Holds from the next start of a device on.
    pub fn choose(&mut self, choice: BackendChoice) {
        if self.choice != choice {
            self.choice = choice;
            // A WebGPU device cannot be started twice, so it is only ever given up for the CPU.
            if choice == BackendChoice::Cpu {
                self.device = None;
                self.bundle = None;
            }
        }
    }

    pub fn choose_bundle(&mut self, url: String) {
        if self.url != url {
            self.url = url;
            self.files = None;
            self.bundle = None;
        }
    }

    /// Starts the device where the request will need one.
    pub async fn prepare_for(&mut self, request: &Request) {
        let needs_device = matches!(request, Request::LoadBundle { .. } | Request::Explain { .. });
        if needs_device && self.device.is_none() {
            progress(Stage::Device, None, Start::Cold);
            let chosen = choose(self.choice).await;
            announce(&chosen);
            self.device = Some(chosen);
        }
    }

    /// The bundle that the page wants: fetched, checked, built and tested where that has not happened yet.
    pub async fn bundle(&mut self) -> Result<Rc<Bundle>, String> {
        if let Some(bundle) = &self.bundle {
            return Ok(bundle.clone());
        }
        if self.url.is_empty() {
            return Err("No model was chosen. Choose one and try again.".to_owned());
        }
        let files = match &self.files {
            Some(files) if files.url == self.url => files.clone(),
            _ => {
                progress(Stage::Download, None, Start::Cold);
                let report = |bytes| progress(Stage::Download, Some(bytes), Start::Cold);
                let files = Rc::new(fetch_bundle(&self.url, report).await?);
                self.files = Some(files.clone());
                files
            }
        };
        let chosen = self.device.get_or_insert_with(|| Chosen::cpu("")).clone();
        let mut tested = build_and_test(&files, &chosen).await;
        if let (Backend::Webgpu, Err(reason)) = (chosen.kind, &tested) {
            let cpu = Chosen::cpu(&format!("WebGPU on {} did not pass: {reason} The CPU is used.", chosen.adapter));
            announce(&cpu);
            self.device = Some(cpu.clone());
            tested = build_and_test(&files, &cpu).await;
        }
        let bundle = Rc::new(tested?);
        self.bundle = Some(bundle.clone());
        post(&Event::Loaded { name: files.manifest.name.clone() }, &[]);
        Ok(bundle)
    }

    /// Explains an image and posts the result.
    pub async fn explain(
        &mut self,
        id: u32,
        name: &str,
        buffers: &[Vec<u8>],
        direction: Option<Direction>,
    ) -> Result<(), String> {
        let start = if self.bundle.is_some() { Start::Warm } else { Start::Cold };
        let bundle = self.bundle().await?;
        let started_ms = js_sys::Date::now();
        progress(Stage::Read, None, start);
        let (file, image) = match buffers {
            [file] => (file, None),
            [file, image] => (file, Some(image.as_slice())),
            _ => return Err(format!("{name}: arrived incomplete. Choose it again.")),
        };
        let nifti = read_nifti(name, file, image).map_err(|error| error.to_string())?;
        let warnings = nifti.warnings.iter().map(|warning| format!("{name}: {warning}.")).collect();
        let volume = nifti.into_volume().map_err(|error| error.to_string())?;
        let gm = fit_to_grid(name, &volume, &bundle.manifest.grid).map_err(|error| error.to_string())?;
        drop(volume);

        let mut on_stage = |stage| {
            let stage = match stage {
                ExplainStage::Classify => Stage::Classify,
                ExplainStage::Translate => Stage::Translate,
                ExplainStage::Reclassify => Stage::Reclassify,
                ExplainStage::Activation => Stage::Activation,
            };
            progress(stage, None, start);
        };
        let found =
            bundle.models.explain(&gm, direction, &mut on_stage).await.map_err(|error| format!("{name}: {error}"))?;
        let volumes = [&found.original, &found.translated, &found.difference, &found.cam];
        let files: Vec<Vec<u8>> = volumes
            .into_iter()
            .zip(MAP_NAMES)
            .map(|(volume, name)| write_nifti(volume, &format!("AgeLens {name}")))
            .collect();
        let result = Event::Result {
            id,
            direction: found.direction,
            probability_old_before: found.probability_old_before,
            probability_old_after: found.probability_old_after,
            seconds: (js_sys::Date::now() - started_ms) / 1000.0,
            backend: self.device.as_ref().map_or(Backend::Cpu, |chosen| chosen.kind),
            warnings,
        };
        post(&result, &files);
        Ok(())
    }

    /// For a bug report.
    pub fn facts(&self) -> Vec<(String, String)> {
        let fact = |name: &str, value: String| (name.to_owned(), value);
        let mut facts = vec![
            fact("version", env!("CARGO_PKG_VERSION").to_owned()),
            fact("asked for", format!("{:?}", self.choice)),
            fact("bundle", self.url.clone()),
            fact("bundle is ready", self.bundle.is_some().to_string()),
        ];
        if let Some(chosen) = &self.device {
            facts.push(fact("device", format!("{:?} {}", chosen.kind, chosen.adapter)));
            facts.push(fact("reason", chosen.reason.clone()));
        }
        facts
    }
}

async fn build_and_test(files: &Files, chosen: &Chosen) -> Result<Bundle, String> {
    progress(Stage::Build, None, Start::Cold);
    let bundle =
        Bundle::from_files(&files.manifest_json, &files.by_path, &chosen.device).map_err(|error| error.to_string())?;
    progress(Stage::SelfTest, None, Start::Cold);
    let found = bundle.self_test().await.map_err(|error| error.to_string())?;
    let passed = found.passed();
    post(
        &Event::SelfTest {
            max_abs_difference: found.max_abs_difference,
            max_probability_difference: found.max_probability_difference,
            passed,
        },
        &[],
    );
    if passed {
        return Ok(bundle);
    }
    Err(format!(
        "the self-test differs from the native result by {:.1e} ({:.0e} is allowed), so this device cannot be trusted.",
        found.max_abs_difference.max(found.max_probability_difference),
        SelfTest::TOLERANCE
    ))
}

fn announce(chosen: &Chosen) {
    let event = Event::Backend { kind: chosen.kind, adapter: chosen.adapter.clone(), reason: chosen.reason.clone() };
    post(&event, &[]);
}

/// Whether the wait began with loading the bundle.
#[derive(Clone, Copy)]
enum Start {
    Cold,
    Warm,
}

fn progress(stage: Stage, bytes: Option<Bytes>, start: Start) {
    let from_cold = stage.start_fraction();
    let within = match bytes {
        Some(Bytes { done, total }) if total > 0 => {
            let length = Stage::Build.start_fraction() - Stage::Download.start_fraction();
            length * (done as f64 / total as f64) as f32
        }
        _ => 0.0,
    };
    let loaded = Stage::Read.start_fraction();
    let fraction = match start {
        Start::Cold => from_cold + within,
        Start::Warm => ((from_cold - loaded) / (1.0 - loaded)).max(0.0),
    };
    post(&Event::Progress { stage, fraction, bytes }, &[]);
}
