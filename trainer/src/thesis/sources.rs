//! The IXI download: where its images lie, and which file is the spreadsheet.

use crate::failure::unusable;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// How deep a spreadsheet is looked for.
const DEPTH: usize = 3;

/// What the cohort is made from.
#[derive(Debug, PartialEq)]
pub struct Sources {
    /// Folder of the T1 images, at any depth.
    pub images: PathBuf,
    pub spreadsheet: PathBuf,
}

impl Sources {
    /// Looks through the folder of a download.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`]: no such folder, or not exactly one spreadsheet in it.
    pub fn find(folder: &Path) -> Result<Sources> {
        let shown = folder.display();
        if !folder.is_dir() {
            return Err(unusable(format!("{shown}: no such folder; give the folder of the IXI download")));
        }
        let mut found = Vec::new();
        spreadsheets(folder, DEPTH, &mut found);
        found.sort();
        // Saved again, it lies beside the one that was published.
        let named: Vec<PathBuf> = found.iter().filter(|path| is_ixi(path)).cloned().collect();
        let mut candidates = if named.is_empty() { found } else { named };
        match (candidates.pop(), candidates.is_empty()) {
            (Some(spreadsheet), true) => Ok(Sources { images: folder.to_owned(), spreadsheet }),
            (Some(last), false) => Err(unusable(format!(
                "{shown}: several spreadsheets ({}, {}); leave only IXI.xls there",
                candidates[0].display(),
                last.display()
            ))),
            (None, _) => Err(unusable(format!(
                "{shown}: no spreadsheet in it; put IXI.xls beside the images, from brain-development.org/ixi-dataset"
            ))),
        }
    }
}

fn is_ixi(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("IXI"))
}

fn spreadsheets(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    // What cannot be read holds no spreadsheet for us; that none was found is told.
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        if path.is_dir() && depth > 1 {
            spreadsheets(&path, depth - 1, found);
        } else if ending.is_some_and(|ending| ["xls", "xlsx", "ods"].iter().any(|known| ending == *known)) {
            found.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spreadsheet_is_found_or_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let told = |path: &Path| Sources::find(path).unwrap_err().to_string();
        assert!(told(&folder.path().join("none")).contains("no such folder"));
        assert!(told(folder.path()).contains("put IXI.xls beside"));
        let inner = folder.path().join("tables");
        std::fs::create_dir(&inner).unwrap();
        let put = |name: &str| std::fs::write(inner.join(name), "").unwrap();
        put("people.xlsx");
        assert_eq!(Sources::find(folder.path()).unwrap().spreadsheet, inner.join("people.xlsx"));
        put("notes.ods");
        assert!(told(folder.path()).contains("several spreadsheets"));
        put("IXI.xls");
        assert_eq!(Sources::find(folder.path()).unwrap().spreadsheet, inner.join("IXI.xls"));
    }
}
