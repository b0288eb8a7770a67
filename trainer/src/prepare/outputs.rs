//! Names and writing of the prepared maps.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rayon::prelude::*;
use shared::prepare::description;
use shared::prepare::t1::Prepared;
use shared::volume::{Affine, Volume, write_nifti_gz};

/// Role of the grey-matter map in [`crate::prepare::Record::files`].
pub const GM: &str = "gm";

/// Role of the affine there.
pub const AFFINE: &str = "affine";

/// The grid of the maps, as BIDS names it.
const SPACE: &str = "space-MNI152NLin2009aSym_res-2";

/// Role of each map, the end of its name, and whether modulation changes it. Grey matter comes last: where it lies,
/// everything else does.
const MAPS: [(&str, &str, bool); 5] = [
    ("wm", "label-WM_probseg", true),
    ("csf", "label-CSF_probseg", true),
    ("mask", "desc-brain_mask", false),
    ("t1", "desc-preproc_T1w", false),
    (GM, "label-GM_probseg", true),
];

fn map_name(stem: &str, end: &str) -> String {
    format!("{stem}_{SPACE}_{end}.nii.gz")
}

fn affine_name(stem: &str) -> String {
    format!("{stem}_mni_from_world.txt")
}

/// Files that [`write_maps`] will write for `stem`, by role, relative to the folder of the results; `below` is a folder
/// within it, or empty.
pub fn map_files(below: &str, stem: &str) -> BTreeMap<String, String> {
    let relative = |name: String| if below.is_empty() { name } else { format!("{below}/{name}") };
    let maps = MAPS.iter().map(|(role, end, _)| ((*role).to_owned(), relative(map_name(stem, end))));
    maps.chain([(AFFINE.to_owned(), relative(affine_name(stem)))]).collect()
}

/// Writes the affine and all maps to the `files` of [`map_files`], grey matter last; each appears complete or not at all.
///
/// # Errors
/// A file cannot be written.
pub fn write_maps(folder: &Path, files: &BTreeMap<String, String>, prepared: &Prepared, modulated: bool) -> Result<()> {
    crate::files::write(&path_of(folder, files, AFFINE)?, matrix_text(&prepared.mni_from_world).as_bytes())?;
    write_images(folder, files, prepared, modulated)
}

/// The same without the affine.
///
/// # Errors
/// A file cannot be written.
pub fn write_images(
    folder: &Path,
    files: &BTreeMap<String, String>,
    prepared: &Prepared,
    modulated: bool,
) -> Result<()> {
    let packed: Vec<_> = MAPS
        .par_iter()
        .map(|(role, _, changes)| {
            let about = description(if modulated && *changes { "modulated" } else { "" });
            write_nifti_gz(volume(prepared, role), &about)
        })
        .collect();
    for ((role, ..), bytes) in MAPS.into_iter().zip(packed) {
        let path = path_of(folder, files, role)?;
        let bytes = bytes.with_context(|| format!("{}: cannot be packed", path.display()))?;
        crate::files::write(&path, &bytes)?;
    }
    Ok(())
}

fn path_of(folder: &Path, files: &BTreeMap<String, String>, role: &str) -> Result<PathBuf> {
    files.get(role).map(|file| folder.join(file)).with_context(|| format!("the map {role} has no name"))
}

fn volume<'a>(prepared: &'a Prepared, role: &str) -> &'a Volume {
    match role {
        "wm" => &prepared.wm,
        "csf" => &prepared.csf,
        "mask" => &prepared.mask,
        "t1" => &prepared.t1,
        _ => &prepared.gm,
    }
}

/// Removes what [`write_maps`] wrote for `stem` in `folder`, grey matter first; what is not there is no error.
///
/// # Errors
/// A file cannot be removed.
pub fn remove_maps(folder: &Path, stem: &str) -> Result<()> {
    for (_, end, _) in MAPS.iter().rev() {
        crate::files::remove(&folder.join(map_name(stem, end)))?;
    }
    crate::files::remove(&folder.join(affine_name(stem)))
}

/// The affine with its fourth row.
pub fn homogeneous(affine: &Affine) -> [[f64; 4]; 4] {
    let [x, y, z] = affine.0;
    [x, y, z, [0.0, 0.0, 0.0, 1.0]]
}

/// Four lines of four numbers, which NumPy's `loadtxt` and FSL read.
fn matrix_text(affine: &Affine) -> String {
    homogeneous(affine).map(|row| row.map(|value| value.to_string()).join(" ") + "\n").concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_affine_is_four_lines_of_four_numbers() {
        let affine = Affine::from_spacing_origin([2.0; 3], [-98.0, -134.5, -72.0]);
        assert_eq!(matrix_text(&affine), "2 0 0 -98\n0 2 0 -134.5\n0 0 2 -72\n0 0 0 1\n");
    }

    #[test]
    fn nothing_to_remove_is_no_error() {
        let folder = tempfile::tempdir().expect("folder");
        let gm = folder.path().join(map_name("sub-1", "label-GM_probseg"));
        std::fs::write(&gm, b"").expect("file");
        remove_maps(folder.path(), "sub-1").expect("removed");
        remove_maps(folder.path(), "sub-1").expect("nothing there");
        assert!(!gm.exists());
    }
}
