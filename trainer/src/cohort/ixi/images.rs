//! The T1 images of IXI in a folder: which file is whose, and from which hospital.
//!
//! | accepted name (`.nii` or `.nii.gz`, at any depth) | site |
//! | --- | --- |
//! | `IXI012-HH-1211-T1`, as published | from the name |
//! | `sub-IXI012_T1w`, with further `_key-value` parts | from a `participants.tsv` in the file's folder or one above it, whose column `ixi_id` has `IXI012-HH-1211` |
//!
//! Images that were processed already (`_space-…`, `_desc-…`) are not taken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::cohort::bids::T1Order;
use crate::cohort::ixi::names::subject_id;
use crate::cohort::{PARTICIPANTS_FILE, files, table};
use crate::failure::unusable;

/// A T1 image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// Path below the folder of the images.
    pub(super) file: PathBuf,
    /// Hospital; each has its own scanner.
    pub(super) site: Option<String>,
}

/// The images by IXI number.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) images: BTreeMap<u32, Image>,
    /// How many image files there were, before one of several was chosen.
    pub(super) count: usize,
    pub(super) notes: Vec<String>,
}

/// Finds the images below `folder`, leaving out what lies in `skipped`.
///
/// # Errors
/// Unusable input: the folder cannot be read or holds no T1 image of IXI, or a `participants.tsv` is unreadable.
pub(super) fn find(folder: &Path, skipped: &Path) -> anyhow::Result<Found> {
    if !folder.is_dir() {
        return Err(unusable(format!("{}: no such folder; give the folder of the IXI T1 images", folder.display())));
    }
    let paths = files::walk(folder, skipped)?;
    let mut all: BTreeMap<u32, Vec<PathBuf>> = BTreeMap::new();
    for path in &paths {
        if let Some(number) = name_of(path).and_then(number_of) {
            all.entry(number).or_default().push(path.clone());
        }
    }
    if all.is_empty() {
        return Err(unusable(format!(
            "{}: no T1 image of IXI among {} files; they must be named IXI012-HH-1211-T1.nii.gz, as published, or \
             sub-IXI012_T1w.nii.gz",
            folder.display(),
            paths.len()
        )));
    }
    let mut sites = Sites {
        folder,
        tables: paths.iter().filter(|path| path.ends_with(PARTICIPANTS_FILE)).collect(),
        read: BTreeMap::new(),
    };
    let mut found = Found::default();
    for (number, mut files) in all {
        found.count += files.len();
        // Published names tell no more than a path; the others are chosen between as in any BIDS data set.
        files.sort_by_cached_key(|path| T1Order::of(path, name_of(path).unwrap_or_default()));
        let Some(file) = files.first() else { continue };
        if files.len() > 1 {
            found.notes.push(format!(
                "{}: {} T1 images; the first, {}, is used",
                subject_id(number),
                files.len(),
                file.display()
            ));
        }
        let published = name_of(file).and_then(published_parts);
        let site = match published {
            Some((_, site)) => Some(site_name(site)),
            None => sites.of(file, number)?,
        };
        found.images.insert(number, Image { file: file.clone(), site });
    }
    Ok(found)
}

fn name_of(path: &Path) -> Option<&str> {
    files::nifti_stem(path.file_name()?.to_str()?)
}

fn number_of(stem: &str) -> Option<u32> {
    if let Some((number, _)) = published_parts(stem) {
        return Some(number);
    }
    let (label, rest) = stem.strip_prefix("sub-")?.split_once('_')?;
    let processed = rest.contains("space-") || rest.contains("desc-");
    let is_t1 = rest == "T1w" || rest.ends_with("_T1w");
    if is_t1 && !processed { ixi_number(label) } else { None }
}

/// Number and site of `IXI012-HH-1211-T1`.
fn published_parts(stem: &str) -> Option<(u32, &str)> {
    let (number, site) = ixi_id_parts(stem.strip_suffix("-T1")?)?;
    Some((number, site))
}

/// Number and site of `IXI012-HH-1211`.
fn ixi_id_parts(text: &str) -> Option<(u32, &str)> {
    let mut parts = text.split('-');
    let (number, site, scan) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = !site.is_empty() && scan.chars().all(|c| c.is_ascii_alphanumeric()) && parts.next().is_none();
    if plain { Some((ixi_number(number)?, site)) } else { None }
}

fn ixi_number(label: &str) -> Option<u32> {
    let digits = label.strip_prefix("IXI")?;
    if digits.chars().all(|c| c.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// The hospital's name where it is one of the three.
fn site_name(code: &str) -> String {
    match code {
        "HH" => "Hammersmith".to_owned(),
        other => other.to_owned(),
    }
}

/// Sites that tables beside the images know.
struct Sites<'a> {
    folder: &'a Path,
    /// Every `participants.tsv`, relative to the folder.
    tables: Vec<&'a PathBuf>,
    /// Those read so far: sites by number.
    read: BTreeMap<PathBuf, BTreeMap<u32, String>>,
}

impl Sites<'_> {
    /// The site of an image, from the nearest table.
    fn of(&mut self, file: &Path, number: u32) -> anyhow::Result<Option<String>> {
        let nearest = file.ancestors().skip(1).map(|folder| folder.join(PARTICIPANTS_FILE));
        let Some(path) = nearest.into_iter().find(|path| self.tables.contains(&path)) else { return Ok(None) };
        if !self.read.contains_key(&path) {
            let rows = table::read(&self.folder.join(&path))?.rows;
            let sites = rows.iter().filter_map(|row| ixi_id_parts(row.ixi_id.as_deref()?));
            let sites = sites.map(|(number, site)| (number, site_name(site))).collect();
            self.read.insert(path.clone(), sites);
        }
        Ok(self.read.get(&path).and_then(|sites| sites.get(&number)).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart() {
        assert_eq!(published_parts("IXI012-HH-1211-T1"), Some((12, "HH")));
        assert_eq!(number_of("IXI662-Guys-1120-T1"), Some(662));
        assert_eq!(number_of("sub-IXI012_T1w"), Some(12));
        assert_eq!(number_of("sub-IXI012_ses-1_acq-a_T1w"), Some(12));
        for other in [
            "IXI012-HH-1211-T2",
            "IXI012-HH-T1",
            "IXI-HH-1211-T1",
            "sub-IXI012_desc-preproc_T1w",
            "sub-IXI012_space-MNI152NLin2009aSym_T1w",
            "sub-IXI012_T2w",
            "sub-01_T1w",
            "sub-IXI012_T1wmap",
        ] {
            assert_eq!(number_of(other), None, "{other}");
        }
    }

    #[test]
    fn sites_come_from_the_name_or_the_nearest_table() {
        let folder = tempfile::tempdir().expect("folder");
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            std::fs::write(path, text).expect("file");
        };
        put("flat/IXI002-Guys-0828-T1.nii.gz", "");
        put("flat/IXI002-Guys-0828-T1.nii", "");
        put("bids/participants.tsv", "participant_id\tixi_id\nsub-IXI012\tIXI012-HH-1211\nsub-IXI013\tn/a\n");
        put("bids/sub-IXI012/anat/sub-IXI012_T1w.nii.gz", "");
        put("bids/sub-IXI013/anat/sub-IXI013_T1w.nii.gz", "");
        put("out/sub-IXI014_T1w.nii", "");
        let found = find(folder.path(), &folder.path().join("out")).expect("found");
        let sites: Vec<_> = found.images.iter().map(|(&number, image)| (number, image.site.as_deref())).collect();
        assert_eq!(sites, [(2, Some("Guys")), (12, Some("Hammersmith")), (13, None)]);
        assert_eq!((found.count, found.notes.len()), (4, 1));
        assert!(found.images[&2].file.ends_with("IXI002-Guys-0828-T1.nii"), "the first in order");
    }
}
