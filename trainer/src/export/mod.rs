//! A finished run that passed its self-checks becomes a bundle: weights, model card, reference outputs, samples; and a bundle becomes
//! ONNX models.

mod account;
mod answers;
mod card;
mod files;
mod index;
mod keep;
pub mod onnx;
pub mod stops;
pub mod strangers;

use crate::device::{self, DeviceChoice};
use crate::evaluation::limits;
use crate::evaluation::strangers::{Judging, judge};
use crate::failure::unusable;
use crate::output_folder;
use crate::progress::stop_requested;
use crate::training::run_folder::{RunFolder, SampleRecord};
use account::{Account, check, read_account};
use answers::{precompute, reference};
use anyhow::{Result, ensure};
use card::{data_card, performance, title, training_card};
use files::{Files, read_volume, remove_older};
pub use index::list_in_index;
use shared::bundle::{Manifest, PerformanceCard};
use shared::explain::Ageing;
use shared::model::ModelConfig;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// Finished run.
    pub run: PathBuf,
    /// Folder of the bundle; its last part is the bundle's name.
    pub out: PathBuf,
    /// One line for people that names the bundle.
    pub title: Option<String>,
    /// Cohort of people of other scanners.
    pub strangers: Option<PathBuf>,
    /// Export even where a self-check failed.
    pub force: bool,
    /// The networks as ONNX models, too.
    pub onnx: bool,
    pub device: DeviceChoice,
}

/// Writes the bundle; the manifest comes last, so that a half-written folder is none.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the run is not finished or failed a self-check, or the folder holds something else. Other errors:
/// a file cannot be written, the device failed, or it was stopped by Ctrl-C.
pub fn export(order: &Order) -> Result<()> {
    output_folder::BUNDLE.may_fill(&order.out)?;
    let run = RunFolder::new(&order.run);
    output_folder::RUN.expect(&run.path)?;
    let account = read_account(&run)?;
    let forced = check(&account.checks, &order.run, order.force)?;
    let (device, _) = device::choose(order.device)?;
    let loaded = run.load(&device)?;
    let strangers = match &order.strangers {
        Some(cohort) => Some(judge(
            cohort,
            &Judging {
                models: &loaded.models,
                groups: account.record.groups,
                preparation_version: &account.record.preparation_version,
                seen: &account.record.seen(),
                voxel_ridge: loaded.voxel_ridge.as_ref(),
            },
        )?),
        None => None,
    };
    let models = loaded.models;
    let name = order.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    ensure!(
        !stop_requested(),
        "{}: stopped before anything was written; the same command starts again",
        order.out.display()
    );
    remove_older(&order.out)?;
    onnx::remove_older(&order.out)?;
    let mut bundle = Files {
        out: &order.out,
        entries: BTreeMap::new(),
        if_stopped: "stopped before the manifest was written, so this is no bundle yet; the same command starts again",
    };
    for part in ["classifier", "judge", "young_to_old", "old_to_young"] {
        bundle.add(part, "safetensors", &crate::files::read(&run.weights(part))?)?;
    }
    bundle.add("mask", "nii.gz", &crate::files::read(&run.mask())?)?;
    for (part, path) in [("familiar", run.familiar()), ("ageing", run.ageing()), ("grey_values", run.grey_values())] {
        if path.exists() {
            bundle.add(part, "json", &crate::files::read(&path)?)?;
        }
    }
    let listed: Vec<SampleRecord> = run.read_json(&run.samples())?;
    let Some(shown_first) = listed.first() else {
        return Err(unusable(format!("{}: lists no sample; train the run again", run.samples().display())));
    };
    let reference = reference(&mut bundle, &models.unfinished(), &read_volume(&run.sample(&shown_first.id))?)?;
    let samples = listed.iter().map(|sample| precompute(&mut bundle, &models, &run, sample)).collect::<Result<_>>()?;
    let Account { record, config, test, .. } = &account;
    let data = data_card(record, config.seed);
    let manifest = Manifest {
        manifest_version: data.manifest_version(),
        title: order.title.clone().unwrap_or_else(|| title(record)),
        name,
        phantom: record.phantom,
        grid: models.grid.clone(),
        preparation_version: record.preparation_version.clone(),
        data,
        performance: PerformanceCard { strangers, ..performance(test) },
        models: serde_json::to_value(ModelConfig {
            classifier: config.classifier.network.clone(),
            judge: config.judge.network.clone(),
            generator: config.cyclegan.generator.clone(),
        })?,
        training: training_card(&run, &account, limits::in_words(record.phantom, &models.grid, None), forced)?,
        files: bundle.entries,
        reference,
        samples,
        held_back: run.read_json_if_there(&run.held_back())?,
        dial_years: models.ageing.as_ref().and_then(Ageing::range_years),
        not_for_diagnosis: "For research and teaching. Not for diagnosis.".into(),
    };
    crate::files::write_json(&order.out.join("manifest.json"), &manifest)?;
    list_in_index(&order.out, &manifest, order.title.as_deref())?;
    println!("{}: exported", order.out.display());
    if order.onnx { onnx::write(&order.out, &order.out) } else { Ok(()) }
}
