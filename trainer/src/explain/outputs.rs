//! The files of one explanation.

use crate::explain::{Answer, Explained};
use crate::files;
use anyhow::Result;
use shared::volume::write_nifti_gz;
use std::path::Path;

/// What was found, in numbers.
const ANSWER: &str = "explain.json";

/// The maps, by the beginnings of their names.
const MAPS: [&str; 4] = ["original", "translated", "difference", "cam"];

fn map_name(part: &str) -> String {
    format!("{part}.nii.gz")
}

/// Writes the maps and, last, `explain.json`.
///
/// # Errors
/// A file cannot be written.
pub fn write(folder: &Path, explained: &Explained) -> Result<()> {
    for (part, volume) in explained.found.maps() {
        let bytes = write_nifti_gz(volume, &format!("AgeLens {part}"))?;
        files::write(&folder.join(map_name(part)), &bytes)?;
    }
    write_answer(folder, &explained.answer)
}

/// Writes `explain.json` alone.
///
/// # Errors
/// It cannot be written.
pub(super) fn write_answer(folder: &Path, answer: &Answer) -> Result<()> {
    files::write_json(&folder.join(ANSWER), answer)
}

/// The answer in a folder that has all files of an explanation; `None` where one is missing, or this version cannot read it.
pub(super) fn read_whole(folder: &Path) -> Option<Answer> {
    let answer = serde_json::from_slice(&std::fs::read(folder.join(ANSWER)).ok()?).ok()?;
    MAPS.iter().all(|part| folder.join(map_name(part)).is_file()).then_some(answer)
}

/// Removes what [`write()`] wrote, and the folder where nothing else is in it; what is not there is no error.
///
/// # Errors
/// A file cannot be removed.
pub(super) fn remove(folder: &Path) -> Result<()> {
    files::remove(&folder.join(ANSWER))?;
    for part in MAPS {
        files::remove(&folder.join(map_name(part)))?;
    }
    // Of somebody's own files in it nothing is touched, and of what is not there nothing is missed.
    std::fs::remove_dir(folder).ok();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_without_a_file_is_not_whole() {
        let folder = tempfile::tempdir().expect("folder");
        let answer = r#"{"input": "", "bundle": "", "bundle_sha256": "", "direction": "young_to_old", "judged": "old", "amount": 1,
            "probability_old_before": 0.9, "probability_old_after": 0.2, "device": "", "not_for_diagnosis": ""}"#;
        std::fs::write(folder.path().join(ANSWER), answer).expect("file");
        for part in MAPS {
            assert_eq!(read_whole(folder.path()), None, "without {part}");
            std::fs::write(folder.path().join(map_name(part)), b"").expect("file");
        }
        assert_eq!(read_whole(folder.path()).and_then(|answer| answer.verdict()), Some("old"));
        std::fs::write(folder.path().join(ANSWER), "{").expect("file");
        assert_eq!(read_whole(folder.path()), None);
    }

    #[test]
    fn only_files_of_an_explanation_are_removed() {
        let parent = tempfile::tempdir().expect("folder");
        let folder = parent.path().join("one");
        remove(&folder).expect("nothing there");
        std::fs::create_dir(&folder).expect("folder");
        std::fs::write(folder.join("cam.nii.gz"), b"").expect("file");
        std::fs::write(folder.join("notes.txt"), b"").expect("file");
        remove(&folder).expect("removed");
        assert!(!folder.join("cam.nii.gz").exists() && folder.join("notes.txt").exists());
        std::fs::remove_file(folder.join("notes.txt")).expect("removed");
        remove(&folder).expect("removed");
        assert!(!folder.exists());
    }
}
