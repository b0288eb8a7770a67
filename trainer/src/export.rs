//! `trainer export`: a finished run that passed its self-checks becomes a bundle: weights, model card, reference
//! outputs, samples.

use crate::cli::DeviceArguments;
use crate::evaluation::checks::{SelfCheck, self_checks};
use crate::evaluation::limits;
use crate::evaluation::measure::Summary;
use crate::evaluation::strangers;
use crate::failure::unusable;
use crate::training::config::TrainingConfig;
use crate::training::control::Control;
use crate::training::run_folder::{RunFolder, RunRecord, SampleRecord};
use crate::{cohort::Group, device, files, output_folder};
use anyhow::Result;
use serde::de::DeserializeOwned;
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
    /// One line for people that names the bundle; without it a title in the index.json beside the folder stays, and a
    /// new bundle's is made of its cohort and the number of subjects.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Cohort of people of other scanners, prepared as those that were learned from: how they are judged goes into the
    /// manifest, as counts.
    #[arg(long, value_name = "COHORT")]
    strangers: Option<PathBuf>,
    /// Export even where a self-check failed; the manifest says which.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    device: DeviceArguments,
}

/// What a run says of itself beside its weights.
struct Account {
    record: RunRecord,
    config: TrainingConfig,
    test: Summary,
    control: Option<Control>,
    checks: Vec<SelfCheck>,
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
    output_folder::BUNDLE.may_fill(&arguments.out)?;
    let run = RunFolder::new(&arguments.run);
    output_folder::RUN.expect(&run.path)?;
    let account = read_account(&run)?;
    let forced = check(&account.checks, arguments)?;
    let (device, _) = device::choose(arguments.device.device)?;
    let loaded = run.load(&device)?;
    let strangers = match &arguments.strangers {
        Some(cohort) => {
            Some(strangers::judge(cohort, &loaded, &account.record.seen(), &account.record.preparation_version)?)
        }
        None => None,
    };
    let models = loaded.models;
    let name = arguments.out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    remove_older(&arguments.out)?;
    let mut bundle = Files { out: &arguments.out, entries: BTreeMap::new() };
    for part in ["classifier", "judge", "young_to_old", "old_to_young"] {
        bundle.add(part, "safetensors", &files::read(&run.weights(part))?)?;
    }
    bundle.add("mask", "nii.gz", &files::read(&run.mask())?)?;
    if run.familiar().exists() {
        bundle.add("familiar", "json", &files::read(&run.familiar())?)?;
    }
    let listed: Vec<SampleRecord> = run.read_json(&run.samples())?;
    let Some(shown_first) = listed.first() else {
        return Err(unusable(format!("{}: lists no sample; train the run again", run.samples().display())));
    };
    let reference = reference(&mut bundle, &models, &read_volume(&run.sample(&shown_first.id))?)?;
    let samples = listed.iter().map(|sample| precompute(&mut bundle, &models, &run, sample)).collect::<Result<_>>()?;
    let Account { record, config, test, .. } = &account;
    let manifest = Manifest {
        manifest_version: MANIFEST_VERSION,
        title: arguments.title.clone().unwrap_or_else(|| title(record)),
        name,
        phantom: record.phantom,
        grid: models.grid.clone(),
        preparation_version: record.preparation_version.clone(),
        data: data_card(record, config.seed),
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
        held_back: read_where_there(&run, &run.held_back())?,
        not_for_diagnosis: "For research and teaching. Not for diagnosis.".into(),
    };
    files::write_json(&arguments.out.join("manifest.json"), &manifest)?;
    list_in_index(&arguments.out, &manifest, arguments.title.as_deref())?;
    println!("{}: exported", arguments.out.display());
    Ok(())
}

/// Record, configuration, measures and self-checks of a finished run.
fn read_account(run: &RunFolder) -> Result<Account> {
    let record = run.read_record()?;
    let config = run.read_config()?;
    if !run.test().exists() {
        return Err(unusable(format!("{}: not finished; go on with `trainer train --resume`", run.path.display())));
    }
    let test: Summary = run.read_json(&run.test())?;
    let control: Option<Control> = read_where_there(run, &run.permuted_labels())?;
    let checks = self_checks(&test, control.as_ref());
    Ok(Account { record, config, test, control, checks })
}

/// A JSON file of the run, where it is there.
fn read_where_there<T: DeserializeOwned>(run: &RunFolder, path: &Path) -> Result<Option<T>> {
    if path.exists() { Ok(Some(run.read_json(path)?)) } else { Ok(None) }
}

/// Refuses a run that failed a self-check, unless told otherwise; whether it was told otherwise and needed it.
fn check(checks: &[SelfCheck], arguments: &ExportArguments) -> Result<bool> {
    let failed: Vec<String> = checks.iter().filter(|check| !check.passed).map(in_words).collect();
    if failed.is_empty() {
        return Ok(false);
    }
    let told = format!("{}: {} of {} self-checks failed", arguments.run.display(), failed.len(), checks.len());
    let listed = failed.join("\n  ");
    if !arguments.force {
        return Err(unusable(format!("{told}:\n  {listed}\nmend the run, or export it as it is with --force")));
    }
    eprintln!("{told}, exported all the same; its manifest says so:\n  {listed}");
    Ok(true)
}

fn in_words(check: &SelfCheck) -> String {
    format!("{}: found {}, wanted {}; {}", check.name, check.found, check.wanted, check.remedy)
}

/// How the run was trained and all that was measured of it, for the manifest.
fn training_card(run: &RunFolder, account: &Account, limits: Vec<String>, forced: bool) -> Result<Value> {
    let Account { record, config, test, control, checks } = account;
    Ok(json!({
        "version": record.version,
        "device": record.device,
        "cyclegan_steps": config.cyclegan.steps,
        "config": config,
        "test": test,
        "cross_validation": read_where_there::<Value>(run, &run.cross_validation())?,
        "control": control,
        "self_checks": checks,
        "forced": forced,
        "limits": limits,
        "resources": read_where_there::<Value>(run, &run.resources())?,
    }))
}

/// Adds the bundle to the `index.json` beside its folder, where there is one: the page offers the bundles listed there.
///
/// A bundle that is listed already keeps its title unless a new one is `given`.
fn list_in_index(out: &Path, manifest: &Manifest, given: Option<&str>) -> Result<()> {
    let path = out.join("..").join("index.json");
    if !path.exists() {
        return Ok(());
    }
    // Models that learned from maps as the page makes them are the first choice for a visitor's scan.
    let own_scans = manifest.data.prepared_here;
    let mut listed: Vec<Value> = serde_json::from_slice(&files::read(&path)?)
        .map_err(|error| unusable(format!("{}: {error}; write `[]` into it and export again", path.display())))?;
    match listed.iter_mut().find(|listed| listed["id"] == manifest.name.as_str()) {
        Some(older) => {
            if let Some(title) = given {
                older["title"] = json!(title);
            }
            older["own_scans"] = json!(own_scans);
        }
        None => listed.push(json!({ "id": manifest.name, "title": manifest.title, "own_scans": own_scans })),
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
    let truth = run.sample_truth(&sample.id);
    if truth.exists() {
        bundle.add_volume(&role("truth"), &read_volume(&truth)?)?;
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
        truth: truth.exists().then(|| role("truth")),
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
        image_salt: record.seen_images.as_ref().map(|seen| seen.salt.clone()).unwrap_or_default(),
        trained_on_images: record.seen_images.iter().flat_map(|seen| seen.hashes.iter().cloned()).collect(),
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
        strangers: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        export: ExportArguments,
    }

    fn arguments(more: &[&str]) -> ExportArguments {
        let words = ["export", "--run", "a-run", "--out", "a-bundle"];
        Program::try_parse_from(words.iter().chain(more)).unwrap().export
    }

    fn self_check(name: &'static str, passed: bool) -> SelfCheck {
        SelfCheck { name, passed, found: "0.2".into(), wanted: "0.5".into(), remedy: "train longer".into() }
    }

    #[test]
    fn a_failed_check_stops_the_export_and_force_does_not() {
        let checks = [self_check("the first", true), self_check("the second", false)];
        assert!(!check(&checks[..1], &arguments(&[])).unwrap());
        assert!(!check(&checks[..1], &arguments(&["--force"])).unwrap());
        assert!(check(&checks, &arguments(&["--force"])).unwrap());
        let refusal = check(&checks, &arguments(&[])).unwrap_err();
        assert_eq!(crate::failure::exit_code(&refusal), 2);
        let said = refusal.to_string();
        assert!(said.contains("the second: found 0.2, wanted 0.5; train longer") && !said.contains("the first"));
    }

    #[test]
    fn a_listed_title_stays_until_another_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("mine");
        std::fs::create_dir_all(&out).unwrap();
        let index = folder.path().join("index.json");
        std::fs::write(&index, r#"[{ "id": "mine", "title": "by hand" }]"#).unwrap();
        let titles = || -> Vec<Value> { serde_json::from_slice(&std::fs::read(&index).unwrap()).unwrap() };
        let manifest = |name: &str| Manifest { name: name.into(), title: "made".into(), ..empty_manifest() };
        list_in_index(&out, &manifest("mine"), None).unwrap();
        assert_eq!(titles(), [json!({ "id": "mine", "title": "by hand", "own_scans": false })]);
        list_in_index(&out, &manifest("mine"), Some("new")).unwrap();
        list_in_index(&out, &manifest("other"), None).unwrap();
        assert_eq!(
            titles(),
            [
                json!({ "id": "mine", "title": "new", "own_scans": false }),
                json!({ "id": "other", "title": "made", "own_scans": false })
            ]
        );
    }

    fn empty_manifest() -> Manifest {
        serde_json::from_value(json!({
            "manifest_version": MANIFEST_VERSION, "name": "", "title": "", "phantom": true,
            "grid": { "shape": [1, 1, 1], "mni_from_voxel": [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]] },
            "preparation_version": "", "models": {}, "training": {}, "files": {}, "reference": [], "samples": [],
            "data": {
                "description": "", "acknowledgement": "", "citation": "", "license": "", "subjects": {}, "split": "",
                "seed": 1, "trained_on": [],
            },
            "performance": {
                "test_subjects": 0, "accuracy": 0.0, "accuracy_interval": [0.0, 1.0], "balanced_accuracy": 0.0, "auc": 0.0,
                "flip_young_to_old": 0.0, "flip_old_to_young": 0.0, "judge_flip_young_to_old": null,
                "judge_flip_old_to_young": null, "mean_map_ncc_young_to_old": 0.0, "mean_map_ncc_old_to_young": 0.0,
            },
            "not_for_diagnosis": "",
        }))
        .unwrap()
    }
}
