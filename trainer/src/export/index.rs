//! The list of bundles that a page offers.

use crate::failure::unusable;
use crate::files;
use anyhow::Result;
use serde_json::{Value, json};
use shared::bundle::Manifest;
use std::path::Path;

/// Adds the bundle to the `index.json` beside its folder, where there is one: the page offers the bundles listed there.
///
/// A bundle that is listed already keeps its title unless a new one is `given`.
pub fn list_in_index(out: &Path, manifest: &Manifest, given: Option<&str>) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use shared::bundle::MANIFEST_VERSION;

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
