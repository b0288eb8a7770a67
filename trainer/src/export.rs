//! `trainer export`: a finished run becomes a bundle: weights, model card, reference outputs, samples.

use crate::cli::DeviceArguments;
use crate::evaluation::measure::Summary;
use crate::failure::unusable;
use crate::training::run_folder::{RunFolder, RunRecord, SampleRecord};
use crate::{cohort::Group, device, files};
use anyhow::Result;
use serde_json::{Value, json};
use shared::bundle::{
    DataCard, FileEntry, MANIFEST_VERSION, Manifest, PerformanceCard, ReferenceOutput, Sample, sha256_hex,
};
use shared::explain::{Direction, Models};
use shared::model::ModelConfig;
use shared::volume::{Volume, read_nifti, write_nifti_gz};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Options of `trainer export`.
#[derive(Debug, clap::Args)]
pub struct ExportArguments {
    /// Finished run.
    #[arg(long, value_name = "RUN")]
    run: PathBuf,
    /// Folder of the bundle; its last part is the bundle's name.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    device: DeviceArguments,
}

/// Files of the bundle as they are gathered; a content hash in each name lets browsers cache them for ever.
struct Files<'a> {
    out: &'a Path,
    entries: BTreeMap<String, FileEntry>,
}

impl Files<'_> {
    fn add(&mut self, role: &str, extension: &str, bytes: &[u8]) -> Result<()> {
        let sha256 = sha256_hex(bytes);
        let path = format!("{}.{}.{extension}", role.replace('/', "-"), &sha256[..8]);
        files::write(&self.out.join(&path), bytes)?;
        self.entries.insert(role.into(), FileEntry { path, bytes: bytes.len() as u64, sha256 });
        Ok(())
    }

    fn add_volume(&mut self, role: &str, volume: &Volume) -> Result<()> {
        self.add(role, "nii.gz", &write_nifti_gz(volume, &format!("AgeLens {role}"))?)
    }
}

/// Writes the bundle; the manifest comes last, so that a half-written folder is none.
pub fn run(arguments: &ExportArguments) -> Result<()> {
    let run = RunFolder::new(&arguments.run);
    let record = run.read_record()?;
    let config = run.read_config()?;
    if !run.test().exists() {
        return Err(unusable(format!(
            "{}: not finished; go on with `trainer train --resume`",
            arguments.run.display()
        )));
    }
    let test: Summary = run.read_json(&run.test())?;
    let (device, _) = device::choose(arguments.device.device)?;
    let models = run.load(&device)?.models;
    let name = arguments.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    remove_older(&arguments.out)?;
    let mut bundle = Files { out: &arguments.out, entries: BTreeMap::new() };
    for part in ["classifier", "judge", "young_to_old", "old_to_young"] {
        bundle.add(part, "safetensors", &files::read(&run.weights(part))?)?;
    }
    bundle.add("mask", "nii.gz", &files::read(&run.mask())?)?;
    let listed: Vec<SampleRecord> = run.read_json(&run.samples())?;
    let Some(shown_first) = listed.first() else {
        return Err(unusable(format!("{}: lists no sample; train the run again", run.samples().display())));
    };
    let reference = reference(&mut bundle, &models, &read_volume(&run.sample(&shown_first.id))?)?;
    let samples = listed.iter().map(|sample| precompute(&mut bundle, &models, &run, sample)).collect::<Result<_>>()?;
    let manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        title: title(&record),
        name,
        phantom: record.phantom,
        grid: models.grid.clone(),
        preparation_version: record.preparation_version.clone(),
        data: data_card(&record, config.seed),
        performance: performance(&test),
        models: serde_json::to_value(ModelConfig {
            classifier: config.classifier.network,
            judge: config.judge.network,
            generator: config.cyclegan.generator,
        })?,
        training: json!({
            "version": record.version,
            "device": record.device,
            "cyclegan_steps": config.cyclegan.steps,
            "test": test,
            "cross_validation": if run.cross_validation().exists() { run.read_json(&run.cross_validation())? } else { json!(null) },
        }),
        files: bundle.entries,
        reference,
        samples,
        not_for_diagnosis: "For research and teaching. Not for diagnosis.".into(),
    };
    files::write_json(&arguments.out.join("manifest.json"), &manifest)?;
    list_in_index(&arguments.out, &manifest)?;
    println!("{}: exported", arguments.out.display());
    Ok(())
}

/// Adds the bundle to the `index.json` beside its folder, where there is one: the page offers the bundles listed there.
fn list_in_index(out: &Path, manifest: &Manifest) -> Result<()> {
    let path = out.join("..").join("index.json");
    if !path.exists() {
        return Ok(());
    }
    let mut listed: Vec<Value> = serde_json::from_slice(&files::read(&path)?)
        .map_err(|error| unusable(format!("{}: {error}; write `[]` into it and export again", path.display())))?;
    let entry = json!({ "id": manifest.name, "title": manifest.title });
    match listed.iter_mut().find(|listed| listed["id"] == manifest.name.as_str()) {
        Some(older) => *older = entry,
        None => listed.push(entry),
    }
    files::write_json(&path, &listed)
}

/// An earlier bundle in the folder goes, manifest first; anything else is left alone.
fn remove_older(out: &Path) -> Result<()> {
    let path = out.join("manifest.json");
    if !path.exists() {
        return Ok(());
    }
    let old: Manifest = serde_json::from_slice(&files::read(&path)?).map_err(|error| {
        unusable(format!("{}: is no bundle's manifest ({error}); choose another folder", path.display()))
    })?;
    std::fs::remove_file(&path)?;
    for entry in old.files.values() {
        let file = Path::new(&entry.path);
        // A manifest names files of its own folder only.
        if file.components().count() == 1 && out.join(file).is_file() {
            std::fs::remove_file(out.join(file))?;
        }
    }
    Ok(())
}

/// The native answers for an image that belongs to no person: the first sample.
fn reference(bundle: &mut Files, models: &Models, input: &Volume) -> Result<Vec<ReferenceOutput>> {
    bundle.add_volume("reference_input", input)?;
    let mut outputs = Vec::new();
    for direction in [Direction::YoungToOld, Direction::OldToYoung] {
        let found = pollster::block_on(models.explain(input, Some(direction), &mut |_| {}))?;
        let role = |part: &str| format!("reference/{}/{part}", direction.as_str());
        bundle.add_volume(&role("translated"), &found.translated)?;
        bundle.add_volume(&role("difference"), &found.difference)?;
        bundle.add_volume(&role("cam"), &found.cam)?;
        outputs.push(ReferenceOutput {
            direction,
            probability_old_before: found.probability_old_before,
            probability_old_after: found.probability_old_after,
            translated: role("translated"),
            difference: role("difference"),
            cam: role("cam"),
        });
    }
    Ok(outputs)
}

/// One sample with its results, so that a page can show them at once.
fn precompute(bundle: &mut Files, models: &Models, run: &RunFolder, sample: &SampleRecord) -> Result<Sample> {
    let direction = match sample.group {
        Group::Young => Direction::YoungToOld,
        _ => Direction::OldToYoung,
    };
    let found =
        pollster::block_on(models.explain(&read_volume(&run.sample(&sample.id))?, Some(direction), &mut |_| {}))?;
    let role = |part: &str| format!("sample/{}/{part}", sample.id);
    for (part, volume) in [
        ("original", &found.original),
        ("translated", &found.translated),
        ("difference", &found.difference),
        ("cam", &found.cam),
    ] {
        bundle.add_volume(&role(part), volume)?;
    }
    Ok(Sample {
        id: sample.id.clone(),
        title: sample.title.clone(),
        direction,
        probability_old_before: found.probability_old_before,
        probability_old_after: found.probability_old_after,
        original: role("original"),
        translated: role("translated"),
        difference: role("difference"),
        cam: role("cam"),
    })
}

fn read_volume(path: &Path) -> Result<Volume> {
    Ok(read_nifti(&path.display().to_string(), &files::read(path)?, None)?.into_volume()?)
}

fn title(record: &RunRecord) -> String {
    let learned: usize = record.counts.iter().filter(|(key, _)| key.starts_with("train")).map(|(_, count)| count).sum();
    let who = if record.phantom { "phantom subjects" } else { "people" };
    format!("{}: learned from {learned} {who}", record.cohort_name)
}

fn data_card(record: &RunRecord, seed: u64) -> DataCard {
    DataCard {
        description: record.cohort_name.clone(),
        acknowledgement: record.acknowledgement.clone(),
        citation: record.citation.clone(),
        license: record.license.clone(),
        subjects: record.counts.clone(),
        split: record.split.clone(),
        seed,
        trained_on: record.trained_on(),
        prepared_here: record.prepared_here,
    }
}

fn performance(test: &Summary) -> PerformanceCard {
    PerformanceCard {
        test_subjects: test.subjects,
        accuracy: test.accuracy,
        accuracy_interval: test.accuracy_interval,
        balanced_accuracy: test.balanced_accuracy,
        auc: test.auc,
        flip_young_to_old: test.flip_young_to_old,
        flip_old_to_young: test.flip_old_to_young,
        judge_flip_young_to_old: test.judge_flip_young_to_old,
        judge_flip_old_to_young: test.judge_flip_old_to_young,
        mean_map_ncc_young_to_old: test.mean_map_ncc_young_to_old,
        mean_map_ncc_old_to_young: test.mean_map_ncc_old_to_young,
    }
}
