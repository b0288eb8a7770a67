//! The complete state of a training on disk: a folder of files with their SHA-256, written completely or not at all.

use crate::failure::unusable;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use shared::bundle::sha256_hex;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Checkpoints kept: the newest, and the one before should the newest be damaged.
const KEPT: usize = 2;
const INDEX: &str = "checkpoint.json";
const WHOLE: &str = "step-";
const PARTIAL: &str = ".partial-";

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
    ///
    /// Every file is on the disk before the folder gets its name, so that a crash leaves no incomplete checkpoint under
    /// that name.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let target = folder.join(format!("{WHOLE}{:08}", self.step));
        let partial = folder.join(format!("{PARTIAL}{:08}", self.step));
        let attempt = || -> Result<()> {
            if partial.exists() {
                std::fs::remove_dir_all(&partial)?;
            }
            std::fs::create_dir_all(&partial)?;
            let mut index = Index { step: self.step, sha256: BTreeMap::new() };
            for (name, bytes) in &self.files {
                write_through(&partial.join(name), bytes)?;
                index.sha256.insert(name.clone(), sha256_hex(bytes));
            }
            write_through(&partial.join(INDEX), &serde_json::to_vec_pretty(&index)?)?;
            sync_folder(&partial)?;
            if target.exists() {
                std::fs::remove_dir_all(&target)?;
            }
            std::fs::rename(&partial, &target)?;
            sync_folder(folder)
        };
        if let Err(error) = attempt() {
            // On a full disk it would take the room that is left; what cannot be removed either is found by the next start.
            let _ = std::fs::remove_dir_all(&partial);
            return Err(error)
                .with_context(|| format!("{}: cannot be written; check the free space", target.display()));
        }
        // Later steps are damaged ones that were passed over: this training is on its way there again.
        let (done, later): (Vec<_>, Vec<_>) = listed(folder)?.into_iter().partition(|(step, _)| *step <= self.step);
        let superseded = done.into_iter().rev().skip(KEPT);
        remove_folders(superseded.chain(later).map(|(_, path)| path))
    }

    /// The newest checkpoint with undamaged files; `None` if there is none at all. Damaged and incomplete ones are
    /// reported on stderr and skipped.
    ///
    /// # Errors
    /// There are checkpoints, but none can be read.
    pub fn newest(folder: &Path) -> Result<Option<Self>> {
        for partial in found(folder, PARTIAL)? {
            eprintln!("note: {}: a checkpoint that was not finished, removed", partial.display());
            remove_folders([partial])?;
        }
        let listed = listed(folder)?;
        for (position, (step, path)) in listed.iter().enumerate().rev() {
            match Self::read(*step, path) {
                Ok(checkpoint) => return Ok(Some(checkpoint)),
                Err(error) => {
                    let then = if position > 0 { "the one before is used" } else { "there is none before it" };
                    eprintln!("warning: {}: skipped, {error:#}; {then}", path.display());
                }
            }
        }
        if listed.is_empty() {
            return Ok(None);
        }
        Err(unusable(format!(
            "{}: none of the {} checkpoints can be read; put back a copy, or remove the folder to start this part again",
            folder.display(),
            listed.len()
        )))
    }

    /// Folder of the newest checkpoint, read or not.
    pub fn newest_path(folder: &Path) -> Option<PathBuf> {
        listed(folder).ok()?.pop().map(|(_, path)| path)
    }

    /// Removes all checkpoints of a part of the training that is finished or restarted.
    pub fn remove_all(folder: &Path) -> Result<()> {
        remove_folders(found(folder, PARTIAL)?.into_iter().chain(listed(folder)?.into_iter().map(|(_, path)| path)))
    }

    fn read(step: u64, path: &Path) -> Result<Self> {
        let bytes = |name: &str| std::fs::read(path.join(name)).with_context(|| format!("{name} cannot be read"));
        let index: Index = serde_json::from_slice(&bytes(INDEX)?).with_context(|| format!("{INDEX} is damaged"))?;
        ensure!(index.step == step, "{INDEX} names step {}", index.step);
        let mut files = BTreeMap::new();
        for (name, expected) in index.sha256 {
            let bytes = bytes(&name)?;
            ensure!(sha256_hex(&bytes) == expected, "{name} is damaged");
            files.insert(name, bytes);
        }
        Ok(Checkpoint { step, files })
    }

    /// One file of the checkpoint.
    pub fn file(&self, name: &str) -> Result<Vec<u8>> {
        self.files.get(name).cloned().with_context(|| format!("the checkpoint of step {} lacks {name}", self.step))
    }
}

/// Writes a file and waits until the disk has it.
fn write_through(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}

/// Waits until the disk has the names in a folder, where the system can do that.
fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Entries of a folder whose names begin with `prefix`.
fn found(folder: &Path, prefix: &str) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).with_context(|| format!("{}: cannot be read", folder.display()))?;
    Ok(entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir() && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)))
        .collect())
}

/// Complete checkpoints with their steps, oldest first.
fn listed(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let step = |path: &Path| path.file_name()?.to_str()?.strip_prefix(WHOLE)?.parse::<u64>().ok();
    let mut checkpoints: Vec<(u64, PathBuf)> =
        found(folder, WHOLE)?.into_iter().filter_map(|path| Some((step(&path)?, path))).collect();
    checkpoints.sort();
    Ok(checkpoints)
}

fn remove_folders(folders: impl IntoIterator<Item = PathBuf>) -> Result<()> {
    for folder in folders {
        std::fs::remove_dir_all(&folder).with_context(|| format!("{}: cannot be removed", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(step: u64) -> Checkpoint {
        Checkpoint { step, files: BTreeMap::from([("weights".to_string(), vec![step as u8; 100])]) }
    }

    fn three() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for step in 1..=3 {
            checkpoint(step).write(folder.path()).unwrap();
        }
        assert_eq!(listed(folder.path()).unwrap().len(), 2);
        folder
    }

    fn newest(folder: &tempfile::TempDir) -> Option<u64> {
        Checkpoint::newest(folder.path()).unwrap().map(|checkpoint| checkpoint.step)
    }

    #[test]
    fn whatever_befell_the_newest_the_one_before_is_used() {
        let damages: [fn(&Path); 5] = [
            |path| std::fs::write(path.join("weights"), [3; 50]).unwrap(),
            |path| std::fs::remove_file(path.join("weights")).unwrap(),
            |path| std::fs::write(path.join(INDEX), b"{\"step\": 3, \"sha").unwrap(),
            |path| std::fs::remove_file(path.join(INDEX)).unwrap(),
            |path| std::fs::rename(path, path.with_file_name(".partial-00000003")).unwrap(),
        ];
        for damage in damages {
            let folder = three();
            assert_eq!(newest(&folder), Some(3));
            damage(&folder.path().join("step-00000003"));
            assert_eq!(newest(&folder), Some(2));
            assert!(found(folder.path(), PARTIAL).unwrap().is_empty());
        }
    }

    #[test]
    fn one_that_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        // A name that no file can have: like a full disk, it fails in the middle.
        let files = BTreeMap::from([("a".to_string(), vec![1]), ("b/c".to_string(), vec![2])]);
        let said = format!("{:#}", Checkpoint { step: 4, files }.write(folder.path()).unwrap_err());
        assert!(said.contains("step-00000004") && said.contains("free space"), "{said}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_one_that_was_passed_over_displaces_no_good_one() {
        let folder = tempfile::tempdir().unwrap();
        for step in [2, 4, 8] {
            checkpoint(step).write(folder.path()).unwrap();
        }
        std::fs::write(folder.path().join("step-00000008/weights"), b"").unwrap();
        checkpoint(5).write(folder.path()).unwrap();
        let steps: Vec<u64> = listed(folder.path()).unwrap().into_iter().map(|(step, _)| step).collect();
        assert_eq!(steps, [4, 5]);
    }

    #[test]
    fn none_that_can_be_read_is_an_error_and_none_at_all_is_not() {
        let folder = three();
        for step in ["step-00000002", "step-00000003"] {
            std::fs::write(folder.path().join(step).join("weights"), b"").unwrap();
        }
        let message = Checkpoint::newest(folder.path()).err().unwrap().to_string();
        assert!(message.contains("none of the 2 checkpoints") && message.contains("remove the folder"), "{message}");
        Checkpoint::remove_all(folder.path()).unwrap();
        assert_eq!(newest(&folder), None);
        assert!(Checkpoint::newest(&folder.path().join("nothing")).unwrap().is_none());
    }
}
