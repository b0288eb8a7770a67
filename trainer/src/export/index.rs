//! The list of bundles that a page offers.

use crate::failure::unusable;
use crate::files;
use anyhow::Result;
use serde_json::{Value, json};
use shared::bundle::{Manifest, Sample};
use std::path::Path;

/// A grid is that of a whole brain where it is at least so high.
const WHOLE_BRAIN_MM: f64 = 100.0;

/// Adds the bundle to the `index.json` beside its folder, where there is one: the page offers the bundles listed there.
///
/// A bundle that is listed already keeps its title unless a new one is `given`; its facts are written anew.
pub fn list_in_index(out: &Path, manifest: &Manifest, given: Option<&str>) -> Result<()> {
    let path = out.join("..").join("index.json");
    if !path.exists() {
        return Ok(());
    }
    let mut listed: Vec<Value> = serde_json::from_slice(&files::read(&path)?)
        .map_err(|error| unusable(format!("{}: {error}; write `[]` into it and export again", path.display())))?;
    let found = listed.iter().position(|listed| listed["id"] == manifest.name.as_str());
    let place = found.unwrap_or_else(|| {
        listed.push(json!({ "id": manifest.name, "title": manifest.title }));
        listed.len() - 1
    });
    let entry = &mut listed[place];
    if let Some(title) = given {
        entry["title"] = json!(title);
    }
    for (name, is_so) in facts(manifest) {
        entry[name] = json!(is_so);
    }
    files::write_json(&path, &listed)
}

/// What a page must know of a bundle to choose among all without opening each: the first to show, the one for a visitor's
/// scan, those that a lesson can be shown with.
fn facts(manifest: &Manifest) -> [(&'static str, bool); 6] {
    let height_mm = manifest.grid.shape[2] as f64 * manifest.grid.mni_from_voxel.spacing_mm()[2];
    [
        ("dial", manifest.dial_years.is_some()),
        ("has_truth", manifest.samples.iter().any(|sample| sample.truth.is_some())),
        // They learned from maps as the page makes them.
        ("own_scans", manifest.data.prepared_here),
        ("people", !manifest.phantom),
        ("turns", manifest.samples.iter().any(Sample::turns)),
        ("whole_brain", height_mm >= WHOLE_BRAIN_MM),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::bundle::MANIFEST_VERSION;
    use shared::explain::Direction;

    #[test]
    fn a_listed_title_stays_until_another_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("mine");
        std::fs::create_dir_all(&out).unwrap();
        let index = folder.path().join("index.json");
        std::fs::write(&index, r#"[{ "id": "mine", "title": "by hand" }]"#).unwrap();
        let listed = || -> Vec<Value> { serde_json::from_slice(&std::fs::read(&index).unwrap()).unwrap() };
        let titles = || listed().iter().map(|entry| entry["title"].clone()).collect::<Vec<_>>();
        let manifest = |name: &str| Manifest { name: name.into(), title: "made".into(), ..empty_manifest() };
        list_in_index(&out, &manifest("mine"), None).unwrap();
        assert_eq!(titles(), ["by hand"]);
        list_in_index(&out, &manifest("mine"), Some("new")).unwrap();
        list_in_index(&out, &manifest("other"), None).unwrap();
        assert_eq!(titles(), ["new", "made"]);
        let facts = json!({
            "id": "mine", "title": "new", "dial": false, "has_truth": false, "own_scans": false, "people": false,
            "turns": false, "whole_brain": false,
        });
        assert_eq!(listed()[0], facts);
    }

    #[test]
    fn facts_are_the_manifests() {
        let sample = |id: &str, after: f32, truth: Option<&str>| Sample {
            id: id.into(),
            title: String::new(),
            direction: Direction::YoungToOld,
            probability_old_before: 0.1,
            probability_old_after: after,
            age: None,
            original: String::new(),
            translated: String::new(),
            difference: String::new(),
            cam: String::new(),
            truth: truth.map(str::to_owned),
            stops: Vec::new(),
        };
        let mut manifest = empty_manifest();
        manifest.samples = vec![sample("mean-young", 0.9, None), sample("one", 0.2, Some("truth"))];
        manifest.grid.shape = [1, 1, 100];
        let is = |manifest: &Manifest, wanted| facts(manifest).iter().any(|(name, is_so)| *name == wanted && *is_so);
        assert!(is(&manifest, "has_truth") && is(&manifest, "whole_brain") && !is(&manifest, "people"));
        assert!(!is(&manifest, "turns"), "a mean has no verdict");
        manifest.samples.push(sample("two", 0.9, None));
        manifest.dial_years = Some([20.0, 80.0]);
        manifest.grid.shape = [1, 1, 99];
        assert!(is(&manifest, "turns") && is(&manifest, "dial") && !is(&manifest, "whole_brain"));
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
