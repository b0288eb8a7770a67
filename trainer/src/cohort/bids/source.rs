//! Which files of a source folder are grey-matter maps or raw T1 images, and whose.
//!
//! | accepted name of a map (`.nii` or `.nii.gz`) | made by |
//! | --- | --- |
//! | `*_label-GM_probseg` | BIDS derivatives: fMRIPrep, sMRIPrep, AgeLens |
//! | `*_GM` | hand-made exports |
//! | `wp1*` | SPM, CAT12: GM in MNI space |
//! | `mwp1*` | the same, modulated; values above 1 are cut to 1 |
//!
//! Files may lie at any depth (`sub-01/anat/`, `mri/`, `derivatives/…/`). A file belongs to the participant whose id, with
//! or without `sub-`, begins its name (after `wp1`/`mwp1`) or is one of its folders; where two ids fit, the longer one
//! counts. Of several maps of one person, those that say `space-MNI…` come first, then the order of the table.
//!
//! Raw T1 images are named `*_T1w`, else `*_T1` or `*-T1`; what says `space-…`, `desc-…` or `label-…` was processed and is
//! none. Of several, `_T1w` comes first, then the first in order of their paths: the first session and run.

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

    /// Smaller is better.
    fn rank(&self) -> (bool, Kind) {
        (!self.stem.contains("space-MNI"), self.kind)
    }
}

/// Whether a file with this name (without suffix) belongs to `label` (an id without `sub-`).
fn belongs_to(path: &Path, stem: &str, label: &str) -> bool {
    let bare = |text: &str| text.strip_prefix("sub-").unwrap_or(text).to_owned();
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    let in_name = bare(stem).strip_prefix(label).is_some_and(ends);
    let folders = path.parent().into_iter().flat_map(Path::iter);
    in_name || folders.filter_map(|folder| folder.to_str()).any(|folder| bare(folder) == label)
}

/// The one of `ids` (`sub-…`) that a file belongs to.
fn owner<'a>(path: &Path, stem: &str, ids: &[&'a str]) -> Option<&'a str> {
    let label = |id: &'a str| id.strip_prefix("sub-").unwrap_or(id);
    ids.iter().copied().filter(|id| belongs_to(path, stem, label(id))).max_by_key(|id| id.len())
}

/// The name without suffix of a file that looks like a raw T1 image.
fn t1_stem(path: &Path) -> Option<&str> {
    let stem = files::nifti_stem(path.file_name()?.to_str()?)?;
    let is_t1 = ["_T1w", "_T1", "-T1"].iter().any(|end| stem.ends_with(end)) || stem == "T1w" || stem == "T1";
    let processed = ["space-", "desc-", "label-"].iter().any(|part| stem.contains(part));
    (is_t1 && !processed && Candidate::of(path).is_none()).then_some(stem)
}

/// What a source holds of one participant.
pub(super) struct Images {
    /// The ready map, if any, or why none of several can be chosen.
    pub(super) map: Result<Option<Candidate>, String>,
    /// Raw T1 images, the one to take first.
    pub(super) t1: Vec<PathBuf>,
}

impl Default for Images {
    fn default() -> Self {
        Images { map: Ok(None), t1: Vec::new() }
    }
}

/// What a source folder holds.
pub(super) struct Source {
    maps: Vec<Candidate>,
    t1: Vec<PathBuf>,
}

impl Source {
    /// Sorts out the files of a folder (paths below it).
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        Source {
            maps: paths.iter().filter_map(|path| Candidate::of(path)).collect(),
            t1: paths.iter().filter(|path| t1_stem(path).is_some()).cloned().collect(),
        }
    }

    /// Whether there is no image at all.
    pub(super) fn is_empty(&self) -> bool {
        self.maps.is_empty() && self.t1.is_empty()
    }

    /// The images of each id (`sub-…`).
    pub(super) fn assign(&self, ids: &[&str]) -> BTreeMap<String, Images> {
        let mut maps: BTreeMap<&str, Vec<&Candidate>> = BTreeMap::new();
        for map in &self.maps {
            if let Some(owner) = owner(&map.path, &map.stem, ids) {
                maps.entry(owner).or_default().push(map);
            }
        }
        let mut t1: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
        for path in &self.t1 {
            if let Some(owner) = t1_stem(path).and_then(|stem| owner(path, stem, ids)) {
                t1.entry(owner).or_default().push(path.clone());
            }
        }
        let mut images = |id: &str| {
            let mut t1 = t1.remove(id).unwrap_or_default();
            t1.sort_by_cached_key(|path| (!t1_stem(path).is_some_and(|stem| stem.ends_with("T1w")), path.clone()));
            Images { map: maps.get(id).map_or(Ok(None), |maps| choose(maps)), t1 }
        };
        ids.iter().map(|&id| (id.to_owned(), images(id))).collect()
    }
}

/// The best of a person's maps, unless several are equally good.
fn choose(maps: &[&Candidate]) -> Result<Option<Candidate>, String> {
    let best = maps.iter().map(|map| map.rank()).min();
    let mut equal = maps.iter().filter(|map| Some(map.rank()) == best);
    let Some(first) = equal.next() else { return Ok(None) };
    match equal.next() {
        None => Ok(Some((*first).clone())),
        Some(second) => Err(format!(
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

    /// Path of the map of `id`; `None` where there is none.
    fn path_of(source: &Source, id: &str, ids: &[&str]) -> Result<Option<String>, String> {
        let images = source.assign(ids).remove(id).expect("asked for");
        images.map.map(|map| map.map(|map| map.path.display().to_string()))
    }

    fn is_at(found: &Result<Option<String>, String>, part: &str) -> bool {
        found.as_ref().is_ok_and(|path| path.as_ref().is_some_and(|path| path.contains(part)))
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
        assert!(is_at(&path_of(&found, "sub-01", &ids), "space-MNI"));
        assert!(is_at(&path_of(&found, "sub-02", &ids), "sub-02_GM.nii"));
        assert!(is_at(&path_of(&found, "sub-IXI003", &ids), "mri/mwp1"));
        assert!(is_at(&path_of(&found, "sub-04", &ids), "sub-04/mri/wp1T1.nii"));
        assert_eq!(path_of(&found, "sub-05", &ids), Ok(None));
        assert_eq!(found.assign(&ids)["sub-05"].t1, [PathBuf::from("sub-05/anat/sub-05_T1w.nii.gz")]);
    }

    #[test]
    fn longer_id_wins_and_equal_maps_are_not_guessed_between() {
        let ids = ["sub-1", "sub-10", "sub-1-b"];
        let found = source(&["sub-1_GM.nii", "sub-10_GM.nii", "sub-1-b_GM.nii", "x/sub-10_GM.nii.gz"]);
        assert!(is_at(&path_of(&found, "sub-1", &ids), "sub-1_GM.nii"));
        assert!(is_at(&path_of(&found, "sub-1-b", &ids), "sub-1-b_GM.nii"));
        assert!(path_of(&found, "sub-10", &ids).is_err_and(|reason| reason.contains("several")));
    }

    #[test]
    fn raw_images_are_those_nobody_processed_first_session_first() {
        let ids = ["sub-01", "sub-02"];
        let found = source(&[
            "derivatives/sub-01/anat/sub-01_desc-preproc_T1w.nii.gz",
            "derivatives/sub-01/anat/sub-01_space-MNI152NLin2009aSym_T1w.nii.gz",
            "sub-01/ses-2/anat/sub-01_ses-2_T1w.nii.gz",
            "sub-01/ses-1/anat/sub-01_ses-1_run-2_T1w.nii.gz",
            "sub-01/ses-1/anat/sub-01_ses-1_run-1_T1w.nii.gz",
            "sub-01/anat/T1.nii",
            "sub-02/anat/sub-02_T2w.nii.gz",
        ]);
        let t1: Vec<String> = found.assign(&ids)["sub-01"].t1.iter().map(|path| path.display().to_string()).collect();
        assert_eq!(t1.len(), 4, "{t1:?}");
        assert!(t1[0].ends_with("ses-1_run-1_T1w.nii.gz") && t1[3].ends_with("anat/T1.nii"), "{t1:?}");
        assert!(found.assign(&ids)["sub-02"].t1.is_empty() && !found.is_empty());
        assert!(source(&["sub-01/anat/sub-01_desc-preproc_T1w.nii.gz"]).is_empty());
    }
}
