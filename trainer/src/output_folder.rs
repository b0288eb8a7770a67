//! What kinds of folders there are, and how each is known again.
//!
//! A command writes only into a folder that is empty, or that it filled itself before: anything else might be somebody's data, and
//! is refused by name. One that reads says what a folder is instead of what was asked for.

use crate::failure::unusable;
use anyhow::Result;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// How a kind of result is known again.
pub struct Kind {
    /// In words, with its article.
    pub what: &'static str,
    /// The file that only a whole one has.
    pub marker: &'static str,
    /// What the marker must hold, so that another program's file of that name is none.
    pub marker_holds: &'static [&'static str],
    /// Names that one which was broken off has, too. `*` stands for anything, once; a pattern with `/` is for what lies in
    /// folders of such a name.
    pub leftovers: &'static [&'static str],
}

pub const RUN: Kind = Kind {
    what: "a run",
    marker: "run.json",
    marker_holds: &["\"preparation_version\"", "\"subjects\""],
    leftovers: &["config.toml", "lock"],
};

pub const REPORT: Kind = Kind {
    what: "a report",
    marker: "report.json",
    marker_holds: &["\"report_version\""],
    leftovers: &[
        "report.html",
        "subjects.csv",
        "table1.csv",
        "regions.csv",
        "calibration.csv",
        "maps/*.nii.gz",
        "figures/*",
    ],
};

pub const BUNDLE: Kind = Kind {
    what: "a bundle",
    marker: "manifest.json",
    marker_holds: &["\"manifest_version\""],
    leftovers: &["*.safetensors", "*.nii.gz", "familiar.*", "ageing.*", "grey_values.*", "*.onnx", "onnx.json"],
};

/// A bundle's networks for other programs, in a folder of their own.
pub const ONNX: Kind = Kind {
    what: "ONNX models",
    marker: "onnx.json",
    marker_holds: &["\"onnx_version\"", "\"manifest_sha256\""],
    leftovers: &["classifier.onnx", "young_to_old.onnx", "old_to_young.onnx", "age.onnx"],
};

pub const PREPARED: Kind = Kind {
    what: "a prepared scan",
    marker: "qc.json",
    marker_holds: &["\"input_sha256\""],
    leftovers: &["qc.png", "*_probseg.nii.gz", "*_mask.nii.gz", "*_desc-preproc_T1w.nii.gz", "*_mni_from_world.txt"],
};

pub const EXPLANATION: Kind = Kind {
    what: "an explanation",
    marker: "explain.json",
    marker_holds: &["\"probability_old_before\""],
    leftovers: &["original.nii.gz", "translated.nii.gz", "difference.nii.gz", "cam.nii.gz"],
};

/// Explanations of a folder's images: each in a folder of its own, and a table, which is written first.
pub const EXPLANATIONS: Kind = Kind {
    what: "explanations",
    marker: "explained.csv",
    marker_holds: &["probability_old_translated"],
    leftovers: &["*/original.nii.gz", "*/translated.nii.gz", "*/difference.nii.gz", "*/cam.nii.gz", "*/explain.json"],
};

/// BIDS derivatives of `trainer bids`, whose description says what made them and is written first.
pub const DERIVATIVES: Kind = Kind {
    what: "derivatives",
    marker: "dataset_description.json",
    marker_holds: &["\"trainer bids\""],
    leftovers: &[],
};

/// The whole way from a data set to a page: `thesis.json` is written first, so it is never without.
pub const THESIS: Kind =
    Kind { what: "a thesis run", marker: "thesis.json", marker_holds: &["\"thesis_version\""], leftovers: &[] };

/// Heads that were made to rehearse: `made-heads.json` is written first.
pub const MADE_HEADS: Kind =
    Kind { what: "synthetic heads", marker: "made-heads.json", marker_holds: &["\"synthetic\""], leftovers: &[] };

/// A cohort, whose description says how it was made.
pub const COHORT: Kind = Kind {
    what: "a cohort",
    marker: "dataset_description.json",
    marker_holds: &["\"AgeLens trainer\""],
    leftovers: &[
        "excluded.tsv",
        "qc/sub-*",
        "sub-*/sub-*_probseg.nii.gz",
        "sub-*/sub-*_mask.nii.gz",
        "sub-*/sub-*_desc-preproc_T1w.nii.gz",
        "sub-*/sub-*_mni_from_world.txt",
    ],
};

/// Kinds that a refusal can name.
const KINDS: [&Kind; 11] = [
    &RUN,
    &REPORT,
    &BUNDLE,
    &ONNX,
    &COHORT,
    &PREPARED,
    &EXPLANATION,
    &EXPLANATIONS,
    &DERIVATIVES,
    &THESIS,
    &MADE_HEADS,
];

impl Kind {
    /// Whether a folder is missing, empty, or of this kind, whole or broken off.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`] names the first thing in it that is not this command's.
    pub fn may_fill(&self, folder: &Path) -> Result<()> {
        if folder.is_file() {
            return Err(unusable(format!("{}: is a file; give a folder for the results", folder.display())));
        }
        if !folder.exists() || self.is_whole(folder) {
            return Ok(());
        }
        let Some(foreign) = self.foreign(folder)? else { return Ok(()) };
        let found = match KINDS.into_iter().find(|kind| kind.is_whole(folder)) {
            Some(kind) => format!("holds {}", kind.what),
            None => format!("holds {}, which is none of this command's files", foreign.display()),
        };
        Err(unusable(format!(
            "{}: {found}; nothing was written; choose an empty folder, or {} that this command made",
            folder.display(),
            self.what
        )))
    }

    /// Whether a path that should be a folder of this kind may be one.
    ///
    /// # Errors
    /// [`crate::failure::UnusableInput`] says what it is instead.
    pub fn expect(&self, path: &Path) -> Result<()> {
        let shown = path.display();
        if !path.exists() {
            return Err(unusable(format!("{shown}: no such folder; check the path")));
        }
        if path.is_file() {
            return Err(unusable(format!("{shown}: is a file; give the folder of {}", self.what)));
        }
        match KINDS.into_iter().find(|kind| kind.marker != self.marker && kind.is_whole(path)) {
            Some(other) if !self.is_whole(path) => Err(unusable(format!(
                "{shown}: is {}, and {} is needed here; see whether two arguments were mixed up",
                other.what, self.what
            ))),
            _ => Ok(()),
        }
    }

    /// Whether its marker lies in the folder.
    pub fn is_whole(&self, folder: &Path) -> bool {
        let text = std::fs::read_to_string(folder.join(self.marker)).unwrap_or_default();
        !text.is_empty() && self.marker_holds.iter().all(|part| text.contains(part))
    }

    /// The first thing in the folder that is no leftover, by its path in it.
    fn foreign(&self, folder: &Path) -> Result<Option<PathBuf>> {
        for name in names_in(folder)? {
            let path = folder.join(&name);
            let found = match path.is_dir() {
                true => self.foreign_below(&path, &name)?.map(|inner| Path::new(&name).join(inner)),
                false => (!self.leftovers.iter().any(|pattern| fits(pattern, &name))).then(|| PathBuf::from(&name)),
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The same in a folder of the folder, `top`, at any depth.
    fn foreign_below(&self, folder: &Path, top: &str) -> Result<Option<PathBuf>> {
        let inner: Vec<&str> = self
            .leftovers
            .iter()
            .filter_map(|pattern| pattern.split_once('/'))
            .filter(|(outer, _)| fits(outer, top))
            .map(|(_, inner)| inner)
            .collect();
        for name in names_in(folder)? {
            let path = folder.join(&name);
            let found = match path.is_dir() {
                true => self.foreign_below(&path, top)?.map(|inner| Path::new(&name).join(inner)),
                false => (!inner.iter().any(|pattern| fits(pattern, &name))).then(|| PathBuf::from(&name)),
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        // An empty folder is nobody's loss.
        Ok(None)
    }
}

/// Names in a folder, without hidden ones: systems leave those everywhere.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let unreadable = |error| unusable(format!("{}: cannot be read ({error}); check its permissions", folder.display()));
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    Ok(names)
}

/// Whether a name is of a pattern.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        None => OsStr::new(name) == OsStr::new(pattern),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    const OURS: (&str, &str) = ("dataset_description.json", r#"{"GeneratedBy": [{"Name": "AgeLens trainer"}]}"#);

    #[test]
    fn empty_folders_and_own_ones_whole_or_broken_off_are_filled() {
        let folder = tempfile::tempdir().unwrap();
        assert!(RUN.may_fill(&folder.path().join("nothing/yet")).is_ok());
        for (kind, files) in [
            (&RUN, &[][..]),
            (&RUN, &[("config.toml", ""), (".DS_Store", "")]),
            (&RUN, &[("run.json", r#"{"preparation_version": "", "subjects": {}}"#), ("notes.txt", "mine")]),
            (&COHORT, &[OURS, ("participants.tsv", "")]),
            (&COHORT, &[("sub-1/anat/sub-1_space-MNI_label-GM_probseg.nii.gz", ""), ("qc/sub-1_qc.json", "{}")]),
            (&REPORT, &[("figures/table1.svg", ""), ("subjects.csv", "")]),
            (&BUNDLE, &[("classifier.0123abcd.safetensors", "")]),
        ] {
            kind.may_fill(folder_with(files).path()).unwrap();
        }
    }

    #[test]
    fn mixed_up_arguments_are_told_apart() {
        let (cohort, run) = (
            folder_with(&[OURS, ("participants.tsv", "")]),
            folder_with(&[("run.json", r#"{"preparation_version": "", "subjects": {}}"#)]),
        );
        assert!(COHORT.expect(cohort.path()).is_ok() && RUN.expect(run.path()).is_ok());
        // Tables of others are no cohort of ours, and may be used all the same.
        assert!(COHORT.expect(folder_with(&[("participants.tsv", "")]).path()).is_ok());
        let told = |error: Result<()>| error.unwrap_err().to_string();
        assert!(told(RUN.expect(cohort.path())).contains("is a cohort, and a run is needed"));
        assert!(told(COHORT.expect(run.path())).contains("is a run, and a cohort is needed"));
        assert!(told(BUNDLE.expect(&cohort.path().join("participants.tsv"))).contains("is a file"));
        assert!(told(RUN.expect(&run.path().join("nowhere"))).contains("no such folder"));
    }

    #[test]
    fn what_may_be_somebodys_data_is_refused_by_name() {
        let foreign = [
            (&COHORT, &[("dataset_description.json", r#"{"Name": "study"}"#), ("participants.tsv", "")][..], "dataset"),
            (&COHORT, &[("participants.tsv", "")], "participants.tsv"),
            (&COHORT, &[("sub-1/anat/sub-1_T1w.nii.gz", "")], "sub-1/anat/sub-1_T1w.nii.gz"),
            (&RUN, &[OURS, ("participants.tsv", "")], "a cohort"),
            (&REPORT, &[OURS], "a cohort"),
            (&BUNDLE, &[("manifest.json", r#"{"name": "web app"}"#)], "manifest.json"),
            (&BUNDLE, &[OURS], "a cohort"),
            (&RUN, &[("thesis.docx", "")], "thesis.docx"),
            (&EXPLANATION, &[("run.json", r#"{"preparation_version": "", "subjects": {}}"#)], "a run"),
        ];
        for (kind, files, word) in foreign {
            let folder = folder_with(files);
            let message = kind.may_fill(folder.path()).unwrap_err().to_string();
            assert!(message.contains(word) && message.contains("choose an empty folder"), "{message}");
        }
        let folder = folder_with(&[("file", "")]);
        assert!(RUN.may_fill(&folder.path().join("file")).unwrap_err().to_string().contains("is a file"));
    }
}
