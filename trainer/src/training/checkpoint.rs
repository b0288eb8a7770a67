//! A training's whole state on disk: a folder of files with their SHA-256, complete or not there at all.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use shared::bundle::sha256_hex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Checkpoints kept: the newest, and the one before should the newest be damaged.
const KEPT: usize = 2;
const INDEX: &str = "checkpoint.json";

/// Files of a checkpoint by name, and the step after which they were written.
pub struct Checkpoint {
    pub step: u64,
    pub files: BTreeMap<String, Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Index {
    step: u64,
    sha256: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Writes `folder/step-00001000/` and removes all but the newest two.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let target = folder.join(format!("step-{:08}", self.step));
        let partial = folder.join(format!(".partial-{:08}", self.step));
        let attempt = || -> Result<()> {
            if partial.exists() {
                std::fs::remove_dir_all(&partial)?;
            }
            std::fs::create_dir_all(&partial)?;
            let mut index = Index { step: self.step, sha256: BTreeMap::new() };
            for (name, bytes) in &self.files {
                std::fs::write(partial.join(name), bytes)?;
                index.sha256.insert(name.clone(), sha256_hex(bytes));
            }
            std::fs::write(partial.join(INDEX), serde_json::to_vec_pretty(&index)?)?;
            if target.exists() {
                std::fs::remove_dir_all(&target)?;
            }
            std::fs::rename(&partial, &target)?;
            Ok(())
        };
        attempt().with_context(|| format!("{}: cannot be written; check the free space", target.display()))?;
        for old in listed(folder)?.into_iter().rev().skip(KEPT) {
            std::fs::remove_dir_all(&old).with_context(|| format!("{}: cannot be removed", old.display()))?;
        }
        Ok(())
    }

    /// The newest checkpoint whose files are whole; damaged ones are named on stderr and passed over.
    pub fn newest(folder: &Path) -> Result<Option<Self>> {
        for path in listed(folder)?.into_iter().rev() {
            match Self::read(&path) {
                Ok(checkpoint) => return Ok(Some(checkpoint)),
                Err(error) => eprintln!("{}: passed over, {error:#}; the one before is used", path.display()),
            }
        }
        Ok(None)
    }

    fn read(path: &Path) -> Result<Self> {
        let index: Index = serde_json::from_slice(&std::fs::read(path.join(INDEX))?)?;
        let mut files = BTreeMap::new();
        for (name, expected) in index.sha256 {
            let bytes = std::fs::read(path.join(&name))?;
            anyhow::ensure!(sha256_hex(&bytes) == expected, "{name} is damaged");
            files.insert(name, bytes);
        }
        Ok(Checkpoint { step: index.step, files })
    }

    /// One file of the checkpoint.
    pub fn file(&self, name: &str) -> Result<Vec<u8>> {
        self.files.get(name).cloned().with_context(|| format!("the checkpoint of step {} lacks {name}", self.step))
    }
}

/// Complete checkpoints, oldest first.
fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("{}: cannot be read", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("step-")))
        .collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(step: u64) -> Checkpoint {
        Checkpoint { step, files: BTreeMap::from([("weights".to_string(), vec![step as u8; 100])]) }
    }

    #[test]
    fn a_checkpoint_cut_short_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        for step in 1..=3 {
            checkpoint(step).write(folder.path()).unwrap();
        }
        assert_eq!(listed(folder.path()).unwrap().len(), 2);
        std::fs::write(folder.path().join("step-00000003/weights"), [3; 50]).unwrap();
        assert_eq!(Checkpoint::newest(folder.path()).unwrap().unwrap().step, 2);
    }
}
