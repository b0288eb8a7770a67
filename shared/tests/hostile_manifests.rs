//! Manifests from anywhere: a bundle is built, or refused with a sentence; nothing panics, and nothing takes long.
//!
//! ```text
//! AGELENS_MANIFESTS=100000 cargo test --release -p shared --features model --test hostile_manifests
//! ```

mod hostile;
mod random;

use burn::tensor::Device;
use hostile::{LONGEST, count};
use random::Random;
use serde_json::{Value, json};
use shared::bundle::{Bundle, parse_manifest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Mutations of each bundle where the environment does not say how many.
const MUTATIONS: u64 = 300;
/// What nobody would write on purpose, and what somebody might.
fn hostile(random: &mut Random) -> Value {
    let values = [
        json!(null),
        json!(0),
        json!(1),
        json!(-1),
        json!(3),
        json!(1.0),
        json!(1e300),
        json!(u64::MAX),
        json!(4_000_000_000u64),
        json!(60_000),
        json!(""),
        json!("../../../../dev/zero"),
        json!("/dev/zero"),
        json!("group"),
        json!("volume"),
        json!("plane"),
        json!("reflect"),
        json!("lines"),
        json!([]),
        json!([60_000, 60_000, 1]),
        json!([0, 0, 0]),
        json!({}),
        json!({ "cells": { "voxels": 1, "counts": [1, 1, 1] } }),
        json!(true),
    ];
    values[random.below(values.len())].clone()
}

/// Goes down from `value` by chance and changes, removes or doubles what is there.
fn mutate(value: &mut Value, random: &mut Random) {
    let go_down = random.below(8) != 0;
    match value {
        Value::Object(fields) if go_down && !fields.is_empty() => {
            let key = fields.keys().nth(random.below(fields.len())).cloned().unwrap_or_default();
            match random.below(12) {
                0 => drop(fields.remove(&key)),
                _ => mutate(&mut fields[&key], random),
            }
        }
        Value::Array(items) if go_down && !items.is_empty() => {
            let index = random.below(items.len());
            match random.below(12) {
                0 => drop(items.remove(index)),
                1 => items.push(items[index].clone()),
                _ => mutate(&mut items[index], random),
            }
        }
        other => *other = hostile(random),
    }
}

/// Parts of a manifest that build something; the rest is words.
fn mutate_manifest(manifest: &mut Value, random: &mut Random) {
    let parts = ["models", "models", "models", "grid", "files", "reference", "samples"];
    let part = parts.get(random.below(parts.len() + 2)).copied();
    match part.and_then(|part| manifest.get(part).is_some().then_some(part)) {
        Some(part) => mutate(&mut manifest[part], random),
        None => mutate(manifest, random),
    }
}

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/models");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.join("manifest.json").exists());
    found.sort();
    found
}

#[test]
fn every_mutation_of_a_shipped_manifest_is_built_or_refused() {
    let count = count("AGELENS_MANIFESTS", MUTATIONS);
    let (mut built, mut refused) = (0, 0);
    for folder in shipped() {
        let original = std::fs::read(folder.join("manifest.json")).unwrap();
        let whole: Value = serde_json::from_slice(&original).unwrap();
        let files: BTreeMap<String, Vec<u8>> = Bundle::required_paths(&parse_manifest(&original).unwrap())
            .into_iter()
            .map(|path| (path.clone(), std::fs::read(folder.join(&path)).unwrap()))
            .collect();
        assert!(Bundle::from_files(&original, &files, &Device::flex()).is_ok(), "{}", folder.display());
        for seed in 0..count {
            let mut random = Random(seed);
            let mut manifest = whole.clone();
            for _ in 0..=random.below(3) {
                mutate_manifest(&mut manifest, &mut random);
            }
            let started = Instant::now();
            match Bundle::from_files(manifest.to_string().as_bytes(), &files, &Device::flex()) {
                Ok(_) => built += 1,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    refused += 1;
                }
            }
            assert!(started.elapsed() < LONGEST, "{} seed {seed} took {:?}", folder.display(), started.elapsed());
        }
    }
    println!("{built} built, {refused} refused");
    assert!(
        built > 0 && refused > built / 4,
        "{built} built, {refused} refused: the mutations are too tame or too wild"
    );
}

#[test]
fn a_bundle_without_reference_or_with_paths_that_lead_out_is_refused() {
    let folder = shipped().into_iter().find(|path| path.ends_with("phantom-small")).unwrap();
    let whole: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let refusal = |change: &dyn Fn(&mut Value)| {
        let mut manifest = whole.clone();
        change(&mut manifest);
        let built = Bundle::from_files(manifest.to_string().as_bytes(), &BTreeMap::new(), &Device::flex());
        built.map(drop).unwrap_err().to_string()
    };
    assert!(refusal(&|manifest| manifest["reference"] = json!([])).contains("no reference"));
    for path in ["/dev/zero", "../mask.nii.gz", "a//b", "C:\\mask", ".hidden"] {
        let said = refusal(&|manifest| manifest["files"]["mask"]["path"] = json!(path));
        assert!(said.contains("points outside the bundle"), "{said}");
    }
    assert!(refusal(&|manifest| manifest["files"]["mask"]["bytes"] = json!(u64::MAX)).contains("bytes"));
    assert!(refusal(&|manifest| manifest["grid"]["shape"] = json!([1u64 << 40, 1u64 << 40, 4])).contains("grid"));
    assert!(refusal(&|manifest| manifest["models"]["classifier"]["dropout"] = json!(1.0)).contains("dropout"));
}
