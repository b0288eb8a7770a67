//! `dataset_description.json`: where a cohort comes from and what must be passed on with anything made from it.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cohort::{GroupLimits, files};

/// Name of the file.
pub(super) const DESCRIPTION_FILE: &str = "dataset_description.json";

/// The BIDS version whose layout the cohorts follow.
const BIDS_VERSION: &str = "1.8.0";

/// Larger files are refused before they are read.
const MAX_DESCRIPTION_BYTES: u64 = 4 << 20;

/// Origin and terms of a cohort.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// `Name`; the folder's name where there is no description.
    pub name: String,
    /// `HowToAcknowledge`: to be printed with anything made from the cohort.
    pub acknowledgement: Option<String>,
    /// `ReferencesAndLinks`, joined by `; `.
    pub citation: Option<String>,
    /// `License`.
    pub license: Option<String>,
    /// Whether our own phantom writer made it (`"AgeLens": {"phantom": true}`): not real people.
    pub phantom: bool,
    /// Whether the maps were prepared from T1 images by this program (`"AgeLens": {"preparation_version": …}`).
    pub prepared_here: bool,
    /// Ages of the young and the old (`"AgeLens": {"groups": {"young_below_years": …, "old_from_years": …}}`); the published ones where
    /// nothing is said.
    pub groups: GroupLimits,
}

impl Description {
    /// Reads the description of a dataset; a folder without one has only a name.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        let Some(value) = read_value(folder)? else {
            return Ok(Description { name, ..Description::default() });
        };
        let text = |key: &str| value[key].as_str().map(str::to_owned).filter(|text| !text.is_empty());
        let citation = match &value["ReferencesAndLinks"] {
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "),
            Value::String(single) => single.clone(),
            _ => String::new(),
        };
        Ok(Description {
            name: text("Name").unwrap_or(name),
            acknowledgement: text("HowToAcknowledge"),
            citation: Some(citation).filter(|citation| !citation.is_empty()),
            license: text("License"),
            phantom: value["AgeLens"]["phantom"].as_bool().unwrap_or(false),
            prepared_here: value["AgeLens"]["preparation_version"].is_string(),
            groups: groups_of(&value)?,
        })
    }
}

/// The limits that a description names, or the published ones.
pub(super) fn groups_of(description: &Value) -> Result<GroupLimits, String> {
    match &description["AgeLens"]["groups"] {
        Value::Null => Ok(GroupLimits::PUBLISHED),
        named => GroupLimits::deserialize(named).ok().filter(GroupLimits::are_sound).ok_or_else(|| {
            format!(
                "{DESCRIPTION_FILE}: AgeLens.groups {named} are not limits of two groups; write whole years such as \
                 {{\"young_below_years\": 45, \"old_from_years\": 50}}, or leave it out for these"
            )
        }),
    }
}

/// The whole description, `None` where the file is missing; the error is ready for a list of problems.
pub(super) fn read_value(folder: &Path) -> Result<Option<Value>, String> {
    let path = folder.join(DESCRIPTION_FILE);
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read_limited(&path, MAX_DESCRIPTION_BYTES).map_err(|error| error.to_string())?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) if value.is_object() => Ok(Some(value)),
        Ok(_) => Err(format!("{DESCRIPTION_FILE}: not a JSON object; correct or remove it")),
        Err(error) => Err(format!("{DESCRIPTION_FILE}: not JSON ({error}); correct or remove it")),
    }
}

/// The fields of a description that go on to whatever is made of the data set.
pub fn passed_on(source: Option<&Value>) -> serde_json::Map<String, Value> {
    let keys = ["License", "Authors", "Acknowledgements", "HowToAcknowledge", "ReferencesAndLinks", "DatasetDOI"];
    keys.into_iter().filter_map(|key| Some((key.to_owned(), source?.get(key)?.clone()))).collect()
}

/// Writes a description: the BIDS fields every cohort of ours has, then those of `extra` (an object).
///
/// # Errors
/// The file cannot be written.
pub(super) fn write(folder: &Path, name: &str, how_made: &str, extra: &Value) -> anyhow::Result<()> {
    let mut value = json!({
        "Name": name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{
            "Name": "AgeLens trainer",
            "Version": env!("CARGO_PKG_VERSION"),
            "Description": how_made,
        }],
    });
    if let (Some(target), Some(extra)) = (value.as_object_mut(), extra.as_object()) {
        target.extend(extra.clone());
    }
    let text = serde_json::to_string_pretty(&value).context("description as JSON")? + "\n";
    crate::files::write(&folder.join(DESCRIPTION_FILE), text.as_bytes())
}
