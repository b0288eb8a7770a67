//! Files of a cohort: finding and reading maps, walking a source, writing tables.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use shared::prepare::{check_version, fit_to_grid};
use shared::volume::{Grid, SINGLE_FILE_ENDINGS, Volume, read_nifti};

use crate::failure::unusable;

/// What the name of a cohort's GM map ends in, before `.nii` or `.nii.gz`.
pub(super) const GM_SUFFIX: &str = "_label-GM_probseg";

/// Larger image files are refused before they are read; a 1 mm float map has 30 MB.
pub(super) const MAX_IMAGE_BYTES: u64 = 1 << 30;

/// How deep the images of a source may lie, and how many files it may have before it is taken for a wrong folder.
const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 500_000;

/// Reads a file of at most `max_bytes`.
///
/// # Errors
/// Unusable input: missing, unreadable or too large.
pub(super) fn read_limited(path: &Path, max_bytes: u64) -> anyhow::Result<Vec<u8>> {
    let name = path.display();
    let file = fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => unusable(format!("{name}: no such file; check the folder given")),
        _ => unusable(format!("{name}: cannot be opened ({error}); check its permissions")),
    })?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file of the limit from a larger one.
    file.take(max_bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unusable(format!("{name}: cannot be read ({error}); check that it is a plain file")))?;
    if bytes.len() as u64 > max_bytes {
        return Err(unusable(format!("{name}: larger than {} MiB; not a file for this place", max_bytes >> 20)));
    }
    Ok(bytes)
}

/// Reads a map and brings it to `grid` (MNI mm). One that says it was prepared by another version of ours than
/// `preparation` is refused.
///
/// # Errors
/// Unusable input naming the file.
pub(super) fn load_on_grid(path: &Path, grid: &Grid, preparation: &str) -> anyhow::Result<Volume> {
    let name = path.display().to_string();
    let bytes = read_limited(path, MAX_IMAGE_BYTES)?;
    let image = read_nifti(&name, &bytes, None).map_err(|error| unusable(error.to_string()))?;
    check_version(&name, &image.description, preparation).map_err(|error| unusable(error.to_string()))?;
    let volume = image.into_volume().map_err(|error| unusable(error.to_string()))?;
    fit_to_grid(&name, &volume, grid).map_err(|error| unusable(error.to_string()))
}

/// Refuses a cohort that would be written into its own source.
///
/// # Errors
/// Unusable input: both are one folder.
pub(super) fn check_apart(source: &Path, cohort: &Path) -> anyhow::Result<()> {
    match (source.canonicalize(), cohort.canonicalize()) {
        (Ok(a), Ok(b)) if a == b => {
            Err(unusable(format!("{}: source and cohort are one folder; name another --out", cohort.display())))
        }
        _ => Ok(()),
    }
}

/// The name without `.nii` or `.nii.gz`; `None` for other files.
pub(super) fn nifti_stem(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(".nii.gz").or_else(|| file_name.strip_suffix(".nii"))
}

/// The name without the ending of any image that can be read as one file; `None` for other files.
pub(super) fn image_stem(file_name: &str) -> Option<&str> {
    SINGLE_FILE_ENDINGS.into_iter().find_map(|ending| file_name.strip_suffix(ending))
}

/// The one GM map of a subject, or what is wrong, ready for a list of problems.
pub(super) fn find_gm(cohort: &Path, id: &str) -> Result<PathBuf, String> {
    let anat = cohort.join(id).join("anat");
    let wanted = format!("{}/*{GM_SUFFIX}.nii.gz", anat.display());
    let mut found: Vec<String> = fs::read_dir(&anat)
        .map_err(|error| format!("{wanted}: no GM map ({error}); add it or take {id} out of the table"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && nifti_stem(name).is_some_and(|stem| stem.ends_with(GM_SUFFIX)))
        .collect();
    found.sort();
    match found.as_slice() {
        [] => Err(format!("{wanted}: no GM map; add it or take {id} out of the table")),
        [name] => Ok(anat.join(name)),
        several => Err(format!("{}: several GM maps ({}); keep one", anat.display(), several.join(", "))),
    }
}

/// Every plain file below `root` as paths relative to it, sorted; hidden names and `skipped` left out.
///
/// # Errors
/// A folder cannot be read, or there are too many files.
pub(super) fn walk(root: &Path, skipped: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![(PathBuf::new(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let absolute = root.join(&folder);
        let entries = fs::read_dir(&absolute).map_err(|error| {
            unusable(format!("{}: cannot be listed ({error}); check its permissions", absolute.display()))
        })?;
        for entry in entries {
            let entry = entry.with_context(|| format!("{}: cannot be listed", absolute.display()))?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let relative = folder.join(entry.file_name());
            // Data managers such as DataLad keep images as links: follow them, the depth limit ends any loop.
            let Ok(kind) = fs::metadata(entry.path()) else { continue };
            if kind.is_dir() {
                if depth < MAX_DEPTH && entry.path() != skipped {
                    folders.push((relative, depth + 1));
                }
            } else if kind.is_file() {
                found.push(relative);
            }
            if found.len() > MAX_FILES {
                return Err(unusable(format!(
                    "{}: more than {MAX_FILES} files; name the folder that holds the images",
                    root.display()
                )));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a tab-separated table.
///
/// # Errors
/// The file cannot be written.
pub(super) fn write_tsv(path: &Path, header: &[&str], lines: impl Iterator<Item = Vec<String>>) -> anyhow::Result<()> {
    // Tabs and line ends cannot be quoted in BIDS tables: they become spaces.
    let plain = |cell: &str| cell.replace(['\t', '\n', '\r'], " ");
    let mut text = header.join("\t") + "\n";
    for line in lines {
        let cells: Vec<String> = line.iter().map(|cell| plain(cell)).collect();
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    crate::files::write(path, text.as_bytes())
}
