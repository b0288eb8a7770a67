//! Whose a file is. Nobody gets another's scan: where a file may be of two people it is nobody's.
//!
//! A name that begins with `sub-` says it by itself, up to the first `_`; what follows must be `key-value` parts and one
//! suffix. Other names count where an id (without `sub-`) begins them, followed by `_`, `.` or the parts of a published
//! IXI name. A file without an id in its name belongs to whom a folder of the path names; where two folders are
//! ids (`01/02/T1.nii.gz`), the one on the level where most participants have a folder counts, which is the outer one where
//! both levels have as many.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cohort::bids::names::Spm;

/// The participants of a table, listed or not used.
pub(super) struct Owners<'a> {
    /// `sub-…` by label.
    ids: BTreeMap<&'a str, &'a str>,
    /// How many participants have a folder on each level below the source.
    folders_on_level: Vec<usize>,
}

impl<'a> Owners<'a> {
    /// `ids` (`sub-…`) are all that the table lists, `paths` all images of the source.
    pub(super) fn of<'b>(ids: &[&'a str], paths: impl Iterator<Item = &'b Path>) -> Self {
        let ids: BTreeMap<&str, &str> = ids.iter().map(|&id| (label(id), id)).collect();
        let mut on_level: Vec<BTreeSet<&str>> = Vec::new();
        for path in paths {
            for (level, folder) in folders(path).enumerate() {
                if let Some(&id) = ids.get(label(folder)) {
                    on_level.resize(on_level.len().max(level + 1), BTreeSet::new());
                    on_level[level].insert(id);
                }
            }
        }
        Owners { ids, folders_on_level: on_level.iter().map(BTreeSet::len).collect() }
    }

    /// The id that a file belongs to; `stem` is its name without suffix and without a program's prefix.
    pub(super) fn owner(&self, path: &Path, stem: &str) -> Option<&'a str> {
        let by_folder = self.by_folder(path);
        // A folder `sub-02` is someone's, whether or not the table knows them.
        let strange_folder =
            folders(path).any(|folder| folder.starts_with("sub-") && !self.ids.contains_key(label(folder)));
        if strange_folder {
            return None;
        }
        match self.by_name(stem) {
            ByName::Somebody(id) => {
                let agrees = by_folder.is_none_or(|other| other == id) || self.names_in(path).any(|other| other == id);
                agrees.then_some(id)
            }
            ByName::Stranger => None,
            ByName::Nobody => by_folder,
        }
    }

    /// Whether a name without suffix begins with the id of a participant, so that it is no program's prefix.
    pub(super) fn begins_with_id(&self, stem: &str) -> bool {
        matches!(self.by_name(stem), ByName::Somebody(_))
    }

    fn by_name(&self, stem: &str) -> ByName<'a> {
        if let Some(rest) = stem.strip_prefix("sub-") {
            // Ids of tables may hold `_`, so the longest that fits is asked first.
            let fits = self.ids.iter().filter(|(label, _)| {
                rest.strip_prefix(**label)
                    .is_some_and(|rest| rest.is_empty() || rest.strip_prefix('_').is_some_and(is_bids))
            });
            return fits.max_by_key(|(label, _)| label.len()).map_or(ByName::Stranger, |(_, id)| ByName::Somebody(id));
        }
        let fits = self.ids.iter().filter(|(label, _)| stem.strip_prefix(**label).is_some_and(ends_label));
        fits.max_by_key(|(label, _)| label.len()).map_or(ByName::Nobody, |(_, id)| ByName::Somebody(id))
    }

    /// The participants that folders of the path name.
    fn names_in(&self, path: &Path) -> impl Iterator<Item = &'a str> {
        folders(path).filter_map(|folder| self.ids.get(label(folder)).copied())
    }

    fn by_folder(&self, path: &Path) -> Option<&'a str> {
        let named =
            folders(path).enumerate().filter_map(|(level, folder)| Some((level, *self.ids.get(label(folder))?)));
        let count = |level: usize| self.folders_on_level.get(level).copied().unwrap_or_default();
        // `max_by_key` takes the last of equals: from the innermost to the outermost.
        let mut named: Vec<(usize, &'a str)> = named.collect();
        named.reverse();
        named.into_iter().max_by_key(|(level, _)| count(*level)).map(|(_, id)| id)
    }
}

/// Whom a name speaks of.
enum ByName<'a> {
    Somebody(&'a str),
    /// Someone who is not in the table.
    Stranger,
    /// It has no id.
    Nobody,
}

fn label(id: &str) -> &str {
    id.strip_prefix("sub-").unwrap_or(id)
}

fn folders(path: &Path) -> impl Iterator<Item = &str> {
    path.parent().into_iter().flat_map(Path::iter).filter_map(|folder| folder.to_str())
}

/// Whether what follows `sub-<label>_` is `key-value` parts and a suffix, as BIDS has it.
fn is_bids(rest: &str) -> bool {
    let mut parts: Vec<&str> = rest.split('_').collect();
    parts.pop();
    parts.iter().all(|part| part.split_once('-').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty()))
}

/// Whether an id can end where this follows in a name that is not BIDS's.
fn ends_label(rest: &str) -> bool {
    match rest.strip_prefix('-') {
        // Another `-` may belong to the id of somebody else, unless it begins the suffix or IXI's site and number.
        Some(after) => {
            let parts: Vec<&str> = after.split(['-', '_']).collect();
            let is_suffix = |part: &str| part == "T1" || part == "T1w";
            let is_site = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphabetic());
            let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
            match parts[..] {
                [suffix] => is_suffix(suffix),
                [site, number, suffix] => is_site(site) && is_number(number) && is_suffix(suffix),
                _ => false,
            }
        }
        None => !rest.starts_with(|c: char| c.is_ascii_alphanumeric()),
    }
}

/// The name without the prefix of a program, where without it the name begins with an id or is that of an image beside
/// the file: `c1sub-01_T1w` was made from `sub-01_T1w`.
pub(super) fn made_from<'a>(stem: &'a str, owners: &Owners, is_beside: impl Fn(&str) -> bool) -> Option<&'a str> {
    if owners.begins_with_id(stem) || stem.starts_with("sub-") {
        return None;
    }
    let rest = Spm::of(stem)?.rest;
    (rest.starts_with("sub-") || owners.begins_with_id(rest) || is_beside(rest)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn owner(ids: &[&str], all: &[&str], path: &str) -> Option<String> {
        let paths: Vec<PathBuf> = all.iter().map(PathBuf::from).collect();
        let owners = Owners::of(ids, paths.iter().map(PathBuf::as_path));
        let path = Path::new(path);
        let stem = path.file_name().and_then(|name| name.to_str()).and_then(crate::cohort::files::nifti_stem);
        owners.owner(path, stem.expect("an image")).map(str::to_owned)
    }

    #[test]
    fn an_id_that_begins_another_gets_only_its_own() {
        let ids = ["sub-1", "sub-10", "sub-1-b", "sub-2"];
        for (path, expected) in [
            ("sub-1_T1w.nii", Some("sub-1")),
            ("sub-1-b_T1w.nii", Some("sub-1-b")),
            ("sub-10_ses-1_T1w.nii", Some("sub-10")),
            ("sub-1-c_T1w.nii", None),
            ("sub-1_b_T1w.nii", None),
            ("sub-2-b/anat/sub-2-b_T1w.nii", None),
            ("sub-2-b/anat/T1w.nii", None),
            ("sub-1/anat/sub-1-b_T1w.nii", None),
            ("sub-1/anat/sub-3_T1w.nii", None),
            ("1_T1.nii", Some("sub-1")),
            ("1-T1.nii", Some("sub-1")),
            ("1-b_T1.nii", Some("sub-1-b")),
            ("1-c_T1.nii", None),
            ("100_T1.nii", None),
        ] {
            assert_eq!(owner(&ids, &[], path).as_deref(), expected, "{path}");
        }
        // Whether or not the others are in the table.
        assert_eq!(owner(&["sub-1"], &[], "sub-1-b/anat/sub-1-b_T1w.nii.gz"), None);
        assert_eq!(owner(&["sub-1"], &[], "1-b_T1.nii"), None);
        let ixi = ["sub-IXI003"];
        assert_eq!(owner(&ixi, &[], "mri/IXI003-Guys-0828-T1.nii").as_deref(), Some("sub-IXI003"));
    }

    #[test]
    fn folders_named_by_numbers_count_on_the_level_of_the_participants() {
        let ids = ["sub-01", "sub-02", "sub-03"];
        let by_visit = ["01/01/T1.nii.gz", "01/02/T1.nii.gz", "02/01/T1.nii.gz", "02/02/T1.nii.gz", "03/01/T1.nii.gz"];
        for path in by_visit {
            assert_eq!(owner(&ids, &by_visit, path), Some(format!("sub-{}", &path[..2])), "{path}");
        }
        // Sites outside, participants inside.
        let by_site = ["01/01/T1.nii.gz", "01/02/T1.nii.gz", "02/03/T1.nii.gz"];
        for path in by_site {
            assert_eq!(owner(&ids, &by_site, path), Some(format!("sub-{}", &path[3..5])), "{path}");
        }
        let both = ["01/02/T1.nii.gz", "02/01/T1.nii.gz"];
        assert_eq!(owner(&ids, &both, both[0]).as_deref(), Some("sub-01"));
        // A name and a folder that contradict each other.
        assert_eq!(owner(&ids, &[], "01/sub-02_T1w.nii"), None);
        assert_eq!(owner(&ids, &[], "01/02_T1.nii"), None);
        assert_eq!(owner(&ids, &[], "01/02/02_T1.nii").as_deref(), Some("sub-02"));
    }

    #[test]
    fn prefixes_of_programs_are_told_from_ids() {
        let owners = Owners::of(&["sub-c101", "sub-01"], std::iter::empty());
        let nothing = |_: &str| false;
        assert_eq!(made_from("c1sub-01_T1w", &owners, nothing), Some("sub-01_T1w"));
        assert_eq!(made_from("mwp101_T1", &owners, nothing), Some("01_T1"));
        assert_eq!(made_from("msub-77_T1w", &owners, nothing), Some("sub-77_T1w"));
        assert_eq!(made_from("c1T1", &owners, |name| name == "T1"), Some("T1"));
        assert_eq!(made_from("c101_T1", &owners, nothing), None, "it is the id of someone");
        assert_eq!(made_from("sub-01_T1w", &owners, nothing), None);
        assert_eq!(made_from("smith_T1", &owners, nothing), None);
    }
}
