//! The files of one explanation.

use crate::explain::Explained;
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
    files::write_json(&folder.join(ANSWER), &explained.answer)
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
