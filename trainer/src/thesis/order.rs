//! What is asked of `trainer thesis`, and where each phase's result lies.

use crate::device::DeviceChoice;
use crate::failure::unusable;
use crate::files;
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
    pub spacing_mm: Option<f64>,
    pub hours: Option<f64>,
    pub force: bool,
    pub device: DeviceChoice,
}

/// What a folder was begun with: another draw needs another folder.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Record {
    thesis_version: u32,
    seed: u64,
    train_per_group: usize,
    test_per_group: usize,
    name: String,
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
    /// [`crate::failure::UnusableInput`]: it was begun with another draw or another name.
    pub fn record(&self, folders: &Folders) -> Result<()> {
        let path = folders.record();
        let own = Record {
            thesis_version: THESIS_VERSION,
            seed: self.seed,
            train_per_group: self.train_per_group,
            test_per_group: self.test_per_group,
            name: self.name.clone(),
        };
        if !path.exists() {
            return files::write_json(&path, &own);
        }
        let begun: Record = serde_json::from_slice(&files::read(&path)?)
            .map_err(|error| unusable(format!("{}: {error}; choose another --out", path.display())))?;
        if begun == own {
            return Ok(());
        }
        Err(unusable(format!(
            "{}: begun with --seed {} --train-per-group {} --test-per-group {} --name {}; give the same, or another --out",
            self.out.display(),
            begun.seed,
            begun.train_per_group,
            begun.test_per_group,
            begun.name
        )))
    }
}
