//! Device and bundle, each made when it is first needed and kept; explanations. What else is asked has files of its own.
//!
//! No result leaves before the device has answered the bundle's reference input as the native program did. WebGPU that
//! fails this is replaced by the CPU; a CPU that fails it is an error.

mod check;
mod inside;

use crate::device::{Chosen, choose};
use crate::download::{Files, fetch_bundle};
use crate::mailbox::{Parcel, now_ms, post};
use crate::prepare;
use crate::turn::Turn;
use shared::bundle::{Bundle, SelfTest};
use shared::explain::{ExplainError, Stage as ExplainStage, Target};
use shared::prepare::t1::{Kind, Template};
use shared::prepare::{fit_to_grid, is_modulated};
use shared::volume::{FileStart, NiftiImage, START_BYTES, Volume, Warning, check_start, read_nifti, write_nifti};
use std::rc::Rc;
use web::aim::Aim;
use web::glance::middle_slices;
use web::maps::MAP_NAMES;
use web::origin::Origin;
use web::progress::Bar;
use web::protocol::{Backend, BackendChoice, Bytes, Event, Request, Stage};
use web::told::device::{Adapter, DeviceNote};
use web::told::engine::{EngineError, FileWarning};

#[derive(Default)]
pub struct Engine {
    /// Folder in which the page lies.
    site: String,
    choice: BackendChoice,
    device: Option<Chosen>,
    /// Where the bundle lies that the page wants.
    origin: Option<Origin>,
    /// Its manifest, as the page read it.
    manifest_json: Vec<u8>,
    files: Option<Rc<Files>>,
    /// Built on `device` from `files`, and tested.
    bundle: Option<Rc<Bundle>>,
    /// Fetched for the first raw T1 image.
    template: Option<Rc<Template>>,
    /// Of the explanation or check that is being made.
    bar: Bar,
}

/// An image as it came.
struct Image {
    volume: Volume,
    /// What its header says of its making.
    about: String,
    /// What is doubtful about the file.
    warnings: Vec<FileWarning>,
    /// Whether it is a raw T1 image; else it is a map.
    is_raw: bool,
}

impl Engine {
    /// Where the site is, and which device is wished for from its next start on.
    pub fn begin(&mut self, site: String, choice: BackendChoice) {
        self.site = site;
        if self.choice != choice {
            self.choice = choice;
            // A WebGPU device cannot be started twice, so it is only ever given up for the CPU.
            if choice == BackendChoice::Cpu {
                self.device = None;
                self.bundle = None;
            }
        }
    }

    pub fn choose_bundle(&mut self, origin: Origin, manifest_json: Vec<u8>) {
        let is_same = self.origin.as_ref().is_some_and(|known| known.is_same(&origin));
        if !is_same || self.manifest_json != manifest_json {
            self.origin = Some(origin);
            self.manifest_json = manifest_json;
            self.files = None;
            self.bundle = None;
        }
    }

    /// Starts the device where the request will need one.
    pub async fn prepare_for(&mut self, request: &Request) {
        let loads = self.bundle.is_none();
        self.bar = match request {
            Request::Explain { .. } => Bar::new(loads),
            Request::Check { .. } => Bar::of_check(loads),
            Request::Inside { .. } => Bar::of_classifier(loads),
            _ => return,
        };
        if self.device.is_none() {
            tell(&mut self.bar, Stage::Device, None);
            let chosen = choose(self.choice).await;
            announce(&chosen);
            self.device = Some(chosen);
        }
    }

    /// The files of the bundle that the page wants: fetched where that has not happened yet.
    async fn files(&mut self) -> Result<Rc<Files>, EngineError> {
        let Some(origin) = &self.origin else { return Err(EngineError::NoModel) };
        if let Some(files) = &self.files {
            return Ok(files.clone());
        }
        let bar = &mut self.bar;
        tell(bar, Stage::Download, None);
        let files =
            Rc::new(fetch_bundle(origin, &self.manifest_json, |bytes| tell(bar, Stage::Download, Some(bytes))).await?);
        self.files = Some(files.clone());
        Ok(files)
    }

    /// The bundle that the page wants: fetched, checked, built and tested where that has not happened yet.
    async fn bundle(&mut self) -> Result<Rc<Bundle>, EngineError> {
        if let Some(bundle) = &self.bundle {
            return Ok(bundle.clone());
        }
        let files = self.files().await?;
        let chosen = self.device.get_or_insert_with(|| Chosen::cpu(None)).clone();
        let mut tested = build_and_test(&files, &chosen, &mut self.bar).await;
        if let (Some(adapter), Err(error)) = (chosen.adapter, &tested) {
            let cpu = Chosen::cpu(Some(DeviceNote::failed(adapter, error.clone())));
            announce(&cpu);
            self.device = Some(cpu.clone());
            tested = build_and_test(&files, &cpu, &mut self.bar).await;
        }
        if tested.is_err() {
            // Fetched again next time: they may have been damaged on the way.
            self.files = None;
        }
        let bundle = Rc::new(tested?);
        self.bundle = Some(bundle.clone());
        post(&Event::Loaded { name: files.manifest.name.clone() }, &[]);
        Ok(bundle)
    }

    /// Gives WebGPU up for the CPU, as where the browser took the device away in the middle of the work; false where the CPU
    /// computes already.
    fn leave_webgpu(&mut self, error: &ExplainError) -> bool {
        let Some(adapter) = self.device.as_ref().and_then(|chosen| chosen.adapter.clone()) else { return false };
        let cpu = Chosen::cpu(Some(DeviceNote::stopped(adapter, error.clone())));
        announce(&cpu);
        self.device = Some(cpu);
        self.bundle = None;
        true
    }

    /// The standard brain for preparations.
    async fn template(&mut self) -> Result<Rc<Template>, EngineError> {
        if let Some(template) = &self.template {
            return Ok(template.clone());
        }
        let template = Rc::new(prepare::fetch_template(&self.site, &mut self.bar).await?);
        self.template = Some(template.clone());
        Ok(template)
    }

    /// The image of a request; a cancellation that waits already is heard first.
    async fn read(&mut self, name: &str, parcels: &[Parcel]) -> Result<Image, EngineError> {
        tell(&mut self.bar, Stage::Read, None);
        Turn::new().give().await;
        let nifti = read(name, parcels).await?;
        let about = nifti.description.clone();
        let of_file = |warning: &Warning| FileWarning { name: name.to_owned(), warning: warning.clone() };
        let mut warnings: Vec<FileWarning> = nifti.warnings.iter().map(of_file).collect();
        let volume = nifti.into_volume()?;
        let is_raw = Kind::of(&volume) == Kind::T1;
        if !is_raw && is_modulated(&volume) {
            warnings.push(of_file(&Warning::Modulated));
        }
        Ok(Image { volume, about, warnings, is_raw })
    }

    /// Explains an image and posts the result; a raw T1 image is prepared before.
    pub async fn explain(
        &mut self,
        id: u32,
        name: &str,
        parcels: &[Parcel],
        glances: bool,
        aim: Option<Aim>,
    ) -> Result<(), EngineError> {
        // The image first: one that cannot be used is refused before a model is fetched for it.
        let Image { volume, about, mut warnings, is_raw } = self.read(name, parcels).await?;
        if glances {
            glance(id, &volume, !is_raw);
        }
        self.bar.set_prepares(is_raw);

        let files = self.files().await?;
        match is_raw {
            true => prepare::check_model(name, &files.manifest)?,
            false => files.manifest.check_preparation(name, &about)?,
        }
        let bundle = self.bundle().await?;
        let map = match is_raw {
            true => {
                let template = self.template().await?;
                // They belong to the raw image, and are told with its preparation.
                let warnings = std::mem::take(&mut warnings);
                prepare::prepare(id, name, volume, warnings, &template, &mut self.bar).await?
            }
            false => volume,
        };
        let caution = files.manifest.caution_for(&about, is_raw);
        let gm = fit_to_grid(name, &map, &bundle.manifest.grid)?;
        drop(map);

        let started_ms = now_ms();
        let bar = &mut self.bar;
        let mut on_stage = |stage| {
            let stage = match stage {
                ExplainStage::Classify => Stage::Classify,
                ExplainStage::Translate => Stage::Translate,
                ExplainStage::Reclassify => Stage::Reclassify,
                ExplainStage::Activation => Stage::Activation,
            };
            tell(bar, stage, None);
        };
        let found = match bundle.models.explain(&gm, aim.map(Target::from), &mut on_stage).await {
            Err(error) if self.leave_webgpu(&error) => {
                let bundle = self.bundle().await?;
                bundle.models.explain(&gm, aim.map(Target::from), &mut |_| ()).await
            }
            outcome => outcome,
        };
        let found = found.map_err(|reason| EngineError::OfImage { name: name.to_owned(), reason })?;
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
            familiarity: found.familiarity,
            age: found.age,
            amount: found.amount,
            seconds: (now_ms() - started_ms) / 1000.0,
            backend: self.device.as_ref().map_or(Backend::Cpu, |chosen| chosen.kind),
            warnings: warnings.into_iter().map(Into::into).collect(),
            caution: caution.map(Into::into),
        };
        post(&result, &files);
        Ok(())
    }

    /// The grey-matter map of a request, on the grid of the bundle.
    async fn map(&mut self, name: &str, parcels: &[Parcel]) -> Result<(Rc<Bundle>, Volume), EngineError> {
        let Image { volume, about, is_raw, .. } = self.read(name, parcels).await?;
        if is_raw {
            return Err(EngineError::NotChecked { name: name.to_owned() });
        }
        self.files().await?.manifest.check_preparation(name, &about)?;
        let bundle = self.bundle().await?;
        let gm = fit_to_grid(name, &volume, &bundle.manifest.grid)?;
        Ok((bundle, gm))
    }

    /// For a bug report.
    pub fn facts(&self) -> Vec<(String, String)> {
        let fact = |name: &str, value: String| (name.to_owned(), value);
        let mut facts = vec![
            fact("version", env!("CARGO_PKG_VERSION").to_owned()),
            fact("asked for", format!("{:?}", self.choice)),
            fact("bundle is from disk", self.origin.as_ref().is_some_and(Origin::is_disk).to_string()),
            fact("bundle is ready", self.bundle.is_some().to_string()),
        ];
        if let Some(chosen) = &self.device {
            facts.push(fact("device", format!("{:?} {}", chosen.kind, in_words(chosen.adapter.as_ref()))));
            facts.push(fact("reason", chosen.reason.as_ref().map(DeviceNote::to_string).unwrap_or_default()));
        }
        facts
    }
}

/// The image of a request's files, whose start is looked at before the rest is read.
async fn read(name: &str, parcels: &[Parcel]) -> Result<NiftiImage, EngineError> {
    let (file, image) = match parcels {
        [file] => (file, None),
        [file, image] => (file, Some(image)),
        _ => return Err(EngineError::Incomplete { name: name.to_owned() }),
    };
    let start = file.start(START_BYTES).await?;
    let start_of_image = match image {
        Some(image) => Some((image.start(START_BYTES).await?, image.bytes())),
        None => None,
    };
    let image_start = start_of_image.as_ref().map(|(bytes, all)| FileStart { bytes, file_bytes: *all as u64 });
    check_start(name, FileStart { bytes: &start, file_bytes: file.bytes() as u64 }, image_start)?;
    let file = file.whole().await?;
    let image = match image {
        Some(image) => Some(image.whole().await?),
        None => None,
    };
    Ok(read_nifti(name, &file, image.as_deref())?)
}

/// Shows the page an image as it came.
fn glance(id: u32, volume: &Volume, is_map: bool) {
    let slices = middle_slices(volume);
    let sizes = slices.each_ref().map(|slice| [slice.width as u32, slice.height as u32]);
    post(&Event::Glance { id, is_map, sizes }, &slices.map(|slice| slice.rgba));
}

async fn build_and_test(files: &Files, chosen: &Chosen, bar: &mut Bar) -> Result<Bundle, EngineError> {
    tell(bar, Stage::Build, None);
    let bundle = Bundle::from_files(&files.manifest_json, &files.by_path, &chosen.device)?;
    tell(bar, Stage::SelfTest, None);
    let found = bundle.self_test().await?;
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
    let difference = found.max_abs_difference.max(found.max_probability_difference);
    Err(EngineError::SelfTest { difference, allowed: SelfTest::TOLERANCE })
}

fn announce(chosen: &Chosen) {
    let (adapter, reason) = (in_words(chosen.adapter.as_ref()), chosen.reason.clone().map(Into::into));
    post(&Event::Backend { kind: chosen.kind, adapter, reason }, &[]);
}

fn in_words(adapter: Option<&Adapter>) -> String {
    adapter.map(Adapter::to_string).unwrap_or_default()
}

/// Tells the page what happens now, and how far everything is.
fn tell(bar: &mut Bar, stage: Stage, bytes: Option<Bytes>) {
    let within = bytes.filter(|bytes| bytes.total > 0).map_or(0.0, |bytes| bytes.done as f64 / bytes.total as f64);
    let fraction = bar.at(stage, within as f32);
    post(&Event::Progress { stage, fraction, bytes }, &[]);
}
