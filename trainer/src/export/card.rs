//! The model card: what a bundle's manifest says of data, training and performance.

use crate::export::account::Account;
use crate::measures::summary::Summary;
use crate::training::run_folder::{RunFolder, RunRecord};
use anyhow::Result;
use serde_json::{Value, json};
use shared::bundle::{DataCard, PerformanceCard};

/// How the run was trained and all that was measured of it, for the manifest.
pub fn training_card(run: &RunFolder, account: &Account, limits: Vec<String>, forced: bool) -> Result<Value> {
    let Account { record, config, test, control, checks } = account;
    Ok(json!({
        "version": record.version,
        "device": record.device,
        "cyclegan_steps": config.cyclegan.steps,
        "config": config,
        "test": test,
        "cross_validation": run.read_json_if_there::<Value>(&run.cross_validation())?,
        "control": control,
        "self_checks": checks,
        "forced": forced,
        "limits": limits,
        "resources": run.read_json_if_there::<Value>(&run.resources())?,
    }))
}

/// What the bundle is called where nobody says otherwise.
pub fn title(record: &RunRecord) -> String {
    let learned: usize = record.counts.iter().filter(|(key, _)| key.starts_with("train")).map(|(_, count)| count).sum();
    let who = if record.phantom { "phantom subjects" } else { "people" };
    format!("{}: trained on {learned} {who}", record.cohort_name)
}

/// What was learned from.
pub fn data_card(record: &RunRecord, seed: u64) -> DataCard {
    DataCard {
        description: record.cohort_name.clone(),
        acknowledgement: record.acknowledgement.clone(),
        citation: record.citation.clone(),
        license: record.license.clone(),
        subjects: record.counts.clone(),
        groups: record.groups,
        split: record.split.clone(),
        seed,
        trained_on: record.trained_on(),
        image_salt: record.seen_images.as_ref().map(|seen| seen.salt.clone()).unwrap_or_default(),
        trained_on_images: record.seen_images.iter().flat_map(|seen| seen.hashes.iter().cloned()).collect(),
        prepared_here: record.prepared_here,
        value_step: record.value_step,
    }
}

/// The main numbers; those of strangers are filled in by who has them.
pub fn performance(test: &Summary) -> PerformanceCard {
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
