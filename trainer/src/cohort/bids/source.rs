//! Which files of a source folder are grey-matter maps, and whose.
//!
//! | accepted name (`.nii` or `.nii.gz`) | made by |
//! | --- | --- |
//! | `*_label-GM_probseg` | BIDS derivatives: fMRIPrep, sMRIPrep, AgeLens |
//! | `*_GM` | hand-made exports |
//! | `wp1*` | SPM, CAT12: GM in MNI space |
//! | `mwp1*` | the same, modulated; values above 1 are cut to 1 |
//!
//! Files may lie at any depth (`sub-01/anat/`, `mri/`, `derivatives/…/`). A file belongs to the participant whose id, with
//! or without `sub-`, begins its name (after `wp1`/`mwp1`) or is one of its folders; where two ids fit, the longer one
//! counts. Of several maps of one person, those that say `space-MNI…` come first, then the order of the table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::files::{self, GM_SUFFIX};

/// Kinds of name, most wanted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Probseg,
    Short,
    Warped,
    Modulated,
}

/// A file whose name says that it is a grey-matter map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Path below the source folder.
    pub(super) path: PathBuf,
    /// Name without suffix and without `wp1`/`mwp1`.
    stem: String,
    kind: Kind,
}

impl Candidate {
    /// The candidate of a path, `None` where the name is not one of those accepted.
    fn of(path: &Path) -> Option<Self> {
        let stem = files::nifti_stem(path.file_name()?.to_str()?)?;
        let (kind, stem) = if stem.ends_with(GM_SUFFIX) {
            (Kind::Probseg, stem)
        } else if stem.ends_with("_GM") {
            (Kind::Short, stem)
        } else if let Some(rest) = stem.strip_prefix("mwp1") {
            (Kind::Modulated, rest)
        } else {
            (Kind::Warped, stem.strip_prefix("wp1")?)
        };
        Some(Candidate { path: path.to_path_buf(), stem: stem.to_owned(), kind })
    }

    /// Whether the values are volumes rather than probabilities and may exceed 1.
    pub(super) fn is_modulated(&self) -> bool {
        self.kind == Kind::Modulated
    }

    /// The `space-…` and `res-…` of the name, as they go into the cohort's file name.
    pub(super) fn entities(&self) -> String {
        self.stem
            .split('_')
            .filter(|part| part.starts_with("space-") || part.starts_with("res-"))
            .map(|part| format!("_{part}"))
            .collect()
    }

    /// Whether the file belongs to `label` (an id without `sub-`).
    fn belongs_to(&self, label: &str) -> bool {
        let bare = |text: &str| text.strip_prefix("sub-").unwrap_or(text).to_owned();
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        let in_name = bare(&self.stem).strip_prefix(label).is_some_and(ends);
        let folders = self.path.parent().into_iter().flat_map(Path::iter);
        in_name || folders.filter_map(|folder| folder.to_str()).any(|folder| bare(folder) == label)
    }

    /// Smaller is better.
    fn rank(&self) -> (bool, Kind) {
        (!self.stem.contains("space-MNI"), self.kind)
    }
}

/// What a source folder holds.
pub(super) struct Source {
    maps: Vec<Candidate>,
    /// Number of files that look like raw T1 images.
    pub(super) t1_count: usize,
}

impl Source {
    /// Sorts out the files of a folder (paths below it).
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let maps: Vec<Candidate> = paths.iter().filter_map(|path| Candidate::of(path)).collect();
        let is_t1 = |path: &&PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).and_then(files::nifti_stem);
            let ends_in_t1 = |stem: &str| ["_T1w", "_T1", "-T1"].iter().any(|end| stem.ends_with(end));
            name.is_some_and(ends_in_t1) && Candidate::of(path).is_none()
        };
        Source { maps, t1_count: paths.iter().filter(is_t1).count() }
    }

    /// Whether there is any map at all.
    pub(super) fn has_maps(&self) -> bool {
        !self.maps.is_empty()
    }

    /// The map of each id (`sub-…`), or why it has none.
    pub(super) fn assign<'a>(&self, ids: &[&'a str]) -> BTreeMap<&'a str, Result<Candidate, String>> {
        let mut of_id: BTreeMap<&str, Vec<&Candidate>> = ids.iter().map(|&id| (id, Vec::new())).collect();
        let label = |id: &'a str| id.strip_prefix("sub-").unwrap_or(id);
        for map in &self.maps {
            let owner = ids.iter().filter(|id| map.belongs_to(label(id))).max_by_key(|id| id.len());
            if let Some(maps) = owner.and_then(|owner| of_id.get_mut(owner)) {
                maps.push(map);
            }
        }
        of_id.into_iter().map(|(id, maps)| (id, choose(&maps))).collect()
    }
}

/// The best of a person's maps, unless several are equally good.
fn choose(maps: &[&Candidate]) -> Result<Candidate, String> {
    let best = maps.iter().map(|map| map.rank()).min();
    let mut equal = maps.iter().filter(|map| Some(map.rank()) == best);
    match (equal.next(), equal.next()) {
        (None, _) => Err("no GM map found; add one or take the participant out of the table".to_owned()),
        (Some(only), None) => Ok((*only).clone()),
        (Some(first), Some(second)) => Err(format!(
            "several GM maps ({}, {}, …); keep one per participant",
            first.path.display(),
            second.path.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(paths: &[&str]) -> Source {
        Source::of(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    fn path_of(source: &Source, id: &str, ids: &[&str]) -> Result<String, String> {
        source.assign(ids).remove(id).expect("asked for").map(|map| map.path.display().to_string())
    }

    #[test]
    fn accepts_every_documented_name_and_finds_its_owner() {
        let ids = ["sub-01", "sub-02", "sub-IXI003", "sub-04", "sub-05"];
        let found = source(&[
            "derivatives/smriprep/sub-01/anat/sub-01_space-MNI152NLin2009cAsym_label-GM_probseg.nii.gz",
            "derivatives/smriprep/sub-01/anat/sub-01_label-GM_probseg.nii.gz",
            "sub-02_GM.nii",
            "mri/mwp1IXI003-Guys-0828-T1.nii",
            "sub-04/mri/wp1T1.nii",
            "sub-05/anat/sub-05_T1w.nii.gz",
            "report/catreport_sub-05.pdf",
        ]);
        assert!(found.has_maps());
        assert_eq!(found.t1_count, 1);
        assert!(path_of(&found, "sub-01", &ids).is_ok_and(|path| path.contains("space-MNI")));
        assert_eq!(path_of(&found, "sub-02", &ids).as_deref(), Ok("sub-02_GM.nii"));
        assert!(path_of(&found, "sub-IXI003", &ids).is_ok_and(|path| path.starts_with("mri/mwp1")));
        assert_eq!(path_of(&found, "sub-04", &ids).as_deref(), Ok("sub-04/mri/wp1T1.nii"));
        assert!(path_of(&found, "sub-05", &ids).is_err_and(|reason| reason.contains("no GM map")));
    }

    #[test]
    fn longer_id_wins_and_equal_maps_are_not_guessed_between() {
        let ids = ["sub-1", "sub-10", "sub-1-b"];
        let found = source(&["sub-1_GM.nii", "sub-10_GM.nii", "sub-1-b_GM.nii", "x/sub-10_GM.nii.gz"]);
        assert_eq!(path_of(&found, "sub-1", &ids).as_deref(), Ok("sub-1_GM.nii"));
        assert_eq!(path_of(&found, "sub-1-b", &ids).as_deref(), Ok("sub-1-b_GM.nii"));
        assert!(path_of(&found, "sub-10", &ids).is_err_and(|reason| reason.contains("several")));
    }
}
