//! What is asked of `trainer thesis`, and where each phase's result lies.

use crate::cohort::Shard;
use crate::device::DeviceChoice;
use crate::failure::unusable;
use crate::files;
use crate::group::GroupLimits;
use crate::training::overrides::Override;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Version of `thesis.json`.
const THESIS_VERSION: u32 = 1;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// The IXI download: T1 images at any depth, and the spreadsheet.
    pub ixi: PathBuf,
    pub out: PathBuf,
    /// In place of a planned configuration.
    pub config: Option<PathBuf>,
    pub overrides: Vec<Override>,
    /// Folder of a built page; `None` leaves the page out.
    pub page: Option<PathBuf>,
    /// Name of the bundle's folder.
    pub name: String,
    pub title: Option<String>,
    pub seed: u64,
    pub train_per_group: usize,
    pub test_per_group: usize,
    pub groups: GroupLimits,
    /// Only this part of the T1 images is prepared, and nothing else done.
    pub shard: Option<Shard>,
    pub spacing_mm: Option<f64>,
    pub hours: Option<f64>,
    pub force: bool,
    pub device: DeviceChoice,
}

/// What a folder was begun with: whatever decides its results. Another value needs another folder.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    thesis_version: u32,
    ixi: PathBuf,
    seed: u64,
    train_per_group: usize,
    test_per_group: usize,
    /// As `--groups` has them; absent for the published ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    groups: Option<String>,
    config: Option<PathBuf>,
    set: Vec<String>,
    spacing_mm: Option<f64>,
    hours: Option<f64>,
    name: String,
    title: Option<String>,
}

impl Record {
    /// The first option that differs, with both values.
    fn difference(&self, other: &Record) -> Result<Option<String>> {
        let [own, other] = [self, other].map(serde_json::to_value);
        let (own, other) = (own?, other?);
        let names = [&own, &other].into_iter().filter_map(|record| record.as_object()).flat_map(|record| record.keys());
        let differing = names.map(|name| (name, &own[name], &other[name])).find(|(_, value, other)| value != other);
        let shown =
            |value: &serde_json::Value| if value.is_null() { "not given".to_owned() } else { value.to_string() };
        Ok(differing.map(|(name, value, other)| {
            format!("--{} was {}, is {}", name.replace('_', "-"), shown(value), shown(other))
        }))
    }
}

/// The folder of each phase.
pub struct Folders(PathBuf);

impl Folders {
    pub fn new(out: &Path) -> Self {
        Folders(out.to_owned())
    }

    fn record(&self) -> PathBuf {
        self.0.join("thesis.json")
    }

    pub fn cohort(&self) -> PathBuf {
        self.0.join("cohort")
    }

    pub fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    pub fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    pub fn report(&self) -> PathBuf {
        self.0.join("report")
    }

    pub fn bundle(&self, name: &str) -> PathBuf {
        self.0.join("bundles").join(name)
    }

    pub fn site(&self) -> PathBuf {
        self.0.join("dist")
    }
}

impl Order {
    /// Writes what the folder is begun with, or holds it against what it was begun with.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: it was begun with other options.
    pub fn record(&self, folders: &Folders) -> Result<()> {
        let path = folders.record();
        let absolute = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let own = Record {
            thesis_version: THESIS_VERSION,
            ixi: absolute(&self.ixi),
            seed: self.seed,
            train_per_group: self.train_per_group,
            test_per_group: self.test_per_group,
            groups: (!self.groups.are_published()).then(|| self.groups.to_string()),
            config: self.config.as_deref().map(absolute),
            set: self.overrides.iter().map(|one| format!("{}={}", one.key, one.value)).collect(),
            spacing_mm: self.spacing_mm,
            hours: self.hours,
            name: self.name.clone(),
            title: self.title.clone(),
        };
        if !path.exists() {
            return files::write_json(&path, &own);
        }
        let begun: Record = serde_json::from_slice(&files::read(&path)?)
            .map_err(|error| unusable(format!("{}: {error}; choose another --out", path.display())))?;
        match begun.difference(&own)? {
            None => Ok(()),
            Some(difference) => Err(unusable(format!(
                "{}: begun with other options: {difference}; give the same, or another --out (data that were moved: {} names their place)",
                self.out.display(),
                path.display()
            ))),
        }
    }
}
