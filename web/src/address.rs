//! The page's address: which bundle, sample and device it asks for.
//!
//! Only names that are safe as one folder or one identifier come through; anything else is as if it were not there.

use crate::protocol::BackendChoice;
use serde::Deserialize;

/// One line of `models/index.json`, as `trainer export` writes it. What a line does not say is not so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BundleEntry {
    /// Folder name under `models/`.
    pub id: String,
    /// Name for people; the folder's where there is none.
    pub title: Option<String>,
    /// Whether its models learned from maps as the page makes them, so that they are the first choice for a visitor's scan.
    pub own_scans: bool,
    /// Its grid is that of a whole brain, not of some slices.
    pub whole_brain: bool,
    /// A sample has its true change beside it.
    pub has_truth: bool,
    /// It learned from people, not from phantoms.
    pub people: bool,
    /// It has an age dial.
    pub dial: bool,
    /// Of some single subject the verdict turns with the translation.
    pub turns: bool,
}

/// What the query of the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub bundle: Option<String>,
    pub sample: Option<String>,
    pub backend: BackendChoice,
}

/// Reads `?bundle=…&sample=…&backend=auto|webgpu|cpu`; unknown keys are skipped.
pub fn parse_query(query: &str) -> Asked {
    let mut asked = Asked::default();
    for (key, value) in query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('=')) {
        match key {
            "bundle" if is_name(value) => asked.bundle = Some(value.to_owned()),
            "sample" if is_name(value) => asked.sample = Some(value.to_owned()),
            "backend" => {
                asked.backend = match value {
                    "webgpu" => BackendChoice::Webgpu,
                    "cpu" => BackendChoice::Cpu,
                    _ => BackendChoice::Auto,
                }
            }
            _ => {}
        }
    }
    asked
}

/// Letters, digits, `-`, `_` and inner dots: one folder, never a path that leads out of it.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_knows() {
        let asked = parse_query("?bundle=phantom-small&x=1&sample=sub-3&backend=cpu");
        assert_eq!(asked.bundle.as_deref(), Some("phantom-small"));
        assert_eq!(asked.sample.as_deref(), Some("sub-3"));
        assert_eq!(asked.backend, BackendChoice::Cpu);
        assert_eq!(parse_query(""), Asked::default());
    }

    #[test]
    fn refuses_names_that_lead_elsewhere() {
        for bad in ["..", "a/b", "https:%2f%2fx", "", ".hidden", "a b"] {
            assert_eq!(parse_query(&format!("?bundle={bad}")).bundle, None, "{bad}");
        }
    }
}
