//! What is said of the derivatives as a whole: `dataset_description.json`, `.bidsignore`, `README.md`.

use crate::bids::layout::IGNORED;
use crate::bids::sidecars::RAW;
use crate::cohort::dataset::description_of;
use crate::cohort::passed_on;
use crate::failure::unusable;
use crate::files;
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use shared::prepare::PREPARATION_VERSION;
use std::path::{Component, Path, PathBuf};

/// The BIDS version whose names are used.
const BIDS_VERSION: &str = "1.10.0";

const README: &str = "# AgeLens derivatives

Maps of grey matter, white matter and CSF from T1-weighted images in MNI152 space (`*_probseg.nii.gz`), with the affine (`*_xfm.txt`, an ITK text
file), and, if a model was used, its results: `participants.tsv`, `images.tsv`, `agreement.json`, and difference maps
(`*_statmap.nii.gz`). `figures/` holds a picture and a record of the quality control of each image. Look at the pictures before you use the
maps.

The maps come from an affine registration and a segmentation, and show individuals: keep them with their images. For research and teaching. Not for
diagnosis.
";

/// Writes all three; the description comes first, since by it the folder is known again.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: the data set's own description cannot be read. Other errors: a file cannot be written.
pub fn write(dataset: &Path, out: &Path) -> Result<()> {
    std::fs::create_dir_all(out)
        .with_context(|| format!("{}: cannot be made; check its permissions", out.display()))?;
    let source = description_of(dataset)?;
    let link = link(dataset, out)?;
    files::write_json(&out.join("dataset_description.json"), &description(dataset, source.as_ref(), &link))?;
    files::write(&out.join(".bidsignore"), (IGNORED.join("\n") + "\n").as_bytes())?;
    files::write(&out.join("README.md"), README.as_bytes())
}

/// Whether the results are of this data set, or of none yet: people of two data sets may have the same labels.
///
/// # Errors
/// [`crate::failure::UnusableInput`]: they are of another one.
pub fn check_source(dataset: &Path, out: &Path) -> Result<()> {
    let Some(described) = description_of(out).ok().flatten() else { return Ok(()) };
    let Some(other) = described["DatasetLinks"][RAW].as_str() else { return Ok(()) };
    if other == link(dataset, out)? {
        return Ok(());
    }
    Err(unusable(format!(
        "{}: holds derivatives of another data set ({other}, seen from there), whose people may have the same labels; give each data set a \
         folder of its own, or correct DatasetLinks in its dataset_description.json where the data set was moved",
        out.display()
    )))
}

fn description(dataset: &Path, source: Option<&Value>, link: &str) -> Value {
    let folder = dataset.canonicalize().ok();
    let folder = folder.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let name = source.and_then(|source| source["Name"].as_str()).map_or(folder, str::to_owned);
    let mut fields = Map::new();
    let ours = json!({
        "Name": format!("AgeLens derivatives of {name}"),
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{
            "Name": "AgeLens",
            "Version": env!("CARGO_PKG_VERSION"),
            "Description": format!("T1 images registered to MNI152 by an affine and segmented ({PREPARATION_VERSION})"),
        }],
        "SourceDatasets": [source_dataset(source, link)],
        "DatasetLinks": { RAW: link },
        "AgeLens": { "made_by": "trainer bids", "preparation_version": PREPARATION_VERSION },
    });
    fields.extend(ours.as_object().cloned().unwrap_or_default());
    fields.extend(passed_on(source).into_iter().filter(|(key, _)| key != "DatasetDOI"));
    Value::Object(fields)
}

/// By its DOI where it has one: a path says nothing elsewhere.
fn source_dataset(source: Option<&Value>, link: &str) -> Value {
    match source.and_then(|source| source["DatasetDOI"].as_str()) {
        Some(doi) => json!({ "DOI": doi, "URL": link }),
        None => json!({ "URL": link }),
    }
}

/// The way from the results to the data set, as BIDS's links take it.
fn link(dataset: &Path, out: &Path) -> Result<String> {
    let whole = |path: &Path| {
        path.canonicalize().with_context(|| format!("{}: cannot be found; check the path", path.display()))
    };
    let relative = relative(&whole(out)?, &whole(dataset)?);
    // What a URL must not hold; other characters of names are rare there.
    Ok(relative.to_string_lossy().replace('%', "%25").replace(' ', "%20"))
}

/// From one absolute folder to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let (from, to): (Vec<Component>, Vec<Component>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n(Component::ParentDir, from.len() - common);
    up.chain(to[common..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_data_set_is_told_from_the_results() {
        for (from, to, expected) in [
            ("/data/study/derivatives/agelens", "/data/study", "../.."),
            ("/data/out", "/data/study", "../study"),
            ("/out", "/data/study", "../data/study"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(expected));
        }
    }

    #[test]
    fn licence_and_doi_are_passed_on() {
        let source = json!({"Name": "Study", "License": "CC0", "DatasetDOI": "doi:10.0/x", "Funding": ["us"]});
        let made = description(Path::new("."), Some(&source), "../..");
        assert_eq!(
            (made["License"].as_str(), made["Name"].as_str()),
            (Some("CC0"), Some("AgeLens derivatives of Study"))
        );
        assert_eq!(made["SourceDatasets"], json!([{"DOI": "doi:10.0/x", "URL": "../.."}]));
        // It is the source's own, not that of what is made of it.
        assert!(made["DatasetDOI"].is_null() && made["Funding"].is_null());
    }
}
