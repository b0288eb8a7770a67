//! Which images a source folder holds of each participant, and which of several is taken.
//!
//! Files may lie at any depth (`sub-01/anat/`, `mri/`, `derivatives/…/`). What a name says is read in `names`, whose a
//! file is in `owner`. Of several maps of one person, those that say `space-MNI…` come first, then the order of the
//! table in `names`, then the first session and run. Of several T1 images the plain, first, raw one is taken: raw before
//! `derivatives/`, `_T1w` before `_T1`, without contrast medium, the first session, the fewest remarks such as `acq-…`,
//! the first run; numbers count by their value.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cohort::bids::names::{Candidate, T1Order, t1_in_mni_stem, t1_stem};
use crate::cohort::bids::owner::{Owners, made_from};

/// What a source holds of one participant.
#[derive(Debug)]
pub(super) struct Images {
    /// The ready map, if any, or why none of several can be chosen.
    pub(super) map: Result<Option<Candidate>, String>,
    /// How many maps there are to choose from.
    pub(super) map_count: usize,
    /// Grey-matter maps that do not say to be in MNI space: none of them is taken.
    pub(super) elsewhere: Vec<PathBuf>,
    /// T1 images, the one to take first: raw ones; where there are none, those that a program brought to MNI space.
    pub(super) t1: Vec<PathBuf>,
}

impl Default for Images {
    fn default() -> Self {
        Images { map: Ok(None), map_count: 0, elsewhere: Vec::new(), t1: Vec::new() }
    }
}

/// What a source folder holds.
pub(super) struct Source {
    maps: Vec<Candidate>,
    t1: Vec<PathBuf>,
    t1_in_mni: Vec<PathBuf>,
}

impl Source {
    /// Sorts out the files of a folder (paths below it).
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let maps: Vec<Candidate> = paths.iter().filter_map(|path| Candidate::of(path)).collect();
        let is_map = |path: &&PathBuf| Candidate::of(path).is_some();
        let t1 = paths.iter().filter(|path| t1_stem(path).is_some() && !is_map(path)).cloned().collect();
        let t1_in_mni = paths.iter().filter(|path| t1_in_mni_stem(path).is_some() && !is_map(path)).cloned().collect();
        Source { maps, t1, t1_in_mni }
    }

    /// Whether there is no image at all.
    pub(super) fn is_empty(&self) -> bool {
        self.maps.is_empty() && self.t1.is_empty() && self.t1_in_mni.is_empty()
    }

    /// The images of each id (`sub-…`); the ids are all of the table, so that nobody gets those of somebody else.
    pub(super) fn assign(&self, ids: &[&str]) -> BTreeMap<String, Images> {
        let scans = self.t1.iter().chain(&self.t1_in_mni).map(PathBuf::as_path);
        let paths = self.maps.iter().map(|map| map.path.as_path()).chain(scans);
        let owners = Owners::of(ids, paths);
        let mut maps: BTreeMap<&str, Vec<&Candidate>> = BTreeMap::new();
        let mut images: BTreeMap<&str, Images> = ids.iter().map(|&id| (id, Images::default())).collect();
        for map in &self.maps {
            let Some(owner) = owners.owner(&map.path, &map.stem) else { continue };
            match map.is_in_mni() {
                true => maps.entry(owner).or_default().push(map),
                false => images.entry(owner).or_default().elsewhere.push(map.path.clone()),
            }
        }
        for path in self.raw(&owners) {
            if let Some(owner) = t1_stem(path).and_then(|stem| owners.owner(path, stem)) {
                images.entry(owner).or_default().t1.push(path.clone());
            }
        }
        let without_raw: BTreeSet<&str> =
            images.iter().filter(|(_, images)| images.t1.is_empty()).map(|(id, _)| *id).collect();
        for path in &self.t1_in_mni {
            let owner = t1_in_mni_stem(path).and_then(|stem| owners.owner(path, stem));
            if let Some(owner) = owner.filter(|owner| without_raw.contains(owner)) {
                images.entry(owner).or_default().t1.push(path.clone());
            }
        }
        for (id, images) in &mut images {
            let maps = maps.remove(id).unwrap_or_default();
            images.map_count = maps.len();
            images.map = choose(&maps);
            let stem = |path: &PathBuf| t1_stem(path).or(t1_in_mni_stem(path)).unwrap_or_default().to_owned();
            images.t1.sort_by_cached_key(|path| T1Order::of(path, &stem(path)));
        }
        images.into_iter().map(|(id, images)| (id.to_owned(), images)).collect()
    }

    /// T1 images that no program made of another one.
    fn raw<'a>(&'a self, owners: &Owners) -> Vec<&'a PathBuf> {
        let names: BTreeSet<(Option<&Path>, &str)> =
            self.t1.iter().filter_map(|path| Some((path.parent(), t1_stem(path)?))).collect();
        let is_raw = |path: &&PathBuf| {
            let is_beside = |name: &str| names.contains(&(path.parent(), name));
            t1_stem(path).is_some_and(|stem| made_from(stem, owners, is_beside).is_none())
        };
        self.t1.iter().filter(is_raw).collect()
    }
}

/// The best of a person's maps, unless several are equally good.
fn choose(maps: &[&Candidate]) -> Result<Option<Candidate>, String> {
    let mut ordered: Vec<_> = maps.iter().map(|map| (map.order(), *map)).collect();
    ordered.sort_by(|a, b| a.0.cmp(&b.0));
    match ordered.as_slice() {
        [(first, one), (second, two), ..] if first == second => Err(format!(
            "several GM maps ({}, {}, …); keep one per participant",
            one.path.display(),
            two.path.display()
        )),
        [(_, best), ..] => Ok(Some((*best).clone())),
        [] => Ok(None),
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

    fn t1_of(source: &Source, id: &str, ids: &[&str]) -> Vec<String> {
        let images = source.assign(ids).remove(id).expect("asked for");
        images.t1.iter().map(|path| path.display().to_string()).collect()
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
        assert_eq!(t1_of(&found, "sub-05", &ids), ["sub-05/anat/sub-05_T1w.nii.gz"]);
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
    fn of_several_maps_the_first_visit_and_the_own_template_win() {
        let ids = ["sub-01"];
        let named = |rest: &str| format!("sub-01/anat/sub-01_{rest}_label-GM_probseg.nii.gz");
        for (maps, expected) in [
            (["space-MNI152NLin6Asym", "space-MNI152NLin2009cAsym"], 1),
            (["run-10_space-MNI152NLin2009cAsym", "run-2_space-MNI152NLin2009cAsym"], 1),
            (["ses-2_space-MNI152NLin2009cAsym", "ses-1_space-MNI152NLin6Asym"], 1),
            (["ce-gadolinium_space-MNI152Lin", "space-MNI152Lin"], 1),
            (["space-MNI152Lin_res-2", "space-MNI152Lin_res-1"], 1),
        ] {
            let paths = maps.map(named);
            let found = source(&[paths[0].as_str(), paths[1].as_str()]);
            assert_eq!(path_of(&found, "sub-01", &ids), Ok(Some(paths[expected].clone())));
        }
        let found = source(&["mri/swc1sub-01_T1w.nii", "mri/mwc1sub-01_T1w.nii", "mri/wc1sub-01_T1w.nii"]);
        assert!(is_at(&path_of(&found, "sub-01", &ids), "mri/wc1"));
    }

    #[test]
    fn maps_in_the_persons_own_space_are_not_taken() {
        let ids = ["sub-01", "sub-02"];
        let found = source(&[
            "derivatives/fmriprep/sub-01/anat/sub-01_label-GM_probseg.nii.gz",
            "sub-01/anat/sub-01_T1w.nii.gz",
            "derivatives/fmriprep/sub-02/anat/sub-02_space-T1w_label-GM_probseg.nii.gz",
        ]);
        for (id, t1_count) in [("sub-01", 1), ("sub-02", 0)] {
            let images = found.assign(&ids).remove(id).expect("asked for");
            assert!(matches!(images.map, Ok(None)) && images.elsewhere.len() == 1 && images.t1.len() == t1_count);
        }
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
        let t1 = t1_of(&found, "sub-01", &ids);
        assert_eq!(t1.len(), 4, "{t1:?}");
        assert!(t1[0].ends_with("ses-1_run-1_T1w.nii.gz") && t1[3].ends_with("anat/T1.nii"), "{t1:?}");
        assert!(t1_of(&found, "sub-02", &ids).is_empty() && !found.is_empty());
        assert!(source(&["sub-01/anat/sub-01_desc-preproc_T1w.nii.gz"]).is_empty());
    }

    #[test]
    fn without_a_raw_image_one_that_was_brought_to_mni_space_is_taken() {
        let ids = ["sub-01", "sub-02"];
        let found = source(&[
            "sub-01/anat/sub-01_space-MNI152NLin2009cAsym_desc-preproc_T1w.nii.gz",
            "sub-01/anat/sub-01_desc-preproc_T1w.nii.gz",
            "sub-02/anat/sub-02_space-MNI152NLin2009cAsym_desc-preproc_T1w.nii.gz",
            "sub-02/anat/sub-02_T1w.nii.gz",
        ]);
        assert_eq!(
            t1_of(&found, "sub-01", &ids),
            ["sub-01/anat/sub-01_space-MNI152NLin2009cAsym_desc-preproc_T1w.nii.gz"]
        );
        assert_eq!(t1_of(&found, "sub-02", &ids), ["sub-02/anat/sub-02_T1w.nii.gz"]);
    }

    #[test]
    fn what_spm_and_cat_leave_beside_a_scan_is_not_taken_for_it() {
        let ids = ["sub-01", "sub-02"];
        let found = source(&[
            "sub-01/anat/sub-01_T1w.nii",
            "sub-01/anat/c1sub-01_T1w.nii",
            "sub-01/anat/c2sub-01_T1w.nii",
            "sub-01/anat/msub-01_T1w.nii",
            "sub-01/anat/wmsub-01_T1w.nii",
            "sub-01/anat/y_sub-01_T1w.nii",
            "sub-02/T1.nii",
            "sub-02/c1T1.nii",
            "sub-02/mT1.nii",
        ]);
        assert_eq!(t1_of(&found, "sub-01", &ids), ["sub-01/anat/sub-01_T1w.nii"]);
        assert_eq!(t1_of(&found, "sub-02", &ids), ["sub-02/T1.nii"]);
        // SPM's maps in MNI space are ready maps, and no raw images.
        for name in ["wc1", "mwc1", "smwp1", "m0wp1"] {
            let path = format!("sub-01/anat/{name}sub-01_T1w.nii");
            let found = source(&["sub-01/anat/sub-01_T1w.nii", &path]);
            assert_eq!(path_of(&found, "sub-01", &ids), Ok(Some(path)));
            assert_eq!(t1_of(&found, "sub-01", &ids), ["sub-01/anat/sub-01_T1w.nii"]);
        }
    }
}
