//! What a file's name says: grey-matter map or T1 image, in which space, of which session and run.
//!
//! | accepted name of a map (`.nii`, `.nii.gz`, `.mgz`, `.mgh` or `.nrrd`) | made by |
//! | --- | --- |
//! | `*_space-MNI…_label-GM_probseg` | BIDS derivatives: fMRIPrep, sMRIPrep, AgeLens |
//! | `*_GM` | hand-made exports |
//! | `wc1*`, `wp1*` | SPM12, CAT12: GM in MNI space |
//! | `mwc1*`, `mwp1*`, `m0wp1*` | the same, modulated; values above 1 are cut to 1 |
//! | `swc1*`, `smwp1*`, `s8mwc1*`, … | the same, smoothed |
//!
//! What says a space other than MNI, or `label-GM_probseg` without a space, is fMRIPrep's map in the person's own space:
//! it is no map for a cohort. Neither are SPM's maps before warping (`c1*`, `p1*`, `rc1*`), and neither kind is a raw T1
//! image, whatever its name ends in.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use crate::cohort::files::{self, GM_SUFFIX};

/// Kinds of map, most wanted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Probseg,
    Short,
    Warped,
    Modulated,
    Smoothed,
}

/// A file whose name says that it is a grey-matter map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Path below the source folder.
    pub(super) path: PathBuf,
    /// Name without suffix and without SPM's prefix.
    pub(super) stem: String,
    kind: Kind,
}

impl Candidate {
    /// The candidate of a path, `None` where the name is not one of those accepted.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let stem = files::image_stem(path.file_name()?.to_str()?)?;
        let (kind, stem) = if stem.ends_with(GM_SUFFIX) {
            (Kind::Probseg, stem)
        } else if stem.ends_with("_GM") {
            (Kind::Short, stem)
        } else {
            let spm = Spm::of(stem)?;
            let kind = match spm {
                Spm { tissue: Some(1), is_warped: true, is_smoothed: true, .. } => Kind::Smoothed,
                Spm { tissue: Some(1), is_warped: true, is_modulated: true, .. } => Kind::Modulated,
                Spm { tissue: Some(1), is_warped: true, .. } => Kind::Warped,
                _ => return None,
            };
            (kind, spm.rest)
        };
        Some(Candidate { path: path.to_path_buf(), stem: stem.to_owned(), kind })
    }

    /// Whether the name speaks of MNI space. SPM's prefix does, and so does whoever exports `_GM` by hand.
    pub(super) fn is_in_mni(&self) -> bool {
        match entity(&self.stem, "space") {
            Some(space) => space.starts_with("MNI"),
            None => self.kind != Kind::Probseg,
        }
    }

    /// The `space-…` and `res-…` of the name, as they go into the cohort's file name; a cohort's maps are in MNI space
    /// and say so.
    pub(super) fn entities(&self) -> String {
        let space = entity(&self.stem, "space").unwrap_or("MNI152");
        let res = entity(&self.stem, "res").map(|res| format!("_res-{res}")).unwrap_or_default();
        format!("_space-{space}{res}")
    }

    /// What decides between several maps of one person: smaller is better, and equal ones are not chosen between.
    pub(super) fn order(&self) -> MapOrder {
        // The models' own space is MNI152 2009.
        let other_year = !entity(&self.stem, "space").is_some_and(|space| space.contains("2009"));
        let unnamed = entity(&self.stem, "space").is_none();
        let res = Natural(entity(&self.stem, "res").unwrap_or_default().to_owned());
        MapOrder(unnamed, self.kind, Visit::of(&self.path, &self.stem), other_year, res)
    }
}

/// See [`Candidate::order`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MapOrder(bool, Kind, Visit, bool, Natural);

/// SPM's and CAT12's way of naming: letters before the name of the image that a file was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spm<'a> {
    /// Tissue class: 1 is grey matter; `None` for images.
    tissue: Option<u8>,
    is_warped: bool,
    is_modulated: bool,
    is_smoothed: bool,
    /// Name of the image that it was made from, without suffix.
    pub(super) rest: &'a str,
}

impl<'a> Spm<'a> {
    /// The parts of a name such as `smwc1sub-01_T1w`; `None` where there is no such prefix. The name of an image may by
    /// chance begin like this, too.
    pub(super) fn of(stem: &'a str) -> Option<Self> {
        for deformation in ["iy_", "y_", "u_rc1"] {
            if let Some(rest) = stem.strip_prefix(deformation) {
                return Some(Spm { tissue: None, is_warped: true, is_modulated: false, is_smoothed: false, rest });
            }
        }
        let (is_smoothed, after) = match stem.strip_prefix('s') {
            Some(rest) => (true, rest.trim_start_matches(|c: char| c.is_ascii_digit())),
            None => (false, stem),
        };
        let (is_modulated, after) = match (after.strip_prefix("m0"), after.strip_prefix('m')) {
            (Some(rest), _) if rest.starts_with('w') => (true, rest),
            (_, Some(rest)) => (true, rest),
            _ => (false, after),
        };
        let (is_warped, after) = match after.strip_prefix('w') {
            Some(rest) => (true, rest),
            None => (false, after),
        };
        let after = after.strip_prefix('r').unwrap_or(after);
        let class = after.strip_prefix(['c', 'p']).and_then(|rest| {
            let digit = rest.chars().next().filter(|digit| ('0'..='6').contains(digit))?;
            Some((digit.to_digit(10)? as u8, &rest[1..]))
        });
        let (tissue, rest) = class.map_or((None, after), |(class, rest)| (Some(class), rest));
        (rest.len() < stem.len()).then_some(Spm { tissue, is_warped, is_modulated, is_smoothed, rest })
    }
}

/// The name without suffix of a file that may be a raw T1 image: nothing in it says that it was processed.
pub(super) fn t1_stem(path: &Path) -> Option<&str> {
    let processed = |stem: &str| ["space-", "desc-", "label-"].iter().any(|part| stem.contains(part));
    any_t1_stem(path).filter(|stem| !processed(stem))
}

/// The name without suffix of a file that may be a T1 image which a program brought to MNI space, with skull or without
/// (fMRIPrep's `space-MNI…_desc-preproc_T1w`).
pub(super) fn t1_in_mni_stem(path: &Path) -> Option<&str> {
    any_t1_stem(path).filter(|stem| entity(stem, "space").is_some_and(|space| space.starts_with("MNI")))
}

fn any_t1_stem(path: &Path) -> Option<&str> {
    let stem = files::image_stem(path.file_name()?.to_str()?)?;
    let is_t1 = ["_T1w", "_T1", "-T1"].iter().any(|end| stem.ends_with(end)) || stem == "T1w" || stem == "T1";
    (is_t1 && !stem.contains("label-")).then_some(stem)
}

/// The value of a `key-value` part of a name.
pub(super) fn entity<'a>(stem: &'a str, key: &str) -> Option<&'a str> {
    stem.split('_').find_map(|part| part.strip_prefix(key)?.strip_prefix('-'))
}

/// The key of the part of a name that says that an image is no plain T1.
pub(in crate::cohort) fn special_part(stem: &str) -> Option<&'static str> {
    ["ce", "inv", "part", "echo", "flip", "mt", "chunk", "mod"].into_iter().find(|key| entity(stem, key).is_some())
}

/// What decides between several T1 images of one person: the smallest is the plain, first, raw one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::cohort) struct T1Order {
    /// Below `derivatives/` or `sourcedata/`.
    is_aside: bool,
    /// `_T1` instead of `_T1w`.
    is_other_suffix: bool,
    /// With contrast medium, or a part of an acquisition (`inv-1`, `part-phase`): a T1 image of its own kind.
    is_special: bool,
    session: Natural,
    /// Number of further `key-value` parts, such as `acq-…`.
    remarks: usize,
    run: Natural,
    path: Natural,
}

impl T1Order {
    /// Of a path and its [`t1_stem`].
    pub(in crate::cohort) fn of(path: &Path, stem: &str) -> Self {
        let aside = |folder: &std::ffi::OsStr| folder == "derivatives" || folder == "sourcedata";
        let Visit { session, run, .. } = Visit::of(path, stem);
        let known = |part: &&str| ["sub-", "ses-", "run-"].iter().any(|key| part.starts_with(key));
        T1Order {
            is_aside: path.parent().into_iter().flat_map(Path::iter).any(aside),
            is_other_suffix: !stem.ends_with("T1w"),
            is_special: special_part(stem).is_some(),
            session,
            remarks: stem.split('_').filter(|part| part.contains('-') && !known(part)).count(),
            run,
            path: Natural(path.display().to_string()),
        }
    }
}

/// When an image was taken: session, contrast and run, the first and plain one smallest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Visit {
    has_contrast: bool,
    session: Natural,
    run: Natural,
}

impl Visit {
    fn of(path: &Path, stem: &str) -> Self {
        let in_folder = || path.iter().filter_map(|folder| folder.to_str()).find_map(|name| name.strip_prefix("ses-"));
        let text = |value: Option<&str>| Natural(value.unwrap_or_default().to_owned());
        Visit {
            has_contrast: entity(stem, "ce").is_some(),
            session: text(entity(stem, "ses").or_else(in_folder)),
            run: text(entity(stem, "run")),
        }
    }
}

/// A text in which numbers count by their value: `run-2` before `run-10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Natural(String);

impl Natural {
    /// The next piece and what follows: digits without leading zeros, or a single other character.
    fn piece(text: &str) -> Option<(Piece<'_>, &str)> {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            let number = text[..digits].trim_start_matches('0');
            return Some((Piece::Number(number.len(), number), &text[digits..]));
        }
        let mut characters = text.chars();
        characters.next().map(|character| (Piece::Other(character), characters.as_str()))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    /// By length first: without leading zeros the longer number is the larger.
    Number(usize, &'a str),
    Other(char),
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (self.0.as_str(), other.0.as_str());
        loop {
            match (Self::piece(a), Self::piece(b)) {
                // `01` and `1` count alike, but are two texts.
                (None, None) => return self.0.cmp(&other.0),
                (None, Some(_)) => return Ordering::Less,
                (Some(_), None) => return Ordering::Greater,
                (Some((one, rest_a)), Some((two, rest_b))) => match one.cmp(&two) {
                    Ordering::Equal => (a, b) = (rest_a, rest_b),
                    unequal => return unequal,
                },
            }
        }
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str) -> Option<Candidate> {
        Candidate::of(Path::new(name))
    }

    #[test]
    fn the_names_of_spm_and_cat_are_read() {
        for (name, kind) in [
            ("wc1sub-01_T1w.nii", Kind::Warped),
            ("wp1sub-01_T1w.nii", Kind::Warped),
            ("mwc1sub-01_T1w.nii", Kind::Modulated),
            ("mwp1sub-01_T1w.nii.gz", Kind::Modulated),
            ("m0wp1sub-01_T1w.nii", Kind::Modulated),
            ("m0wc1sub-01_T1w.nii", Kind::Modulated),
            ("smwp1sub-01_T1w.nii", Kind::Smoothed),
            ("s8mwc1sub-01_T1w.nii", Kind::Smoothed),
            ("swc1sub-01_T1w.nii", Kind::Smoothed),
            ("sm0wp1sub-01_T1w.nii", Kind::Smoothed),
        ] {
            let candidate = candidate(name).unwrap_or_else(|| panic!("{name} is no map"));
            assert_eq!((candidate.kind, candidate.stem.as_str()), (kind, "sub-01_T1w"), "{name}");
            assert!(candidate.is_in_mni());
        }
        for other in ["c1sub-01_T1w.nii", "p1sub-01_T1w.nii", "rc1sub-01_T1w.nii", "wc2sub-01_T1w.nii", "mwp3a.nii"] {
            assert_eq!(candidate(other), None, "{other}");
            assert!(Spm::of(files::nifti_stem(other).expect("suffix")).is_some(), "{other}");
        }
        assert_eq!(Spm::of("y_sub-01_T1w").map(|spm| spm.rest), Some("sub-01_T1w"));
        assert_eq!(candidate("sub-01_T1w.nii"), None);
        for (name, stem) in [("sub-01_T1w.nrrd", Some("sub-01_T1w")), ("T1.mgz", Some("T1")), ("T1.png", None)] {
            assert_eq!(t1_stem(Path::new(name)), stem, "{name}");
        }
    }

    #[test]
    fn only_maps_that_say_mni_are_in_mni() {
        for (name, expected) in [
            ("sub-1_space-MNI152NLin2009cAsym_label-GM_probseg.nii.gz", true),
            ("sub-1_space-MNI152NLin6Asym_res-2_label-GM_probseg.nii.gz", true),
            ("sub-1_label-GM_probseg.nii.gz", false),
            ("sub-1_space-T1w_label-GM_probseg.nii.gz", false),
            ("sub-1_space-T1w_GM.nii.gz", false),
            ("sub-1_GM.nii.gz", true),
            ("sub-1_GM.mgz", true),
        ] {
            assert_eq!(candidate(name).map(|map| map.is_in_mni()), Some(expected), "{name}");
        }
        assert_eq!(candidate("sub-1_GM.nii").map(|map| map.entities()).as_deref(), Some("_space-MNI152"));
    }

    #[test]
    fn the_plain_first_raw_image_comes_first() {
        let mut paths = [
            "derivatives/x/sub-1/anat/sub-1_T1w.nii.gz",
            "sub-1/anat/sub-1_T1.nii.gz",
            "sub-1/ses-1/anat/sub-1_ses-1_ce-gadolinium_T1w.nii.gz",
            "sub-1/ses-10/anat/sub-1_ses-10_T1w.nii.gz",
            "sub-1/ses-2/anat/sub-1_ses-2_run-10_T1w.nii.gz",
            "sub-1/ses-2/anat/sub-1_ses-2_acq-a_run-1_T1w.nii.gz",
            "sub-1/ses-2/anat/sub-1_ses-2_run-2_T1w.nii.gz",
        ];
        paths.sort_by_key(|path| T1Order::of(Path::new(path), t1_stem(Path::new(path)).expect("a T1")));
        let expected =
            ["ses-2_run-2", "ses-2_run-10", "ses-2_acq-a", "ses-10", "ce-gadolinium", "sub-1_T1.nii", "derivatives"];
        for (path, part) in paths.iter().zip(expected) {
            assert!(path.contains(part), "{part} expected: {paths:?}");
        }
    }

    #[test]
    fn numbers_in_names_count_by_value() {
        let mut names = ["run-10", "run-2", "run-1", "run-02b", "", "run-a"].map(|name| Natural(name.to_owned()));
        names.sort();
        assert_eq!(names.map(|name| name.0), ["", "run-1", "run-2", "run-02b", "run-10", "run-a"]);
    }
}
